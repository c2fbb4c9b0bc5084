//! Free text fields: length by channel, and characters that do not survive the trip.
//!
//! Lengths are dated data, each channel's with its source: [`Limits::source`]. A limit that no document
//! states is [`Basis::Assumed`], and going over it a warning. Lengths count characters, not bytes.
//!
//! ```
//! use invoice_validate::text::{self, ChannelProfile, Field};
//! let remark = "订".repeat(201);
//! assert!(text::check(&remark, Field::Remark, ChannelProfile::Bureau).is_valid());
//! assert!(!text::check(&remark, Field::Remark, ChannelProfile::WebBureau).is_valid());
//! assert_eq!(text::normalize("  华为\u{200B}技术 "), "华为技术");
//! ```

use std::borrow::Cow;

use crate::rule::field as rule;
use crate::{Fault, Report, normal};

mod profile;

pub use profile::{Basis, ChannelProfile, Field, Limit, Limits};

/// Width units the remark area of the page shows, a Chinese character counting three; what is longer
/// ends in an ellipsis there. From the bureau's answers on the digital invoice; approximate.
const REMARK_WIDTH: usize = 630;

/// Findings on a text in a field of a channel, under the limits in force now.
pub fn check(input: &str, field: Field, channel: ChannelProfile) -> Report {
    check_with(input, field, Limits::current(channel))
}

/// Findings under given limits, for instance [`Limits::on`] a date.
pub fn check_with(input: &str, field: Field, limits: &Limits) -> Report {
    let mut report = check_characters(input);
    let length = input.chars().count();
    if let Some(limit) = limits.of(field).filter(|limit| length > limit.max) {
        let rule = match limit.basis {
            Basis::Published => &rule::TEXT_LONG,
            Basis::Assumed => &rule::TEXT_LONG_MAYBE,
        };
        report.push(Fault::new(rule).with_position(limit.max + 1).with_expected(limit.max.to_string()));
    }
    if matches!(field, Field::Remark | Field::RedRemark) && report.is_valid() && width(input) > REMARK_WIDTH {
        report.push(Fault::new(&rule::TEXT_CUT));
    }
    report
}

/// Whether no finding is an error.
pub fn is_valid(input: &str, field: Field, channel: ChannelProfile) -> bool {
    check(input, field, channel).is_valid()
}

/// Findings on the characters alone; the first of each sort is reported.
pub fn check_characters(input: &str) -> Report {
    let mut report = Report::new();
    if input.bytes().all(|b| b.is_ascii_graphic() && b != b'\\') {
        return report;
    }
    let (mut control, mut invisible, mut vanishing) = (None, None, None);
    for (index, c) in input.chars().enumerate() {
        if c.is_control() {
            control.get_or_insert(index + 1);
        } else if normal::is_invisible(c) {
            invisible.get_or_insert(index + 1);
        } else if may_vanish(c) {
            vanishing.get_or_insert(index + 1);
        }
    }
    let found = [
        (&rule::TEXT_CONTROL, control),
        (&rule::TEXT_ESCAPE, escape_position(input)),
        (&rule::TEXT_INVISIBLE, invisible),
        (&rule::TEXT_VANISHING, vanishing),
    ];
    for (rule, position) in found {
        if let Some(position) = position {
            report.push(Fault::new(rule).with_position(position));
        }
    }
    if input.starts_with(char::is_whitespace) || input.ends_with(char::is_whitespace) {
        report.push(Fault::new(&rule::TEXT_EDGE));
    }
    report
}

/// Without invisible characters, control characters as spaces, runs of spaces as one, ends trimmed.
///
/// Width and case stay: a name is printed as it is registered.
pub fn normalize(input: &str) -> Cow<'_, str> {
    let mut previous = ' ';
    let clean = input.chars().all(|c| {
        let double = c == ' ' && previous == ' ';
        previous = c;
        !(double || c.is_control() || normal::is_invisible(c) || (c.is_whitespace() && c != ' '))
    });
    if clean && !input.ends_with(' ') {
        return Cow::Borrowed(input);
    }
    let mut out = String::with_capacity(input.len());
    for c in input.chars().filter(|c| !normal::is_invisible(*c)) {
        if !(c.is_whitespace() || c.is_control()) {
            out.push(c);
        } else if !out.is_empty() && !out.ends_with(' ') {
            out.push(' ');
        }
    }
    out.truncate(out.trim_end().len());
    Cow::Owned(out)
}

/// Characters that fonts of the layout file lack, so that the place stays empty on the page.
///
/// The bureau says that rare characters may vanish and gives no list. These lie outside the GBK repertoire
/// for certain: accents that stand over another character, CJK extension A, private use, non-characters,
/// everything above U+FFFF (rare characters of names, emoji), and the signs of U+2600 to U+27BF but for the
/// five that GBK has: ★ ☆ ☉ ♀ ♂.
pub fn may_vanish(c: char) -> bool {
    let absent = matches!(c, '\u{300}'..='\u{36F}' | '\u{20D0}'..='\u{20FF}' | '\u{3400}'..='\u{4DBF}'
        | '\u{E000}'..='\u{F8FF}' | '\u{FDD0}'..='\u{FDEF}' | '\u{FFFD}'..='\u{FFFF}' | '\u{2600}'..='\u{27BF}'
        | '\u{10000}'..);
    absent && !matches!(c, '★' | '☆' | '☉' | '♀' | '♂')
}

/// Width on the page: three units for a wide character, two for a narrow one.
fn width(text: &str) -> usize {
    text.chars().map(|c| if u32::from(c) < 0x1100 { 2 } else { 3 }).sum()
}

/// 1-based position of a `\uXXXX` that some serialiser left behind; the bureau forbids them.
fn escape_position(input: &str) -> Option<usize> {
    let at = input.match_indices("\\u").find(|(at, _)| {
        let rest = &input.as_bytes()[at + 2..];
        rest.len() >= 4 && rest[..4].iter().all(u8::is_ascii_hexdigit)
    })?;
    Some(input[..at.0].chars().count() + 1)
}
