//! Bugs planted on purpose: the simulator must find each.
#![cfg(feature = "testkit")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "what tests share")]

use invoice_core::testkit::sim::{Mutation, Options, replay, run};

/// The rule that a planted bug breaks first, within so many seeds.
fn caught(mutation: Mutation, seeds: u64) -> Option<(u64, &'static str)> {
    let options = Options { mutation: Some(mutation), ..Options::default() };
    (0..seeds).find_map(|seed| run(seed, &options).violation.map(|violation| (seed, violation.rule)))
}

#[test]
fn every_planted_bug_is_found() {
    let seeds = 2000;
    let mut missed = Vec::new();
    for mutation in Mutation::ALL.iter().copied() {
        match caught(mutation, seeds) {
            Some((seed, rule)) => println!("{:<26} seed {seed:>4}  {rule}", mutation.as_str()),
            None => missed.push(mutation.as_str()),
        }
    }
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
