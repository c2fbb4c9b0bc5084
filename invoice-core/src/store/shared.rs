//! A shared store is a store.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::{
    Claim, Commit, JournalEntry, Key, LedgerEntry, Message, Page, Query, Row, Store, StoreError, Sum,
    SumQuery, UnitOfWork,
};
use crate::id::{OrderId, TenantId};

#[async_trait]
impl<S: Store + ?Sized> Store for Arc<S> {
    async fn read(&self, keys: &[Key]) -> Result<Vec<Option<Row>>, StoreError> {
        (**self).read(keys).await
    }

    async fn find(&self, query: &Query) -> Result<Page, StoreError> {
        (**self).find(query).await
    }

    async fn commit(&self, unit: &UnitOfWork) -> Result<Commit, StoreError> {
        (**self).commit(unit).await
    }

    async fn claim(&self, claim: &Claim) -> Result<Vec<Message>, StoreError> {
        (**self).claim(claim).await
    }

    async fn next_due(&self, tenant: &TenantId) -> Result<Option<DateTime<Utc>>, StoreError> {
        (**self).next_due(tenant).await
    }

    async fn journal(&self, key: &Key, after: u64, limit: usize) -> Result<Vec<JournalEntry>, StoreError> {
        (**self).journal(key, after, limit).await
    }

    async fn ledger(
        &self,
        tenant: &TenantId,
        after: Option<(OrderId, u64)>,
        limit: usize,
    ) -> Result<Vec<LedgerEntry>, StoreError> {
        (**self).ledger(tenant, after, limit).await
    }

    async fn sums(&self, query: &SumQuery) -> Result<Vec<Sum>, StoreError> {
        (**self).sums(query).await
    }
}
