//! The story is told twice on the same file: the second time changes nothing.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test ends where it fails")]

use std::collections::BTreeMap;
use std::process::ExitCode;

use clap::Parser;
use invoice_core::money::Money;
use invoice_core::received::ReceivedState;
use invoice_core::received::verification::Standing;
use invoice_examples::closed_loop::{Options, main};
use invoice_received::story::{Told, tell};

#[test]
fn told_again_it_changes_nothing() {
    let place = tempfile::tempdir().unwrap();
    let (closed, out) = (place.path().join("closed_loop"), place.path().join("story"));
    let shown = closed.display().to_string();
    let options = Options::parse_from(["closed_loop", "--out", &shown, "--orders-a-day", "30"]);
    assert_eq!(main(&options), ExitCode::SUCCESS);
    std::fs::create_dir_all(&out).unwrap();
    let runtime = || tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let tell = || runtime().block_on(tell(&closed, &out)).unwrap();
    let first: Told = tell();
    let with = |state| first.records.iter().filter(|record| record.state() == state).count();
    assert!(with(ReceivedState::Paid) > 0 && with(ReceivedState::Reimbursed) > 0, "{:?}", first.payments);
    assert!(first.records.iter().any(|record| {
        let confirmed: Vec<_> = record.verification().confirmations().map(|(_, standing)| standing).collect();
        confirmed.first() == Some(&Standing::Normal) && confirmed.last() == Some(&Standing::RedFlushed)
    }));
    let most = first.records.iter().map(|record| record.verification().attempts().len()).max();
    assert!(most >= Some(6), "five were lost, and the sixth came a day later");
    // Every voucher balances, to the fen.
    let sheet = std::fs::read_to_string(out.join("report.vouchers.csv")).unwrap();
    let mut sums: BTreeMap<String, i64> = BTreeMap::new();
    for line in sheet.lines().skip(1) {
        let cells: Vec<&str> = line.split(',').collect();
        let fen = |at: usize| cells[at].parse::<Money>().unwrap().fen();
        *sums.entry(cells[1].to_owned()).or_default() += fen(5) - fen(6);
    }
    assert!(sums.len() > 20 && sums.values().all(|sum| *sum == 0), "{sums:?}");
    assert_eq!(tell(), first);
}
