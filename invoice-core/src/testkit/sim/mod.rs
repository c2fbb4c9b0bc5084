//! A simulator: one seed decides a whole run of shops, buyers, workers, a store and a bureau, all of which fail.
//!
//! Several workers pump one store; each dies at any of its awaits; the store loses acknowledgements and the bureau
//! loses, delays, doubles and reorders what it is told and what it tells. An auditor keeps books of its own and
//! checks the invariants after every step. When the faults stop, everything must come to rest.
//!
//! ```
//! use invoice_core::testkit::sim::{Options, run};
//! let outcome = run(7, &Options { steps: 500, ..Options::default() });
//! assert_eq!(outcome.violation, None, "replay with seed 7");
//! assert_eq!(outcome.doubles, 0);
//! ```

mod auditor;
mod bureau;
mod deed;
mod exec;
mod fault;
mod foreign;
mod form;
mod mutation;
mod originals;
mod personality;
mod provider;
mod report;
mod rng;
mod run;
mod scenario;
mod shop;
mod site;
mod store;
mod world;

pub use auditor::Violation;
pub use fault::{Fault, Tally};
pub use mutation::Mutation;
pub use report::{Totals, replay, shrink};
pub use run::{Outcome, run};
pub use scenario::{Act, Enumeration, Scenario, enumerate, golden};

/// How long a run is and what is left out of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// Steps with faults; after them it is calm until everything has ended.
    pub steps: u32,
    /// Things people do, at most.
    pub deeds: u32,
    /// Workers; 2 to 4 by the seed when `None`.
    pub workers: Option<usize>,
    /// Fault classes that do not happen.
    pub without: Vec<Fault>,
    /// A bug to plant.
    pub mutation: Option<Mutation>,
    /// Whether what happens is told in words.
    pub trace: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { steps: 5000, deeds: 160, workers: None, without: Vec::new(), mutation: None, trace: false }
    }
}
