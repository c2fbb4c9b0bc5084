//! The auditor: its own books, kept from what was committed, what was commanded and what the bureau really did.
//! Nothing here calls decision code.

mod accounts;
mod books;
mod finale;
mod outbox;
mod task;

use std::collections::{BTreeMap, BTreeSet};

pub(super) use books::Line;
pub(super) use finale::closing;
use outbox::Outbox;
pub(super) use task::Task;

use super::bureau::{Bureau, Doc};
use super::foreign::FOREIGN;
use super::rng::Rng;
use crate::order::{Order, Payment, Refund};
use crate::store::{Key, Kind, Message, MessageId, UnitOfWork, Version};

/// A rule that did not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// The rule.
    pub rule: &'static str,
    /// What was seen.
    pub detail: String,
}

#[derive(Debug, Default)]
pub(super) struct Auditor {
    pub(super) violation: Option<Violation>,
    /// How many checks were made.
    pub(super) checks: u64,
    pub(super) orders: BTreeMap<String, Vec<Line>>,
    pub(super) tasks: BTreeMap<String, Task>,
    /// Key of an intent to its task.
    keys: BTreeMap<String, String>,
    /// Requests that were stored before they were sent, by key.
    intents: BTreeMap<String, BTreeSet<String>>,
    pub(super) applications: BTreeMap<String, &'static str>,
    of_order: BTreeMap<String, BTreeSet<String>>,
    versions: BTreeMap<Key, u64>,
    outbox: Outbox,
    commanded_orders: BTreeMap<String, Order>,
    commanded_payments: BTreeMap<String, Payment>,
    commanded_refunds: BTreeMap<String, Refund>,
    pub(super) refunded: BTreeSet<String>,
    /// Invoices issued beyond the first of a task.
    pub(super) doubles: u64,
    /// Task and key, where a task has taken a new one since this was looked at.
    pub(super) given_up: Vec<(String, String)>,
    /// Tasks that have gone to another provider since this was looked at.
    pub(super) moved: u64,
    /// Reds of forms that buyers started and nobody here has seen yet.
    strays: Vec<(usize, Doc)>,
    accounts: accounts::Accounts,
}

impl Auditor {
    pub(super) fn breaks(&mut self, rule: &'static str, detail: impl FnOnce() -> String) {
        if self.violation.is_none() {
            self.violation = Some(Violation { rule, detail: detail() });
        }
    }

    pub(super) fn must(&mut self, holds: bool, rule: &'static str, detail: impl FnOnce() -> String) {
        self.checks += 1;
        if !holds {
            self.breaks(rule, detail);
        }
    }

    pub(super) fn commands_order(&mut self, order: &Order) {
        self.commanded_orders.insert(order.id().to_string(), order.clone());
    }

    pub(super) fn commands_refund(&mut self, refund: &Refund) {
        self.commanded_refunds.insert(refund.id.to_string(), refund.clone());
    }

    /// The bureau will know the key under another name: only a planted bug does that.
    pub(super) fn alias(&mut self, key: &str, other: &str) {
        if let Some(task) = self.keys.get(key).cloned() {
            self.keys.insert(other.to_owned(), task);
        }
        if let Some(bodies) = self.intents.get(key).cloned() {
            self.intents.insert(other.to_owned(), bodies);
        }
    }

    pub(super) fn claimed(&mut self, messages: &[Message], now: i64) {
        if let Some(detail) = self.outbox.claimed(messages, now) {
            self.breaks("lease", || detail);
        }
        self.checks += 1;
    }

    pub(super) fn was_leased(&self, message: &MessageId) -> bool {
        self.outbox.was_leased(message)
    }

    /// When a message can be claimed next.
    pub(super) fn next_due(&self) -> Option<i64> {
        self.outbox.next_due()
    }

    pub(super) fn is_outbox_empty(&self) -> bool {
        self.outbox.is_empty()
    }

    /// A unit was applied that relied on these rows being at these versions.
    pub(super) fn relied_on(&mut self, rows: &[(Key, Version)]) {
        for (key, version) in rows {
            let is = self.versions.get(key).copied().unwrap_or(0);
            self.must(is == version.number(), "versions", || {
                format!("{key} was relied on at version {} and was at {is}", version.number())
            });
        }
    }

    /// A unit was applied.
    pub(super) fn committed(&mut self, unit: &UnitOfWork) {
        let mut orders: BTreeSet<String> = BTreeSet::new();
        let mut tasks: Vec<String> = Vec::new();
        for write in &unit.writes {
            let (key, version) = (&write.row.key, write.row.version.number());
            let before = self.versions.insert(key.clone(), version).unwrap_or(0);
            self.must(before + 1 == version, "versions", || format!("{key}: {before} then {version}"));
            match key.kind() {
                Kind::Order => self.opened(key.id()),
                Kind::Application => {
                    let state = write.columns.state.unwrap_or_default();
                    self.applications.insert(key.id().to_owned(), state);
                }
                Kind::Refund => self.refund_recorded(key.id()),
                Kind::Invoice => {
                    self.invoice_written(write);
                    orders.extend(
                        write
                            .columns
                            .tags
                            .iter()
                            .filter(|tag| tag.name == "order")
                            .map(|tag| tag.value.clone()),
                    );
                    tasks.push(key.id().to_owned());
                }
                _ => {}
            }
        }
        let steps = unit.journal.len();
        self.must(steps == unit.writes.len(), "history", || {
            format!("unit {}: {} rows, {steps} journal entries", unit.id, unit.writes.len())
        });
        for entry in &unit.entries {
            self.entry(entry);
            orders.insert(entry.order.to_string());
        }
        if let Some(detail) = self.outbox.committed(unit) {
            self.breaks("lease", || detail);
        }
        for settlement in &unit.settlements {
            if let Some(task) = settlement.message.as_str().strip_prefix("issue/invoice/") {
                tasks.push(task.to_owned());
            }
        }
        for task in tasks {
            self.visible(&task);
        }
        for order in orders {
            self.check_order(&order);
        }
    }

    /// What is under way has a message that brings it up again.
    fn visible(&mut self, id: &str) {
        let Some(task) = self.tasks.get(id) else { return };
        let state = task.state;
        let needs = !matches!(state, "issued" | "failed" | "superseded" | "in_doubt");
        let has = self.outbox.has(id);
        self.must(!needs || has, "nothing lost", || {
            format!("{id} is {state} and no message will bring it up")
        });
    }

    /// Whether a buyer has started something at a bureau that nobody has seen, or that lives on although the red of it was
    /// denied.
    pub(super) fn has_unseen_form(&self, bureau: &Bureau) -> bool {
        let mut forms = bureau.confirmations.iter().filter(|(_, form)| form.foreign);
        forms.any(|(key, form)| {
            let task = self.keys.get(key).and_then(|id| self.tasks.get(id));
            let open = task.is_some_and(|task| !matches!(task.state, "failed"));
            !open && (form.red.is_some() || !form.state.is_dead())
        })
    }

    /// A red task of a form that a buyer started.
    pub(super) fn waits_for_seller(&self, rng: &mut Rng) -> Option<String> {
        let waits = |task: &&Task| task.foreign && task.state == "confirming";
        let ids: Vec<&String> = self.tasks.iter().filter(|(_, task)| waits(task)).map(|(id, _)| id).collect();
        rng.pick(&ids).map(|id| (*id).clone())
    }

    /// A request leaves for the bureau.
    pub(super) fn sending(&mut self, key: &str, body: &str) {
        let stored = self.intents.get(key).is_some_and(|bodies| bodies.contains(body));
        self.must(stored, "intent before sending", || {
            format!("key {key} was sent with bytes that were not stored before")
        });
    }

    /// The bureau has issued.
    pub(super) fn issued(&mut self, index: usize, doc: &Doc) {
        let Some(id) = self.keys.get(&doc.key).cloned() else {
            if doc.key.starts_with(FOREIGN) {
                self.strays.push((index, doc.clone()));
                return;
            }
            self.breaks("intent before sending", || format!("{} was issued for no task", doc.key));
            return;
        };
        let Some(task) = self.tasks.get_mut(&id) else { return };
        task.docs.push(index);
        let (count, totals, blue) = (task.docs.len(), task.totals, task.of.clone());
        if count > 1 {
            self.doubles += 1;
        }
        self.must(count == 1, "one invoice per intent", || {
            format!("task {id}: invoice {count}, number {}, key {}", doc.number, doc.key)
        });
        self.must(totals == doc.form.totals, "exact", || {
            format!("task {id}: planned {totals:?}, issued {:?}", doc.form.totals)
        });
        self.rows_agree(&id, doc);
        self.post_truth(&id);
        if let Some(blue) = blue {
            self.red_within_blue(&blue);
        }
    }
}
