//! Our validators beside other crates of the registry: the same inputs, the answers, the time.
//!
//! `cargo run --release` prints both tables of the README. An answer is right or wrong by the standard
//! that the first column names; nothing here depends on how quick the machine is.

use std::fmt::Write;
use std::hint::black_box;
use std::panic::{self, AssertUnwindSafe};
use std::time::Instant;

use china_identification_card::ChineseIdCard;
use invoice_validate::{capital, resident_id, uscc};

#[path = "../../src/validate.rs"]
#[allow(dead_code, reason = "the payloads have no peer")]
mod generated;

type Check = fn(&str) -> bool;

const CODE_PEERS: [(&str, Check); 3] = [
    ("invoice-validate", |code| uscc::is_valid(code)),
    ("cn-id-card 0.1.8", |code| cn_id_card::validate_code(code, false)),
    // It takes any tax number of 15 or 18 places, so only its answers on codes are compared.
    ("tax-invoice 2.0.2", tax_invoice::validate_tax_number),
];

const ID_PEERS: [(&str, Check); 6] = [
    ("invoice-validate", |id| resident_id::is_valid(id)),
    ("cn-id-card 0.1.8", |id| cn_id_card::validate(id, false)),
    ("id-card 0.1.4", id_card::validate),
    ("idcard 0.3.0", idcard::validate),
    ("chinese-id 0.1.0", |id| chinese_id::validate(id).is_ok()),
    ("china_identification_card 10.3.0", |id| ChineseIdCard::is_valid_id_number(id)),
];

/// What, the code, and whether GB 32100-2015 makes it valid.
const CODES: [(&str, &str, bool); 9] = [
    ("check character 0", "911101176876214860", true),
    ("check character a letter", "91330100799655058B", true),
    ("military registrar, wrong check", "A11100000600037342", false),
    ("military registrar, right check", "", true),
    ("check character wrong", "914403001922038217", false),
    ("eighteen zeros", "000000000000000000", false),
    ("eighteen ones", "111111111111111111", false),
    ("a letter outside the alphabet", "91110108MA002XY31Z", false),
    ("six Chinese characters, 18 bytes", "统一社会信用", false),
];

/// What, the number, and whether GB 11643-1999 makes it valid.
const IDS: [(&str, &str, bool); 8] = [
    ("sample of the standard", "11010519491231002X", true),
    ("the same with a small x", "11010519491231002x", true),
    ("check wrong", "110105194912310021", false),
    ("no such province, right check", "", false),
    ("30 February, right check", "", false),
    ("Taiwan residence permit 830000", "830000199201300022", true),
    ("eighteen zeros", "000000000000000000", false),
    ("six Chinese characters, 18 bytes", "中华人民共和", false),
];

/// Fen, and the amount in capitals as an invoice prints it; any form 支付结算办法 annex 1 permits is right.
const AMOUNTS: [(i64, &str); 9] = [
    (1_000_000, "壹万圆整"),
    (1_000_100, "壹万零壹圆整"),
    (10_000_000, "壹拾万圆整"),
    (12_345_678, "壹拾贰万叁仟肆佰伍拾陆圆柒角捌分"),
    (105, "壹圆零伍分"),
    (150, "壹圆伍角整"),
    (50, "伍角整"),
    (10_000_000_000, "壹亿圆整"),
    (-13_000, "（负数）壹佰叁拾圆整"),
];

fn main() {
    panic::set_hook(Box::new(|_| {}));
    let mut out = String::new();
    answers(&mut out, "credit code", &completed_codes(), &CODE_PEERS);
    answers(&mut out, "resident ID", &completed_ids(), &ID_PEERS);
    amounts(&mut out);
    speed(&mut out);
    print!("{out}");
}

/// The rows whose code is made here, so that its check character is surely right.
fn completed_codes() -> Vec<(String, String, bool)> {
    let made = |_: &str| {
        let inner = uscc::organisation::check_character("60003734").unwrap_or('0');
        let body = format!("A111000060003734{inner}");
        format!("{body}{}", uscc::check_character(&body).unwrap_or('0'))
    };
    owned(&CODES, made)
}

fn completed_ids() -> Vec<(String, String, bool)> {
    owned(&IDS, |what| {
        let body = if what.starts_with("no such") { "99010519491231002" } else { "11010519490230002" };
        let weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
        let sum: u32 = body.bytes().zip(weights).map(|(byte, weight)| u32::from(byte - b'0') * weight).sum();
        format!("{body}{}", char::from(b"10X98765432"[(sum % 11) as usize]))
    })
}

fn owned(rows: &[(&str, &str, bool)], made: impl Fn(&str) -> String) -> Vec<(String, String, bool)> {
    let full = |what: &str, code: &str| if code.is_empty() { made(what) } else { code.to_owned() };
    rows.iter().map(|(what, code, valid)| ((*what).to_owned(), full(what, code), *valid)).collect()
}

/// `yes`, `no` or `panics`; with a mark where that is not the right answer.
fn answers(out: &mut String, what: &str, rows: &[(String, String, bool)], peers: &[(&str, Check)]) {
    header(out, what, "right", peers.iter().map(|(name, _)| *name));
    for (name, code, valid) in rows {
        let _ = write!(out, "| {name} `{code}` | {} |", if *valid { "yes" } else { "no" });
        for (_, check) in peers {
            let answer = panic::catch_unwind(|| check(code));
            let word = match answer {
                Ok(true) => "yes",
                Ok(false) => "no",
                Err(_) => "panics",
            };
            let right = answer.is_ok_and(|answer| answer == *valid);
            let _ = if right { write!(out, " {word} |") } else { write!(out, " **{word}** |") };
        }
        out.push('\n');
    }
    out.push('\n');
}

fn header<'a>(out: &mut String, first: &'a str, second: &'a str, rest: impl Iterator<Item = &'a str>) {
    let columns: Vec<&str> = [first, second].into_iter().chain(rest).collect();
    let _ = writeln!(out, "| {} |", columns.join(" | "));
    let _ = writeln!(out, "|{}", "---|".repeat(columns.len()));
}

fn amounts(out: &mut String) {
    header(out, "yuan", "right", ["invoice-validate", "tax-invoice 2.0.2"].into_iter());
    let peer = |yuan: f64| {
        panic::catch_unwind(|| tax_invoice::amount_to_chinese(yuan)).unwrap_or("panics".to_owned())
    };
    for (fen, right) in AMOUNTS {
        let ours = capital::to_string(fen);
        assert_eq!(ours, right);
        let yuan = invoice_validate::amount::format(&fen);
        let theirs = peer(yuan.parse().unwrap_or(f64::NAN));
        let theirs = if capital::parse(&theirs) == Ok(fen) { theirs } else { format!("**{theirs}**") };
        let _ = writeln!(out, "| {yuan} | {right} | {ours} | {theirs} |");
    }
    // Three decimals are no amount of money: ours has no fen for it and refuses the text.
    let refused = invoice_validate::amount::parse("0.999").is_err();
    let _ = writeln!(
        out,
        "| 0.999 | refused | {} | **{}** |\n",
        if refused { "refused" } else { "read" },
        peer(0.999)
    );
}

fn speed(out: &mut String) {
    let _ = writeln!(
        out,
        "| what | crate | ns an item, best of passes | answers unlike ours |\n|---|---|---|---|"
    );
    let codes = generated::credit_codes(1_000_000);
    let ids = generated::resident_ids(1_000_000);
    for (name, check) in CODE_PEERS {
        timed_check(out, "credit codes", name, &codes, uscc::is_valid, check);
    }
    for (name, check) in ID_PEERS {
        timed_check(out, "resident IDs", name, &ids, resident_id::is_valid, check);
    }
    let amounts = generated::amounts(200_000);
    let mut buffer = String::with_capacity(capital::MAX_BYTES);
    let ours = best(amounts.len(), || {
        let one = |fen: &i64| {
            buffer.clear();
            capital::write(black_box(*fen), &mut buffer);
            buffer.len()
        };
        amounts.iter().map(one).sum::<usize>()
    });
    let _ = writeln!(out, "| capital amounts | invoice-validate | {ours:.0} | 0 |");
    #[allow(clippy::cast_precision_loss, reason = "the peer takes floating point")]
    let yuan = |fen: &i64| *fen as f64 / 100.0;
    let guarded = |fen: &i64| panic::catch_unwind(|| tax_invoice::amount_to_chinese(yuan(fen)));
    let right = |fen: &i64| guarded(fen).is_ok_and(|text| capital::parse(&text) == Ok(*fen));
    let (safe, panicking): (Vec<i64>, Vec<i64>) = amounts.iter().partition(|fen| guarded(fen).is_ok());
    let wrong = safe.iter().filter(|fen| !right(fen)).count();
    let theirs = best(safe.len(), || {
        safe.iter().map(|fen| tax_invoice::amount_to_chinese(black_box(yuan(fen))).len()).sum::<usize>()
    });
    let _ = writeln!(
        out,
        "| capital amounts | tax-invoice 2.0.2 | {theirs:.0} | {wrong} of {} and {} panics |",
        amounts.len(),
        panicking.len()
    );
}

/// How many lines are valid is known from how they were made, and our own answers are asserted against it.
fn timed_check(
    out: &mut String,
    what: &str,
    name: &str,
    lines: &generated::Lines,
    right: Check,
    check: Check,
) {
    let mut inputs: Vec<&str> = lines.iter().collect();
    assert_eq!(inputs.iter().filter(|line| right(line)).count(), lines.valid);
    // A slow peer sees the head of the file only.
    let probe = Instant::now();
    black_box(inputs.iter().take(1000).filter(|line| check(line)).count());
    let share = if probe.elapsed().as_micros() > 2000 { 50 } else { 1 };
    inputs.truncate(inputs.len() / share);
    let guarded = |line: &str| panic::catch_unwind(AssertUnwindSafe(|| check(line))).ok();
    let unlike = inputs.iter().filter(|line| guarded(line) != Some(right(line))).count();
    let time = best(inputs.len(), || inputs.iter().filter(|line| check(black_box(line))).count());
    let _ = writeln!(out, "| {what} | {name} | {time:.1} | {unlike} of {} |", inputs.len());
}

/// Nanoseconds an item in the quickest of up to 25 passes, fewer where a pass is long.
fn best(items: usize, mut pass: impl FnMut() -> usize) -> f64 {
    let (begun, mut quickest) = (Instant::now(), f64::INFINITY);
    for _ in 0..25 {
        let start = Instant::now();
        black_box(pass());
        quickest = quickest.min(start.elapsed().as_secs_f64());
        if begun.elapsed().as_secs() >= 3 {
            break;
        }
    }
    #[allow(clippy::cast_precision_loss, reason = "a count of inputs")]
    let items = items as f64;
    quickest * 1e9 / items
}
