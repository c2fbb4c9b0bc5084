//! Stores that are each broken in one named way, and the rule by which the kit catches each.

#![cfg(feature = "testkit")]
#![allow(clippy::unwrap_used, reason = "a test ends at the first surprise")]

mod commits;
mod flaw;
mod reads;

use std::sync::Arc;

use invoice_core::store::{MemoryStore, Store};
use invoice_core::testkit::block_on;
use invoice_core::testkit::store::{RULES, Subject};

use self::flaw::{Broken, Flaw};

/// The names of the rules that a store breaks. Every rule gets a fresh one.
fn broken_rules(make: impl Fn() -> Subject) -> Vec<&'static str> {
    RULES
        .iter()
        .filter(|rule| match block_on(rule.check(&make())) {
            Ok(()) => false,
            Err(violation) => {
                assert_eq!((violation.number, violation.rule), (rule.number, rule.name));
                println!("{violation}");
                true
            }
        })
        .map(|rule| rule.name)
        .collect()
}

macro_rules! zoo {
    ($($test:ident: $flaw:expr => $rule:literal;)*) => {
        $(
            #[test]
            fn $test() {
                let make = || Subject::from(broken($flaw));
                let rules = broken_rules(make);
                assert!(rules.contains(&$rule), "caught by {rules:?}, not by {}", $rule);
            }
        )*

        #[test]
        fn the_zoo_is_large_and_every_rule_but_durability_guards_it() {
            let animals = [$($rule),*];
            assert!(animals.len() >= 20);
            for rule in RULES.iter().filter(|rule| rule.name != "durable") {
                assert!(animals.contains(&rule.name), "no store of the zoo breaks {}", rule.name);
            }
        }
    };
}

fn broken<F: Flaw>(flaw: F) -> Broken<F> {
    Broken { inner: MemoryStore::new(), flaw }
}

zoo! {
    torn_commit: commits::TornCommit => "all_or_nothing";
    dirty_read: commits::DirtyRead::default() => "all_or_nothing";
    forgets_ledger: commits::ForgetsLedger => "all_or_nothing";
    forgets_second_message: commits::ForgetsSecondMessage => "all_or_nothing";
    lost_update: commits::LostUpdate => "versions";
    ignores_expects: commits::IgnoresExpects => "versions";
    version_ahead: commits::VersionAhead => "version_steps";
    steps_only: commits::StepsOnly => "version_steps";
    restores_from_one: commits::RestoresFromOne => "version_steps";
    forgotten_unit: commits::ForgottenUnit::default() => "same_unit_twice";
    versions_first: commits::VersionsFirst => "same_unit_twice";
    says_not_applied: commits::SaysNotApplied::default() => "unknown_is_said";
    says_applied: commits::SaysApplied::default() => "read_your_writes";
    stale_page: reads::StalePage::default() => "read_your_writes";
    stale_read: reads::StaleRead::default() => "read_your_writes";
    skips_absent: reads::SkipsAbsent => "read_your_writes";
    rounded_amounts: commits::RoundedAmounts => "exact";
    truncated_text: commits::TruncatedText => "exact";
    truncated_body: commits::TruncatedBody => "exact";
    body_ends_at_zero: commits::BodyEndsAtZero => "exact";
    truncated_time: commits::TruncatedTime => "exact";
    truncated_due: commits::TruncatedDue => "exact";
    page_repeats: reads::PageRepeats => "pages";
    page_skips: reads::PageSkips => "pages";
    page_unsorted: reads::PageUnsorted => "pages";
    ignores_states: reads::IgnoresStates => "pages";
    forgets_tags: commits::ForgetsTags => "pages";
    leaks_read: reads::LeaksRead => "tenants_apart";
    leaks_find: reads::LeaksFind => "tenants_apart";
    leaks_claim: reads::LeaksClaim => "tenants_apart";
    shared_units: reads::SharedUnits::default() => "tenants_apart";
    lease_twice: reads::LeaseTwice => "leases";
    lease_forever: reads::LeaseForever => "leases";
    gives_too_early: reads::GivesTooEarly => "leases";
    not_yet_due: reads::NotYetDue => "leases";
    out_of_order: reads::OutOfOrder => "leases";
    ended_leases_first: reads::EndedLeasesFirst => "leases";
    ignores_limit: reads::IgnoresLimit => "leases";
    ignores_pause: reads::IgnoresPause => "leases";
    due_forgets_leases: reads::DueForgetsLeases::default() => "leases";
    settles_without_lease: commits::SettlesWithoutLease => "settling";
    settles_for_good: commits::SettlesForGood => "settling";
    forgets_attempts: commits::ForgetsAttempts => "settling";
    ignores_waking: commits::IgnoresWaking => "waking";
    wake_replaces: commits::WakeReplaces::default() => "waking";
    ledger_collides: commits::LedgerCollides => "journal_order";
    ledger_gap: reads::LedgerGap => "journal_order";
    ledger_by_seq: reads::LedgerBySeq => "journal_order";
    journal_backwards: reads::JournalBackwards => "journal_order";
    journal_overwritten: reads::JournalOverwritten => "journal_order";
    first_sum: reads::FirstSum => "sums";
    sums_beyond: reads::SumsBeyond => "sums";
    sums_as_floats: reads::SumsAsFloats => "sums";
    stale_sums: reads::StaleSums::default() => "sums";
}

/// Confirms what only memory holds.
#[test]
fn volatile() {
    let make = || Subject::reopening(MemoryStore::new(), |_| async { MemoryStore::new() });
    assert_eq!(broken_rules(make), ["durable"]);
}

/// The store the zoo is made from breaks nothing, also when it is opened again.
#[test]
fn the_memory_store_is_not_in_the_zoo() {
    let make = || {
        let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
        Subject::reopening(store, |old| async move { (*old).clone() })
    };
    assert_eq!(broken_rules(make), [""; 0]);
}
