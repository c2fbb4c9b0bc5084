//! Pictures that stand within a drawing.

/// Longest side of such a picture. It should have no more than some thousand bytes.
const MAX_SIDE: u32 = 4_096;

/// Neither a blank nor a mark that ends a word.
pub(super) fn is_regular(byte: u8) -> bool {
    !byte.is_ascii_whitespace() && !b"\0()<>[]{}/%".contains(&byte)
}

/// Whether every picture that stands within a drawing (between BI and ID) says plainly that it is small. What only looks
/// like the beginning of one counts as well.
pub(super) fn are_small(drawing: &[u8]) -> bool {
    // B and I by their numbers.
    if drawing.windows(3).any(|three| three == b"#42" || three == b"#49") {
        return false;
    }
    let mut first = None;
    for (at, byte) in drawing.iter().copied().enumerate() {
        if !is_regular(byte) {
            first = None;
            continue;
        }
        // What begins with a letter is one word; figures may end before it.
        let begins = first.is_none_or(|first: u8| !first.is_ascii_alphabetic());
        first.get_or_insert(byte);
        let rest = drawing.get(at..).unwrap_or_default();
        if let Some(head) = rest.strip_prefix(b"BI").filter(|_| begins)
            && head.first().is_none_or(|byte| !is_regular(*byte))
            && !is_small(head)
        {
            return false;
        }
    }
    true
}

/// Whether what stands before ID are names and plain values, of which width and height are given once and small, and no
/// packing has a size of its own.
fn is_small(picture: &[u8]) -> bool {
    const LONGEST: usize = 1_024;
    let head = picture.get(..LONGEST).unwrap_or(picture);
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"/.+-_[]<> \t\r\n\x0c".contains(byte);
    let end = head.iter().position(|byte| !plain(byte)).unwrap_or(head.len());
    let Some(head) = head.get(..end).and_then(|head| std::str::from_utf8(head).ok()) else { return false };
    let mut spaced = String::new();
    for c in head.chars() {
        match c {
            '/' => spaced.push_str(" /"),
            '[' | ']' | '<' | '>' => spaced.extend([' ', c, ' ']),
            _ => spaced.push(c),
        }
    }
    let mut words = spaced.split_ascii_whitespace();
    let mut sides: [Option<u32>; 2] = [None, None];
    loop {
        let Some(key) = words.next() else { return false };
        if key.starts_with("ID") {
            return sides.iter().all(|side| side.is_some_and(|side| side <= MAX_SIDE));
        }
        let Some(value) = words.next().filter(|_| key.starts_with('/')) else { return false };
        let side = match key {
            "/W" | "/Width" => 0,
            "/H" | "/Height" => 1,
            _ if is_plain(value, &mut words) => continue,
            _ => return false,
        };
        let Some(side) = sides.get_mut(side).filter(|side| side.is_none()) else { return false };
        *side = value.parse().ok();
        if side.is_none() {
            return false;
        }
    }
}

/// Whether a value, of which this is the first word, is a name, a number, or a list of them: nothing within which other
/// values stand.
fn is_plain<'a>(value: &str, words: &mut impl Iterator<Item = &'a str>) -> bool {
    let own_size =
        |word: &str| ["DCT", "JPX", "JBIG2", "CCF", "CCITT"].iter().any(|name| word.contains(name));
    let single = |word: &str| {
        let is_number = word.bytes().all(|byte| byte.is_ascii_digit() || b".+-".contains(&byte));
        let is_name = word.starts_with('/') && !own_size(word);
        is_name || is_number || matches!(word, "true" | "false" | "null")
    };
    match value {
        "<" => is_hex(words),
        "[" => loop {
            match words.next() {
                Some("]") => return true,
                Some("<") if is_hex(words) => {}
                Some(word) if single(word) => {}
                _ => return false,
            }
        },
        _ => single(value),
    }
}

/// Whether digits of bytes follow, and their end.
fn is_hex<'a>(words: &mut impl Iterator<Item = &'a str>) -> bool {
    words.find(|word| !word.bytes().all(|byte| byte.is_ascii_hexdigit())) == Some(">")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Heads that are drawn, and all ways known to say one size to who checks and another to who draws.
    #[test]
    fn pictures_in_a_drawing_are_small_only_where_they_say_so_plainly() {
        for small in [
            "",
            "q 1 0 0 1 0 0 cm (BIG) Tj /BI_1 gs Q",
            "BI /W 3 /H 3 /BPC 8 /CS /G ID 012345678 EI",
            "BI/W 3/H 3/IM true/D[1 0]/F[/A85/Fl]ID\nxyz EI",
            "BI\n/Width 3\n/Height 3\n/CS [/Indexed /RGB 1 <000000 FFFFFF>]\n/BPC 1\nID \u{80}\u{0} EI",
            "BI /W 1 /H 1 /X /ID /BPC 1 ID x EI",
        ] {
            assert!(are_small(small.as_bytes()), "{small}");
        }
        for not in [
            "BI /W 1 /H 1 /BPC 1 /CS /G /X /ID /W 2000000000 /H 2000000000 ID x EI",
            "BI /W 1 /H 1 /X/ID /Width 2000000000 ID x EI",
            "BI /W 1 /H 1 /X (ID) /W 2000000000 ID x EI",
            "BI /W 1 /H 1 /X <4944> /W 2000000000 ID x EI",
            "BI /W 1 /H 1 % ID\n/W 2000000000 ID x EI",
            "BI /W 1 /H 1 /#57 2000000000 ID x EI",
            "BI /W 1 /H 1 /X [/ID [0]] /W 2000000000 ID x EI",
            "BI /Width 1 /H 1 /W 2000000000 ID x EI",
            "BI /W 1 /W 1 /H 1 ID x EI",
            "BI /W 4097 /H 1 ID x EI",
            "BI /W -1 /H 1 ID x EI",
            "BI /W 1.0 /H 1 ID x EI",
            "BI /W 1 ID x EI",
            "BI /H 1 ID x EI",
            "BI /W 1 /H 1",
            "BI /W 1 /H 1 /F /CCF ID x EI",
            "BI /W 1 /H 1 /F [/Fl /DCT] ID x EI",
            "BI /W 1 /H 1 /F /CCF /DP << /Columns 2000000000 >> ID x EI",
            "BI /W 1 /H 1 /F /Fl /DP <</Predictor 12 /Colors 2000000000>> ID x EI",
            "BI /W 1 /H 1 /X\u{b}/Y /W 2000000000 ID x EI",
            "BI /W 1 /H 1 7 /W 2000000000 ID x EI",
            "5BI /W 2000000000 /H 1 ID x EI",
            "()BI /W 2000000000 /H 1 ID x EI",
            "BI[ /W 2000000000 /H 1 ID x EI",
            "B#49 /W 2000000000 /H 1 ID x EI",
            "#42#49 /W 2000000000 /H 1 ID x EI",
        ] {
            assert!(!are_small(not.as_bytes()), "{not}");
        }
    }
}
