//! The one correction worth showing: look-alikes replaced when the result passes, else the single change
//! after which every check holds, when there is exactly one.

use super::flawless::is_flawless;
use super::kernel::{self, ALPHABET, Verdict, verdict};

/// Letters outside the alphabet and what a reader takes them for.
const LOOKALIKES: [(u8, u8); 5] = [(b'O', b'0'), (b'I', b'1'), (b'S', b'5'), (b'Z', b'2'), (b'V', b'U')];

/// Letters of the alphabet that cannot stand among the division digits, and the digit meant.
const DIGIT_LOOKALIKES: [(u8, u8); 6] =
    [(b'D', b'0'), (b'Q', b'0'), (b'L', b'1'), (b'B', b'8'), (b'G', b'6'), (b'U', b'0')];

pub(super) fn correction(code: &[u8; 18]) -> Option<String> {
    let misplaced = |index: usize| {
        kernel::value(code[index]).is_none() || (2..8).contains(&index) && !code[index].is_ascii_digit()
    };
    let bad: Vec<usize> = (0..18).filter(|index| misplaced(*index)).collect();
    if !bad.is_empty() {
        if let Some(found) = replace_lookalikes(code, &bad) {
            return Some(text(&found));
        }
    }
    match bad.as_slice() {
        [] => single_change(code, 0..18),
        [index] => single_change(code, *index..index + 1),
        _ => None,
    }
}

fn replace_lookalikes(code: &[u8; 18], bad: &[usize]) -> Option<[u8; 18]> {
    let mut candidate = *code;
    for index in bad {
        let table = LOOKALIKES.iter().chain(&DIGIT_LOOKALIKES);
        let (_, meant) = table.into_iter().find(|(seen, _)| *seen == code[*index])?;
        candidate[*index] = *meant;
    }
    (verdict(&candidate) == Verdict::Pass).then_some(candidate)
}

/// The code itself when it passes, else its correction: for what was made of look-alikes of other scripts.
pub(super) fn meant(code: &[u8; 18]) -> Option<String> {
    if verdict(code) == Verdict::Pass { Some(text(code)) } else { correction(code) }
}

/// The only code at distance one that passes everything, if there is only one.
fn single_change(code: &[u8; 18], positions: std::ops::Range<usize>) -> Option<String> {
    let mut found = None;
    let sum = |code: &[u8; 18]| -> u16 {
        code.iter()
            .enumerate()
            .map(|(i, b)| u16::from(kernel::value(*b).unwrap_or(0)) * kernel::weight(i) % 31)
            .sum()
    };
    let whole = sum(code);
    for index in positions {
        let weight = kernel::weight(index);
        let without = whole + 31 - u16::from(kernel::value(code[index]).unwrap_or(0)) * weight % 31;
        for (value, byte) in (0_u16..).zip(ALPHABET).filter(|(_, byte)| **byte != code[index]) {
            // One value of 31 satisfies the outer check; the rest need not be looked at.
            if (without + value * weight) % 31 != 0 {
                continue;
            }
            let mut candidate = *code;
            candidate[index] = *byte;
            if is_flawless(&candidate) {
                if found.is_some() {
                    return None;
                }
                found = Some(candidate);
            }
        }
    }
    found.map(|code| text(&code))
}

fn text(code: &[u8; 18]) -> String {
    code.iter().map(|byte| char::from(*byte)).collect()
}
