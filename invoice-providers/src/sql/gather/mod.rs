//! Group commit without an engine: which units of a batch apply, which do not, and what is then to be written.
//!
//! The rules are those of the memory store, run over the few rows a batch touches. A unit sees what the units
//! before it in the batch changed, so two units that expect the same version of a row conflict here and not in
//! the database, and the one that fails fails alone.

mod outbox;
mod plan;
#[cfg(test)]
mod tests;
mod wanted;

pub(crate) use plan::{Change, Plan, RowChange, decide};
pub(crate) use wanted::{Fresh, Named, Seen, SeenRow, Sight, Taken, Wanted};
