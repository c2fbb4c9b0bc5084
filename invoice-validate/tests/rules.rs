//! The rule table: codes in the golden list, three languages, templates that name no data.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, BTreeSet};

use invoice_validate::{Language, rule};

/// Every code ever given, with its severity. A line may be added; none may be changed or removed.
const GOLDEN: &str = include_str!("golden/codes.txt");

#[test]
fn every_code_stands_in_the_golden_list_and_none_is_used_twice() {
    let golden: BTreeMap<&str, &str> = GOLDEN
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_once(' '))
        .collect();
    let mut seen = BTreeSet::new();
    for rule in rule::all() {
        let code = rule.code().as_str();
        assert!(seen.insert(code), "{code} is used twice");
        assert_eq!(golden.get(code), Some(&rule.severity().as_str()), "{code} {}", rule.severity().as_str());
    }
    let retired: Vec<_> = golden.keys().filter(|code| !seen.contains(*code)).collect();
    assert!(retired.is_empty(), "gone from the code, to be marked in the list with a #: {retired:?}");
}

#[test]
fn every_rule_speaks_three_languages_with_the_same_arguments() {
    for rule in rule::all() {
        let texts = Language::ALL.map(|language| rule.template(language));
        for argument in ["{expected}", "{position}"] {
            let count = texts.iter().filter(|text| text.contains(argument)).count();
            assert!(count == 0 || count == 3, "{}: {argument} in {count} of 3 texts", rule.code());
        }
        for text in texts {
            let bare = text.replace("{expected}", "").replace("{position}", "");
            assert!(!bare.contains(['{', '}']) && !text.trim().is_empty(), "{}: {text}", rule.code());
        }
        assert!(
            texts[2].is_ascii() || texts[2].contains(['（', '圆', '整']),
            "{}: {}",
            rule.code(),
            texts[2]
        );
        assert!(!texts[0].is_ascii() && !texts[1].is_ascii());
    }
}

#[test]
fn codes_have_the_form_area_number() {
    for rule in rule::all() {
        let code = rule.code().as_str();
        let (area, number) = code.rsplit_once('-').unwrap();
        assert!(number.len() == 2 && number.bytes().all(|b| b.is_ascii_digit()), "{code}");
        assert!(area.bytes().all(|b| b.is_ascii_uppercase() || b == b'-'), "{code}");
    }
}

#[test]
fn faults_found_in_use_have_every_argument_their_message_needs() {
    use invoice_validate::{
        bank, capital, email, invoice_number, phone, qr, resident_id, tax_id, text, uscc,
    };
    let inputs = [
        "",
        "12345",
        "914403001922038217",
        "91110108MA002XY31Z",
        "9111A000600037341L",
        "110105194912310021",
        "a@b",
        "a@qq.con",
        "壹佰",
        "壹",
        "0755",
        "张",
        "9133000073600620X",
        "\u{7}",
        "01,32,,2,1,2,3,4",
        "440301192203822",
        "1234567",
        "99110000600037341L",
        "914403001922038216 x",
        "1101051949123100210",
    ];
    for input in inputs {
        let reports = [
            uscc::check(input),
            resident_id::check(input),
            tax_id::check(input),
            capital::check(input),
            email::check(input),
            phone::check(input),
            phone::check_mobile(input),
            bank::check(input),
            qr::check(input),
            invoice_number::check(input),
            text::check_characters(input),
        ];
        for fault in reports.iter().flat_map(|report| report.faults()) {
            for language in Language::ALL {
                let message = fault.message(language);
                assert!(!message.contains('?') && !message.contains('{'), "{}: {message}", fault.code());
                assert!(input.len() < 4 || !message.contains(input), "{} repeats its input", fault.code());
            }
        }
    }
}

#[test]
fn paths_grow_from_the_inside_out() {
    let fault = tax_fault().at("").at("tax_id").at("title");
    assert_eq!(fault.path(), "title.tax_id");
    assert_eq!(tax_fault().at("[3]").at("lines").path(), "lines[3]");
    assert_eq!(fault.to_string(), "TAXID-02 at title.tax_id: a tax number has 15-20 characters");
}

fn tax_fault() -> invoice_validate::Fault {
    invoice_validate::tax_id::check("12345").into_faults().remove(0)
}

#[cfg(feature = "serde")]
#[test]
fn faults_serialise_without_the_suggestion() {
    let report = invoice_validate::uscc::check("9144O3OO1922O38216");
    let json = serde_json::to_value(&report).unwrap();
    assert_eq!(json[0]["code"], "TAXID-USCC-02");
    assert_eq!(json[0]["severity"], "error");
    assert_eq!(json[0]["position"], 5);
    assert!(json[0].get("suggestion").is_none());
}
