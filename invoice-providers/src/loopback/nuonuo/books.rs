use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde_json::Value;

/// What this front of the bureau remembers besides the sandbox's books.
#[derive(Default)]
pub(super) struct Books {
    /// Order numbers by serial, and by the number of the invoice once it was shown.
    pub(super) serials: BTreeMap<String, String>,
    pub(super) numbers: BTreeMap<String, String>,
    /// By order number.
    pub(super) orders: BTreeMap<String, Order>,
    /// By `billId`.
    pub(super) forms: BTreeMap<String, Form>,
    /// Red order numbers that stand for the key of another red.
    pub(super) aliases: BTreeMap<String, String>,
}

/// An order that was taken.
#[derive(Clone)]
pub(super) struct Order {
    pub(super) serial: String,
    /// What the sandbox reads.
    pub(super) request: Value,
    pub(super) fate: Fate,
    /// Pushed on today.
    pub(super) pushes: u32,
}

#[derive(Clone, PartialEq, Eq)]
pub(super) enum Fate {
    /// Waits for a person of the seller at the bureau.
    Held,
    /// In the sandbox's hands.
    Given,
    /// Issued there, and the seal failed here.
    Unsealed,
    /// Refused; why, in words.
    Failed(String),
}

/// A red confirmation that was applied for.
#[derive(Clone)]
pub(super) struct Form {
    pub(super) uuid: String,
    pub(super) begun: DateTime<Utc>,
    /// What the sandbox reads; the key is the `billId`.
    pub(super) request: Value,
    pub(super) reason: String,
    pub(super) line: String,
    pub(super) detail: Value,
}

impl Books {
    /// The serial of an order number: twenty digits that nobody confuses with the number itself.
    pub(super) fn serial(&mut self, order: &str) -> String {
        let sum = order.bytes().fold(7_u64, |sum, byte| sum.wrapping_mul(31).wrapping_add(u64::from(byte)));
        let serial = format!("{sum:020}");
        self.serials.entry(serial.clone()).or_insert_with(|| order.to_owned());
        serial
    }

    pub(super) fn by_serial(&self, serial: &str) -> Option<String> {
        self.serials.get(serial).cloned()
    }
}
