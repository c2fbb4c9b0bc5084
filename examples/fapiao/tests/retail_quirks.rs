//! What the days of a whole year hold: huge lines, manual entries, bad debts, discounts without an order, orders cut over
//! files, refunds of every sort. Each row stands for something that occurs in the dataset or in a copy of it.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test ends where it fails")]

mod support;

use serde_json::Value;
use support::{HEADER, files, retail, timeless};

type Files<'a> = &'a [(&'a str, &'a str)];

fn run_on(files: Files<'_>) -> (Value, tempfile::TempDir) {
    let data = tempfile::tempdir().unwrap();
    for (name, rows) in files {
        std::fs::write(data.path().join(name), format!("{HEADER}{rows}")).unwrap();
    }
    let out = tempfile::tempdir().unwrap();
    let summary = retail(data.path(), out.path());
    let fen = |key: &str| -> i128 { summary[key].as_str().unwrap().replace('.', "").parse().unwrap() };
    assert_eq!(summary["reconciled"], true, "{}", summary["details"]);
    assert_eq!(
        fen("gross_paid") - fen("gross_refunded"),
        fen("gross_invoiced") - fen("gross_red") + fen("gross_open")
    );
    for empty in ["refused", "stuck", "waiting"] {
        assert_eq!(summary["details"][empty], serde_json::json!({}), "{empty}");
    }
    (summary, out)
}

fn codes(summary: &Value) -> Vec<(&str, &str)> {
    let named = summary["details"]["named"].as_array().unwrap();
    named.iter().map(|named| (named["code"].as_str().unwrap(), named["at"].as_str().unwrap())).collect()
}

#[test]
fn a_line_of_eighty_thousand_pieces_is_cut_and_comes_back_whole() {
    let rows = "\
581483,23843,\"PAPER CRAFT , LITTLE BIRDIE\",80995,2011-12-09 09:15:00,2.08,16446.0,United Kingdom
C581484,23843,\"PAPER CRAFT , LITTLE BIRDIE\",-80995,2011-12-09 09:27:00,2.08,16446.0,United Kingdom
";
    let (summary, _out) = run_on(&[("2011-12-09.csv", rows)]);
    assert_eq!(summary["gross_paid"], "168469.60");
    assert_eq!(summary["gross_refunded"], "168469.60");
    assert_eq!((&summary["refunds_matched"], &summary["refunds_unmatched"]), (&1.into(), &0.into()));
    assert_eq!(summary["gross_open"], "0.00");
    // Net 149,088.14 under 10,000 each takes fifteen at least, and each is taken back by one red invoice, unless the
    // refund came before they were issued.
    let (blue, red) = (summary["invoices_blue"].as_u64().unwrap(), summary["invoices_red"].as_u64().unwrap());
    assert!(blue == red && (blue == 0 || blue >= 15), "{blue} blue, {red} red");
}

#[test]
fn one_piece_above_the_limit_is_cut_by_its_price() {
    let rows = "\
551697,M,Manual,1,2011-05-03 13:46:00,38970.0,15098.0,United Kingdom
C556445,M,Manual,-1,2011-06-10 15:31:00,38970.0,15098.0,United Kingdom
C556446,M,Manual,-1,2011-06-10 15:32:00,38970.0,15098.0,United Kingdom
";
    let (summary, _out) = run_on(&[("year.csv", rows)]);
    assert_eq!(summary["gross_paid"], "38970.00");
    assert!(summary["invoices_blue"].as_u64().unwrap() >= 4, "{summary}");
    // The second refund of the same thing finds nothing left.
    assert_eq!((&summary["refunds_matched"], &summary["refunds_unmatched"]), (&1.into(), &1.into()));
    assert_eq!(summary["gross_refunded"], "38970.00");
    assert_eq!(summary["details"]["gross_unmatched"], "38970.00");
}

#[test]
fn bad_debts_samples_and_lost_goods_are_left_out_by_name() {
    let rows = "\
A563185,B,Adjust bad debt,1,2011-08-12 14:50:00,11062.06,,United Kingdom
A563186,B,Adjust bad debt,1,2011-08-12 14:51:00,-11062.06,,United Kingdom
561001,22139,damages?,-720,2011-08-12 15:00:00,0.0,,United Kingdom
561002,22139,?,720,2011-08-12 15:00:00,0.0,12345.0,United Kingdom
561003,PADS,PADS TO MATCH ALL CUSHIONS,1,2011-08-12 15:10:00,0.001,12345.0,United Kingdom
561004,S,SAMPLES,-1,2011-08-12 15:20:00,12.5,,United Kingdom
561005,D,Discount,-1,2011-08-12 15:30:00,9.0,12345.0,United Kingdom
561006,22423,CAKESTAND,1,2011-08-12 15:40:00,5.0,12345.0,United Kingdom
561006,D,Discount,-1,2011-08-12 15:40:00,9.0,12345.0,United Kingdom
561007,DCGSSBOY,BOYS PARTY BAG,1,2011-08-12 15:50:00,3.29,,United Kingdom
561008,22423,CAKESTAND,1,2011-08-12 16:00:00,12.75,12345.0,United Kingdom
561008,22424,BREAD BIN,1,2011-08-12 16:01:00,12.75,12346.0,United Kingdom
";
    let (summary, _out) = run_on(&[("a.csv", rows)]);
    assert_eq!((&summary["orders"], &summary["lines"]), (&10.into(), &12.into()));
    assert_eq!(
        codes(&summary),
        [
            ("RETAIL-10", "a.csv:3"),
            ("RETAIL-10", "a.csv:4"),
            ("RETAIL-10", "a.csv:5"),
            ("RETAIL-11", "a.csv:6"),
            ("RETAIL-10", "a.csv:7"),
            // A discount alone, and one above its order.
            ("RETAIL-12", "a.csv:8"),
            ("RETAIL-12", "a.csv:9"),
            ("RETAIL-13", "a.csv:13"),
        ]
    );
    assert_eq!(summary["details"]["rows_left_out"], 5);
    // The party bag and the two stands; the order that its discount takes up whole costs nothing.
    assert_eq!(summary["gross_paid"], "28.79");
    assert_eq!(summary["details"]["gross_excluded"], "11062.06");
    assert_eq!(summary["gross_invoiced"], "28.79");
}

#[test]
fn refunds_of_every_sort_are_matched_or_named() {
    let rows = "\
540001,20001,LAMP,10,2011-01-05 10:00:00,3.0,100.0,UK
540001,20001,LAMP,5,2011-01-05 10:00:00,3.0,100.0,UK
540001,D,Discount,-1,2011-01-05 10:00:00,4.5,100.0,UK
540002,gift_0001_20,Gift Voucher £20.00,2,2011-01-06 10:00:00,16.67,100.0,UK
540002,POST,POSTAGE,1,2011-01-06 10:00:00,18.0,100.0,UK
540003,20001,LAMP,1,2011-01-07 10:00:00,3.0,101.0,UK
C540004,20001,LAMP,-15,2011-01-08 10:00:00,3.0,100.0,UK
C540005,gift_0001_20,Gift Voucher £20.00,-1,2011-01-08 10:00:00,16.67,100.0,UK
C540005,POST,POSTAGE,-1,2011-01-08 10:00:00,9.0,100.0,UK
C540006,CRUK,CRUK Commission,-1,2011-01-08 11:00:00,52.24,14096.0,UK
C540007,AMAZONFEE,AMAZON FEE,-1,2011-01-08 11:00:00,13541.33,,UK
C540008,20001,LAMP,-1,2010-12-31 10:00:00,3.0,101.0,UK
C540009,D,Discount,-1,2011-01-09 10:00:00,1000.0,100.0,UK
C540010,20001,LAMP,-1,2011-01-09 10:00:00,30.0,101.0,UK
C540011,20001,LAMP,-1,2011-01-09 11:00:00,0.0,101.0,UK
C540012,20001,LAMP,1,2011-01-09 11:00:00,3.0,101.0,UK
";
    let (summary, _out) = run_on(&[("a.csv", rows)]);
    assert_eq!(summary["refunds"], 9);
    let unmatched: Vec<&str> = codes(&summary)
        .into_iter()
        .filter(|(code, _)| *code == "REFUND-UNMATCHED")
        .filter_map(|(_, at)| at.split_once(' ').map(|(refund, _)| refund))
        .collect();
    // In the order of days: one before its purchase; one that asks the price before the discount; fees; one without a
    // customer; a discount above everything that is left; ten times the price; nothing; and the wrong way round.
    assert_eq!(
        unmatched,
        ["C540008", "C540004", "C540006", "C540007", "C540009", "C540010", "C540011", "C540012"]
    );
    assert_eq!((&summary["refunds_matched"], &summary["refunds_unmatched"]), (&1.into(), &8.into()));
    // Fifteen lamps at 45.00 less 4.50; a voucher; half the carriage; a discount that takes what may be discounted of
    // the carriage; the last lamp.
    assert_eq!(summary["gross_refunded"], "78.17");
    let wanted = 300 + 450 + 5224 + 1_354_133 + (100_000 - 900) + 2700;
    assert_eq!(summary["details"]["gross_unmatched"], format!("{}.{:02}", wanted / 100, wanted % 100));
}

/// The rows of some orders, each a block.
fn blocks() -> Vec<(String, &'static str)> {
    let mut blocks = Vec::new();
    for number in 0..24_u32 {
        let (day, customer) = (1 + number / 3, 100 + number % 5);
        let date = [
            "2011-01-04",
            "2011-01-05",
            "2011-01-06",
            "2011-01-07",
            "2011-01-09",
            "2011-01-10",
            "2011-01-11",
            "2011-01-12",
        ][usize::try_from(day - 1).unwrap()];
        let mut rows = String::new();
        for line in 0..3 {
            let at = format!("{date} 10:{:02}:00", 2 * number);
            rows.push_str(&format!(
                "{},2000{line},THING BOOK,{},{at},7.{line}5,{customer}.0,UK\n",
                540_000 + number,
                1 + line
            ));
        }
        if number % 4 == 3 {
            rows.push_str(&format!(
                "C{},20001,THING BOOK,-1,{date} 17:00:00,7.15,{customer}.0,UK\n",
                550_000 + number
            ));
        }
        blocks.push((rows, date));
    }
    blocks
}

#[test]
fn the_cut_and_the_order_of_the_files_do_not_matter() {
    let blocks = blocks();
    let whole: String = blocks.iter().map(|(rows, _)| rows.as_str()).collect();
    let backwards: String = blocks.iter().rev().map(|(rows, _)| rows.as_str()).collect();
    let daily: Vec<(String, String)> = blocks.iter().fold(Vec::new(), |mut days, (rows, date)| {
        match days.last_mut() {
            Some((name, text)) if *name == format!("{date}.csv") => text.push_str(rows),
            _ => days.push((format!("{date}.csv"), rows.clone())),
        }
        days
    });
    let daily: Vec<(&str, &str)> = daily.iter().map(|(name, rows)| (name.as_str(), rows.as_str())).collect();
    // Every order loses its second half to another file.
    let (mut first, mut second) = (String::new(), String::new());
    for (rows, _) in &blocks {
        let cut = rows.find('\n').unwrap() + 1;
        first.push_str(&rows[..cut]);
        second.push_str(&rows[cut..]);
    }
    let numbers = |(summary, out): &(Value, tempfile::TempDir)| {
        let mut summary = timeless(summary.clone());
        let details = summary["details"].as_object_mut().unwrap();
        details.remove("named").unwrap();
        (summary, files(&out.path().join("documents")))
    };
    let wanted = numbers(&run_on(&daily));
    assert!(wanted.1.len() > 20, "{}", wanted.1.len());
    let cuts: [Files<'_>; 3] =
        [&[("year.csv", &whole)], &[("year.csv", &backwards)], &[("a.csv", &first), ("b.csv", &second)]];
    for cut in cuts {
        let found = numbers(&run_on(cut));
        assert_eq!(found.0, wanted.0, "{}", cut[0].0);
        assert!(found.1 == wanted.1, "documents differ");
    }
}

#[test]
fn rows_of_one_order_on_two_days_are_one_order_of_the_first() {
    let rows = "\
1,20000,LAMP,1,2011-01-04 23:59:00,10.0,100.0,UK
2,20000,LAMP,1,2011-01-04 12:00:00,10.0,100.0,UK
1,20001,CHAIR,1,2011-01-05 00:00:00,20.0,100.0,UK
1,20000,LAMP,1,2011-01-05 00:00:00,10.0,100.0,UK
";
    let (summary, _out) = run_on(&[("a.csv", rows)]);
    assert_eq!(summary["orders"], 2);
    assert_eq!(summary["gross_paid"], "50.00");
    assert_eq!(codes(&summary), []);
}

#[test]
fn an_order_of_two_thousand_rows_is_one_order() {
    let rows: String = (0..2_100)
        .map(|row| {
            format!(
                "573585,{},THING BOOK,1,2011-10-31 14:41:00,{}.{:02},,UK\n",
                20_000 + row,
                1 + row % 9,
                row % 100
            )
        })
        .collect();
    let (summary, _out) = run_on(&[("a.csv", &rows)]);
    assert_eq!((&summary["orders"], &summary["lines"]), (&1.into(), &2_100.into()));
    assert_eq!(summary["gross_open"], "0.00");
}
