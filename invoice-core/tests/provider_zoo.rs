//! The conformance kit passes an honest provider and catches each of many broken ones by the name of the rule.
#![cfg(feature = "testkit")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "helpers of tests")]

mod provider_zoo_support;

use invoice_core::testkit::provider::{RULES, Tap, check};
use provider_zoo_support::{Cage, Flaw};

mod honest {
    use super::provider_zoo_support::{Cage, Flaw};

    invoice_core::provider_conformance!(|| Cage::of(Flaw::None));
}

const ZOO: &[(Flaw, &str)] = &[
    (Flaw::RetriesInside, "one_attempt"),
    (Flaw::ReserialisesBody, "stored_bytes_are_sent"),
    (Flaw::LosesKey, "stored_bytes_are_sent"),
    (Flaw::PreparesDifferently, "stored_bytes_are_sent"),
    (Flaw::SaysDeniedOnTimeOut, "errors_say_the_effect"),
    (Flaw::SaysDeniedOnTimeOut, "denied_means_denied"),
    (Flaw::SaysAppliedOnTimeOut, "errors_say_the_effect"),
    (Flaw::RefusesAndIssuesAllTheSame, "denied_means_denied"),
    (Flaw::SaysNotFoundAsDenied, "not_found_is_not_denied"),
    (Flaw::SaysNotFoundAsError, "not_found_is_not_denied"),
    (Flaw::QueryForgets, "query_changes_nothing"),
    (Flaw::QuerySendsAgain, "query_changes_nothing"),
    (Flaw::NewNumberOnSameKey, "same_key_one_invoice"),
    (Flaw::RoundsAmounts, "amounts_are_echoed"),
    (Flaw::RoundsInQueryOnly, "amounts_are_echoed"),
    (Flaw::SwapsSignOfRed, "amounts_are_echoed"),
    (Flaw::ForgetsDeclaredCapability, "undeclared_is_unsupported"),
    (Flaw::AnswersOkForUndeclared, "undeclared_is_unsupported"),
    (Flaw::PretendsToHaveFiles, "undeclared_is_unsupported"),
    (Flaw::UnsupportedOfUnknownEffect, "undeclared_is_unsupported"),
    (Flaw::AcceptsAtOnce, "undeclared_is_unsupported"),
    (Flaw::FindsAnother, "undeclared_is_unsupported"),
    (Flaw::LeaksNameInError, "no_personal_data_in_errors"),
    (Flaw::LeaksBodyInCause, "no_personal_data_in_errors"),
];

#[test]
fn each_flaw_is_caught_by_the_name_of_its_rule() {
    for (flaw, rule) in ZOO {
        let violation = check(rule, &Cage::of(*flaw)).expect_err(&format!("{flaw:?} passes {rule}"));
        assert_eq!(violation.rule, *rule, "{flaw:?}");
        assert!(!violation.to_string().contains("there is no such rule"), "{violation}");
    }
}

#[test]
fn every_rule_catches_something_and_only_what_is_broken_is_named() {
    for rule in RULES {
        assert!(ZOO.iter().any(|(_, name)| *name == rule.name), "nothing in the zoo breaks {}", rule.name);
    }
    // A flaw in one place does not set off the rules that have nothing to do with it.
    for (flaw, innocent) in [
        (Flaw::RoundsAmounts, "one_attempt"),
        (Flaw::LeaksNameInError, "amounts_are_echoed"),
        (Flaw::RetriesInside, "undeclared_is_unsupported"),
        (Flaw::AnswersOkForUndeclared, "same_key_one_invoice"),
        (Flaw::SwapsSignOfRed, "stored_bytes_are_sent"),
    ] {
        check(innocent, &Cage::of(flaw)).unwrap();
    }
}

#[test]
fn the_rules_are_numbered_as_in_the_contract() {
    let numbers: Vec<u8> = RULES.iter().map(|rule| rule.number).collect();
    assert_eq!(numbers, (1..=10).collect::<Vec<_>>());
    assert!(check("no_such_rule", &Cage::of(Flaw::None)).is_err());
}

#[test]
fn a_tap_on_a_tap_hears_the_same() {
    use invoice_core::testkit::provider::Fixture;
    let cage = Cage::of(Flaw::None);
    let tap = Tap::new(cage.provider());
    assert_eq!(invoice_core::provider::InvoiceProvider::id(&tap).as_str(), "honest");
}
