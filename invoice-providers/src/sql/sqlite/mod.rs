//! The embedded store: one SQLite file, nothing to install.

mod driver;
mod error;
mod open;
mod text;

use std::path::Path;

use chrono::{DateTime, Utc};
use invoice_core::id::{OrderId, TenantId};
use invoice_core::store::{
    Claim, Commit, JournalEntry, Key, LedgerEntry, Message, Page, Query, Row, StoreError, StoreErrorKind,
    UnitOfWork,
};
use sqlx::sqlite::SqlitePool;
use tokio::sync::oneshot;

use self::driver::{Source, SqliteDriver};
pub(super) use self::error::Failure;
use self::open::Place;
use super::claim::Claiming;
use super::readers::Readers;
use super::store::{Parts, Written, store_of_parts};
use super::transaction::Transaction;
use super::writer::{Jobs, Writer, queue};

const READERS: usize = 4;

/// Keeps everything in one SQLite file.
///
/// The file is in WAL mode with `synchronous=FULL`: what was committed survives the loss of power. One thread of
/// the store writes and groups the units of concurrent callers into one transaction, so that many callers share
/// one `fsync`; a few connections read beside it. Several processes may open the same file.
///
/// Reads must be called within a tokio runtime. Times are exact to the nanosecond and must lie in the years 1678 to
/// 2261; others are refused with [`StoreErrorKind::Invalid`].
///
/// Dropping the store lets its thread finish what was accepted; [`SqliteStore::close`] waits for that.
#[derive(Debug)]
pub struct SqliteStore {
    parts: Parts<Source>,
}

impl SqliteStore {
    /// Opens the file, makes it if it is not there, and brings its schema up to date.
    ///
    /// # Errors
    /// [`StoreErrorKind::Corrupt`] when the file is not such a database, was written by a newer version, or its
    /// schema was changed by other hands; [`StoreErrorKind::Unavailable`] when it cannot be opened.
    pub async fn open(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        Self::start(Place::on_disk(path.as_ref())).await
    }

    /// Beside the shop's own tables, in the file that a pool of the shop is connected to. The store opens connections
    /// of its own to that file, for it relies on `synchronous=FULL`; the file becomes one in WAL mode. Of the pool's settings
    /// it takes the file's name alone: a VFS or a key of an encrypting SQLite is not known to its connections.
    ///
    /// # Errors
    /// As [`SqliteStore::open`]; [`StoreErrorKind::Invalid`] for a pool on a database in memory, which nobody else
    /// can open.
    pub async fn new(pool: &SqlitePool) -> Result<Self, StoreError> {
        let options = pool.connect_options();
        let name = options.get_filename().to_string_lossy();
        if name.is_empty() || name == ":memory:" || name.starts_with("file:sqlx-in-memory") {
            return Err(StoreError::new(StoreErrorKind::Invalid, "the pool is on a database in memory"));
        }
        Self::start(Place::of(&options)).await
    }

    /// A database in memory, for tests: it is gone when the store is.
    ///
    /// # Errors
    /// As [`SqliteStore::open`].
    pub async fn open_in_memory() -> Result<Self, StoreError> {
        Self::start(Place::in_memory()).await
    }

    async fn start(place: Place) -> Result<Self, StoreError> {
        let (queue, jobs) = queue();
        let (ready, opened) = oneshot::channel();
        let failed =
            |error| StoreError::new(StoreErrorKind::Unavailable, "starting the writer").because(error);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().map_err(failed)?;
        let writing = place.clone();
        std::thread::Builder::new()
            .name("invoice-store".into())
            .spawn(move || runtime.block_on(work(writing, jobs, ready)))
            .map_err(failed)?;
        opened.await.unwrap_or_else(|_| {
            Err(StoreError::new(StoreErrorKind::Unavailable, "the writer did not start"))
        })?;
        let readers = Readers::new(Source(place.reading()), READERS);
        Ok(Self { parts: Parts { queue, readers } })
    }

    /// Takes no more work, finishes what was accepted, and closes the file.
    pub async fn close(&self) {
        self.parts.close().await;
    }

    /// What was written since the store was opened: units per transaction say how well commits are grouped.
    #[must_use]
    pub fn written(&self) -> Written {
        self.parts.written()
    }
}

/// The whole life of the writing connection, from opening to closing.
async fn work(place: Place, jobs: Jobs, ready: oneshot::Sender<Result<(), StoreError>>) {
    match place.prepare().await {
        Ok(first) => {
            // When nobody waits any more the queue is gone as well, and the writer ends at once.
            ready.send(Ok(())).ok();
            let engine = Transaction::on(SqliteDriver::new(first), Source(place), Claiming::default());
            Writer::new(engine, jobs).run().await;
        }
        Err(error) => drop(ready.send(Err(error))),
    }
}

store_of_parts!(SqliteStore);

/// Every statement, for the test that reads them.
#[cfg(all(test, feature = "mysql", feature = "postgres"))]
pub(super) fn statements() -> Vec<String> {
    let shape = |shape| text::Texts::default().get(shape).to_string();
    super::words::of::<SqliteDriver>(Claiming::default(), shape)
}
