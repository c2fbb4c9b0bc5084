//! Files in and out: applications from CSV, one a row, and the results as CSV to hand back.

mod results;
mod rows;

pub use results::write_results;
pub use rows::{ImportError, read_applications};
