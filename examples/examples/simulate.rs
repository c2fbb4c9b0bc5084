//! Runs seeds of the simulator and prints what they came to.
//!
//! ```text
//! cargo run --release --example simulate -- --seeds 2000
//! cargo run --release --example simulate -- --seed 42
//! cargo run --release --example simulate -- --seeds 200 --mutation blind-resend
//! ```
//!
//! `--seeds N` runs N seeds from `--from` (0 unless given) on two threads (`--threads`); `--seed S` runs one;
//! `--crashes N` stops after so many crashes; `--trace` tells what happened; `--shrink` looks for the shortest form
//! of a failure. Others: `--workers W`, `--steps N`, `--deeds N`, `--mutation NAME`, `--without "FAULT"`.

use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::Instant;

use invoice_core::testkit::sim::{Fault, Mutation, Options, Outcome, Totals, replay, run, shrink};

struct Arguments {
    from: u64,
    seeds: u64,
    threads: usize,
    /// Stop after so many crashes.
    crashes: u64,
    shrinks: bool,
    options: Options,
}

fn arguments() -> Result<Arguments, String> {
    let mut given = Arguments {
        from: 0,
        seeds: 1,
        threads: 2,
        crashes: u64::MAX,
        shrinks: false,
        options: Options::default(),
    };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        if word == "--trace" {
            given.options.trace = true;
            continue;
        }
        if word == "--shrink" {
            given.shrinks = true;
            continue;
        }
        let value = words.next().ok_or_else(|| format!("{word} needs a value"))?;
        let number = || value.parse::<u64>().map_err(|_| format!("{word} needs a number"));
        let small = || value.parse::<u32>().map_err(|_| format!("{word} needs a number"));
        match word.as_str() {
            "--seeds" => given.seeds = number()?,
            "--seed" => (given.from, given.seeds) = (number()?, 1),
            "--from" => given.from = number()?,
            "--crashes" => given.crashes = number()?,
            "--threads" => given.threads = usize::try_from(number()?).unwrap_or(1).max(1),
            "--workers" => given.options.workers = usize::try_from(number()?).ok(),
            "--steps" => given.options.steps = small()?,
            "--deeds" => given.options.deeds = small()?,
            "--mutation" => {
                let known = Mutation::from_name(&value);
                given.options.mutation = Some(known.ok_or_else(|| format!("no mutation {value}"))?);
            }
            "--without" => {
                let known = Fault::ALL.iter().copied().find(|fault| fault.as_str() == value);
                given.options.without.push(known.ok_or_else(|| format!("no fault {value}"))?);
            }
            _ => return Err(format!("unknown argument {word}")),
        }
    }
    Ok(given)
}

/// Runs the seeds on all threads; the sums, and the first seed that broke a rule.
fn all(given: &Arguments) -> (Totals, Option<(u64, Outcome)>) {
    let next = AtomicU64::new(given.from);
    let broken = AtomicBool::new(false);
    let crashes = AtomicU64::new(0);
    let worker = || {
        let mut totals = Totals::default();
        while !broken.load(Ordering::Relaxed) && crashes.load(Ordering::Relaxed) < given.crashes {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= given.from + given.seeds {
                break;
            }
            let outcome = run(seed, &given.options);
            totals.add(&outcome);
            crashes.fetch_add(outcome.tally.crashes(), Ordering::Relaxed);
            if outcome.violation.is_some() {
                broken.store(true, Ordering::Relaxed);
                return (totals, Some((seed, outcome)));
            }
        }
        (totals, None)
    };
    thread::scope(|scope| {
        let handles: Vec<_> = (0..given.threads).map(|_| scope.spawn(worker)).collect();
        let mut sum = (Totals::default(), None);
        for handle in handles {
            if let Ok((totals, found)) = handle.join() {
                sum.0.merge(&totals);
                sum.1 = sum.1.or(found);
            }
        }
        sum
    })
}

fn main() -> ExitCode {
    let given = match arguments() {
        Ok(given) => given,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::from(2);
        }
    };
    let start = Instant::now();
    let (totals, broken) = all(&given);
    let elapsed = start.elapsed();
    print!("{totals}");
    let millis = elapsed.as_millis().max(1);
    println!("{:<44}{:>14}", "steps a second", u128::from(totals.steps) * 1000 / millis);
    println!("{:<44}{:>14}", "crashes a second", u128::from(totals.tally.crashes()) * 1000 / millis);
    println!("{:<44}{:>10}.{:03}", "seconds", millis / 1000, millis % 1000);
    let Some((seed, outcome)) = broken else { return ExitCode::SUCCESS };
    if let Some(violation) = &outcome.violation {
        println!("\nVIOLATION of \"{}\": {}", violation.rule, violation.detail);
    }
    println!("replay: {}", replay(seed, &given.options));
    if given.options.trace && !given.shrinks {
        outcome.trace.iter().for_each(|line| println!("{line}"));
    }
    if given.shrinks {
        let small = shrink(seed, &given.options);
        let outcome = run(seed, &small);
        outcome.trace.iter().for_each(|line| println!("{line}"));
        if let Some(violation) = outcome.violation {
            println!("shrunk: {}\n  \"{}\": {}", replay(seed, &small), violation.rule, violation.detail);
        }
    }
    ExitCode::FAILURE
}
