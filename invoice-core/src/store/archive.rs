//! What moving a tenant from one store to another needs beyond [`Store`].

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;

use super::row::Kind;
use super::{Message, MessageId, Store, StoreError, StoreErrorKind, Write};
use crate::id::TenantId;

/// A store that also gives out what it was told of a row, and what waits in its outbox.
///
/// Putting back needs nothing more: a unit that [restores](super::Mode::Restore) is committed like any other.
///
/// # Contract
///
/// 1. `rows` gives each row of the tenant and kind with exactly the columns it was last written with, tags in any
///    order, in ascending id behind `after`; fewer than `limit` only at the end.
/// 2. `messages` gives each message of the tenant's outbox exactly, its lease included, in ascending id behind
///    `after`; fewer than `limit` only at the end.
/// 3. What a restoring unit wrote comes back from `rows`, `messages`, `journal` and `ledger` exactly.
#[async_trait]
pub trait Archive: Store {
    /// Rows with their columns.
    async fn rows(
        &self,
        tenant: &TenantId,
        kind: Kind,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Write>, StoreError>;

    /// Messages in the outbox.
    async fn messages(
        &self,
        tenant: &TenantId,
        after: Option<&MessageId>,
        limit: usize,
    ) -> Result<Vec<Message>, StoreError>;
}

#[async_trait]
impl<S: Archive + ?Sized> Archive for Arc<S> {
    async fn rows(
        &self,
        tenant: &TenantId,
        kind: Kind,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Write>, StoreError> {
        (**self).rows(tenant, kind, after, limit).await
    }

    async fn messages(
        &self,
        tenant: &TenantId,
        after: Option<&MessageId>,
        limit: usize,
    ) -> Result<Vec<Message>, StoreError> {
        (**self).messages(tenant, after, limit).await
    }
}

/// Most different names of states and tags of one process.
const MAX_NAMES: usize = 4096;

/// A stored name of a state or tag, as [`Columns`](super::Columns) hold it. Names are given by code, so they are few:
/// each is kept once and for good.
///
/// # Errors
/// [`StoreErrorKind::Corrupt`] when it is longer than 64 bytes, or there are more than 4096 different ones: then they
/// are not names.
pub fn name(text: &str) -> Result<&'static str, StoreError> {
    static NAMES: Mutex<BTreeSet<&'static str>> = Mutex::new(BTreeSet::new());
    let mut names = NAMES.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = names.get(text) {
        return Ok(known);
    }
    if text.len() > 64 || names.len() >= MAX_NAMES {
        return Err(StoreError::new(StoreErrorKind::Corrupt, "the name of a state or tag"));
    }
    let kept: &'static str = Box::leak(text.to_owned().into_boxed_str());
    names.insert(kept);
    Ok(kept)
}
