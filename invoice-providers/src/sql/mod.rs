//! Stores on SQL databases.
//!
//! One commit algorithm serves every engine: the units of concurrent callers are gathered into one transaction
//! (`gather`, `writer`), and an engine adds a transaction and a few bulk statements (`engine`).

mod convert;
mod engine;
mod error;
mod gather;
pub mod sqlite;
mod writer;

pub use sqlite::SqliteStore;
