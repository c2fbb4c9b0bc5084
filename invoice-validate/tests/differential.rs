//! Our answers beside independent ones: the standards written down again, and another library's answers.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod reference;

use invoice_validate::{amount, capital, qr, resident_id, tax_id, uscc};
use proptest::prelude::*;

/// What python-stdnum says about generated numbers; made once, see the head of the file.
const STDNUM: &str = include_str!("golden/stdnum.txt");

/// Letters, digits, and now and then something else; often a code with one change.
fn near_codes() -> impl Strategy<Value = String> {
    let made = "(9[123]|1[123]|5[123]|A1|N2|Y1|81|[0-9A-Z]{2})(10|11|31|44|54|[0-9]{2})[0-9]{4}[0-9A-HJ-NP-RTUW-Y]{8}";
    (made, any::<bool>(), any::<bool>(), 0_usize..18, "[0-9A-Z]").prop_map(
        |(mut body, inner, damaged, at, c)| {
            let check = uscc::organisation::check_character(&body[8..16]).filter(|_| inner);
            body.push(check.unwrap_or('7'));
            body.push(uscc::check_character(&body).unwrap_or('3'));
            if damaged {
                body.replace_range(at..=at, &c);
            }
            body
        },
    )
}

fn near_ids() -> impl Strategy<Value = String> {
    (
        "(11|31|44|50|71|81|83|[0-9]{2})[0-9]{4}(19|20|[0-9]{2})[0-9]{2}(0[1-9]|1[0-2]|[0-9]{2})([0-2][0-9]|3[01]|[0-9]{2})[0-9]{3}",
        0_u32..12,
    )
        .prop_map(|(body, last)| {
            let one = |last: u32| {
                let c = if last == 10 { 'X' } else { char::from_digit(last, 10).unwrap() };
                format!("{body}{c}")
            };
            // Half of them with the right check character, whatever the rest is.
            let sum: u32 = body.chars().enumerate().map(|(i, c)| c.to_digit(10).unwrap() * (2_u32.pow(u32::try_from(17 - i).unwrap()) % 11)).sum();
            let right = (12 - sum % 11) % 11;
            one(if last > 5 { last.min(10) } else { right })
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    #[test]
    fn credit_codes_as_the_standard_has_them(code in near_codes()) {
        let holds = reference::outer_holds(&code) && !reference::is_sequence(&code);
        prop_assert_eq!(uscc::is_valid(&code), holds, "{}", code);
        prop_assert_eq!(uscc::check(&code).is_empty(), reference::is_flawless(&code), "{}", code);
    }

    #[test]
    fn resident_ids_as_the_standard_has_them(id in near_ids()) {
        prop_assert_eq!(resident_id::is_valid(&id), reference::resident_holds(&id), "{}", id);
    }

    /// A number of 18 is refused only where it is neither; of both kinds, the declared rule decides.
    #[test]
    fn eighteen_characters_are_one_or_the_other(number in prop_oneof![near_codes(), near_ids()]) {
        let code = reference::outer_holds(&number) && !reference::is_sequence(&number);
        let person = reference::resident_holds(&number) && !reference::is_sequence(&number);
        let inspection = tax_id::inspect(&number);
        prop_assert_eq!(inspection.is_valid(), code || person, "{}", number);
        if code && (reference::is_flawless(&number) || !person) {
            prop_assert_eq!(inspection.kind.as_str(), "uscc");
        } else if person {
            prop_assert_eq!(inspection.kind.as_str(), "resident_id");
        }
    }

    #[test]
    fn the_organisation_check_as_the_standard_has_it(body in "[0-9A-Z]{8}") {
        let check = uscc::organisation::check_character(&body).unwrap();
        for c in ('0'..='9').chain(['X', 'A']) {
            prop_assert_eq!(reference::organisation_holds(&format!("{body}{c}")), c == check);
        }
    }

    #[test]
    fn capitals_as_the_payment_rules_have_them(fen in any::<i64>(), shift in 0_u32..62) {
        for fen in [fen, fen >> shift, -(fen >> shift).saturating_abs()] {
            prop_assert_eq!(capital::to_string(fen), reference::capitals(fen));
        }
    }

    #[test]
    fn amounts_digit_by_digit(text in "[-+]?[0-9]{0,20}(\\.[0-9]{0,3}0{0,3})?|[-+.0-9]{0,8}") {
        prop_assert_eq!(amount::parse(&text).ok(), reference::fen(&text), "{}", text);
    }

    #[test]
    fn payload_fields_between_commas(fields in prop::collection::vec("[0-9]{0,22}|32|[0-9]{8}|[0-9]{1,6}\\.[0-9]{2}", 0..12), crc in "[0-9A-Fa-f]{4}|") {
        let mut text = format!("01,{},{crc}", fields.join(","));
        if fields.len() > 3 {
            // A number, an amount and a day, so that some of them are read.
            let mut good = fields.clone();
            (good[1], good[2], good[3]) = (String::new(), "26332000004021728676".to_owned(), "458.89".to_owned());
            good.insert(4, "20260515".to_owned());
            text = format!("01,{},{crc}", good.join(","));
        }
        let split: Vec<&str> = text.split(',').collect();
        match qr::parse(&text) {
            Ok(read) => {
                prop_assert!((7..=9).contains(&split.len()), "{}", text);
                prop_assert_eq!(read.type_code, split[1]);
                prop_assert_eq!(read.number, split[3]);
                prop_assert_eq!(read.check_code, split[6]);
                let covered: String = split[..7].iter().flat_map(|field| [*field, ","]).collect();
                let last = split.get(7).copied().unwrap_or("");
                let right = format!("{:04X}", reference::crc16(&covered));
                let wanted = match last {
                    "" => qr::Crc::Absent,
                    crc if crc.eq_ignore_ascii_case(&right) => qr::Crc::Valid,
                    _ => qr::Crc::Wrong,
                };
                prop_assert_eq!(read.crc, wanted, "{}", text);
            }
            Err(report) if !(7..=9).contains(&split.len()) => prop_assert_eq!(report.faults()[0].code().as_str(), "QR-01"),
            Err(report) => prop_assert_ne!(report.faults()[0].code().as_str(), "QR-01"),
        }
    }

    #[test]
    fn checksums_bit_by_bit(text in "[ -~]{0,90}") {
        prop_assert_eq!(qr::crc16(text.as_bytes()), reference::crc16(&text));
    }
}

/// Every four digits in every place, alone and beside others: amounts are written by fours, and only whether
/// four digits are zero, begin with zero or end in zero reaches beyond them.
#[test]
fn capitals_of_every_four_digits_in_every_place() {
    let mut buffer = [0; capital::MAX_BYTES];
    let mut check = |fen: i64| {
        let length = capital::write_into(fen, &mut buffer).unwrap();
        let text = std::str::from_utf8(&buffer[..length]).unwrap();
        assert_eq!(text, reference::capitals(fen), "{fen}");
        assert_eq!(capital::parse(text), Ok(fen), "{fen}");
    };
    for place in [1, 10_000, 100_000_000, 1_000_000_000_000] {
        for four in 0..10_000 {
            check(four * place * 100);
        }
    }
    let kinds = [0, 5, 50, 5000, 5005, 550, 505];
    for number in 0..7_usize.pow(4) * 3 * 4 {
        let kind = |place: u32| kinds[number / 7_usize.pow(place) % 7];
        let rest = number / 7_usize.pow(4);
        let high = [0, 3, 7][rest % 3];
        let yuan = (((high * 10_000 + kind(0)) * 10_000 + kind(1)) * 10_000 + kind(2)) * 10_000 + kind(3);
        check(yuan * 100 + [0, 5, 50, 55][rest / 3]);
    }
    for fen in [i64::MIN, i64::MIN + 1, i64::MAX, -1, 0, 1] {
        check(fen);
    }
}

/// Where python-stdnum is right it agrees; every difference has its reason, and nothing else differs.
#[test]
fn another_library_agrees_but_for_named_reasons() {
    let (mut agreed, mut reasons) = (0, [0; 4]);
    for line in STDNUM.lines().filter(|line| !line.starts_with('#')) {
        let mut columns = line.split('\t');
        let (kind, number, theirs) =
            (columns.next().unwrap(), columns.next().unwrap(), columns.next().unwrap());
        let plain = uscc::normalize(number);
        let ours = if kind == "uscc" { uscc::is_valid(number) } else { resident_id::is_valid(number) };
        if ours == (theirs == "ok") {
            agreed += 1;
        } else if kind == "uscc" && ours {
            assert!(theirs == "InvalidFormat" && plain.starts_with(|c: char| c.is_alphabetic()), "{line}");
            reasons[0] += 1; // It wants digits for the registrar: A1, N1, Y1 exist.
        } else if kind == "uscc" {
            let province = reference::is_province(&plain[2..4], "10");
            assert!(!province || reference::is_sequence(&plain), "{line}");
            reasons[1] += 1; // It knows no provinces and takes eighteen zeros.
        } else if number.contains([' ', '-']) {
            assert!(ours && theirs == "InvalidLength", "{line}");
            reasons[3] += 1; // It counts separators as characters.
        } else {
            // It wants a county of its own list, of the right years; old ones live on in numbers.
            assert!(ours && theirs == "InvalidComponent" && reference::day_exists(&plain[6..14]), "{line}");
            reasons[2] += 1;
        }
    }
    assert!(agreed > 2000 && reasons.iter().all(|count| *count > 10), "{agreed} {reasons:?}");
}
