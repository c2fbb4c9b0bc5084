//! From a normalised number to its kind and findings.

use super::kind::TaxIdKind;
use crate::placeholder::is_placeholder;
use crate::rule::tax_id as rule;
use crate::uscc::organisation;
use crate::{Fault, Report, lookalike, resident_id, uscc};

pub(super) fn classify(normalized: &str) -> (TaxIdKind, Report) {
    if let Some(code) = normalized.as_bytes().first_chunk::<18>().filter(|_| normalized.len() == 18) {
        return eighteen(code, normalized);
    }
    if let Some(fault) = platform_fault(normalized) {
        return (TaxIdKind::Unknown, fault.into());
    }
    match normalized.len() {
        15 => fifteen(normalized),
        17 => seventeen(normalized),
        20 => twenty(normalized),
        19 => nineteen(normalized),
        _ => unknown(),
    }
}

fn unknown() -> (TaxIdKind, Report) {
    (TaxIdKind::Unknown, Fault::new(&rule::UNKNOWN_KIND).into())
}

/// What the bureau refuses whatever the kind: length and characters; and placeholders.
fn platform_fault(normalized: &str) -> Option<Fault> {
    if normalized.is_empty() {
        return Some(Fault::new(&rule::EMPTY));
    }
    let foreign = normalized.chars().position(|c| !(c.is_ascii_digit() || c.is_ascii_uppercase()));
    if let Some(index) = foreign {
        let fault = Fault::new(&rule::CHARACTER).with_position(index + 1);
        return Some(match meant(normalized) {
            Some(suggestion) => fault.with_suggestion(suggestion),
            None => fault,
        });
    }
    if !(15..=20).contains(&normalized.len()) {
        return Some(Fault::new(&rule::LENGTH).with_expected("15-20"));
    }
    is_placeholder(normalized).then(|| Fault::new(&rule::PLACEHOLDER))
}

/// The number with letters and digits of other scripts read as what they look like, when that is of a known
/// kind and valid, or has a correction itself.
fn meant(normalized: &str) -> Option<String> {
    let plain = lookalike::plain(normalized)?;
    let (kind, report) = classify(&plain);
    if report.is_valid() {
        return Some(plain).filter(|_| kind != TaxIdKind::Unknown);
    }
    report.faults().iter().find_map(|fault| fault.suggestion()).map(str::to_owned)
}

fn eighteen(code: &[u8; 18], normalized: &str) -> (TaxIdKind, Report) {
    let digits = code[..17].iter().all(u8::is_ascii_digit);
    let flawless = uscc::is_flawless(code);
    if flawless && !digits {
        return (TaxIdKind::Uscc, Report::new());
    }
    if let Some(fault) = platform_fault(normalized) {
        return (TaxIdKind::Unknown, fault.into());
    }
    let person = digits && resident_id::is_valid(normalized);
    match (flawless, person) {
        (true, false) => (TaxIdKind::Uscc, Report::new()),
        (true, true) => (TaxIdKind::Uscc, Fault::new(&rule::OVERLAP).into()),
        (false, true) if uscc::verdict(code) == uscc::Verdict::Pass => {
            (TaxIdKind::ResidentId, Fault::new(&rule::OVERLAP).into())
        }
        (false, true) => (TaxIdKind::ResidentId, Report::new()),
        (false, false) => damaged(code, normalized),
    }
}

/// Passes no check, or the credit code's outer one only: report the reading that was meant.
fn damaged(code: &[u8; 18], normalized: &str) -> (TaxIdKind, Report) {
    let organisation_like = uscc::verdict(code) == uscc::Verdict::Pass;
    if !organisation_like && resident_id::is_intended(code) {
        return (TaxIdKind::ResidentId, resident_id::check_normalized(normalized));
    }
    (TaxIdKind::Uscc, uscc::check_normalized(normalized))
}

fn fifteen(normalized: &str) -> (TaxIdKind, Report) {
    if resident_id::old_birth(normalized.as_bytes()).is_some() {
        return (TaxIdKind::Legacy15, Report::new());
    }
    if !normalized.as_bytes()[..6].iter().all(u8::is_ascii_digit) {
        return unknown();
    }
    let wanted = organisation::check_character(&normalized[6..14]);
    match wanted {
        Some(wanted) if !normalized.ends_with(wanted) => {
            let fault = Fault::new(&rule::OLD_ORGANISATION).with_position(15);
            (TaxIdKind::Legacy15, fault.with_expected(wanted.to_string()).into())
        }
        _ => (TaxIdKind::Legacy15, Report::new()),
    }
}

fn seventeen(normalized: &str) -> (TaxIdKind, Report) {
    if resident_id::old_birth(&normalized.as_bytes()[..15]).is_some() {
        return (TaxIdKind::Legacy17, Report::new());
    }
    if is_damaged_credit_code(normalized) {
        return (TaxIdKind::Uscc, Fault::new(&rule::USCC_LENGTH).with_expected("18").into());
    }
    unknown()
}

fn twenty(normalized: &str) -> (TaxIdKind, Report) {
    if resident_id::is_valid(&normalized[..18]) { (TaxIdKind::Legacy20, Report::new()) } else { unknown() }
}

fn nineteen(normalized: &str) -> (TaxIdKind, Report) {
    let without = |index: usize| {
        let mut shorter = normalized.to_owned();
        shorter.remove(index);
        let code: Option<[u8; 18]> = shorter.as_bytes().try_into().ok();
        code.is_some_and(|code| uscc::is_flawless(&code)).then_some(shorter)
    };
    let mut found: Vec<String> = (0..19).filter_map(without).collect();
    found.dedup();
    match found.as_slice() {
        [] => unknown(),
        [one] => {
            let fault = Fault::new(&rule::USCC_LENGTH).with_expected("18").with_suggestion(one.clone());
            (TaxIdKind::Uscc, fault.into())
        }
        _ => (TaxIdKind::Uscc, Fault::new(&rule::USCC_LENGTH).with_expected("18").into()),
    }
}

/// 17 characters that begin like an enterprise's code (91, 92, 93 and a division): one was lost.
///
/// No other kind of number begins so: 17-character numbers are built on an old resident ID, whose
/// province is never above 82.
fn is_damaged_credit_code(normalized: &str) -> bool {
    let bytes = normalized.as_bytes();
    let enterprise = bytes[0] == b'9' && (b'1'..=b'3').contains(&bytes[1]);
    enterprise && bytes[2..8].iter().all(u8::is_ascii_digit)
}
