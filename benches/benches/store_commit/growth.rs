//! What a unit and a claim cost when much is there already.

use std::sync::Arc;
use std::time::{Duration, Instant};

use invoice_core::store::Store;
use invoice_providers::sql::postgres::PgOptions;
use invoice_providers::sql::{PgStore, SqliteStore};

use crate::drive::drive;
use crate::servers::{Disk, postgres};
use crate::{Bench, workload};

/// Units of one measurement.
const PROBE: usize = 4000;
/// Autovacuum comes by every minute, and takes one for a few million messages.
const PATIENCE: Duration = Duration::from_secs(300);

pub(crate) async fn run(bench: &Bench, full: bool) {
    let most = std::env::var("STORE_GROWTH").ok().and_then(|text| text.parse().ok());
    let most = if full { most.unwrap_or(1_000_000) } else { 256 };
    let memory = std::path::Path::new("/dev/shm");
    let folder = if memory.is_dir() { memory } else { bench.folder.path() };
    let folder = tempfile::tempdir_in(folder).unwrap();
    let store = Arc::new(SqliteStore::open(folder.path().join("desk.sqlite")).await.unwrap());
    grow(bench, "SQLite, memory-backed file", store.clone(), most).await;
    store.close().await;
    if let Some(server) = postgres::fresh(Disk::Careless) {
        let pool = postgres::pool(postgres::database(&server).await);
        let store = Arc::new(PgStore::new(&pool, PgOptions::default()).await.unwrap());
        let same: Arc<dyn Store> = store.clone();
        let there = grow(bench, "PostgreSQL", store.clone(), most).await;
        let waited = vacuumed(&pool, if full { PATIENCE } else { Duration::ZERO }).await;
        let claim = claim(&same, there + 1).await;
        let how = waited.map_or("after VACUUM".to_owned(), |waited| {
            format!("when autovacuum had been there, {} s later", waited.as_secs())
        });
        println!("PostgreSQL, {how}: {} us for a claim of 100", claim.as_micros());
        store.close().await;
    }
}

/// Waits until autovacuum has cleared the outbox, and says how long; or clears it, when that takes too long.
async fn vacuumed(pool: &sqlx::PgPool, patience: Duration) -> Option<Duration> {
    let start = Instant::now();
    let count = "SELECT autovacuum_count FROM pg_stat_user_tables WHERE relname = 'invoice_outbox'";
    let done = async || sqlx::query_scalar::<_, i64>(count).fetch_one(pool).await.unwrap();
    let before = done().await;
    while start.elapsed() < patience {
        if done().await > before {
            return Some(start.elapsed());
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    sqlx::raw_sql("VACUUM invoice_outbox").execute(pool).await.unwrap();
    None
}

/// Fills the store, and measures a unit and a claim at each power of ten; how many applications there are in the end.
async fn grow(bench: &Bench, name: &str, store: Arc<dyn Store>, most: usize) -> usize {
    let (mut there, mut first) = (0, None);
    let mut goal = 1000.min(most);
    loop {
        while there < goal {
            let part = (goal - there).min(20_000);
            commit(bench, &store, there, part).await;
            there += part;
        }
        let probe = PROBE.min(most);
        let took = commit(bench, &store, there, probe).await;
        there += probe;
        let nanos = took.as_nanos() / u128::try_from(probe).unwrap();
        let first = *first.get_or_insert(nanos);
        let percent = nanos * 100 / first.max(1);
        let claim = claim(&store, there).await;
        println!(
            "{name}, {there} applications and as many settled messages: {} us a unit ({}.{:02} of the first), {} us for \
             a claim of 100",
            nanos / 1000,
            percent / 100,
            percent % 100,
            claim.as_micros()
        );
        if goal >= most {
            break;
        }
        goal = (goal * 10).min(most);
    }
    workload::assert_growth(&*store, there).await;
    there
}

async fn commit(bench: &Bench, store: &Arc<dyn Store>, from: usize, units: usize) -> Duration {
    let prepared = workload::prepare_from(&**store, from, units).await;
    let took = drive(store.clone(), bench.cipher.clone(), prepared, 32).await;
    workload::settle(&**store, from, units).await;
    took.wall
}

/// The best of several: a hundred messages, beside everything that was settled.
async fn claim(store: &Arc<dyn Store>, there: usize) -> Duration {
    let mut best = Duration::MAX;
    for round in 0..10 {
        workload::enqueue(&**store, there, round).await;
        let start = Instant::now();
        let held = workload::claim(&**store, 100).await;
        best = best.min(start.elapsed());
        assert_eq!(held.len(), 100);
        workload::done(&**store, &format!("claim-{there}-{round}"), held).await;
    }
    best
}
