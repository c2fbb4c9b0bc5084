use std::collections::BTreeMap;

use super::Auditor;
use crate::seller::Seller;

use super::super::personality::MINUTE;

/// What is known of sellers whose accounts wait for a person.
#[derive(Debug, Default)]
pub(super) struct Accounts {
    /// Seller to tax ID.
    tax_ids: BTreeMap<String, String>,
    /// Tax ID to when a bureau last said that a person must act first, or that the credit line is used up.
    blocked: BTreeMap<String, i64>,
}

/// A pause, and the longest that a worker may stand still between hearing of it and writing it down.
const LONGEST_REST: i64 = 5 * MINUTE + 4 * MINUTE;

impl Auditor {
    pub(in super::super) fn sells(&mut self, seller: &Seller) {
        let tax_id = seller.party().tax_id.clone();
        self.accounts.tax_ids.insert(seller.id().to_string(), tax_id);
    }

    /// A bureau has said of a seller that nothing can be issued now.
    pub(in super::super) fn blocked(&mut self, tax_id: &str, now: i64) {
        self.accounts.blocked.insert(tax_id.to_owned(), now);
    }

    /// A worker leaves a seller's queue alone: only one of whom a bureau has just said so.
    pub(in super::super) fn rests(&mut self, lane: &str, now: i64) {
        let Accounts { tax_ids, blocked } = &self.accounts;
        let since = tax_ids.get(lane).and_then(|tax_id| blocked.get(tax_id)).copied();
        let rightly = since.is_some_and(|since| now <= since + LONGEST_REST);
        self.must(rightly, "one seller's pause", || format!("{lane} rests, blocked at {since:?}, now {now}"));
    }
}
