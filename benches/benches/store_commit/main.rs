//! Units per second of the stores, beside the raw loop of the same rows in the same run.
//!
//! `cargo bench -p invoice-benches --bench store_commit [memory|sqlite|postgres|mariadb|growth]` prints the table; as a
//! test it runs a few units and only asserts the rows. `growth` fills a store with a million applications (or as many as
//! `STORE_GROWTH` says) and measures beside them.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a bench ends at the first surprise")]

mod arrays;
mod drive;
mod growth;
mod raw;
#[path = "../../../invoice-providers/tests/servers/mod.rs"]
mod servers;
mod workload;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use drive::{Took, Watch, drive};
use invoice_core::env::Cipher;
use invoice_core::store::{MemoryStore, Store, UnitOfWork};
use invoice_providers::cipher::LocalCipher;
use invoice_providers::sql::mysql::MySqlOptions;
use invoice_providers::sql::postgres::PgOptions;
use invoice_providers::sql::{MySqlStore, PgStore, SqliteStore, Written};
use servers::{Disk, Server, mariadb, postgres};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{ConnectOptions as _, Connection as _};

/// Units of one caller alone, who waits for the disk each time: fewer tell enough.
const ALONE: usize = 10;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let given = |name: &str| arguments.iter().any(|argument| argument == name);
    if given("--list") {
        if !given("--ignored") {
            println!("store_commit: test");
        }
        return;
    }
    let full = given("--bench");
    // As a test everything is run, whatever name a test runner gives.
    let only = arguments.iter().skip(1).find(|argument| full && !argument.starts_with('-'));
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(run(full, only.map_or("", |only| only)));
}

/// What all runs share.
pub(crate) struct Bench {
    units: usize,
    cipher: Arc<dyn Cipher>,
    folder: tempfile::TempDir,
}

async fn run(full: bool, only: &str) {
    let folder = tempfile::tempdir().unwrap();
    let cipher = LocalCipher::open_or_create(folder.path().join("keys")).unwrap();
    let bench = Bench { units: if full { 20_000 } else { 64 }, cipher: Arc::new(cipher), folder };
    println!("{:<58} {:>8} {:>12} {:>12} {:>7}", "", "units/s", "cpu us/unit", "units/commit", "of raw");
    let wanted = |name: &str| only.is_empty() || only == name;
    if wanted("memory") {
        for callers in [1, 32] {
            let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
            let took = bench.measure(&store, callers, bench.units).await;
            line(&format!("memory, callers {callers}"), bench.units, took, None, None);
        }
    }
    if wanted("sqlite") {
        bench.sqlite("disk", Path::new(env!("CARGO_TARGET_TMPDIR"))).await;
        bench.sqlite("memory-backed file", Path::new("/dev/shm")).await;
    }
    if wanted("postgres") {
        bench.postgres().await;
    }
    if wanted("mariadb") {
        bench.mariadb().await;
    }
    // A million applications take minutes, so they are measured when asked for.
    if only == "growth" || !full {
        growth::run(&bench, full).await;
    }
}

impl Bench {
    /// All units through a store, which is then looked through.
    async fn measure(&self, store: &Arc<dyn Store>, callers: usize, units: usize) -> Took {
        let prepared = workload::prepare(&**store, units).await;
        let took = drive(store.clone(), self.cipher.clone(), prepared, callers).await;
        workload::assert_rows(&**store, units).await;
        took
    }

    async fn beside(
        &self,
        name: &str,
        store: Arc<dyn Store>,
        written: impl Fn() -> Written,
        callers: usize,
        raw: (Took, usize),
    ) {
        let units = if callers == 1 { self.few() } else { self.units };
        let start = written();
        let took = self.measure(&store, callers, units).await;
        let end = written();
        let per_commit = (end.units - start.units) / (end.transactions - start.transactions).max(1);
        line(&format!("{name}, callers {callers}"), units, took, Some(per_commit), Some(raw));
    }

    fn few(&self) -> usize {
        (self.units / ALONE).max(16)
    }

    async fn sqlite(&self, place: &str, folder: &Path) {
        if !folder.is_dir() {
            println!("{place}: no {}", folder.display());
            return;
        }
        let single = (raw_sqlite(folder, self.few(), 1).await, self.few());
        line(&format!("raw loop, SQLite, {place}, a transaction a unit"), single.1, single.0, None, None);
        let grouped = (raw_sqlite(folder, self.units, 32).await, self.units);
        line(&format!("raw loop, SQLite, {place}, a transaction for 32"), grouped.1, grouped.0, None, None);
        for (callers, raw) in [(1, single), (32, grouped)] {
            let folder = tempfile::tempdir_in(folder).unwrap();
            let store = Arc::new(SqliteStore::open(folder.path().join("desk.sqlite")).await.unwrap());
            let written = || store.written();
            self.beside(&format!("SQLite, {place}"), store.clone(), written, callers, raw).await;
            store.close().await;
        }
    }

    async fn postgres(&self) {
        let Some(server) = postgres::fresh(Disk::Synced) else { return };
        let raw = (self.raw_postgres(&server, 32, 1).await, self.units);
        line("raw loop, PostgreSQL, a transaction a unit, connections 32", raw.1, raw.0, None, None);
        let alone = (self.raw_postgres(&server, 1, 1).await, self.few());
        line("raw loop, PostgreSQL, a transaction a unit, connections 1", alone.1, alone.0, None, None);
        for together in [16, 100] {
            let took = self.raw_postgres(&server, 2, together).await;
            let name = format!("arrays by hand, PostgreSQL, {together} a transaction, connections 2");
            line(&name, self.units, took, None, Some(raw));
        }
        for (callers, raw) in [(1, alone), (32, raw), (256, raw)] {
            let pool = postgres::pool(postgres::database(&server).await);
            let store = Arc::new(PgStore::new(&pool, PgOptions::default()).await.unwrap());
            let written = || store.written();
            self.beside("PostgreSQL", store.clone(), written, callers, raw).await;
            store.close().await;
        }
    }

    /// The same rows by hand: statement by statement for a unit, arrays for several.
    async fn raw_postgres(&self, server: &Server, connections: usize, together: usize) -> Took {
        let database = postgres::database(server).await;
        let pool = postgres::pool(database.clone());
        let store = PgStore::new(&pool, PgOptions::default()).await.unwrap();
        let units = if connections == 1 { self.few() } else { self.units };
        let prepared = workload::prepare(&store, units).await;
        let mut opened = Vec::new();
        for _ in 0..connections {
            opened.push(postgres::connect(&database).await);
        }
        let watch = Watch::start();
        let shares = shares(prepared, connections);
        let tasks = shares.into_iter().zip(opened).map(|(share, mut connection)| {
            tokio::spawn(async move {
                for units in share.chunks(together) {
                    match together {
                        1 => raw::postgres::commit(&mut connection, units).await.unwrap(),
                        _ => arrays::commit(&mut connection, units).await.unwrap(),
                    }
                }
            })
        });
        for task in tasks.collect::<Vec<_>>() {
            task.await.unwrap();
        }
        let took = watch.stop();
        workload::assert_rows(&store, units).await;
        store.close().await;
        took
    }

    async fn mariadb(&self) {
        let Some(server) = mariadb::fresh(Disk::Synced) else { return };
        let raw = (self.raw_mariadb(&server, 32).await, self.units);
        line("raw loop, MariaDB, a transaction a unit, connections 32", raw.1, raw.0, None, None);
        let alone = (self.raw_mariadb(&server, 1).await, self.few());
        line("raw loop, MariaDB, a transaction a unit, connections 1", alone.1, alone.0, None, None);
        for (callers, raw) in [(1, alone), (32, raw), (256, raw)] {
            let pool = mariadb::pool(mariadb::database(&server).await);
            let store = Arc::new(MySqlStore::new(&pool, MySqlOptions::default()).await.unwrap());
            let written = || store.written();
            self.beside("MariaDB", store.clone(), written, callers, raw).await;
            store.close().await;
        }
    }

    async fn raw_mariadb(&self, server: &Server, connections: usize) -> Took {
        let database = mariadb::database(server).await;
        let pool = mariadb::pool(database.clone());
        let store = MySqlStore::new(&pool, MySqlOptions::default()).await.unwrap();
        let units = if connections == 1 { self.few() } else { self.units };
        let prepared = workload::prepare(&store, units).await;
        let mut opened = Vec::new();
        for _ in 0..connections {
            opened.push(mariadb::connect(&database).await);
        }
        let watch = Watch::start();
        let tasks = shares(prepared, connections).into_iter().zip(opened).map(|(share, mut connection)| {
            tokio::spawn(async move {
                for unit in share.chunks(1) {
                    raw::mariadb::commit(&mut connection, unit).await.unwrap();
                }
            })
        });
        for task in tasks.collect::<Vec<_>>() {
            task.await.unwrap();
        }
        let took = watch.stop();
        workload::assert_rows(&store, units).await;
        store.close().await;
        took
    }
}

fn shares(units: Vec<UnitOfWork>, callers: usize) -> Vec<Vec<UnitOfWork>> {
    let mut shares: Vec<Vec<UnitOfWork>> = (0..callers).map(|_| Vec::new()).collect();
    for (number, unit) in units.into_iter().enumerate() {
        shares[number % callers].push(unit);
    }
    shares
}

fn per_second(units: usize, took: Took) -> u128 {
    u128::try_from(units).unwrap() * 1_000_000_000 / took.wall.as_nanos().max(1)
}

fn line(name: &str, units: usize, took: Took, per_commit: Option<u64>, raw: Option<(Took, usize)>) {
    let speed = per_second(units, took);
    let per_commit = per_commit.map_or(String::new(), |n| n.to_string());
    let share = raw.map_or(String::new(), |(raw, units)| {
        let percent = speed * 100 / per_second(units, raw).max(1);
        format!("{}.{:02}", percent / 100, percent % 100)
    });
    let cpu = took.cpu.as_micros() / u128::try_from(units).unwrap();
    println!("{name:<58} {speed:>8} {cpu:>12} {per_commit:>12} {share:>7}");
}

/// The same rows by hand: statement by statement on one connection, so many units in a transaction.
async fn raw_sqlite(folder: &Path, units: usize, together: usize) -> Took {
    let folder = tempfile::tempdir_in(folder).unwrap();
    let path: PathBuf = folder.path().join("raw.sqlite");
    let store = SqliteStore::open(&path).await.unwrap();
    let prepared = workload::prepare(&store, units).await;
    store.close().await;
    let options = SqliteConnectOptions::new()
        .filename(&path)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .disable_statement_logging();
    let mut connection = sqlx::SqliteConnection::connect_with(&options).await.unwrap();
    let watch = Watch::start();
    for part in prepared.chunks(together) {
        raw::sqlite::commit(&mut connection, part).await.unwrap();
    }
    let took = watch.stop();
    connection.close().await.unwrap();
    let store = SqliteStore::open(&path).await.unwrap();
    workload::assert_rows(&store, units).await;
    store.close().await;
    took
}
