//! The closed loop over CSV files: what each kind of row becomes, and that the same files give the same documents.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test ends where it fails")]

mod support;

use serde_json::Value;
use support::{HEADER, files, made_up, real_data, retail, timeless};

fn named<'a>(summary: &'a Value, code: &str) -> Vec<&'a Value> {
    let all = summary["details"]["named"].as_array().unwrap();
    all.iter().filter(|named| named["code"] == code).collect()
}

fn run_on(files: &[(&str, &[u8])]) -> (Value, tempfile::TempDir) {
    let data = tempfile::tempdir().unwrap();
    for (name, bytes) in files {
        std::fs::write(data.path().join(name), bytes).unwrap();
    }
    let out = tempfile::tempdir().unwrap();
    (retail(data.path(), out.path()), out)
}

fn csv(rows: &str) -> Vec<u8> {
    format!("{HEADER}{rows}").into_bytes()
}

#[test]
fn every_kind_of_row_becomes_what_it_is() {
    let rows = "\
536365,85123A,WHITE HANGING HEART T-LIGHT HOLDER,6,2010-12-01 08:26:00,2.55,17850.0,United Kingdom
536365,POST,POSTAGE,1,2010-12-01 08:26:00,18.0,17850.0,United Kingdom
536365,D,Discount,-1,2010-12-01 08:26:00,3.30,17850.0,United Kingdom
536366,gift_0001_40,Gift Voucher,1,2010-12-01 09:00:00,34.04,,United Kingdom
536366,21098,\"RECIPE BOOK, PANTRY\",2,2010-12-01 09:00:00,5.00,,United Kingdom
536367,BANK CHARGES,Bank Charges,1,2010-12-01 09:10:00,15.0,15823.0,United Kingdom
536368,22139,,56,2010-12-01 09:20:00,0.0,,United Kingdom
536369,M,Manual,2,2010-12-01 09:30:00,1.25,15823.0,United Kingdom
536370,22423,CAKESTAND,-3,2010-12-01 09:40:00,12.75,15823.0,United Kingdom
";
    let (summary, _out) = run_on(&[("2010-12-01.csv", &csv(rows))]);
    assert_eq!(summary["orders"], 6);
    assert_eq!(summary["details"]["orders_recorded"], 4);
    assert_eq!(summary["lines"], 9);
    assert_eq!(summary["reconciled"], true);
    // 6 × 2.55 + 18.00 − 3.30 + 34.04 + 10.00 + 2.50; bank charges are never invoiced.
    assert_eq!(summary["gross_paid"], "76.54");
    assert_eq!(summary["details"]["gross_excluded"], "15.00");
    assert_eq!(summary["gross_invoiced"], "76.54");
    assert_eq!(summary["gross_open"], "0.00");
    // Holder and carriage, voucher and book, manual: one tax category each.
    assert_eq!(summary["invoices_blue"], 5);
    assert_eq!(named(&summary, "RETAIL-10").len(), 2);
}

#[test]
fn a_row_that_cannot_be_read_is_named_and_the_run_goes_on() {
    let mut bytes = csv("\
536365,85123A,HOLDER,six,2010-12-01 08:26:00,2.55,17850.0,United Kingdom
536366,85123A,HOLDER,6,yesterday,2.55,17850.0,United Kingdom
536367,85123A,HOLDER,6,2010-12-01 08:26:00,2.5.5,17850.0,United Kingdom
536368,85123A,HOLDER,6,2010-12-01 08:26:00
,85123A,HOLDER,6,2010-12-01 08:26:00,2.55,17850.0,United Kingdom
536369,85123A,\"HOLDER,6,2010-12-01 08:26:00,2.55,17850.0,United Kingdom
");
    bytes.extend(b"536370,85123A,CAF\xc9 HOLDER,1,2010-12-01 08:26:00,2.55,17850.0,United Kingdom\r\n");
    let (summary, _out) = run_on(&[("a.csv", &bytes), ("b.csv", b"no,header\n1,2\n")]);
    assert_eq!(summary["details"]["faults"], 7);
    assert_eq!(summary["gross_invoiced"], "2.55");
    let quantity = named(&summary, "RETAIL-03");
    assert_eq!(quantity[0]["at"], "a.csv:2");
    assert_eq!(quantity[0]["column"], "Quantity");
    assert_eq!(quantity[0]["value"], "six");
    for code in ["RETAIL-01", "RETAIL-02", "RETAIL-04", "RETAIL-05", "RETAIL-08", "RETAIL-09"] {
        assert_eq!(named(&summary, code).len(), 1, "{code}");
    }
}

#[test]
fn refunds_find_the_newest_purchases_first_and_name_what_they_do_not_find() {
    let rows = "\
1,20000,LAMP,5,2010-12-01 08:00:00,10.00,100.0,UK
2,20000,LAMP,3,2010-12-02 08:00:00,10.00,100.0,UK
C3,20000,LAMP,-4,2010-12-03 08:00:00,10.00,100.0,UK
C4,20000,LAMP,-9,2010-12-04 08:00:00,10.00,100.0,UK
C5,20000,LAMP,-1,2010-12-05 08:00:00,10.00,,UK
C6,D,Discount,-1,2010-12-05 09:00:00,7.00,200.0,UK
7,20001,CHAIR,1,2010-12-06 08:00:00,20.00,200.0,UK
C8,D,Discount,-1,2010-12-07 09:00:00,7.00,200.0,UK
C9,20001,CHAIR,-1,2010-12-08 09:00:00,20.00,200.0,UK
";
    let (summary, _out) = run_on(&[("2010-12.csv", &csv(rows))]);
    assert_eq!(summary["refunds"], 6);
    // C3 and C8 in full; C4 finds 4 of 9, C9 what the discount has left, C5 and C6 nothing.
    assert_eq!(summary["refunds_matched"], 2);
    assert_eq!(summary["refunds_unmatched"], 4);
    assert_eq!(summary["details"]["refunds_partly"], 2);
    assert_eq!(summary["gross_refunded"], "100.00");
    assert_eq!(summary["details"]["gross_unmatched"], "74.00");
    assert_eq!(summary["gross_paid"], "100.00");
    assert_eq!(summary["reconciled"], true);
    let unmatched = named(&summary, "REFUND-UNMATCHED");
    assert!(unmatched[0]["message"].as_str().unwrap().starts_with("5 of 9 pieces"), "{unmatched:?}");
}

#[test]
fn amounts_always_add_up() {
    let data = tempfile::tempdir().unwrap();
    made_up(data.path(), 25);
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let summary = retail(data.path(), one.path());
    let fen = |key: &str| -> i64 { summary[key].as_str().unwrap().replace('.', "").parse().unwrap() };
    assert_eq!(
        fen("gross_paid") - fen("gross_refunded"),
        fen("gross_invoiced") - fen("gross_red") + fen("gross_open")
    );
    assert_eq!(summary["reconciled"], true);
    assert!(summary["invoices_red"].as_u64().unwrap() > 10, "{summary}");
    assert!(summary["details"]["applied_again"].as_u64().unwrap() > 0, "{summary}");
    // The same files and seed: the same documents and the same summary, but for the time.
    let again = retail(data.path(), two.path());
    assert_eq!(timeless(summary.clone()), timeless(again));
    let documents = files(&one.path().join("documents"));
    let issued = summary["invoices_blue"].as_u64().unwrap() + summary["invoices_red"].as_u64().unwrap();
    assert_eq!(u64::try_from(documents.len()).unwrap(), issued);
    assert!(documents == files(&two.path().join("documents")), "documents differ");
    // A run that has come to its end changes nothing when it is started again.
    assert_eq!(timeless(summary), timeless(retail(data.path(), one.path())));
}

#[test]
fn the_keys_of_the_summary_are_the_agreed_ones() {
    let (summary, _out) = run_on(&[("a.csv", &csv("1,20000,LAMP,5,2010-12-01 08:00:00,10.00,100.0,UK\n"))]);
    let keys: Vec<&str> = summary.as_object().unwrap().keys().map(String::as_str).collect();
    let mut wanted: Vec<&str> = "orders lines refunds refunds_matched refunds_unmatched applications \
        invoices_blue invoices_red gross_paid gross_refunded gross_invoiced gross_red gross_open reconciled \
        elapsed_ms orders_per_second details"
        .split_whitespace()
        .collect();
    wanted.sort_unstable();
    let mut sorted = keys;
    sorted.sort_unstable();
    assert_eq!(sorted, wanted);
}

/// All twenty days where the code is optimised; the first four, which hold every kind of row, where it is not.
#[test]
fn the_real_dataset_reconciles() {
    let Some(data) = real_data() else { return };
    let days = if cfg!(debug_assertions) { 4 } else { usize::MAX };
    let mut names: Vec<_> =
        std::fs::read_dir(&data).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.retain(|name| name.to_string_lossy().ends_with(".csv"));
    names.sort();
    let (some, out) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    for name in names.iter().take(days) {
        std::fs::copy(data.join(name), some.path().join(name)).unwrap();
    }
    let summary = retail(some.path(), out.path());
    assert_eq!(summary["reconciled"], true, "{}", summary["details"]);
    assert_eq!(summary["details"]["refused"], serde_json::json!({}));
    assert_eq!(summary["details"]["stuck"], serde_json::json!({}));
    assert_eq!(summary["details"]["faults"], 0);
    let (lines, orders, refunds) = (&summary["lines"], &summary["orders"], &summary["refunds"]);
    eprintln!("{lines} lines, {orders} orders, {refunds} refunds, {} ms", summary["elapsed_ms"]);
}
