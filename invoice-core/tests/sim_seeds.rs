//! Seeds of the simulator, run as a normal test. Set `SIM_SEEDS` and `SIM_FROM` to run others.
#![cfg(feature = "testkit")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "what tests share")]

use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use invoice_core::testkit::sim::{Fault, Options, Totals, replay, run, shrink};

/// Optimised, a seed takes a hundredth of a second; otherwise half a second.
const SEEDS: u64 = if cfg!(debug_assertions) { 240 } else { 2000 };

fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

fn totals(from: u64, seeds: u64, options: &Options) -> Totals {
    let next = AtomicU64::new(from);
    let worker = || {
        let mut totals = Totals::default();
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= from + seeds {
                return totals;
            }
            let outcome = run(seed, options);
            if let Some(violation) = &outcome.violation {
                let small = shrink(seed, options);
                panic!("{violation:?}\nreplay: {}\nshrunk: {}", replay(seed, options), replay(seed, &small));
            }
            totals.add(&outcome);
        }
    };
    thread::scope(|scope| {
        let handles = [scope.spawn(worker), scope.spawn(worker)];
        let mut sum = Totals::default();
        for handle in handles {
            sum.merge(&handle.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        }
        sum
    })
}

#[test]
fn no_seed_breaks_a_rule_and_every_fault_has_happened() {
    let totals = totals(number("SIM_FROM", 0), number("SIM_SEEDS", SEEDS), &Options::default());
    println!("{totals}");
    assert_eq!((totals.violations, totals.doubles, totals.lost), (0, 0, 0));
    let never: Vec<&str> = totals.tally.never().map(Fault::as_str).collect();
    assert!(never.is_empty(), "a simulator whose faults never fire proves nothing: {never:?}");
    assert!(totals.checks > totals.steps / 4);
}

/// Each of these once broke a rule that the desk keeps now.
#[test]
fn seeds_that_found_something_find_nothing_any_more() {
    let former = Options { steps: 4000, deeds: 80, ..Options::default() };
    for seed in [1, 4, 67, 112, 207, 224, 1214] {
        assert_eq!(run(seed, &former).violation, None, "{}", replay(seed, &former));
    }
    for seed in [93, 227, 2927] {
        let options = Options::default();
        assert_eq!(run(seed, &options).violation, None, "{}", replay(seed, &options));
    }
}

#[test]
fn one_seed_replays_byte_for_byte() {
    let options = Options { steps: 1500, trace: true, ..Options::default() };
    for seed in [3, 5, 8] {
        let (first, second) = (run(seed, &options), run(seed, &options));
        assert!(first.trace.len() > 100);
        assert_eq!(first.trace, second.trace, "seed {seed}");
        assert_eq!((first.steps, first.tally), (second.steps, second.tally));
    }
}
