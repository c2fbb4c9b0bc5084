//! Recognised words become fields: by their places, as they stand, with what is doubtful; and what a QR code says wins.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "helpers of tests")]

use std::collections::VecDeque;
use std::sync::Mutex;

use crate::support::paper::{Pdf, code, encoded};
use crate::support::yuan;
use image::{GrayImage, ImageFormat, Luma, imageops};
use invoice_core::money::Money;
use invoice_core::received::ReceivedField as F;
use invoice_core::received::{Evidence, ReceivedKind};
use invoice_providers::document::recognition::{
    self, Bounds, Doubt, Picture, REPAIRED, RecognizedFields, Recognizer, Word,
};
use invoice_providers::document::{DocumentCode, DocumentError};
use invoice_validate::{capital, tax_id, uscc};
use lopdf::Object;
use proptest::prelude::*;

const NUMBER: &str = "26332000004021728676";
const BUYER: &str = "91330100799655058B";

/// Words of a form: line, place from the left, text. Lines are 50 pixels apart, characters 20 wide.
fn words(cells: &[(u32, u32, &str)]) -> Vec<Word> {
    cells
        .iter()
        .map(|(line, left, text)| {
            let width = u32::try_from(text.chars().count()).unwrap() * 20;
            Word::new(text, 90, Bounds::new(*left, line * 50, width, 24))
        })
        .collect()
}

fn form<'a>(net: &'a str, tax: &'a str, gross: &'a str, capitals: &'a str) -> Vec<(u32, u32, &'a str)> {
    vec![
        (0, 700, "电子发票（普通发票）"),
        (0, 1500, "票号码:"),
        (0, 1640, NUMBER),
        (1, 1500, "开票日期："),
        (1, 1700, "2026年05月15日"),
        (2, 60, "名称："),
        (2, 130, "杭州示例信息技术有限公司"),
        (2, 1060, "名称："),
        (2, 1130, "深圳市样例茶业有限公司"),
        (3, 60, "统一社会信用代码/纳税人识别号："),
        (3, 700, BUYER),
        (3, 1060, "统一社会信用代码/纳税人识别号："),
        (3, 1700, "914403001922038216"),
        (4, 60, "项目名称"),
        (4, 300, "规格型号"),
        (5, 60, "*茶*龙井"),
        (5, 1300, "50.00"),
        (5, 1500, "13%"),
        (5, 1800, "6.50"),
        (7, 60, "合计"),
        (7, 1300, net),
        (7, 1800, tax),
        (8, 60, "价税合计（大写）"),
        (8, 700, capitals),
        (8, 1300, "（小写）"),
        (8, 1500, gross),
    ]
}

fn read(cells: &[(u32, u32, &str)]) -> RecognizedFields {
    RecognizedFields::of(&words(cells))
}

fn text(fields: &RecognizedFields, field: F) -> Option<String> {
    fields.get(field).map(|field| field.text().to_owned())
}

#[test]
fn the_words_of_a_form_are_its_fields_whatever_their_order() {
    let cells = form("¥100.00", "Y13.00", "#113.00", "⊗壹佰壹拾叁圆整");
    let mut shuffled = words(&cells);
    for _ in 0..cells.len() {
        shuffled.rotate_left(1);
        let fields = RecognizedFields::of(&shuffled);
        for (field, want) in [
            (F::Number, NUMBER),
            (F::Kind, "digital_ordinary"),
            (F::Date, "2026-05-15"),
            (F::Net, "100.00"),
            (F::Tax, "13.00"),
            (F::Gross, "113.00"),
            (F::BuyerName, "杭州示例信息技术有限公司"),
            (F::SellerName, "深圳市样例茶业有限公司"),
            (F::BuyerTaxId, BUYER),
            (F::SellerTaxId, "914403001922038216"),
        ] {
            assert_eq!(text(&fields, field).as_deref(), Some(want), "{field:?}");
            assert_eq!(fields.get(field).unwrap().confidence(), 90);
        }
        assert_eq!(fields.iter().count(), 10);
        assert_eq!(fields.doubts(), []);
    }
}

/// A field is as sure as the least sure word it was read from.
#[test]
fn confidence_is_that_of_the_words() {
    let mut all = words(&form("¥100.00", "¥13.00", "¥113.00", "壹佰壹拾叁圆整"));
    for word in &mut all {
        if word.text().contains(['茶', '¥']) {
            *word = Word::new(word.text(), 41, word.bounds());
        }
    }
    let fields = RecognizedFields::of(&all);
    let sure = |field| fields.get(field).unwrap().confidence();
    assert_eq!([F::SellerName, F::Net, F::Gross].map(sure), [41; 3]);
    assert_eq!([F::BuyerName, F::Number, F::Kind].map(sure), [90; 3]);
}

/// Each row: what is printed, what is read of net, tax and gross, what is doubtful.
#[test]
fn amounts_are_taken_as_they_stand_or_not_at_all() {
    type Row<'a> = ([&'a str; 4], [Option<&'a str>; 3], &'a [Doubt]);
    let rows: [Row<'_>; 9] = [
        (["100.00", "13.00", "113.00", ""], [Some("100.00"), Some("13.00"), Some("113.00")], &[]),
        // One digit misread: nothing is repaired, although 13.00 would fit.
        (
            ["¥100.00", "¥18.00", "¥113.00", "壹佰壹拾叁圆整"],
            [Some("100.00"), Some("18.00"), Some("113.00")],
            &[Doubt::AmountsDoNotSum],
        ),
        (
            ["¥100.00", "¥13.00", "¥118.00", "壹佰壹拾叁圆整"],
            [Some("100.00"), Some("13.00"), Some("118.00")],
            &[Doubt::AmountsDoNotSum, Doubt::CapitalsDiffer],
        ),
        (
            ["¥1,000.00", "¥130.00", "¥1,130.00", "壹仟壹佰叁拾圆整"],
            [Some("1000.00"), Some("130.00"), Some("1130.00")],
            &[],
        ),
        // Without the figures the capitals are the total.
        (
            ["¥100.00", "¥13.00", "¥113,00", "壹佰壹拾叁圆整"],
            [Some("100.00"), Some("13.00"), Some("113.00")],
            &[],
        ),
        // No tax: one amount, equal to the total. Otherwise one alone could be either.
        (["¥113.00", "***", "¥113.00", ""], [Some("113.00"), None, Some("113.00")], &[]),
        (["¥l00.00", "¥13.00", "¥113.00", ""], [None, None, Some("113.00")], &[]),
        (
            ["¥-100.00", "¥-13.00", "¥-113.00", "（负数）壹佰壹拾叁圆整"],
            [Some("-100.00"), Some("-13.00"), Some("-113.00")],
            &[],
        ),
        // A sign that was recognised as a stroke is no amount; one that was lost is noticed.
        (
            ["¥—100.00", "¥100.00", "¥113.00", "(负数)壹佰壹拾叁圆整"],
            [None, None, Some("113.00")],
            &[Doubt::CapitalsDiffer, Doubt::SignMissing],
        ),
    ];
    for ([net, tax, gross, capitals], want, doubts) in rows {
        let fields = read(&form(net, tax, gross, capitals));
        let read = [F::Net, F::Tax, F::Gross].map(|field| text(&fields, field));
        assert_eq!(read.each_ref().map(Option::as_deref), want, "{net} {tax} {gross}");
        assert_eq!(fields.doubts(), doubts, "{net} {tax} {gross}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// Whatever is printed is read, and whatever does not sum is a doubt.
    #[test]
    fn no_amount_is_made_to_fit(fen in prop::array::uniform3(-1_000_000_000_i64..1_000_000_000), sums: bool, capitals: i64) {
        let [net, tax, mut gross] = fen.map(Money::from_fen);
        if sums {
            gross = net.checked_add(tax).unwrap();
        }
        let capitals = Money::from_fen(if sums { gross.fen() } else { capitals });
        let printed = [net, tax, gross].map(|amount| format!("¥{amount}"));
        let fields = read(&form(&printed[0], &printed[1], &printed[2], &capital::to_string(capitals.fen())));
        for (field, amount) in [(F::Net, net), (F::Tax, tax), (F::Gross, gross)] {
            prop_assert_eq!(text(&fields, field), Some(amount.to_string()));
        }
        let doubts = fields.doubts();
        prop_assert_eq!(doubts.contains(&Doubt::AmountsDoNotSum), net.checked_add(tax) != Some(gross));
        prop_assert_eq!(doubts.contains(&Doubt::CapitalsDiffer), capitals != gross);
    }

    #[test]
    fn no_words_are_a_panic(
        cells in prop::collection::vec((0..9_u32, 0..2_000_u32, "[名称：识别号票码合计小写¥0-9.,% A-Z年月日-]{0,24}"), 0..60),
        strange in prop::collection::vec((any::<String>(), any::<u8>(), any::<[u32; 4]>()), 0..10),
    ) {
        let cells: Vec<_> = cells.iter().map(|(line, left, text)| (*line, *left, text.as_str())).collect();
        let mut words = words(&cells);
        words.extend(strange.iter().map(|(text, confidence, [left, top, width, height])| {
            Word::new(text, *confidence, Bounds::new(*left, *top, *width, *height))
        }));
        let fields = RecognizedFields::of(&words);
        let _ = fields.doubts();
        prop_assert!(fields.iter().all(|(_, field)| field.confidence() <= 100));
    }
}

/// A tax ID with one look-alike in it is what was printed, or a doubt: never another one.
#[test]
fn a_tax_id_is_repaired_only_where_one_is_meant() {
    const SLIPS: [(char, char); 8] =
        [('0', 'O'), ('1', 'I'), ('5', 'S'), ('8', 'B'), ('B', '8'), ('6', 'G'), ('3', '8'), ('0', 'D')];
    let (mut repaired, mut open) = (0, 0);
    for id in [BUYER, "914403001922038216", "911101176876214860", "91350100M000100Y43"] {
        for (at, (from, to)) in (0..18).flat_map(|at| SLIPS.map(|slip| (at, slip))) {
            if id.chars().nth(at) != Some(from) {
                continue;
            }
            let seen: String =
                id.chars().enumerate().map(|(place, c)| if place == at { to } else { c }).collect();
            let fields = read(&[(0, 60, "纳税人识别号："), (0, 400, &seen)]);
            match fields.get(F::BuyerTaxId) {
                Some(read) => {
                    assert_eq!(read.text(), id, "{seen}");
                    assert!(read.confidence() <= REPAIRED);
                    assert_eq!(fields.doubts(), [Doubt::Repaired(F::BuyerTaxId)]);
                    repaired += 1;
                }
                None => {
                    assert_eq!(fields.doubts(), [Doubt::CheckFails(F::BuyerTaxId)], "{seen}");
                    open += 1;
                }
            }
        }
    }
    assert!(repaired > 20 && open > 0, "{repaired} repaired, {open} left open");
}

#[test]
fn a_tax_id_that_may_be_several_is_left_out() {
    // Two characters of it are wrong, and no single change makes it pass, or several do.
    let seen = (0..31_u32)
        .flat_map(|a| (0..31_u32).map(move |b| (a, b)))
        .map(|(a, b)| {
            let letter = |n: u32| uscc::ALPHABET[usize::try_from(n).unwrap()];
            let mut id = BUYER.as_bytes().to_vec();
            (id[10], id[14]) = (letter(a), letter(b));
            String::from_utf8(id).unwrap()
        })
        .find(|id| {
            let report = tax_id::check(id);
            !report.is_valid() && report.faults().iter().all(|fault| fault.suggestion().is_none())
        })
        .unwrap();
    let fields = read(&[(0, 60, "纳税人识别号："), (0, 400, &seen)]);
    assert!(fields.get(F::BuyerTaxId).is_none());
    assert_eq!(fields.doubts(), [Doubt::CheckFails(F::BuyerTaxId)]);
    // Another reading that has it whole clears the doubt.
    let whole = read(&[(0, 60, "纳税人识别号："), (0, 400, BUYER)]);
    assert_eq!(fields.also(whole).doubts(), []);
}

#[test]
fn what_is_found_once_is_given_to_the_party_whose_place_it_is() {
    let page = [(0, 0, "。"), (20, 1_900, "。")];
    for (line, left, field) in [(2, 60, F::BuyerName), (2, 1_060, F::SellerName), (16, 60, F::SellerName)] {
        let cells = [&page[..], &[(line, left, "名称："), (line, left + 70, "某某有限公司")]].concat();
        let fields = read(&cells);
        assert_eq!(text(&fields, field).as_deref(), Some("某某有限公司"), "{field:?}");
        assert_eq!(fields.iter().count(), 1);
    }
}

/// A sheet that leans by a degree to either side: who stands on the right is the seller.
#[test]
fn parties_do_not_change_places_on_a_sheet_that_leans() {
    for (buyer, seller) in [
        ("杭州示例信息技术有限公司", "深圳市样例茶业有限公司"),
        ("甲店", "乙店"),
        ("杭州示例信息技术开发与咨询服务（集团）股份有限公司", "乙店"),
        ("甲店", "深圳市样例茶业进出口与供应链管理（集团）股份有限公司"),
    ] {
        let mut cells = form("¥100.00", "¥13.00", "¥113.00", "");
        for cell in &mut cells {
            match (cell.0, cell.1) {
                (2, 130) => cell.2 = buyer,
                (2, 1_130) => cell.2 = seller,
                _ => {}
            }
        }
        for lean in [-35_i64, -20, 0, 20, 35] {
            // In two thousandths: a degree is 35 of them.
            let leaning: Vec<Word> = words(&cells)
                .iter()
                .map(|word| {
                    let at = word.bounds();
                    let down = 100 + i64::from(at.top()) + i64::from(at.left()) * lean / 2_000;
                    let top = u32::try_from(down).unwrap();
                    Word::new(
                        word.text(),
                        90,
                        Bounds::new(at.left(), top, at.right() - at.left(), at.height()),
                    )
                })
                .collect();
            let fields = RecognizedFields::of(&leaning);
            for (field, want) in [
                (F::BuyerName, buyer),
                (F::SellerName, seller),
                (F::BuyerTaxId, BUYER),
                (F::SellerTaxId, "914403001922038216"),
            ] {
                assert_eq!(text(&fields, field).as_deref(), Some(want), "{field:?} leaning {lean}, {buyer}");
            }
        }
    }
}

/// Below each other they are buyer and seller in this order, on either side.
#[test]
fn parties_below_each_other_keep_their_order() {
    for left in [60, 1_500] {
        let fields = read(&[
            (0, 0, "。"),
            (2, left, "名称："),
            (2, left + 70, "上方有限公司"),
            (18, left, "名称："),
            (18, left + 70, "下方有限公司"),
            (20, 1_900, "。"),
        ]);
        assert_eq!(text(&fields, F::BuyerName).as_deref(), Some("上方有限公司"), "{left}");
        assert_eq!(text(&fields, F::SellerName).as_deref(), Some("下方有限公司"), "{left}");
    }
}

/// What a remark says of a total is not the total.
#[test]
fn a_remark_below_the_totals_is_not_the_total() {
    for remark in ["备注：本合同价税合计 500000.00元", "备注：价税合计500000.00", "备注：500000.00"]
    {
        let mut cells = form("¥100.00", "¥13.00", "¥113.00", "壹佰壹拾叁圆整");
        cells.push((10, 60, remark));
        let fields = read(&cells);
        let read = [F::Net, F::Tax, F::Gross].map(|field| text(&fields, field));
        assert_eq!(read.each_ref().map(Option::as_deref), [Some("100.00"), Some("13.00"), Some("113.00")]);
        assert_eq!(fields.doubts(), [], "{remark}");
    }
    // Where nothing else is there, the line is known by its name.
    let bare =
        read(&[(7, 60, "合计"), (7, 1_300, "100.00"), (7, 1_800, "13.00"), (8, 60, "价税合计 ¥113.00")]);
    assert_eq!(text(&bare, F::Gross).as_deref(), Some("113.00"));
}

/// A minus before the currency sign or behind it; what may be one or not is no amount.
#[test]
fn a_minus_apart_from_its_figures_counts() {
    for (printed, want) in [
        ("¥-113.00", Some("-113.00")),
        ("-¥113.00", Some("-113.00")),
        ("−¥113.00", Some("-113.00")),
        ("¥−113.00", Some("-113.00")),
        ("¥ - 113.00", Some("-113.00")),
        ("- ¥ 113.00", Some("-113.00")),
        ("- 113.00", Some("-113.00")),
        ("-￥ 1,113.00", Some("-1113.00")),
        ("-Y113.00", Some("-113.00")),
        ("¥113.00", Some("113.00")),
        ("-¥-113.00", None),
        ("--113.00", None),
        ("—¥113.00", None),
        ("¥ — 113.00", None),
        ("-   ¥113.00", None),
    ] {
        let fields = read(&form("", "", printed, ""));
        assert_eq!(text(&fields, F::Gross).as_deref(), want, "{printed}");
        let sums = read(&form(printed, "¥0.00", "¥1.00", ""));
        assert_eq!(text(&sums, F::Net).as_deref(), want, "{printed}");
    }
    // As sure as the minus, too.
    let mut all = words(&form("", "", "¥113.00", ""));
    all.push(Word::new("-", 30, Bounds::new(1_480, 400, 15, 24)));
    let gross = RecognizedFields::of(&all).get(F::Gross).cloned().unwrap();
    assert_eq!((gross.text(), gross.confidence()), ("-113.00", 30));
}

#[test]
fn legacy_forms_have_code_number_and_check_code() {
    let fields = read(&[
        (0, 60, "浙江增值税电子普通发票"),
        (0, 1_500, "发票代码："),
        (0, 1_640, "033001800111"),
        (1, 1_500, "票号码 25672225"),
        (2, 1_500, "开票日期;2018年06月10日"),
        (3, 1_500, "校验码：82076 77112 17214 27121"),
    ]);
    for (field, want) in [
        (F::Number, "033001800111-25672225"),
        (F::Kind, "legacy_ordinary"),
        (F::Date, "2018-06-10"),
        (F::CheckCode, "82076771121721427121"),
    ] {
        assert_eq!(text(&fields, field).as_deref(), Some(want), "{field:?}");
    }
    assert_eq!(fields.doubts(), []);
    // Of two years one is wrong.
    let other = read(&[(0, 60, "发票号码："), (0, 400, NUMBER), (1, 60, "开票日期：2025年05月15日")]);
    assert_eq!(other.doubts(), [Doubt::YearDiffers]);
}

/// The surer reading stays, whichever comes first, and the difference is not forgotten.
#[test]
fn readings_are_put_together() {
    let with = |gross: &str, confidence| {
        let cells = form("¥100.00", "¥13.00", gross, "");
        let word = |word: &Word| {
            if word.text() == gross { Word::new(gross, confidence, word.bounds()) } else { word.clone() }
        };
        RecognizedFields::of(&words(&cells).iter().map(word).collect::<Vec<_>>())
    };
    let (sure, unsure) = (with("¥113.00", 80), with("¥118.00", 60));
    for both in [sure.clone().also(unsure.clone()), unsure.also(sure.clone())] {
        assert_eq!(text(&both, F::Gross).as_deref(), Some("113.00"));
        assert_eq!(both.doubts(), [Doubt::ReadingsDiffer(F::Gross)]);
    }
    assert_eq!(sure.clone().also(RecognizedFields::default()), sure);
    assert_eq!(RecognizedFields::default().also(sure.clone()), sure);
}

/// A recogniser that sees what it is told.
struct Told(Vec<Word>);

impl Recognizer for Told {
    fn recognize(&self, _: &Picture) -> Result<Vec<Word>, DocumentError> {
        Ok(self.0.clone())
    }
}

/// A recogniser that sees something else on each page.
struct Each(Mutex<VecDeque<Vec<Word>>>);

impl Recognizer for Each {
    fn recognize(&self, _: &Picture) -> Result<Vec<Word>, DocumentError> {
        Ok(self.0.lock().unwrap().pop_front().unwrap())
    }
}

/// So many small pages without text.
fn blank(pages: usize) -> Pdf {
    let side = Object::Array(vec![0.into(), 0.into(), 50.into(), 50.into()]);
    Pdf::of(&vec!["0 0 1 rg 0 0 9 9 re f\n".to_owned(); pages]).paged("MediaBox", &side)
}

/// Pages of one scan are one invoice only where they say so.
#[test]
fn pages_of_several_invoices_are_not_one() {
    type Page<'a> = &'a [(u32, u32, &'a str)];
    let first = form("¥100.00", "¥13.00", "¥113.00", "");
    let other: Vec<_> = first
        .iter()
        .map(|(line, left, text)| {
            (*line, *left, if *text == NUMBER { "26332000004021728677" } else { *text })
        })
        .collect();
    let unnumbered: Vec<_> = first.iter().copied().filter(|cell| cell.2 != NUMBER).collect();
    let mut dated = unnumbered.clone();
    dated.iter_mut().filter(|cell| cell.2.contains('年')).for_each(|cell| cell.2 = "2026年05月16日");
    let total: Page<'_> = &[(8, 1_300, "（小写）"), (8, 1_500, "¥999.00")];
    let list: Page<'_> = &[(0, 60, "销售货物清单"), (1, 60, "校验码：82076 77112 17214 27121")];
    let letter: Page<'_> = &[(0, 60, "尊敬的客户"), (1, 60, "2026年06月01日"), (2, 60, "名称：某某快递")];
    for (name, pages, want) in [
        ("one", &[&first[..]][..], Some(NUMBER)),
        ("the same twice", &[&first, &first], Some(NUMBER)),
        ("two", &[&first, &other], None),
        ("another at the end", &[&first, &first, &other], None),
        ("and one whose number was not seen", &[&first, &dated], None),
        ("and one of another total", &[&first, total], None),
        ("a copy whose number was not seen", &[&first, &unnumbered], Some(NUMBER)),
        ("with its list", &[&first, list], Some(NUMBER)),
        ("behind a letter", &[letter, &first], Some(NUMBER)),
        ("behind an empty page", &[&[], &first], Some(NUMBER)),
        ("before an empty page", &[&first, &[]], Some(NUMBER)),
    ] {
        let blank = blank(pages.len()).bytes();
        let told = Each(Mutex::new(pages.iter().map(|page| words(page)).collect()));
        match (recognition::read(&blank, &[&told]), want) {
            (Ok(read), Some(number)) => {
                assert_eq!(read.invoice.number().as_str(), number, "{name}");
                assert_eq!(read.invoice.buyer_name(), Some("杭州示例信息技术有限公司"), "{name}");
                assert_eq!(read.invoice.disputed().count(), 0, "{name}");
            }
            (Err(error), None) => {
                assert_eq!(error.code(), DocumentCode::NoInvoice, "{name}");
                assert_eq!(error.place(), Some("pages of several invoices"), "{name}");
            }
            (read, _) => panic!("{name}: {read:?}"),
        }
    }
    // The code on one page, another number on the next.
    for (payload, several) in [(PAYLOAD, false), (&PAYLOAD.replace("8676,", "8677,"), true)] {
        let coded = blank(2).pictured(&code(payload, 4)).bytes();
        let told = Each(Mutex::new([Vec::new(), words(&first)].into()));
        let place =
            recognition::read(&coded, &[&told]).err().and_then(|error| error.place().map(str::to_owned));
        assert_eq!(place.is_some(), several, "{payload}: {place:?}");
    }
}

/// Cameras say how they were held: pictures are turned before they are looked at.
#[test]
fn photographs_are_turned_as_they_were_taken() {
    // Dark on the left.
    let plain = GrayImage::from_fn(64, 32, |x, _| Luma([if x < 32 { 0 } else { 255 }]));
    let jpeg = encoded(&plain, ImageFormat::Jpeg);
    let taken = |orientation: u8| {
        let exif = [
            &b"\xff\xe1\x00\x22Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0"[..],
            &[orientation, 0, 0, 0, 0, 0, 0, 0],
        ];
        Picture::open(&[&jpeg[..2], &exif.concat(), &jpeg[2..]].concat()).unwrap()
    };
    let is_dark = |picture: &Picture, x: u32, y: u32| {
        picture.pixels()[usize::try_from(y * picture.width() + x).unwrap()] < 128
    };
    for (orientation, (width, height), dark, light) in [
        (1, (64, 32), (5, 16), (59, 16)),
        (3, (64, 32), (59, 16), (5, 16)),
        (6, (32, 64), (16, 5), (16, 59)),
        (8, (32, 64), (16, 59), (16, 5)),
        (77, (64, 32), (5, 16), (59, 16)),
    ] {
        let picture = taken(orientation);
        assert_eq!((picture.width(), picture.height()), (width, height), "{orientation}");
        assert!(is_dark(&picture, dark.0, dark.1) && !is_dark(&picture, light.0, light.1), "{orientation}");
    }
}

fn page(payload: &str) -> Vec<u8> {
    let mut page = GrayImage::from_pixel(1_600, 900, Luma([250]));
    imageops::overlay(&mut page, &code(payload, 4), 40, 40);
    encoded(&page, ImageFormat::Png)
}

const PAYLOAD: &str = "01,32,,26332000004021728676,113.00,20260515,,3050";

#[test]
fn the_code_wins_over_what_was_recognised() {
    let misread = form("¥100.00", "¥13.00", "¥118.00", "");
    let told = Told(words(&misread));
    let read = recognition::read(&page(&PAYLOAD.replace(",3050", ",")), &[&told]).unwrap();
    let invoice = &read.invoice;
    assert_eq!(invoice.gross(), Some(yuan("113.00")));
    assert_eq!(invoice.evidence(F::Gross), Some(Evidence::QrCode));
    assert!(invoice.is_disputed(F::Gross) && !invoice.is_disputed(F::Number));
    // Net and tax are the page's, and with the code's total they sum.
    assert_eq!((invoice.net(), invoice.evidence(F::Net)), (Some(yuan("100.00")), Some(Evidence::Text)));
    assert_eq!(invoice.seller_name(), Some("深圳市样例茶业有限公司"));
    assert_eq!(read.fields.doubts(), [Doubt::AmountsDoNotSum]);

    // Where they do not sum with it, they give way and are disputed.
    let told = Told(words(&form("¥100.00", "¥18.00", "¥118.00", "")));
    let invoice = recognition::read(&page(&PAYLOAD.replace(",3050", ",")), &[&told]).unwrap().invoice;
    assert_eq!((invoice.gross(), invoice.net(), invoice.tax()), (Some(yuan("113.00")), None, None));
    assert!([F::Gross, F::Net, F::Tax].into_iter().all(|field| invoice.is_disputed(field)));
}

#[test]
fn what_was_only_recognised_is_an_invoice_or_says_why_not() {
    let blank = encoded(&GrayImage::from_pixel(1_600, 900, Luma([250])), ImageFormat::Png);
    let good = Told(words(&form("¥100.00", "¥13.00", "¥113.00", "壹佰壹拾叁圆整")));
    let read = recognition::read(&blank, &[&good]).unwrap();
    assert_eq!(
        (read.invoice.number().as_str(), read.invoice.kind()),
        (NUMBER, ReceivedKind::DigitalOrdinary)
    );
    assert_eq!(read.invoice.evidence(F::Gross), Some(Evidence::Text));
    assert_eq!(read.invoice.disputed().count(), 0);
    // No code and no stronger text: three amounts that do not sum are refused, none is changed.
    let bad = Told(words(&form("¥100.00", "¥18.00", "¥113.00", "")));
    let error = recognition::read(&blank, &[&bad]).unwrap_err();
    assert_eq!(error.code(), DocumentCode::NoInvoice);
    assert!(std::error::Error::source(&error).unwrap().to_string().contains("RECEIVED-03"), "{error:?}");
    // Figures and capitals that differ are disputed.
    let capitals = Told(words(&form("¥100.00", "¥13.00", "¥113.00", "壹佰壹拾捌圆整")));
    let invoice = recognition::read(&blank, &[&capitals]).unwrap().invoice;
    assert!(invoice.is_disputed(F::Gross));
    // Two readings that differ are, too.
    let other = Told(words(&form("¥100.00", "¥13.00", "¥118.00", "")));
    assert!(recognition::read(&blank, &[&good, &other]).unwrap().invoice.is_disputed(F::Gross));
    for recognizers in [&[][..], &[&Told(Vec::new()) as &dyn Recognizer]] {
        assert_eq!(recognition::read(&blank, recognizers).unwrap_err().code(), DocumentCode::NoInvoice);
    }
}

/// Nobody looks at pictures where a file says everything itself, and nobody's failure is passed over.
#[test]
fn recognisers_are_asked_where_there_is_a_picture_and_their_errors_count() {
    struct Broken;
    impl Recognizer for Broken {
        fn recognize(&self, _: &Picture) -> Result<Vec<Word>, DocumentError> {
            Err(DocumentCode::RecognizerFailed.into())
        }
    }
    let xml = invoice_providers::document::xml::write(&crate::support::face(1));
    assert!(recognition::read(&xml, &[&Broken]).unwrap().fields.iter().next().is_none());
    let failed = recognition::read(&page(PAYLOAD), &[&Broken]).unwrap_err();
    assert_eq!(failed.code(), DocumentCode::RecognizerFailed);
    assert_eq!(recognition::read(b"plain", &[&Broken]).unwrap_err().code(), DocumentCode::FormatUnknown);
}

#[test]
fn pictures_are_bounded_and_nothing_shows_what_was_recognised() {
    let code = |width, height, pixels: usize| {
        Picture::from_pixels(width, height, vec![0; pixels]).unwrap_err().code()
    };
    assert_eq!(code(3, 3, 8), DocumentCode::PictureBroken);
    assert_eq!(code(8_000, 6_000, 0), DocumentCode::PictureTooLarge);
    assert_eq!(code(u32::MAX, u32::MAX, 0), DocumentCode::PictureTooLarge);
    let word = Word::new("某某有限公司", 255, Bounds::new(1, 2, 3, 4));
    assert_eq!(word.confidence(), 100);
    let fields = read(&form("¥100.00", "¥13.00", "¥113.00", ""));
    let shown = format!("{word:?} {fields:?} {:?}", fields.get(F::SellerName));
    for secret in ["某某", "深圳", "91", NUMBER] {
        assert!(!shown.contains(secret), "{shown}");
    }
    assert_eq!(Word::new(&"长".repeat(500), 1, word.bounds()).text().chars().count(), 200);
}
