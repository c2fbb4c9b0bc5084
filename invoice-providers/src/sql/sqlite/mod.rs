//! The embedded store: one SQLite file, nothing to install.

mod bulk;
mod decode;
mod engine;
mod open;
mod put;
mod read;
mod shapes;

use std::path::Path;
use std::sync::atomic::Ordering;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use invoice_core::id::{OrderId, TenantId};
use invoice_core::store::{
    Claim, Commit, JournalEntry, Key, LedgerEntry, Message, Page, Query, Row, Store, StoreError,
    StoreErrorKind, UnitOfWork,
};
use sqlx::sqlite::{SqliteConnectOptions, SqlitePool};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use self::engine::SqliteEngine;
use super::convert;
use super::error::{During, store_error};
use super::writer::{Jobs, Queue, Writer, queue};

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
    queue: Queue,
    readers: SqlitePool,
}

/// What the writer has done since the store was opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Written {
    /// Transactions committed.
    pub transactions: u64,
    /// Units in them.
    pub units: u64,
}

impl SqliteStore {
    /// Opens the file, makes it if it is not there, and brings its schema up to date.
    ///
    /// # Errors
    /// [`StoreErrorKind::Corrupt`] when the file is not such a database, was written by a newer version, or its
    /// schema was changed by other hands; [`StoreErrorKind::Unavailable`] when it cannot be opened.
    pub async fn open(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        Self::start(open::on_disk(path.as_ref())).await
    }

    /// A database in memory, for tests: it is gone when the store is.
    ///
    /// # Errors
    /// As [`SqliteStore::open`].
    pub async fn open_in_memory() -> Result<Self, StoreError> {
        Self::start(open::in_memory()).await
    }

    async fn start(options: SqliteConnectOptions) -> Result<Self, StoreError> {
        let (queue, jobs) = queue();
        let (ready, opened) = oneshot::channel();
        let failed =
            |error| StoreError::new(StoreErrorKind::Unavailable, "starting the writer").because(error);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().map_err(failed)?;
        let connecting = options.clone();
        std::thread::Builder::new()
            .name("invoice-store".into())
            .spawn(move || runtime.block_on(work(connecting, jobs, ready)))
            .map_err(failed)?;
        opened.await.unwrap_or_else(|_| {
            Err(StoreError::new(StoreErrorKind::Unavailable, "the writer did not start"))
        })?;
        Ok(Self { queue, readers: open::readers(options) })
    }

    /// Takes no more work, finishes what was accepted, and closes the file.
    pub async fn close(&self) {
        self.readers.close().await;
        self.queue.close().await;
    }

    /// What was written since the store was opened: units per transaction say how well commits are grouped.
    #[must_use]
    pub fn written(&self) -> Written {
        let counters = &self.queue.counters;
        Written {
            transactions: counters.transactions.load(Ordering::Relaxed),
            units: counters.units.load(Ordering::Relaxed),
        }
    }
}

/// The whole life of the writing connection, from opening to closing.
async fn work(options: SqliteConnectOptions, jobs: Jobs, ready: oneshot::Sender<Result<(), StoreError>>) {
    match open::connect(&options).await {
        Ok(connection) => {
            // When nobody waits any more the queue is gone as well, and the writer ends at once.
            ready.send(Ok(())).ok();
            Writer::new(SqliteEngine::new(options, connection), jobs).run().await;
        }
        Err(error) => drop(ready.send(Err(error))),
    }
}

/// Reads run in tasks of their own: a caller that goes away does not take a connection with it half way.
async fn answer<T>(task: JoinHandle<Result<T, sqlx::Error>>, what: &'static str) -> Result<T, StoreError> {
    match task.await {
        Ok(found) => found.map_err(|error| store_error(error, During::Read, what)),
        Err(error) => Err(StoreError::new(StoreErrorKind::Unavailable, what).because(error)),
    }
}

#[async_trait]
impl Store for SqliteStore {
    async fn read(&self, keys: &[Key]) -> Result<Vec<Option<Row>>, StoreError> {
        let (pool, keys) = (self.readers.clone(), keys.to_vec());
        answer(tokio::spawn(async move { read::rows(&pool, &keys).await }), "reading rows").await
    }

    async fn find(&self, query: &Query) -> Result<Page, StoreError> {
        let (pool, query) = (self.readers.clone(), query.clone());
        answer(tokio::spawn(async move { read::page(&pool, &query).await }), "finding rows").await
    }

    async fn commit(&self, unit: &UnitOfWork) -> Result<Commit, StoreError> {
        convert::check(unit)?;
        self.queue.commit(unit).await
    }

    async fn claim(&self, claim: &Claim) -> Result<Vec<Message>, StoreError> {
        self.queue.claim(claim).await
    }

    async fn next_due(&self, tenant: &TenantId) -> Result<Option<DateTime<Utc>>, StoreError> {
        self.queue.next_due(tenant).await
    }

    async fn journal(&self, key: &Key, after: u64, limit: usize) -> Result<Vec<JournalEntry>, StoreError> {
        let (pool, key) = (self.readers.clone(), key.clone());
        let task = tokio::spawn(async move { read::journal(&pool, &key, after, limit).await });
        answer(task, "reading a journal").await
    }

    async fn ledger(
        &self,
        tenant: &TenantId,
        after: Option<(OrderId, u64)>,
        limit: usize,
    ) -> Result<Vec<LedgerEntry>, StoreError> {
        let (pool, tenant) = (self.readers.clone(), tenant.clone());
        let task = tokio::spawn(async move { read::ledger(&pool, &tenant, after.as_ref(), limit).await });
        answer(task, "reading the ledger").await
    }
}
