//! QR payloads, invoice numbers, certificates, contact fields, texts.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use invoice_validate::certificate::{self, Certificate};
use invoice_validate::invoice_number::{self, InvoiceNumber, LegacyForm};
use invoice_validate::phone::{self, PhoneKind};
use invoice_validate::qr::{self, AmountBasis, Crc, QrKind};
use invoice_validate::text::{self, ChannelProfile, Field};
use invoice_validate::{Date, bank, email};
use proptest::prelude::*;

#[test]
fn real_payloads_have_valid_checksums() {
    let rows = [
        ("01,32,,24312000000136634917,0.01,20240514,,1DD6", QrKind::DigitalOrdinary, 1, AmountBasis::Gross),
        (
            "01,32,,26332000004021728676,458.89,20260515,,3050",
            QrKind::DigitalOrdinary,
            45889,
            AmountBasis::Gross,
        ),
        (
            "01,10,033001800111,25672225,76.72,20180610,82076771121721427121,CB32",
            QrKind::LegacyElectronicOrdinary,
            7672,
            AmountBasis::Net,
        ),
        (
            "01,04,1100174320,40184419,329.25,20180512,82190984023325258452,8E15,",
            QrKind::LegacyOrdinary,
            32925,
            AmountBasis::Net,
        ),
    ];
    for (text, kind, fen, basis) in rows {
        let payload = qr::parse(text).unwrap();
        assert_eq!(
            (payload.kind, payload.amount_fen, payload.basis(), payload.crc),
            (kind, fen, basis, Crc::Valid)
        );
        assert!(qr::check(text).is_empty(), "{text}");
        assert_eq!(qr::parse(&text.to_lowercase()).unwrap().crc, Crc::Valid);
    }
}

#[test]
fn seven_to_nine_fields_and_wrong_or_absent_checksums_are_read() {
    let wrong = qr::parse("01,32,,26332000004021728676,458.89,20260515,,3051").unwrap();
    assert_eq!(wrong.crc, Crc::Wrong);
    let made_up = "01,32,,10000000000000000001,48.90,20260602,,7014";
    assert_eq!(qr::parse(made_up).unwrap().crc, Crc::Wrong);
    let early = qr::parse("01,10,011001605111,80100798,64.9,20161018,85342965681116380258").unwrap();
    assert_eq!((early.crc, early.amount_fen, early.check_code.len()), (Crc::Absent, 6490, 20));
    assert_eq!(qr::parse("01,10,011001605111,80100798,64.9,20161018,").unwrap().crc, Crc::Absent);
    let paper = qr::parse("01,31,011002300111,12345678,100,20240101,").unwrap();
    assert_eq!((paper.kind, paper.basis()), (QrKind::DigitalPaperSpecial, AmountBasis::Net));
}

#[test]
fn broken_payloads_name_the_field() {
    let rows = [
        ("", "QR-01", ""),
        ("01,32,,26332000004021728676,458.89,20260515", "QR-01", ""),
        ("01,32,,26332000004021728676,458.89,20260515,,3050,,", "QR-01", ""),
        ("02,32,,26332000004021728676,458.89,20260515,,3050", "QR-02", "version"),
        ("01,32,,2633200000402172867,458.89,20260515,,3050", "NUMBER-03", "number"),
        ("01,10,0330018001,2567222A,76.72,20180610,,", "NUMBER-02", "number"),
        ("01,10,03300180,25672225,76.72,20180610,,", "NUMBER-04", "code"),
        ("01,32,,26332000004021728676,458.8x,20260515,,3050", "QR-04", "amount"),
        ("01,32,,26332000004021728676,458.89,20260231,,3050", "QR-05", "date"),
        ("https://example.com/?a=1,2,3,4,5,6,7", "QR-02", "version"),
    ];
    for (text, code, path) in rows {
        let report = qr::parse(text).unwrap_err();
        assert_eq!((report.faults()[0].code().as_str(), report.faults()[0].path()), (code, path), "{text}");
    }
    assert_eq!(qr::check("01,99,,26332000004021728676,1,20260515,,").faults()[0].code().as_str(), "QR-03");
    assert_eq!(
        qr::check("01,32,,25332000004021728676,1,20260515,,").faults()[0].code().as_str(),
        "NUMBER-05"
    );
}

#[test]
fn the_year_in_a_number_is_the_year_of_issue() {
    let number = invoice_number::parse("26332000004021728676").unwrap();
    assert!(invoice_number::check_year(&number, Date::new(2026, 12, 31).unwrap()).is_empty());
    let report = invoice_number::check_year(&number, Date::new(2027, 1, 1).unwrap());
    assert_eq!((report.is_valid(), report.faults()[0].expected()), (false, Some("27")));
}

#[test]
fn a_legacy_code_is_not_of_a_later_year_than_its_invoice() {
    let day = |year| Date::new(year, 6, 30).unwrap();
    for (code, year) in [("1100174320", 2017), ("033001800111", 2018), ("011001605111", 2016)] {
        let number = invoice_number::parse_legacy(code, "40184419").unwrap();
        assert_eq!(invoice_number::code_year(code), Some(year));
        // Forms printed in one year were still issued in the next.
        for issued in [year, year + 1] {
            assert!(invoice_number::check_year(&number, day(issued)).is_empty(), "{code} {issued}");
        }
        let report = invoice_number::check_year(&number, day(year - 1));
        let fault = &report.faults()[0];
        assert_eq!((fault.code().as_str(), fault.path(), report.is_valid()), ("NUMBER-07", "code", true));
    }
    let forms = [
        ("033001800111", Some(LegacyForm::ElectronicOrdinary)),
        ("033001800112", Some(LegacyForm::Toll)),
        ("033001800113", Some(LegacyForm::ElectronicSpecial)),
        ("033001800104", Some(LegacyForm::Ordinary)),
        ("033001800107", Some(LegacyForm::Roll)),
        ("033001800199", None),
        ("133001800111", None),
        ("1100174320", None),
        ("", None),
    ];
    for (code, form) in forms {
        assert_eq!(invoice_number::legacy_form(code), form, "{code}");
    }
}

#[test]
fn codes_and_numbers() {
    let legacy = invoice_number::parse_legacy("1100174320", "184419").unwrap();
    assert_eq!(legacy, InvoiceNumber::Legacy { code: "1100174320".into(), number: "00184419".into() });
    for text in
        ["033001800111 25672225", "033001800111-25672225", "033001800111,25672225", " 26332000004021728676 "]
    {
        let number = invoice_number::parse(text).unwrap();
        assert_eq!(invoice_number::parse(&invoice_number::format(&number)).unwrap(), number, "{text}");
    }
    assert!(!invoice_number::is_valid("2633200000402172867"));
    assert!(!invoice_number::is_valid("2633200000402172867X"));
    assert_eq!(invoice_number::check("26992000004021728676").faults()[0].code().as_str(), "NUMBER-06");
    for region in ["91", "92", "93", "94", "95", "44"] {
        assert!(invoice_number::check(&format!("26{region}2000004021728676")).is_empty());
    }
}

#[test]
fn certificates_go_with_their_nationalities() {
    let rows = [
        ("201", "11010519491231002X", "156", true),
        ("201", "11010519491231002X", "344", false),
        ("201", "110105194912310021", "156", false),
        ("208", "E12345678", "840", true),
        ("210", "H12345678", "344", true),
        ("210", "M12345678", "446", true),
        ("210", "M12345678", "344", false),
        ("210", "12345678", "344", false),
        ("213", "12345678", "158", true),
        ("213", "12345678", "156", false),
        ("227", "E12345678", "156", true),
        ("233", "USA123456789012", "840", true),
        ("237", "810000199408230021", "344", true),
        ("237", "820000199408230021", "344", false),
        ("237", "110000199408230021", "344", false),
        ("238", "830000199201300022", "158", true),
        ("238", "830000199201300022", "156", false),
        ("209", "E12345678", "840", false),
        ("208", "E12345678", "", false),
        ("208", "E12345678", "US", false),
        ("", "", "", true),
    ];
    for (kind, number, nationality, valid) in rows {
        let given = Certificate { kind, number, nationality };
        assert_eq!(
            certificate::is_valid(&given),
            valid,
            "{kind} {nationality}: {}",
            certificate::check(&given)
        );
    }
}

#[test]
fn emails() {
    for good in ["a@b.cn", "fa.piao+1@mail.example.com", "o'x@exa-mple.co", "Zhang@QQ.COM", "ａ＠ｂ．ｃｎ"]
    {
        assert!(email::is_valid(good), "{good}");
    }
    for bad in [
        "",
        "a",
        "@b.cn",
        "a@",
        "a@b",
        "a@@b.cn",
        "a@b..cn",
        ".a@b.cn",
        "a.@b.cn",
        "a..b@c.cn",
        "a@-b.cn",
        "a@b.c1-",
        "a@1.2",
        "张@b.cn",
    ] {
        assert!(!email::is_valid(bad), "{bad}");
    }
    assert_eq!(email::check("a@qq.con").faults()[0].suggestion(), Some("a@qq.com"));
}

#[test]
fn phones() {
    let rows = [
        ("13800138000", PhoneKind::Mobile, "13800138000"),
        ("+8613800138000", PhoneKind::Mobile, "13800138000"),
        ("010-59928888", PhoneKind::Landline, "010-59928888"),
        ("07148876666", PhoneKind::Landline, "0714-8876666"),
        ("0755-28780808-8012", PhoneKind::Landline, "0755-28780808-8012"),
        ("+86 755 28780808", PhoneKind::Landline, "0755-28780808"),
        ("28780808", PhoneKind::Local, "28780808"),
        ("400-830-8300", PhoneKind::Service, "4008308300"),
        ("8008308300", PhoneKind::Service, "8008308300"),
        ("95588", PhoneKind::Hotline, "95588"),
        ("12366", PhoneKind::Hotline, "12366"),
        ("+852 2123 4567", PhoneKind::International, "+85221234567"),
        ("1234567890123456", PhoneKind::Other, "1234567890123456"),
    ];
    for (input, kind, formatted) in rows {
        let parsed = phone::parse(input).unwrap();
        assert_eq!((parsed.kind(), phone::format(&parsed).as_str()), (kind, formatted), "{input}");
        let again = phone::parse(&phone::format(&parsed)).unwrap();
        assert_eq!(again, parsed, "{input}");
    }
    assert!(!phone::is_valid("") && !phone::is_valid("abc") && !phone::is_valid("13800138000元"));
    assert!(phone::is_mobile("138 0013 8000") && !phone::is_mobile("010-59928888"));
    assert!(!phone::check_mobile("12800138000").is_valid());
}

#[test]
fn bank_accounts() {
    assert!(bank::check("0200 0062 1920 0123 456").is_empty());
    assert_eq!(bank::check("6222020012345678").faults()[0].code().as_str(), "BANK-04");
    assert!(bank::passes_luhn("4111111111111111") && !bank::passes_luhn("4111111111111112"));
    assert_eq!(bank::check("123").faults()[0].code().as_str(), "BANK-03");
    assert!(!bank::is_valid("账号1234") && !bank::is_valid(""));
    let rows = [
        ("中国银行深圳分行，账号：0200006219200123456", "中国银行深圳分行"),
        ("0200006219200123456 中国银行深圳分行", "中国银行深圳分行"),
        ("中国银行深圳分行0200006219200123456", "中国银行深圳分行"),
    ];
    for (line, name) in rows {
        let read = bank::split(line).unwrap();
        assert_eq!((read.bank, read.account.as_str()), (name, "0200006219200123456"), "{line}");
    }
    assert!(bank::split("中国银行").is_err() && bank::split("0200006219200123456").is_err());
}

#[test]
fn lengths_by_channel_and_vanishing_characters() {
    let rows = [
        (ChannelProfile::Bureau, Field::Remark, 450),
        (ChannelProfile::Bureau, Field::RedRemark, 382),
        (ChannelProfile::WebBureau, Field::Remark, 200),
        (ChannelProfile::Nuonuo, Field::Name, 100),
        (ChannelProfile::Bureau, Field::Name, 300),
        (ChannelProfile::Bureau, Field::Phone, 60),
        (ChannelProfile::Bureau, Field::Bank, 120),
        (ChannelProfile::Nuonuo, Field::Unit, 20),
    ];
    for (channel, field, max) in rows {
        assert!(text::is_valid(&"字".repeat(max), field, channel), "{channel:?} {field:?}");
        let report = text::check(&"字".repeat(max + 1), field, channel);
        assert!(!report.is_valid(), "{channel:?} {field:?}");
        assert_eq!(report.errors().next().unwrap().expected(), Some(max.to_string().as_str()));
    }
    assert!(text::is_valid(&"字".repeat(150), Field::Name, ChannelProfile::Baiwang));
    let code =
        |input: &str| text::check_characters(input).faults().first().map(|fault| fault.code().as_str());
    assert_eq!(code("华为\u{0007}"), Some("TEXT-03"));
    assert_eq!(code("华\u{200B}为"), Some("TEXT-04"));
    assert_eq!(code("𠮷野家"), Some("TEXT-05"));
    assert_eq!(code("你好🙏"), Some("TEXT-05"));
    assert_eq!(code("\\u534e为"), Some("TEXT-06"));
    assert_eq!(code("华为 "), Some("TEXT-07"));
    assert_eq!(code("华为（中国）Co., Ltd. ·"), None);
    assert_eq!(text::check_characters("ab\u{200B}").faults()[0].position(), Some(3));
    assert_eq!(
        text::check(&"字".repeat(211), Field::Remark, ChannelProfile::Bureau).faults()[0].code().as_str(),
        "TEXT-08"
    );
}

proptest! {
    #[test]
    fn formatted_payloads_read_back(number in "[0-9]{20}", fen in 0_i64..1_000_000_000_000, month in 1_u8..=12, day in 1_u8..=28) {
        let line = format!("01,32,,{number},{}.{:02},2026{month:02}{day:02},,", fen / 100, fen % 100);
        let payload = qr::parse(&line).unwrap();
        let formatted = qr::format(&payload);
        let again = qr::parse(&formatted).unwrap();
        prop_assert_eq!(again.crc, Crc::Valid);
        prop_assert_eq!((again.number, again.amount_fen, again.date), (payload.number, payload.amount_fen, payload.date));
        // Any single digit changed is found.
        for index in 7..formatted.len() - 6 {
            let mut bytes = formatted.clone().into_bytes();
            if bytes[index].is_ascii_digit() {
                bytes[index] = if bytes[index] == b'9' { b'0' } else { bytes[index] + 1 };
                let text = String::from_utf8(bytes).unwrap();
                prop_assert!(qr::parse(&text).map_or(true, |payload| payload.crc == Crc::Wrong));
            }
        }
    }
}
