//! Validators over the generated file in pieces, which leaves out most of what else the machine does.
//!
//! `cargo bench -p invoice-benches --bench pieces` prints nanoseconds an item: over every piece of 5,000 lines the
//! best and the median of 25 passes, and the mean of those over the pieces. With `-- --count NAME` a validator runs
//! over the file once, to be counted under `valgrind --tool=callgrind`; `--count nothing` only makes the file.
//! Run as a test it is small and asserts its answers.
#![allow(missing_docs)]
#![allow(clippy::float_arithmetic, reason = "nanoseconds of a bench")]

use std::hint::black_box;
use std::time::Instant;

use invoice_benches::validate::{amounts, credit_codes, payloads, resident_ids};
use invoice_validate::{capital, qr, resident_id, tax_id, uscc};

const PIECE: usize = 5_000;
const PASSES: usize = 25;

/// One file for each validator: lines, and amounts in fen.
struct Files {
    codes: Vec<String>,
    valid_codes: Vec<String>,
    ids: Vec<String>,
    valid_ids: usize,
    payloads: Vec<String>,
    amounts: Vec<i64>,
}

impl Files {
    fn new(count: usize) -> Self {
        let codes: Vec<String> = credit_codes(count).iter().map(str::to_owned).collect();
        let valid_codes: Vec<String> = codes.iter().filter(|code| uscc::is_valid(code)).cloned().collect();
        assert_eq!(valid_codes.len(), credit_codes(count).valid);
        let ids = resident_ids(count);
        Files {
            codes,
            valid_codes,
            valid_ids: ids.valid,
            ids: ids.iter().map(str::to_owned).collect(),
            payloads: payloads(count),
            amounts: amounts(count),
        }
    }
}

const NAMES: [&str; 7] =
    ["uscc", "resident_id", "uscc_report", "tax_id_report", "capital", "capital_string", "qr"];

/// Runs a validator over the lines of a range, and gives how many were accepted, or bytes written.
fn run(name: &str, files: &Files, range: std::ops::Range<usize>) -> usize {
    let accepted = |lines: &[String], check: fn(&str) -> bool| {
        lines[range.clone()].iter().filter(|line| check(black_box(line))).count()
    };
    match name {
        "uscc" => accepted(&files.codes, uscc::is_valid),
        "resident_id" => accepted(&files.ids, resident_id::is_valid),
        "uscc_report" => accepted(&files.valid_codes, |line| uscc::check(line).is_empty()),
        "tax_id_report" => accepted(&files.valid_codes, |line| tax_id::inspect(line).report.is_empty()),
        "qr" => {
            accepted(&files.payloads, |line| qr::parse(line).is_ok_and(|read| read.crc == qr::Crc::Valid))
        }
        "capital" => {
            let mut buffer = [0; capital::MAX_BYTES];
            let one = |fen: &i64| capital::write_into(black_box(*fen), &mut buffer).unwrap_or(0);
            files.amounts[range].iter().map(one).sum()
        }
        "capital_string" => {
            let mut text = String::with_capacity(capital::MAX_BYTES);
            let one = |fen: &i64| {
                text.clear();
                capital::write(black_box(*fen), &mut text);
                text.len()
            };
            files.amounts[range].iter().map(one).sum()
        }
        _ => 0,
    }
}

fn length(name: &str, files: &Files) -> usize {
    if name.ends_with("_report") { files.valid_codes.len() } else { files.codes.len() }
}

/// The answers, known from how the files were made.
fn check_answers(files: &Files) {
    let all = |name| run(name, files, 0..length(name, files));
    assert_eq!(all("uscc"), files.valid_codes.len());
    assert_eq!(all("resident_id"), files.valid_ids);
    assert_eq!(all("uscc_report"), files.valid_codes.len());
    assert_eq!(all("tax_id_report"), files.valid_codes.len());
    assert_eq!(all("qr"), files.payloads.len());
    let bytes: usize = files.amounts.iter().map(|fen| capital::to_string(*fen).len()).sum();
    assert_eq!((all("capital"), all("capital_string")), (bytes, bytes));
}

/// Best and median nanoseconds an item.
fn measure(name: &str, files: &Files) -> (f64, f64) {
    let (mut best, mut median, mut pieces) = (0.0, 0.0, 0.0);
    let whole = length(name, files) / PIECE * PIECE;
    for start in (0..whole).step_by(PIECE) {
        let pass = |_| {
            let begun = Instant::now();
            black_box(run(name, files, start..start + PIECE));
            begun.elapsed().as_secs_f64() * 1e9
        };
        let mut passes: Vec<f64> = (0..PASSES).map(pass).collect();
        passes.sort_by(f64::total_cmp);
        best += passes[0];
        median += passes[PASSES / 2];
        pieces += 1.0;
    }
    #[allow(clippy::cast_precision_loss, reason = "a count of lines")]
    let items = pieces * PIECE as f64;
    (best / items, median / items)
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let count = arguments.iter().position(|argument| argument == "--count");
    if let Some(name) = count.and_then(|at| arguments.get(at + 1)) {
        let files = Files::new(20_000);
        println!("{} of {}", run(name, &files, 0..length(name, &files)), length(name, &files));
    } else if arguments.iter().any(|argument| argument == "--bench") {
        let files = Files::new(200_000);
        check_answers(&files);
        println!("| what | best | median |\n|---|---|---|");
        for name in NAMES {
            let (best, median) = measure(name, &files);
            println!("| {name} | {best:.1} | {median:.1} |");
        }
    } else {
        check_answers(&Files::new(5_000));
    }
}
