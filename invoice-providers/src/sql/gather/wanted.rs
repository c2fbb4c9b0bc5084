//! What has to be read before a batch can be decided.

use std::collections::HashSet;

use invoice_core::id::{OrderId, TenantId, UnitId};
use invoice_core::store::{Key, Message, MessageId, Tag, UnitOfWork, Version, Write};

/// The position of a ledger entry.
pub(crate) type Position<'a> = (&'a TenantId, &'a OrderId, u64);

/// The position of a journal entry.
pub(crate) type Step<'a> = (&'a Key, u64);

/// The name of a unit.
pub(crate) type Named<'a> = (&'a TenantId, &'a UnitId);

/// How far one looks before deciding, and with it whether others may join: only what nobody has refused grows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sight {
    /// What decides nearly always. That nothing stands where a unit puts something new, or a message about it, shows when it
    /// is put in, as the keys of the tables are unique. Nobody is refused on this alone.
    Likely,
    /// Everything.
    Whole,
}

/// What the units of a batch build on, each thing once.
#[derive(Debug, Default)]
pub(crate) struct Wanted<'a> {
    pub(crate) rows: Vec<&'a Key>,
    pub(crate) messages: Vec<(&'a TenantId, &'a MessageId)>,
}

/// A row as the engine found it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SeenRow {
    pub(crate) version: Version,
    pub(crate) tags: Vec<Tag>,
}

/// What an engine read for a [`Wanted`]: each list runs parallel to the list of what was wanted.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    pub(crate) rows: Vec<Option<SeenRow>>,
    pub(crate) messages: Vec<Option<Message>>,
}

/// What else the units of a batch put in and must not be there yet, each thing once.
#[derive(Debug, Default)]
pub(crate) struct Fresh<'a> {
    pub(crate) journal: Vec<Step<'a>>,
    pub(crate) ledger: Vec<Position<'a>>,
    pub(crate) units: Vec<Named<'a>>,
}

/// What of a [`Fresh`] is there all the same.
#[derive(Debug, Default)]
pub(crate) struct Taken<'a> {
    pub(crate) journal: HashSet<Step<'a>>,
    pub(crate) ledger: HashSet<Position<'a>>,
    pub(crate) units: HashSet<Named<'a>>,
}

// Sorted, so that what is read lies side by side in the engine's trees.

impl<'a> Wanted<'a> {
    pub(crate) fn of(units: &[&'a UnitOfWork], sight: Sight) -> Self {
        let mut wanted = Self::default();
        for unit in units {
            let new = |write: &&Write| sight == Sight::Likely && unit.before(write) == Version::ABSENT;
            let made: HashSet<&Key> = unit.writes.iter().filter(new).map(|write| &write.row.key).collect();
            let written = unit.writes.iter().map(|write| &write.row.key);
            wanted.rows.extend(unit.expects.iter().map(|(key, _)| key));
            wanted.rows.extend(written.filter(|key| !made.contains(key)));
            // Of what is only now made nobody has said anything yet.
            let waiting = unit.messages.iter().filter(|message| !made.contains(&message.subject));
            wanted.messages.extend(waiting.map(|message| (&unit.tenant, &message.id)));
            wanted.messages.extend(unit.settlements.iter().map(|settled| (&unit.tenant, &settled.message)));
        }
        once(&mut wanted.rows);
        once(&mut wanted.messages);
        wanted
    }
}

impl<'a> Fresh<'a> {
    pub(crate) fn of(units: &[&'a UnitOfWork]) -> Self {
        let mut fresh = Self::default();
        for unit in units {
            fresh.journal.extend(unit.journal.iter().map(|entry| (&entry.key, entry.seq)));
            fresh.ledger.extend(unit.entries.iter().map(|entry| (&entry.tenant, &entry.order, entry.seq)));
            fresh.units.push((&unit.tenant, &unit.id));
        }
        once(&mut fresh.journal);
        once(&mut fresh.ledger);
        once(&mut fresh.units);
        fresh
    }
}

fn once<T: Ord>(list: &mut Vec<T>) {
    list.sort_unstable();
    list.dedup();
}
