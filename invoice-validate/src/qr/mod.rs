//! Text of the QR code (二维码) on an invoice.
//!
//! Source: 数字化电子发票版式及XML规范 V5.002, section on the QR code, for digital invoices; legacy
//! ones by published samples. Fields between commas: `01`, type, code, number, amount, date, check code,
//! checksum. The checksum is left out on early invoices and a trailing comma occurs, so 7 to 9 fields
//! are read. It is computed over everything up to and including the comma before it.
//!
//! The amount is tax-inclusive (价税合计) on digital files, and tax-exclusive on everything with an
//! invoice code. A wrong checksum is a warning: the picture is then worth a second look, but the fields
//! are what they are.
//!
//! ```
//! use invoice_validate::qr::{self, AmountBasis, Crc, QrKind};
//! let read = qr::parse("01,32,,26332000004021728676,458.89,20260515,,3050")?;
//! assert_eq!((read.kind, read.amount_fen, read.crc), (QrKind::DigitalOrdinary, 45889, Crc::Valid));
//! assert_eq!(read.basis(), AmountBasis::Gross);
//! assert_eq!(qr::format(&read), "01,32,,26332000004021728676,458.89,20260515,,3050");
//! # Ok::<(), invoice_validate::Report>(())
//! ```

use std::fmt;

use crate::rule::document as rule;
use crate::{Date, Fault, Report, amount, invoice_number, normal};

mod crc;
mod kind;

pub use crc::crc16;
pub use kind::{AmountBasis, QrKind};

/// What the checksum at the end says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "lowercase"))]
pub enum Crc {
    /// It is the checksum of what stands before it.
    Valid,
    /// It is something else.
    Wrong,
    /// There is none.
    Absent,
}

impl Crc {
    /// `valid`, `wrong` or `absent`.
    pub fn as_str(self) -> &'static str {
        match self {
            Crc::Valid => "valid",
            Crc::Wrong => "wrong",
            Crc::Absent => "absent",
        }
    }
}

/// A payload that [`parse`] read, borrowing the text. `Debug` shows kind and checksum only.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Payload<'a> {
    /// Kind of invoice.
    pub kind: QrKind,
    /// The type field as it stood.
    pub type_code: &'a str,
    /// Invoice code, empty on digital files.
    pub code: &'a str,
    /// Invoice number.
    pub number: &'a str,
    /// Amount in fen; see [`Payload::basis`].
    pub amount_fen: i64,
    /// Date of issue.
    pub date: Date,
    /// Check code (校验码), empty where there is none.
    pub check_code: &'a str,
    /// State of the checksum.
    pub crc: Crc,
}

impl Payload<'_> {
    /// Which total the amount is.
    pub fn basis(&self) -> AmountBasis {
        if self.code.is_empty() { AmountBasis::Gross } else { AmountBasis::Net }
    }
}

impl fmt::Debug for Payload<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Payload").field("kind", &self.kind).field("crc", &self.crc).finish_non_exhaustive()
    }
}

/// Reads a payload; an unknown type, a strange check code and a wrong checksum do not refuse it.
pub fn parse(input: &str) -> Result<Payload<'_>, Report> {
    read(normalize(input)).map_err(Report::from)
}

/// Whether [`parse`] would succeed.
pub fn is_valid(input: &str) -> bool {
    read(normalize(input)).is_ok()
}

/// Without blanks and invisible characters at the ends; the inside is what the checksum covers.
pub fn normalize(input: &str) -> &str {
    if let [first, .., last] = input.as_bytes() {
        if first.is_ascii_graphic() && last.is_ascii_graphic() {
            return input;
        }
    }
    input.trim_matches(|c: char| c.is_whitespace() || c.is_control() || normal::is_invisible(c))
}

/// The payload in its present form: eight fields, two decimals, a fresh checksum.
pub fn format(payload: &Payload<'_>) -> String {
    let date = payload.date;
    let mut out = format!(
        "01,{},{},{},{},{:04}{:02}{:02},{},",
        payload.type_code,
        payload.code,
        payload.number,
        amount::format(&payload.amount_fen),
        date.year(),
        date.month(),
        date.day(),
        payload.check_code
    );
    let crc = crc16(out.as_bytes());
    out.push_str(&format!("{crc:04X}"));
    out
}

/// All findings, with the fields as paths.
pub fn check(input: &str) -> Report {
    let payload = match read(normalize(input)) {
        Ok(payload) => payload,
        Err(fault) => return fault.into(),
    };
    let mut report = Report::new();
    if payload.kind == QrKind::Unknown {
        report.push(Fault::new(&rule::QR_TYPE).at("type"));
    }
    let check_code = payload.check_code;
    if !(check_code.is_empty() || check_code.len() == 20 && check_code.bytes().all(|b| b.is_ascii_digit())) {
        report.push(Fault::new(&rule::QR_CHECK_CODE).at("check_code"));
    }
    if payload.number.len() == 20 {
        for fault in invoice_number::year_report(payload.number, payload.date).into_faults() {
            report.push(fault.with_severity(crate::Severity::Warning).at("number"));
        }
    }
    match payload.crc {
        Crc::Valid => {}
        Crc::Wrong => report.push(Fault::new(&rule::QR_CRC_WRONG).at("crc")),
        Crc::Absent => report.push(Fault::new(&rule::QR_CRC_ABSENT).at("crc")),
    }
    report
}

/// The fields, and the byte where the eighth begins.
fn fields(text: &str) -> Option<([&str; 8], usize)> {
    let mut commas = [0; 8];
    let mut count = 0;
    let mut found = |at: usize| {
        if let Some(place) = commas.get_mut(count) {
            *place = at;
        }
        count += 1;
    };
    let mut rest = text.as_bytes();
    let mut start = 0;
    while let Some((block, tail)) = rest.split_first_chunk::<8>() {
        let mut marks = comma_marks(u64::from_le_bytes(*block));
        while marks != 0 {
            found(start + (marks.trailing_zeros() / 8) as usize);
            marks &= marks - 1;
        }
        rest = tail;
        start += 8;
    }
    rest.iter().enumerate().filter(|(_, byte)| **byte == b',').for_each(|(at, _)| found(start + at));
    if !(6..=8).contains(&count) {
        return None;
    }
    let mut out = [""; 8];
    let mut start = 0;
    for (index, field) in out.iter_mut().enumerate().take(count + 1) {
        let end = if index < count { commas[index] } else { text.len() };
        *field = text.get(start..end)?;
        start = end + 1;
    }
    Some((out, if count > 6 { commas[6] + 1 } else { 0 }))
}

/// The highest bit of each byte that is a comma. Exact: the addition cannot carry into the next byte.
#[inline]
fn comma_marks(word: u64) -> u64 {
    const LOW: u64 = 0x7F7F_7F7F_7F7F_7F7F;
    let zero_where_comma = word ^ 0x2C2C_2C2C_2C2C_2C2C;
    !(((zero_where_comma & LOW) + LOW) | zero_where_comma | LOW)
}

fn read(text: &str) -> Result<Payload<'_>, Fault> {
    let Some(([version, type_code, code, number, amount, date, check_code, crc], crc_at)) = fields(text)
    else {
        return Err(Fault::new(&rule::QR_FIELDS).with_expected("7-9"));
    };
    if version != "01" {
        return Err(Fault::new(&rule::QR_VERSION).at("version"));
    }
    invoice_number::shape(code, number)?;
    let amount_fen = amount::of_bytes(amount.as_bytes());
    let amount_fen = amount_fen.ok_or_else(|| Fault::new(&rule::QR_AMOUNT).at("amount"))?;
    let date = if date.len() == 8 { Date::parse(date) } else { None };
    let date = date.ok_or_else(|| Fault::new(&rule::QR_DATE).at("date"))?;
    let crc = if crc.is_empty() {
        Crc::Absent
    } else if hex4(crc) == Some(crc16(&text.as_bytes()[..crc_at])) {
        Crc::Valid
    } else {
        Crc::Wrong
    };
    let kind = QrKind::of(type_code, code);
    Ok(Payload { kind, type_code, code, number, amount_fen, date, check_code, crc })
}

fn hex4(text: &str) -> Option<u16> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u16::try_from(digit).ok());
    let [a, b, c, d] = *text.as_bytes() else { return None };
    Some(digit(a)? << 12 | digit(b)? << 8 | digit(c)? << 4 | digit(d)?)
}
