//! Credit codes, resident IDs and the union: published codes, properties, enumeration.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::collections::BTreeSet;

use invoice_validate::paste::{self, PastedField};
use invoice_validate::tax_id::{self, Policy, TaxId, TaxIdKind};
use invoice_validate::{Date, Report, Severity, resident_id, uscc};
use proptest::prelude::*;

/// Code, name and kind of page, a line each; `#` begins a comment.
const NAMED: &str = include_str!("golden/uscc_codes.txt");

/// Published without a name one could be sure of, or as a sample.
const UNNAMED: [&str; 5] = [
    "123300004700050170", // a public institution
    "52310106751466629W", // a private non-enterprise unit
    "92371000MA3MXH0E3W", // an individual business
    "91350100M000100Y43", // the sample of the standard
    "91110000600037341L",
];

fn named() -> impl Iterator<Item = (&'static str, &'static str)> {
    let lines = NAMED.lines().filter(|line| !line.starts_with('#'));
    lines.map(|line| {
        let mut columns = line.split('\t');
        let row = (columns.next().unwrap(), columns.next().unwrap());
        assert!(columns.next().is_some_and(|page| !page.is_empty()) && columns.next().is_none(), "{line}");
        row
    })
}

fn codes(report: &Report) -> Vec<&'static str> {
    report.faults().iter().map(|fault| fault.code().as_str()).collect()
}

#[test]
fn published_codes_pass_without_a_remark() {
    assert!(named().count() >= 90);
    assert_eq!(
        named().map(|(code, _)| code).collect::<BTreeSet<_>>().len(),
        named().count(),
        "one line a code"
    );
    for code in named().map(|(code, _)| code).chain(UNNAMED) {
        assert!(uscc::check(code).is_empty(), "{code}: {}", uscc::check(code));
        assert!(uscc::is_valid(code));
        assert_eq!(tax_id::inspect(code).kind, TaxIdKind::Uscc, "{code}");
        assert!(TaxId::parse_with(code, Policy::strict()).is_ok(), "{code}");
    }
}

#[test]
fn a_published_name_and_code_pasted_together_are_told_apart() {
    for (code, name) in named() {
        let pasted = paste::extract(&format!("名称：{name}\n税号：{code}"));
        assert_eq!(pasted.value(PastedField::TaxId), Some(code), "{name}");
        assert_eq!(pasted.value(PastedField::Name), Some(name), "{code}");
        let bare = paste::extract(&format!("{name} {code}"));
        assert_eq!(bare.value(PastedField::TaxId), Some(code), "{name}");
        assert_eq!(bare.value(PastedField::Name), Some(name), "{code}");
    }
}

#[test]
fn damaged_codes_are_refused_for_the_right_reason() {
    let rows: [(&str, &str, Option<usize>, Option<&str>); 9] = [
        ("914403001922038217", "TAXID-USCC-04", Some(18), Some("6")),
        ("91350100M000100Y44", "TAXID-USCC-04", Some(18), Some("3")),
        ("91110000600037341N", "TAXID-USCC-04", Some(18), Some("L")),
        ("91110108MA002XY31Z", "TAXID-USCC-02", Some(18), None),
        ("9111000060003IOZSV", "TAXID-USCC-02", Some(14), None),
        ("9133000073600620X", "TAXID-USCC-01", None, Some("18")),
        ("12345", "TAXID-02", None, Some("15-20")),
        ("000000000000000000", "TAXID-04", None, None),
        ("", "TAXID-01", None, None),
    ];
    for (code, wanted, position, expected) in rows {
        let report = tax_id::check(code);
        let fault = report.errors().next().unwrap_or_else(|| panic!("{code} passed"));
        assert_eq!(
            (fault.code().as_str(), fault.position(), fault.expected()),
            (wanted, position, expected),
            "{code}"
        );
        assert!(!tax_id::is_valid(code) && !uscc::is_valid(code), "{code}");
    }
}

#[test]
fn the_inner_check_is_a_warning() {
    let report = uscc::check("91310000631295002H");
    assert_eq!(codes(&report), ["TAXID-USCC-05"]);
    assert_eq!((report.faults()[0].position(), report.faults()[0].expected()), (Some(17), Some("1")));
    assert!(report.is_valid());
}

#[test]
fn a_pilot_code_warns_and_a_person_may_override() {
    let pilot = "91350203M0001QAY9B";
    assert_eq!(codes(&uscc::check(pilot)), ["TAXID-USCC-08"]);
    assert!(uscc::is_valid(pilot) && uscc::is_valid("91350203m0001qay9b") && TaxId::parse(pilot).is_ok());
    let refused = TaxId::parse_with(pilot, Policy::strict()).unwrap_err();
    let accepting = Policy::strict().accept(refused.faults()[0].code());
    assert!(TaxId::parse_with(pilot, accepting).is_ok());
    let never = invoice_validate::rule::tax_id::LENGTH.code();
    assert!(TaxId::parse_with("12345", Policy::default().accept(never)).is_err());
}

#[test]
fn unlisted_registrars_warn_and_letters_are_registrars_too() {
    for (code, clean) in [("A1", true), ("N1", true), ("Y1", true), ("G1", false), ("99", false)] {
        let body = format!("{code}11000060003734");
        let inner = uscc::organisation::check_character(&body[8..16]).unwrap();
        let full = format!("{body}{inner}");
        let full = format!("{full}{}", uscc::check_character(&full).unwrap());
        let report = uscc::check(&full);
        assert!(report.is_valid(), "{full}: {report}");
        assert_eq!(report.is_empty(), clean, "{full}: {report}");
    }
}

#[test]
fn every_province_passes_and_no_other() {
    let provinces = [
        10, 11, 12, 13, 14, 15, 21, 22, 23, 31, 32, 33, 34, 35, 36, 37, 41, 42, 43, 44, 45, 46, 50, 51, 52,
        53, 54, 61, 62, 63, 64, 65, 71, 81, 82,
    ];
    for two in 0..100_u8 {
        let body = format!("91{two:02}0000600037341");
        let code = format!("{body}{}", uscc::check_character(&body).unwrap());
        assert_eq!(uscc::is_valid(&code), provinces.contains(&two), "{code}");
        assert_eq!(uscc::check(&code).is_valid(), provinces.contains(&two), "{code}");
    }
}

#[test]
fn no_placeholder_passes() {
    let all_equal = uscc::ALPHABET.iter().map(|b| char::from(*b).to_string().repeat(18));
    let digits = "1234567890123456789012345678901234567890";
    // Not only zeros: this sequence satisfies the check of a credit code.
    assert_eq!(uscc::check_character("12345678901234567"), Some('8'));
    let zero = "0123456789";
    let up = (0..10).map(|start| digits[start..start + 18].to_owned());
    let down: Vec<String> = (0..10).map(|s| digits.chars().rev().skip(s).take(18).collect()).collect();
    let skipping = (0..9).map(|start| "123456789".repeat(3)[start..start + 18].to_owned());
    for code in all_equal.chain(up).chain(down).chain(skipping) {
        assert!(!uscc::is_valid(&code) && !tax_id::is_valid(&code), "{code}");
    }
    for length in 15..=20 {
        for text in [digits, &zero.repeat(2), &"9".repeat(20)] {
            assert!(!tax_id::is_valid(&text[..length]), "{text}");
        }
    }
}

#[test]
fn the_overlap_is_answered_by_rule() {
    let both = "362322198709086409";
    assert!(uscc::is_valid(both) && resident_id::is_valid(both));
    let inspection = tax_id::inspect(both);
    assert_eq!((inspection.kind, codes(&inspection.report)), (TaxIdKind::ResidentId, vec!["TAXID-06"]));
    assert_eq!(inspection.report.faults()[0].severity(), Severity::Hint);
    // Constructed: a listed pair and both checks of a code, and a resident ID as well.
    let flawless = "511163196407198733";
    assert!(uscc::check(flawless).is_empty() && resident_id::is_valid(flawless));
    let inspection = tax_id::inspect(flawless);
    assert_eq!((inspection.kind, codes(&inspection.report)), (TaxIdKind::Uscc, vec!["TAXID-06"]));
}

#[test]
fn legacy_numbers_are_accepted() {
    let rows = [
        ("440301192203821", TaxIdKind::Legacy15, true),
        ("440301192203822", TaxIdKind::Legacy15, false),
        ("110105491231002", TaxIdKind::Legacy15, true),
        ("11010549123100201", TaxIdKind::Legacy17, true),
        ("11010519491231002X01", TaxIdKind::Legacy20, true),
        ("AB0301192203821", TaxIdKind::Unknown, false),
        ("4403011922038211", TaxIdKind::Unknown, false),
        ("44030119220382110001", TaxIdKind::Unknown, false),
    ];
    for (number, kind, clean) in rows {
        let inspection = tax_id::inspect(number);
        assert_eq!(
            (inspection.kind, inspection.report.is_empty()),
            (kind, clean),
            "{number}: {}",
            inspection.report
        );
        assert!(inspection.is_valid(), "{number}");
    }
}

/// From published invoices before and after one code replaced three; names as printed there.
#[test]
fn published_legacy_numbers_pass_without_a_remark() {
    let rows = [
        ("110108802100433", "北京百度网讯科技有限公司"),
        ("110105057317113", "北京圣紫茗管理咨询有限公司"),
        ("31011558207296X", "上海臻鼎会展服务有限公司"),
        ("310105425022547", "上海工程技术大学"),
        ("310110744232832", "上海瑞晋医疗器械有限公司"),
        ("110105633021231", "北京千百度服装有限公司"),
    ];
    for (number, name) in rows {
        let inspection = tax_id::inspect(number);
        assert_eq!((inspection.kind, inspection.report.is_empty()), (TaxIdKind::Legacy15, true), "{name}");
        assert!(TaxId::parse_with(number, Policy::strict()).is_ok(), "{name}");
        // The last nine are the organisation's code, in today's number as well.
        let today = named().find(|(_, known)| *known == name);
        assert!(today.is_none_or(|(code, _)| code[8..17] == number[6..]), "{name}");
        let pasted = paste::extract(&format!("{name}\n{number}"));
        assert_eq!(
            (pasted.value(PastedField::Name), pasted.value(PastedField::TaxId)),
            (Some(name), Some(number))
        );
    }
}

#[test]
fn letters_are_never_mapped_but_a_passing_correction_is_suggested() {
    let slip = "9144O3OO1922O38216";
    assert_eq!(uscc::normalize(slip), slip);
    assert_eq!(uscc::check(slip).faults()[0].suggestion(), Some("914403001922038216"));
    assert_eq!(uscc::check("9I330100799655058B").faults()[0].suggestion(), Some("91330100799655058B"));
    // Both checks fail, and only one change in the organisation code mends both.
    let report = uscc::check("91330100799605058B");
    assert_eq!(report.faults()[0].suggestion(), Some("91330100799655058B"));
    // A wrong check character alone has several explanations: the expected one is named, nothing is suggested.
    assert_eq!(uscc::check("914403001922038217").faults()[0].suggestion(), None);
    assert_eq!(tax_id::check("9144033001922038216").faults()[0].suggestion(), Some("914403001922038216"));
}

#[test]
fn normalising_drops_what_people_add() {
    for input in [
        " 914403001922038216 ",
        "9144-0300-1922-0382-16",
        "９１４４０３００１９２２０３８２１６",
        "9144\u{200B}0300\u{FEFF}19220\u{00AD}38216",
        "\u{202E}914403001922038216\u{202C}",
        "9144\u{3000}03001922\u{00A0}038216",
        "9144–0300—1922−038216",
    ] {
        assert_eq!(uscc::parse(input).unwrap().as_str(), "914403001922038216", "{input:?}");
        assert!(uscc::is_valid(input) && tax_id::is_valid(input));
    }
    assert!(uscc::is_valid("9133020114479257xw"));
}

#[test]
fn resident_ids_need_a_real_past_date_and_a_region() {
    assert!(resident_id::is_valid("11010519491231002X") && resident_id::is_valid("11010519491231002x"));
    assert!(resident_id::is_valid("440524188001010014"));
    let rows = [
        ("110105194912310021", "TAXID-RID-06"),
        ("1101051949123100", "TAXID-RID-01"),
        ("11O10519491231002X", "TAXID-RID-02"),
    ];
    for (id, code) in rows {
        assert_eq!(codes(&resident_id::check(id)), [code], "{id}");
    }
    assert_eq!(resident_id::check("11O10519491231002X").faults()[0].suggestion(), Some("11010519491231002X"));
    let today = Date::new(2026, 11, 22).unwrap();
    let unborn = with_check("11010520261123001");
    assert!(resident_id::is_valid(&unborn));
    assert_eq!(codes(&resident_id::check_on(&unborn, today)), ["TAXID-RID-05"]);
    assert!(!tax_id::inspect_on(&unborn, today).is_valid());
    assert!(resident_id::parse_on(&with_check("11010520261122001"), today).is_ok());
    for bad in ["11010519490230002", "11010519491331002", "11010500000101002", "11010519000229001"] {
        assert!(codes(&resident_id::check(&with_check(bad))).contains(&"TAXID-RID-04"), "{bad}");
    }
    assert!(resident_id::is_valid(&with_check("11010520000229001")));
}

fn with_check(body: &str) -> String {
    let weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let sum: usize = body.bytes().zip(weights).map(|(byte, weight)| usize::from(byte - b'0') * weight).sum();
    format!("{body}{}", char::from(b"10X98765432"[sum % 11]))
}

#[test]
fn nothing_shows_the_number() {
    let id = TaxId::parse("914403001922038216").unwrap();
    let inspection = tax_id::inspect("9144O3OO1922O38216");
    let shown = format!("{id} {id:?} {:?} {:?} {}", inspection, inspection.report, inspection.report);
    assert!(!shown.contains("03001922") && !shown.contains("O3OO"), "{shown}");
    assert_eq!(id.expose(), "914403001922038216");
}

/// A valid code built from the parts of the standard.
fn valid_code() -> impl Strategy<Value = String> {
    let pairs = ["11", "12", "51", "52", "53", "91", "92", "93", "A1", "N1", "Y1", "31", "81"];
    let provinces = ["10", "11", "31", "33", "35", "44", "50", "54", "65", "81"];
    let organisation = "[0-9A-HJ-NP-RTUW-Y]{8}";
    (prop::sample::select(pairs.to_vec()), prop::sample::select(provinces.to_vec()), "[0-9]{4}", organisation)
        .prop_filter_map(
            "the organisation check must be in the alphabet",
            |(pair, province, rest, organisation)| {
                let inner = uscc::organisation::check_character(&organisation)?;
                let body = format!("{pair}{province}{rest}{organisation}{inner}");
                let check = uscc::check_character(&body)?;
                Some(format!("{body}{check}"))
            },
        )
}

fn valid_id() -> impl Strategy<Value = String> {
    let provinces = ["11", "12", "31", "44", "50", "54", "65", "71", "81", "82", "83"];
    (prop::sample::select(provinces.to_vec()), "[0-9]{4}", 1900_u16..2026, 1_u8..=12, 1_u8..=28, "[0-9]{3}")
        .prop_map(|(province, rest, year, month, day, sequence)| {
            with_check(&format!("{province}{rest}{year}{month:02}{day:02}{sequence}"))
        })
}

proptest! {
    #[test]
    fn valid_codes_pass_and_read_back(code in valid_code()) {
        prop_assert!(uscc::check(&code).is_empty(), "{}", uscc::check(&code));
        let parsed = uscc::parse(&code).unwrap();
        prop_assert_eq!(uscc::parse(&uscc::format(&parsed)).unwrap(), parsed);
        prop_assert!(tax_id::is_valid(&code));
        let id = TaxId::parse(&code).unwrap();
        prop_assert_eq!(TaxId::parse(&tax_id::format(&id)).unwrap(), id);
    }

    #[test]
    fn every_single_change_and_adjacent_swap_of_a_code_is_caught(code in valid_code()) {
        for index in 0..18 {
            for byte in (b'0'..=b'9').chain(b'A'..=b'Z') {
                let mut changed = code.clone().into_bytes();
                if changed[index] == byte { continue; }
                changed[index] = byte;
                let changed = String::from_utf8(changed).unwrap();
                prop_assert!(!uscc::is_valid(&changed), "{changed}");
            }
            if index < 17 && code.as_bytes()[index] != code.as_bytes()[index + 1] {
                let mut swapped = code.clone().into_bytes();
                swapped.swap(index, index + 1);
                prop_assert!(!uscc::is_valid(&String::from_utf8(swapped).unwrap()));
            }
        }
    }

    #[test]
    fn valid_ids_pass_and_every_single_change_and_swap_is_caught(id in valid_id()) {
        let parsed = resident_id::parse(&id).unwrap();
        prop_assert_eq!(resident_id::parse(&resident_id::format(&parsed)).unwrap(), parsed);
        prop_assert!(tax_id::is_valid(&id));
        for index in 0..18 {
            for byte in b"0123456789X" {
                let mut changed = id.clone().into_bytes();
                if changed[index] == *byte { continue; }
                changed[index] = *byte;
                prop_assert!(!resident_id::is_valid(&String::from_utf8(changed).unwrap()));
            }
            if index < 17 && id.as_bytes()[index] != id.as_bytes()[index + 1] {
                let mut swapped = id.clone().into_bytes();
                swapped.swap(index, index + 1);
                prop_assert!(!resident_id::is_valid(&String::from_utf8(swapped).unwrap()));
            }
        }
    }

    #[test]
    fn the_quick_answer_is_the_full_answer(text in "[ -~]{0,22}|[0-9A-Z]{17,19}|[0-9]{17}[0-9X]|\\PC{0,20}") {
        prop_assert_eq!(uscc::is_valid(&text), uscc::check(&text).is_valid());
        prop_assert_eq!(uscc::is_valid(&text), uscc::parse(&text).is_ok());
        prop_assert_eq!(resident_id::is_valid(&text), resident_id::check(&text).is_valid());
        prop_assert_eq!(resident_id::is_valid(&text), resident_id::parse(&text).is_ok());
        prop_assert_eq!(tax_id::is_valid(&text), tax_id::check(&text).is_valid());
    }

    #[test]
    fn the_quick_answer_survives_damage(code in valid_code(), index in 0_usize..18, c in any::<char>()) {
        let mut letters: Vec<char> = code.chars().collect();
        letters[index] = c;
        let text: String = letters.into_iter().collect();
        prop_assert_eq!(uscc::is_valid(&text), uscc::check(&text).is_valid());
        prop_assert_eq!(tax_id::is_valid(&text), tax_id::inspect(&text).is_valid());
    }
}
