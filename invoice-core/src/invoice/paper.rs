//! Paper (纸质发票): where the sheets of an issued invoice are, and voiding (作废) within the month.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::id::ActorId;

/// Where the sheets of a paper invoice are.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
#[non_exhaustive]
pub enum PaperState {
    /// Nothing is printed yet. Electronic invoices stay here for good.
    #[default]
    ToPrint,
    /// All sheets are printed and with the seller.
    Printed {
        /// When.
        at: DateTime<Utc>,
    },
    /// The buyer's sheets are on their way.
    Mailed {
        /// When.
        at: DateTime<Utc>,
        /// Through whom (快递公司).
        carrier: String,
        /// Under which number (运单号).
        tracking: String,
    },
    /// The buyer has their sheets.
    Delivered {
        /// When.
        at: DateTime<Utc>,
    },
    /// All sheets of the buyer are back with the seller.
    Returned {
        /// When.
        at: DateTime<Utc>,
    },
}

impl PaperState {
    /// The stored name.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::ToPrint => "to_print",
            Self::Printed { .. } => "printed",
            Self::Mailed { .. } => "mailed",
            Self::Delivered { .. } => "delivered",
            Self::Returned { .. } => "returned",
        }
    }

    /// Whether every sheet is with the seller, without which nothing may be voided (增值税专用发票使用规定,
    /// 国税发〔2006〕156号, article 20).
    #[must_use]
    pub const fn is_with_seller(&self) -> bool {
        matches!(self, Self::ToPrint | Self::Printed { .. } | Self::Returned { .. })
    }

    pub(crate) const fn is_to_print(&self) -> bool {
        matches!(self, Self::ToPrint)
    }
}

/// A voiding (作废) of a legacy paper invoice: asked for, and done once the provider has said so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Voiding {
    /// Who asked for it.
    pub by: ActorId,
    /// When.
    pub asked_at: DateTime<Utc>,
    /// When it was done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub done_at: Option<DateTime<Utc>>,
    /// The provider's code when it was refused for good: the invoice stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
}

impl Voiding {
    /// Whether the provider has not said yes or no yet.
    #[must_use]
    pub const fn is_under_way(&self) -> bool {
        self.done_at.is_none() && self.refused.is_none()
    }
}
