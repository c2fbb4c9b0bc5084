//! How long each crate takes, on the same generated inputs, one after the other in one run.

use std::hint::black_box;
use std::panic::{self, AssertUnwindSafe};
use std::time::Instant;

use invoice_validate::{capital, resident_id, uscc};

use crate::amounts::{NETS, PARSERS, SPLITS};
use crate::checks::{CODE_PEERS, Check, ID_PEERS};
use crate::generated;
use crate::table::Table;

/// The time of everything: `items` generated lines for each check, a fifth of that for amounts.
pub fn table(items: usize) -> Table {
    let columns = ["what", "crate", "ns an item, best of passes", "times ours", "answers unlike ours"];
    let mut table = Table::new("time", columns);
    let codes = generated::credit_codes(items);
    let ids = generated::resident_ids(items);
    checks(&mut table, "credit codes", &codes, uscc::is_valid, &CODE_PEERS);
    checks(&mut table, "resident IDs", &ids, resident_id::is_valid, &ID_PEERS);
    let amounts = generated::amounts((items / 5).max(1));
    in_capitals(&mut table, &amounts);
    let texts: Vec<String> = amounts.iter().map(invoice_validate::amount::format).collect();
    compared(&mut table, "amounts read", &texts, &PARSERS, |parse, text: &String| parse(text));
    let at: Vec<(i64, u32)> = amounts.iter().copied().zip([13, 9, 6, 1].into_iter().cycle()).collect();
    compared(&mut table, "net and tax", &at, &NETS, |net, (gross, percent)| net(*gross, *percent));
    let weights = [3, 1, 4, 1, 5, 9, 2, 6];
    compared(&mut table, "shared by eight", &amounts, &SPLITS, |split, total| split(*total, &weights));
    table
}

/// How many lines are valid is known from how they were made, and our own answers are asserted against it.
fn checks(
    table: &mut Table,
    what: &str,
    lines: &generated::Lines,
    right: Check,
    peers: &[(&'static str, Check)],
) {
    let inputs: Vec<&str> = lines.iter().collect();
    assert_eq!(inputs.iter().filter(|line| right(line)).count(), lines.valid);
    compared(table, what, &inputs, peers, |check, line| check(line));
}

/// One row for each crate; the first is ours.
fn compared<I, C, A: PartialEq>(
    table: &mut Table,
    what: &str,
    inputs: &[I],
    peers: &[(&'static str, C)],
    ask: impl Fn(&C, &I) -> A,
) {
    let mut ours = None;
    for (name, peer) in peers {
        let guarded = |peer: &C, input: &I| panic::catch_unwind(AssertUnwindSafe(|| ask(peer, input))).ok();
        // A slow peer sees the head of the inputs only.
        let probe = Instant::now();
        let few = inputs.len().min(1_000);
        inputs.iter().take(few).for_each(|input| drop(black_box(guarded(peer, input))));
        let slow = probe.elapsed().as_nanos() > 2_000 * u128::try_from(few).unwrap_or(1);
        let seen =
            inputs.get(..if slow { inputs.len().div_ceil(50) } else { inputs.len() }).unwrap_or_default();
        let own = peers.first().map(|(_, own)| own);
        let unlike = |input: &&I| own.is_some_and(|own| guarded(peer, input) != guarded(own, input));
        let differ = format!("{} of {}", seen.iter().filter(unlike).count(), seen.len());
        // A panic is an answer, but takes no time that could be compared.
        let answered: Vec<&I> = seen.iter().filter(|input| guarded(peer, input).is_some()).collect();
        let time = best(answered.len(), || {
            answered.iter().for_each(|input| drop(black_box(ask(peer, black_box(*input)))));
        });
        row(table, what, name, time, *ours.get_or_insert(time), differ);
    }
}

fn row(table: &mut Table, what: &str, name: &str, time: f64, ours: f64, differ: String) {
    let cells =
        [what.to_owned(), name.to_owned(), format!("{time:.1}"), format!("{:.1}", time / ours), differ];
    table.rows.push(cells.into());
}

fn in_capitals(table: &mut Table, amounts: &[i64]) {
    const WHAT: &str = "amounts in capitals";
    let mut buffer = String::with_capacity(capital::MAX_BYTES);
    let ours = best(amounts.len(), || {
        for fen in amounts {
            buffer.clear();
            capital::write(black_box(*fen), &mut buffer);
            black_box(buffer.len());
        }
    });
    row(table, WHAT, "invoice-validate", ours, ours, format!("0 of {}", amounts.len()));
    #[allow(clippy::cast_precision_loss, reason = "the peer takes floating point")]
    let yuan = |fen: i64| fen as f64 / 100.0;
    let guarded = |fen: i64| panic::catch_unwind(|| tax_invoice::amount_to_chinese(yuan(fen))).ok();
    let safe: Vec<i64> = amounts.iter().copied().filter(|fen| guarded(*fen).is_some()).collect();
    let right = |fen: &&i64| guarded(**fen).is_some_and(|text| capital::parse(&text) == Ok(**fen));
    let wrong = amounts.len() - amounts.iter().filter(right).count();
    let theirs = best(safe.len(), || {
        safe.iter().for_each(|fen| drop(black_box(tax_invoice::amount_to_chinese(black_box(yuan(*fen))))));
    });
    row(table, WHAT, "tax-invoice", theirs, ours, format!("{wrong} of {}", amounts.len()));
}

/// Nanoseconds an item in the quickest of up to 25 passes, fewer where a pass is long.
fn best(items: usize, mut pass: impl FnMut()) -> f64 {
    let (begun, mut quickest) = (Instant::now(), f64::INFINITY);
    for _ in 0..25 {
        let start = Instant::now();
        pass();
        quickest = quickest.min(start.elapsed().as_secs_f64());
        if begun.elapsed().as_secs() >= 3 {
            break;
        }
    }
    #[allow(clippy::cast_precision_loss, reason = "a count of inputs")]
    let items = items as f64;
    quickest * 1e9 / items
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_peer_that_panics_is_timed_on_what_it_answers() {
        type Peer = fn(u64) -> u64;
        let theirs: Peer = |number| number.checked_sub(1).expect("nothing is below") + 2;
        let peers: [(&'static str, Peer); 2] = [("ours", |number| number + 1), ("theirs", theirs)];
        let mut table = Table::new("time", ["what", "crate", "time", "times ours", "unlike"]);
        let numbers: Vec<u64> = (0..100).collect();
        compared(&mut table, "numbers", &numbers, &peers, |peer, number| peer(*number));
        let [_, theirs] = table.rows.as_slice() else { panic!("{table}") };
        assert!(theirs[4].starts_with("1 of "), "{theirs:?}");
        assert!(theirs[2].parse::<f64>().is_ok_and(f64::is_finite), "{theirs:?}");
    }
}
