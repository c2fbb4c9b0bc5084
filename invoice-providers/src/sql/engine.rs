//! What an engine adds to the common commit algorithm: a transaction and a few bulk statements.

use std::future::Future;

use chrono::{DateTime, Utc};
use invoice_core::id::TenantId;
#[cfg(doc)]
use invoice_core::store::StoreErrorKind;
use invoice_core::store::{Claim, Message, StoreError};

use super::gather::{Fresh, Named, Plan, Seen, Taken, Wanted};

/// A connection to a database, owned by the one task that writes.
///
/// `begin` to `commit` is one transaction. What it has looked at no other writer changes until it ends; where another
/// came between all the same, a statement fails with [`StoreErrorKind::Conflict`] and everything is looked at anew.
/// After any error the caller rolls
/// back; it never commits a transaction in which a statement failed.
pub(crate) trait Engine: Send {
    /// Whether jobs that come in while a transaction writes, and not only while it begins, join it before it commits. That
    /// pays where one transaction at a time can write, and statements cost nobody a journey.
    const GROWS: bool;

    /// Begins a transaction.
    fn begin(&mut self) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Reads what is wanted, as of this transaction.
    fn look(&mut self, wanted: &Wanted<'_>) -> impl Future<Output = Result<Seen, StoreError>> + Send;

    /// After a look, and so when the transaction holds its locks: what is there that must not be. A look that had to wait
    /// for another writer knows rows as they are now, and would know units as they were before.
    fn taken<'a>(&mut self, fresh: &Fresh<'a>) -> impl Future<Output = Result<Taken<'a>, StoreError>> + Send;

    fn write(&mut self, plan: &Plan<'_>) -> impl Future<Output = Result<(), StoreError>> + Send;

    fn claim(&mut self, claim: &Claim) -> impl Future<Output = Result<Vec<Message>, StoreError>> + Send;

    fn next_due(
        &mut self,
        tenant: &TenantId,
    ) -> impl Future<Output = Result<Option<DateTime<Utc>>, StoreError>> + Send;

    /// An error means that the outcome is not known, until [`Engine::applied`] has answered.
    fn commit(&mut self) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Ends the transaction, with its connection if need be: afterwards nothing of it can become visible any more.
    fn rollback(&mut self) -> impl Future<Output = ()> + Send;

    /// After a commit that failed: first makes sure that it cannot take effect any more, then which units are
    /// there.
    fn applied(&mut self, units: &[Named<'_>]) -> impl Future<Output = Result<Vec<bool>, StoreError>> + Send;

    fn close(self) -> impl Future<Output = ()> + Send;
}
