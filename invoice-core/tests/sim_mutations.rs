//! Bugs planted on purpose: the simulator must find each.
#![cfg(feature = "testkit")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "what tests share")]

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use invoice_core::testkit::sim::{Mutation, Options, replay, run};

/// The rule that a planted bug breaks first, within so many seeds.
fn caught(mutation: Mutation, seeds: u64) -> Option<(u64, &'static str)> {
    let options = Options { mutation: Some(mutation), ..Options::default() };
    (0..seeds).find_map(|seed| run(seed, &options).violation.map(|violation| (seed, violation.rule)))
}

#[test]
fn every_planted_bug_is_found() {
    let seeds = 2000;
    let next = AtomicUsize::new(0);
    // Two of them at a time.
    let worker = || {
        let mut missed = Vec::new();
        while let Some(mutation) = Mutation::ALL.get(next.fetch_add(1, Ordering::Relaxed)).copied() {
            match caught(mutation, seeds) {
                Some((seed, rule)) => println!("{:<26} seed {seed:>4}  {rule}", mutation.as_str()),
                None => missed.push(mutation.as_str()),
            }
        }
        missed
    };
    let missed = thread::scope(|scope| {
        let other = scope.spawn(worker);
        let mut missed = worker();
        missed.extend(other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        missed
    });
    assert!(Mutation::ALL.len() >= 20);
    assert!(missed.is_empty(), "not found within {seeds} seeds: {missed:?}");
}

#[test]
fn names_are_unique_and_read_back() {
    for mutation in Mutation::ALL.iter().copied() {
        assert_eq!(Mutation::from_name(mutation.as_str()), Some(mutation));
    }
    assert_eq!(Mutation::from_name("no-such-bug"), None);
    let options = Options { mutation: Some(Mutation::WakeLost), ..Options::default() };
    assert!(replay(3, &options).contains("--seed 3") && replay(3, &options).contains("--mutation wake-lost"));
}
