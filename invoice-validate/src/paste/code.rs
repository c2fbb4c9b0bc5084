//! Long runs of letters and digits, and what each one is.

use std::ops::Range;

use super::stream::{Stream, is_blank};
use crate::phone::{self, PhoneKind};
use crate::tax_id::{self, TaxIdKind};
use crate::{Date, division, lookalike, normal, uscc};

/// A longer run is no field of a title.
const MAX_LENGTH: usize = 40;

/// Digits of an account that has no label; longer numbers are orders and payments.
const ACCOUNT: std::ops::RangeInclusive<usize> = 9..=25;

/// A run of groups: where it stands.
pub(super) struct Run {
    pub(super) range: Range<usize>,
}

/// What a run is, by its form alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RunKind {
    /// A tax number, and whether its checks hold.
    TaxId {
        proven: bool,
    },
    Mobile,
    Phone,
    Account,
}

/// Letters that only look Latin count, so that the person sees what is wrong with the number.
fn is_run_character(c: char) -> bool {
    c.is_ascii_alphanumeric() || lookalike::letter(c).is_some()
}

fn is_joint(c: char) -> bool {
    normal::is_hyphen(c)
}

/// The runs of a range that are long enough to be a field, groups joined.
pub(super) fn runs(stream: &Stream<'_>, range: &Range<usize>) -> Vec<Run> {
    let mut groups: Vec<Range<usize>> = Vec::new();
    let mut index = range.start;
    while index < range.end {
        if !is_run_character(stream.at(index)) {
            index += 1;
            continue;
        }
        let start = index;
        while index < range.end
            && (is_run_character(stream.at(index)) || is_inner_joint(stream, start, index, range.end))
        {
            index += 1;
        }
        groups.push(start..index);
    }
    join(stream, groups)
}

/// A hyphen, or the bracket and 转 of a phone number, with a digit behind it.
fn is_inner_joint(stream: &Stream<'_>, start: usize, index: usize, end: usize) -> bool {
    let c = stream.at(index);
    // （1）9144…: the bracket of a list, not of an area code.
    if c == ')' && !matches!(stream.at(start), '0' | '8') {
        return false;
    }
    if index + 1 >= end || !(is_joint(c) || matches!(c, ')' | '转' | '轉')) {
        return false;
    }
    is_run_character(stream.at(index + 1)) && stream.before(index).is_ascii_alphanumeric()
}

/// Joins groups that only blanks separate, as long as each is short: 9144 0300 1922 0382 16.
fn join(stream: &Stream<'_>, groups: Vec<Range<usize>>) -> Vec<Run> {
    let mut out: Vec<Run> = Vec::new();
    let mut open: Option<Range<usize>> = None;
    let mut last_length = 0;
    for group in groups {
        let length = group.len();
        let has_digit = group.clone().take(MAX_LENGTH).any(|index| stream.at(index).is_ascii_digit());
        let joined = open.as_ref().is_some_and(|open| {
            let near = is_near(stream, open, &group);
            let alphanumeric =
                || open.clone().filter(|index| stream.at(*index).is_ascii_alphanumeric()).count();
            // The last group of a credit code may be letters only: … 57XW as 57 XW.
            let completes = length <= 4 && alphanumeric() + length == 18;
            near && (has_digit || completes)
                && length <= 8
                && last_length <= 8
                && group.end - open.start <= MAX_LENGTH
        });
        last_length = length;
        if joined {
            open = open.map(|open| open.start..group.end);
        } else {
            close(stream, open.replace(group), &mut out);
        }
    }
    close(stream, open, &mut out);
    out
}

/// Only blanks between: two at most, and beside the bracket or the 转 of a phone number one more of either.
fn is_near(stream: &Stream<'_>, open: &Range<usize>, group: &Range<usize>) -> bool {
    let gap = open.end..group.start;
    if gap.len() > 3 {
        return false;
    }
    let area = stream.at(open.start) == '0' || stream.at(open.start) == '8';
    let bracketed = area && stream.before(open.start) == '(';
    let joint = |index: usize| match stream.at(index) {
        ')' => bracketed,
        c if is_joint(c) => area && open.len() <= 4,
        c => matches!(c, '转' | '轉'),
    };
    let joints = gap.clone().filter(|index| joint(*index)).count();
    gap.len() <= 2 + joints
        && joints <= 1
        && gap.clone().all(|index| is_blank(stream.at(index)) || joint(index))
}

fn close(stream: &Stream<'_>, range: Option<Range<usize>>, out: &mut Vec<Run>) {
    let Some(mut range) = range else { return };
    if range.len() > MAX_LENGTH {
        return;
    }
    // (0755)28780808: the bracket before belongs to the number.
    let bracket = stream.before(range.start) == '(' && range.clone().any(|index| stream.at(index) == ')');
    let plus = stream.before(range.start) == '+';
    let digits = range.clone().filter(|index| stream.at(*index).is_ascii_digit()).count();
    if bracket || plus {
        range.start -= 1;
    }
    let short_service =
        digits == 5 && range.len() == 5 && stream.at(range.start) == '9' && stream.at(range.start + 1) == '5';
    if digits >= 7 || short_service {
        out.push(Run { range });
    }
}

/// What a run without a label is; `None` for things like an order number.
pub(super) fn kind_of(text: &str) -> Option<RunKind> {
    let compact = normal::compact(text);
    if (15..=20).contains(&compact.chars().count()) {
        if let Some(kind) = tax_id_kind(&compact) {
            return Some(kind);
        }
    }
    match phone::parse(text).map(|phone| phone.kind()) {
        Ok(PhoneKind::Mobile) => return Some(RunKind::Mobile),
        Ok(PhoneKind::Local) if is_date(text) => return None,
        Ok(PhoneKind::Landline | PhoneKind::Service | PhoneKind::International | PhoneKind::Local) => {
            return Some(RunKind::Phone);
        }
        _ => {}
    }
    // One digit after the other is no account: 1 2 3 4 5 6 7 8 9.
    let loose = text.chars().filter(|c| c.is_whitespace()).count() * 2 > compact.len();
    if ACCOUNT.contains(&compact.len()) && compact.bytes().all(|b| b.is_ascii_digit()) && !loose {
        return Some(RunKind::Account);
    }
    // Letters for digits: O755-2878O8O8.
    let mended = lookalike::digits_meant(text);
    if mended != text && matches!(phone::parse(&mended).map(|phone| phone.kind()), Ok(PhoneKind::Mobile)) {
        return Some(RunKind::Mobile);
    }
    if mended != text && matches!(phone::parse(&mended).map(|phone| phone.kind()), Ok(PhoneKind::Landline)) {
        return Some(RunKind::Phone);
    }
    None
}

/// 2026-11-25 and 20261125.
fn is_date(text: &str) -> bool {
    let plain: String = text.chars().map(|c| if normal::is_hyphen(c) { '-' } else { c }).collect();
    Date::parse(plain.trim()).is_some_and(|date| (1900..2100).contains(&date.year()))
}

fn tax_id_kind(compact: &str) -> Option<RunKind> {
    let inspection = tax_id::inspect(compact);
    let letters = compact.bytes().any(|b| b.is_ascii_alphabetic());
    let proven = inspection.is_valid()
        && match inspection.kind {
            TaxIdKind::Uscc | TaxIdKind::ResidentId | TaxIdKind::Legacy20 => true,
            TaxIdKind::Legacy15 => inspection.report.is_empty() && letters,
            _ => false,
        };
    if proven {
        return Some(RunKind::TaxId { proven: true });
    }
    let suggested = inspection.report.faults().iter().any(|fault| fault.suggestion().is_some());
    let enterprise = compact.starts_with("91") || compact.starts_with("92") || compact.starts_with("93");
    let like_code = enterprise && uscc_division(compact) && matches!(compact.len(), 17..=19);
    let legacy = inspection.kind == TaxIdKind::Legacy15 && inspection.report.is_empty();
    let letters = letters || !compact.is_ascii();
    let meant = (letters && (suggested || compact.len() >= 17)) || like_code || legacy;
    meant.then_some(RunKind::TaxId { proven: false })
}

/// The province of an enterprise's code is a real one.
fn uscc_division(compact: &str) -> bool {
    compact.get(2..4).and_then(|two| two.parse::<u8>().ok()).is_some_and(division::is_registrar_region)
}

/// The correction of a tax number: the validator's own, or look-alikes in a shorter or longer form.
pub(super) fn tax_id_correction(compact: &str) -> Option<String> {
    let report = tax_id::check(compact);
    let own = report.faults().iter().find_map(|fault| fault.suggestion()).map(str::to_owned);
    own.or_else(|| {
        let mended: String = compact
            .chars()
            .map(|c| {
                if c == 'O' {
                    '0'
                } else if c == 'I' {
                    '1'
                } else {
                    c
                }
            })
            .collect();
        (mended != compact && uscc::check(&mended).is_empty()).then_some(mended)
    })
}
