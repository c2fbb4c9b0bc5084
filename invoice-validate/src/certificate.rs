//! Certificates of natural persons (证件) and the nationality each one implies.
//!
//! Source: the direct-connection document of the bureau (乐企数字化电子发票（基础版）开票能力说明
//! 文档), code table of certificate types and the rules on a natural person as buyer. Nationalities are
//! ISO 3166-1 numeric codes; 344 is Hong Kong, 446 Macao, 158 Taiwan.
//!
//! | type | certificate | nationality |
//! |---|---|---|
//! | 201 | resident ID (居民身份证) | 156 |
//! | 208 | foreign passport (外国护照) | any |
//! | 210 | mainland travel permit for Hong Kong and Macao residents (港澳居民来往内地通行证) | H… 344, M… 446 |
//! | 213 | mainland travel permit for Taiwan residents (台湾居民来往大陆通行证) | 158 |
//! | 227 | Chinese passport (中国护照) | 156 |
//! | 233 | foreign permanent resident ID (外国人永久居留身份证) | any |
//! | 237 | residence permit for Hong Kong and Macao residents (港澳居民居住证) | 810000… 344, 820000… 446 |
//! | 238 | residence permit for Taiwan residents (台湾居民居住证) | 158 |
//!
//! ```
//! use invoice_validate::certificate::{self, Certificate};
//! let given = Certificate { kind: "210", number: "H12345678", nationality: "446" };
//! assert_eq!(certificate::check(&given).faults()[0].expected(), Some("344"));
//! ```

use std::borrow::Cow;
use std::fmt;

use crate::rule::tax_id as rule;
use crate::{Fault, Report, normal, resident_id};

/// Certificate as the request carries it; all three empty means none. `Debug` does not show the number.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct Certificate<'a> {
    /// Three-digit type.
    pub kind: &'a str,
    /// The number on the certificate.
    pub number: &'a str,
    /// ISO 3166-1 numeric country code.
    pub nationality: &'a str,
}

impl Certificate<'_> {
    /// Nothing filled in.
    pub fn is_empty(&self) -> bool {
        self.kind.is_empty() && self.number.is_empty() && self.nationality.is_empty()
    }
}

impl fmt::Debug for Certificate<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Certificate").field("kind", &self.kind).finish_non_exhaustive()
    }
}

/// A type of certificate that is accepted for a buyer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CertificateKind {
    /// 201
    ResidentId,
    /// 208
    ForeignPassport,
    /// 210
    HongKongMacaoTravelPermit,
    /// 213
    TaiwanTravelPermit,
    /// 227
    ChinesePassport,
    /// 233
    ForeignPermanentResidentId,
    /// 237
    HongKongMacaoResidencePermit,
    /// 238
    TaiwanResidencePermit,
}

impl CertificateKind {
    /// The kind of a three-digit code.
    pub fn of_code(code: &str) -> Option<Self> {
        Some(match code {
            "201" => Self::ResidentId,
            "208" => Self::ForeignPassport,
            "210" => Self::HongKongMacaoTravelPermit,
            "213" => Self::TaiwanTravelPermit,
            "227" => Self::ChinesePassport,
            "233" => Self::ForeignPermanentResidentId,
            "237" => Self::HongKongMacaoResidencePermit,
            "238" => Self::TaiwanResidencePermit,
            _ => return None,
        })
    }

    /// The nationality that goes with the number; `None` when any does, or the number names none.
    pub fn nationality_for(self, number: &str) -> Option<&'static str> {
        match self {
            Self::ResidentId | Self::ChinesePassport => Some("156"),
            Self::TaiwanTravelPermit | Self::TaiwanResidencePermit => Some("158"),
            Self::HongKongMacaoTravelPermit if number.starts_with('H') => Some("344"),
            Self::HongKongMacaoTravelPermit if number.starts_with('M') => Some("446"),
            Self::HongKongMacaoResidencePermit if number.starts_with("810000") => Some("344"),
            Self::HongKongMacaoResidencePermit if number.starts_with("820000") => Some("446"),
            _ => None,
        }
    }
}

/// Kind and normalised number of a certificate that passed [`parse`].
#[derive(Clone, PartialEq, Eq)]
pub struct Accepted {
    /// The kind.
    pub kind: CertificateKind,
    number: String,
}

impl Accepted {
    /// The number, in the clear.
    pub fn number(&self) -> &str {
        &self.number
    }
}

impl fmt::Debug for Accepted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Accepted({:?}, redacted)", self.kind)
    }
}

/// Reads a certificate that is filled in completely.
pub fn parse(given: &Certificate<'_>) -> Result<Accepted, Report> {
    check(given).into_result()?;
    match CertificateKind::of_code(given.kind) {
        Some(kind) => Ok(Accepted { kind, number: normalize(given.number).into_owned() }),
        None => Err(Fault::new(&rule::CERT_INCOMPLETE).into()),
    }
}

/// Whether no finding is an error; an empty certificate is none, and passes.
pub fn is_valid(given: &Certificate<'_>) -> bool {
    check(given).is_valid()
}

/// Half width, capitals, no spaces, hyphens or invisible characters.
pub fn normalize(number: &str) -> Cow<'_, str> {
    normal::compact(number)
}

/// The number without separators.
pub fn format(accepted: &Accepted) -> String {
    accepted.number.clone()
}

/// All findings, with the paths `kind`, `number` and `nationality`.
pub fn check(given: &Certificate<'_>) -> Report {
    if given.is_empty() {
        return Report::new();
    }
    let number = normalize(given.number);
    if given.kind.is_empty() || number.is_empty() || given.nationality.is_empty() {
        return Fault::new(&rule::CERT_INCOMPLETE).into();
    }
    let Some(kind) = CertificateKind::of_code(given.kind) else {
        return Fault::new(&rule::CERT_TYPE).at("kind").into();
    };
    let mut report = number_report(kind, &number).at("number");
    let three_digits = given.nationality.len() == 3 && given.nationality.bytes().all(|b| b.is_ascii_digit());
    match kind.nationality_for(&number) {
        _ if !three_digits => report.push(Fault::new(&rule::CERT_COUNTRY).at("nationality")),
        Some(wanted) if wanted != given.nationality => {
            report.push(Fault::new(&rule::CERT_NATIONALITY).with_expected(wanted).at("nationality"));
        }
        _ => {}
    }
    report
}

/// What the bureau states about a number is an error; the usual form beyond that a warning.
fn number_report(kind: CertificateKind, number: &str) -> Report {
    use CertificateKind as K;
    let bytes = number.as_bytes();
    let digits = |from: usize| bytes.len() > from && bytes[from..].iter().all(u8::is_ascii_digit);
    let refused = || Report::from(Fault::new(&rule::CERT_NUMBER));
    if !bytes.iter().all(u8::is_ascii_alphanumeric) {
        return refused();
    }
    let usual = match kind {
        K::ResidentId => return resident_id::check(number),
        K::HongKongMacaoTravelPermit if !(number.starts_with('H') || number.starts_with('M')) => {
            return refused();
        }
        K::HongKongMacaoTravelPermit => matches!(bytes.len(), 9 | 11) && digits(1),
        K::HongKongMacaoResidencePermit if kind.nationality_for(number).is_none() => return refused(),
        K::HongKongMacaoResidencePermit => resident_id::is_valid(number),
        K::TaiwanResidencePermit => number.starts_with("830000") && resident_id::is_valid(number),
        K::TaiwanTravelPermit => matches!(bytes.len(), 8 | 10) && digits(0),
        K::ChinesePassport => bytes.len() == 9 && bytes[0].is_ascii_alphabetic(),
        K::ForeignPermanentResidentId => matches!(bytes.len(), 15 | 18),
        K::ForeignPassport => (5..=20).contains(&bytes.len()),
    };
    if usual { Report::new() } else { Fault::new(&rule::CERT_SHAPE).into() }
}
