use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde_json::Value;

/// What this front of the bureau remembers besides the sandbox's books.
#[derive(Default)]
pub(super) struct Books {
    /// Blue requests as the sandbox reads them, by key: a red is made of its blue.
    pub(super) requests: BTreeMap<String, Value>,
    /// Blue orders of the small-business line.
    pub(super) orders: BTreeMap<String, Fate>,
    /// Red confirmations by the key they were applied for with.
    pub(super) forms: BTreeMap<String, Form>,
}

#[derive(Clone)]
pub(super) enum Fate {
    /// In the sandbox's hands.
    Given,
    /// Waits for a person of the seller at the bureau.
    Held(Value),
    /// Refused; why.
    Failed(String),
}

/// A red confirmation that was applied for.
#[derive(Clone)]
pub(super) struct Form {
    pub(super) uuid: String,
    pub(super) begun: DateTime<Utc>,
    /// What the sandbox reads; the key is that of the application.
    pub(super) request: Value,
    pub(super) reason: String,
    /// Whether the red follows by itself.
    pub(super) automatic: bool,
    pub(super) details: Value,
}
