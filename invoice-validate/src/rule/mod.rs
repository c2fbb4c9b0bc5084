//! The one table of rules: stable code, severity, whether a person may override, text in three languages.
//!
//! A code is never reused for another meaning; `tests/golden/codes.txt` holds every code ever given.
//! Templates may hold `{expected}` and `{position}`, never the checked value.

pub mod document;
mod entry;
pub mod field;
pub mod preflight;
pub mod tax_id;
pub mod title;

pub use entry::{Code, Override, Rule};

/// Every rule of this crate, by area and in the order of the codes.
pub fn all() -> impl Iterator<Item = &'static Rule> {
    [tax_id::ALL, field::ALL, title::ALL, document::ALL, preflight::ALL].into_iter().flatten().copied()
}
