use std::fmt;

use chrono::NaiveDate;
use sha2::{Digest, Sha256};

use crate::error::{Refusal, RefusalCode};
use crate::money::Money;
use crate::received::{CheckCode, ReceivedField, ReceivedInvoice, ReceivedKind};

/// Which amount the bureau compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AmountAsked {
    /// None.
    Nothing,
    /// The total without tax; of a new vehicle its price without tax.
    Net,
    /// The total with tax; of a used car its price (车价合计).
    Gross,
}

/// Which check digits the bureau compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CheckAsked {
    /// None.
    Nothing,
    /// The last six of the check code.
    LastSix,
    /// The last six of the 20-digit number.
    LastSixOfNumber,
}

/// What is asked about an invoice of a kind, beside number and date, which always are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Asked {
    /// Whether it goes by code and 8 digits, or else by 20 digits.
    pub code: bool,
    /// The amount.
    pub amount: AmountAsked,
    /// The check digits.
    pub check: CheckAsked,
}

/// What the bureau asks of each kind; `None` for what it does not verify.
///
/// Source: 乐企 verification capability, table of input items (fplx), as of V1.018 of 2025-05-30, in which new vehicles
/// (83) changed to the total with tax.
#[must_use]
pub const fn asked_of(kind: ReceivedKind) -> Option<Asked> {
    use AmountAsked::{Gross, Net, Nothing};
    use CheckAsked::{LastSix, LastSixOfNumber};
    use ReceivedKind as K;
    const NONE: CheckAsked = CheckAsked::Nothing;
    let (code, amount, check) = match kind {
        K::DigitalSpecial
        | K::DigitalOrdinary
        | K::DigitalVehicle
        | K::DigitalUsedCar
        | K::RailTicket
        | K::AirItinerary => (false, Gross, NONE),
        K::LegacySpecialPaper
        | K::LegacySpecial
        | K::LegacyFreight
        | K::LegacyVehicle
        | K::DigitalSpecialPaper
        | K::DigitalVehiclePaper => (true, Net, NONE),
        K::LegacyUsedCar | K::DigitalUsedCarPaper => (true, Gross, NONE),
        K::LegacyOrdinaryPaper | K::LegacyOrdinary | K::LegacyRoll | K::LegacyToll => {
            (true, Nothing, LastSix)
        }
        K::DigitalOrdinaryPaper => (true, Nothing, LastSixOfNumber),
        K::Other => return None,
    };
    Some(Asked { code, amount, check })
}

/// A question to the bureau: exactly the fields its kind asks for. `Debug` shows the kind only: with these fields anybody
/// can have the rest.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct VerificationRequest {
    kind: ReceivedKind,
    code: Option<String>,
    number: String,
    date: NaiveDate,
    amount: Option<Money>,
    check: Option<String>,
}

impl VerificationRequest {
    /// The question about an invoice.
    ///
    /// # Errors
    /// `VERIFY-01` when its kind is not verified; `VERIFY-02` names the field that is needed and not known.
    pub fn of(invoice: &ReceivedInvoice) -> Result<Self, Refusal> {
        let kind = invoice.kind();
        let asked = asked_of(kind).ok_or_else(|| Refusal::new(RefusalCode::VerifyKind).with("kind", kind))?;
        let missing = |field: ReceivedField| {
            Refusal::new(RefusalCode::VerifyField).with("kind", kind).with("field", field.as_str())
        };
        let number = invoice.number();
        let (code, number) = match (number.as_str().split_once('-'), asked.code) {
            (Some((code, number)), true) => (Some(code.to_owned()), number.to_owned()),
            (None, false) => (None, number.as_str().to_owned()),
            // Digital paper of which only the 20 digits are known.
            _ => return Err(missing(ReceivedField::Number)),
        };
        let amount = match asked.amount {
            AmountAsked::Nothing => None,
            AmountAsked::Net => Some(invoice.net().ok_or_else(|| missing(ReceivedField::Net))?),
            AmountAsked::Gross => Some(invoice.gross().ok_or_else(|| missing(ReceivedField::Gross))?),
        };
        let check = match asked.check {
            CheckAsked::Nothing => None,
            CheckAsked::LastSix => {
                let code = invoice.check_code().ok_or_else(|| missing(ReceivedField::CheckCode))?;
                Some(code.last_six().to_owned())
            }
            CheckAsked::LastSixOfNumber => {
                let whole = invoice.digital_number().and_then(|number| number.as_str().get(14..));
                let check = whole.or(invoice.check_code().map(CheckCode::last_six));
                Some(check.ok_or_else(|| missing(ReceivedField::DigitalNumber))?.to_owned())
            }
        };
        Ok(Self { kind, code, number, date: invoice.date(), amount, check })
    }

    /// The kind.
    #[must_use]
    pub const fn kind(&self) -> ReceivedKind {
        self.kind
    }

    /// The invoice code, where the kind has one.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        self.code.as_deref()
    }

    /// 8 digits under a code, or else 20.
    #[must_use]
    pub fn number(&self) -> &str {
        &self.number
    }

    /// The date of issue.
    #[must_use]
    pub const fn date(&self) -> NaiveDate {
        self.date
    }

    /// The amount, where the kind asks for one.
    #[must_use]
    pub const fn amount(&self) -> Option<Money> {
        self.amount
    }

    /// Six digits, where the kind asks for them.
    #[must_use]
    pub fn check(&self) -> Option<&str> {
        self.check.as_deref()
    }

    /// A digest of everything that is asked: the same question has the same.
    #[must_use]
    pub fn fingerprint(&self) -> [u8; 32] {
        let amount = self.amount.map(|amount| amount.to_string()).unwrap_or_default();
        let date = self.date.to_string();
        let (code, check) = (self.code().unwrap_or_default(), self.check().unwrap_or_default());
        let mut hasher = Sha256::new();
        for part in [self.kind.as_str(), code, &self.number, &date, &amount, check] {
            hasher.update(part.as_bytes());
            hasher.update([0]);
        }
        hasher.finalize().into()
    }
}

impl fmt::Debug for VerificationRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VerificationRequest({}, redacted)", self.kind)
    }
}
