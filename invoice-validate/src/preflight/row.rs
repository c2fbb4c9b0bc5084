//! One row of a request.

use std::fmt;

/// What a row is (发票行性质).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum RowKind {
    /// 正常行
    #[default]
    Normal,
    /// 折扣行: negative, directly below its discounted row.
    Discount,
    /// 被折扣行
    Discounted,
}

/// How a row is taxed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Treatment {
    /// At a rate above zero.
    #[default]
    Taxable,
    /// Ordinary zero rate (零税率); prints 0%.
    ZeroRated,
    /// 免税
    Exempt,
    /// 不征税
    NotTaxable,
    /// Differential, issued in full (差额征税-全额开票): `deduction` fen may be zero.
    DifferentialFull {
        /// 扣除额 in fen.
        deduction: i64,
    },
    /// Differential, issued on the difference (差额征税-差额开票): `deduction` fen is above zero.
    DifferentialNet {
        /// 扣除额 in fen.
        deduction: i64,
    },
}

impl Treatment {
    /// Whether it is one of the differential ones.
    pub fn is_differential(self) -> bool {
        matches!(self, Treatment::DifferentialFull { .. } | Treatment::DifferentialNet { .. })
    }
}

/// A row as it will be sent; empty strings for what is not given.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct Row<'a> {
    /// Normal, discount or discounted.
    pub kind: RowKind,
    /// Item name without the short name (项目名称).
    pub name: &'a str,
    /// Short name of the classification (简称), without stars.
    pub short_name: &'a str,
    /// Tax classification code (税收分类编码), 19 digits.
    pub code: &'a str,
    /// Specification.
    pub spec: &'a str,
    /// Unit.
    pub unit: &'a str,
    /// Quantity, a decimal number.
    pub quantity: &'a str,
    /// Unit price without tax, a decimal number.
    pub price: &'a str,
    /// Rate in millionths: 130 000 is 13 %.
    pub rate: u32,
    /// Amount without tax in fen.
    pub net: i64,
    /// Tax in fen.
    pub tax: i64,
    /// How it is taxed.
    pub treatment: Treatment,
}

impl fmt::Debug for Row<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Row").field("kind", &self.kind).field("rate", &self.rate).finish_non_exhaustive()
    }
}
