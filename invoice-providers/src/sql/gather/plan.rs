//! Deciding a batch.

use std::collections::HashMap;

use invoice_core::id::TenantId;
use invoice_core::store::{
    Commit, JournalEntry, Key, LedgerEntry, Message, MessageId, StoreError, StoreErrorKind, Tag, UnitOfWork,
    Version, Write,
};

use super::outbox::Outbox;
use super::wanted::{Named, Seen, SeenRow, Taken, Wanted};

/// Whether something is put where nothing was, or over what was there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Change {
    New,
    Over,
}

/// A row to write, and how its tags change.
#[derive(Debug)]
pub(crate) struct RowChange<'a> {
    pub(crate) change: Change,
    pub(crate) write: &'a Write,
    pub(crate) tags_gone: Vec<&'a Tag>,
    pub(crate) tags_new: Vec<&'a Tag>,
    /// Those that were there with other amounts.
    pub(crate) tags_over: Vec<&'a Tag>,
}

/// What each unit is to be answered once the transaction is committed, and everything to write until then.
#[derive(Debug)]
pub(crate) struct Plan<'a> {
    /// Parallel to the units.
    pub(crate) verdicts: Vec<Result<Commit, StoreError>>,
    /// Each row once, in its last version.
    pub(crate) rows: Vec<RowChange<'a>>,
    pub(crate) journal: Vec<&'a JournalEntry>,
    pub(crate) ledger: Vec<&'a LedgerEntry>,
    /// Messages as they will be.
    pub(crate) messages: Vec<(Change, Message)>,
    pub(crate) settled: Vec<(&'a TenantId, &'a MessageId)>,
    pub(crate) units: Vec<Named<'a>>,
    /// Rows that a unit relies on not being there. There is nothing to lock, so they have to be kept away otherwise.
    pub(crate) absent: Vec<&'a Key>,
}

#[derive(Debug)]
struct RowState<'a> {
    version: Version,
    stored: Option<&'a SeenRow>,
    written: Option<&'a Write>,
}

#[derive(Debug)]
struct State<'a> {
    rows: HashMap<&'a Key, RowState<'a>>,
    outbox: Outbox<'a>,
    taken: Option<Taken<'a>>,
}

/// Decides units in their order, from what the engine read for [`Wanted::of`] the same units, and from what is known to be
/// taken. What was not looked at counts as not there. Without `taken` nobody is refused a position or a unit id, not even
/// one that two units of the batch want: the keys of the tables will.
pub(crate) fn decide<'a>(
    units: &[&'a UnitOfWork],
    wanted: &Wanted<'a>,
    seen: &'a Seen,
    taken: Option<Taken<'a>>,
) -> Plan<'a> {
    let mut state = State::new(wanted, seen, taken);
    let mut plan = Plan {
        verdicts: Vec::with_capacity(units.len()),
        rows: Vec::new(),
        journal: Vec::with_capacity(units.iter().map(|unit| unit.journal.len()).sum()),
        ledger: Vec::with_capacity(units.iter().map(|unit| unit.entries.len()).sum()),
        messages: Vec::new(),
        settled: Vec::new(),
        units: Vec::with_capacity(units.len()),
        absent: Vec::new(),
    };
    for unit in units {
        let verdict = state.judge(unit);
        if matches!(verdict, Ok(Commit::Applied)) {
            state.apply(unit);
            plan.journal.extend(&unit.journal);
            plan.ledger.extend(&unit.entries);
            plan.units.push((&unit.tenant, &unit.id));
            let absent = unit.expects.iter().filter(|(_, version)| *version == Version::ABSENT);
            plan.absent.extend(absent.map(|(key, _)| key));
        }
        plan.verdicts.push(verdict);
    }
    // What another unit of the batch writes is kept by being written.
    plan.absent.retain(|key| state.rows.get(key).is_none_or(|row| row.written.is_none()));
    plan.absent.sort_unstable();
    plan.absent.dedup();
    plan.rows = state.rows.into_values().filter_map(RowState::change).collect();
    // In the order of keys: neighbours in the trees are written one after the other, and runs repeat exactly.
    plan.rows.sort_unstable_by(|one, other| one.write.row.key.cmp(&other.write.row.key));
    plan.journal.sort_unstable_by(|one, other| (&one.key, one.seq).cmp(&(&other.key, other.seq)));
    plan.ledger.sort_unstable_by(|one, other| {
        (&one.tenant, &one.order, one.seq).cmp(&(&other.tenant, &other.order, other.seq))
    });
    plan.units.sort_unstable();
    (plan.messages, plan.settled) = state.outbox.changes();
    plan
}

impl<'a> State<'a> {
    fn new(wanted: &Wanted<'a>, seen: &'a Seen, taken: Option<Taken<'a>>) -> Self {
        let row = |stored: &'a Option<SeenRow>| RowState {
            version: stored.as_ref().map_or(Version::ABSENT, |row| row.version),
            stored: stored.as_ref(),
            written: None,
        };
        Self {
            rows: wanted.rows.iter().copied().zip(seen.rows.iter().map(row)).collect(),
            outbox: Outbox::new(&wanted.messages, &seen.messages),
            taken,
        }
    }

    fn version(&self, key: &Key) -> Version {
        self.rows.get(key).map_or(Version::ABSENT, |row| row.version)
    }

    fn judge(&self, unit: &'a UnitOfWork) -> Result<Commit, StoreError> {
        let named = (&unit.tenant, &unit.id);
        if self.taken.as_ref().is_some_and(|taken| taken.units.contains(&named)) {
            return Ok(Commit::AlreadyApplied);
        }
        let read =
            unit.expects.iter().find(|(key, version)| self.version(key) != *version).map(|(key, _)| key);
        let written = || {
            let behind = |write: &&Write| self.version(&write.row.key) != unit.before(write);
            unit.writes.iter().find(behind).map(|write| &write.row.key)
        };
        if let Some(key) = read.or_else(written) {
            return Err(StoreError::new(StoreErrorKind::Conflict, key.to_string()));
        }
        let entry = self.taken.as_ref().and_then(|taken| {
            let there =
                |entry: &&LedgerEntry| taken.ledger.contains(&(&entry.tenant, &entry.order, entry.seq));
            unit.entries.iter().find(there)
        });
        if let Some(entry) = entry {
            return Err(StoreError::new(
                StoreErrorKind::Conflict,
                format!("ledger of order {}", entry.order),
            ));
        }
        let entry = self.taken.as_ref().and_then(|taken| {
            unit.journal.iter().find(|entry| taken.journal.contains(&(&entry.key, entry.seq)))
        });
        if let Some(entry) = entry {
            return Err(StoreError::new(StoreErrorKind::Conflict, format!("journal of {}", entry.key)));
        }
        match self.outbox.lost(unit) {
            Some(message) => Err(StoreError::new(StoreErrorKind::LeaseLost, message.to_string())),
            None => Ok(Commit::Applied),
        }
    }

    fn apply(&mut self, unit: &'a UnitOfWork) {
        for write in &unit.writes {
            let absent = RowState { version: Version::ABSENT, stored: None, written: None };
            let row = self.rows.entry(&write.row.key).or_insert(absent);
            (row.version, row.written) = (write.row.version, Some(write));
        }
        self.outbox.apply(unit);
        if let Some(taken) = &mut self.taken {
            taken.journal.extend(unit.journal.iter().map(|entry| (&entry.key, entry.seq)));
            taken.ledger.extend(unit.entries.iter().map(|entry| (&entry.tenant, &entry.order, entry.seq)));
            taken.units.insert((&unit.tenant, &unit.id));
        }
    }
}

impl<'a> RowState<'a> {
    fn change(self) -> Option<RowChange<'a>> {
        let write = self.written?;
        let change = if self.stored.is_some() { Change::Over } else { Change::New };
        let before = self.stored.map_or(&[][..], |row| &row.tags);
        let after = &write.columns.tags;
        let is_like = |tag: &Tag| before.iter().any(|old| old.is_like(tag));
        let mut tags: Vec<&Tag> = after.iter().filter(|tag| !before.contains(tag)).collect();
        tags.sort_unstable();
        tags.dedup();
        let (tags_over, tags_new) = tags.into_iter().partition(|tag| is_like(tag));
        let gone = |old: &&Tag| !after.iter().any(|tag| tag.is_like(old));
        let tags_gone = before.iter().filter(gone).collect();
        Some(RowChange { change, write, tags_gone, tags_new, tags_over })
    }
}
