//! Opening a database and bringing its schema up to date.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use invoice_core::store::StoreError;
use rusqlite::{Connection, OpenFlags};
use sqlx::migrate::Migrator;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqliteSynchronous};
use sqlx::{ConnectOptions as _, Connection as _};

use super::error::failed;
use crate::sql::error::{During, store_error};
use crate::sql::schema;

/// Bytes of a page of a file that the store makes: half as many pages to write to the log for a batch as with SQLite's own
/// 4 KiB. A file that is there, or is the shop's, keeps its own.
const PAGE: u32 = 8192;
const BUSY: Duration = Duration::from_secs(5);
/// What the store relies on, whatever else was set: what was committed is on disk.
const DURABLE: &str = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL";
/// Pages that collect in the log before they are moved into the file: of 8 KiB some 32 MiB. SQLite's own 1,000 would make
/// the writer stop for two more `fsync`s every few hundred units. Memory for pages, in KiB: the inner pages of every tree that
/// is written to. SQLite's own 2 MiB are too few, and at many of its commits it walks through all that are kept. What a
/// statement sets aside while it runs needs no file.
const COMMON: &str = "PRAGMA wal_autocheckpoint = 4000; PRAGMA cache_size = -8192; PRAGMA temp_store = MEMORY; \
    PRAGMA foreign_keys = ON";
/// Statements kept prepared: one for each table and verb, and what else there is.
const STATEMENTS: usize = 128;

fn migrator() -> Migrator {
    schema::migrator(&[(1, "initial", include_str!("../../../migrations/sqlite/0001_initial.sql"))])
}

/// Where a database is, and how connections to it are made.
#[derive(Debug, Clone)]
pub(super) struct Place {
    file: PathBuf,
    vfs: Option<&'static str>,
    /// For the one connection that brings the schema up to date.
    options: SqliteConnectOptions,
    reading: bool,
}

impl Place {
    /// A file that may be there already.
    pub(super) fn on_disk(path: &Path) -> Self {
        Self::of(&SqliteConnectOptions::new().filename(path).create_if_missing(true).page_size(PAGE))
    }

    /// The file that a pool of the shop is connected to.
    pub(super) fn of(options: &SqliteConnectOptions) -> Self {
        let durable =
            options.clone().journal_mode(SqliteJournalMode::Wal).synchronous(SqliteSynchronous::Full);
        Self { file: options.get_filename().to_owned(), vfs: None, options: quiet(durable), reading: false }
    }

    /// A database in this process's memory that several connections share, gone with the last of them.
    pub(super) fn in_memory() -> Self {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let name = format!("/invoice-store-{}", COUNT.fetch_add(1, Ordering::Relaxed));
        let options = SqliteConnectOptions::new().filename(&name).vfs("memdb").create_if_missing(true);
        Self { file: name.into(), vfs: Some("memdb"), options: quiet(options), reading: false }
    }

    /// Nothing can be written through connections to it.
    pub(super) fn reading(self) -> Self {
        Self { reading: true, ..self }
    }

    /// Brings the schema up to date.
    pub(super) async fn prepare(&self) -> Result<Connection, StoreError> {
        let opening = |error| store_error(error, During::Open, "opening the database");
        let mut schema = SqliteConnection::connect_with(&self.options).await.map_err(opening)?;
        schema::bring_up(&migrator(), &mut schema).await.map_err(opening)?;
        // A database in memory must not be left by everybody in between.
        let connection = self.connect().map_err(opening)?;
        schema.close().await.map_err(opening)?;
        Ok(connection)
    }

    /// A connection to what was prepared.
    pub(super) fn connect(&self) -> Result<Connection, sqlx::Error> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let open = || {
            let connection = match self.vfs {
                Some(vfs) => Connection::open_with_flags_and_vfs(&self.file, flags, vfs)?,
                None => Connection::open_with_flags(&self.file, flags)?,
            };
            connection.busy_timeout(BUSY)?;
            connection.set_prepared_statement_cache_capacity(STATEMENTS);
            connection.execute_batch(COMMON)?;
            if self.vfs.is_none() {
                connection.execute_batch(DURABLE)?;
            }
            if self.reading {
                connection.execute_batch("PRAGMA query_only = ON")?;
            }
            Ok(connection)
        };
        open().map_err(failed)
    }
}

fn quiet(options: SqliteConnectOptions) -> SqliteConnectOptions {
    options.busy_timeout(BUSY).disable_statement_logging()
}
