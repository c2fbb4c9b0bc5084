//! The store on MySQL 8, MariaDB 10.6 and newer, and on engines that speak their protocol.

mod check;
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
use sqlx::mysql::MySqlPool;

use self::driver::Source;
use super::claim::Claiming;
use super::error::{During, store_error};
use super::patient::{PATIENCE, Patient};
use super::readers::Readers;
use super::schema;
use super::store::{Parts, Written, close_with, store_of_parts};
use super::transaction::Transaction;
use super::writer::{Writer, queue};

/// The first holds for the next transaction only.
const BEGIN: &str = "SET TRANSACTION ISOLATION LEVEL READ COMMITTED; START TRANSACTION READ WRITE";

/// How a store on MySQL behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct MySqlOptions {
    writers: u32,
    readers: u32,
    claiming: Claiming,
    patience: Duration,
}

impl Default for MySqlOptions {
    fn default() -> Self {
        Self { writers: 2, readers: 4, claiming: Claiming::default(), patience: PATIENCE }
    }
}

impl MySqlOptions {
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

    /// Nothing but what every engine of this protocol has: no `SKIP LOCKED`.
    #[must_use]
    pub const fn portable(self) -> Self {
        self.claiming(Claiming::Wait)
    }
}

/// Keeps everything in a MySQL or MariaDB database, beside whatever else the shop has there.
///
/// Its tables begin with `invoice_` and are InnoDB, in utf8mb4 and compared byte by byte; a connection that speaks
/// another character set, or a mode that cuts what is too long, is refused at the start and on every new connection.
/// The units of concurrent callers are gathered into one transaction by tasks of the store's own; no future of a caller
/// ever owns a connection. Any number of processes may use the same database.
///
/// What is durable is what the server makes so: `innodb_flush_log_at_trx_commit=1` and, with a binary log,
/// `sync_binlog=1`. Times are exact to the nanosecond and must lie in the years 1678 to 2261; others are refused with
/// [`StoreErrorKind::Invalid`].
///
/// The store keeps up to `writers + readers` connections of the pool as long as it is open, and must be used within the
/// tokio runtime in which it was made. It closes when the pool is closed.
#[derive(Debug)]
pub struct MySqlStore {
    parts: Arc<Parts<Patient<Source>>>,
}

fn migrator() -> Migrator {
    schema::migrator(&[(1, "initial", include_str!("../../../migrations/mysql/0001_initial.sql"))])
}

impl MySqlStore {
    /// Brings the schema up to date and starts the writers.
    ///
    /// # Errors
    /// [`StoreErrorKind::Corrupt`] when the schema was made by a newer version or changed by other hands;
    /// [`StoreErrorKind::Invalid`] when the pool has too few connections or the server is set in a way that changes
    /// what it stores; [`StoreErrorKind::Unavailable`] when there is no connection.
    pub async fn new(pool: &MySqlPool, options: MySqlOptions) -> Result<Self, StoreError> {
        let needed = options.writers + options.readers;
        if pool.options().get_max_connections() < needed {
            let what = format!("the pool must have at least {needed} connections");
            return Err(StoreError::new(StoreErrorKind::Invalid, what));
        }
        start_up(pool.clone()).await?;
        let source = Patient::new(Source(pool.clone()), options.patience);
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
async fn start_up(pool: MySqlPool) -> Result<(), StoreError> {
    let done = tokio::spawn(async move {
        let mut connection = pool.acquire().await?;
        sqlx::raw_sql("ROLLBACK").execute(&mut *connection).await?;
        check::session(&mut connection).await?;
        schema::bring_up(&migrator(), &mut *connection).await?;
        check::tables(&mut connection).await
    });
    let failed = |error| StoreError::new(StoreErrorKind::Unavailable, "starting").because(error);
    let done = done.await.map_err(failed)?;
    done.map_err(|error| store_error(error, During::Open, "opening the database"))
}

store_of_parts!(MySqlStore);

/// Every statement, for the test that reads them.
#[cfg(all(test, feature = "postgres", feature = "sqlite"))]
pub(super) fn statements(claiming: Claiming) -> Vec<String> {
    let mut all = super::words::of::<driver::MySqlDriver>(claiming, |shape| text::statement(shape, 2));
    all.push(BEGIN.to_owned());
    all.extend(migrator().iter().map(|migration| migration.sql.as_str().to_owned()));
    all
}
