//! Store: where state lives.
//!
//! The desk decides; a store only keeps. It sees keys, versions, a few typed columns to search by, and sealed
//! bodies it cannot read. That makes it small enough to write in an afternoon on any transactional database.

mod archive;
mod error;
pub mod memory;
mod message;
mod query;
mod row;
mod sum;
mod unit;

mod shared;

use async_trait::async_trait;
use chrono::{DateTime, Utc};

pub use archive::{Archive, name};
pub use error::{StoreError, StoreErrorKind};
pub use memory::MemoryStore;
pub use message::{Claim, Lease, Message, MessageId, Next, Settlement};
pub use query::{MAX_PAGE, Page, Query};
pub use row::{Columns, EntryKind, JournalEntry, Key, Kind, LedgerEntry, Row, Tag, Version};
pub use sum::{Sum, SumQuery, Summand};
pub use unit::{Commit, Mode, UnitOfWork, Write};

use crate::id::{OrderId, TenantId};

/// Keeps rows, ledger entries, journal entries and outbox messages.
///
/// # Contract
///
/// 1. **All or nothing.** A unit is visible whole or not at all, also after a crash.
/// 2. **Durable.** When `commit` has returned `Ok`, the unit survives a crash of process and machine.
/// 3. **Versions.** `commit` fails with [`StoreErrorKind::Conflict`] unless every expected version, of rows
///    written and of rows only read, is the version in the store; [`Version::ABSENT`] expects no row. Two units
///    that expect the same version of a row: at most one succeeds.
/// 4. **Version steps.** A row written with expected version *n* is then at version *n + 1*; in a unit that
///    [restores](Mode::Restore), a row that was not there is then at the version the unit says, with the messages
///    exactly as the unit has them. [`UnitOfWork::before`] says what to expect of each write.
/// 5. **Same unit twice.** A unit id that was applied answers [`Commit::AlreadyApplied`] and changes nothing,
///    whatever the versions are now. Unit ids are remembered at least as long as the rows.
/// 6. **Unknown is said.** A commit whose outcome is not known fails with [`StoreErrorKind::Unknown`], never with
///    an error that claims it was not applied. The caller commits the same unit again.
/// 7. **Read your writes.** After `commit` returned, every `read`, `find`, `journal` and `ledger` sees it.
/// 8. **Exact.** Bodies, texts and amounts come back byte for byte and fen for fen, times to the nanosecond. A time
///    outside the years 1678 to 2261 may be refused with [`StoreErrorKind::Invalid`], never changed.
/// 9. **Pages.** `find` gives rows in ascending id; following `next` to the end gives every row that was there
///    throughout exactly once.
/// 10. **Tenants apart.** Nothing of one tenant is ever read, found, claimed or changed through another.
/// 11. **Leases.** `claim` gives a message to one worker until its lease ends; a message that became
///     [due](Message::due) earlier is given out before one that became so later, and of those that became so at the same
///     moment the one with the smaller id; a message that is not due, or leased, is not given out.
/// 12. **Settling.** A settlement whose lease is no longer the message's lease fails the whole unit with
///     [`StoreErrorKind::LeaseLost`].
/// 13. **Waking.** Enqueuing an id that is already in the outbox makes it due at the earlier of the two times and
///     changes nothing else.
/// 14. **Journal order.** Journal entries come back in ascending `seq` per key, ledger entries in ascending
///     (`order`, `seq`); neither can be changed once written: the same position twice is a conflict.
/// 15. **Sums.** `sums` gives every wanted value that rows carry now, once, in ascending order of its bytes, with how many
///     rows carry it and what the amounts of their tags come to, to the fen; fewer than the limit only at the end.
#[cfg_attr(feature = "mock", mockall::automock)]
#[async_trait]
pub trait Store: Send + Sync {
    /// Reads rows, in the order of `keys`; `None` where there is none.
    async fn read(&self, keys: &[Key]) -> Result<Vec<Option<Row>>, StoreError>;

    /// Finds rows of one tenant and kind.
    async fn find(&self, query: &Query) -> Result<Page, StoreError>;

    /// Writes a unit of work.
    async fn commit(&self, unit: &UnitOfWork) -> Result<Commit, StoreError>;

    /// Leases due messages, at most `claim.limit`.
    async fn claim(&self, claim: &Claim) -> Result<Vec<Message>, StoreError>;

    /// When the next message of the tenant will be due or its lease will end; `None` when the outbox is empty.
    async fn next_due(&self, tenant: &TenantId) -> Result<Option<DateTime<Utc>>, StoreError>;

    /// Journal entries of a key with `seq > after`, at most `limit`.
    async fn journal(&self, key: &Key, after: u64, limit: usize) -> Result<Vec<JournalEntry>, StoreError>;

    /// Ledger entries of a tenant behind the position `after`, at most `limit`; from the beginning when `None`.
    async fn ledger(
        &self,
        tenant: &TenantId,
        after: Option<(OrderId, u64)>,
        limit: usize,
    ) -> Result<Vec<LedgerEntry>, StoreError>;

    /// Adds up the amounts of tags, apart by their values.
    async fn sums(&self, query: &SumQuery) -> Result<Vec<Sum>, StoreError>;
}
