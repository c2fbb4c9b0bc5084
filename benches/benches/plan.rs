//! Nanoseconds a line: splits with tax and certificate, the checker alone, and red plans.
//!
//! `cargo bench -p invoice-benches --bench plan` measures; among the tests it runs once, small.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a bench prints, and stops where it is wrong")]

use std::env::args;
use std::hint::black_box;
use std::time::{Duration, Instant};

use invoice_core::limits::InvoiceLimit;
use invoice_core::money::Money;
use invoice_core::plan::certificate::{CheckedSplit, check, check_red};
use invoice_core::plan::red::{BlueInvoice, BluePart, BlueRow, RedDemand, RedExtent, RedReason, plan_red};
use invoice_core::plan::split::{InvoiceSpan, SplitLine, SplitPlan, SplitPolicy, split, split_into};
use invoice_core::tax::{TaxCode, TaxRate, Treatment};
use rust_decimal::Decimal;

/// What an order line is before its tax is known.
#[derive(Clone, Copy)]
struct Sold {
    code: TaxCode,
    rate: TaxRate,
    list: Money,
    quantity: Decimal,
}

impl Sold {
    fn line(&self) -> SplitLine {
        SplitLine::new(self.code, self.rate, Treatment::Standard, self.list, Money::ZERO)
            .unwrap()
            .with_quantity(self.quantity)
    }
}

struct Random(u64);

impl Random {
    fn below(&mut self, most: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % most
    }
}

fn sold(random: &mut Random) -> Sold {
    let (code, percent) =
        [("1040201990000000000", 13), ("1060201010000000000", 9), ("3070401000000000000", 6)]
            [usize::try_from(random.below(3)).unwrap()];
    Sold {
        code: code.parse().unwrap(),
        rate: TaxRate::percent(percent).unwrap(),
        list: Money::from_fen(i64::try_from(100 + random.below(30_000)).unwrap()),
        quantity: Decimal::from(1 + random.below(6)),
    }
}

/// The best of several rounds, in tenths of nanoseconds for each of `items`.
fn best(rounds: u32, items: usize, mut run: impl FnMut()) -> u128 {
    let mut least = Duration::MAX;
    for _ in 0..rounds {
        let start = Instant::now();
        run();
        least = least.min(start.elapsed());
    }
    least.as_nanos() * 10 / u128::try_from(items).unwrap()
}

fn print(what: &str, tenths: u128) {
    println!("{what:<58} {:>6}.{} ns/line", tenths / 10, tenths % 10);
}

fn total(lines: &[SplitLine]) -> Money {
    lines.iter().map(SplitLine::gross).sum()
}

fn plan_checked<'a>(lines: &'a [SplitLine], policy: &SplitPolicy) -> CheckedSplit<'a> {
    CheckedSplit::new(lines, policy, split(lines, policy).unwrap()).unwrap()
}

fn small_orders(orders: usize, rounds: u32) {
    let mut random = Random(1);
    let orders: Vec<Vec<Sold>> =
        (0..orders).map(|at| (0..1 + at % 20).map(|_| sold(&mut random)).collect()).collect();
    let lines: usize = orders.iter().map(Vec::len).sum();
    let policy = SplitPolicy::new().with_limit(InvoiceLimit::WAN_10);
    let mut buffer = Vec::with_capacity(20);
    for order in &orders {
        buffer.clear();
        buffer.extend(order.iter().map(Sold::line));
        let checked = plan_checked(&buffer, &policy);
        let gross: Money = checked.plan().invoices().iter().map(InvoiceSpan::gross).sum();
        assert_eq!(gross, total(&buffer));
    }
    let tenths = best(rounds, lines, || {
        for order in &orders {
            buffer.clear();
            buffer.extend(order.iter().map(Sold::line));
            black_box(plan_checked(&buffer, &policy));
        }
    });
    print("orders of 1-20 lines: tax, split and certificate", tenths);
}

/// The same line with its net amount in whole yuan.
fn even(line: &SplitLine) -> SplitLine {
    let yuan = line.net().fen() / 100 + 1;
    let list = Money::from_fen(yuan * 100 + yuan * i64::from(line.rate().millionths()) / 10_000);
    let even = SplitLine::new(line.code(), line.rate(), Treatment::Standard, list, Money::ZERO).unwrap();
    line.quantity().map_or(even, |quantity| even.with_quantity(quantity))
}

/// One order of many lines, and the best times of it so far.
struct Long {
    lines: Vec<SplitLine>,
    plan: SplitPlan,
    used: SplitPlan,
    /// Splitting, splitting into used memory, checking: tenths of nanoseconds a line.
    best: [u128; 3],
}

impl Long {
    fn new(lines: &[SplitLine], policy: &SplitPolicy) -> Self {
        let plan = plan_checked(lines, policy).plan().clone();
        let gross: Money = plan.invoices().iter().map(InvoiceSpan::gross).sum();
        assert_eq!(gross, total(lines));
        assert!(plan.lower_bound() as usize <= plan.invoices().len());
        Self { lines: lines.to_vec(), used: plan.clone(), plan, best: [u128::MAX; 3] }
    }

    fn measure(&mut self, policy: &SplitPolicy, rounds: u32) {
        let (lines, count) = (self.lines.as_slice(), self.lines.len());
        let used = &mut self.used;
        let times = [
            best(rounds, count, || drop(black_box(split(lines, policy)))),
            best(rounds, count, || split_into(lines, policy, black_box(used)).unwrap()),
            best(rounds, count, || check(black_box(lines), policy, &self.plan).map(drop).unwrap()),
        ];
        assert_eq!(self.used, self.plan);
        for (best, time) in self.best.iter_mut().zip(times) {
            *best = time.min(*best);
        }
    }
}

/// Orders of all lengths in turn, `turns` times over: a machine that is slower now and then is so to all of them.
fn long_orders(counts: &[usize], turns: u32) {
    for (name, policy) in [
        ("one invoice", SplitPolicy::new()),
        ("no limit, odd fen", SplitPolicy::new()),
        ("below 10,000", SplitPolicy::new().with_limit(InvoiceLimit::WAN_1)),
        ("below 10,000, 100 rows", SplitPolicy::new().with_limit(InvoiceLimit::WAN_1).with_max_rows(100)),
    ] {
        let mut orders: Vec<Long> = Vec::new();
        for &count in counts {
            let mut random = Random(2);
            let odd: Vec<SplitLine> = (0..count).map(|_| sold(&mut random).line()).collect();
            // Tax to the fen, so that no rounding can add up to what one invoice tolerates.
            let even = || odd.iter().map(even).collect();
            let lines: Vec<SplitLine> = if name == "one invoice" { even() } else { odd };
            let order = Long::new(&lines, &policy);
            assert!(name != "one invoice" || order.plan.invoices().len() == 1);
            orders.push(order);
        }
        for _ in 0..turns {
            for order in &mut orders {
                // As many lines of each length.
                let rounds = u32::try_from(100_000 / order.lines.len()).unwrap().max(2);
                order.measure(&policy, rounds);
            }
        }
        for order in &orders {
            for (what, tenths) in ["split", "split into used memory", "checker"].iter().zip(order.best) {
                print(&format!("{} lines, {name}: {what}", order.lines.len()), tenths);
            }
        }
        if let (Some(short), Some(long)) = (orders.first(), orders.last()) {
            let percent = long.best[0] * 100 / short.best[0].max(1);
            println!("{name}: split, {percent} % a line of {} lines", short.lines.len());
        }
    }
}

/// Blue invoices of `rows` rows each; of every third line something comes back, over one to three invoices.
fn red(lines: u32, rows: u32) {
    let fen = Money::from_fen;
    let blues: Vec<BlueInvoice> = (0..lines / rows)
        .map(|blue| {
            let row = |row: u32| {
                // A line in four goes on at the beginning of the next invoice.
                let line = blue * rows + row - u32::from(row == 0 && blue % 4 == 1);
                let part = BluePart::new(line, Some(Decimal::from(4)), fen(8_850), fen(1_150), fen(10_000));
                BlueRow::new(1, Some(Decimal::from(4)), vec![part])
            };
            BlueInvoice::new((0..rows).map(row).collect())
        })
        .collect();
    let demands: Vec<RedDemand> = (0..lines)
        .step_by(3)
        .map(|line| RedDemand { line, gross: fen(2_500 + i64::from(line % 5) * 1_000), quantity: None })
        .collect();
    let start = Instant::now();
    let plan = plan_red(&blues, &demands, RedReason::Returned, RedExtent::Minimal).unwrap();
    let planned = start.elapsed();
    check_red(&blues, &demands, RedReason::Returned, RedExtent::Minimal, &plan).unwrap();
    println!(
        "red plan: {lines} blue lines, {} demands, {} forms (at least {}): {} ms, checked in {} ms",
        demands.len(),
        plan.forms().len(),
        plan.lower_bound(),
        planned.as_millis(),
        (start.elapsed() - planned).as_millis()
    );
}

fn main() {
    let has = |wanted: &str| args().any(|arg| arg == wanted);
    if has("--list") {
        if !has("--ignored") {
            println!("plan_bench_runs_small: test");
        }
        return;
    }
    if has("--small-only") {
        small_orders(1_000, 400);
        return;
    }
    if !has("--bench") {
        small_orders(40, 1);
        long_orders(&[100], 1);
        red(3_000, 10);
        return;
    }
    small_orders(1_000, 400);
    long_orders(&[100, 1_000, 10_000, 100_000], 60);
    for _ in 0..3 {
        red(100_000, 10);
    }
}
