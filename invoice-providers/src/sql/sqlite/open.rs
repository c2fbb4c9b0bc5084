//! Opening a database and bringing its schema up to date.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use invoice_core::store::StoreError;
use sqlx::migrate::Migrator;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqliteSynchronous};
use sqlx::{ConnectOptions as _, Connection as _};

use crate::sql::error::{During, store_error};
use crate::sql::schema;

const BUSY: Duration = Duration::from_secs(5);
/// Pages that collect in the log before they are moved into the file: some 32 MiB. SQLite's own 1,000 would make the
/// writer stop for two more `fsync`s every few hundred units.
const LOG_PAGES: &str = "8000";
/// Memory for pages, in KiB: the inner pages of every tree that is written to. SQLite's own 2 MiB are too few, and at
/// many of its commits it walks through all that are kept.
const CACHE_KIB: &str = "-16384";
/// Statements kept prepared: the scripts and what else there is.
const STATEMENTS: usize = super::text::SCRIPTS + 32;

fn migrator() -> Migrator {
    schema::migrator(&[(1, "initial", include_str!("../../../migrations/sqlite/0001_initial.sql"))])
}

/// A file that may be there already, or that a pool of the shop is connected to.
pub(super) fn on_disk(path: &Path) -> SqliteConnectOptions {
    durable(SqliteConnectOptions::new().filename(path)).create_if_missing(true)
}

/// What the store relies on, whatever else was set.
pub(super) fn durable(options: SqliteConnectOptions) -> SqliteConnectOptions {
    common(options)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .pragma("wal_autocheckpoint", LOG_PAGES)
        .pragma("cache_size", CACHE_KIB)
}

/// A database in this process's memory that several connections share, gone with the last of them.
pub(super) fn in_memory() -> SqliteConnectOptions {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let name = format!("/invoice-store-{}", COUNT.fetch_add(1, Ordering::Relaxed));
    common(SqliteConnectOptions::new().filename(name)).vfs("memdb").create_if_missing(true)
}

fn common(options: SqliteConnectOptions) -> SqliteConnectOptions {
    options
        .foreign_keys(true)
        // What a statement sets aside while it runs needs no file.
        .pragma("temp_store", "MEMORY")
        .busy_timeout(BUSY)
        .statement_cache_capacity(STATEMENTS)
        .row_buffer_size(1024)
        .disable_statement_logging()
}

pub(super) async fn connect(options: &SqliteConnectOptions) -> Result<SqliteConnection, StoreError> {
    let opening = |error| store_error(error, During::Open, "opening the database");
    let mut connection = SqliteConnection::connect_with(options).await.map_err(opening)?;
    schema::bring_up(&migrator(), &mut connection).await.map_err(opening)?;
    Ok(connection)
}

/// Nothing can be written through these.
pub(super) fn reading(options: SqliteConnectOptions) -> SqliteConnectOptions {
    options.pragma("query_only", "ON")
}
