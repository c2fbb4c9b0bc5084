//! Words put into lines of text that know which words they are.

use std::ops::Range;

use super::word::{Bounds, Word};

/// Most words of a picture that are looked at. A full page has some hundred.
const MAX_WORDS: usize = 5_000;

/// The text of a picture, line by line. Between words stands nothing, a blank, or two where a column ends.
pub(super) struct Lines {
    text: String,
    words: Vec<Placed>,
    /// Left and upper edge of all words, and their right and lower edge.
    left: u32,
    top: u32,
    right: u32,
    bottom: u32,
}

struct Placed {
    range: Range<usize>,
    confidence: u8,
    bounds: Bounds,
}

/// Where on the page: which half from left to right, and which from top to bottom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) right: bool,
    pub(super) lower: bool,
}

impl Lines {
    pub(super) fn of(words: &[Word]) -> Self {
        let edge = |edge: fn(Bounds) -> u32| words.iter().map(move |word| edge(word.bounds()));
        let mut lines = Self {
            text: String::new(),
            words: Vec::new(),
            left: edge(Bounds::left).min().unwrap_or(0),
            top: edge(Bounds::middle).min().unwrap_or(0),
            right: edge(Bounds::right).max().unwrap_or(0),
            bottom: edge(Bounds::middle).max().unwrap_or(0),
        };
        for line in grouped(words) {
            let mut before: Option<&Word> = None;
            for word in line {
                lines.text.push_str(before.map_or("", |before| between(before, word)));
                let start = lines.text.len();
                lines.text.push_str(word.text());
                let (confidence, bounds) = (word.confidence(), word.bounds());
                lines.words.push(Placed { range: start..lines.text.len(), confidence, bounds });
                before = Some(word);
            }
            lines.text.push('\n');
        }
        lines
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// How sure the least sure word is that a part of the text touches.
    pub(super) fn confidence(&self, part: &str) -> u8 {
        self.touched(part).map(|word| word.confidence).min().unwrap_or(0)
    }

    /// Where a part of the text begins.
    pub(super) fn place(&self, part: &str) -> Option<Place> {
        let bounds = self.touched(part).next()?.bounds;
        let half = |from: u32, to: u32| from.saturating_add(to.saturating_sub(from) / 2);
        Some(Place {
            right: bounds.left() > half(self.left, self.right),
            lower: bounds.middle() > half(self.top, self.bottom),
        })
    }

    /// The words that a part of the text touches; none for what is no part of it.
    fn touched(&self, part: &str) -> impl Iterator<Item = &Placed> {
        let from = part.as_ptr().addr().wrapping_sub(self.text.as_ptr().addr());
        let to = from.saturating_add(part.len());
        self.words.iter().filter(move |word| word.range.start < to && from < word.range.end)
    }
}

/// Words in lines, from left to right, lines from the top. A word goes on the line whose last word stands nearest to its own
/// height, so that lines may lean.
fn grouped(words: &[Word]) -> Vec<Vec<&Word>> {
    let mut sorted: Vec<&Word> =
        words.iter().filter(|word| !word.text().is_empty()).take(MAX_WORDS).collect();
    sorted.sort_by_key(|word| (word.bounds().left(), word.bounds().top()));
    let mut lines: Vec<Vec<&Word>> = Vec::new();
    for word in sorted {
        let bounds = word.bounds();
        let distance = |line: &Vec<&Word>| {
            let last = line.last()?.bounds();
            let apart = last.middle().abs_diff(bounds.middle());
            (u64::from(apart) * 2 <= u64::from(last.height().max(bounds.height()))).then_some(apart)
        };
        let near = lines.iter_mut().filter_map(|line| Some((distance(line)?, line)));
        match near.min_by_key(|(apart, _)| *apart) {
            Some((_, line)) => line.push(word),
            None => lines.push(vec![word]),
        }
    }
    lines.sort_by_key(|line| {
        let sum: u64 = line.iter().map(|word| u64::from(word.bounds().middle())).sum();
        sum / u64::try_from(line.len()).unwrap_or(1).max(1)
    });
    lines
}

/// What stands between two words of a line. Recognisers cut Chinese into characters, so most often nothing.
fn between(before: &Word, word: &Word) -> &'static str {
    let gap = word.bounds().left().saturating_sub(before.bounds().right());
    let height = before.bounds().height().max(word.bounds().height());
    let plain = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    let words = plain(before.text().chars().last()) && plain(word.text().chars().next());
    if gap / 2 > height {
        "  "
    } else if words && gap > height / 4 {
        " "
    } else {
        ""
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word(text: &str, left: u32, top: u32, width: u32) -> Word {
        Word::new(text, 90, Bounds::new(left, top, width, 20))
    }

    #[test]
    fn words_become_lines_whatever_their_order_and_however_they_lean() {
        let words = |lean: u32| {
            let at = |left: u32, top: u32| top + left * lean / 60;
            vec![
                word("¥113.00", 700, at(700, 150), 80),
                word("名", 20, at(20, 100), 18),
                word("称", 40, at(40, 100), 18),
                word("：", 60, at(60, 101), 10),
                word("名称：", 500, at(500, 100), 60),
                word("某公司", 75, at(75, 99), 60),
                word("小写", 600, at(600, 150), 40),
                word("AB", 600, at(600, 100), 30),
                word("CD", 640, at(640, 100), 30),
                word("12", 300, at(300, 150), 30),
                word("34", 332, at(332, 150), 30),
            ]
        };
        // Up to a degree and a half, to either side it is the same.
        for lean in [0, 1] {
            let mut words = words(lean);
            for _ in 0..words.len() {
                words.rotate_left(1);
                let lines = Lines::of(&words);
                assert_eq!(lines.text(), "名称：某公司  名称：AB CD\n1234  小写  ¥113.00\n");
            }
        }
    }

    #[test]
    fn a_part_of_the_text_knows_its_words() {
        let lines = Lines::of(&[word("甲", 0, 0, 20), Word::new("乙丙", 40, Bounds::new(21, 0, 40, 20))]);
        assert_eq!(lines.text(), "甲乙丙\n");
        assert_eq!(lines.confidence(&lines.text()[..3]), 90);
        assert_eq!(lines.confidence(&lines.text()[..4 + 2]), 40);
        assert_eq!(lines.confidence("甲"), 0, "another text");
        assert_eq!(lines.confidence(&lines.text()[3..3]), 0, "nothing");
    }

    /// Sizes that no picture has, and more words than are looked at.
    #[test]
    fn strange_words_do_no_harm() {
        let far = Bounds::new(u32::MAX, u32::MAX, u32::MAX, u32::MAX);
        let mut words = vec![
            Word::new("远", 255, far),
            Word::new("", 9, far),
            Word::new("近", 9, Bounds::new(0, 0, 0, 0)),
        ];
        let text = Lines::of(&words).text().to_owned();
        assert_eq!(text, "近\n远\n");
        words.extend((0..6_000).map(|n| word("字", n * 25, 0, 20)));
        assert_eq!(Lines::of(&words).words.len(), MAX_WORDS);
    }
}
