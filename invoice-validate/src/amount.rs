//! Amounts of money as text: yuan with at most two decimals, held as i64 fen (分).
//!
//! ```
//! use invoice_validate::amount;
//! assert_eq!(amount::parse("-29659.5"), Ok(-2_965_950));
//! assert_eq!(amount::format(&-2_965_950), "-29659.50");
//! assert!(!amount::is_valid("0.999"));
//! ```

use std::borrow::Cow;

use crate::rule::document as rule;
use crate::{Fault, Report, normal};

/// Reads yuan; more than two decimals are refused unless they are zeros, never rounded.
pub fn parse(input: &str) -> Result<i64, Report> {
    of_bytes(normalize(input).as_bytes()).ok_or_else(|| Fault::new(&rule::AMOUNT).into())
}

/// Whether [`parse`] would succeed.
pub fn is_valid(input: &str) -> bool {
    of_bytes(normalize(input).as_bytes()).is_some()
}

/// Half width, no spaces or invisible characters.
pub fn normalize(input: &str) -> Cow<'_, str> {
    match normal::tidy(input) {
        Cow::Borrowed(text) => Cow::Borrowed(text),
        Cow::Owned(text) => Cow::Owned(text.replace(' ', "").replace('\u{2212}', "-")),
    }
}

/// Yuan with two decimals.
pub fn format(fen: &i64) -> String {
    let sign = if *fen < 0 { "-" } else { "" };
    let fen = fen.unsigned_abs();
    format!("{sign}{}.{:02}", fen / 100, fen % 100)
}

/// All findings.
pub fn check(input: &str) -> Report {
    parse(input).err().unwrap_or_default()
}

pub(crate) fn of_bytes(text: &[u8]) -> Option<i64> {
    plain(text).or_else(|| any(text))
}

/// What nearly all amounts are: a few digits, a point, one or two decimals. `None` sends it the long way.
fn plain(text: &[u8]) -> Option<i64> {
    // So few digits cannot overflow.
    const MOST: usize = 16;
    let (mut value, mut point) = (0_i64, text.len());
    for (index, byte) in text.iter().enumerate().take(MOST) {
        let digit = byte.wrapping_sub(b'0');
        if digit <= 9 {
            value = value * 10 + i64::from(digit);
        } else if *byte == b'.' && point == text.len() && index > 0 {
            point = index;
        } else {
            return None;
        }
    }
    match text.len() - point {
        _ if text.is_empty() || text.len() > MOST => None,
        0 => Some(value * 100),
        2 => Some(value * 10),
        3 => Some(value),
        _ => None,
    }
}

fn any(text: &[u8]) -> Option<i64> {
    let (negative, digits) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        rest => (false, rest),
    };
    let mut fen = 0_i64;
    let mut decimals: Option<u8> = None;
    let mut seen = false;
    for byte in digits {
        match (byte, decimals) {
            (b'.', None) if seen => {
                decimals = Some(0);
                continue;
            }
            (b'0', Some(2)) => continue,
            (b'0'..=b'9', Some(0 | 1)) => decimals = decimals.map(|n| n + 1),
            (b'0'..=b'9', None) => {}
            _ => return None,
        }
        seen = true;
        let digit = i64::from(byte - b'0');
        // Counted downwards, so that the smallest i64 is read as well.
        fen = fen.checked_mul(10)?.checked_sub(digit)?;
    }
    let missing = match decimals {
        None => 100,
        Some(1) => 10,
        Some(2) => 1,
        Some(_) => return None,
    };
    fen = fen.checked_mul(missing).filter(|_| seen)?;
    if negative { Some(fen) } else { fen.checked_neg() }
}
