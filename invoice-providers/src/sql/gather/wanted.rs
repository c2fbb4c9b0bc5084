//! What has to be read before a batch can be decided.

use invoice_core::id::{OrderId, TenantId, UnitId};
use invoice_core::store::{Key, Message, MessageId, Tag, UnitOfWork, Version};

/// The position of a ledger entry.
pub(crate) type Position<'a> = (&'a TenantId, &'a OrderId, u64);

/// Everything the units of a batch touch, each thing once.
#[derive(Debug, Default)]
pub(crate) struct Wanted<'a> {
    pub(crate) rows: Vec<&'a Key>,
    pub(crate) ledger: Vec<Position<'a>>,
    pub(crate) messages: Vec<(&'a TenantId, &'a MessageId)>,
    pub(crate) units: Vec<(&'a TenantId, &'a UnitId)>,
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
    /// Whether the position is taken.
    pub(crate) ledger: Vec<bool>,
    pub(crate) messages: Vec<Option<Message>>,
    /// Whether the unit was applied before.
    pub(crate) units: Vec<bool>,
}

impl<'a> Wanted<'a> {
    /// Sorted, so that what is read lies side by side in the engine's trees.
    pub(crate) fn of(units: &[&'a UnitOfWork]) -> Self {
        let mut wanted = Self::default();
        for unit in units {
            wanted.rows.extend(unit.expects.iter().map(|(key, _)| key));
            wanted.rows.extend(unit.writes.iter().map(|write| &write.row.key));
            wanted.ledger.extend(unit.entries.iter().map(|entry| (&entry.tenant, &entry.order, entry.seq)));
            wanted.messages.extend(unit.messages.iter().map(|message| (&unit.tenant, &message.id)));
            wanted.messages.extend(unit.settlements.iter().map(|settled| (&unit.tenant, &settled.message)));
            wanted.units.push((&unit.tenant, &unit.id));
        }
        once(&mut wanted.rows);
        once(&mut wanted.ledger);
        once(&mut wanted.messages);
        once(&mut wanted.units);
        wanted
    }
}

fn once<T: Ord>(list: &mut Vec<T>) {
    list.sort_unstable();
    list.dedup();
}
