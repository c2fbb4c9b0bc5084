use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use crate::store::{Lease, Message, MessageId, Next, UnitOfWork};

/// A message as it must stand in the store.
#[derive(Debug, Clone)]
struct Held {
    due: i64,
    lease: Option<Lease>,
}

/// The auditor's own outbox.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    messages: BTreeMap<MessageId, Held>,
}

/// The first whole millisecond that is not before an instant: the clock of a run knows no other.
fn millis(at: DateTime<Utc>) -> i64 {
    at.timestamp_millis() + i64::from(!at.timestamp_subsec_nanos().is_multiple_of(1_000_000))
}

impl Held {
    fn free_at(&self) -> i64 {
        self.lease.as_ref().map_or(self.due, |lease| millis(lease.until).max(self.due))
    }
}

impl Outbox {
    pub(super) fn has(&self, task: &str) -> bool {
        self.messages.contains_key(&MessageId::from_text(&format!("issue/invoice/{task}")))
    }

    pub(super) fn was_leased(&self, id: &MessageId) -> bool {
        self.messages.get(id).is_some_and(|held| held.lease.is_some())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.messages.is_empty()
    }

    pub(super) fn next_due(&self) -> Option<i64> {
        self.messages.values().map(Held::free_at).min()
    }

    /// Messages were given out.
    pub(super) fn claimed(&mut self, messages: &[Message], now: i64) -> Option<String> {
        let mut wrong = None;
        for message in messages {
            match self.messages.get_mut(&message.id) {
                Some(held) => {
                    if held.free_at() > now {
                        wrong =
                            Some(format!("{} was given out {} ms early", message.id, held.free_at() - now));
                    }
                    held.lease.clone_from(&message.lease);
                }
                None => wrong = Some(format!("{} was given out and is not in the outbox", message.id)),
            }
        }
        wrong
    }

    /// A unit was applied: settlements first, then what it enqueues.
    pub(super) fn committed(&mut self, unit: &UnitOfWork) -> Option<String> {
        let mut wrong = None;
        for settlement in &unit.settlements {
            match self.messages.get_mut(&settlement.message) {
                Some(held) if held.lease.as_ref() == Some(&settlement.lease) => {}
                _ => wrong = Some(format!("{} was settled without its lease", settlement.message)),
            }
            match settlement.next {
                Next::Done => {
                    self.messages.remove(&settlement.message);
                }
                Next::Again { not_before, .. } => {
                    if let Some(held) = self.messages.get_mut(&settlement.message) {
                        (held.due, held.lease) = (millis(not_before), None);
                    }
                }
            }
        }
        for message in &unit.messages {
            let due = millis(message.not_before);
            let held = self.messages.entry(message.id.clone()).or_insert(Held { due, lease: None });
            held.due = held.due.min(due);
        }
        wrong
    }
}
