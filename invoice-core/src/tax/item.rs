use serde::{Deserialize, Serialize};

use super::{TaxCode, TaxRate};

/// How the law treats a sale, apart from its rate. Rate zero alone says nothing: zero-rated, exempt and not
/// taxable print differently, and may not replace each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Treatment {
    /// Taxed at its rate (一般计税 or 简易计税 without a preference).
    #[default]
    Standard,
    /// Zero rate (零税率), mostly exports: prints `0%` and tax `0.00`.
    ZeroRated,
    /// Exempt (免税): prints 免税 and `***`.
    Exempt,
    /// Not taxable (不征税), such as the sale or top-up of a prepaid card: prints 不征税, ordinary invoices only,
    /// and never beside other lines.
    NotTaxable,
    /// Tax on the difference (差额征税): one line alone on its invoice.
    Differential,
    /// Real-estate lease at 5 % reduced to 1.5 % (按5%减按1.5%): never beside other lines.
    LeaseReduced,
}

impl Treatment {
    /// Lines of different mixing groups never share an invoice (issuing capability document V4.000, 2.2.4.3).
    #[must_use]
    pub const fn mixing_group(self) -> u8 {
        match self {
            Self::Standard | Self::ZeroRated | Self::Exempt => 0,
            Self::NotTaxable => 1,
            Self::Differential => 2,
            Self::LeaseReduced => 3,
        }
    }

    /// Whether the rate may be above zero.
    #[must_use]
    pub const fn is_taxed(self) -> bool {
        matches!(self, Self::Standard | Self::Differential | Self::LeaseReduced)
    }
}

/// What a line is sold as (税目): classification code, short name (简称), rate and treatment.
///
/// The short name comes from the code table of the day and is printed as `*简称*项目名称`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct TaxItem {
    code: TaxCode,
    short_name: String,
    rate: TaxRate,
    treatment: Treatment,
}

impl TaxItem {
    /// An item. That code, name and rate fit each other is checked against a
    /// [`TaxTable`](super::TaxTable) when an order is recorded, because tables change with dates.
    pub fn new(code: TaxCode, short_name: impl Into<String>, rate: TaxRate, treatment: Treatment) -> Self {
        Self { code, short_name: short_name.into(), rate, treatment }
    }

    /// The classification code.
    #[must_use]
    pub const fn code(&self) -> TaxCode {
        self.code
    }

    /// The short name (简称) without asterisks.
    #[must_use]
    pub fn short_name(&self) -> &str {
        &self.short_name
    }

    /// The rate.
    #[must_use]
    pub const fn rate(&self) -> TaxRate {
        self.rate
    }

    /// The treatment.
    #[must_use]
    pub const fn treatment(&self) -> Treatment {
        self.treatment
    }
}
