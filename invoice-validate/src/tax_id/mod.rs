//! Tax number (纳税人识别号) of any kind: the union that a title holds.
//!
//! Sources: GB 32100-2015, GB 11643-1999, GB 11714-1997, and the bureau's layout rule for digital
//! invoices (数电发票): a buyer's number is 15 to 20 digits and capital letters. Because the bureau
//! accepts any such number, one of unknown structure is a warning here, never an error. Errors are
//! kept for numbers that are certainly damaged: 18 characters that are neither a credit code nor a
//! resident ID, a credit code with one character lost or doubled, and placeholders.
//!
//! Declared rule for numbers that pass as credit code *and* as resident ID (some all-digit ones do):
//! the credit code is meant when its inner check holds and its first two characters are a published
//! pair; otherwise it is the resident ID. A hint says that both readings exist.
//!
//! ```
//! use invoice_validate::tax_id::{self, TaxId, TaxIdKind};
//! let id = TaxId::parse("91330100 799655058B")?;
//! assert_eq!(id.kind(), TaxIdKind::Uscc);
//! assert_eq!(id.to_string(), "9133**********058B");
//! assert_eq!(tax_id::inspect("362322198709086409").kind, TaxIdKind::ResidentId);
//! assert!(tax_id::is_valid("440301192203821"));
//! assert!(!tax_id::is_valid("12345"));
//! # Ok::<(), invoice_validate::Report>(())
//! ```

use std::borrow::Cow;
use std::fmt;

use crate::{Date, Report, normal, packed, uscc};

mod classify;
mod kind;
mod policy;

pub use crate::placeholder::is_placeholder;
pub use kind::TaxIdKind;
pub use policy::{Policy, Stance};

/// A tax number that may stand on an invoice. `Debug` and `Display` show only its ends.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct TaxId {
    bytes: [u8; 20],
    length: u8,
    kind: TaxIdKind,
}

impl TaxId {
    /// Reads a number; warnings do not refuse it.
    pub fn parse(input: &str) -> Result<Self, Report> {
        Self::parse_with(input, Policy::default())
    }

    /// Reads a number under a [`Policy`]: stricter, or with findings a person has let pass.
    pub fn parse_with(input: &str, policy: Policy) -> Result<Self, Report> {
        let inspection = inspect(input);
        policy.apply(inspection.report)?;
        let mut bytes = [0; 20];
        let text = inspection.normalized.as_bytes();
        // A policy can accept only structure, never the length or the characters.
        let length = text.len().min(20);
        bytes[..length].copy_from_slice(&text[..length]);
        let length = u8::try_from(length).unwrap_or(20);
        Ok(TaxId { bytes, length, kind: inspection.kind })
    }

    /// The kind found when it was parsed.
    pub fn kind(&self) -> TaxIdKind {
        self.kind
    }

    /// The whole number, in the clear.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.bytes[..usize::from(self.length)]).unwrap_or_default()
    }

    /// The same as [`TaxId::as_str`], where the call should say that data leaves its guard.
    pub fn expose(&self) -> &str {
        self.as_str()
    }
}

/// The first and last four characters, stars between.
impl fmt::Display for TaxId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.as_str();
        for (index, c) in text.char_indices() {
            let shown = index < 4 || index + 4 >= text.len();
            f.write_str(if shown { &text[index..index + c.len_utf8()] } else { "*" })?;
        }
        Ok(())
    }
}

impl fmt::Debug for TaxId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TaxId({}, redacted)", self.kind.as_str())
    }
}

/// What [`inspect`] saw. `Debug` does not show the number.
#[derive(Clone, PartialEq, Eq)]
pub struct Inspection<'a> {
    /// The number after [`normalize`].
    pub normalized: Cow<'a, str>,
    /// The kind that fits best, also when there are errors.
    pub kind: TaxIdKind,
    /// All findings.
    pub report: Report,
}

impl Inspection<'_> {
    /// No finding of severity error.
    pub fn is_valid(&self) -> bool {
        self.report.is_valid()
    }
}

impl fmt::Debug for Inspection<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inspection")
            .field("kind", &self.kind)
            .field("report", &self.report)
            .finish_non_exhaustive()
    }
}

/// Kind and findings of a number, damaged or not.
pub fn inspect(input: &str) -> Inspection<'_> {
    if let Some(code) = input.as_bytes().first_chunk::<18>().filter(|_| input.len() == 18) {
        // A letter among the first 17 rules out the resident ID, and with it the overlap.
        if packed::is_in_capitals(code) && packed::has_letter(code) && uscc::is_flawless(code) {
            let (normalized, kind) = (Cow::Borrowed(input), TaxIdKind::Uscc);
            return Inspection { normalized, kind, report: Report::new() };
        }
    }
    let normalized = normalize(input);
    let (kind, report) = classify::classify(&normalized);
    Inspection { normalized, kind, report }
}

/// Like [`inspect`], and a resident ID may not be of someone born after `today`.
pub fn inspect_on(input: &str, today: Date) -> Inspection<'_> {
    let mut inspection = inspect(input);
    if inspection.kind == TaxIdKind::ResidentId && inspection.is_valid() {
        let dated = crate::resident_id::check_on(&inspection.normalized, today);
        inspection.report.merge("", dated);
    }
    inspection
}

/// The same as [`TaxId::parse`].
pub fn parse(input: &str) -> Result<TaxId, Report> {
    TaxId::parse(input)
}

/// Whether no finding is an error.
pub fn is_valid(input: &str) -> bool {
    uscc::is_valid(input) || inspect(input).is_valid()
}

/// Half width, capitals, no spaces, hyphens or invisible characters. O stays O.
pub fn normalize(input: &str) -> Cow<'_, str> {
    normal::compact(input)
}

/// The whole number without separators, as documents print it.
pub fn format(id: &TaxId) -> String {
    id.as_str().to_owned()
}

/// All findings, warnings and hints included.
pub fn check(input: &str) -> Report {
    inspect(input).report
}
