//! By what invoices are added up, and what a group comes to.

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate};

use crate::money::Money;

/// By what invoices are added up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum GroupBy {
    /// The month of issue, `2026-05`.
    Month,
    /// The quarter of issue, `2026-Q2`.
    Quarter,
    /// The year of issue.
    Year,
    /// The tax rate of the rows, `0.13`.
    Rate,
    /// The state in our books.
    State,
    /// The seller's name. Personal data where the seller is a person.
    Seller,
    /// The short name of the rows (商品和服务分类简称), such as 餐饮服务.
    Category,
    /// The kind.
    Kind,
    /// Which company of ours received it.
    Entity,
}

impl GroupBy {
    /// Every way.
    pub const ALL: &[Self] = &[
        Self::Month,
        Self::Quarter,
        Self::Year,
        Self::Rate,
        Self::State,
        Self::Seller,
        Self::Category,
        Self::Kind,
        Self::Entity,
    ];

    /// The stable name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Month => "month",
            Self::Quarter => "quarter",
            Self::Year => "year",
            Self::Rate => "rate",
            Self::State => "state",
            Self::Seller => "seller",
            Self::Category => "category",
            Self::Kind => "kind",
            Self::Entity => "entity",
        }
    }

    /// What a group is, in Chinese: the head of a column.
    #[must_use]
    pub const fn chinese(self) -> &'static str {
        match self {
            Self::Month => "月份",
            Self::Quarter => "季度",
            Self::Year => "年度",
            Self::Rate => "税率",
            Self::State => "状态",
            Self::Seller => "销售方",
            Self::Category => "类别",
            Self::Kind => "票种",
            Self::Entity => "公司",
        }
    }

    /// From the stable name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|by| by.as_str() == name)
    }
}

/// The group of what is not known.
pub const UNKNOWN: &str = "-";

/// What a group comes to, in fen. A red invoice counts below zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Totals {
    /// Invoices that have a part in it.
    pub invoices: u64,
    /// Without tax, of those where that is known.
    pub net: i128,
    /// Tax, of those where that is known.
    pub tax: i128,
    /// With tax, of those where that is known.
    pub gross: i128,
}

impl Totals {
    /// One invoice, or its part in a group.
    pub(super) fn one(net: Money, tax: Money, gross: Money) -> Self {
        let fen = |amount: Money| i128::from(amount.fen());
        Self { invoices: 1, net: fen(net), tax: fen(tax), gross: fen(gross) }
    }

    /// All of them together.
    #[must_use]
    pub fn sum(parts: impl IntoIterator<Item = Self>) -> Self {
        let mut whole = Self::default();
        parts.into_iter().for_each(|part| whole.add(part));
        whole
    }

    pub(super) const fn add(&mut self, part: Self) {
        self.invoices += part.invoices;
        self.net += part.net;
        self.tax += part.tax;
        self.gross += part.gross;
    }
}

/// Invoices by one of their properties, of ours or received ones, added up one after the other: memory grows with the number
/// of groups, not of invoices.
///
/// ```
/// use invoice_core::report::{GroupBy, GroupReport};
/// let report = GroupReport::new(GroupBy::Month);
/// assert!(report.groups().next().is_none());
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupReport {
    by: GroupBy,
    groups: BTreeMap<String, Totals>,
}

impl GroupReport {
    /// Nothing yet.
    #[must_use]
    pub const fn new(by: GroupBy) -> Self {
        Self { by, groups: BTreeMap::new() }
    }

    /// By what it adds up.
    #[must_use]
    pub const fn by(&self) -> GroupBy {
        self.by
    }

    /// The groups in the order of their names.
    pub fn groups(&self) -> impl Iterator<Item = (&str, &Totals)> {
        self.groups.iter().map(|(key, totals)| (key.as_str(), totals))
    }

    /// Adds what invoices, or their parts in a group, come to.
    pub(super) fn put(&mut self, key: Option<String>, part: Totals) {
        self.groups.entry(key.unwrap_or_else(|| UNKNOWN.to_owned())).or_default().add(part);
    }

    /// Each group's share of the gross total in thousandths, largest first; together exactly 1000. Empty unless every group
    /// and the total are above zero: shares of what goes below zero say nothing.
    #[must_use]
    pub fn shares(&self) -> Vec<(&str, u32)> {
        let total: i128 = self.groups.values().map(|totals| totals.gross).sum();
        if total <= 0 || self.groups.values().any(|totals| totals.gross < 0) {
            return Vec::new();
        }
        // Largest remainder: whole thousandths first, what is left over to those that lost most.
        let mut shares: Vec<(&str, i128, i128)> = self
            .groups
            .iter()
            .map(|(key, totals)| (key.as_str(), totals.gross * 1000 / total, totals.gross * 1000 % total))
            .collect();
        let given: i128 = shares.iter().map(|(_, share, _)| share).sum();
        shares.sort_by(|a, b| b.2.cmp(&a.2).then(a.0.cmp(b.0)));
        let over = usize::try_from(1000 - given).unwrap_or(0);
        shares.iter_mut().take(over).for_each(|(_, share, _)| *share += 1);
        shares.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
        shares.into_iter().map(|(key, share, _)| (key, u32::try_from(share).unwrap_or(0))).collect()
    }
}

/// The period that a day is in, for the ways that are periods.
pub(super) fn period(by: GroupBy, day: NaiveDate) -> Option<String> {
    match by {
        GroupBy::Month => Some(day.format("%Y-%m").to_string()),
        GroupBy::Quarter => Some(format!("{:04}-Q{}", day.year(), day.month0() / 3 + 1)),
        GroupBy::Year => Some(format!("{:04}", day.year())),
        _ => None,
    }
}
