//! Initials of Chinese names (拼音首字母), as people type them to find a tax code.

use invoice_core::tax::Initials;
use pinyin::{ToPinyin, ToPinyinMulti};

/// Most readings of one name that are kept; a name of many characters with two readings each has more than anybody types.
const MOST_READINGS: usize = 32;

/// Initials from the readings of the `pinyin` crate: every reading of a character counts (重 is z and c), up to 32 per
/// name, the most usual first.
///
/// ```
/// use invoice_core::tax::Initials;
/// use invoice_providers::pinyin::PinyinInitials;
/// assert_eq!(PinyinInitials.of("信息技术")[0], "xxjs");
/// assert!(PinyinInitials.of("重庆小面").contains(&"cqxm".to_owned()));
/// assert_eq!(PinyinInitials.of("LED 灯")[0], "led d");
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct PinyinInitials;

impl Initials for PinyinInitials {
    fn of(&self, name: &str) -> Vec<String> {
        let mut all = vec![String::new()];
        for character in name.chars() {
            let longer = |letter: String| all.iter().map(move |begun| format!("{begun}{letter}"));
            all = letters(character).into_iter().flat_map(longer).take(MOST_READINGS).collect();
        }
        all
    }
}

/// The initials of a character, the most usual reading first; itself where it has none.
fn letters(character: char) -> Vec<String> {
    let mut letters: Vec<String> = Vec::new();
    let usual = character.to_pinyin().into_iter();
    let others = character.to_pinyin_multi().into_iter().flatten();
    for reading in usual.chain(others) {
        let letter = reading.first_letter().to_owned();
        if !letters.contains(&letter) {
            letters.push(letter);
        }
    }
    if letters.is_empty() {
        letters.push(character.to_lowercase().collect());
    }
    letters
}

#[cfg(test)]
mod tests {
    use invoice_core::tax::{TaxSearch, TaxTable};

    use super::*;

    #[test]
    fn the_built_in_codes_are_found_by_initials() {
        let table = TaxTable::builtin();
        let search = TaxSearch::new(&table, &PinyinInitials);
        let day = "2026-05-01".parse().unwrap();
        for entry in table.entries().filter(|entry| !entry.is_summary()) {
            for typed in PinyinInitials.of(entry.name()) {
                let found = search.find(&typed, day, usize::MAX);
                assert!(found.contains(&entry), "{} by {typed}", entry.name());
            }
        }
    }

    #[test]
    fn readings_do_not_grow_without_end() {
        let long = "重行长乐".repeat(50);
        let all = PinyinInitials.of(&long);
        assert!(all.len() <= MOST_READINGS, "{}", all.len());
        assert!(all.iter().all(|read| read.chars().count() == 200));
        assert!(PinyinInitials.of("").iter().all(String::is_empty));
    }
}
