//! What every code validator does to its input first: drop what people and chat programs add.

use std::borrow::Cow;

/// Invisible: takes no width, yet makes two strings differ.
///
/// Soft hyphen, Mongolian vowel separator, zero-width and direction marks, word joiner, variation
/// selectors, byte order mark, interlinear marks, and the Unicode tag block.
pub(crate) fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{00AD}' | '\u{034F}' | '\u{061C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}'
        | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}'
        | '\u{2060}'..='\u{206F}' | '\u{2800}' | '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}'
        | '\u{FFF9}'..='\u{FFFB}' | '\u{E0000}'..='\u{E0FFF}')
}

/// Hyphens, dashes and minus signs that people put into long numbers.
pub(crate) fn is_hyphen(c: char) -> bool {
    matches!(c, '-' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{FE58}' | '\u{FE63}' | '\u{FF0D}')
}

/// The ASCII character a full-width one stands for (U+FF01 to U+FF5E, and the ideographic space).
pub(crate) fn half_width(c: char) -> char {
    match c {
        '\u{3000}' => ' ',
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(u32::from(c) - 0xFEE0).unwrap_or(c),
        _ => c,
    }
}

/// Full width to half width, no spaces, hyphens or invisible characters, ASCII letters in capitals.
///
/// Borrowed when there is nothing to change. Letters are never turned into digits.
pub(crate) fn compact(input: &str) -> Cow<'_, str> {
    if input.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit()) {
        return Cow::Borrowed(input);
    }
    let kept = |c: &char| !(c.is_whitespace() || c.is_control() || is_hyphen(*c) || is_invisible(*c));
    Cow::Owned(input.chars().map(half_width).filter(kept).map(|c| c.to_ascii_uppercase()).collect())
}

/// Like [`compact`], but keeps hyphens and single inner spaces, and the case of letters.
pub(crate) fn tidy(input: &str) -> Cow<'_, str> {
    let clean = |b: u8| b.is_ascii_graphic();
    if input.bytes().all(clean) {
        return Cow::Borrowed(input);
    }
    let mut out = String::with_capacity(input.len());
    let mut gap = false;
    for c in input.chars().map(half_width) {
        if is_invisible(c) {
            continue;
        }
        if c.is_whitespace() || c.is_control() {
            gap = !out.is_empty();
            continue;
        }
        if gap {
            out.push(' ');
            gap = false;
        }
        out.push(c);
    }
    Cow::Owned(out)
}
