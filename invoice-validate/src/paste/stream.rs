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
        let mark = |(start, c): (usize, char)| Mark {
            folded: normal::half_width(c).to_ascii_lowercase(),
            start,
            end: start + c.len_utf8(),
        };
        let marks: Vec<Mark> =
            input.char_indices().filter(|(_, c)| !normal::is_invisible(*c)).map(mark).collect();
        let work = Cell::new(marks.len());
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
    is_blank(c) || is_line_end(c) || ",，;；、|。/\\·•*#>=~_\"'“”‘’「」『』<《》".contains(c)
}
