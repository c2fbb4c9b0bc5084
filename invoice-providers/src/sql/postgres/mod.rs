//! The store on PostgreSQL, 15 and newer, and on engines that speak its protocol.

mod driver;
mod text;

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use invoice_core::id::{OrderId, TenantId};
use invoice_core::store::{
    Claim, Commit, JournalEntry, Key, LedgerEntry, Message, Page, Query, Row, StoreError, StoreErrorKind,
    UnitOfWork,
};
use sqlx::migrate::Migrator;
use sqlx::postgres::PgPool;

use self::driver::Source;
use super::claim::Claiming;
use super::error::{During, store_error};
use super::patient::{PATIENCE, Patient};
use super::readers::Readers;
use super::schema;
use super::store::{Parts, Written, close_with, store_of_parts};
use super::transaction::Transaction;
use super::writer::{Writer, queue};

/// Hash and merge joins over a list of keys would read a whole table when a plan was made while the table was small.
/// For this transaction only.
const BEGIN: &str = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; \
    SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off; SET LOCAL enable_seqscan = off";
const PLAIN_BEGIN: &str = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE";

/// How a store on PostgreSQL behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct PgOptions {
    writers: u32,
    readers: u32,
    claiming: Claiming,
    patience: Duration,
    begin: &'static str,
}

impl Default for PgOptions {
    fn default() -> Self {
        Self { writers: 2, readers: 4, claiming: Claiming::default(), patience: PATIENCE, begin: BEGIN }
    }
}

impl PgOptions {
    /// Connections that write, 2 unless said otherwise: while one waits for the disk, the other collects. At least 1.
    #[must_use]
    pub fn writers(self, writers: u32) -> Self {
        Self { writers: writers.max(1), ..self }
    }

    /// Connections that read at the same time, 4 unless said otherwise. At least 1.
    #[must_use]
    pub fn readers(self, readers: u32) -> Self {
        Self { readers: readers.max(1), ..self }
    }

    /// How workers keep out of each other's way.
    #[must_use]
    pub const fn claiming(self, claiming: Claiming) -> Self {
        Self { claiming, ..self }
    }

    /// How long one answer of the server is waited for, a minute unless said otherwise and at least a tenth of a second.
    /// Beyond it the connection counts as lost: a wire can fall silent without being cut. What was asked is then answered
    /// as after any lost connection, with [`StoreErrorKind::Unavailable`] if it was not done. One page of a report is one
    /// answer, waiting for a lock is part of it.
    #[must_use]
    pub const fn patience(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    /// Nothing but what every engine of this protocol has: no `SKIP LOCKED` and no settings of PostgreSQL's planner.
    #[must_use]
    pub const fn portable(self) -> Self {
        Self { claiming: Claiming::Wait, begin: PLAIN_BEGIN, ..self }
    }
}

/// Keeps everything in a PostgreSQL database, beside whatever else the shop has there.
///
/// Its tables begin with `invoice_`. The units of concurrent callers are gathered into one transaction by tasks of the
/// store's own; no future of a caller ever owns a connection, so that dropping one half way leaves nothing behind. Any
/// number of processes may use the same database: rows are locked while a transaction decides about them, and each
/// message is leased by a compare-and-set.
///
/// What is durable is what the server makes so: it must run with `fsync=on` and `synchronous_commit=on` (or stricter),
/// which is its default. Times are exact to the nanosecond and must lie in the years 1678 to 2261, and no text may hold
/// the character U+0000; others are refused with [`StoreErrorKind::Invalid`].
///
/// The store keeps up to `writers + readers` connections of the pool as long as it is open, and must be used within the
/// tokio runtime in which it was made. It closes when the pool is closed.
#[derive(Debug)]
pub struct PgStore {
    parts: Arc<Parts<Patient<Source>>>,
}

fn migrator() -> Migrator {
    schema::migrator(&[(1, "initial", include_str!("../../../migrations/postgres/0001_initial.sql"))])
}

impl PgStore {
    /// Brings the schema up to date and starts the writers.
    ///
    /// # Errors
    /// [`StoreErrorKind::Corrupt`] when the schema was made by a newer version or changed by other hands;
    /// [`StoreErrorKind::Invalid`] when the pool has too few connections; [`StoreErrorKind::Unavailable`] when there is
    /// no connection.
    pub async fn new(pool: &PgPool, options: PgOptions) -> Result<Self, StoreError> {
        if pool.options().get_max_connections() < options.writers + options.readers {
            let needed = options.writers + options.readers;
            let what = format!("the pool must have at least {needed} connections");
            return Err(StoreError::new(StoreErrorKind::Invalid, what));
        }
        let source = Source { pool: pool.clone(), begin: options.begin };
        start_up(&source).await?;
        let source = Patient::new(source, options.patience);
        let (queue, jobs) = queue();
        for _ in 0..options.writers {
            let engine = Transaction::new(source.clone(), options.claiming);
            tokio::spawn(Writer::new(engine, jobs.clone()).run());
        }
        drop(jobs);
        let readers = Readers::new(source, usize::try_from(options.readers).unwrap_or(1));
        let parts = Arc::new(Parts { queue, readers });
        close_with(pool.close_event(), &parts);
        Ok(Self { parts })
    }

    /// Takes no more work, finishes what was accepted, and hands the connections back to the pool.
    pub async fn close(&self) {
        self.parts.close().await;
    }

    /// What was written since the store was opened: units per transaction say how well commits are grouped.
    #[must_use]
    pub fn written(&self) -> Written {
        self.parts.written()
    }
}

/// In a task of its own: whoever waits may go away.
async fn start_up(source: &Source) -> Result<(), StoreError> {
    let pool = source.pool.clone();
    let done = tokio::spawn(async move {
        let mut connection = pool.acquire().await?;
        sqlx::raw_sql("ROLLBACK").execute(&mut *connection).await?;
        schema::bring_up(&migrator(), &mut *connection).await
    });
    let failed = |error| StoreError::new(StoreErrorKind::Unavailable, "starting").because(error);
    let done = done.await.map_err(failed)?;
    done.map_err(|error| store_error(error, During::Open, "opening the database"))
}

store_of_parts!(PgStore);

/// Every statement, for the test that reads them.
#[cfg(all(test, feature = "mysql", feature = "sqlite"))]
pub(super) fn statements(claiming: Claiming) -> Vec<String> {
    let mut all = super::words::of::<driver::PgDriver>(claiming, |shape| {
        text::Texts::default().get(&[shape]).to_string()
    });
    let options = PgOptions::default();
    let options = if claiming == Claiming::Wait { options.portable() } else { options };
    all.push(options.begin.to_owned());
    all.extend(migrator().iter().map(|migration| migration.sql.as_str().to_owned()));
    all
}
