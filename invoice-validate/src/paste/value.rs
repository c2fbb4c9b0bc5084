//! Reads the value behind a label.

use std::ops::Range;

use super::code::{self, RunKind};
use super::find::{MAX_FOUND, push, trimmed};
use super::found::{Confidence, Found, PastedField};
use super::free;
use super::label::Segment;
use super::label_table::LabelKind;
use super::shape;
use super::stream::{Stream, is_separator};
use crate::{bank, tax_id};

/// What people write where they have nothing.
const NOTHING: [&str; 12] = ["无", "暂无", "没有", "-", "--", "/", "n/a", "N/A", "空", "不填", "略", "無"];

pub(super) fn read(stream: &Stream<'_>, segment: &Segment, found: &mut Vec<Found>) {
    if found.len() >= MAX_FOUND {
        return;
    }
    let range = trimmed(stream, segment.range.clone());
    if range.is_empty() || NOTHING.contains(&stream.text(&range)) {
        return;
    }
    match segment.label {
        None => free::read(stream, range, found),
        Some(LabelKind::Other | LabelKind::Seller | LabelKind::Heading) => {}
        Some(LabelKind::Name) => labelled_name(stream, range, found),
        Some(LabelKind::TaxId) => labelled_tax_id(stream, range, found),
        Some(LabelKind::Email) => labelled_email(stream, range, found),
        Some(LabelKind::Phone) => labelled_number(stream, range, PastedField::Phone, found),
        Some(LabelKind::Mobile) => labelled_number(stream, range, PastedField::Mobile, found),
        Some(LabelKind::Account) => labelled_number(stream, range, PastedField::Account, found),
        Some(LabelKind::Address | LabelKind::AddressPhone) => {
            with_number(stream, range, PastedField::Address, found)
        }
        Some(LabelKind::Bank | LabelKind::BankAccount) => {
            with_number(stream, range, PastedField::Bank, found)
        }
    }
}

fn labelled_name(stream: &Stream<'_>, range: Range<usize>, found: &mut Vec<Found>) {
    // A number or another field pasted behind the name is read for itself.
    let cut =
        code::runs(stream, &range).into_iter().find(|run| code::kind_of(stream.text(&run.range)).is_some());
    let name = match cut {
        // Number and name changed places: the number tells what it is.
        Some(run) if run.range.start == range.start && is_proven(stream, &run.range) => {
            return free::read(stream, range, found);
        }
        Some(run) if run.range.start > range.start => {
            free::read(stream, run.range.start..range.end, found);
            trimmed(stream, range.start..run.range.start)
        }
        _ => range,
    };
    let name = first_field(stream, name, found);
    let text = stream.text(&name);
    // 个人 is a title, but a name beside it is a better one.
    let shaped = (shape::is_organisation(text) || shape::is_person(text)) && text != "个人" && text != "個人";
    let confidence = if shaped { Confidence::High } else { Confidence::Medium };
    push(stream, &name, PastedField::Name, confidence, found);
}

/// The name up to a strong separator behind which something of another form stands.
fn first_field(stream: &Stream<'_>, range: Range<usize>, found: &mut Vec<Found>) -> Range<usize> {
    let strong = |c: char| matches!(c, ',' | ';' | '，' | '；' | '|' | '。' | '\t') || c.is_whitespace();
    let breaks = range.clone().filter(|index| strong(stream.at(*index)));
    let mut tried = 0;
    for at in breaks {
        let (head, tail) = (trimmed(stream, range.start..at), trimmed(stream, at..range.end));
        tried += 1;
        // A few pieces only, so that the work stays in proportion.
        if tried > 4 || head.is_empty() || tail.is_empty() || head.len() > 100 || tail.len() > 400 {
            break;
        }
        let rest = stream.text(&tail);
        if shape::is_organisation(stream.text(&head)) && (shape::is_bank(rest) || shape::is_address(rest)) {
            free::read(stream, tail, found);
            return head;
        }
    }
    range
}

fn labelled_tax_id(stream: &Stream<'_>, range: Range<usize>, found: &mut Vec<Found>) {
    let mut runs = code::runs(stream, &range).into_iter();
    let shaped = runs.find(|run| {
        let length = run.range.clone().filter(|index| stream.at(*index).is_ascii_alphanumeric()).count();
        (15..=20).contains(&length)
    });
    let (value, proven) = match shaped {
        Some(run) => {
            let text = stream.text(&run.range);
            let proven = is_proven(stream, &run.range) || tax_id::is_valid(text);
            (run.range, proven)
        }
        None => {
            // Whatever stands there, so that the person sees what is wrong with it.
            let end = range.clone().find(|index| !fits_tax_id(stream.at(*index))).unwrap_or(range.end);
            (stream.trim(range.start..end.min(range.start + 40), is_separator), false)
        }
    };
    if value.is_empty() {
        return free::read(stream, range, found);
    }
    let confidence = if proven { Confidence::High } else { Confidence::Medium };
    push(stream, &value, PastedField::TaxId, confidence, found);
    let rest = trimmed(stream, value.end..range.end);
    if !rest.is_empty() {
        free::read(stream, rest, found);
    }
}

fn is_proven(stream: &Stream<'_>, range: &Range<usize>) -> bool {
    matches!(code::kind_of(stream.text(range)), Some(RunKind::TaxId { proven: true }))
}

fn fits_tax_id(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == ' ' || c == '-'
}

fn labelled_email(stream: &Stream<'_>, range: Range<usize>, found: &mut Vec<Found>) {
    let before = found.len();
    free::read(stream, range.clone(), found);
    if let Some(mail) = found[before..].iter_mut().find(|found| found.field == PastedField::Email) {
        mail.confidence = if mail.report.is_valid() { Confidence::High } else { Confidence::Medium };
    }
}

fn labelled_number(stream: &Stream<'_>, range: Range<usize>, field: PastedField, found: &mut Vec<Found>) {
    let Some(first) = code::runs(stream, &range).into_iter().next() else {
        let has_digit = range.clone().take(40).any(|index| stream.at(index).is_ascii_digit());
        if has_digit && range.len() <= 40 {
            push(stream, &range, field, Confidence::Low, found);
        } else {
            free::read(stream, range, found);
        }
        return;
    };
    let kind = code::kind_of(stream.text(&first.range));
    let field = match (field, kind) {
        (PastedField::Mobile, Some(RunKind::Phone)) => PastedField::Phone,
        (other, _) => other,
    };
    let fits = match field {
        PastedField::Account => bank::is_valid(stream.text(&first.range)),
        _ => matches!(kind, Some(RunKind::Mobile | RunKind::Phone)),
    };
    let confidence = if fits { Confidence::High } else { Confidence::Medium };
    let head = trimmed(stream, range.start..first.range.start);
    if !head.is_empty() {
        free::read(stream, head, found);
    }
    push(stream, &first.range, field, confidence, found);
    let rest = trimmed(stream, first.range.end..range.end);
    if !rest.is_empty() {
        free::read(stream, rest, found);
    }
}

/// Address with phone, or bank with account: the number is cut out, the text around it is the value.
fn with_number(stream: &Stream<'_>, range: Range<usize>, field: PastedField, found: &mut Vec<Found>) {
    let wanted = if field == PastedField::Bank { PastedField::Account } else { PastedField::Phone };
    let fits = |kind: Option<RunKind>| match wanted {
        PastedField::Account => kind.is_some(),
        _ => matches!(kind, Some(RunKind::Phone | RunKind::Mobile)),
    };
    let runs = code::runs(stream, &range);
    let Some(run) = runs.into_iter().rev().find(|run| fits(code::kind_of(stream.text(&run.range)))) else {
        let shaped = is_shaped(stream.text(&range), field);
        return push(
            stream,
            &range,
            field,
            if shaped { Confidence::High } else { Confidence::Medium },
            found,
        );
    };
    push(stream, &run.range, wanted, Confidence::High, found);
    let (head, tail) =
        (trimmed(stream, range.start..run.range.start), trimmed(stream, run.range.end..range.end));
    let (main, other) = if head.is_empty() { (tail, head) } else { (head, tail) };
    if !main.is_empty() {
        let shaped = is_shaped(stream.text(&main), field);
        push(stream, &main, field, if shaped { Confidence::High } else { Confidence::Medium }, found);
    }
    if !other.is_empty() {
        free::read(stream, other, found);
    }
}

fn is_shaped(text: &str, field: PastedField) -> bool {
    if field == PastedField::Bank { shape::is_bank(text) } else { shape::is_address(text) }
}
