//! Capital amounts: vectors, both permitted forms, round trip.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use invoice_validate::{amount, capital};
use proptest::prelude::*;

const VECTORS: [(&str, &str); 29] = [
    ("0", "零圆整"),
    ("0.01", "壹分"),
    ("0.10", "壹角整"),
    ("0.11", "壹角壹分"),
    ("2.12", "贰圆壹角贰分"),
    ("10", "壹拾圆整"),
    ("10.05", "壹拾圆零伍分"),
    ("10.50", "壹拾圆伍角整"),
    ("101.50", "壹佰零壹圆伍角整"),
    ("960.50", "玖佰陆拾圆伍角整"),
    ("1004.56", "壹仟零肆圆伍角陆分"),
    ("1320.56", "壹仟叁佰贰拾圆伍角陆分"),
    ("6132.50", "陆仟壹佰叁拾贰圆伍角整"),
    ("10000", "壹万圆整"),
    ("10001", "壹万零壹圆整"),
    ("16405.06", "壹万陆仟肆佰零伍圆零陆分"),
    ("17657.07", "壹万柒仟陆佰伍拾柒圆零柒分"),
    ("29659.50", "贰万玖仟陆佰伍拾玖圆伍角整"),
    ("107000.53", "壹拾万柒仟圆伍角叁分"),
    ("100000000", "壹亿圆整"),
    ("100000001", "壹亿零壹圆整"),
    ("1000010000", "壹拾亿零壹万圆整"),
    ("1000000000000", "壹万亿圆整"),
    ("1000000010000000", "壹仟万亿壹仟万圆整"),
    ("10000000000000000", "壹亿亿圆整"),
    ("10000000100000000", "壹亿零壹亿圆整"),
    ("-130", "（负数）壹佰叁拾圆整"),
    ("92233720368547758.07", "玖亿贰仟贰佰叁拾叁万柒仟贰佰零叁亿陆仟捌佰伍拾肆万柒仟柒佰伍拾捌圆零柒分"),
    (
        "-92233720368547758.08",
        "（负数）玖亿贰仟贰佰叁拾叁万柒仟贰佰零叁亿陆仟捌佰伍拾肆万柒仟柒佰伍拾捌圆零捌分",
    ),
];

#[test]
fn vectors_both_ways() {
    for (decimal, text) in VECTORS {
        let fen = amount::parse(decimal).unwrap();
        assert_eq!(capital::to_string(fen), text, "{decimal}");
        assert_eq!(capital::parse(text), Ok(fen), "{text}");
        assert!(capital::check(text).is_empty(), "{text}");
    }
}

#[test]
fn both_permitted_forms_and_the_usual_dress_are_read() {
    let rows = [
        ("人民币壹仟零贰拾肆元整", 102_400),
        ("⊗贰万玖仟陆佰伍拾玖圆伍角整", 2_965_950),
        ("ⓧ壹拾圆零伍分", 1005),
        ("壹仟柒佰圆零叁角贰分", 170_032),
        ("壹拾万零柒仟圆零伍角叁分", 10_700_053),
        ("壹拾万柒仟圆伍角叁分", 10_700_053),
        ("貳萬玖仟陸佰伍拾玖圓伍角正", 2_965_950),
        ("壹角", 10),
        ("负壹圆整", -100),
        ("负数壹圆整", -100),
        ("壹佰圆", 10_000),
        ("零圆整", 0),
        ("零元", 0),
        ("人民币： 壹 佰 圆 整", 10_000),
    ];
    for (text, fen) in rows {
        assert_eq!(capital::parse(text), Ok(fen), "{text}");
    }
    assert_eq!(capital::check("壹佰圆").faults()[0].code().as_str(), "CAPITAL-05");
}

#[test]
fn what_is_not_a_capital_amount_is_refused() {
    for text in [
        "",
        "壹",
        "壹万万元整",
        "圆整",
        "壹佰壹圆整",
        "壹圆贰圆",
        "壹圆五角",
        "壹分整",
        "壹圆壹角壹分整",
        "零",
        "壹仟佰圆整",
        "壹佰零圆整",
        "壹圆零",
        "壹拾拾圆整",
        "壹零圆整",
        "零壹圆整",
        "壹佰零壹拾圆整",
        "壹圆壹分",
        "拾圆整",
        "一百元整",
        "万圆整",
        "壹亿壹圆整",
        "整",
        "壹佰贰拾圆零零伍分",
        "负",
        "100元",
        "壹万贰佰圆整",
        "壹拾贰万零叁仟圆整",
        "壹圆零贰角整",
        "玖佰亿亿圆整",
        "壹亿亿亿亿圆整",
    ] {
        assert!(capital::parse(text).is_err(), "{text} is {:?}", capital::parse(text));
    }
    assert!(capital::parse(&"壹亿".repeat(100_000)).is_err());
}

#[test]
fn every_small_amount_and_many_larger_read_back() {
    let mut text = String::new();
    let near = (0..200_000).chain((200_000..100_000_000).step_by(997));
    for fen in near {
        text.clear();
        capital::write(fen, &mut text);
        assert_eq!(capital::parse(&text), Ok(fen), "{fen}: {text}");
    }
}

#[test]
fn patterns_of_zero_digits_read_back() {
    // 17 digits of yuan and 2 of cents, each zero or not: of the 2^19 patterns the lowest 2^12, then every fifth.
    let mut buffer = [0; capital::MAX_BYTES];
    for pattern in 0..1_u32 << 19 {
        let mut fen = 0_i64;
        for place in (0..19).rev() {
            let digit =
                if pattern >> place & 1 == 1 { 1 + i64::from(pattern.count_ones() + place) % 8 } else { 0 };
            fen = fen.wrapping_mul(10).wrapping_add(digit);
        }
        if fen < 0 || pattern % 5 != 0 && pattern >> 12 != 0 {
            continue;
        }
        let length = capital::write_into(fen, &mut buffer).unwrap();
        let text = std::str::from_utf8(&buffer[..length]).unwrap();
        assert_eq!(capital::parse(text), Ok(fen), "{text}");
    }
}

#[test]
fn a_small_buffer_says_how_much_is_needed() {
    let error = capital::write_into(2_965_950, &mut [0; 10]).unwrap_err();
    assert_eq!(error.needed, "贰万玖仟陆佰伍拾玖圆伍角整".len());
    let mut exact = vec![0; error.needed];
    assert_eq!(capital::write_into(2_965_950, &mut exact), Ok(error.needed));
}

proptest! {
    #[test]
    fn any_i64_reads_back(fen in any::<i64>()) {
        let text = capital::to_string(fen);
        prop_assert!(text.len() <= capital::MAX_BYTES);
        prop_assert_eq!(capital::parse(&text), Ok(fen));
        let mut buffer = [0; capital::MAX_BYTES];
        let length = capital::write_into(fen, &mut buffer).unwrap();
        prop_assert_eq!(&buffer[..length], text.as_bytes());
        prop_assert_eq!(amount::parse(&amount::format(&fen)), Ok(fen));
    }

    #[test]
    fn what_is_read_is_one_of_the_permitted_forms(text in "[零壹贰玖拾佰仟万亿圆角分整]{1,12}") {
        if let Ok(fen) = capital::parse(&text) {
            // Without 零 and 整 a text that was read is the text that would be written.
            let bare = |text: &str| text.replace(['零', '整'], "");
            let written = capital::to_string(fen);
            prop_assert!(bare(&text) == bare(&written) || bare(&text).strip_prefix('圆') == Some(&bare(&written)), "{} {}", text, written);
        }
    }
}
