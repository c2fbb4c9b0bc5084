//! What an engine adds to the common commit algorithm: a transaction and a few bulk statements.

use std::future::Future;

use chrono::{DateTime, Utc};
use invoice_core::id::{TenantId, UnitId};
#[cfg(doc)]
use invoice_core::store::StoreErrorKind;
use invoice_core::store::{Claim, Message, StoreError};

use super::gather::{Plan, Seen, Wanted};

/// A connection to a database, owned by the one task that writes.
///
/// `begin` to `commit` is one transaction. What it has looked at no other writer changes until it ends; where another
/// came between all the same, a statement fails with [`StoreErrorKind::Conflict`] and everything is looked at anew.
/// After any error the caller rolls
/// back; it never commits a transaction in which a statement failed.
pub(crate) trait Engine: Send {
    /// An engine may leave the statement itself to [`Engine::look`], which always comes next.
    fn begin(&mut self) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Reads everything wanted, as of this transaction.
    fn look(&mut self, wanted: &Wanted<'_>) -> impl Future<Output = Result<Seen, StoreError>> + Send;

    /// After [`Engine::look`], and when the transaction holds its locks: which of these units are there.
    fn late(
        &mut self,
        units: &[(&TenantId, &UnitId)],
    ) -> impl Future<Output = Result<Vec<bool>, StoreError>> + Send;

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
    fn applied(
        &mut self,
        units: &[(&TenantId, &UnitId)],
    ) -> impl Future<Output = Result<Vec<bool>, StoreError>> + Send;

    fn close(self) -> impl Future<Output = ()> + Send;
}
