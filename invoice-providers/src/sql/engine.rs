//! What an engine adds to the common commit algorithm: a transaction and a few bulk statements.

use std::future::Future;

use chrono::{DateTime, Utc};
use invoice_core::id::{TenantId, UnitId};
use invoice_core::store::{Claim, Message, StoreError};

use super::gather::{Plan, Seen, Wanted};

/// A connection to a database, owned by the one task that writes.
///
/// `begin` to `commit` is one transaction that no other writer can come between. After any error the caller rolls
/// back; it never commits a transaction in which a statement failed.
pub(crate) trait Engine {
    /// An engine may leave the statement itself to [`Engine::look`], which always comes next.
    fn begin(&mut self) -> impl Future<Output = Result<(), StoreError>>;

    /// Reads everything wanted, as of this transaction.
    fn look(&mut self, wanted: &Wanted<'_>) -> impl Future<Output = Result<Seen, StoreError>>;

    fn write(&mut self, plan: &Plan<'_>) -> impl Future<Output = Result<(), StoreError>>;

    fn claim(&mut self, claim: &Claim) -> impl Future<Output = Result<Vec<Message>, StoreError>>;

    fn next_due(
        &mut self,
        tenant: &TenantId,
    ) -> impl Future<Output = Result<Option<DateTime<Utc>>, StoreError>>;

    /// An error means that the outcome is not known, until [`Engine::applied`] has answered.
    fn commit(&mut self) -> impl Future<Output = Result<(), StoreError>>;

    /// Ends the transaction, with its connection if need be: afterwards nothing of it can become visible any more.
    fn rollback(&mut self) -> impl Future<Output = ()>;

    /// After a commit that failed: first makes sure that it cannot take effect any more, then which units are
    /// there.
    fn applied(
        &mut self,
        units: &[(&TenantId, &UnitId)],
    ) -> impl Future<Output = Result<Vec<bool>, StoreError>>;

    fn close(self) -> impl Future<Output = ()>;
}
