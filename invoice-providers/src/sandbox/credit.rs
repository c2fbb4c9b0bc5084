use std::collections::BTreeMap;

use invoice_core::money::Money;

/// What each seller used of its line, by month. Net amounts, signed: a red gives back.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Credit {
    used: BTreeMap<(String, i32), Money>,
}

impl Credit {
    pub(super) fn used(&self, seller: &str, month: i32) -> Money {
        self.used.get(&(seller.to_owned(), month)).copied().unwrap_or_default()
    }

    pub(super) fn consume(&mut self, seller: &str, month: i32, net: Money) {
        let used = self.used.entry((seller.to_owned(), month)).or_default();
        *used = used.checked_add(net).unwrap_or(*used);
    }

    /// What is left of a line.
    pub(super) fn available(&self, seller: &str, month: i32, line: Money) -> Money {
        line.checked_sub(self.used(seller, month)).unwrap_or_default()
    }
}
