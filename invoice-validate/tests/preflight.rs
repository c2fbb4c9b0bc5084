//! Whole requests: the tolerances to the cent, pairs, treatments, names of rows and fields.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use invoice_validate::preflight::{self, Direction, Request, Row, RowKind, Totals, Treatment};
use invoice_validate::title::{BuyerKind, TitleContext, TitleFields};
use invoice_validate::{ChannelProfile, Date, InvoiceClass};
use proptest::prelude::*;

const BOOK: Row<'static> = Row {
    kind: RowKind::Normal,
    name: "图书",
    short_name: "印刷品",
    code: "1060201010000000000",
    spec: "",
    unit: "",
    quantity: "",
    price: "",
    rate: 130_000,
    net: 10_000,
    tax: 1300,
    treatment: Treatment::Taxable,
};

fn totals(rows: &[Row<'_>]) -> Totals {
    let net = rows.iter().map(|row| row.net).sum();
    let tax = rows.iter().map(|row| row.tax).sum();
    Totals { net, tax, gross: net + tax }
}

fn errors_of(rows: &[Row<'_>], change: impl Fn(&mut Request<'_>)) -> Vec<(&'static str, String)> {
    let mut request = Request::new(InvoiceClass::Ordinary, rows, totals(rows));
    change(&mut request);
    preflight::check(&request)
        .errors()
        .map(|fault| (fault.code().as_str(), fault.path().to_owned()))
        .collect()
}

fn errors(rows: &[Row<'_>]) -> Vec<(&'static str, String)> {
    errors_of(rows, |_| {})
}

fn one(code: &'static str, path: &str) -> Vec<(&'static str, String)> {
    vec![(code, path.to_owned())]
}

#[test]
fn a_clean_request_has_no_finding() {
    let rows = [BOOK, Row { quantity: "3", price: "33.33", unit: "册", ..BOOK }];
    assert!(preflight::check(&Request::new(InvoiceClass::Special, &rows, totals(&rows))).is_empty());
}

#[test]
fn line_tax_may_be_six_fen_off() {
    for (tax, ok) in [(1306, true), (1307, false), (1294, true), (1293, false)] {
        let rows = [Row { tax, ..BOOK }];
        assert_eq!(errors(&rows), if ok { vec![] } else { one("PRE-LINE-02", "lines[0].tax") }, "{tax}");
    }
}

#[test]
fn total_tax_may_be_127_fen_off() {
    let row = Row { net: 4, tax: 1, ..BOOK };
    assert_eq!(errors(&vec![row; 264]), []);
    assert_eq!(errors(&vec![row; 265]), one("PRE-TOTAL-02", "totals.tax"));
}

#[test]
fn price_times_quantity_may_be_a_fen_off() {
    for (net, ok) in [(10_000, true), (9998, true), (10_001, false), (9997, false)] {
        let rows = [BOOK, Row { quantity: "3", price: "33.33", net, ..BOOK }];
        assert_eq!(errors(&rows), if ok { vec![] } else { one("PRE-LINE-01", "lines[1].net") }, "{net}");
    }
}

#[test]
fn totals_add_up() {
    let rows = [BOOK, BOOK];
    let with = |change: fn(&mut Totals)| errors_of(&rows, |request| change(&mut request.totals));
    assert_eq!(with(|t| t.gross += 1), one("PRE-TOTAL-03", "totals.gross"));
    assert_eq!(with(|t| (t.net, t.gross) = (t.net + 1, t.gross + 1)), []);
    assert_eq!(with(|t| (t.net, t.gross) = (t.net + 2, t.gross + 2)), one("PRE-TOTAL-01", "totals.net"));
    let zero = [
        Row { kind: RowKind::Discounted, ..BOOK },
        Row { kind: RowKind::Discount, net: -10_000, tax: -1300, ..BOOK },
    ];
    assert_eq!(
        errors(&zero),
        [("PRE-TOTAL-04", "totals.net".to_owned()), ("PRE-TOTAL-04", "totals.gross".to_owned())]
    );
    assert_eq!(errors(&[])[0], ("PRE-LINES-01", "lines".to_owned()));
}

#[test]
fn discount_pairs() {
    let discounted = Row { kind: RowKind::Discounted, quantity: "1", price: "100", ..BOOK };
    let discount = Row { kind: RowKind::Discount, net: -1000, tax: -130, ..BOOK };
    assert_eq!(errors(&[discounted, discount]), []);
    assert_eq!(
        errors(&[discounted, Row { quantity: "1", ..discount }]),
        one("PRE-DISCOUNT-02", "lines[1].quantity")
    );
    assert_eq!(
        errors(&[discounted, Row { name: "文具", ..discount }]),
        one("PRE-DISCOUNT-04", "lines[1].name")
    );
    assert_eq!(errors(&[discounted]), one("PRE-DISCOUNT-06", "lines[0].kind"));
    assert_eq!(errors(&[BOOK, discount]), one("PRE-DISCOUNT-03", "lines[1].kind"));
    assert_eq!(
        errors(&[discount, discounted]),
        [("PRE-DISCOUNT-03", "lines[0].kind".to_owned()), ("PRE-DISCOUNT-06", "lines[1].kind".to_owned())]
    );
    assert_eq!(errors(&[discounted, discount, discount]), one("PRE-DISCOUNT-03", "lines[2].kind"));
    assert_eq!(
        errors(&[BOOK, discounted, Row { net: 1000, tax: 130, ..discount }]),
        [("PRE-DISCOUNT-01", "lines[2].net".to_owned()), ("PRE-DISCOUNT-01", "lines[2].tax".to_owned())]
    );
}

#[test]
fn the_zero_family() {
    let card = Row { code: "6010000000000000000", rate: 0, tax: 0, treatment: Treatment::NotTaxable, ..BOOK };
    assert_eq!(errors(&[card]), []);
    assert_eq!(
        errors_of(&[card], |request| request.class = InvoiceClass::Special),
        one("PRE-TREATMENT-02", "lines[0].treatment")
    );
    let unmarked = Row { treatment: Treatment::Taxable, ..card };
    assert_eq!(errors(&[unmarked])[1], ("PRE-TREATMENT-04", "lines[0].treatment".to_owned()));
    assert_eq!(errors(&[BOOK, card]), one("PRE-TREATMENT-05", "lines[1].treatment"));
    let water = Row { code: "6110000000000000000", ..card };
    assert_eq!(errors(&[BOOK, water]), []);
    let fund = Row { code: "6130000000000000000", ..card };
    assert_eq!(errors(&[BOOK, fund]), [], "only a warning");
    assert_eq!(errors(&[BOOK, fund, card]), one("PRE-TREATMENT-05", "lines[2].treatment"));
    for treatment in [Treatment::Exempt, Treatment::ZeroRated] {
        assert_eq!(errors(&[Row { rate: 0, tax: 0, treatment, ..BOOK }]), []);
        assert_eq!(errors(&[Row { treatment, ..BOOK }]), one("PRE-TREATMENT-01", "lines[0].rate"));
    }
    assert_eq!(errors(&[Row { rate: 0, tax: 0, ..BOOK }]), one("PRE-TREATMENT-07", "lines[0].rate"));
}

#[test]
fn differential_rows_stand_alone() {
    // Gross 1000.00, deduction 600.00, 5 %: tax is 400 / 1.05 × 0.05 = 19.05.
    let treatment = Treatment::DifferentialNet { deduction: 60_000 };
    let row = Row { rate: 50_000, net: 98_095, tax: 1905, treatment, ..BOOK };
    assert_eq!(errors(&[row]), []);
    assert_eq!(errors(&[Row { net: 98_088, tax: 1912, ..row }]), one("PRE-LINE-02", "lines[0].tax"));
    assert_eq!(errors(&[row, BOOK]), one("PRE-DIFFERENTIAL-01", "lines[0].treatment"));
    for deduction in [0, 100_001] {
        let row = Row { treatment: Treatment::DifferentialNet { deduction }, ..row };
        assert!(errors(&[row]).contains(&("PRE-DIFFERENTIAL-02", "lines[0].treatment".to_owned())));
    }
}

/// What is issued, by which way and when is said once, in the request.
#[test]
fn the_title_is_judged_by_what_the_request_says() {
    let rows = [BOOK];
    let fields = TitleFields { name: "华为技术有限公司", ..TitleFields::default() };
    let ordinary = TitleContext::new(InvoiceClass::Ordinary, BuyerKind::Company);
    let mut request = Request::new(InvoiceClass::Ordinary, &rows, totals(&rows));
    request.title = Some((fields, ordinary));
    assert!(preflight::is_valid(&request));
    request.class = InvoiceClass::Special;
    let report = preflight::check(&request);
    assert_eq!(report.errors().next().unwrap().path(), "title.tax_id", "{report}");
    let long = "司".repeat(101);
    request.class = InvoiceClass::Ordinary;
    request.title = Some((TitleFields { name: &long, ..fields }, ordinary));
    assert!(preflight::is_valid(&request));
    request.channel = ChannelProfile::Nuonuo;
    assert_eq!(preflight::check(&request).errors().next().unwrap().path(), "title.name");
    // Born after the day of issue.
    let unborn = TitleFields { name: "张三", tax_id: Some("110105202611230015"), ..TitleFields::default() };
    request.title = Some((unborn, TitleContext::new(InvoiceClass::Ordinary, BuyerKind::Person)));
    assert!(preflight::is_valid(&request));
    request.date = Date::new(2026, 11, 22);
    assert_eq!(preflight::check(&request).errors().next().unwrap().code().as_str(), "TAXID-RID-05");
}

#[test]
fn rows_name_their_field() {
    let rows = [
        (Row { quantity: "3", ..BOOK }, "PRE-LINE-03", "lines[0].price"),
        (Row { quantity: "1e2", price: "1", ..BOOK }, "PRE-LINE-04", "lines[0].quantity"),
        (
            Row { quantity: "1", price: "100.00000000000000000000000", ..BOOK },
            "PRE-LINE-05",
            "lines[0].price",
        ),
        (Row { quantity: "0", price: "1", ..BOOK }, "PRE-LINE-07", "lines[0].quantity"),
        (Row { name: "", ..BOOK }, "PRE-LINE-09", "lines[0].name"),
        (Row { code: "106020101", ..BOOK }, "PRE-LINE-11", "lines[0].code"),
        (Row { name: "图\u{7}书", ..BOOK }, "TEXT-03", "lines[0].name"),
        (Row { short_name: "印\u{7}品", ..BOOK }, "TEXT-03", "lines[0].short_name"),
    ];
    for (row, code, path) in rows {
        assert_eq!(errors(&[row]), one(code, path));
    }
    let long = "书".repeat(296);
    assert_eq!(errors(&[Row { name: &long, ..BOOK }]), one("PRE-LINE-10", "lines[0].name"));
    assert_eq!(errors(&[Row { name: &long[3..], ..BOOK }]), []);
}

#[test]
fn red_requests_are_negative_and_have_normal_rows_only() {
    let red = Row { net: -10_000, tax: -1300, quantity: "-1", price: "100", ..BOOK };
    let turn = |request: &mut Request<'_>| request.direction = Direction::Red;
    assert_eq!(errors_of(&[red], turn), []);
    assert_eq!(errors_of(&[BOOK], turn)[0], ("PRE-LINE-08", "lines[0].net".to_owned()));
    let paired = Row { kind: RowKind::Discounted, ..red };
    assert_eq!(errors_of(&[paired], turn), one("PRE-DISCOUNT-07", "lines[0].kind"));
    assert_eq!(errors(&[red])[0], ("PRE-LINE-13", "lines[0].quantity".to_owned()));
}

#[test]
fn channels_limit_lines_decimals_and_remarks() {
    let rows = vec![BOOK; 2001];
    assert_eq!(errors(&rows), []);
    assert_eq!(
        errors_of(&rows, |request| request.channel = ChannelProfile::Nuonuo),
        one("PRE-LINES-02", "lines")
    );
    let fine = [Row { quantity: "3", price: "33.333333333", ..BOOK }];
    assert_eq!(errors(&fine), []);
    assert_eq!(
        errors_of(&fine, |request| request.channel = ChannelProfile::Nuonuo),
        one("PRE-LINE-06", "lines[0].price")
    );
    let remark = "备".repeat(201);
    let mut request = Request::new(InvoiceClass::Ordinary, &rows[..1], totals(&rows[..1]));
    request.remark = &remark;
    assert!(preflight::is_valid(&request));
    request.channel = ChannelProfile::WebBureau;
    assert_eq!(preflight::check(&request).errors().next().unwrap().path(), "remark");
}

#[test]
fn amounts_at_the_ends_of_i64_do_not_overflow() {
    for net in [i64::MIN, i64::MIN + 1, -1, 0, 1, i64::MAX] {
        for tax in [i64::MIN, 0, i64::MAX] {
            for treatment in [Treatment::Taxable, Treatment::DifferentialNet { deduction: i64::MIN }] {
                let row = Row {
                    net,
                    tax,
                    rate: u32::MAX,
                    treatment,
                    quantity: "9999999999999999999999999",
                    price: "1",
                    ..BOOK
                };
                let rows =
                    [row, Row { kind: RowKind::Discounted, ..row }, Row { kind: RowKind::Discount, ..row }];
                let totals = Totals { net, tax, gross: i64::MAX };
                let _ = preflight::check(&Request::new(InvoiceClass::Ordinary, &rows, totals));
            }
        }
    }
}

proptest! {
    #[test]
    fn rounded_rows_always_pass(gross in 2_i64..100_000_000, quantity in 1_u32..1000, rate in prop::sample::select(vec![10_000_u32, 15_000, 30_000, 50_000, 60_000, 90_000, 130_000])) {
        let whole = 1_000_000 + i64::from(rate);
        let net = (gross * 1_000_000 * 2 + whole) / (2 * whole);
        let tax = gross - net;
        // 13 decimals of net / quantity, in integers.
        let scaled = i128::from(net) * 100_000_000_000 / i128::from(quantity);
        let price = format!("{}.{:013}", scaled / 10_000_000_000_000, scaled % 10_000_000_000_000);
        let quantity = quantity.to_string();
        let rows = [Row { net, tax, rate, quantity: &quantity, price: &price, ..BOOK }];
        prop_assert_eq!(errors(&rows), vec![]);
    }
}
