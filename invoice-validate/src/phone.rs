//! Phone numbers: mobile (手机), landline (固话), 400/800 service and short hotlines.
//!
//! Source: the telephone numbering plan (电信网编号计划, 2017 edition): mobile numbers have 11 digits
//! from 13 to 19; area codes are 010, 02x, or 03xx–09xx; local numbers have 7 or 8 digits. The phone
//! field of an invoice is free text for the bureau, so an unknown shape is only a warning here.
//!
//! ```
//! use invoice_validate::phone::{self, PhoneKind};
//! assert_eq!(phone::parse("+86 138-0013-8000")?.kind(), PhoneKind::Mobile);
//! assert_eq!(phone::format(&phone::parse("（0755）28780808转8012")?), "0755-28780808-8012");
//! assert_eq!(phone::parse("400 820 8820")?.kind(), PhoneKind::Service);
//! # Ok::<(), invoice_validate::Report>(())
//! ```

use std::fmt;

use crate::rule::field as rule;
use crate::{Fault, Report, normal};

/// What a number is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PhoneKind {
    /// 11 digits from 13 to 19.
    Mobile,
    /// Area code and 7 or 8 digits.
    Landline,
    /// 7 or 8 digits without an area code.
    Local,
    /// 400 or 800 and seven digits.
    Service,
    /// 5-digit 95xxx and 1xxxx numbers, also with further digits.
    Hotline,
    /// A plus sign and a country code other than 86.
    International,
    /// Digits of no known shape.
    Other,
}

/// A number that passed [`parse`]. `Debug` does not show it.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Phone {
    kind: PhoneKind,
    area: usize,
    digits: String,
    extension: String,
}

impl Phone {
    /// What it is.
    pub fn kind(&self) -> PhoneKind {
        self.kind
    }

    /// Digits without area separator, country code 86 or extension.
    pub fn digits(&self) -> &str {
        &self.digits
    }

    /// Digits of the extension (分机), empty without one.
    pub fn extension(&self) -> &str {
        &self.extension
    }
}

impl fmt::Debug for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Phone({:?}, redacted)", self.kind)
    }
}

/// Reads a number; an unknown shape is accepted as [`PhoneKind::Other`].
pub fn parse(input: &str) -> Result<Phone, Report> {
    scan(&normalize(input)).map_err(Report::from)
}

/// Whether [`parse`] would succeed.
pub fn is_valid(input: &str) -> bool {
    parse(input).is_ok()
}

/// Whether it is a mobile number, as delivery by text message needs.
pub fn is_mobile(input: &str) -> bool {
    parse(input).is_ok_and(|phone| phone.kind == PhoneKind::Mobile)
}

/// Half width, without spaces and invisible characters; hyphens and brackets stay.
pub fn normalize(input: &str) -> String {
    let tidy = normal::tidy(input);
    tidy.chars().filter(|c| *c != ' ').map(|c| if normal::is_hyphen(c) { '-' } else { c }).collect()
}

/// Area code, number and extension with hyphens between; 转 where a hyphen would read otherwise.
///
/// ```
/// use invoice_validate::phone;
/// let local = phone::parse("2878080转8").unwrap();
/// assert_eq!(phone::format(&local), "2878080转8"); // 2878080-8 is the number 28780808
/// ```
pub fn format(phone: &Phone) -> String {
    let (area, rest) = phone.digits.split_at(phone.area);
    let prefix = match phone.kind {
        PhoneKind::International => "+",
        // Digits that look like a country code again.
        _ if country_prefix(&phone.digits, false) > 0 => "+86",
        _ => "",
    };
    let number = format!("{prefix}{area}{}{rest}", if area.is_empty() { "" } else { "-" });
    if phone.extension.is_empty() {
        return number;
    }
    let hyphenated = format!("{number}-{}", phone.extension);
    if scan(&hyphenated).is_ok_and(|again| again == *phone) {
        hyphenated
    } else {
        format!("{number}转{}", phone.extension)
    }
}

/// All findings.
pub fn check(input: &str) -> Report {
    match scan(&normalize(input)) {
        Err(fault) => fault.into(),
        Ok(phone) => match phone.kind {
            PhoneKind::Other => Fault::new(&rule::PHONE_SHAPE).into(),
            PhoneKind::Local => Fault::new(&rule::PHONE_AREA).into(),
            _ => Report::new(),
        },
    }
}

/// Findings for a number that must be a mobile one.
pub fn check_mobile(input: &str) -> Report {
    match scan(&normalize(input)) {
        Err(fault) => fault.into(),
        Ok(phone) if phone.kind == PhoneKind::Mobile => Report::new(),
        Ok(_) => Fault::new(&rule::PHONE_MOBILE).into(),
    }
}

fn scan(normalized: &str) -> Result<Phone, Fault> {
    if normalized.is_empty() {
        return Err(Fault::new(&rule::PHONE_EMPTY));
    }
    let (mut digits, mut extension) = (String::new(), String::new());
    let mut in_extension = false;
    let mut groups = vec![0_usize];
    for (index, c) in normalized.chars().enumerate() {
        match c {
            '0'..='9' if in_extension => extension.push(c),
            '0'..='9' => digits.push(c),
            '+' if index == 0 => {}
            '-' | '(' | ')' | '/' | '.' => groups.push(digits.len()),
            '转' | '轉' | 'x' | 'X' | '#' if !digits.is_empty() => in_extension = true,
            '分' | '机' | '機' | ':' if in_extension => {}
            _ => return Err(Fault::new(&rule::PHONE_CHARACTER).with_position(index + 1)),
        }
    }
    if digits.is_empty() {
        return Err(Fault::new(&rule::PHONE_EMPTY));
    }
    let foreign = normalized.starts_with('+') && !digits.starts_with("86");
    if foreign {
        return Ok(Phone { kind: PhoneKind::International, area: 0, digits, extension });
    }
    // A country code alone is no prefix of anything.
    let country =
        Some(country_prefix(&digits, normalized.starts_with('+'))).filter(|n| *n < digits.len()).unwrap_or(0);
    digits.drain(..country);
    let (mut kind, mut area) = kind_of(&digits);
    if kind == PhoneKind::Other && extension.is_empty() {
        // A last hyphened group may be an extension: 0755-28780808-8012.
        let last = groups.last().copied().unwrap_or(0).saturating_sub(country);
        if last > 0 && last < digits.len() {
            let (shorter, shorter_area) = kind_of(&digits[..last]);
            if shorter != PhoneKind::Other {
                extension = digits.split_off(last);
                (kind, area) = (shorter, shorter_area);
            }
        }
    }
    if country > 0 && kind == PhoneKind::Other && digits.len() >= 9 && !digits.starts_with('0') {
        let national = format!("0{digits}");
        if let (PhoneKind::Landline, found) = kind_of(&national) {
            return Ok(Phone { kind: PhoneKind::Landline, area: found, digits: national, extension });
        }
    }
    Ok(Phone { kind, area, digits, extension })
}

fn country_prefix(digits: &str, plus: bool) -> usize {
    if plus && digits.starts_with("86") {
        2
    } else if digits.starts_with("0086") {
        4
    } else if digits.len() == 13 && digits.starts_with("861") {
        2
    } else {
        0
    }
}

fn kind_of(digits: &str) -> (PhoneKind, usize) {
    let bytes = digits.as_bytes();
    let area = match bytes {
        [b'0', b'1', b'0', ..] | [b'0', b'2', ..] => 3,
        [b'0', b'3'..=b'9', ..] => 4,
        _ => 0,
    };
    match (bytes, bytes.len()) {
        ([b'1', b'3'..=b'9', ..], 11) => (PhoneKind::Mobile, 0),
        ([b'4' | b'8', b'0', b'0', ..], 10) => (PhoneKind::Service, 0),
        ([b'9', b'5', ..], 5..=8) | ([b'1', b'0' | b'2', ..], 5) => (PhoneKind::Hotline, 0),
        ([b'0', ..], length) if area > 0 && (length == area + 7 || length == area + 8) => {
            (PhoneKind::Landline, area)
        }
        ([b'2'..=b'9', ..], 7 | 8) => (PhoneKind::Local, 0),
        _ => (PhoneKind::Other, 0),
    }
}
