//! Received invoices: by one of their properties, and what becomes of their tax.

use std::collections::BTreeMap;

use chrono::Datelike;

use super::facet::{Cell, Facet};
use super::groups::{GroupBy, GroupReport, Totals, period};
use crate::received::{ReceivedKind, ReceivedRecord, ReceivedState};
use crate::tax::TaxCode;

impl GroupReport {
    /// Adds a received invoice. What was declined is left out, except by state. By rate or category its rows are told apart
    /// when they sum to it; otherwise all of it is unknown.
    pub fn add_received(&mut self, record: &ReceivedRecord) {
        Facet::of(self.by()).cells(record).iter().for_each(|cell| self.add_cell(cell));
    }

    /// Adds received invoices by the facet that this report is of.
    pub(crate) fn add_cell(&mut self, cell: &Cell) {
        if cell.state == ReceivedState::Declined && self.by() != GroupBy::State {
            return;
        }
        let key = match self.by() {
            by @ (GroupBy::Month | GroupBy::Quarter | GroupBy::Year) => period(by, cell.month),
            GroupBy::State => Some(cell.state.as_str().to_owned()),
            GroupBy::Entity => Some(cell.entity.clone()),
            GroupBy::Seller | GroupBy::Kind | GroupBy::Rate | GroupBy::Category => cell.key.clone(),
        };
        self.put(key, cell.totals);
    }
}

/// Whether the tax of an invoice can be taken off the tax to pay (进项税额抵扣), by what is printed on it. What is bought
/// for other ends (福利、免税项目) is a person's to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Deduction {
    /// It can, when it is verified and stands.
    Deductible,
    /// Its kind gives no right to it.
    Kind,
    /// What was bought gives none: loans, catering, daily services, entertainment.
    Goods,
    /// It is not verified, or was taken back.
    NotConfirmed,
    /// Its tax is not known.
    NoTax,
}

impl Deduction {
    /// Every fate.
    pub const ALL: &[Self] = &[Self::Deductible, Self::Kind, Self::Goods, Self::NotConfirmed, Self::NoTax];

    /// The stable name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Deductible => "deductible",
            Self::Kind => "kind",
            Self::Goods => "goods",
            Self::NotConfirmed => "not_confirmed",
            Self::NoTax => "no_tax",
        }
    }

    /// From the stable name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|deduction| deduction.as_str() == name)
    }

    /// For people, in Chinese.
    #[must_use]
    pub const fn chinese(self) -> &'static str {
        match self {
            Self::Deductible => "可抵扣",
            Self::Kind => "票种不可抵扣",
            Self::Goods => "购进内容不可抵扣",
            Self::NotConfirmed => "未查验或已失效",
            Self::NoTax => "税额不明",
        }
    }
}

/// Codes of what cannot be deducted although a special invoice was issued for it: loans, catering, daily services,
/// entertainment (issuing capability document V4.000; 财税〔2016〕36号, annex 1, article 27).
const NOT_DEDUCTIBLE: [(u64, u32); 4] = [(30_601, 5), (3_070_401, 7), (30_705, 5), (3_070_302, 7)];

fn is_excluded(code: TaxCode) -> bool {
    NOT_DEDUCTIBLE.iter().any(|(prefix, digits)| code.number() / 10_u64.pow(19 - digits) == *prefix)
}

/// What the law makes of an invoice's tax.
///
/// Kinds that give the right: special invoices and vehicle invoices (财税〔2016〕36号), tolls with tax (交通运输部公告2020年
/// 第24号), rail and air tickets in electronic form (国家税务总局公告2024年第8号、第9号).
#[must_use]
pub fn deduction_of(record: &ReceivedRecord) -> Deduction {
    use ReceivedKind as K;
    let invoice = record.invoice();
    let kind = matches!(
        invoice.kind(),
        K::DigitalSpecial
            | K::DigitalSpecialPaper
            | K::LegacySpecial
            | K::LegacySpecialPaper
            | K::LegacyFreight
            | K::DigitalVehicle
            | K::DigitalVehiclePaper
            | K::LegacyVehicle
            | K::LegacyToll
            | K::RailTicket
            | K::AirItinerary
    );
    let stands = record.verification().standing().is_some_and(|standing| !standing.is_over());
    if !kind {
        Deduction::Kind
    } else if invoice.rows().iter().filter_map(|row| row.code()).any(is_excluded) {
        Deduction::Goods
    } else if !stands || record.state() == ReceivedState::Declined {
        Deduction::NotConfirmed
    } else if invoice.tax().is_none() {
        Deduction::NoTax
    } else {
        Deduction::Deductible
    }
}

/// The input tax (进项税额) of a period, by what can become of it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct InputTax(BTreeMap<Deduction, Totals>);

impl InputTax {
    /// Adds an invoice.
    pub fn add(&mut self, record: &ReceivedRecord) {
        Facet::Deduction.cells(record).iter().for_each(|cell| self.add_cell(cell));
    }

    /// Adds received invoices by what becomes of their tax.
    pub(crate) fn add_cell(&mut self, cell: &Cell) {
        let fate = cell.key.as_deref().and_then(Deduction::from_name);
        self.0.entry(fate.unwrap_or(Deduction::NotConfirmed)).or_default().add(cell.totals);
    }

    /// Every fate that occurred, with what its invoices come to.
    pub fn all(&self) -> impl Iterator<Item = (Deduction, &Totals)> {
        self.0.iter().map(|(deduction, totals)| (*deduction, totals))
    }

    /// What invoices of a fate come to.
    #[must_use]
    pub fn of(&self, deduction: Deduction) -> Totals {
        self.0.get(&deduction).copied().unwrap_or_default()
    }
}

/// A year of received invoices: what its charts are drawn from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceivedYear {
    months: GroupReport,
    categories: GroupReport,
}

impl Default for ReceivedYear {
    fn default() -> Self {
        Self { months: GroupReport::new(GroupBy::Month), categories: GroupReport::new(GroupBy::Category) }
    }
}

impl ReceivedYear {
    /// By month.
    #[must_use]
    pub const fn months(&self) -> &GroupReport {
        &self.months
    }

    /// By category.
    #[must_use]
    pub const fn categories(&self) -> &GroupReport {
        &self.categories
    }
}

/// What received invoices come to: by one of their properties, by year, and by what becomes of their tax. Memory grows with
/// the groups and years, not with the invoices.
///
/// Made by [`InvoiceDesk::report_received`](crate::desk::InvoiceDesk::report_received), or from records one after the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceivedReport {
    invoices: u64,
    groups: GroupReport,
    years: BTreeMap<i32, ReceivedYear>,
    input: InputTax,
}

impl ReceivedReport {
    /// Nothing yet.
    #[must_use]
    pub fn new(by: GroupBy) -> Self {
        Self { invoices: 0, groups: GroupReport::new(by), years: BTreeMap::new(), input: InputTax::default() }
    }

    /// Adds an invoice.
    pub fn add(&mut self, record: &ReceivedRecord) {
        for facet in self.facets() {
            facet.cells(record).iter().for_each(|cell| self.add_cell(facet, cell));
        }
    }

    /// By what it is to be added up.
    pub(crate) fn facets(&self) -> Vec<Facet> {
        let mut facets = vec![Facet::Kind, Facet::Deduction, Facet::Category, Facet::of(self.groups.by())];
        facets.sort_unstable();
        facets.dedup();
        facets
    }

    pub(crate) fn add_cell(&mut self, facet: Facet, cell: &Cell) {
        match facet {
            Facet::Kind => {
                self.years.entry(cell.month.year()).or_default().months.add_cell(cell);
                self.invoices += cell.totals.invoices;
            }
            Facet::Category => self.years.entry(cell.month.year()).or_default().categories.add_cell(cell),
            Facet::Deduction => self.input.add_cell(cell),
            Facet::Rate | Facet::Seller => {}
        }
        if facet == Facet::of(self.groups.by()) {
            self.groups.add_cell(cell);
        }
    }

    /// How many invoices there are, those that were declined included.
    #[must_use]
    pub const fn invoices(&self) -> u64 {
        self.invoices
    }

    /// By what was asked for.
    #[must_use]
    pub const fn groups(&self) -> &GroupReport {
        &self.groups
    }

    /// Every year in which an invoice was issued, the first one first.
    pub fn years(&self) -> impl DoubleEndedIterator<Item = (i32, &ReceivedYear)> {
        self.years.iter().map(|(year, of)| (*year, of))
    }

    /// What becomes of the tax.
    #[must_use]
    pub const fn input_tax(&self) -> &InputTax {
        &self.input
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::{ProptestConfig, any, prop_assert, prop_assert_eq, proptest};

    use super::*;
    use crate::id::{ActorId, SellerId};
    use crate::money::Money;
    use crate::received::verification::{Heard, Standing, VerificationAnswer};
    use crate::received::{Evidence, ReceivedChange, ReceivedInvoice, ReceivedRow};
    use crate::tax::{TaxRate, Treatment};

    /// A record in state received; its rows as (net, tax, code) in fen.
    fn record(kind: ReceivedKind, day: &str, rows: &[(i64, i64, &str)]) -> ReceivedRecord {
        let fen = Money::from_fen;
        let listed = rows.iter().map(|(net, tax, code)| {
            let rate = TaxRate::percent(if *tax == 0 { 0 } else { 13 }).unwrap();
            let name = if *tax == 0 { "*图书*书" } else { "*家具*椅" };
            let row = ReceivedRow::new(name).with_net(fen(*net)).with_tax(fen(*tax));
            row.with_rate(rate, Treatment::Standard).with_code(code.parse().unwrap())
        });
        let (net, tax) = rows.iter().fold((0, 0), |(n, t), (net, tax, _)| (n + net, t + tax));
        let invoice = ReceivedInvoice::builder()
            .number("26332000004021728676".parse().unwrap(), Evidence::Structured)
            .kind(kind, Evidence::Structured)
            .date(day.parse().unwrap(), Evidence::Structured)
            .net(fen(net), Evidence::Structured)
            .tax(fen(tax), Evidence::Structured)
            .seller_name("示例公司", Evidence::Structured)
            .rows(listed.collect(), Evidence::Structured)
            .build()
            .unwrap();
        let by = (ActorId::new("a").unwrap(), "2026-05-20T00:00:00Z".parse().unwrap());
        ReceivedRecord::new(invoice, SellerId::new("shop").unwrap(), by)
    }

    const CHAIR: &str = "1050201010000000000";

    #[test]
    fn days_fall_into_their_periods_and_what_was_declined_counts_by_state_only() {
        let days = ["2026-01-01", "2026-03-31", "2026-04-01", "2026-12-31"];
        for (by, keys) in [
            (GroupBy::Month, vec!["2026-01", "2026-03", "2026-04", "2026-12"]),
            (GroupBy::Quarter, vec!["2026-Q1", "2026-Q2", "2026-Q4"]),
            (GroupBy::Year, vec!["2026"]),
            (GroupBy::Seller, vec!["示例公司"]),
            (GroupBy::State, vec!["declined", "received"]),
        ] {
            let mut report = GroupReport::new(by);
            for day in days {
                report.add_received(&record(ReceivedKind::DigitalSpecial, day, &[(10_000, 1_300, CHAIR)]));
            }
            let declined = ReceivedChange::Moved {
                to: ReceivedState::Declined,
                by: None,
                at: "2027-01-02T00:00:00Z".parse().unwrap(),
            };
            let other = record(ReceivedKind::DigitalSpecial, "2027-01-01", &[(1, 0, CHAIR)]);
            report.add_received(&ReceivedRecord::evolve(Some(other), &declined).unwrap());
            assert_eq!(report.groups().map(|(key, _)| key).collect::<Vec<_>>(), keys, "{by:?}");
            let gross: i128 = report.groups().map(|(_, totals)| totals.gross).sum();
            assert_eq!(gross, 4 * 11_300 + i128::from(by == GroupBy::State));
        }
    }

    #[test]
    fn rows_are_told_apart_by_rate_and_category_when_they_sum() {
        for (by, keys) in [(GroupBy::Rate, ["0", "0.13"]), (GroupBy::Category, ["图书", "家具"])] {
            let mut report = GroupReport::new(by);
            let mixed = [(10_000, 1_300, CHAIR), (500, 0, CHAIR), (-100, -13, CHAIR)];
            report.add_received(&record(ReceivedKind::DigitalSpecial, "2026-05-01", &mixed));
            let found: Vec<_> = report.groups().map(|(key, t)| (key, t.invoices, t.net, t.tax)).collect();
            assert_eq!(found, [(keys[0], 1, 500, 0), (keys[1], 1, 9_900, 1_287)]);
        }
    }

    #[test]
    fn input_tax_is_what_kind_goods_and_bureau_allow() {
        const LUNCH: &str = "3070401000000000000";
        let special = record(ReceivedKind::DigitalSpecial, "2026-05-01", &[(10_000, 1_300, CHAIR)]);
        let asked = |record: ReceivedRecord, standing| {
            let at = "2026-05-20T00:00:00Z".parse().unwrap();
            let asked = ReceivedChange::Asked { question: "q".into(), asked: [0; 32], at };
            let answer = VerificationAnswer::Confirmed { standing, invoice: None };
            let heard = ReceivedChange::Heard { question: "q".into(), heard: Heard::Answer(answer) };
            [asked, heard]
                .iter()
                .try_fold(record, |record, change| ReceivedRecord::evolve(Some(record), change))
                .unwrap()
        };
        let ordinary = record(ReceivedKind::DigitalOrdinary, "2026-05-01", &[(10_000, 1_300, CHAIR)]);
        let lunch = record(ReceivedKind::DigitalSpecial, "2026-05-01", &[(10_000, 1_300, LUNCH)]);
        let mut summary = InputTax::default();
        for (record, expected) in [
            (special.clone(), Deduction::NotConfirmed),
            (asked(special.clone(), Standing::Normal), Deduction::Deductible),
            (asked(special.clone(), Standing::PartlyRed), Deduction::Deductible),
            (asked(special, Standing::RedFlushed), Deduction::NotConfirmed),
            (asked(ordinary, Standing::Normal), Deduction::Kind),
            (asked(lunch, Standing::Normal), Deduction::Goods),
        ] {
            assert_eq!(deduction_of(&record), expected);
            summary.add(&record);
        }
        assert_eq!(
            (summary.of(Deduction::Deductible).invoices, summary.of(Deduction::Deductible).tax),
            (2, 2_600)
        );
        assert_eq!(summary.of(Deduction::NoTax), Totals::default());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]

        #[test]
        fn every_invoice_is_in_exactly_one_place_and_shares_are_a_thousand(
            amounts in vec((1_i64..1_000_000, 0_i64..100_000, any::<u8>()), 1..30)
        ) {
            let kinds = [ReceivedKind::DigitalSpecial, ReceivedKind::DigitalVehicle];
            let days = ["2025-12-31", "2026-01-01", "2026-07-15"];
            let records: Vec<_> = amounts.iter().map(|(net, tax, at)| {
                let kind = kinds[usize::from(*at % 2)];
                record(kind, days[usize::from(*at % 3)], &[(*net, *tax, CHAIR)])
            }).collect();
            let total: i128 = amounts.iter().map(|(net, tax, _)| i128::from(net + tax)).sum();
            for by in [GroupBy::Month, GroupBy::Rate, GroupBy::State, GroupBy::Category, GroupBy::Kind, GroupBy::Entity] {
                let mut report = GroupReport::new(by);
                records.iter().for_each(|record| report.add_received(record));
                prop_assert_eq!(report.groups().map(|(_, totals)| totals.gross).sum::<i128>(), total);
                prop_assert_eq!(report.groups().map(|(_, t)| t.invoices).sum::<u64>(), amounts.len() as u64);
                prop_assert_eq!(report.shares().iter().map(|(_, share)| share).sum::<u32>(), 1000);
                prop_assert!(report.shares().windows(2).all(|pair| pair[0].1 >= pair[1].1));
            }
        }
    }
}
