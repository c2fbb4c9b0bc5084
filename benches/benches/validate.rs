//! Validators over one generated file, ours beside the peer's. `cargo bench -p invoice-benches --bench validate`
//!
//! Each benchmark asserts its answers before it measures. Divide the time by the items it names.
#![allow(missing_docs)]

use std::hint::black_box;

use divan::Bencher;
use divan::counter::ItemsCount;
use invoice_benches::validate::{Lines, amounts, credit_codes, payloads, resident_ids};
use invoice_validate::{capital, qr, resident_id, tax_id, uscc};

const CODES: usize = 1_000_000;

fn main() {
    divan::main();
}

/// Counts the lines a check accepts, after asserting that the count is right.
fn over(bencher: Bencher<'_, '_>, lines: &Lines, wanted: usize, check: impl Fn(&str) -> bool + Sync) {
    let inputs: Vec<&str> = lines.iter().collect();
    let count = || inputs.iter().filter(|line| check(black_box(line))).count();
    assert_eq!(count(), wanted);
    bencher.counter(ItemsCount::new(lines.count)).bench(count);
}

#[divan::bench]
fn scan_of_the_same_file(bencher: Bencher<'_, '_>) {
    let lines = credit_codes(CODES);
    let sum = || lines.text.bytes().fold(0_u64, |sum, byte| sum.wrapping_add(u64::from(byte)));
    bencher.counter(ItemsCount::new(lines.count)).bench(|| black_box(sum()));
}

#[divan::bench]
fn uscc_is_valid(bencher: Bencher<'_, '_>) {
    let lines = credit_codes(CODES);
    over(bencher, &lines, lines.valid, uscc::is_valid);
}

#[divan::bench]
fn uscc_peer_cn_id_card(bencher: Bencher<'_, '_>) {
    let lines = credit_codes(CODES);
    let zeros = lines.iter().filter(|line| uscc::is_valid(line) && line.ends_with('0')).count();
    over(bencher, &lines, lines.valid - zeros, |line| cn_id_card::validate_code(line, false));
}

#[divan::bench]
fn uscc_full_report_of_valid_codes(bencher: Bencher<'_, '_>) {
    let lines = only_valid(credit_codes(CODES), uscc::is_valid);
    over(bencher, &lines, lines.valid, |line| uscc::check(line).is_empty());
}

#[divan::bench]
fn tax_id_inspect_of_valid_codes(bencher: Bencher<'_, '_>) {
    let lines = only_valid(credit_codes(CODES), uscc::is_valid);
    over(bencher, &lines, lines.valid, |line| tax_id::inspect(line).report.is_empty());
}

#[divan::bench]
fn resident_id_is_valid(bencher: Bencher<'_, '_>) {
    let lines = resident_ids(CODES);
    over(bencher, &lines, lines.valid, resident_id::is_valid);
}

#[divan::bench]
fn resident_id_peer_cn_id_card(bencher: Bencher<'_, '_>) {
    let lines = resident_ids(CODES);
    over(bencher, &lines, lines.valid, |line| cn_id_card::validate(line, false));
}

#[divan::bench]
fn capital_into_buffer(bencher: Bencher<'_, '_>) {
    let amounts = amounts(CODES);
    let mut buffer = [0; capital::MAX_BYTES];
    for fen in amounts.iter().take(10_000) {
        let length = capital::write_into(*fen, &mut buffer).unwrap_or(0);
        assert_eq!(std::str::from_utf8(&buffer[..length]).map(capital::parse), Ok(Ok(*fen)));
    }
    bencher.counter(ItemsCount::new(amounts.len())).bench(|| {
        let mut buffer = [0; capital::MAX_BYTES];
        amounts
            .iter()
            .map(|fen| capital::write_into(black_box(*fen), &mut buffer).unwrap_or(0))
            .sum::<usize>()
    });
}

#[divan::bench]
fn capital_into_string(bencher: Bencher<'_, '_>) {
    let amounts = amounts(CODES);
    bencher.counter(ItemsCount::new(amounts.len())).bench(|| {
        let mut text = String::with_capacity(capital::MAX_BYTES);
        let one = |fen: &i64| {
            text.clear();
            capital::write(black_box(*fen), &mut text);
            text.len()
        };
        amounts.iter().map(one).sum::<usize>()
    });
}

#[divan::bench]
fn qr_parse(bencher: Bencher<'_, '_>) {
    let payloads = payloads(CODES / 4);
    let valid =
        || payloads.iter().filter(|line| qr::parse(black_box(line)).is_ok_and(|p| p.crc == qr::Crc::Valid));
    assert_eq!(valid().count(), payloads.len());
    bencher.counter(ItemsCount::new(payloads.len())).bench(|| valid().count());
}

fn only_valid(lines: Lines, check: fn(&str) -> bool) -> Lines {
    let text: String = lines.iter().filter(|line| check(line)).flat_map(|line| [line, "\n"]).collect();
    Lines { text, valid: lines.valid, count: lines.valid }
}
