//! Every golden scenario, cut off at every single store and provider call, before and after its effect, and started
//! again: it ends as the uncut one does.
#![cfg(feature = "testkit")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "what tests share")]

use invoice_core::testkit::sim::{enumerate, golden};

#[test]
fn every_crash_point_of_every_scenario_ends_as_the_uncut_run() {
    let scenarios = golden();
    assert!(scenarios.len() >= 20);
    let (mut points, mut wrong) = (0, Vec::new());
    for scenario in &scenarios {
        let found = enumerate(scenario);
        println!("{:<44}{:>6} crash points", scenario.name, found.points);
        assert!(found.points > 10, "{}", scenario.name);
        points += found.points;
        for (point, what) in found.differences {
            wrong.push(format!("{} at {point}:\n{what}instead of\n{}", scenario.name, found.end));
        }
    }
    println!("{:<44}{points:>6} crash points", "all");
    assert!(wrong.is_empty(), "{} of {points}, first:\n{}", wrong.len(), wrong[0]);
}
