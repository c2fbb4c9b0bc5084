//! Takes a stretch of text as a field: trims it, cleans it, checks it, proposes a correction.

use std::ops::Range;

use super::code;
use super::found::{Confidence, Found, PastedField};
use super::shape;
use super::stream::{Stream, is_separator};
use crate::{Report, bank, email, lookalike, phone, tax_id, text};

/// Far more fields than any title has; the rest of such a text is not read.
pub(super) const MAX_FOUND: usize = 64;

/// Without separators, and without a bracket that opens or closes nothing.
pub(super) fn trimmed(stream: &Stream<'_>, range: Range<usize>) -> Range<usize> {
    let range = stream
        .trim(range, |c| is_separator(c) || matches!(c, ':' | '：' | '【' | '】' | '[' | ']' | '?' | '!'));
    let count = |wanted: char| range.clone().filter(|index| stream.at(*index) == wanted).count();
    let (opened, closed) = (count('('), count(')'));
    let mut out = range.clone();
    let last = stream.before(out.end);
    if (opened > closed && last == '(') || (closed > opened && last == ')') {
        out.end -= 1;
    }
    if out.start < out.end && opened > closed && stream.at(out.start) == '(' {
        out.start += 1;
    }
    let out = without_number(stream, out);
    if out == range { out } else { stream.trim(out, is_separator) }
}

/// Without the 1. or （1） of a list; a decimal or a year is none.
fn without_number(stream: &Stream<'_>, range: Range<usize>) -> Range<usize> {
    let bracket = usize::from(stream.at(range.start) == '(');
    let digits = range.start + bracket;
    let end = (digits..range.end.min(digits + 3)).find(|index| !stream.at(*index).is_ascii_digit());
    let Some(end) = end.filter(|end| *end > digits) else { return range };
    let closes = if bracket == 1 { stream.at(end) == ')' } else { matches!(stream.at(end), '.' | ')') };
    let next = stream.at(end + 1);
    if closes && end + 1 < range.end && !next.is_ascii() { end + 1..range.end } else { range }
}

/// Adds a field with the findings of its validator.
pub(super) fn push(
    stream: &Stream<'_>,
    range: &Range<usize>,
    field: PastedField,
    confidence: Confidence,
    found: &mut Vec<Found>,
) {
    let raw = stream.text(range);
    let (value, correction, report) = match field {
        PastedField::TaxId => {
            let value = tax_id::normalize(raw).into_owned();
            let correction = code::tax_id_correction(&value);
            let report = tax_id::check(&value);
            (value, correction, report)
        }
        PastedField::Name => {
            let value = text::normalize(raw).into_owned();
            let correction = name_correction(&value);
            let report = text::check_characters(&value);
            (value, correction, report)
        }
        PastedField::Address | PastedField::Bank => {
            let value = text::normalize(raw).into_owned();
            let report = text::check_characters(&value);
            (value, None, report)
        }
        PastedField::Email => {
            let value = email::normalize(raw).into_owned();
            let report = email::check(&value);
            let correction = report.faults().iter().find_map(|fault| fault.suggestion()).map(str::to_owned);
            (value, correction, report)
        }
        PastedField::Phone | PastedField::Mobile => number_value(phone::normalize(raw), phone::check),
        PastedField::Account => number_value(bank::normalize(raw).into_owned(), bank::check),
    };
    if value.is_empty() || found.len() >= MAX_FOUND {
        return;
    }
    let span = stream.span(range);
    let report = report.at(field.as_str());
    found.push(Found { field, value, span, confidence, correction, report });
}

/// A number with letters in it may be mended to digits.
fn number_value(value: String, check: fn(&str) -> Report) -> (String, Option<String>, Report) {
    let mended = lookalike::digits_meant(&value);
    let report = check(&value);
    let letters = value.chars().any(|c| c.is_ascii_alphabetic());
    let better =
        letters && mended != value && check(&mended).is_valid() && mended.bytes().any(|b| b.is_ascii_digit());
    (value, better.then_some(mended), report)
}

/// A registered Chinese name has full-width brackets and no blanks, and ends in 公司 rather than 公可.
fn name_correction(value: &str) -> Option<String> {
    let chinese = value.chars().any(shape::is_han);
    if !chinese {
        return None;
    }
    let mut out = String::with_capacity(value.len());
    let letters: Vec<char> = value.chars().collect();
    for (index, c) in letters.iter().enumerate() {
        let neighbour = |at: Option<usize>| {
            at.and_then(|at| letters.get(at)).is_some_and(|c| shape::is_han(*c) || "（）()".contains(*c))
        };
        match c {
            '(' => out.push('（'),
            ')' => out.push('）'),
            ' ' | '\u{3000}' if neighbour(index.checked_sub(1)) || neighbour(Some(index + 1)) => {}
            other => out.push(*other),
        }
    }
    for (slip, meant) in [
        ("公可", "公司"),
        ("公同", "公司"),
        ("有眼公司", "有限公司"),
        ("有隈公司", "有限公司"),
        ("有限公司司", "有限公司"),
    ] {
        if let Some(head) = out.strip_suffix(slip) {
            out = format!("{head}{meant}");
        }
    }
    (out != value).then_some(out)
}
