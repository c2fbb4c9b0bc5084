//! A memory store with one method replaced.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use invoice_core::id::{OrderId, TenantId};
use invoice_core::store::{
    Claim, Commit, JournalEntry, Key, LedgerEntry, MemoryStore, Message, Page, Query, Row, Store, StoreError,
    Sum, SumQuery, UnitOfWork,
};

pub(crate) type Answer<T> = Result<T, StoreError>;

/// What a broken store does differently; everything it does not say is done right.
#[async_trait]
pub(crate) trait Flaw: Send + Sync {
    async fn read(&self, inner: &MemoryStore, keys: &[Key]) -> Answer<Vec<Option<Row>>> {
        inner.read(keys).await
    }

    async fn find(&self, inner: &MemoryStore, query: &Query) -> Answer<Page> {
        inner.find(query).await
    }

    async fn commit(&self, inner: &MemoryStore, unit: &UnitOfWork) -> Answer<Commit> {
        inner.commit(unit).await
    }

    async fn claim(&self, inner: &MemoryStore, claim: &Claim) -> Answer<Vec<Message>> {
        inner.claim(claim).await
    }

    async fn next_due(&self, inner: &MemoryStore, tenant: &TenantId) -> Answer<Option<DateTime<Utc>>> {
        inner.next_due(tenant).await
    }

    async fn journal(
        &self,
        inner: &MemoryStore,
        key: &Key,
        after: u64,
        limit: usize,
    ) -> Answer<Vec<JournalEntry>> {
        inner.journal(key, after, limit).await
    }

    async fn ledger(
        &self,
        inner: &MemoryStore,
        tenant: &TenantId,
        after: Option<(OrderId, u64)>,
        limit: usize,
    ) -> Answer<Vec<LedgerEntry>> {
        inner.ledger(tenant, after, limit).await
    }

    async fn sums(&self, inner: &MemoryStore, query: &SumQuery) -> Answer<Vec<Sum>> {
        inner.sums(query).await
    }
}

/// The memory store with a flaw.
pub(crate) struct Broken<F> {
    pub(crate) inner: MemoryStore,
    pub(crate) flaw: F,
}

#[async_trait]
impl<F: Flaw> Store for Broken<F> {
    async fn read(&self, keys: &[Key]) -> Answer<Vec<Option<Row>>> {
        self.flaw.read(&self.inner, keys).await
    }

    async fn find(&self, query: &Query) -> Answer<Page> {
        self.flaw.find(&self.inner, query).await
    }

    async fn commit(&self, unit: &UnitOfWork) -> Answer<Commit> {
        self.flaw.commit(&self.inner, unit).await
    }

    async fn claim(&self, claim: &Claim) -> Answer<Vec<Message>> {
        self.flaw.claim(&self.inner, claim).await
    }

    async fn next_due(&self, tenant: &TenantId) -> Answer<Option<DateTime<Utc>>> {
        self.flaw.next_due(&self.inner, tenant).await
    }

    async fn journal(&self, key: &Key, after: u64, limit: usize) -> Answer<Vec<JournalEntry>> {
        self.flaw.journal(&self.inner, key, after, limit).await
    }

    async fn ledger(
        &self,
        tenant: &TenantId,
        after: Option<(OrderId, u64)>,
        limit: usize,
    ) -> Answer<Vec<LedgerEntry>> {
        self.flaw.ledger(&self.inner, tenant, after, limit).await
    }

    async fn sums(&self, query: &SumQuery) -> Answer<Vec<Sum>> {
        self.flaw.sums(&self.inner, query).await
    }
}
