//! The invoice desk (发票中台): what a shop calls.
//!
//! Every verb is the same: read rows, decide, commit; on a conflict start again. What must happen outside goes through
//! the outbox and is done by [`InvoiceDesk::pump`].

mod access;
mod account;
mod ask;
mod audit;
mod batch;
mod callbacks;
mod codec;
mod columns;
mod correct;
mod error;
mod files;
mod fold;
mod forms;
mod incident;
mod jobs;
mod journal;
mod load;
mod messages;
mod notices;
mod observe;
mod occasions;
mod paper;
mod periodic;
mod periodic_reports;
mod pump;
mod reads;
mod received;
mod received_search;
mod received_sums;
mod reconcile;
mod reimbursement;
mod reminders;
mod reseal;
mod review;
mod search;
mod send;
mod step;
mod stock;
mod ticket;
mod timeline;
mod titles;
mod transact;
mod verbs;
mod verification;
mod views;
mod waiting;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex};

use chrono::TimeDelta;

pub use audit::{AnchorReport, AnchorScope, AuditExport};
pub use batch::BatchProgress;
pub use error::DeskError;
pub use forms::RedFormReport;
pub use periodic_reports::ReportSchedule;
pub use pump::PumpReport;
pub use reads::Found;
pub use reconcile::{Break, RateTotals, Reconciliation};
pub use reminders::Reminders;
pub use reseal::{ResealCursor, ResealReport};
pub use stock::CreditForecast;
pub use timeline::TimelineEntry;
pub use verification::Verified;
pub use waiting::Queue;

use crate::access::Permissions;
use crate::env::{Cipher, Clock, IdGenerator, Notifier, OriginalStore};
use crate::error::{Refusal, RefusalCode};
use crate::id::{InvoiceId, NotifierId, ProviderId, SellerId, TenantId};
use crate::invoice::intent_key;
use crate::notify::{NoticeEvent, NoticeRoute};
use crate::plan::red::RedExtent;
use crate::provider::{Capability, CircuitPolicy, InvoiceProvider, InvoiceVerifier, RateLimit};
use crate::search::TitleSearch;
use crate::seller::{Route, Seller};
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
    verifier: Option<Arc<dyn InvoiceVerifier>>,
    originals: Option<Arc<dyn OriginalStore>>,
    notifiers: BTreeMap<NotifierId, Arc<dyn Notifier>>,
    notice_routes: Vec<NoticeRoute>,
    table: TaxTable,
    permissions: Permissions,
    lease: TimeDelta,
    doubt_after: TimeDelta,
    concurrency: usize,
    routes: BTreeMap<SellerId, Vec<Route>>,
    rate_limits: BTreeMap<ProviderId, RateLimit>,
    circuit: CircuitPolicy,
    pause: TimeDelta,
    accounts: Mutex<account::Accounts>,
    search: TitleSearch,
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
                verifier: None,
                originals: None,
                notifiers: BTreeMap::new(),
                notice_routes: Vec::new(),
                table: TaxTable::builtin(),
                permissions: Permissions::default(),
                lease: TimeDelta::seconds(60),
                doubt_after: TimeDelta::hours(48),
                concurrency: 32,
                routes: BTreeMap::new(),
                rate_limits: BTreeMap::new(),
                circuit: CircuitPolicy::default(),
                pause: TimeDelta::minutes(5),
                accounts: Mutex::default(),
                search: TitleSearch::default(),
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

    /// Sets who is asked about received invoices. What is handed in from then on is verified by the pump.
    #[must_use]
    pub fn verifier(mut self, verifier: Arc<dyn InvoiceVerifier>) -> Self {
        self.inner.verifier = Some(verifier);
        self
    }

    /// Sets where the files of issued invoices are kept. The pump then fetches every format that a provider declares, as
    /// soon as it is ready, and keeps it byte for byte: electronic invoices must be kept as files (财会〔2020〕6号). What was
    /// issued before is not fetched by itself. Every desk on a store should keep files in the same place.
    #[must_use]
    pub fn originals(mut self, originals: Arc<dyn OriginalStore>) -> Self {
        self.inner.originals = Some(originals);
        self
    }

    /// Adds a notifier and what it tells. Every desk on a store should have the same ones: what one desk makes a notice
    /// of, another may have to deliver.
    #[must_use]
    pub fn notifier(
        mut self,
        notifier: Arc<dyn Notifier>,
        events: impl IntoIterator<Item = NoticeEvent>,
    ) -> Self {
        let id = notifier.id().clone();
        self.inner.notice_routes.retain(|route| route.notifier != id);
        self.inner
            .notice_routes
            .push(NoticeRoute { notifier: id.clone(), events: events.into_iter().collect() });
        self.inner.notifiers.insert(id, notifier);
        self
    }

    /// Sets codes and rates; the built-in table is enough for examples only.
    #[must_use]
    pub fn tax_table(mut self, table: TaxTable) -> Self {
        self.inner.table = table;
        self
    }

    /// Sets who may do what, in place of the standard table.
    #[must_use]
    pub fn permissions(mut self, permissions: Permissions) -> Self {
        self.inner.permissions = permissions;
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

    /// Sets how often this process calls each seller's account at a provider; what the provider declares unless set.
    /// Processes do not count together: give each its share.
    #[must_use]
    pub fn rate_limit(mut self, provider: ProviderId, limit: RateLimit) -> Self {
        self.inner.rate_limits.insert(provider, limit);
        self
    }

    /// Sets when an account that does not answer is left alone, and for how long.
    #[must_use]
    pub const fn circuit(mut self, policy: CircuitPolicy) -> Self {
        self.inner.circuit = policy;
        self
    }

    /// Sets how long an account that waits for a person stands still before one call tries whether it still must. Five
    /// minutes unless set.
    #[must_use]
    pub const fn pause(mut self, wait: TimeDelta) -> Self {
        self.inner.pause = wait;
        self
    }

    /// Sets by what titles can be found; by fragments of the name, too, unless set. Holds for what is written from now
    /// on.
    #[must_use]
    pub const fn title_search(mut self, search: TitleSearch) -> Self {
        self.inner.search = search;
        self
    }

    /// The desk.
    ///
    /// # Errors
    /// `SELLER-03` when a seller names a provider that was not added; `SELLER-04` when a provider does not take the
    /// desk's keys, 20 letters and digits.
    pub fn build(mut self) -> Result<InvoiceDesk, Refusal> {
        let key = intent_key(&self.inner.tenant, &InvoiceId::new("sample")?, 0);
        for seller in self.inner.sellers.values() {
            let mut routes = Vec::new();
            for id in seller.providers() {
                let unknown = || Refusal::new(RefusalCode::ProviderUnknown).with("provider", id);
                let capabilities = self.inner.providers.get(id).ok_or_else(unknown)?.capabilities();
                if !capabilities.key().takes(&key) {
                    return Err(Refusal::new(RefusalCode::ProviderKeys).with("provider", id));
                }
                routes.push(Route {
                    provider: id.clone(),
                    kinds: capabilities.kinds().collect(),
                    max_rows: capabilities.max_rows(),
                    channel: capabilities.channel(),
                    price_decimals: capabilities.price_decimals(),
                    red_extent: match capabilities.can(Capability::WholeRed) {
                        true => RedExtent::WholeInvoice,
                        false => RedExtent::Minimal,
                    },
                });
            }
            self.inner.routes.insert(seller.id().clone(), routes);
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
