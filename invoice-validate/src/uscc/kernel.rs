//! The yes/no check on bytes: one table look-up a character, no branches until the end.

use crate::division;
use crate::packed::{byte_of, halves};
use crate::placeholder::is_placeholder_bytes;

/// The 31 characters in the order of their values.
pub const ALPHABET: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";

/// Issued codes that are known to fail the check; from public company registers.
///
/// They are accepted with a warning. Others of this kind can be let through by
/// [`crate::tax_id::Policy::accept`].
pub const PILOT_CODES: &[&str] = &["91350203M0001QAY9B"];

/// What 18 bytes are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Verdict {
    /// Alphabet, division digits, province and check character hold.
    Pass,
    /// Letters and digits, but not a code.
    Wrong,
    /// Some byte is no letter or digit: normalise first.
    Foreign,
}

/// 3^(i−1) mod 31; the check character itself counts once.
const WEIGHTS: [u16; 18] = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28, 1];

/// Above any sum of 18 residues (18 × 30), and 18 of them still fit in 16 bits.
const REFUSED: u16 = 1 << 10;

const fn values() -> [u8; 256] {
    let mut out = [0xFF; 256];
    let mut value = 0_u8;
    while value < 31 {
        let byte = ALPHABET[value as usize];
        out[byte as usize] = value;
        out[byte.to_ascii_lowercase() as usize] = value;
        value += 1;
    }
    out
}

/// Value × weight mod 31 for each position and byte; [`REFUSED`] where the byte cannot stand.
const fn products() -> [[u16; 256]; 18] {
    let values = values();
    let mut out = [[REFUSED; 256]; 18];
    let mut position = 0;
    while position < 18 {
        let mut byte = 0;
        while byte < 256 {
            let value = values[byte];
            let digits_only = position >= 2 && position < 8;
            if value != 0xFF && (!digits_only || value < 10) {
                out[position][byte] = value as u16 * WEIGHTS[position] % 31;
            }
            byte += 1;
        }
        position += 1;
    }
    out
}

static VALUES: [u8; 256] = values();
static PRODUCTS: [[u16; 256]; 18] = products();

/// The value of a character, upper or lower case.
pub(super) fn value(byte: u8) -> Option<u8> {
    Some(VALUES[usize::from(byte)]).filter(|value| *value != 0xFF)
}

/// Sums that a valid code can have: the multiples of 31 below [`REFUSED`].
static BALANCED: [bool; 1024] = {
    let mut out = [false; 1024];
    let mut sum = 0;
    while sum < 1024 {
        out[sum] = true;
        sum += 31;
    }
    out
};

/// The bytes are taken out of three words: a load less for each than reading them one by one, and loads
/// are what the look-ups wait for.
#[inline]
fn weighted_sum(code: &[u8; 18]) -> u16 {
    let [head, tail] = halves(code);
    let mut sum = PRODUCTS[16][usize::from(code[16])] + PRODUCTS[17][usize::from(code[17])];
    for index in 0..8 {
        sum += PRODUCTS[index][byte_of(head, index)] + PRODUCTS[index + 8][byte_of(tail, index)];
    }
    sum
}

/// Every prefix of eight characters under which something other than sum and province decides.
#[inline]
fn is_special(code: &[u8; 18]) -> bool {
    let [head, _] = halves(code);
    head == u64::from_le_bytes(*b"91350203")
        || head == u64::from_le_bytes(*b"12345678")
        || head == u64::from_le_bytes(*b"90123456")
}

/// Yes or no for 18 bytes, `None` where the answer takes longer: strange bytes, pilot codes, placeholders.
///
/// No branch depends on whether the code is valid, so mixed input costs no mispredictions.
#[inline]
pub(super) fn quick(code: &[u8; 18]) -> Option<bool> {
    let sum = weighted_sum(code);
    if sum >= REFUSED || is_special(code) {
        return None;
    }
    Some(BALANCED[usize::from(sum)] & has_province(code))
}

#[inline]
pub(crate) fn verdict(code: &[u8; 18]) -> Verdict {
    match quick(code) {
        Some(true) => Verdict::Pass,
        Some(false) => Verdict::Wrong,
        None => slow_verdict(code),
    }
}

#[cold]
fn slow_verdict(code: &[u8; 18]) -> Verdict {
    let sum = weighted_sum(code);
    if sum < REFUSED && sum % 31 == 0 && has_province(code) && !is_placeholder_bytes(code) {
        return Verdict::Pass;
    }
    if sum < REFUSED || code.iter().all(u8::is_ascii_alphanumeric) {
        Verdict::Wrong
    } else {
        Verdict::Foreign
    }
}

/// The weight of a position, from 0.
pub(super) fn weight(index: usize) -> u16 {
    WEIGHTS[index]
}

/// Positions 3 and 4; meaningful only where they are digits.
#[inline]
pub(super) fn has_province(code: &[u8; 18]) -> bool {
    division::is_registrar_region((code[2] & 0x0F) * 10 + (code[3] & 0x0F))
}

/// The check character of 17 characters, when all are of the alphabet.
pub(super) fn check_byte(body: &[u8; 17]) -> Option<u8> {
    let mut sum = 0_u16;
    for (byte, weight) in body.iter().zip(WEIGHTS) {
        sum += u16::from(value(*byte)?) * weight % 31;
    }
    Some(ALPHABET[usize::from((31 - sum % 31) % 31)])
}

/// Whether the bytes are one of [`PILOT_CODES`], in either case of letters.
pub(super) fn is_pilot(code: &[u8]) -> bool {
    PILOT_CODES.iter().any(|pilot| pilot.as_bytes().eq_ignore_ascii_case(code))
}
