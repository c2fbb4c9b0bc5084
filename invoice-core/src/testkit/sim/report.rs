use std::fmt;
use std::fmt::Write;

use super::Options;
use super::fault::{Fault, Tally};
use super::run::{Outcome, run};

/// What many runs came to.
#[derive(Debug, Clone, Default)]
pub struct Totals {
    /// Runs.
    pub runs: u64,
    /// Steps.
    pub steps: u64,
    /// Things people did.
    pub deeds: u64,
    /// Checks the auditor made.
    pub checks: u64,
    /// Invoices at the bureau.
    pub invoices: u64,
    /// Applications accepted.
    pub applications: u64,
    /// Invoices issued beyond the first of a task.
    pub doubles: u64,
    /// Applications that did not end.
    pub lost: u64,
    /// Runs in which a rule did not hold.
    pub violations: u64,
    /// Faults by class.
    pub tally: Tally,
}

impl Totals {
    /// Adds a run.
    pub fn add(&mut self, outcome: &Outcome) {
        self.merge(&Self {
            runs: 1,
            steps: outcome.steps,
            deeds: outcome.deeds,
            checks: outcome.checks,
            invoices: outcome.invoices,
            applications: outcome.applications,
            doubles: outcome.doubles,
            lost: outcome.lost,
            violations: u64::from(outcome.violation.is_some()),
            tally: outcome.tally.clone(),
        });
    }

    /// Adds other runs.
    pub fn merge(&mut self, other: &Self) {
        for (sum, more) in [
            (&mut self.runs, other.runs),
            (&mut self.steps, other.steps),
            (&mut self.deeds, other.deeds),
            (&mut self.checks, other.checks),
            (&mut self.invoices, other.invoices),
            (&mut self.applications, other.applications),
            (&mut self.doubles, other.doubles),
            (&mut self.lost, other.lost),
            (&mut self.violations, other.violations),
        ] {
            *sum += more;
        }
        self.tally.add(&other.tally);
    }
}

impl fmt::Display for Totals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (what, number) in [
            ("runs", self.runs),
            ("steps", self.steps),
            ("crashes", self.tally.crashes()),
            ("things people did", self.deeds),
            ("applications accepted", self.applications),
            ("invoices at the bureau", self.invoices),
            ("invariants checked", self.checks),
            ("violations", self.violations),
            ("double issues", self.doubles),
            ("lost applications", self.lost),
        ] {
            writeln!(f, "{what:<44}{number:>14}")?;
        }
        for fault in Fault::ALL {
            writeln!(f, "  {:<42}{:>14}", fault.as_str(), self.tally.of(*fault))?;
        }
        Ok(())
    }
}

/// The line that runs a seed again.
#[must_use]
pub fn replay(seed: u64, options: &Options) -> String {
    let mut line = format!(
        "cargo run --release --example simulate -- --seed {seed} --steps {} --deeds {}",
        options.steps, options.deeds
    );
    // Writing to a string cannot fail.
    if let Some(workers) = options.workers {
        let _ = write!(line, " --workers {workers}");
    }
    for fault in &options.without {
        let _ = write!(line, " --without \"{}\"", fault.as_str());
    }
    if let Some(mutation) = options.mutation {
        let _ = write!(line, " --mutation {}", mutation.as_str());
    }
    line
}

/// The shortest options found under which a seed still breaks a rule: fewer steps, fewer deeds, one fault class
/// after another left out.
#[must_use]
pub fn shrink(seed: u64, options: &Options) -> Options {
    let breaks = |options: &Options| run(seed, options).violation.is_some();
    let mut best = options.clone();
    for fault in Fault::ALL.iter().copied().filter(|fault| fault.can_be_left_out()) {
        let mut less = best.clone();
        less.without.push(fault);
        if breaks(&less) {
            best = less;
        }
    }
    for _ in 0..2 {
        best.deeds = least(best.deeds, |deeds| breaks(&Options { deeds, ..best.clone() }));
        best.steps = least(best.steps, |steps| breaks(&Options { steps, ..best.clone() }));
    }
    for workers in 1..=4 {
        let less = Options { workers: Some(workers), ..best.clone() };
        if breaks(&less) {
            return less;
        }
    }
    best
}

/// The smallest number found that still breaks, by halving the distance.
fn least(from: u32, breaks: impl Fn(u32) -> bool) -> u32 {
    let (mut best, mut step) = (from, from / 2);
    while step > 0 {
        if best > step && breaks(best - step) {
            best -= step;
        } else {
            step /= 2;
        }
    }
    best
}
