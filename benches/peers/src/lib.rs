//! Our validators and our arithmetic beside other crates of the registry: the same inputs, the answers, the time.
//!
//! An answer is right or wrong by the rule that its table names; nothing there depends on how quick the machine is. Times
//! are of one run, so that only their ratio says something.

pub mod amounts;
pub mod checks;
pub mod table;
pub mod time;

#[path = "../../src/validate.rs"]
#[allow(dead_code, missing_docs, reason = "the payloads have no peer")]
mod generated;

use table::Table;

/// Every table; `items` is how many inputs the time is measured on.
pub fn tables(items: usize) -> Vec<Table> {
    let answers = checks::tables().into_iter().chain(amounts::tables());
    answers.chain([time::table(items)]).collect()
}
