//! Fields of an invoice: limits as dated data, item names, bank and account in one string, reading back.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use invoice_validate::certificate::{self, Certificate};
use invoice_validate::preflight::{self, Request, Row, Tolerances, Totals};
use invoice_validate::text::{self, Basis, ChannelProfile, Field, Limits};
use invoice_validate::title::TitleRules;
use invoice_validate::{Date, InvoiceClass, amount, bank, email, invoice_number, paste, phone};
use proptest::prelude::*;

const CHANNELS: [ChannelProfile; 4] =
    [ChannelProfile::Bureau, ChannelProfile::WebBureau, ChannelProfile::Nuonuo, ChannelProfile::Baiwang];

const FIELDS: [Field; 16] = [
    Field::Name,
    Field::TaxId,
    Field::Address,
    Field::Phone,
    Field::Bank,
    Field::Account,
    Field::Remark,
    Field::RedRemark,
    Field::ItemName,
    Field::ShortName,
    Field::FullItemName,
    Field::Spec,
    Field::Unit,
    Field::Issuer,
    Field::Payee,
    Field::Reviewer,
];

/// Every cell of channel × field: the last permitted length passes, one more is found at that position,
/// and is an error exactly where the limit is a published one.
#[test]
fn every_limit_is_kept_to_the_character() {
    for channel in CHANNELS {
        let limits = Limits::current(channel);
        assert!(limits.channel == channel && !limits.source.is_empty());
        for field in FIELDS {
            let limit = limits.of(field).unwrap_or_else(|| panic!("{channel:?} {field:?} has no limit"));
            let long = |count: usize| {
                let report = text::check(&"票".repeat(count), field, channel);
                report
                    .faults()
                    .iter()
                    .find(|fault| fault.position() == Some(limit.max + 1))
                    .map(|fault| (fault.expected().unwrap().to_owned(), report.is_valid()))
            };
            assert_eq!(long(limit.max), None, "{channel:?} {field:?}");
            let passes = limit.basis == Basis::Assumed;
            assert_eq!(long(limit.max + 1), Some((limit.max.to_string(), passes)), "{channel:?} {field:?}");
        }
    }
}

#[test]
fn remarks_differ_by_channel() {
    let remark = |channel| Limits::current(channel).of(Field::Remark).unwrap();
    let rows = [
        (ChannelProfile::Bureau, 450, Basis::Published),
        (ChannelProfile::WebBureau, 200, Basis::Published),
        (ChannelProfile::Nuonuo, 200, Basis::Published),
        (ChannelProfile::Baiwang, 200, Basis::Assumed),
    ];
    for (channel, max, basis) in rows {
        assert_eq!((remark(channel).max, remark(channel).basis), (max, basis), "{channel:?}");
    }
}

/// A day always has limits, tolerances and rules, and the newest are those of a day far ahead.
#[test]
fn dated_data_answers_for_every_day() {
    let days = [(2017, 7, 1), (2024, 12, 1), (2025, 12, 31), (2026, 1, 1), (2026, 11, 22), (2099, 12, 31)];
    for (year, month, day) in days {
        let day = Date::new(year, month, day).unwrap();
        for channel in CHANNELS {
            let limits = Limits::on(channel, day);
            assert_eq!(limits.channel, channel);
            assert!(limits.valid_from.is_none_or(|from| from <= day));
        }
        assert!(Tolerances::on(day).valid_from.is_none_or(|from| from <= day));
        assert!(TitleRules::on(day).rows().count() > 0);
    }
    let far = Date::new(2099, 12, 31).unwrap();
    for channel in CHANNELS {
        assert!(std::ptr::eq(Limits::on(channel, far), Limits::current(channel)));
    }
    assert_eq!(Tolerances::on(far).row_tax, Tolerances::current().row_tax);
}

/// Rows of a table follow one another: one of them has no end, and no two hold on a day.
#[test]
fn dated_rows_neither_overlap_nor_leave_a_gap() {
    type Span = (Option<Date>, Option<Date>);
    let check = |name: String, spans: Vec<Span>| {
        assert_eq!(
            spans.iter().filter(|(_, to)| to.is_none()).count(),
            1,
            "{name}: one row is the present one"
        );
        assert_eq!(
            spans.iter().filter(|(from, _)| from.is_none()).count(),
            1,
            "{name}: one row is the first"
        );
        for (from, _) in spans.iter().filter(|(from, _)| from.is_some()) {
            assert_eq!(spans.iter().filter(|(_, to)| *to < *from && to.is_some()).count(), 1, "{name}");
        }
    };
    for channel in CHANNELS {
        let own = Limits::all().iter().filter(|limits| limits.channel == channel);
        check(format!("{channel:?}"), own.map(|limits| (limits.valid_from, limits.valid_to)).collect());
        assert!(Limits::current(channel).as_of.is_some());
    }
    check(
        "tolerances".to_owned(),
        Tolerances::all().iter().map(|row| (row.valid_from, row.valid_to)).collect(),
    );
}

#[test]
fn signs_of_chinese_fonts_do_not_vanish() {
    for c in "★☆♀♂☉①Ⅷ℃々〇㎡→△é".chars() {
        assert!(!text::may_vanish(c), "{c}");
    }
    for c in "☎✈♥𠮷㐂😀\u{301}\u{E000}\u{FFFD}".chars() {
        assert!(text::may_vanish(c), "{c}");
    }
}

#[test]
fn item_names_are_checked_for_length_and_lost_characters() {
    let rows: [(&str, ChannelProfile, Option<&str>); 8] = [
        ("图书", ChannelProfile::Bureau, None),
        ("Wi-Fi 路由器（双频）·黑", ChannelProfile::Bureau, None),
        ("", ChannelProfile::Bureau, Some("PRE-LINE-09")),
        ("　", ChannelProfile::Bureau, Some("PRE-LINE-09")),
        ("图书\n第二册", ChannelProfile::Bureau, Some("TEXT-03")),
        ("图\u{200B}书", ChannelProfile::Bureau, Some("TEXT-04")),
        ("𠮷祥物", ChannelProfile::Bureau, Some("TEXT-05")),
        ("三角形△", ChannelProfile::Bureau, None),
    ];
    for (name, channel, code) in rows {
        let found = item_codes(name, channel);
        match code {
            Some(code) => assert!(found.iter().any(|found| found == code), "{name:?}: {found:?}"),
            None => assert_eq!(found, Vec::<String>::new(), "{name:?}"),
        }
    }
    for channel in CHANNELS {
        let max = Limits::current(channel).of(Field::ItemName).unwrap().max;
        let own = |count: usize| text::check(&"货".repeat(count), Field::ItemName, channel).is_empty();
        assert!(own(max) && !own(max + 1), "{channel:?}");
    }
    // The printed form *简称*名称 has its own limit, shorter than the two parts together.
    assert!(item_codes(&"货".repeat(298), ChannelProfile::Bureau).contains(&"PRE-LINE-10".to_owned()));
}

fn item_codes(name: &str, channel: ChannelProfile) -> Vec<String> {
    let row = Row {
        name,
        short_name: "印刷品",
        code: "1060201010000000000",
        rate: 90_000,
        net: 10_000,
        tax: 900,
        ..Row::default()
    };
    let rows = [row];
    let totals = Totals { net: 10_000, tax: 900, gross: 10_900 };
    let mut request = Request::new(InvoiceClass::Ordinary, &rows, totals);
    request.channel = channel;
    let report = preflight::check(&request);
    let of_name = report.faults().iter().filter(|fault| fault.path() == "lines[0].name");
    of_name.map(|fault| fault.code().as_str().to_owned()).collect()
}

#[test]
fn bank_and_account_in_one_string() {
    let rows = [
        ("中国工商银行北京海淀支行 0200006219200123456", "中国工商银行北京海淀支行", "0200006219200123456"),
        (
            "中国工商银行北京海淀支行0200 0062 1920 0123 456",
            "中国工商银行北京海淀支行",
            "0200006219200123456",
        ),
        ("招商银行深圳科技园支行、账号：755900000010806", "招商银行深圳科技园支行", "755900000010806"),
        ("6225 8801 2345 6789/招行上海分行", "招行上海分行", "6225880123456789"),
        ("ＡＢＣ银行　１２３４５６７８９０１２", "ＡＢＣ银行", "123456789012"),
        ("建行第95支行;4367-4201-2345-6789", "建行第95支行", "4367420123456789"),
        ("农行 A/C 19042201040000014", "农行", "19042201040000014"),
    ];
    for (line, name, account) in rows {
        let read = bank::split(line).unwrap_or_else(|report| panic!("{line}: {report}"));
        assert_eq!((read.bank, read.account.as_str()), (name, account), "{line}");
    }
    for line in ["", "中国银行", "12345678901", "中国银行 1234567", "——"] {
        let report = bank::split(line).expect_err(line);
        assert_eq!(report.faults()[0].code().as_str(), "BANK-05", "{line}");
    }
}

proptest! {
    #[test]
    fn what_is_formatted_reads_back(
        fen in any::<i64>(),
        mobile in "1[3-9][0-9]{9}",
        landline in "0(10|2[0-9]|[3-9][0-9]{2})[2-9][0-9]{6,7}",
        extension in "[0-9]{0,5}",
        account in "[0-9]{8,32}",
        local in "[a-z0-9]{1,12}([._+-][a-z0-9]{1,8}){0,2}",
        domain in "[a-z0-9]{1,12}(-[a-z0-9]{1,5})?\\.(cn|com|com\\.cn|net)",
        number in "[0-9]{20}",
        code in "[0-9]{10}|0[0-9]{11}",
        short in "[0-9]{8}",
    ) {
        prop_assert_eq!(amount::parse(&amount::format(&fen)), Ok(fen));
        let dialled = if extension.is_empty() { landline } else { format!("{landline}转{extension}") };
        for text in [mobile, dialled] {
            let read = phone::parse(&text).unwrap();
            prop_assert_eq!(phone::parse(&phone::format(&read)), Ok(read));
        }
        let read = bank::parse(&account).unwrap();
        prop_assert_eq!(bank::parse(&bank::format(&read)), Ok(read));
        let line = format!("中国银行深圳分行 {account}");
        let line = bank::split(&line).unwrap();
        prop_assert_eq!((line.bank, line.account.as_str()), ("中国银行深圳分行", account.as_str()));
        let read = email::parse(&format!("{local}@{domain}")).unwrap();
        prop_assert_eq!(email::parse(&email::format(&read)), Ok(read));
        for text in [number, format!("{code} {short}")] {
            if let Ok(read) = invoice_number::parse(&text) {
                prop_assert_eq!(invoice_number::parse(&invoice_number::format(&read)), Ok(read));
            }
        }
    }

    #[test]
    fn certificates_read_back(letter in "[HM]", digits in "[0-9]{8}", passport in "[A-Z][0-9]{8}") {
        let nationality = if letter == "H" { "344" } else { "446" };
        let permit = format!("{letter}{digits}");
        let rows = [("210", permit.as_str(), nationality), ("213", &digits, "158"), ("227", &passport, "156")];
        for (kind, number, nationality) in rows {
            let read = certificate::parse(&Certificate { kind, number, nationality }).unwrap();
            let formatted = certificate::format(&read);
            let again = certificate::parse(&Certificate { kind, number: &formatted, nationality });
            prop_assert_eq!(again, Ok(read));
        }
    }

    #[test]
    fn a_labelled_block_reads_back(account in "[1-9][0-9]{15,18}", house in 1_u16..999, mobile in "1[3-9][0-9]{9}") {
        let block = format!(
            "名称：华为技术有限公司\n税号：914403001922038216\n地址：深圳市龙岗区坂田街道{house}号\n\
             电话：0755-28780808\n开户行：中国工商银行深圳分行\n账号：{account}\n手机：{mobile}\n"
        );
        let first = paste::parse(&block).unwrap();
        let again = paste::parse(&paste::format(&first)).unwrap();
        prop_assert_eq!(first.fields(), again.fields());
        prop_assert_eq!(first.value(paste::PastedField::Account), Some(account.as_str()));
    }
}
