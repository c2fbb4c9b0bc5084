//! Order lines a second through the reconciliation fold.
//!
//! `cargo bench -p invoice-benches --bench reconciliation` measures a million orders; among the tests it runs once,
//! small. Orders are made before the clock starts, some thousands of them, and go through again and again: the fold
//! keeps nothing of them.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a bench prints, and stops where it is wrong")]

use std::env::args;
use std::time::Instant;

use chrono::DateTime;
use invoice_core::id::{ApplicationId, BuyerId, InvoiceId, LineId, OrderId, SellerId};
use invoice_core::ledger::{Balance, BalanceChange, LineOpening, LineShare, Share};
use invoice_core::money::Money;
use invoice_core::money::rounding::net_of_gross;
use invoice_core::order::Payment;
use invoice_core::report::{Amounts, Reconciliation, Told};
use invoice_core::tax::TaxRate;
use rust_decimal::Decimal;

const PERCENTS: [u32; 3] = [13, 9, 6];

/// An order of one to twenty lines: of each line something is invoiced and something open.
fn books(number: usize) -> (Balance, Vec<Told>) {
    let order = OrderId::new(format!("ORDER-{number:08}")).unwrap();
    let lines = 1 + number % 20;
    let percent = |line: usize| PERCENTS[(number + line / 4) % 3];
    let gross = |line: usize| i64::try_from(100 + (number * 31 + line * 17) % 30_000).unwrap();
    let share = |line: usize| {
        let gross = Money::from_fen(gross(line) / 2);
        let net = net_of_gross(gross, TaxRate::percent(percent(line)).unwrap());
        Share { quantity: Decimal::ONE, net, tax: gross.checked_sub(net).unwrap(), gross }
    };
    let opening = (0..lines).map(|line| LineOpening {
        line: LineId::new(line.to_string()).unwrap(),
        rate: TaxRate::percent(percent(line)).unwrap(),
        quantity: Decimal::TWO,
        payable: Money::from_fen(gross(line)),
    });
    let shares = || -> Vec<LineShare> {
        (0..lines).map(|line| LineShare { line: u32::try_from(line).unwrap(), share: share(line) }).collect()
    };
    let total = (0..lines).map(gross).sum();
    let payment = Payment::money(DateTime::UNIX_EPOCH, Money::from_fen(total));
    let mut balance = None;
    for change in [
        BalanceChange::Opened {
            seller: SellerId::new("S").unwrap(),
            buyer: BuyerId::new("B").unwrap(),
            lines: opening.collect(),
        },
        BalanceChange::Paid { payment, excluded: vec![Money::ZERO; lines] },
        BalanceChange::Reserved { application: ApplicationId::new("A").unwrap(), shares: shares() },
        BalanceChange::Posted { invoice: InvoiceId::new("I").unwrap(), shares: shares() },
    ] {
        balance = Balance::evolve(balance, &order, &change);
    }
    let told = |line: usize| {
        let mut invoiced = Amounts::default();
        invoiced.add(share(line));
        Told { invoiced, payable: Some(Money::from_fen(gross(line))), ..Told::default() }
    };
    (balance.unwrap(), (0..lines).map(told).collect())
}

fn fold(books: &[(Balance, Vec<Told>)], rounds: usize) -> Reconciliation {
    let mut proof = Reconciliation::default();
    for _ in 0..rounds {
        for (balance, told) in books {
            proof.add(balance, told);
        }
    }
    proof
}

fn run(orders: usize, rounds: usize) {
    let mut all: Vec<_> = (0..orders).map(books).collect();
    let lines: usize = all.iter().map(|(_, told)| told.len()).sum();
    let once = fold(&all, 1);
    assert!(once.holds(), "{:?}", once.broken);
    let start = Instant::now();
    let proof = fold(&all, rounds);
    let took = start.elapsed();
    assert!(proof.holds());
    let factor = i128::try_from(rounds).unwrap();
    for (rate, totals) in &proof.rates {
        assert_eq!(totals.paid, once.rates[rate].paid * factor);
        assert_eq!(totals.paid, totals.invoiced + totals.open);
    }
    let lines = lines * rounds;
    let a_second = u128::try_from(lines).unwrap() * 1_000_000_000 / took.as_nanos().max(1);
    println!(
        "reconciliation: {} orders, {lines} lines in {} ms, {}.{} million lines a second",
        proof.orders,
        took.as_millis(),
        a_second / 1_000_000,
        a_second / 100_000 % 10
    );
    // A fen less on one line of one order in the middle.
    let (balance, told) = &mut all[orders / 2];
    told[0].invoiced.tax = told[0].invoiced.tax.checked_sub(Money::from_fen(1)).unwrap();
    let named = balance.order().clone();
    assert_eq!(fold(&all, rounds).broken.map(|broken| broken.order), Some(named));
}

fn main() {
    let has = |wanted: &str| args().any(|arg| arg == wanted);
    if has("--list") {
        if !has("--ignored") {
            println!("reconciliation_bench_runs_small: test");
        }
    } else if has("--bench") {
        for _ in 0..3 {
            run(20_000, 50);
        }
    } else {
        run(200, 2);
    }
}
