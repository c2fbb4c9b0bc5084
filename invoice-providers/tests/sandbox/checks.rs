//! What the bureau refuses, one row per rule, and what it accepts at the very edge.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "helpers of tests")]

use std::collections::BTreeSet;

use crate::support::{clock, issued, key, prepared, refusal};
use invoice_core::invoice::{InvoiceKind, InvoiceNumber};
use invoice_core::limits::{Basis, InvoiceLimit};
use invoice_core::money::Money;
use invoice_core::plan::split::RowKind;
use invoice_core::provider::{InvoiceProvider, IssueRequest, PreparedRequest, RequestRow};
use invoice_core::tax::{TaxItem, TaxRate, Treatment};
use invoice_core::testkit::provider::{SAMPLE_BUYER, SAMPLE_SELLER, SampleRequest, sample_item};
use invoice_core::title::{BuyerKind, Title};
use invoice_providers::sandbox::{RedRule, SandboxBureau};

fn fen(fen: i64) -> Money {
    Money::from_fen(fen)
}

fn item(code: &str, percent: u32, treatment: Treatment) -> TaxItem {
    TaxItem::new(code.parse().unwrap(), "简称", TaxRate::percent(percent).unwrap(), treatment)
}

fn voucher() -> TaxItem {
    item("6010000000000000000", 0, Treatment::NotTaxable)
}

/// One row without quantity that says exactly this.
fn plain(net: i64, tax: i64) -> SampleRequest {
    SampleRequest::new("k").line_of(sample_item(), "样例", None, "1.00").rows(|rows| {
        (rows[0].net, rows[0].tax, rows[0].gross) = (fen(net), fen(tax), fen(net + tax));
    })
}

fn priced(quantity: &str, price: &str, net: i64, tax: i64) -> SampleRequest {
    plain(net, tax).rows(|rows| {
        (rows[0].quantity, rows[0].unit_price) =
            (Some(quantity.parse().unwrap()), Some(price.parse().unwrap()));
    })
}

async fn verdict(request: SampleRequest) -> Option<String> {
    let bureau = SandboxBureau::builder(1, clock())
        .limit(InvoiceKind::DIGITAL_ORDINARY, InvoiceLimit::WAN_10)
        .max_rows(300)
        .build()
        .unwrap();
    bureau.issue(&prepared(&request.build())).await.err().map(|error| error.code().unwrap().to_owned())
}

fn edit(change: impl FnOnce(&mut Vec<RequestRow>)) -> SampleRequest {
    SampleRequest::new("k").line(3, "100.00").line(1, "5.00").rows(change)
}

fn discounted(change: impl FnOnce(&mut Vec<RequestRow>)) -> SampleRequest {
    SampleRequest::new("k").line(3, "100.00").discount("10.00").line(1, "5.00").rows(change)
}

fn tiny(rows: usize) -> SampleRequest {
    plain(4, 1).rows(|all| {
        let row = all[0].clone();
        all.resize(rows, row);
    })
}

#[tokio::test]
async fn blue_requests_are_checked_row_by_row() {
    let company = |name: &str, id: &str| Title::company(name, id);
    let good = || SampleRequest::new("k").line(1, "10.00");
    let rows: Vec<(&str, SampleRequest, Option<&str>)> = vec![
        ("plain", good(), None),
        ("seller id", good().seller("123"), Some("SBX-101")),
        ("to oneself", good().title(company("甲", SAMPLE_SELLER)), Some("SBX-102")),
        (
            "special without id",
            good().kind(InvoiceKind::DIGITAL_SPECIAL).title(Title::of(BuyerKind::Company, "甲")),
            Some("SBX-103"),
        ),
        ("special with id", good().kind(InvoiceKind::DIGITAL_SPECIAL), None),
        ("ordinary without id", good().title(Title::person("张三")), None),
        ("15 digits", good().title(company("甲", "440301192203821")), None),
        ("5 digits", good().title(company("甲", "12345")), Some("SBX-104")),
        ("no name", good().title(company(" ", SAMPLE_BUYER)), Some("SBX-105")),
        ("no rows", edit(Vec::clear), Some("SBX-201")),
        ("301 rows", tiny(301), Some("SBX-202")),
        ("row gross", edit(|rows| rows[0].gross = fen(10_001)), Some("SBX-203")),
        ("quantity alone", edit(|rows| rows[0].unit_price = None), Some("SBX-204")),
        ("price alone", edit(|rows| rows[0].quantity = None), Some("SBX-204")),
        ("33.33 x 3 = 100.00", priced("3", "33.33", 10_000, 1_300), None),
        ("33.33 x 3 = 99.98", priced("3", "33.33", 9_998, 1_300), None),
        ("33.33 x 3 = 100.01", priced("3", "33.33", 10_001, 1_300), Some("SBX-205")),
        ("tax 13.06", plain(10_000, 1_306), None),
        ("tax 13.07", plain(10_000, 1_307), Some("SBX-206")),
        ("264 rows drift 1.2672", tiny(264), None),
        ("265 rows drift 1.2720", tiny(265), Some("SBX-223")),
        (
            "negative row",
            edit(|rows| {
                let r = &mut rows[1];
                (r.net, r.tax, r.gross, r.quantity, r.unit_price) =
                    (fen(-442), fen(-58), fen(-500), None, None);
            }),
            Some("SBX-207"),
        ),
        ("discount", discounted(|_| {}), None),
        ("discount first", discounted(|rows| rows.swap(0, 1)), Some("SBX-208")),
        ("discount apart", discounted(|rows| rows.swap(1, 2)), Some("SBX-208")),
        (
            "discount missing",
            discounted(|rows| {
                rows.remove(1);
            }),
            Some("SBX-208"),
        ),
        ("discount of a normal row", discounted(|rows| rows[0].kind = RowKind::Normal), Some("SBX-208")),
        ("discount with unit", discounted(|rows| rows[1].unit = Some("个".into())), Some("SBX-209")),
        ("discount of another name", discounted(|rows| rows[1].name = "其他".into()), Some("SBX-209")),
        (
            "discount above its row",
            SampleRequest::new("k").line(1, "10.00").discount("10.01").line(1, "5.00"),
            Some("SBX-210"),
        ),
        (
            "full discount beside another row",
            SampleRequest::new("k").line(1, "10.00").discount("10.00").line(1, "5.00"),
            None,
        ),
        ("full discount alone", SampleRequest::new("k").line(1, "10.00").discount("10.00"), Some("SBX-224")),
        ("voucher", SampleRequest::new("k").line_of(voucher(), "卡", None, "9.00"), None),
        ("voucher beside goods", good().line_of(voucher(), "卡", None, "9.00"), Some("SBX-211")),
        (
            "voucher on special",
            SampleRequest::new("k").kind(InvoiceKind::DIGITAL_SPECIAL).line_of(voucher(), "卡", None, "9.00"),
            Some("SBX-212"),
        ),
        (
            "voucher unmarked",
            SampleRequest::new("k").line_of(
                item("6010000000000000000", 0, Treatment::ZeroRated),
                "卡",
                None,
                "9.00",
            ),
            Some("SBX-212"),
        ),
        (
            "exempt with tax",
            SampleRequest::new("k").line_of(
                item("1060201010000000000", 13, Treatment::Exempt),
                "书",
                None,
                "9.00",
            ),
            Some("SBX-213"),
        ),
        ("totals one fen off", good().totals(fen(884), fen(115), fen(999)), Some("SBX-221")),
        ("gross total", good().totals(fen(885), fen(115), fen(1_001)), Some("SBX-222")),
        ("kind", good().kind(InvoiceKind::LEGACY_ORDINARY_PAPER), Some("SBX-301")),
        ("99999.99 net", plain(9_999_999, 1_300_000), None),
        ("100000.00 net", plain(10_000_000, 1_300_000), Some("SBX-302")),
    ];
    for (name, request, want) in rows {
        assert_eq!(verdict(request).await.as_deref(), want, "{name}");
    }
}

#[tokio::test]
async fn a_message_that_is_not_one_is_refused() {
    let bureau = SandboxBureau::builder(1, clock()).build().unwrap();
    let good = SampleRequest::new("k").line(1, "10.00").build();
    let body = prepared(&good).body().to_owned();
    let number: InvoiceNumber = "26442000000000000000".parse().unwrap();
    for (request, want) in [
        (PreparedRequest::new(key("k"), "{"), "SBX-001"),
        (PreparedRequest::new(key("k"), body.replace("\"10.00\"", "10.00")), "SBX-001"),
        (PreparedRequest::new(key("other"), body), "SBX-002"),
        (prepared(&SampleRequest::red_of("k", &good, &number, "01").build()), "SBX-004"),
    ] {
        assert_eq!(refusal(bureau.issue(&request).await), want);
    }
    assert_eq!(refusal(bureau.issue_red(&prepared(&good)).await), "SBX-004");
}

#[tokio::test]
async fn a_gross_limit_compares_gross() {
    let limit = InvoiceLimit::net_below(fen(10_000)).with_basis(Basis::Gross);
    let kind = InvoiceKind::DIGITAL_ORDINARY;
    let bureau = SandboxBureau::builder(1, clock()).limit(kind, limit).build().unwrap();
    let issue = async |name: &str, gross: &str| {
        bureau.issue(&prepared(&SampleRequest::new(name).line(1, gross).build())).await
    };
    issued(issue("below", "99.99").await);
    assert_eq!(refusal(issue("at", "100.00").await), "SBX-302");
}

/// A blue of goods, of services, and of both, and the reds that are refused or issued.
#[tokio::test]
async fn red_requests_are_checked_against_their_blue() {
    let bureau = SandboxBureau::builder(1, clock()).red(RedRule::Direct).build().unwrap();
    let goods = SampleRequest::new("goods").line(3, "300.00").discount("30.00").line(2, "8.00").build();
    let service = item("3070000000000000000", 6, Treatment::Standard);
    let course = SampleRequest::new("course").line_of(service, "课", Some(2.into()), "500.00").build();
    let mut numbers = Vec::new();
    for blue in [&goods, &course] {
        numbers.push(issued(bureau.issue(&prepared(blue)).await).number);
    }
    let unknown: InvoiceNumber = "26442000000000000000".parse().unwrap();
    let red = |reason: &str| SampleRequest::red_of("r", &goods, &numbers[0], reason);
    let course_red = |reason: &str| SampleRequest::red_of("r", &course, &numbers[1], reason);
    let mut codes = BTreeSet::new();
    for (index, (name, request, want)) in [
        ("blue unknown", SampleRequest::red_of("r", &goods, &unknown, "01"), "SBX-401"),
        ("other seller", red("01").seller("91310000631295002H"), "SBX-402"),
        ("other class", red("01").kind(InvoiceKind::DIGITAL_SPECIAL), "SBX-403"),
        ("other buyer", red("01").title(Title::person("李四")), "SBX-404"),
        ("reason 05", red("05"), "SBX-411"),
        (
            "reason 01 partial",
            red("01").rows(|rows| {
                rows.pop();
            }),
            "SBX-412",
        ),
        ("reason 02 for services", course_red("02"), "SBX-413"),
        ("reason 03 for goods", red("03"), "SBX-413"),
        (
            "reason 04 with quantity",
            red("04").rows(|rows| {
                rows[0].quantity = Some((-3).into());
                rows[0].unit_price = Some("79.646018".parse().unwrap());
            }),
            "SBX-414",
        ),
        (
            "reason 02 without quantity",
            red("02").rows(|rows| (rows[0].quantity, rows[0].unit_price) = (None, None)),
            "SBX-414",
        ),
        ("no blue row", red("02").rows(|rows| rows[0].blue_row = None), "SBX-415"),
        ("the discount row", red("02").rows(|rows| rows[0].blue_row = Some(2)), "SBX-415"),
        ("a row that is not there", red("02").rows(|rows| rows[0].blue_row = Some(9)), "SBX-415"),
        (
            "a row twice",
            red("04").rows(|rows| {
                rows.truncate(1);
                let mut half = rows[0].clone();
                (half.net, half.tax, half.gross) = (fen(-100), fen(-13), fen(-113));
                *rows = vec![half.clone(), half];
            }),
            "SBX-415",
        ),
        ("another name", red("02").rows(|rows| rows[0].name = "其他".into()), "SBX-416"),
        (
            "above the discounted row",
            red("04").rows(|rows| {
                let r = &mut rows[0];
                r.net = fen(r.net.fen() - 1);
                r.gross = fen(r.gross.fen() - 1);
            }),
            "SBX-417",
        ),
        (
            "more pieces",
            red("02").rows(|rows| {
                rows.remove(0);
                let r = &mut rows[0];
                r.quantity = Some((-3).into());
                r.unit_price = Some("2.36".parse().unwrap());
            }),
            "SBX-418",
        ),
        (
            "positive",
            red("02").rows(|rows| {
                for r in rows {
                    (r.net, r.tax, r.gross) = (fen(-r.net.fen()), fen(-r.tax.fen()), fen(-r.gross.fen()));
                    r.quantity = r.quantity.map(|q| -q);
                }
            }),
            "SBX-419",
        ),
        ("a discounted row", red("02").rows(|rows| rows[0].kind = RowKind::Discounted), "SBX-420"),
    ]
    .into_iter()
    .enumerate()
    {
        let body =
            prepared(&request.build()).body().replace("\"key\":\"r\"", &format!("\"key\":\"r{index}\""));
        let request = PreparedRequest::new(key(&format!("r{index}")), body);
        assert_eq!(refusal(bureau.issue_red(&request).await), want, "{name}");
        codes.insert(want);
    }
    assert_eq!(codes.len(), 14);
    assert_eq!(bureau.totals().red_count, 0);
    issued(bureau.issue_red(&prepared(&course_red("03").build())).await);
}

/// Three pieces of 100.00: two are taken back, then two more are refused, then the last one and the rest by amount.
#[tokio::test]
async fn what_is_taken_back_adds_up() {
    let bureau = SandboxBureau::builder(1, clock()).red(RedRule::Direct).build().unwrap();
    let blue = SampleRequest::new("b").line(3, "300.00").build();
    let number = issued(bureau.issue(&prepared(&blue)).await).number;
    let pieces = |name: &str, quantity: i64, net: i64, tax: i64| -> IssueRequest {
        SampleRequest::red_of(name, &blue, &number, "02")
            .rows(|rows| {
                rows[0].quantity = Some((-quantity).into());
                (rows[0].net, rows[0].tax, rows[0].gross) = (fen(-net), fen(-tax), fen(-net - tax));
            })
            .build()
    };
    issued(bureau.issue_red(&prepared(&pieces("two", 2, 17_699, 2_301))).await);
    assert_eq!(refusal(bureau.issue_red(&prepared(&pieces("more", 2, 17_699, 2_301))).await), "SBX-417");
    assert_eq!(
        refusal(
            bureau.issue_red(&prepared(&SampleRequest::red_of("all", &blue, &number, "01").build())).await
        ),
        "SBX-417"
    );
    issued(bureau.issue_red(&prepared(&pieces("one", 1, 8_850, 1_150))).await);
    let left = bureau.rows_left(&number);
    assert_eq!((left[0].net, left[0].tax, left[0].quantity), (fen(0), fen(0), Some(0.into())));
    let totals = bureau.totals();
    assert_eq!(totals.blue_gross.checked_add(totals.red_gross), Some(Money::ZERO));
}
