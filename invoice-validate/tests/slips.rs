//! Slips of people and of text recognition: what is cleaned away, what is refused, and what is proposed.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod reference;

use invoice_validate::{resident_id, tax_id, uscc};
use proptest::prelude::*;

fn published() -> impl Iterator<Item = &'static str> {
    let lines = include_str!("golden/uscc_codes.txt").lines();
    lines.filter(|line| !line.starts_with('#')).map(|line| line.split('\t').next().unwrap())
}

fn suggestion(input: &str) -> Option<String> {
    let report = tax_id::check(input);
    report.faults().iter().find_map(|fault| fault.suggestion()).map(str::to_owned)
}

#[test]
fn what_takes_no_width_is_dropped_wherever_it_stands() {
    let invisible = [
        '\u{AD}', '\u{61C}', '\u{180E}', '\u{200B}', '\u{200C}', '\u{200D}', '\u{200E}', '\u{200F}',
        '\u{202A}', '\u{202B}', '\u{202C}', '\u{202D}', '\u{202E}', '\u{2060}', '\u{2066}', '\u{2067}',
        '\u{2068}', '\u{2069}', '\u{FE0E}', '\u{FE0F}', '\u{FEFF}', ' ', '\t', '\n', '\r', '\u{A0}',
        '\u{2007}', '\u{2009}', '\u{202F}', '\u{3000}', '-', '\u{2010}', '\u{2011}', '\u{2013}', '\u{2014}',
        '\u{2212}', '－',
    ];
    for code in ["91330100799655058B", "11010519491231002X", "440301192203821"] {
        for c in invisible {
            for at in [0, 4, code.len()] {
                let mut text = code.to_owned();
                text.insert(at, c);
                assert_eq!(tax_id::normalize(&text), code, "U+{:04X} at {at}", u32::from(c));
                assert!(tax_id::is_valid(&text) && tax_id::check(&text) == tax_id::check(code));
            }
        }
    }
}

#[test]
fn full_width_letters_and_small_letters_are_the_same_code() {
    let wide = |text: &str| -> String {
        text.chars().map(|c| char::from_u32(u32::from(c) + 0xFEE0).unwrap()).collect()
    };
    for code in published().chain(["11010519491231002X"]) {
        for text in [wide(code), wide(&code.to_lowercase()), code.to_lowercase()] {
            assert_eq!(tax_id::normalize(&text), code);
            assert!(tax_id::check(&text).is_empty(), "{text}");
        }
    }
}

/// Each letter that is drawn the same in another script: refused, its place named, the code proposed.
#[test]
fn letters_of_other_scripts_are_refused_and_proposed() {
    let pairs = "АA ВB СC ЕE НH КK МM РP ТT УY ХX ԚQ ԜW ΑA ΒB ΕE ΗH ΚK ΜM ΝN ΡP ΤT ΥY ΧX аA сC еE рP хX";
    for pair in pairs.split(' ') {
        let mut two = pair.chars();
        let (foreign, latin) = (two.next().unwrap(), two.next().unwrap());
        let code = published()
            .find(|code| code.contains(latin))
            .map_or_else(|| code_with(latin), |code| code.to_owned());
        let at = code.find(latin).unwrap();
        let slip = code.replacen(latin, &foreign.to_string(), 1);
        assert!(!uscc::is_valid(&slip) && !tax_id::is_valid(&slip), "{slip}");
        assert_ne!(tax_id::normalize(&slip), code, "never mapped");
        for report in [uscc::check(&slip), tax_id::check(&slip)] {
            let fault = &report.faults()[0];
            assert_eq!((fault.position(), fault.suggestion()), (Some(at + 1), Some(&*code)), "{slip}");
        }
    }
    for slip in ["11010519491231002Х", "11010519491231002Χ", "1101051949123100２х"] {
        for report in [resident_id::check(slip), tax_id::check(slip)] {
            let fault = &report.faults()[0];
            assert_eq!(
                (fault.position(), fault.suggestion()),
                (Some(18), Some("11010519491231002X")),
                "{slip}"
            );
        }
    }
}

/// A valid code that holds a letter no published one has.
fn code_with(letter: char) -> String {
    (1000..9999)
        .find_map(|number| {
            let organisation = format!("MA{letter}{number}{letter}");
            let inner = uscc::organisation::check_character(&organisation)?;
            let body = format!("91110000{organisation}{inner}");
            Some(format!("{body}{}", uscc::check_character(&body)?))
        })
        .unwrap()
}

#[test]
fn other_digits_and_accents_are_refused_and_proposed() {
    let code = "914403001922038216";
    let rows = [
        ("①14403001922038216".replace('①', "⑨"), 1),
        ("914403〇01922038216".to_owned(), 7),
        ("9\u{301}14403001922038216".to_owned(), 2),
        ("9\u{FE0F}\u{20E3}14403001922038216".to_owned(), 2),
        ("𝟗14403001922038216".to_owned(), 1),
        ("91440300¹922038216".to_owned(), 9),
    ];
    for (slip, position) in rows {
        let report = tax_id::check(&slip);
        assert!(!report.is_valid() && !uscc::is_valid(&slip), "{slip}");
        assert_eq!(report.faults()[0].position(), Some(position), "{slip}");
        assert_eq!(report.faults()[0].suggestion(), Some(code), "{slip}");
    }
    // A look-alike beside a letter for a digit, in one code.
    assert_eq!(suggestion("9I330100799655О58В").as_deref(), Some("91330100799655058B"));
    // Nothing is proposed where the result would not pass, and nothing for plain Chinese.
    for text in ["91330100799655059В", "统一社会信用代码", "９１Я330100799655058", "\u{301}"] {
        assert_eq!(suggestion(text), None, "{text}");
    }
}

/// O for 0 and I for 1, one of them or all of them, in every published code.
#[test]
fn letters_for_digits_are_proposed_in_every_published_code() {
    for code in published() {
        let mut slips =
            vec![code.replace('0', "O"), code.replace('1', "I"), code.replace('0', "O").replace('1', "I")];
        for (at, c) in code.char_indices().filter(|(_, c)| matches!(c, '0' | '1')) {
            let mut slip = code.to_owned();
            slip.replace_range(at..=at, if c == '0' { "O" } else { "I" });
            slips.push(slip);
        }
        for slip in slips.into_iter().filter(|slip| slip != code) {
            assert!(!tax_id::is_valid(&slip) && !uscc::is_valid(&slip), "{slip}");
            assert_eq!(tax_id::normalize(&slip), slip, "never mapped");
            assert_eq!(suggestion(&slip).as_deref(), Some(code), "{slip}");
            assert_eq!(suggestion(&slip.to_lowercase()).as_deref(), Some(code), "{slip}");
        }
    }
}

/// Every code one character away that passes everything, found by trying them all.
fn neighbours(code: &str) -> Vec<String> {
    let mut out = Vec::new();
    for at in 0..18 {
        for c in "0123456789ABCDEFGHJKLMNPQRTUWXY".chars() {
            let mut other = code.to_owned();
            other.replace_range(at..=at, &c.to_string());
            if other != code && reference::is_flawless(&other) {
                out.push(other);
            }
        }
    }
    out
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// One character changed into another of the alphabet: a correction is proposed exactly when there is one.
    #[test]
    fn a_single_change_is_proposed_when_it_is_the_only_one(
        index in 0_usize..90, at in 0_usize..18, value in 0_usize..31,
    ) {
        let code = published().nth(index).unwrap();
        let mut slip = code.to_owned();
        let range = if (2..8).contains(&at) { 10 } else { 31 };
        let c = char::from(uscc::ALPHABET[value % range]);
        slip.replace_range(at..=at, &c.to_string());
        prop_assume!(slip != code && !reference::resident_holds(&slip));
        let all = neighbours(&slip);
        prop_assert!(all.iter().any(|found| found == code));
        let wanted = if all.len() == 1 { Some(code) } else { None };
        let report = uscc::check(&slip);
        prop_assert_eq!(report.faults().iter().find_map(|fault| fault.suggestion()), wanted, "{} {:?}", slip, all);
    }
}
