//! Invoice code (发票代码) and number (发票号码).
//!
//! Sources: 国家税务总局公告2024年第11号 for digital invoices: 20 digits, which are year (2), region (2),
//! channel (1), serial (15); the number belongs to the year of the issue date. Tax-control invoices have a
//! code of 10 or 12 digits and a number of 8, printed with leading zeros. The region is reported, never
//! a reason to refuse: five cities have numbers of their own that are not all published.
//!
//! ```
//! use invoice_validate::{Date, invoice_number::{self, InvoiceNumber}};
//! let digital = invoice_number::parse("26332000004021728676")?;
//! assert!(invoice_number::check_year(&digital, Date::new(2026, 12, 31).unwrap()).is_valid());
//! assert!(!invoice_number::check_year(&digital, Date::new(2027, 1, 1).unwrap()).is_valid());
//! let legacy = invoice_number::parse("033001800111 25672225")?;
//! assert!(matches!(legacy, InvoiceNumber::Legacy { .. }));
//! # Ok::<(), invoice_validate::Report>(())
//! ```

use crate::rule::document as rule;
use crate::{Date, Fault, Report, division, normal, packed};

/// A number that passed [`parse`] or [`parse_legacy`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum InvoiceNumber {
    /// 20 digits of a digital invoice.
    Digital(String),
    /// Code and number of a tax-control or digital paper invoice.
    Legacy {
        /// 10 or 12 digits.
        code: String,
        /// 8 digits.
        number: String,
    },
}

/// A form of the tax-control era that its 12-digit code names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum LegacyForm {
    /// 增值税普通发票 on paper.
    Ordinary,
    /// 卷票
    Roll,
    /// 增值税电子普通发票
    ElectronicOrdinary,
    /// 通行费电子发票
    Toll,
    /// 增值税电子专用发票
    ElectronicSpecial,
}

/// Reads 20 digits, or code and number with a blank, comma, slash or hyphen between.
///
/// 12 and 8 digits run together would also be 20 digits: that is read as a digital number.
pub fn parse(input: &str) -> Result<InvoiceNumber, Report> {
    let normalized = normalize(input);
    match normalized.split_once(' ') {
        None => {
            shape("", &normalized)?;
            Ok(InvoiceNumber::Digital(normalized))
        }
        Some((code, number)) => parse_legacy(code, number),
    }
}

/// Reads code and number; a number with its leading zeros lost is filled up to 8 digits.
pub fn parse_legacy(code: &str, number: &str) -> Result<InvoiceNumber, Report> {
    let code = normal::compact(code).into_owned();
    let number = format!("{:0>8}", normal::compact(number));
    shape(&code, &number)?;
    if code.is_empty() {
        return Err(Fault::new(&rule::NUMBER_CODE).with_expected("10/12").at("code").into());
    }
    Ok(InvoiceNumber::Legacy { code, number })
}

/// Whether [`parse`] would succeed.
pub fn is_valid(input: &str) -> bool {
    parse(input).is_ok()
}

/// Half width, without invisible characters; one blank between code and number, none elsewhere.
pub fn normalize(input: &str) -> String {
    let tidy = normal::tidy(input);
    let groups: Vec<&str> = tidy.split([' ', ',', '/', '-']).filter(|group| !group.is_empty()).collect();
    match groups.as_slice() {
        [code, number] if matches!(code.len(), 10 | 12) && number.len() <= 8 => format!("{code} {number}"),
        _ => groups.concat(),
    }
}

/// As documents print it; code and number with a blank between.
pub fn format(number: &InvoiceNumber) -> String {
    match number {
        InvoiceNumber::Digital(digits) => digits.clone(),
        InvoiceNumber::Legacy { code, number } => format!("{code} {number}"),
    }
}

/// All findings, a region outside GB/T 2260 and 91–95 as a hint.
pub fn check(input: &str) -> Report {
    match parse(input) {
        Err(report) => report,
        Ok(InvoiceNumber::Digital(digits)) if !has_known_region(&digits) => {
            Fault::new(&rule::NUMBER_REGION).with_position(3).into()
        }
        Ok(_) => Report::new(),
    }
}

/// The year rule: a digital number is of the year of issue. A legacy form was printed in that year or before,
/// so that a code of a later year is suspect.
pub fn check_year(number: &InvoiceNumber, issued: Date) -> Report {
    match number {
        InvoiceNumber::Digital(digits) => year_report(digits, issued),
        InvoiceNumber::Legacy { code, .. } if code_year(code).is_some_and(|year| year > issued.year()) => {
            Fault::new(&rule::CODE_YEAR).at("code").into()
        }
        InvoiceNumber::Legacy { .. } => Report::new(),
    }
}

/// The year in which the forms of a legacy code were printed: positions 5 and 6 of 10 digits, 6 and 7 of 12.
///
/// ```
/// use invoice_validate::invoice_number::code_year;
/// assert_eq!(code_year("1100174320"), Some(2017));
/// assert_eq!(code_year("033001800111"), Some(2018));
/// assert_eq!(code_year("11001743"), None);
/// ```
pub fn code_year(code: &str) -> Option<u16> {
    let at = match code.len() {
        10 => 4,
        12 => 5,
        _ => return None,
    };
    code.get(at..at + 2)
        .filter(|two| packed::all_digits(two.as_bytes()))?
        .parse::<u16>()
        .ok()
        .map(|two| 2000 + two)
}

/// What the last two digits of a 12-digit code say; 10-digit codes and vehicle forms say it elsewhere.
///
/// Source: the code rules of 国家税务总局公告2015年第84号 for electronic forms, and samples; a hint, not proof.
///
/// ```
/// use invoice_validate::invoice_number::{LegacyForm, legacy_form};
/// assert_eq!(legacy_form("033001800111"), Some(LegacyForm::ElectronicOrdinary));
/// assert_eq!(legacy_form("1100174320"), None);
/// ```
pub fn legacy_form(code: &str) -> Option<LegacyForm> {
    let two = code.strip_prefix('0').filter(|rest| rest.len() == 11)?.get(9..)?;
    Some(match two {
        "04" | "05" => LegacyForm::Ordinary,
        "06" | "07" => LegacyForm::Roll,
        "11" => LegacyForm::ElectronicOrdinary,
        "12" => LegacyForm::Toll,
        "13" => LegacyForm::ElectronicSpecial,
        _ => return None,
    })
}

pub(crate) fn year_report(digits: &str, issued: Date) -> Report {
    let year = format!("{:02}", issued.year() % 100);
    if digits.starts_with(&year) {
        return Report::new();
    }
    Fault::new(&rule::NUMBER_YEAR).with_position(1).with_expected(year).into()
}

/// Lengths and digits; an empty code means a digital number. Paths `code` and `number`.
pub(crate) fn shape(code: &str, number: &str) -> Result<(), Fault> {
    let usual = matches!(code.len(), 10 | 12) && code.bytes().all(|b| b.is_ascii_digit());
    if !(code.is_empty() || usual) {
        return Err(Fault::new(&rule::NUMBER_CODE).with_expected("10/12").at("code"));
    }
    if number.is_empty() {
        return Err(Fault::new(&rule::NUMBER_EMPTY).at("number"));
    }
    if !packed::all_digits(number.as_bytes()) {
        let stray = number.chars().position(|c| !c.is_ascii_digit()).unwrap_or(0);
        return Err(Fault::new(&rule::NUMBER_CHARACTER).with_position(stray + 1).at("number"));
    }
    // Paper forms of digital invoices carry a code and may show the 20 digits.
    let fits = if code.is_empty() { number.len() == 20 } else { matches!(number.len(), 8 | 20) };
    let expected = if code.is_empty() { "20" } else { "8" };
    if fits { Ok(()) } else { Err(Fault::new(&rule::NUMBER_LENGTH).with_expected(expected).at("number")) }
}

fn has_known_region(digits: &str) -> bool {
    let region: u8 = digits.get(2..4).and_then(|two| two.parse().ok()).unwrap_or(0);
    (91..=95).contains(&region) || division::is_registrar_region(region) && region != 10
}
