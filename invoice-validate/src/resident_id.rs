//! Resident ID number (居民身份证号码), which is also a person's tax number.
//!
//! Source: GB 11643-1999. 1–6 division, 7–14 date of birth, 15–17 sequence (odd for men), 18 check:
//! weights 7 9 10 5 8 4 2 1 6 3 7 9 10 5 8 4 2, Σ mod 11 → `1 0 X 9 8 7 6 5 4 3 2`. Of the division
//! only the province is checked, for old divisions live on in the numbers.
//!
//! ```
//! use invoice_validate::{Date, resident_id};
//! let id = resident_id::parse("11010519491231002x")?;
//! assert_eq!(id.birth(), Date::new(1949, 12, 31).unwrap());
//! assert!(!resident_id::is_valid("110105194912310021"));
//! let before_birth = Date::new(1949, 12, 30).unwrap();
//! assert!(resident_id::parse_on("11010519491231002X", before_birth).is_err());
//! # Ok::<(), invoice_validate::Report>(())
//! ```

use std::borrow::Cow;
use std::fmt;

use crate::packed::{byte_of, halves};
use crate::rule::tax_id as rule;
use crate::{Date, Fault, Report, division, lookalike, normal};

/// No holder of a number was born before this year; an earlier one is a slip of the pen.
pub const FIRST_YEAR: u16 = 1800;

const WEIGHTS: [u16; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
const CHECKS: &[u8; 11] = b"10X98765432";

/// A number that passed [`parse`].
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ResidentId {
    bytes: [u8; 18],
    birth: Date,
}

impl ResidentId {
    /// The 18 characters. Personal data: do not log it.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.bytes).unwrap_or_default()
    }

    /// Date of birth.
    pub fn birth(&self) -> Date {
        self.birth
    }
}

impl fmt::Debug for ResidentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ResidentId(redacted)")
    }
}

/// Reads a number; without a date of today, one born tomorrow passes. See [`parse_on`].
pub fn parse(input: &str) -> Result<ResidentId, Report> {
    let normalized = normalize(input);
    match decode(normalized.as_bytes()) {
        Some(id) => Ok(id),
        None => Err(explain(&normalized)),
    }
}

/// Like [`parse`], and refuses a date of birth after `today`.
pub fn parse_on(input: &str, today: Date) -> Result<ResidentId, Report> {
    let id = parse(input)?;
    if id.birth > today { Err(future()) } else { Ok(id) }
}

/// Whether [`parse`] would succeed, without building a report.
#[inline]
pub fn is_valid(input: &str) -> bool {
    match input.as_bytes().try_into().ok().and_then(quick) {
        Some(answer) => answer,
        None => is_valid_slow(input),
    }
}

#[cold]
fn is_valid_slow(input: &str) -> bool {
    kernel(normalize(input).as_bytes()).is_some()
}

/// Half width, capital X, no spaces, hyphens or invisible characters.
pub fn normalize(input: &str) -> Cow<'_, str> {
    normal::compact(input)
}

/// The number without separators.
pub fn format(id: &ResidentId) -> String {
    id.as_str().to_owned()
}

/// All findings, without the rule about the future.
pub fn check(input: &str) -> Report {
    check_normalized(&normalize(input))
}

/// All findings on the day `today`.
pub fn check_on(input: &str, today: Date) -> Report {
    match parse_on(input, today) {
        Ok(_) => Report::new(),
        Err(report) => report,
    }
}

pub(crate) fn check_normalized(normalized: &str) -> Report {
    if kernel(normalized.as_bytes()).is_some() { Report::new() } else { explain(normalized) }
}

pub(crate) fn future() -> Report {
    Fault::new(&rule::RID_FUTURE).with_position(7).into()
}

/// Whether the first 17 are digits with a province and a real date: surely meant as a resident ID.
pub(crate) fn is_intended(bytes: &[u8]) -> bool {
    bytes.len() == 18
        && bytes[..17].iter().all(u8::is_ascii_digit)
        && division::is_resident_region(two(bytes, 0))
        && birth(bytes).is_some()
}

/// The date inside an old 15-digit number (18 digits without century and check), if it is one.
pub(crate) fn old_birth(bytes: &[u8]) -> Option<Date> {
    if bytes.len() != 15
        || !bytes.iter().all(u8::is_ascii_digit)
        || !division::is_resident_region(two(bytes, 0))
    {
        return None;
    }
    Date::new(1900 + u16::from(two(bytes, 6)), two(bytes, 8), two(bytes, 10))
}

fn decode(bytes: &[u8]) -> Option<ResidentId> {
    let birth = kernel(bytes)?;
    bytes.try_into().ok().map(|bytes| ResidentId { bytes, birth })
}

fn two(bytes: &[u8], at: usize) -> u8 {
    bytes[at].wrapping_sub(b'0').min(9) * 10 + bytes[at + 1].wrapping_sub(b'0').min(9)
}

fn birth(bytes: &[u8]) -> Option<Date> {
    let year = u16::from(two(bytes, 6)) * 100 + u16::from(two(bytes, 8));
    Date::new(year, two(bytes, 10), two(bytes, 12)).filter(|_| year >= FIRST_YEAR)
}

/// Above any sum of 18 residues mod 11, and 18 of them still fit in 16 bits.
const REFUSED: u16 = 1 << 8;

/// Digit × weight mod 11 for each position and byte, the check character last with X for ten.
static PRODUCTS: [[u16; 256]; 18] = {
    let mut out = [[REFUSED; 256]; 18];
    let mut position = 0;
    while position < 18 {
        let weight = if position < 17 { WEIGHTS[position] } else { 1 };
        let mut digit = 0;
        while digit < 10 {
            out[position][b'0' as usize + digit as usize] = digit * weight % 11;
            digit += 1;
        }
        position += 1;
    }
    out[17][b'X' as usize] = 10;
    out[17][b'x' as usize] = 10;
    out
};

/// Sums of a valid number: one more than a multiple of 11.
static BALANCED: [bool; 256] = {
    let mut out = [false; 256];
    let mut sum = 1;
    while sum < 256 {
        out[sum] = true;
        sum += 11;
    }
    out
};

/// Days of a month, zero where there is no such month; February has 28 here.
static DAYS: [u8; 256] = {
    let mut out = [0; 256];
    let days = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let mut month = 0;
    while month < 12 {
        out[month + 1] = days[month];
        month += 1;
    }
    out
};

/// Yes or no for 18 bytes, `None` where normalising might change the answer.
///
/// No branch depends on whether the number is valid, so mixed input costs no mispredictions.
#[inline]
fn quick(code: &[u8; 18]) -> Option<bool> {
    let [head, tail] = halves(code);
    let mut sum = PRODUCTS[16][usize::from(code[16])] + PRODUCTS[17][usize::from(code[17])];
    for index in 0..8 {
        sum += PRODUCTS[index][byte_of(head, index)] + PRODUCTS[index + 8][byte_of(tail, index)];
    }
    if sum >= REFUSED {
        return None;
    }
    let two = |at: usize| (code[at] & 0x0F) * 10 + (code[at + 1] & 0x0F);
    let (month, day) = (two(10), two(12));
    let common = day.wrapping_sub(1) < DAYS[usize::from(month)];
    let known = BALANCED[usize::from(sum & 0xFF)]
        & division::is_resident_region(two(0))
        & (u16::from(two(6)) * 100 >= FIRST_YEAR);
    if month == 2 && day == 29 {
        return Some(known && birth(code).is_some());
    }
    Some(known & common)
}

#[inline]
fn kernel(bytes: &[u8]) -> Option<Date> {
    let code: &[u8; 18] = bytes.try_into().ok()?;
    if quick(code) == Some(true) { birth(code) } else { None }
}

fn explain(normalized: &str) -> Report {
    if normalized.is_empty() {
        return Fault::new(&rule::EMPTY).into();
    }
    let stray = normalized.chars().enumerate().find(|(i, c)| !(c.is_ascii_digit() || *i == 17 && *c == 'X'));
    // Accents over a digit are characters of their own: what stands under them is counted.
    let plain = lookalike::plain(normalized);
    let bytes = plain.as_deref().unwrap_or(normalized).as_bytes();
    let Ok(code) = <&[u8; 18]>::try_from(bytes) else {
        return Fault::new(&rule::RID_LENGTH).with_expected("18").into();
    };
    if let Some((index, _)) = stray {
        let fault = Fault::new(&rule::RID_CHARACTER).with_position(index + 1);
        return match digits_for_letters(code) {
            Some(suggestion) => fault.with_suggestion(suggestion).into(),
            None => fault.into(),
        };
    }
    let mut report = Report::new();
    if !division::is_resident_region(two(code, 0)) {
        report.push(Fault::new(&rule::RID_PROVINCE).with_position(1));
    }
    if birth(code).is_none() {
        report.push(Fault::new(&rule::RID_DATE).with_position(7));
    }
    let wanted = check_byte(code);
    if wanted != code[17] {
        let fault =
            Fault::new(&rule::RID_CHECK).with_position(18).with_expected(char::from(wanted).to_string());
        report.push(match single_change(code) {
            Some(suggestion) => fault.with_suggestion(suggestion),
            None => fault,
        });
    }
    report
}

fn check_byte(code: &[u8; 18]) -> u8 {
    let sum: u16 =
        code.iter().zip(WEIGHTS).map(|(byte, weight)| u16::from(byte.wrapping_sub(b'0')) * weight).sum();
    CHECKS[usize::from(sum % 11)]
}

/// The number with letters read as the digits they look like, when that passes.
fn digits_for_letters(code: &[u8; 18]) -> Option<String> {
    let meant = |(index, byte): (usize, &u8)| match byte {
        b'O' | b'D' | b'Q' => b'0',
        b'I' | b'L' => b'1',
        b'Z' => b'2',
        b'S' => b'5',
        b'B' => b'8',
        b'X' | b'K' if index == 17 => b'X',
        other => *other,
    };
    let candidate: Vec<u8> = code.iter().enumerate().map(meant).collect();
    kernel(&candidate)?;
    String::from_utf8(candidate).ok()
}

fn single_change(code: &[u8; 18]) -> Option<String> {
    let mut found = None;
    for index in 0..18 {
        let choices: &[u8] = if index == 17 { b"0123456789X" } else { b"0123456789" };
        for byte in choices.iter().filter(|byte| **byte != code[index]) {
            let mut candidate = *code;
            candidate[index] = *byte;
            if kernel(&candidate).is_some() {
                if found.is_some() {
                    return None;
                }
                found = Some(candidate);
            }
        }
    }
    found.and_then(|code| String::from_utf8(code.to_vec()).ok())
}
