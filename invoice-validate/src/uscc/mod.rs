//! Unified social credit code (统一社会信用代码), the tax number of organisations.
//!
//! Source: GB 32100-2015 and its amendment 1; the organisation code inside is GB 11714-1997.
//!
//! | positions | meaning | rule |
//! |---|---|---|
//! | 1 | registering department | with position 2 one of the published pairs, else a warning |
//! | 2 | category | |
//! | 3–8 | division of the registering authority | six digits, province or 10 for national authorities |
//! | 9–17 | organisation code (组织机构代码) | its own check, mod 11; a failure is a warning |
//! | 18 | check character | Σ value × 3^(i−1) over all positions is a multiple of 31 |
//!
//! The alphabet has 31 characters: digits and capitals without I, O, S, V, Z. Division codes are not
//! compared with today's list: codes keep the division of the year they were issued in.
//!
//! ```
//! use invoice_validate::uscc;
//! let code = uscc::parse("9144 0300-1922 0382 16")?;
//! assert_eq!(code.as_str(), "914403001922038216");
//! assert_eq!(uscc::format(&code), "914403001922038216");
//! assert!(!uscc::is_valid("914403001922038217"));
//! # Ok::<(), invoice_validate::Report>(())
//! ```

use std::borrow::Cow;
use std::fmt;

use crate::placeholder::is_placeholder_bytes;
use crate::rule::tax_id as rule;
use crate::{Fault, Report, lookalike, normal};

mod flawless;
mod kernel;
pub mod organisation;
mod registrar;
mod suggest;

pub(crate) use flawless::is_flawless;
pub use kernel::{ALPHABET, PILOT_CODES};
pub(crate) use kernel::{Verdict, verdict};

/// A code that passed [`parse`].
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Uscc([u8; 18]);

impl Uscc {
    /// The 18 characters.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// The six digits of the registering authority's division.
    pub fn division(&self) -> &str {
        &self.as_str()[2..8]
    }

    /// The nine characters of the organisation code.
    pub fn organisation(&self) -> &str {
        &self.as_str()[8..17]
    }
}

impl fmt::Debug for Uscc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Uscc(redacted)")
    }
}

/// Reads a code; warnings do not refuse it.
pub fn parse(input: &str) -> Result<Uscc, Report> {
    if let Some(code) = as_code(input.as_bytes()) {
        if verdict(code) == Verdict::Pass {
            let mut own = *code;
            own.make_ascii_uppercase();
            return Ok(Uscc(own));
        }
    }
    let normalized = normalize(input);
    check_normalized(&normalized).into_result()?;
    as_code(normalized.as_bytes())
        .map(|code| Uscc(*code))
        .ok_or_else(|| Fault::new(&rule::USCC_LENGTH).into())
}

/// Whether [`parse`] would succeed, without building a report.
#[inline]
pub fn is_valid(input: &str) -> bool {
    match as_code(input.as_bytes()).and_then(kernel::quick) {
        Some(answer) => answer,
        None => is_valid_slow(input),
    }
}

#[cold]
#[inline(never)]
fn is_valid_slow(input: &str) -> bool {
    let normalized = normalize(input);
    match as_code(normalized.as_bytes()) {
        Some(code) => verdict(code) == Verdict::Pass || kernel::is_pilot(code),
        None => false,
    }
}

/// Half width, capitals, no spaces, hyphens or invisible characters. Letters never become digits.
pub fn normalize(input: &str) -> Cow<'_, str> {
    normal::compact(input)
}

/// The code as documents print it: 18 characters without separators.
pub fn format(code: &Uscc) -> String {
    code.as_str().to_owned()
}

/// All findings, warnings and hints included.
pub fn check(input: &str) -> Report {
    match as_code(input.as_bytes()) {
        Some(code) if is_flawless(code) => Report::new(),
        _ => check_normalized(&normalize(input)),
    }
}

pub(crate) fn check_normalized(normalized: &str) -> Report {
    match as_code(normalized.as_bytes()) {
        Some(code) if is_flawless(code) => Report::new(),
        Some(code) => explain(code, normalized),
        None if normalized.is_empty() => Fault::new(&rule::EMPTY).into(),
        None => length_fault(normalized),
    }
}

/// The check character that belongs to the first 17, when they are all of the alphabet.
///
/// ```
/// assert_eq!(invoice_validate::uscc::check_character("91350100M000100Y4"), Some('3'));
/// ```
pub fn check_character(body: &str) -> Option<char> {
    let body: &[u8; 17] = body.as_bytes().try_into().ok()?;
    kernel::check_byte(body).map(char::from)
}

fn as_code(bytes: &[u8]) -> Option<&[u8; 18]> {
    bytes.try_into().ok()
}

fn length_fault(normalized: &str) -> Report {
    let foreign = normalized.chars().position(|c| !c.is_ascii_alphanumeric());
    let Some(index) = foreign else { return Fault::new(&rule::USCC_LENGTH).with_expected("18").into() };
    let fault = Fault::new(&rule::USCC_ALPHABET).with_position(index + 1);
    let meant = lookalike::plain(normalized);
    match meant.as_deref().and_then(|plain| as_code(plain.as_bytes())).and_then(suggest::meant) {
        Some(suggestion) => fault.with_suggestion(suggestion).into(),
        None => fault.into(),
    }
}

fn explain(code: &[u8; 18], normalized: &str) -> Report {
    if let Some(report) = shape_faults(code, normalized) {
        return report;
    }
    if is_placeholder_bytes(code) {
        return Fault::new(&rule::PLACEHOLDER).into();
    }
    let mut report = Report::new();
    if !kernel::has_province(code) {
        report.push(Fault::new(&rule::USCC_PROVINCE).with_position(3));
    }
    let body: &[u8; 17] = code.first_chunk().unwrap_or(&[b'0'; 17]);
    let wanted = kernel::check_byte(body).unwrap_or(b'?');
    if wanted != code[17] {
        report.push(check_fault(code, wanted));
    }
    if let Some(wanted) = organisation::check_byte(code).filter(|wanted| *wanted != code[16]) {
        let fault = Fault::new(&rule::USCC_ORGANISATION).with_position(17);
        report.push(fault.with_expected(char::from(wanted).to_string()));
    }
    if !registrar::is_listed(code) {
        report.push(Fault::new(&rule::USCC_REGISTRAR).with_position(registrar::doubtful_position(code)));
    }
    report
}

fn check_fault(code: &[u8; 18], wanted: u8) -> Fault {
    if kernel::is_pilot(code) {
        return Fault::new(&rule::USCC_PILOT).with_position(18);
    }
    let fault = Fault::new(&rule::USCC_CHECK).with_position(18).with_expected(char::from(wanted).to_string());
    match suggest::correction(code) {
        Some(suggestion) => fault.with_suggestion(suggestion),
        None => fault,
    }
}

/// Characters that cannot be there at all; the sums mean nothing then.
fn shape_faults(code: &[u8; 18], normalized: &str) -> Option<Report> {
    let mut report = Report::new();
    for (index, byte) in code.iter().enumerate() {
        let in_division = (2..8).contains(&index);
        if kernel::value(*byte).is_none() {
            let position = normalized.get(..index).map_or(index, |head| head.chars().count()) + 1;
            report.push(Fault::new(&rule::USCC_ALPHABET).with_position(position));
            if !byte.is_ascii() {
                break;
            }
        } else if in_division && !byte.is_ascii_digit() {
            report.push(Fault::new(&rule::USCC_DIVISION_DIGIT).with_position(index + 1));
        }
    }
    if report.is_empty() {
        return None;
    }
    if let Some(suggestion) = suggest::correction(code) {
        let mut faults = report.into_faults();
        faults[0] = faults[0].clone().with_suggestion(suggestion);
        report = faults.into_iter().collect();
    }
    Some(report)
}
