use super::error::{StoreError, StoreErrorKind};
use super::message::{Message, Settlement};
use super::row::{Columns, JournalEntry, Key, LedgerEntry, Row, Version};
use crate::id::{TenantId, UnitId};

/// One row to write. `row.version` is the version *after* the write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Write {
    /// The row as it will be.
    pub row: Row,
    /// What the store may see of it. Replaces what was there, tags included.
    pub columns: Columns,
}

/// Everything one decision changes: all of it is written, or nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnitOfWork {
    /// Its name: the same unit twice is applied once.
    pub id: UnitId,
    /// The tenant everything in it belongs to.
    pub tenant: TenantId,
    /// Rows that were only read, at the version that was read.
    pub expects: Vec<(Key, Version)>,
    /// Rows to write; each expects the version before its own.
    pub writes: Vec<Write>,
    /// Ledger entries to append.
    pub entries: Vec<LedgerEntry>,
    /// Journal entries to append.
    pub journal: Vec<JournalEntry>,
    /// Messages to enqueue or wake.
    pub messages: Vec<Message>,
    /// Messages to settle.
    pub settlements: Vec<Settlement>,
    /// What a write expects to find.
    pub mode: Mode,
}

/// What the writes of a unit expect to find.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    /// The version before their own: a step of the row's history.
    #[default]
    Step,
    /// Nothing, whatever their version: the row comes from another store, with a history of its own. Journal entries
    /// may then stand without their row, and messages keep their lease.
    Restore,
}

impl UnitOfWork {
    /// An empty unit.
    #[must_use]
    pub const fn new(id: UnitId, tenant: TenantId) -> Self {
        Self {
            id,
            tenant,
            expects: Vec::new(),
            writes: Vec::new(),
            entries: Vec::new(),
            journal: Vec::new(),
            messages: Vec::new(),
            settlements: Vec::new(),
            mode: Mode::Step,
        }
    }

    /// The same unit, restoring what another store held.
    #[must_use]
    pub const fn restoring(mut self) -> Self {
        self.mode = Mode::Restore;
        self
    }

    /// The version at which a write expects its row.
    #[must_use]
    pub fn before(&self, write: &Write) -> Version {
        match self.mode {
            Mode::Step => Version::new(write.row.version.number().saturating_sub(1)),
            Mode::Restore => Version::ABSENT,
        }
    }

    /// Checks what every store relies on: one tenant throughout, versions above zero, no row named twice, every
    /// journal entry at its row's version (unless it restores), no journal or ledger position twice, no message settled twice,
    /// no tag of a row twice with different amounts.
    ///
    /// # Errors
    /// [`StoreErrorKind::Invalid`] with what is wrong.
    pub fn check(&self) -> Result<(), StoreError> {
        let invalid =
            |what: &str| Err(StoreError::new(StoreErrorKind::Invalid, format!("unit {}: {what}", self.id)));
        let keys =
            self.expects.iter().map(|(key, _)| key).chain(self.writes.iter().map(|write| &write.row.key));
        let subjects = self
            .journal
            .iter()
            .map(|entry| &entry.key)
            .chain(self.messages.iter().map(|message| &message.subject));
        let foreign_entry = self.entries.iter().any(|entry| entry.tenant != self.tenant);
        if foreign_entry || keys.clone().chain(subjects).any(|key| key.tenant() != &self.tenant) {
            return invalid("more than one tenant");
        }
        if self.writes.iter().any(|write| write.row.version == Version::ABSENT) {
            return invalid("a row written at version 0");
        }
        if twice(keys) {
            return invalid("a row named twice");
        }
        let at_version = |entry: &JournalEntry| {
            self.writes
                .iter()
                .any(|write| write.row.key == entry.key && write.row.version.number() == entry.seq)
        };
        if self.mode == Mode::Step && !self.journal.iter().all(at_version) {
            return invalid("a journal entry without its row");
        }
        if twice(self.journal.iter().map(|entry| (&entry.key, entry.seq))) {
            return invalid("a journal position named twice");
        }
        if twice(self.entries.iter().map(|entry| (&entry.order, entry.seq))) {
            return invalid("a ledger position named twice");
        }
        if twice(self.settlements.iter().map(|settlement| &settlement.message)) {
            return invalid("a message settled twice");
        }
        let torn = |write: &Write| {
            let mut tags: Vec<_> = write.columns.tags.iter().collect();
            tags.sort_unstable();
            tags.windows(2).any(|pair| pair[0] != pair[1] && pair[0].is_like(pair[1]))
        };
        if self.writes.iter().any(torn) {
            return invalid("a tag of a row twice with different amounts");
        }
        Ok(())
    }
}

fn twice<T: Ord>(names: impl Iterator<Item = T>) -> bool {
    let mut names: Vec<T> = names.collect();
    names.sort_unstable();
    names.windows(2).any(|pair| pair[0] == pair[1])
}

/// How a commit ended well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Commit {
    /// The unit was written now.
    Applied,
    /// A unit of this id had been written before; nothing was changed now.
    AlreadyApplied,
}
