//! The input as characters with their places, read once.

use std::cell::Cell;
use std::ops::Range;

use crate::normal;

/// One visible character.
#[derive(Clone, Copy)]
pub(super) struct Mark {
    /// Half-width form, lower-case ASCII: for comparison only.
    pub(super) folded: char,
    start: usize,
    end: usize,
}

/// All visible characters of the input, and a counter of every look at one.
pub(super) struct Stream<'a> {
    input: &'a str,
    marks: Vec<Mark>,
    work: Cell<usize>,
}

impl<'a> Stream<'a> {
    pub(super) fn new(input: &'a str) -> Self {
        let mut marks = Vec::with_capacity(input.len() / 2);
        let (mut start, mut looks) = (0, 0);
        while let Some(c) = input[start..].chars().next() {
            let folded = normal::half_width(c).to_ascii_lowercase();
            let mut mark = Mark { folded, start, end: start + c.len_utf8() };
            if let Some((stands_for, length)) = markup(&input[start..], &mut looks) {
                mark = Mark { folded: stands_for, start, end: start + length };
            }
            start = mark.end;
            if !normal::is_invisible(c) {
                marks.push(mark);
            }
        }
        let work = Cell::new(marks.len() + looks);
        Stream { input, marks, work }
    }

    pub(super) fn len(&self) -> usize {
        self.marks.len()
    }

    pub(super) fn work(&self) -> usize {
        self.work.get()
    }

    /// The folded character at an index; a line end past the last one.
    pub(super) fn at(&self, index: usize) -> char {
        self.work.set(self.work.get() + 1);
        self.marks.get(index).map_or('\n', |mark| mark.folded)
    }

    /// The character before an index; a line end before the first.
    pub(super) fn before(&self, index: usize) -> char {
        index.checked_sub(1).map_or('\n', |index| self.at(index))
    }

    /// The bytes of a range of characters.
    pub(super) fn span(&self, range: &Range<usize>) -> Range<usize> {
        let start = self.marks.get(range.start).map_or(self.input.len(), |mark| mark.start);
        let end =
            range.end.checked_sub(1).and_then(|last| self.marks.get(last)).map_or(start, |mark| mark.end);
        start..end.max(start)
    }

    /// The text of a range as written, invisible characters inside included.
    pub(super) fn text(&self, range: &Range<usize>) -> &'a str {
        self.work.set(self.work.get() + range.len());
        &self.input[self.span(range)]
    }

    /// The range without the characters at its ends that satisfy `out`.
    pub(super) fn trim(&self, mut range: Range<usize>, out: impl Fn(char) -> bool) -> Range<usize> {
        while !range.is_empty() && out(self.at(range.start)) {
            range.start += 1;
        }
        while !range.is_empty() && out(self.at(range.end - 1)) {
            range.end -= 1;
        }
        range
    }
}

/// A tag of a web page stands for a line end, an entity for a blank: the character, and the bytes it takes.
fn markup(text: &str, looks: &mut usize) -> Option<(char, usize)> {
    const LONGEST_TAG: usize = 200;
    const BLANKS: [&str; 6] = ["&nbsp;", "&ensp;", "&emsp;", "&quot;", "&#160;", "&#34;"];
    let bytes = text.as_bytes();
    match bytes {
        [b'&', ..] => {
            let found = BLANKS.iter().find(|entity| text.starts_with(**entity));
            found.map(|entity| (' ', entity.len()))
        }
        [b'<', b'/' | b'!' | b'a'..=b'z' | b'A'..=b'Z', rest @ ..] => {
            // No further than the next tag, so that each character is looked at once.
            let end = rest.iter().take(LONGEST_TAG).position(|b| matches!(b, b'<' | b'>' | b'\n'));
            *looks += end.unwrap_or(LONGEST_TAG.min(rest.len()));
            end.filter(|end| rest[*end] == b'>').map(|end| ('\n', end + 3))
        }
        _ => None,
    }
}

/// Blank within a line.
pub(super) fn is_blank(c: char) -> bool {
    c != '\n' && c != '\r' && (c.is_whitespace() || c.is_control())
}

/// Ends a line.
pub(super) fn is_line_end(c: char) -> bool {
    matches!(c, '\n' | '\r' | '\u{2028}' | '\u{2029}' | '\u{85}')
}

/// Stands between fields, never inside a value's ends.
pub(super) fn is_separator(c: char) -> bool {
    is_blank(c)
        || is_line_end(c)
        || is_ornament(c)
        || ",，;；、|。/\\·•*#>=~_\"'“”‘’「」『』<《》".contains(c)
}

/// Numbers in circles, arrows, boxes, dingbats, emoji and what joins them. Stars and signs of Chinese fonts
/// (★☆♀♂) are not: they stand in names.
fn is_ornament(c: char) -> bool {
    let emoji = matches!(c, '\u{20E3}' | '\u{2190}'..='\u{21FF}' | '\u{2460}'..='\u{24FF}'
        | '\u{2500}'..='\u{27BF}' | '\u{2B00}'..='\u{2BFF}' | '\u{3010}' | '\u{3011}' | '\u{1F000}'..='\u{1FAFF}');
    emoji && !matches!(c, '★' | '☆' | '♀' | '♂')
}
