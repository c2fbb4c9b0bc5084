//! Characters of other scripts that look like a letter or digit of a code.
//!
//! Never mapped silently: what is meant by them is a suggestion, made only where the result passes.
//!
//! Source of the letter pairs: Unicode Technical Standard 39, confusables, the capitals whose glyphs are
//! the same in common fonts.

/// Letters drawn like a Latin capital: Cyrillic, Greek, each beside what it is taken for.
const LETTERS: [(char, char); 32] = [
    ('А', 'A'),
    ('В', 'B'),
    ('С', 'C'),
    ('Е', 'E'),
    ('Н', 'H'),
    ('І', 'I'),
    ('Ј', 'J'),
    ('К', 'K'),
    ('М', 'M'),
    ('О', 'O'),
    ('Р', 'P'),
    ('Ѕ', 'S'),
    ('Т', 'T'),
    ('У', 'Y'),
    ('Х', 'X'),
    ('З', '3'),
    ('Ԛ', 'Q'),
    ('Ԝ', 'W'),
    ('Α', 'A'),
    ('Β', 'B'),
    ('Ε', 'E'),
    ('Ζ', 'Z'),
    ('Η', 'H'),
    ('Ι', 'I'),
    ('Κ', 'K'),
    ('Μ', 'M'),
    ('Ν', 'N'),
    ('Ο', 'O'),
    ('Ρ', 'P'),
    ('Τ', 'T'),
    ('Υ', 'Y'),
    ('Χ', 'X'),
];

/// The Latin capital or digit a Cyrillic or Greek letter is drawn like, in either case.
pub(crate) fn letter(c: char) -> Option<char> {
    if !matches!(c, '\u{370}'..='\u{52F}') {
        return None;
    }
    let mut capitals = c.to_uppercase();
    let capital = capitals.next().filter(|_| capitals.next().is_none())?;
    LETTERS.iter().find(|(seen, _)| *seen == capital).map(|(_, meant)| *meant)
}

/// The digit inside a circle, above or below the line, or in one of the mathematical alphabets.
fn digit(c: char) -> Option<char> {
    let offset = |first: char| u32::from(c) - u32::from(first);
    let value = match c {
        '〇' | '\u{2070}' => 0,
        '\u{B9}' => 1,
        '\u{B2}' | '\u{B3}' => offset('\u{B0}'),
        '\u{2074}'..='\u{2079}' => offset('\u{2070}'),
        '\u{2080}'..='\u{2089}' => offset('\u{2080}'),
        '\u{2460}'..='\u{2468}' => offset('\u{2460}') + 1,
        '\u{1D7CE}'..='\u{1D7FF}' => offset('\u{1D7CE}') % 10,
        _ => return None,
    };
    char::from_digit(value, 10)
}

/// Accents and enclosures that stand over the character before them.
fn is_combining(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36F}' | '\u{483}'..='\u{489}' | '\u{20D0}'..='\u{20FF}')
}

/// The code that was meant, when something was changed and only capitals and digits are left.
///
/// Takes a compact text; letters of the code's own script stay what they are, also where they are wrong.
pub(crate) fn plain(compact: &str) -> Option<String> {
    if compact.is_ascii() || compact.len() > 200 {
        return None;
    }
    let mut out = String::with_capacity(compact.len());
    for c in compact.chars().filter(|c| !is_combining(*c)) {
        let meant = if c.is_ascii_alphanumeric() { Some(c) } else { letter(c).or_else(|| digit(c)) };
        out.push(meant?);
    }
    Some(out)
}

/// Letters that look like digits as those digits: O755-2878O8O8. Anything else stays.
pub(crate) fn digits_meant(text: &str) -> String {
    let meant = |c| match c {
        'O' | 'o' | 'Q' | 'D' => '0',
        'I' | 'l' | 'i' | '|' => '1',
        'Z' | 'z' => '2',
        'S' | 's' => '5',
        'B' => '8',
        other => other,
    };
    text.chars().map(meant).collect()
}
