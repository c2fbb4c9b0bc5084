//! Finds the labels and cuts the text into segments.

use std::ops::Range;

use super::label_table::{LabelKind, Labels, TABLE, Without};
use super::stream::{Stream, is_blank, is_line_end, is_separator};

/// A stretch of text, and the label before it.
#[derive(Clone, Debug)]
pub(super) struct Segment {
    pub(super) label: Option<LabelKind>,
    pub(super) range: Range<usize>,
}

struct Hit {
    kind: LabelKind,
    start: usize,
    value: usize,
}

/// Words that also end the names of organisations and banks.
const GENERIC: [&str; 4] = ["公司", "单位", "企业", "银行"];

/// Blanks between the characters of a label, as in 名　称.
const MAX_GAP: usize = 4;

/// Labels in order, and between them the values: to the next label or the end of the line. A label alone
/// on its line takes the next line, unless that has a label of its own.
pub(super) fn segments(stream: &Stream<'_>) -> Vec<Segment> {
    let hits = hits(stream);
    let mut out = Vec::new();
    let mut of_seller = false;
    let first = hits.first().map_or(stream.len(), |hit| hit.start);
    lines(stream, 0..first, None, &mut out);
    for (index, hit) in hits.iter().enumerate() {
        let end = hits.get(index + 1).map_or(stream.len(), |next| next.start);
        let above = index.checked_sub(1).map(|above| &hits[above]);
        let in_header = above.is_some_and(|above| is_header(stream, above, hit));
        // Both parties of an invoice: from the seller's label to the buyer's, nothing is the buyer's.
        of_seller = hit.kind == LabelKind::Seller
            || of_seller && !matches!(stream.at(hit.start), '购' | '購' | '买' | '買');
        let kind = if of_seller { LabelKind::Other } else { hit.kind };
        let label = Some(kind).filter(|kind| *kind != LabelKind::Heading && !in_header);
        lines(stream, hit.value..end, label, &mut out);
    }
    out
}

/// The last of several labels in one line with nothing behind any of them: the first row of a table, and the
/// next line holds a value for each.
fn is_header(stream: &Stream<'_>, before: &Hit, last: &Hit) -> bool {
    if !is_line_end(stream.at(skip_blanks(stream, last.value))) || last.start > before.value + 2 * MAX_GAP {
        return false;
    }
    (before.value..last.start).all(|index| is_blank(stream.at(index)) || stream.at(index) == '|')
}

/// Splits a range into lines; the first that is not blank belongs to the label.
fn lines(stream: &Stream<'_>, range: Range<usize>, label: Option<LabelKind>, out: &mut Vec<Segment>) {
    let mut label = label;
    let mut start = range.start;
    for index in range.start..=range.end {
        if index < range.end && !is_line_end(stream.at(index)) {
            continue;
        }
        let line = stream.trim(start..index, is_separator);
        start = index + 1;
        if line.is_empty() {
            // A skipped field ends with its own line, even an empty one.
            label = label.filter(|kind| *kind != LabelKind::Other);
            continue;
        }
        out.push(Segment { label: label.take(), range: line });
    }
}

fn hits(stream: &Stream<'_>) -> Vec<Hit> {
    let words = Words::new();
    let mut out = Vec::new();
    let mut index = 0;
    while index < stream.len() {
        match longest(stream, &words, index) {
            Some(hit) => {
                index = hit.value.max(index + 1);
                out.push(hit);
            }
            None => index += 1,
        }
    }
    out
}

/// The words of the table by their first character.
struct Words(Vec<(char, &'static Labels, &'static str)>);

impl Words {
    fn new() -> Self {
        let of = |labels: &'static Labels| {
            labels.words.iter().map(move |word| (word.chars().next().unwrap_or('\n'), labels, *word))
        };
        let mut all: Vec<_> = TABLE.iter().flat_map(of).collect();
        all.sort_by_key(|(first, _, _)| *first);
        Words(all)
    }

    fn beginning_with(&self, first: char) -> &[(char, &'static Labels, &'static str)] {
        let start = self.0.partition_point(|(c, _, _)| *c < first);
        let count = self.0[start..].iter().take_while(|(c, _, _)| *c == first).count();
        &self.0[start..start + count]
    }
}

/// The longest label that begins here and counts as one.
fn longest(stream: &Stream<'_>, words: &Words, start: usize) -> Option<Hit> {
    let first = stream.at(start);
    if first.is_ascii_digit() || is_separator(first) {
        return None;
    }
    let before = stream.before(start);
    let boundary = is_boundary(before, first);
    let mut best: Option<(usize, Hit)> = None;
    for (_, labels, word) in words.beginning_with(first) {
        // 某某有限公司税号: the label is 税号, for 公司 still belongs to the name.
        // 某某支行银行账号: the bank's name has ended.
        let ended =
            matches!(before, '行' | '社' | '部' | '处') && word.starts_with("银行") && *word != "银行";
        let generic = !ended && GENERIC.iter().any(|head| word.starts_with(head));
        if generic && !boundary {
            continue;
        }
        let Some(end) = match_word(stream, start, word) else { continue };
        let longer = best.as_ref().is_none_or(|(length, _)| end > *length);
        // 有限 公司 at the end of a line is the end of a name.
        let torn = before == ' ' && GENERIC.contains(word);
        if let Some(value) = value_start(stream, labels, end, boundary && !torn).filter(|_| longer) {
            best = Some((end, Hit { kind: labels.kind, start, value }));
        }
    }
    best.map(|(_, hit)| hit)
}

/// Between fields, or where script changes: `…公司` then `税号`, `…8216` then `地址`.
fn is_boundary(before: char, first: char) -> bool {
    if is_separator(before) || "()[]【】{}:：.".contains(before) {
        return true;
    }
    !first.is_ascii() && before.is_ascii_alphanumeric()
}

/// The index after the word. Either no character has blanks before it or every one has: 名　称 is a label,
/// 公司 税号 is the end of a name and a label.
fn match_word(stream: &Stream<'_>, start: usize, word: &str) -> Option<usize> {
    let mut index = start;
    let mut spread = None;
    for (position, wanted) in word.chars().enumerate() {
        if position > 0 && wanted != ' ' && !wanted.is_ascii() {
            let from = index;
            while index - from < MAX_GAP && is_blank(stream.at(index)) {
                index += 1;
            }
            if *spread.get_or_insert(index > from) != (index > from) {
                return None;
            }
        }
        if stream.at(index) != wanted {
            return None;
        }
        index += 1;
    }
    Some(index)
}

/// Where the value begins, if the word counts as a label here.
fn value_start(stream: &Stream<'_>, labels: &Labels, end: usize, boundary: bool) -> Option<usize> {
    let mut after = end;
    // A remark in brackets behind the label: 税号（必填）：
    if stream.at(after) == '(' {
        if let Some(close) = (after + 1..after + 12).find(|index| stream.at(*index) == ')') {
            let closed = skip_blanks(stream, close + 1);
            if is_colon(stream.at(closed)) {
                after = closed;
            }
        }
    }
    let blanks = skip_blanks(stream, after);
    let next = stream.at(blanks);
    let bracketed = matches!(next, ']' | '】' | ')') && matches!(stream.before(end), c if c != '(');
    let is = matches!(next, '是' | '为' | '為') && labels.without != Without::Never && boundary;
    if is_colon(next) || is || (bracketed && boundary && labels.without != Without::Never) {
        let value = skip_blanks(stream, blanks + 1);
        return Some(if is_colon(stream.at(value)) { value + 1 } else { value });
    }
    let latin = stream.before(end).is_ascii_alphanumeric();
    if latin && stream.at(after).is_ascii_alphanumeric() {
        return None;
    }
    let gap = blanks > after || is_line_end(next);
    let number = next.is_ascii_digit() && !latin;
    // …发到邮箱a@b.cn: an address follows, whatever stands before.
    let mail = labels.kind == LabelKind::Email && !latin && next.is_ascii_alphanumeric();
    let counts = match labels.without {
        _ if mail => true,
        Without::Never => false,
        Without::Anything => boundary || (number && labels.kind == LabelKind::TaxId),
        Without::Gap => (boundary && gap && !latin) || number,
    };
    // English words without a colon stand in company names too.
    (counts && (!latin || gap)).then_some(after)
}

fn is_colon(c: char) -> bool {
    matches!(c, ':' | '：' | '﹕' | '∶' | '︰' | '=' | '→')
}

fn skip_blanks(stream: &Stream<'_>, mut index: usize) -> usize {
    let limit = index + 2 * MAX_GAP;
    while index < limit && is_blank(stream.at(index)) {
        index += 1;
    }
    index
}
