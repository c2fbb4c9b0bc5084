//! How wide text is, how it is broken and where it begins.

use super::{Ink, Mark};

/// What is known of a font.
pub(in crate::document) trait Measure {
    /// Advance of a character in thousandths of an em.
    fn advance(&self, c: char) -> i32;

    /// Width of a text on one line.
    fn width(&self, text: &str, size: i32) -> i32 {
        let sum: i64 = text.chars().map(|c| i64::from(self.advance(c))).sum();
        i32::try_from(sum * i64::from(size) / 1_000).unwrap_or(i32::MAX)
    }
}

/// A font whose ASCII is half an em wide and everything else an em, as 宋体 is.
#[cfg(any(feature = "ofd", test))]
pub(in crate::document) struct HalfWidth;

#[cfg(any(feature = "ofd", test))]
impl Measure for HalfWidth {
    fn advance(&self, c: char) -> i32 {
        if c.is_ascii() { 500 } else { 1_000 }
    }
}

/// Where a text stands within its width.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Align {
    Left,
    Centre,
    Right,
}

/// Points, in micrometres.
pub(super) const fn points(tenths: i32) -> i32 {
    // A point is 25.4 / 72 millimetres.
    tenths * 2_540 / 72
}

/// Sizes that filled-in text is tried in, the usual one first (layout rules, preface of section three: 9 pt, smaller or
/// broken where needed).
pub(super) const SIZES: [i32; 5] = [points(90), points(80), points(70), points(60), points(50)];

/// A box of text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    pub(super) x: i32,
    pub(super) width: i32,
    pub(super) align: Align,
    pub(super) ink: Ink,
}

impl Place {
    pub(super) const fn new(x: i32, width: i32, align: Align, ink: Ink) -> Self {
        Self { x, width, align, ink }
    }

    /// One line of text on a base line.
    pub(super) fn line(&self, measure: &dyn Measure, text: &str, size: i32, y: i32) -> Mark {
        let left = self.width.saturating_sub(measure.width(text, size));
        let x = match self.align {
            Align::Left => self.x,
            Align::Centre => self.x + left / 2,
            Align::Right => self.x + left,
        };
        Mark::Text { x, y, size, ink: self.ink, text: text.to_owned() }
    }

    /// One line, in the largest size in which it fits, the smallest where none does.
    pub(super) fn fitted(&self, measure: &dyn Measure, text: &str, y: i32) -> Mark {
        let fits = |size: &&i32| measure.width(text, **size) <= self.width;
        let size = SIZES.iter().find(fits).or(SIZES.last()).copied().unwrap_or_default();
        // What does not fit the smallest size is a number that no form has room for: smaller still.
        let width = measure.width(text, size).max(1);
        let size = if width > self.width {
            i32::try_from(i64::from(size) * i64::from(self.width) / i64::from(width)).unwrap_or(size)
        } else {
            size
        };
        self.line(measure, text, size, y)
    }

    /// Several lines from the top of a box of a height, in the largest size in which all fit. What does not fit in the
    /// smallest is cut off, visibly.
    pub(super) fn filled(&self, measure: &dyn Measure, text: &str, top: i32, height: i32) -> Vec<Mark> {
        let mut lines = Vec::new();
        let mut size = 0;
        for tried in SIZES {
            size = tried;
            lines = broken(measure, text, size, self.width);
            if i32::try_from(lines.len()).is_ok_and(|lines| lines.saturating_mul(step(size)) <= height) {
                break;
            }
        }
        let most = usize::try_from(height / step(size)).unwrap_or(1).max(1);
        if lines.len() > most {
            lines.truncate(most);
            if let Some(last) = lines.last_mut() {
                last.pop();
                last.push('…');
            }
        }
        let base = |index: i32| top + step(size) * index + size;
        (0..).zip(&lines).map(|(index, line)| self.line(measure, line, size, base(index))).collect()
    }
}

/// From one base line to the next.
const fn step(size: i32) -> i32 {
    size * 5 / 4
}

/// Breaks text into lines of at most a width: between any two characters of Chinese, after blanks and hyphens otherwise,
/// and within a word that is longer than a line.
pub(super) fn broken(measure: &dyn Measure, text: &str, size: i32, width: i32) -> Vec<String> {
    let room = i64::from(width) * 1_000 / i64::from(size.max(1));
    let mut lines = Vec::new();
    for paragraph in text.lines() {
        let mut line = String::new();
        // Widths up to now, and up to where the line may be broken.
        let (mut used, mut last) = (0_i64, None);
        for c in paragraph.chars() {
            let advance = i64::from(measure.advance(c));
            if used + advance > room && !line.is_empty() {
                let rest = match last {
                    Some((at, before)) if at < line.len() => {
                        used -= before;
                        line.split_off(at)
                    }
                    _ => {
                        used = 0;
                        String::new()
                    }
                };
                lines.push(std::mem::replace(&mut line, rest));
                last = None;
            }
            line.push(c);
            used += advance;
            if !c.is_ascii() || matches!(c, ' ' | '-' | ';' | ',') {
                last = Some((line.len(), used));
            }
        }
        lines.push(line);
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_broken_where_it_may_be_and_nothing_is_lost() {
        for (text, want) in [
            ("一二三四五六", &["一二三四", "五六"][..]),
            ("ab cdefghij", &["ab ", "cdefghij"]),
            ("abcdefghijkl", &["abcdefgh", "ijkl"]),
            ("一二ABCDEF三", &["一二", "ABCDEF三"]),
            ("一\n二", &["一", "二"]),
            ("", &[]),
        ] {
            assert_eq!(broken(&HalfWidth, text, 1_000, 4_000), want, "{text}");
        }
        let long = "很长的名称 with words ".repeat(50);
        let lines = broken(&HalfWidth, &long, 1_000, 7_300);
        assert_eq!(lines.concat(), long);
        assert!(lines.iter().all(|line| HalfWidth.width(line, 1_000) <= 7_300));
    }

    #[test]
    fn what_does_not_fit_gets_smaller_and_is_cut_off_visibly_at_last() {
        let place = Place::new(0, 20_000, Align::Left, Ink::Value);
        let size_of = |text: &str| match place.filled(&HalfWidth, text, 0, 8_000).as_slice() {
            [Mark::Text { size, .. }, ..] => *size,
            _ => 0,
        };
        assert_eq!(size_of("短"), SIZES[0]);
        assert_eq!(size_of(&"长".repeat(30)), SIZES[4].max(size_of(&"长".repeat(30))));
        let marks = place.filled(&HalfWidth, &"长".repeat(500), 0, 8_000);
        let Some(Mark::Text { text, y, .. }) = marks.last() else { panic!("no text") };
        assert!(text.ends_with('…') && *y <= 8_000);
        let Mark::Text { x, size, text, .. } = place.fitted(&HalfWidth, &"9".repeat(80), 0) else {
            panic!("no text")
        };
        assert!(x >= 0 && HalfWidth.width(&text, size) <= 20_000);
    }
}
