//! The cases of each rule. Every case works in a tenant of its own, so that all may run on one store.

pub(super) mod exact;
pub(super) mod history;
pub(super) mod outbox;
pub(super) mod pages;
pub(super) mod reads;
pub(super) mod sums;
pub(super) mod tenants;
pub(super) mod units;
pub(super) mod versions;
