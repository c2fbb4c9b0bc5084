//! The invoice desk (发票中台): what a shop calls.
//!
//! Every verb is the same: read rows, decide, commit; on a conflict start again. What must happen outside goes through
//! the outbox and is done by [`InvoiceDesk::pump`].

mod codec;
mod error;
mod load;
mod pump;
mod reconcile;
mod step;
mod timeline;
mod transact;
mod verbs;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex};

use chrono::{DateTime, TimeDelta, Utc};

pub use error::DeskError;
pub use pump::PumpReport;
pub use reconcile::{Break, RateTotals, Reconciliation};
pub use timeline::TimelineEntry;
pub use verbs::Found;

use crate::env::{Cipher, Clock, IdGenerator};
use crate::error::{Refusal, RefusalCode};
use crate::id::{ProviderId, SellerId, TenantId};
use crate::provider::InvoiceProvider;
use crate::seller::Seller;
use crate::store::Store;
use crate::tax::TaxTable;

/// The desk of one tenant. Cheap to clone; any number of desks, in any number of processes, may share a store.
#[derive(Clone)]
pub struct InvoiceDesk {
    inner: Arc<Inner>,
}

struct Inner {
    tenant: TenantId,
    store: Arc<dyn Store>,
    cipher: Arc<dyn Cipher>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdGenerator>,
    sellers: BTreeMap<SellerId, Seller>,
    providers: BTreeMap<ProviderId, Arc<dyn InvoiceProvider>>,
    table: TaxTable,
    lease: TimeDelta,
    doubt_after: TimeDelta,
    concurrency: usize,
    paused: Mutex<BTreeMap<String, DateTime<Utc>>>,
}

/// Puts a desk together.
pub struct DeskBuilder {
    inner: Inner,
}

impl InvoiceDesk {
    /// A desk for a tenant, on a store, with what the outside world gives.
    pub fn builder(
        tenant: TenantId,
        store: Arc<dyn Store>,
        cipher: Arc<dyn Cipher>,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn IdGenerator>,
    ) -> DeskBuilder {
        DeskBuilder {
            inner: Inner {
                tenant,
                store,
                cipher,
                clock,
                ids,
                sellers: BTreeMap::new(),
                providers: BTreeMap::new(),
                table: TaxTable::builtin(),
                lease: TimeDelta::seconds(60),
                doubt_after: TimeDelta::hours(48),
                concurrency: 32,
                paused: Mutex::new(BTreeMap::new()),
            },
        }
    }

    /// The tenant.
    #[must_use]
    pub fn tenant(&self) -> &TenantId {
        &self.inner.tenant
    }

    fn seller(&self, id: &SellerId) -> Result<&Seller, Refusal> {
        self.inner.sellers.get(id).ok_or_else(|| Refusal::new(RefusalCode::SellerUnknown).with("seller", id))
    }

    fn provider(&self, id: &ProviderId) -> Result<&Arc<dyn InvoiceProvider>, Refusal> {
        self.inner
            .providers
            .get(id)
            .ok_or_else(|| Refusal::new(RefusalCode::ProviderUnknown).with("provider", id))
    }
}

impl DeskBuilder {
    /// Adds a seller.
    #[must_use]
    pub fn seller(mut self, seller: Seller) -> Self {
        self.inner.sellers.insert(seller.id().clone(), seller);
        self
    }

    /// Adds a provider.
    #[must_use]
    pub fn provider(mut self, provider: Arc<dyn InvoiceProvider>) -> Self {
        self.inner.providers.insert(provider.id().clone(), provider);
        self
    }

    /// Sets codes and rates; the built-in table is enough for examples only.
    #[must_use]
    pub fn tax_table(mut self, table: TaxTable) -> Self {
        self.inner.table = table;
        self
    }

    /// Sets for how long a worker holds a message: longer than the slowest answer of a provider. 60 seconds unless set.
    #[must_use]
    pub const fn lease(mut self, lease: TimeDelta) -> Self {
        self.inner.lease = lease;
        self
    }

    /// Sets how long an unknown outcome is asked after before it is parked for a person. 48 hours unless set; never
    /// less than the provider's quiet period.
    #[must_use]
    pub const fn doubt_after(mut self, wait: TimeDelta) -> Self {
        self.inner.doubt_after = wait;
        self
    }

    /// Sets how many messages one pump works on at the same time, at least 1. 32 unless set.
    #[must_use]
    pub fn concurrency(mut self, messages: usize) -> Self {
        self.inner.concurrency = messages.max(1);
        self
    }

    /// The desk.
    ///
    /// # Errors
    /// `SELLER-03` when a seller names a provider that was not added.
    pub fn build(self) -> Result<InvoiceDesk, Refusal> {
        for seller in self.inner.sellers.values() {
            if !self.inner.providers.contains_key(seller.provider()) {
                return Err(Refusal::new(RefusalCode::ProviderUnknown).with("provider", seller.provider()));
            }
        }
        Ok(InvoiceDesk { inner: Arc::new(self.inner) })
    }
}

impl fmt::Debug for InvoiceDesk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InvoiceDesk").field("tenant", &self.inner.tenant).finish_non_exhaustive()
    }
}

impl fmt::Debug for DeskBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeskBuilder").field("tenant", &self.inner.tenant).finish_non_exhaustive()
    }
}
