//! Killed at any moment and started again, a run ends with the same money and the same documents.
//!
//! The moments are drawn from a seed and told by how much the bureau has written, so that they spread over a run on any
//! machine. `KILLS` says how many (a dozen unless set), `KILL_SEED` which.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test ends where it fails")]

mod support;

use std::path::Path;
use std::time::{Duration, Instant};

use invoice_examples::random::Random;
use support::Run;

/// The program itself, when another test has started it.
#[test]
fn child() {
    support::child();
}

fn from_environment(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).map_or(otherwise, |text| text.parse().unwrap())
}

/// Starts a run and kills it (`kill -9`) a moment after the bureau has written so much; whether it was still at work.
fn killed_at(run: &Run<'_>, written: u64, moment: Duration) -> bool {
    let mut child = run.start();
    let mut reached: Option<Instant> = None;
    loop {
        if child.try_wait().unwrap().is_some() {
            return false;
        }
        if reached.is_none() && run.written() >= written {
            reached = Some(Instant::now());
        }
        if reached.is_some_and(|reached| reached.elapsed() >= moment) {
            child.kill().unwrap();
            child.wait().unwrap();
            return true;
        }
        std::thread::yield_now();
    }
}

fn ends_the_same(arguments: &[&str]) {
    let (kills, seed) = (from_environment("KILLS", 12), from_environment("KILL_SEED", 1));
    let (whole, broken) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let whole = Run { out: whole.path(), arguments };
    let wanted = whole.finish();
    assert_eq!(wanted.0["reconciled"], true);
    let length = whole.written();
    let mut random = Random::of(seed, "kills");
    let mut moments: Vec<u64> = (1..kills).map(|_| random.below(length)).collect();
    // The first before anything is written, the last when all is issued: documents are being written, or the books.
    moments.extend([0, length]);
    moments.sort_unstable();
    let broken = Run { out: broken.path(), arguments };
    let mut killed = 0;
    for written in moments {
        let moment = Duration::from_micros(random.below(40_000));
        killed += u64::from(killed_at(&broken, written, moment));
    }
    // Only the very last may have come to its end first.
    assert!(killed >= kills, "killed {killed} times");
    let ended = broken.finish();
    assert_eq!(wanted.0, ended.0, "after {killed} kills, seed {seed}");
    let names =
        |(_, files): &(_, std::collections::BTreeMap<_, Vec<u8>>)| files.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&wanted), names(&ended), "after {killed} kills, seed {seed}");
    assert!(wanted.1 == ended.1, "documents differ after {killed} kills, seed {seed}");
}

#[test]
fn a_killed_day_of_the_shop_ends_with_the_same_money() {
    ends_the_same(&["--seed", "3", "--orders-a-day", "14"]);
}

#[test]
fn killed_real_orders_end_with_the_same_money() {
    let data = tempfile::tempdir().unwrap();
    orders(data.path());
    ends_the_same(&["--orders", data.path().to_str().unwrap()]);
}

/// Two months of a few customers who buy, come back, and bring things back.
fn orders(folder: &Path) {
    let mut random = Random::new(7);
    for day in 0..12_u32 {
        let date = format!("2011-0{}-{:02}", 1 + day / 6, 2 + (day % 6) * 5);
        let mut text =
            "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n".to_owned();
        for order in 0..5_u32 {
            let number = 540_000 + day * 100 + order;
            let customer = if order == 4 { String::new() } else { format!("{}.0", 12_000 + random.below(6)) };
            for line in 0..4 {
                let (stock, pieces, price) =
                    (20_000 + random.below(8), random.between(1, 12), random.between(1, 900));
                text.push_str(&format!(
                    "{number},{stock},THING {line} BOOK,{pieces},{date} 10:{order:02}:00,{price}.{line}9,{customer},UK\n"
                ));
                if random.chance(20) {
                    text.push_str(&format!(
                        "C{number},{stock},THING {line} BOOK,-{},{date} 16:00:00,{price}.{line}9,{customer},UK\n",
                        random.between(1, pieces)
                    ));
                }
            }
        }
        std::fs::write(folder.join(format!("{date}.csv")), text).unwrap();
    }
}
