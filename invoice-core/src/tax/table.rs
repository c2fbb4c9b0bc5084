//! Codes and rates as data with dates.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::{TaxCode, TaxItem, TaxRate, Treatment};
use crate::error::{Refusal, RefusalCode};

mod builtin;

/// One rate, and the dates between which an invoice may be issued at it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RateRule {
    rate: TaxRate,
    valid_from: NaiveDate,
    valid_to: Option<NaiveDate>,
    source: &'static str,
}

impl RateRule {
    /// A rule; `valid_to` is the last day on which it holds, `source` the law or notice it comes from.
    #[must_use]
    pub const fn new(
        rate: TaxRate,
        valid_from: NaiveDate,
        valid_to: Option<NaiveDate>,
        source: &'static str,
    ) -> Self {
        Self { rate, valid_from, valid_to, source }
    }

    /// The rate.
    #[must_use]
    pub const fn rate(&self) -> TaxRate {
        self.rate
    }

    /// The law or notice the rule comes from.
    #[must_use]
    pub const fn source(&self) -> &'static str {
        self.source
    }

    /// Whether the rule holds on `day`, a day in China's time zone.
    #[must_use]
    pub fn holds_on(&self, day: NaiveDate) -> bool {
        self.valid_from <= day && self.valid_to.is_none_or(|last| day <= last)
    }
}

/// One usable code with its short name and the rates it may be sold at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaxTableEntry {
    code: TaxCode,
    name: String,
    short_name: String,
    rates: Vec<TaxRate>,
    treatments: Vec<Treatment>,
    summary: bool,
    valid_from: Option<NaiveDate>,
    valid_to: Option<NaiveDate>,
}

impl TaxTableEntry {
    /// An entry. A `summary` code (汇总项) only groups others and is refused on a line.
    pub fn new(
        code: TaxCode,
        name: impl Into<String>,
        short_name: impl Into<String>,
        rates: Vec<TaxRate>,
        treatments: Vec<Treatment>,
    ) -> Self {
        Self {
            code,
            name: name.into(),
            short_name: short_name.into(),
            rates,
            treatments,
            summary: false,
            valid_from: None,
            valid_to: None,
        }
    }

    /// The same entry with the first and the last day on which it may be issued (启用时间, 截止时间); `None` is open.
    #[must_use]
    pub const fn between(mut self, first: Option<NaiveDate>, last: Option<NaiveDate>) -> Self {
        (self.valid_from, self.valid_to) = (first, last);
        self
    }

    /// Whether it may be issued on `day`, a day in China's time zone.
    #[must_use]
    pub fn holds_on(&self, day: NaiveDate) -> bool {
        self.valid_from.is_none_or(|first| first <= day) && self.valid_to.is_none_or(|last| day <= last)
    }

    /// Whether it only groups others.
    #[must_use]
    pub const fn is_summary(&self) -> bool {
        self.summary
    }

    /// The rates it may be sold at.
    #[must_use]
    pub fn rates(&self) -> &[TaxRate] {
        &self.rates
    }

    /// The same entry as a summary code.
    #[must_use]
    pub fn summary(mut self) -> Self {
        self.summary = true;
        self
    }

    /// The code.
    #[must_use]
    pub const fn code(&self) -> TaxCode {
        self.code
    }

    /// The full name of goods or service.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The short name.
    #[must_use]
    pub fn short_name(&self) -> &str {
        &self.short_name
    }

    /// A [`TaxItem`] at the entry's first rate and treatment.
    #[must_use]
    pub fn item(&self) -> TaxItem {
        let rate = self.rates.first().copied().unwrap_or(TaxRate::ZERO);
        let treatment = self.treatments.first().copied().unwrap_or_default();
        TaxItem::new(self.code, self.short_name.clone(), rate, treatment)
    }
}

/// The codes a seller may use and the rates in force, replaced by the shop's own import where it has one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TaxTable {
    entries: BTreeMap<TaxCode, TaxTableEntry>,
    rates: Vec<RateRule>,
}

impl TaxTable {
    /// A table without codes, with the rates in force since 2026-01-01.
    #[must_use]
    pub fn with_statutory_rates() -> Self {
        Self { entries: BTreeMap::new(), rates: builtin::statutory_rates() }
    }

    /// The statutory rates and a small set of codes whose numbers are certain; enough for examples and tests.
    /// A shop imports the full table (about 4,200 rows) from its bureau account.
    #[must_use]
    pub fn builtin() -> Self {
        let mut table = Self::with_statutory_rates();
        for entry in builtin::entries() {
            table.insert(entry);
        }
        table
    }

    /// Adds or replaces a code.
    pub fn insert(&mut self, entry: TaxTableEntry) {
        self.entries.insert(entry.code, entry);
    }

    /// Adds a rate rule.
    pub fn insert_rate(&mut self, rule: RateRule) {
        self.rates.push(rule);
    }

    /// The entry of a code.
    #[must_use]
    pub fn get(&self, code: TaxCode) -> Option<&TaxTableEntry> {
        self.entries.get(&code)
    }

    /// All entries by code.
    pub fn entries(&self) -> impl Iterator<Item = &TaxTableEntry> {
        self.entries.values()
    }

    /// Checks that `item` may be sold: known code, not a summary, its short name, one of its rates, a treatment
    /// that fits.
    ///
    /// # Errors
    /// `TAX-01` to `TAX-04`, with the code and what was expected.
    pub fn check(&self, item: &TaxItem) -> Result<(), Refusal> {
        let code = item.code();
        let Some(entry) = self.entries.get(&code) else {
            return Err(Refusal::new(RefusalCode::TaxCodeUnknown).with("code", code));
        };
        if entry.summary {
            return Err(Refusal::new(RefusalCode::TaxCodeSummary).with("code", code));
        }
        if entry.short_name != item.short_name() {
            return Err(Refusal::new(RefusalCode::TaxShortName)
                .with("code", code)
                .with("expected", &entry.short_name));
        }
        let fits = entry.rates.contains(&item.rate())
            && entry.treatments.contains(&item.treatment())
            && (item.treatment().is_taxed() || item.rate() == TaxRate::ZERO);
        if !fits {
            let rates = entry.rates.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
            return Err(Refusal::new(RefusalCode::TaxRateNotOfCode)
                .with("code", code)
                .with("rate", item.rate())
                .with("expected", rates));
        }
        Ok(())
    }

    /// Checks that `item` may be issued on `day` (in China's time zone): its code and its rate are in force.
    ///
    /// # Errors
    /// `TAX-05` for the rate, `TAX-06` for the code. A code that is not in the table is not looked at: that is for
    /// [`check`](Self::check) when the order comes in.
    pub fn check_in_force(&self, item: &TaxItem, day: NaiveDate) -> Result<(), Refusal> {
        if self.entries.get(&item.code()).is_some_and(|entry| !entry.holds_on(day)) {
            return Err(Refusal::new(RefusalCode::TaxCodeOutOfDates)
                .with("code", item.code())
                .with("day", day));
        }
        self.check_rate_on(item.rate(), day)
    }

    /// Checks that an invoice may be issued at `rate` on `day` (in China's time zone).
    ///
    /// # Errors
    /// `TAX-05` when no rule for the rate holds on that day.
    pub fn check_rate_on(&self, rate: TaxRate, day: NaiveDate) -> Result<(), Refusal> {
        if rate == TaxRate::ZERO || self.rates.iter().any(|rule| rule.rate == rate && rule.holds_on(day)) {
            return Ok(());
        }
        Err(Refusal::new(RefusalCode::TaxRateOutOfDates).with("rate", rate).with("day", day))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn one_per_cent_ends_with_2027() {
        let table = TaxTable::builtin();
        let one = TaxRate::percent(1).unwrap();
        assert!(table.check_rate_on(one, day("2027-12-31")).is_ok());
        assert_eq!(
            table.check_rate_on(one, day("2028-01-01")).unwrap_err().code(),
            RefusalCode::TaxRateOutOfDates
        );
        assert!(table.check_rate_on(TaxRate::percent(17).unwrap(), day("2026-05-01")).is_err());
    }

    #[test]
    fn a_code_may_be_issued_from_its_first_to_its_last_day() {
        let mut table = TaxTable::builtin();
        let code: TaxCode = "1060201010000000000".parse().unwrap();
        let entry = table.get(code).unwrap().clone();
        table.insert(entry.clone().between(Some(day("2026-03-01")), Some(day("2026-04-30"))));
        for (on, good) in
            [("2026-02-28", false), ("2026-03-01", true), ("2026-04-30", true), ("2026-05-01", false)]
        {
            let said = table.check_in_force(&entry.item(), day(on));
            let want = if good { Ok(()) } else { Err(RefusalCode::TaxCodeOutOfDates) };
            assert_eq!(said.map_err(|refusal| refusal.code()), want, "{on}");
        }
    }

    #[test]
    fn codes_names_rates_and_treatments_must_fit() {
        let table = TaxTable::builtin();
        let card: TaxCode = "6010000000000000000".parse().unwrap();
        let good = table.get(card).unwrap().item();
        assert!(table.check(&good).is_ok());
        let refused = |item: TaxItem| table.check(&item).unwrap_err().code();
        let taxed =
            TaxItem::new(card, good.short_name(), TaxRate::percent(13).unwrap(), Treatment::NotTaxable);
        assert_eq!(refused(taxed), RefusalCode::TaxRateNotOfCode);
        let unmarked = TaxItem::new(card, good.short_name(), TaxRate::ZERO, Treatment::Standard);
        assert_eq!(refused(unmarked), RefusalCode::TaxRateNotOfCode);
        let renamed = TaxItem::new(card, "卡", TaxRate::ZERO, Treatment::NotTaxable);
        assert_eq!(refused(renamed), RefusalCode::TaxShortName);
        let unknown =
            TaxItem::new("1999999999999999999".parse().unwrap(), "", TaxRate::ZERO, Treatment::Standard);
        assert_eq!(refused(unknown), RefusalCode::TaxCodeUnknown);
    }
}
