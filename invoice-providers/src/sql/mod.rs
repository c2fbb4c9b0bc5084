//! Stores on SQL databases.
//!
//! One commit algorithm serves every engine: the units of concurrent callers are gathered into one transaction
//! (`gather`, `writer`), and an engine adds a transaction and a few bulk statements (`engine`).

mod archived;
mod claim;
mod convert;
mod decode;
mod driver;
mod engine;
mod error;
mod gather;
mod look;
#[cfg(feature = "mysql")]
pub mod mysql;
#[cfg(any(feature = "mysql", feature = "postgres"))]
mod patient;
#[cfg(feature = "postgres")]
pub mod postgres;
mod put;
mod read;
mod readers;
mod schema;
mod script;
#[cfg(feature = "sqlite")]
pub mod sqlite;
mod store;
mod table;
mod transaction;
#[cfg(all(test, feature = "mysql", feature = "postgres", feature = "sqlite"))]
mod words;
mod writer;

pub use claim::Claiming;
#[cfg(feature = "mysql")]
pub use mysql::MySqlStore;
#[cfg(feature = "postgres")]
pub use postgres::PgStore;
#[cfg(feature = "sqlite")]
pub use sqlite::SqliteStore;
pub use store::Written;
