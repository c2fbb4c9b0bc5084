//! What every SQL store is made of: a queue to its writers, and readers.

#[cfg(any(feature = "mysql", feature = "postgres"))]
use std::sync::Arc;
use std::sync::atomic::Ordering;

use chrono::{DateTime, Utc};
use invoice_core::id::{OrderId, TenantId};
use invoice_core::store::{
    Claim, Commit, JournalEntry, Key, Kind, LedgerEntry, Message, MessageId, Page, Query, Row, StoreError,
    Sum, SumQuery, UnitOfWork, Write,
};

use super::archived::{ArchivedMessages, ArchivedRows};
use super::convert;
use super::driver::Connect;
use super::read::{Adding, Finding, Journal, Ledger, Rows};
use super::readers::Readers;
use super::writer::Queue;

/// What the writers have done since the store was opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Written {
    /// Transactions committed.
    pub transactions: u64,
    /// Units in them.
    pub units: u64,
}

/// The inside of a store.
#[derive(Debug)]
pub(crate) struct Parts<C: Connect> {
    pub(crate) queue: Queue,
    pub(crate) readers: Readers<C>,
}

impl<C: Connect> Parts<C> {
    pub(crate) fn written(&self) -> Written {
        let counters = &self.queue.counters;
        Written {
            transactions: counters.transactions.load(Ordering::Relaxed),
            units: counters.units.load(Ordering::Relaxed),
        }
    }

    pub(crate) async fn close(&self) {
        self.readers.close().await;
        self.queue.close().await;
    }

    pub(crate) async fn read(&self, keys: &[Key]) -> Result<Vec<Option<Row>>, StoreError> {
        self.readers.ask(Rows(keys.to_vec())).await
    }

    pub(crate) async fn find(&self, query: &Query) -> Result<Page, StoreError> {
        self.readers.ask(Finding(query.clone())).await
    }

    pub(crate) async fn commit(&self, unit: &UnitOfWork) -> Result<Commit, StoreError> {
        convert::check(unit)?;
        self.queue.commit(unit).await
    }

    pub(crate) async fn claim(&self, claim: &Claim) -> Result<Vec<Message>, StoreError> {
        self.queue.claim(claim).await
    }

    pub(crate) async fn next_due(&self, tenant: &TenantId) -> Result<Option<DateTime<Utc>>, StoreError> {
        self.queue.next_due(tenant).await
    }

    pub(crate) async fn journal(
        &self,
        key: &Key,
        after: u64,
        limit: usize,
    ) -> Result<Vec<JournalEntry>, StoreError> {
        self.readers.ask(Journal { key: key.clone(), after, limit }).await
    }

    pub(crate) async fn ledger(
        &self,
        tenant: &TenantId,
        after: Option<(OrderId, u64)>,
        limit: usize,
    ) -> Result<Vec<LedgerEntry>, StoreError> {
        self.readers.ask(Ledger { tenant: tenant.clone(), after, limit }).await
    }

    pub(crate) async fn sums(&self, query: &SumQuery) -> Result<Vec<Sum>, StoreError> {
        self.readers.ask(Adding(query.clone())).await
    }

    pub(crate) async fn rows(
        &self,
        tenant: &TenantId,
        kind: Kind,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Write>, StoreError> {
        let after = after.map(str::to_owned);
        self.readers.ask(ArchivedRows { tenant: tenant.clone(), kind, after, limit }).await
    }

    pub(crate) async fn messages(
        &self,
        tenant: &TenantId,
        after: Option<&MessageId>,
        limit: usize,
    ) -> Result<Vec<Message>, StoreError> {
        self.readers.ask(ArchivedMessages { tenant: tenant.clone(), after: after.cloned(), limit }).await
    }
}

/// A pool that is being closed waits for every connection: the store gives up its own.
#[cfg(any(feature = "mysql", feature = "postgres"))]
pub(crate) fn close_with<C: Connect>(
    closed: impl Future<Output = ()> + Send + 'static,
    parts: &Arc<Parts<C>>,
) {
    let parts = Arc::downgrade(parts);
    tokio::spawn(async move {
        closed.await;
        if let Some(parts) = parts.upgrade() {
            parts.close().await;
        }
    });
}

/// Makes a store of a struct with `parts: Parts<_>`.
macro_rules! store_of_parts {
    ($store:ty) => {
        #[async_trait::async_trait]
        impl invoice_core::store::Store for $store {
            async fn read(&self, keys: &[Key]) -> Result<Vec<Option<Row>>, StoreError> {
                self.parts.read(keys).await
            }

            async fn find(&self, query: &Query) -> Result<Page, StoreError> {
                self.parts.find(query).await
            }

            async fn commit(&self, unit: &UnitOfWork) -> Result<Commit, StoreError> {
                self.parts.commit(unit).await
            }

            async fn claim(&self, claim: &Claim) -> Result<Vec<Message>, StoreError> {
                self.parts.claim(claim).await
            }

            async fn next_due(&self, tenant: &TenantId) -> Result<Option<DateTime<Utc>>, StoreError> {
                self.parts.next_due(tenant).await
            }

            async fn journal(
                &self,
                key: &Key,
                after: u64,
                limit: usize,
            ) -> Result<Vec<JournalEntry>, StoreError> {
                self.parts.journal(key, after, limit).await
            }

            async fn ledger(
                &self,
                tenant: &TenantId,
                after: Option<(OrderId, u64)>,
                limit: usize,
            ) -> Result<Vec<LedgerEntry>, StoreError> {
                self.parts.ledger(tenant, after, limit).await
            }

            async fn sums(
                &self,
                query: &invoice_core::store::SumQuery,
            ) -> Result<Vec<invoice_core::store::Sum>, StoreError> {
                self.parts.sums(query).await
            }
        }

        #[async_trait::async_trait]
        impl invoice_core::store::Archive for $store {
            async fn rows(
                &self,
                tenant: &TenantId,
                kind: invoice_core::store::Kind,
                after: Option<&str>,
                limit: usize,
            ) -> Result<Vec<invoice_core::store::Write>, StoreError> {
                self.parts.rows(tenant, kind, after, limit).await
            }

            async fn messages(
                &self,
                tenant: &TenantId,
                after: Option<&invoice_core::store::MessageId>,
                limit: usize,
            ) -> Result<Vec<Message>, StoreError> {
                self.parts.messages(tenant, after, limit).await
            }
        }
    };
}
pub(crate) use store_of_parts;
