use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::{InvoiceNumber, IssuedInvoice};
use crate::id::IntentKey;
use crate::money::Money;

/// One of the two sides of an invoice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Party {
    /// Who issued it (销方).
    Seller,
    /// Whom it was issued to (购方).
    Buyer,
}

impl Party {
    const fn other(self) -> Self {
        match self {
            Self::Seller => Self::Buyer,
            Self::Buyer => Self::Seller,
        }
    }
}

/// What the seller says to a red confirmation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum RedAnswer {
    /// Yes (确认): 03 becomes 04.
    Confirm,
    /// No (否认): 03 becomes 06.
    Reject,
    /// Goes back on it (撤销): only who acted last may.
    Withdraw,
}

impl RedAnswer {
    /// Every answer.
    pub const ALL: &[Self] = &[Self::Confirm, Self::Reject, Self::Withdraw];

    /// The stored name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Confirm => "confirm",
            Self::Reject => "reject",
            Self::Withdraw => "withdraw",
        }
    }
}

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

    /// Who has to confirm or refuse: the buyer in 02, the seller in 03, nobody otherwise.
    #[must_use]
    pub const fn answered_by(self) -> Option<Party> {
        match self {
            Self::AwaitingBuyer => Some(Party::Buyer),
            Self::AwaitingSeller => Some(Party::Seller),
            _ => None,
        }
    }

    /// Who may withdraw it while its red is not issued: the seller in 01 and 02, the buyer in 03, in 04 the side that
    /// confirmed, which is not the one that started it (乐企 capability document V4.000, 3.2.2.4).
    #[must_use]
    pub const fn withdrawn_by(self, started_by: Party) -> Option<Party> {
        match self {
            Self::NotNeeded | Self::AwaitingBuyer => Some(Party::Seller),
            Self::AwaitingSeller => Some(Party::Buyer),
            Self::Confirmed => Some(started_by.other()),
            _ => None,
        }
    }

    /// Whether the seller may say this in this state, of a confirmation that this side started.
    #[must_use]
    pub fn seller_may(self, answer: RedAnswer, started_by: Party) -> bool {
        let who = match answer {
            RedAnswer::Confirm | RedAnswer::Reject => self.answered_by(),
            RedAnswer::Withdraw => self.withdrawn_by(started_by),
        };
        who == Some(Party::Seller)
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

/// One row of a red confirmation that the buyer has started. Amounts are magnitudes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RedFormRow {
    /// The row of the blue invoice, from 1.
    pub blue_row: u32,
    /// Quantity, where the form names one.
    #[serde(default, with = "crate::money::decimal_text::option", skip_serializing_if = "Option::is_none")]
    pub quantity: Option<Decimal>,
    /// Net amount.
    pub net: Money,
    /// Tax.
    pub tax: Money,
}

/// A red confirmation as it stands at the bureau, with what it takes back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RedForm {
    /// The confirmation.
    pub confirmation: RedConfirmation,
    /// The key it was applied for with; `None` when the buyer has started it.
    pub key: Option<IntentKey>,
    /// The blue invoice.
    pub blue: InvoiceNumber,
    /// The reason, `01` to `04` in the bureau's numbering.
    pub reason: String,
    /// What it takes back; no rows for all that is left.
    pub rows: Vec<RedFormRow>,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// State; may the red be issued; who answers; who withdraws what the seller, what the buyer has started.
    type Row = (&'static str, bool, Option<Party>, Option<Party>, Option<Party>);

    const TABLE: &[Row] = {
        const S: Option<Party> = Some(Party::Seller);
        const B: Option<Party> = Some(Party::Buyer);
        &[
            ("01", true, None, S, S),
            ("02", false, B, S, S),
            ("03", false, S, B, B),
            ("04", true, None, B, S),
            ("05", false, None, None, None),
            ("06", false, None, None, None),
            ("07", false, None, None, None),
            ("08", false, None, None, None),
            ("09", false, None, None, None),
            ("10", false, None, None, None),
            ("11", false, None, None, None),
            ("12", false, None, None, None),
            ("13", false, None, None, None),
        ]
    };

    #[test]
    fn the_bureaus_thirteen_states_say_who_may_do_what() {
        assert_eq!(TABLE.len(), ConfirmationState::ALL.len());
        for (code, issues, answers, of_seller, of_buyer) in TABLE {
            let state = ConfirmationState::from_code(code).unwrap();
            assert_eq!(state.may_issue(), *issues, "{code}");
            assert_eq!(state.is_waiting(), answers.is_some(), "{code}");
            assert_eq!(state.is_dead(), !issues && answers.is_none(), "{code}");
            assert_eq!(state.answered_by(), *answers, "{code}");
            assert_eq!(state.withdrawn_by(Party::Seller), *of_seller, "{code}");
            assert_eq!(state.withdrawn_by(Party::Buyer), *of_buyer, "{code}");
        }
        let confirmed = ConfirmationState::Confirmed;
        assert!(!confirmed.seller_may(RedAnswer::Withdraw, Party::Seller), "the buyer confirmed it last");
        assert!(confirmed.seller_may(RedAnswer::Withdraw, Party::Buyer));
        assert!(!ConfirmationState::AwaitingBuyer.seller_may(RedAnswer::Confirm, Party::Seller));
    }
}
