//! Reads text that has no label: numbers by their form, the rest by how it ends.

use std::ops::Range;

use super::code::{self, RunKind};
use super::find::{MAX_FOUND, push, trimmed};
use super::found::{Confidence, Found, PastedField};
use super::label::Segment;
use super::shape;
use super::stream::{Stream, is_separator};
use crate::title;

/// What people say before the name.
const COURTESIES: [&str; 22] = [
    "你好",
    "您好",
    "麻烦",
    "请",
    "帮忙",
    "帮我",
    "给我",
    "开具",
    "开个",
    "开一下",
    "开一张",
    "开张",
    "开",
    "专票",
    "普票",
    "发票",
    "抬头",
    "给",
    "我司是",
    "我们是",
    "这是",
    "谢谢",
];

pub(super) fn read(stream: &Stream<'_>, range: Range<usize>, found: &mut Vec<Found>) {
    let range = trimmed(stream, range);
    let mut taken = emails(stream, &range, found);
    let mut mails = taken.clone().into_iter().peekable();
    for run in code::runs(stream, &range) {
        // Both come in the order of the text.
        while mails.next_if(|mail| mail.end <= run.range.start).is_some() {}
        if mails.peek().is_some_and(|mail| mail.start < run.range.end) {
            continue;
        }
        if found.len() >= MAX_FOUND {
            break;
        }
        let Some(kind) = code::kind_of(stream.text(&run.range)) else { continue };
        let (field, confidence) = match kind {
            RunKind::TaxId { proven: true } => (PastedField::TaxId, Confidence::High),
            RunKind::TaxId { proven: false } => (PastedField::TaxId, Confidence::Low),
            RunKind::Mobile => (PastedField::Mobile, Confidence::Medium),
            RunKind::Phone => (PastedField::Phone, Confidence::Medium),
            RunKind::Account => (PastedField::Account, Confidence::Medium),
        };
        push(stream, &run.range, field, confidence, found);
        taken.push(run.range);
    }
    taken.sort_by_key(|range| range.start);
    let mut start = range.start;
    for hole in taken {
        pieces(stream, start..hole.start.max(start), found);
        start = hole.end;
    }
    pieces(stream, start..range.end, found);
}

/// Addresses around each @; each character belongs to one @ at most on either side.
fn emails(stream: &Stream<'_>, range: &Range<usize>, found: &mut Vec<Found>) -> Vec<Range<usize>> {
    const REACH: usize = 64;
    let mut taken = Vec::new();
    let mut floor = range.start;
    for at in range.clone() {
        if stream.at(at) != '@' {
            continue;
        }
        let local = |c: char| c.is_ascii_alphanumeric() || "._%+-".contains(c);
        let domain = |c: char| c.is_ascii_alphanumeric() || ".-".contains(c);
        let mut start = at;
        while start > floor && at - start < REACH && local(stream.at(start - 1)) {
            start -= 1;
        }
        let mut end = at + 1;
        while end < range.end && end - at < REACH && domain(stream.at(end)) {
            end += 1;
        }
        floor = end;
        let mail = stream.trim(start..end, |c| c == '.' || c == '-');
        if mail.start < at && mail.end > at + 1 {
            push(stream, &mail, PastedField::Email, Confidence::High, found);
            taken.push(mail);
        }
    }
    taken
}

/// Splits text between numbers at its separators and judges each piece.
fn pieces(stream: &Stream<'_>, range: Range<usize>, found: &mut Vec<Found>) {
    let range = trimmed(stream, range);
    if range.is_empty() {
        return;
    }
    // Latin names have blanks and commas inside: judge them whole.
    let latin = range.clone().all(|index| stream.at(index).is_ascii());
    if latin && range.len() <= 200 && shape::is_organisation(stream.text(&range)) {
        return push(stream, &range, PastedField::Name, Confidence::Medium, found);
    }
    let mut start = range.start;
    let mut open: Option<Range<usize>> = None;
    for index in range.start..=range.end {
        if index < range.end && !is_piece_end(stream.at(index)) {
            continue;
        }
        let piece = trimmed(stream, start..index);
        start = index + 1;
        if piece.is_empty() {
            continue;
        }
        // 深圳市 龙岗区 坂田: an address goes on over blanks.
        let text = stream.text(&piece);
        let goes_on =
            shape::is_part_of_address(text) && !shape::is_organisation(text) && !shape::is_bank(text);
        match open.take() {
            Some(address) if goes_on && piece.end - address.start <= 300 => {
                open = Some(address.start..piece.end)
            }
            earlier => {
                address(stream, earlier, found);
                open = judge(stream, piece, found);
            }
        }
    }
    address(stream, open, found);
}

fn address(stream: &Stream<'_>, range: Option<Range<usize>>, found: &mut Vec<Found>) {
    if let Some(range) = range.filter(|range| shape::is_address(stream.text(range))) {
        push(stream, &range, PastedField::Address, Confidence::Medium, found);
    }
}

fn is_piece_end(c: char) -> bool {
    is_separator(c) && c != '·' || matches!(c, ':' | '：')
}

/// Adds a name or a bank; gives an address back, for it may go on.
fn judge(stream: &Stream<'_>, piece: Range<usize>, found: &mut Vec<Found>) -> Option<Range<usize>> {
    let text = stream.text(&piece);
    if piece.len() > 300 {
        return None;
    }
    if shape::is_bank(text) {
        push(stream, &piece, PastedField::Bank, Confidence::Medium, found);
    } else if shape::is_organisation(text) {
        let name = without_courtesy(stream, piece);
        push(stream, &name, PastedField::Name, Confidence::Medium, found);
    } else if shape::is_address(text) || shape::is_place(text) {
        return Some(piece);
    }
    None
}

/// The piece without 麻烦开一下 and the like; never down to nothing.
fn without_courtesy(stream: &Stream<'_>, mut piece: Range<usize>) -> Range<usize> {
    while let Some(word) = COURTESIES.iter().find(|word| stream.text(&piece).starts_with(**word)) {
        let shorter = piece.start + word.chars().count()..piece.end;
        if shorter.len() < 4 {
            break;
        }
        piece = stream.trim(shorter, is_separator);
    }
    piece
}

/// When no name was found: the first line without a label that could be a person or a foreign company.
pub(super) fn name_of_last_resort(stream: &Stream<'_>, segments: &[Segment], found: &mut Vec<Found>) {
    const TRIES: usize = 8;
    if found.iter().any(|found| found.field == PastedField::Name) {
        return;
    }
    for segment in segments.iter().filter(|segment| segment.label.is_none()).take(TRIES) {
        let end =
            segment.range.clone().find(|index| is_separator(stream.at(*index))).unwrap_or(segment.range.end);
        let first = trimmed(stream, segment.range.start..end);
        let text = stream.text(&first);
        let bare = title::bare_name(text);
        let others = !found.is_empty();
        if first.len() <= 20
            && shape::is_person(bare)
            && (others || bare.len() < text.len())
            && !COURTESIES.contains(&bare)
        {
            return push(stream, &first, PastedField::Name, Confidence::Low, found);
        }
        let line = trimmed(stream, segment.range.clone());
        let latin = line.len() <= 100 && line.clone().all(|index| stream.at(index).is_ascii());
        let words = line.clone().filter(|index| stream.at(*index).is_ascii_alphabetic()).count();
        let unused = found.iter().all(|found| {
            found.span.end <= stream.span(&line).start || found.span.start >= stream.span(&line).end
        });
        if latin && words >= 4 && words * 2 > line.len() && unused && others {
            return push(stream, &line, PastedField::Name, Confidence::Low, found);
        }
    }
}
