use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::IssuedInvoice;

/// State of a red confirmation (红字信息确认单状态), with the bureau's numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConfirmationState {
    /// 01: no confirmation needed.
    NotNeeded,
    /// 02: entered by the seller, the buyer must confirm.
    AwaitingBuyer,
    /// 03: entered by the buyer, the seller must confirm.
    AwaitingSeller,
    /// 04: both sides confirmed.
    Confirmed,
    /// 05: entered by the seller, refused by the buyer.
    RefusedByBuyer,
    /// 06: entered by the buyer, refused by the seller.
    RefusedBySeller,
    /// 07: nobody confirmed within 72 hours.
    Expired,
    /// 08: withdrawn by the side that started it.
    Withdrawn,
    /// 09: withdrawn after confirmation.
    WithdrawnConfirmed,
    /// 10: the invoice is an abnormal voucher.
    AbnormalVoucher,
    /// 11: blocked by the state of a taxpayer.
    TaxpayerBlocked,
    /// 12: refused by a natural person.
    RefusedByPerson,
    /// 13: a tax refund was applied for.
    RefundApplied,
}

impl ConfirmationState {
    /// Every state in the bureau's order.
    pub const ALL: &[Self] = &[
        Self::NotNeeded,
        Self::AwaitingBuyer,
        Self::AwaitingSeller,
        Self::Confirmed,
        Self::RefusedByBuyer,
        Self::RefusedBySeller,
        Self::Expired,
        Self::Withdrawn,
        Self::WithdrawnConfirmed,
        Self::AbnormalVoucher,
        Self::TaxpayerBlocked,
        Self::RefusedByPerson,
        Self::RefundApplied,
    ];

    /// The bureau's two digits.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::NotNeeded => "01",
            Self::AwaitingBuyer => "02",
            Self::AwaitingSeller => "03",
            Self::Confirmed => "04",
            Self::RefusedByBuyer => "05",
            Self::RefusedBySeller => "06",
            Self::Expired => "07",
            Self::Withdrawn => "08",
            Self::WithdrawnConfirmed => "09",
            Self::AbnormalVoucher => "10",
            Self::TaxpayerBlocked => "11",
            Self::RefusedByPerson => "12",
            Self::RefundApplied => "13",
        }
    }

    /// From the bureau's two digits.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|state| state.code() == code)
    }

    /// Whether a red invoice may be issued: 01 and 04 only (layout and XML rules V5.002, 五.2).
    #[must_use]
    pub const fn may_issue(self) -> bool {
        matches!(self, Self::NotNeeded | Self::Confirmed)
    }

    /// Whether somebody still has to answer: 02 and 03, for which the 72 hours run.
    #[must_use]
    pub const fn is_waiting(self) -> bool {
        matches!(self, Self::AwaitingBuyer | Self::AwaitingSeller)
    }

    /// Whether nothing will come of it: 05 to 13.
    #[must_use]
    pub const fn is_dead(self) -> bool {
        !self.may_issue() && !self.is_waiting()
    }
}

/// A red confirmation as the provider reports it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RedConfirmation {
    /// The bureau's number of the confirmation (20 digits).
    pub number: String,
    /// Its state.
    pub state: ConfirmationState,
    /// When a waiting one expires.
    pub expires_at: Option<DateTime<Utc>>,
    /// The red invoice, when the bureau has issued it (by itself or on request).
    pub red: Option<IssuedInvoice>,
}
