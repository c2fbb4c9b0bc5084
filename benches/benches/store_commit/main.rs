//! Units per second of the stores, beside the raw loop of the same rows in the same run.
//!
//! `cargo bench -p invoice-benches --bench store_commit [disk|memory]` prints the table; as a test it runs a few units
//! and only asserts the rows.

#![allow(clippy::unwrap_used, reason = "a bench ends at the first surprise")]

mod raw;
mod workload;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use invoice_core::store::{MemoryStore, Store, UnitOfWork};
use invoice_providers::sql::SqliteStore;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let given = |name: &str| arguments.iter().any(|argument| argument == name);
    if given("--list") {
        if !given("--ignored") {
            println!("store_commit: test");
        }
        return;
    }
    let units = if given("--bench") { 20_000 } else { 64 };
    let place = arguments.iter().skip(1).find(|argument| !argument.starts_with('-'));
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(run(units, place.map_or("", |place| place)));
}

async fn run(units: usize, only: &str) {
    println!("{:<52} {:>8} {:>12} {:>12} {:>7}", "", "units/s", "cpu us/unit", "units/commit", "of raw");
    for callers in [1, 32] {
        let store = Arc::new(MemoryStore::new());
        line(&format!("memory, callers {callers}"), units, measure(store, units, callers).await, None, None);
    }
    // One caller waits for the disk each time: fewer units tell enough.
    for (place, folder, scale) in [("disk", disk(), 10), ("memory-backed file", PathBuf::from("/dev/shm"), 1)]
    {
        if !place.contains(only) {
            continue;
        }
        if !folder.is_dir() {
            println!("{place}: no {}", folder.display());
            continue;
        }
        sqlite(place, &folder, units, (units / scale).max(16)).await;
    }
}

fn disk() -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR"))
}

async fn sqlite(place: &str, folder: &Path, units: usize, few: usize) {
    let single = raw_loop(folder, few, 1).await;
    line(&format!("raw loop, {place}, a transaction a unit"), few, single, None, None);
    let grouped = raw_loop(folder, units, 32).await;
    line(&format!("raw loop, {place}, a transaction for 32"), units, grouped, None, None);
    for (callers, units, beside, raw_units) in [(1, few, single, few), (32, units, grouped, units)] {
        let folder = tempfile::tempdir_in(folder).unwrap();
        let store = Arc::new(SqliteStore::open(folder.path().join("desk.sqlite")).await.unwrap());
        let before = workload::prepare(&*store, units).await;
        let start = store.written();
        let took = drive(store.clone(), before, callers).await;
        let end = store.written();
        workload::assert_rows(&*store, units).await;
        store.close().await;
        let per_commit = rate(end.units - start.units, end.transactions - start.transactions);
        let raw = Some((beside, raw_units));
        line(&format!("SQLite, {place}, callers {callers}"), units, took, Some(per_commit), raw);
    }
}

fn rate(units: u64, transactions: u64) -> u64 {
    units / transactions.max(1)
}

fn per_second(units: usize, took: Took) -> u128 {
    u128::try_from(units).unwrap() * 1_000_000_000 / took.wall.as_nanos().max(1)
}

/// Time by the wall, which other work on the machine makes longer, and by this process's own processors.
#[derive(Clone, Copy)]
struct Took {
    wall: Duration,
    cpu: Duration,
}

struct Watch(Instant, Duration);

impl Watch {
    fn start() -> Self {
        Self(Instant::now(), cpu())
    }

    fn stop(&self) -> Took {
        Took { wall: self.0.elapsed(), cpu: cpu().saturating_sub(self.1) }
    }
}

/// User and system time of the process, from Linux's own count of hundredths of a second; nothing elsewhere.
fn cpu() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace().skip(11).take(2);
    Duration::from_millis(fields.filter_map(|ticks| ticks.parse::<u64>().ok()).sum::<u64>() * 10)
}

fn line(name: &str, units: usize, took: Took, per_commit: Option<u64>, raw: Option<(Took, usize)>) {
    let speed = per_second(units, took);
    let per_commit = per_commit.map_or(String::new(), |n| n.to_string());
    let share = raw.map_or(String::new(), |(raw, units)| {
        let percent = speed * 100 / per_second(units, raw).max(1);
        format!("{}.{:02}", percent / 100, percent % 100)
    });
    let cpu = took.cpu.as_micros() / u128::try_from(units).unwrap();
    println!("{name:<52} {speed:>8} {cpu:>12} {per_commit:>12} {share:>7}");
}

async fn measure(store: Arc<MemoryStore>, units: usize, callers: usize) -> Took {
    let prepared = workload::prepare(&*store, units).await;
    let took = drive(store.clone(), prepared, callers).await;
    workload::assert_rows(&*store, units).await;
    took
}

/// Commits all units from so many callers at once, each waiting for its answer before the next.
async fn drive<S: Store + 'static>(store: Arc<S>, units: Vec<UnitOfWork>, callers: usize) -> Took {
    let mut shares: Vec<Vec<UnitOfWork>> = (0..callers).map(|_| Vec::new()).collect();
    for (number, unit) in units.into_iter().enumerate() {
        shares[number % callers].push(unit);
    }
    let watch = Watch::start();
    let tasks: Vec<_> = shares
        .into_iter()
        .map(|share| {
            let store = store.clone();
            tokio::spawn(async move {
                for unit in &share {
                    store.commit(unit).await.unwrap();
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    watch.stop()
}

/// The same rows by hand: statement by statement on one connection, so many units in a transaction.
async fn raw_loop(folder: &Path, units: usize, together: usize) -> Took {
    let folder = tempfile::tempdir_in(folder).unwrap();
    let path = folder.path().join("raw.sqlite");
    let store = SqliteStore::open(&path).await.unwrap();
    let prepared = workload::prepare(&store, units).await;
    store.close().await;
    let mut connection = raw::connect(&path).await;
    let watch = Watch::start();
    for part in prepared.chunks(together) {
        raw::commit(&mut connection, part).await.unwrap();
    }
    let took = watch.stop();
    raw::close(connection).await;
    let store = SqliteStore::open(&path).await.unwrap();
    workload::assert_rows(&store, units).await;
    store.close().await;
    took
}
