//! The touched messages of a batch while it is being decided.

use std::collections::HashMap;

use invoice_core::id::TenantId;
use invoice_core::store::{Message, MessageId, Next, UnitOfWork};

use super::plan::Change;

type Name<'a> = (&'a TenantId, &'a MessageId);

#[derive(Debug, Default)]
struct Slot {
    /// Whether the engine holds it.
    stored: bool,
    changed: bool,
    now: Option<Message>,
}

/// Messages by name, as they would be after the units accepted so far.
#[derive(Debug)]
pub(super) struct Outbox<'a> {
    slots: HashMap<Name<'a>, Slot>,
}

impl<'a> Outbox<'a> {
    pub(super) fn new(wanted: &[Name<'a>], seen: &[Option<Message>]) -> Self {
        let slot = |now: &Option<Message>| Slot { stored: now.is_some(), changed: false, now: now.clone() };
        Self { slots: wanted.iter().copied().zip(seen.iter().map(slot)).collect() }
    }

    /// The first message whose lease the unit claims to hold and does not.
    pub(super) fn lost(&self, unit: &'a UnitOfWork) -> Option<&'a MessageId> {
        unit.settlements
            .iter()
            .find(|settled| {
                let held = self.slots.get(&(&unit.tenant, &settled.message));
                let lease =
                    held.and_then(|slot| slot.now.as_ref()).and_then(|message| message.lease.as_ref());
                lease != Some(&settled.lease)
            })
            .map(|settled| &settled.message)
    }

    pub(super) fn apply(&mut self, unit: &'a UnitOfWork) {
        for settled in &unit.settlements {
            let Some(slot) = self.slots.get_mut(&(&unit.tenant, &settled.message)) else { continue };
            slot.changed = true;
            match settled.next {
                Next::Done => slot.now = None,
                Next::Again { not_before, attempts } => {
                    if let Some(message) = &mut slot.now {
                        (message.not_before, message.attempts, message.lease) = (not_before, attempts, None);
                    }
                }
            }
        }
        for message in &unit.messages {
            // What was not looked at is not there.
            let slot = self.slots.entry((&unit.tenant, &message.id)).or_default();
            slot.changed = true;
            match &mut slot.now {
                Some(waiting) => waiting.not_before = waiting.not_before.min(message.not_before),
                None => slot.now = Some(message.clone()),
            }
        }
    }

    /// What is to be stored, and what is to be removed; sorted by name.
    pub(super) fn changes(self) -> (Vec<(Change, Message)>, Vec<Name<'a>>) {
        let (mut kept, mut removed) = (Vec::new(), Vec::new());
        for (name, slot) in self.slots {
            match slot.now {
                Some(message) if slot.changed => {
                    kept.push((if slot.stored { Change::Over } else { Change::New }, message));
                }
                None if slot.stored => removed.push(name),
                _ => {}
            }
        }
        kept.sort_unstable_by(|(_, one), (_, other)| {
            (one.subject.tenant(), &one.id).cmp(&(other.subject.tenant(), &other.id))
        });
        removed.sort_unstable();
        (kept, removed)
    }
}
