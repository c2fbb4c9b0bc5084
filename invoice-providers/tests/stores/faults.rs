//! Faults for real: servers that die under load, a primary that is lost, a wire that is cut in a COMMIT, a disk that is
//! full. After each: what was confirmed is there, nothing twice, nothing by half.
//!
//! `STORE_FAULTS=long cargo test -p invoice-providers --test stores -- faults` does each of them many times.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test ends at the first surprise")]

use std::sync::Arc;
use std::sync::atomic::Ordering;

use crate::pairs::{Load, pair, prove};
use crate::servers::proxy::{Cut, Proxy};
use crate::servers::{Disk, Server, mariadb, postgres};
use invoice_core::store::{Commit, Store, StoreErrorKind};
use invoice_providers::sql::mysql::MySqlOptions;
use invoice_providers::sql::postgres::PgOptions;
use invoice_providers::sql::{MySqlStore, PgStore};
use sqlx::Executor as _;

fn times(few: usize, many: usize) -> usize {
    if std::env::var("STORE_FAULTS").is_ok_and(|value| value == "long") { many } else { few }
}

#[derive(Debug, Clone, Copy)]
enum Engine {
    Postgres,
    MariaDb,
}

impl Engine {
    fn fresh(self, disk: Disk) -> Option<Server> {
        match self {
            Self::Postgres => postgres::fresh(disk),
            Self::MariaDb => mariadb::fresh(disk),
        }
    }

    fn again(self, folder: &std::path::Path, port: u16) -> Server {
        match self {
            Self::Postgres => postgres::serve(folder, Disk::Synced, Some(port)),
            Self::MariaDb => mariadb::serve(folder, Disk::Synced, Some(port)),
        }
    }

    /// A store on the server's own database, reached through another port if need be.
    async fn store(self, server: &Server, port: u16) -> Arc<dyn Store> {
        match self {
            Self::Postgres => {
                drop(postgres::connect(&postgres::options(server.port, "postgres")).await);
                let pool = postgres::pool(postgres::options(port, "postgres"));
                Arc::new(PgStore::new(&pool, PgOptions::default()).await.unwrap())
            }
            Self::MariaDb => {
                let mut admin = mariadb::connect(&mariadb::options(server.port)).await;
                admin.execute("CREATE DATABASE IF NOT EXISTS desk").await.unwrap();
                let pool = mariadb::pool(mariadb::options(port).database("desk"));
                Arc::new(MySqlStore::new(&pool, MySqlOptions::default()).await.unwrap())
            }
        }
    }
}

async fn killed_and_started_again(engine: Engine) {
    let Some(mut server) = engine.fresh(Disk::Synced) else { return };
    let port = server.port;
    let store = engine.store(&server, port).await;
    let load = Load::on(&store, 8);
    let wanted = times(2, 50);
    let (mut kills, mut troubles) = (0, 0);
    // A server that is back at once may not be missed by any caller: then it is killed again.
    while kills < wanted || troubles == 0 && kills < wanted + 20 {
        load.more(40).await;
        let folder = server.crash();
        server = engine.again(&folder, port);
        kills += 1;
        load.more(40).await;
        troubles = load.troubles.load(Ordering::SeqCst);
    }
    let confirmed = load.end().await;
    println!("{engine:?}: {kills} kills, {} units, {troubles} errors on the way", confirmed.len());
    assert!(troubles > 0, "no caller noticed");
    prove(&*store, &confirmed).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres_is_killed_and_started_again_under_load() {
    killed_and_started_again(Engine::Postgres).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mariadb_is_killed_and_started_again_under_load() {
    killed_and_started_again(Engine::MariaDb).await;
}

/// Every answer is true: "applied" is there, "not available" is not, and only then may it be unknown when nobody can
/// be asked.
async fn cut_at_commit(engine: Engine) {
    let Some(server) = engine.fresh(Disk::Synced) else { return };
    let proxy = Proxy::to(server.port);
    let (store, direct) = (engine.store(&server, proxy.port).await, engine.store(&server, server.port).await);
    let (mut applied, mut refused, mut unknown) = (0, 0, 0);
    let trials = times(20, 200);
    let mut confirmed = std::collections::BTreeSet::new();
    for trial in 0..trials {
        let cut = if trial % 2 == 0 { Cut::Before } else { Cut::After };
        proxy.cut(&[cut]);
        let (id, before) = (format!("c-{trial:06}"), proxy.done());
        let answer = store.commit(&pair(&id)).await;
        assert_eq!(proxy.done(), before + 1, "trial {trial} was not cut");
        let there = direct.read(&[crate::pairs::key(&format!("{id}-l"))]).await.unwrap()[0].is_some();
        match answer {
            Ok(done) => {
                assert_eq!((done, there), (Commit::Applied, true), "trial {trial} {cut:?}");
                applied += 1;
            }
            Err(error) if error.kind() == StoreErrorKind::Unknown => unknown += 1,
            Err(error) => {
                crate::pairs::temporary(&error);
                assert!(!there, "trial {trial} {cut:?}: \"{error}\", and it is there");
                refused += 1;
            }
        }
        let again = store.commit(&pair(&id)).await.unwrap();
        assert_eq!(again == Commit::AlreadyApplied, there, "trial {trial} {cut:?}");
        confirmed.insert(id);
    }
    println!("{engine:?}: {trials} cuts in a COMMIT: {applied} applied, {refused} not, {unknown} unknown");
    assert!(applied > 0 && refused > 0);
    assert_eq!(unknown, 0, "the database was there to be asked");
    prove(&*direct, &confirmed).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres_is_cut_off_in_a_commit() {
    cut_at_commit(Engine::Postgres).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mariadb_is_cut_off_in_a_commit() {
    cut_at_commit(Engine::MariaDb).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_primary_is_replaced_by_its_synchronous_standby() {
    let Some(primary) = postgres::fresh(Disk::Synced) else { return };
    let proxy = Proxy::to(primary.port);
    let store = Engine::Postgres.store(&primary, proxy.port).await;
    let mut admin = postgres::connect(&postgres::options(primary.port, "postgres")).await;
    let standby = postgres::standby(&primary);
    admin.execute("ALTER SYSTEM SET synchronous_standby_names = '*'").await.unwrap();
    admin.execute("SELECT pg_reload_conf()").await.unwrap();
    let synced = "SELECT 1 FROM pg_stat_replication WHERE sync_state = 'sync'";
    while admin.fetch_optional(synced).await.unwrap().is_none() {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    let load = Load::on(&store, 8);
    load.more(200).await;
    drop(primary);
    let mut new = postgres::connect(&postgres::options(standby.port, "postgres")).await;
    new.execute("SELECT pg_promote()").await.unwrap();
    proxy.lead_to(standby.port);
    load.more(200).await;
    let troubles = load.troubles.load(Ordering::SeqCst);
    let confirmed = load.end().await;
    println!("primary lost: {} units, {troubles} errors on the way", confirmed.len());
    assert!(troubles > 0, "no caller noticed");
    prove(&*store, &confirmed).await;
}

async fn disk_full(engine: Engine, limit: u64) {
    let Some(server) = engine.fresh(Disk::Small(limit)) else { return };
    let port = server.port;
    let store = engine.store(&server, port).await;
    let (mut confirmed, mut full) = (std::collections::BTreeSet::new(), 0);
    for number in 0..4000 {
        let ids: Vec<String> = (0..16).map(|caller| format!("{caller:02}-{number:06}")).collect();
        let mut units: Vec<_> = ids.iter().map(|id| pair(id)).collect();
        units.iter_mut().flat_map(|unit| &mut unit.writes).for_each(|write| write.row.body.0 = noise(20_000));
        let answers = futures_util::future::join_all(units.iter().map(|unit| store.commit(unit))).await;
        for (id, answer) in ids.into_iter().zip(answers) {
            match answer {
                Ok(_) => drop(confirmed.insert(id)),
                Err(error) => {
                    crate::pairs::temporary(&error);
                    full += 1;
                }
            }
        }
        if full > 0 {
            break;
        }
    }
    assert!(full > 0, "the disk was never full");
    // What is there can be read.
    let some = format!("{}-l", confirmed.first().unwrap());
    assert!(store.read(&[crate::pairs::key(&some)]).await.unwrap()[0].is_some());
    // Somebody makes room, and the machine is started again.
    let folder = server.crash();
    let _server = engine.again(&folder, port);
    let load = Load::on(&store, 4);
    load.more(20).await;
    let more = load.end().await;
    println!("{engine:?}: full after {} units, {} more afterwards", confirmed.len(), more.len());
    confirmed.extend(more);
    prove(&*store, &confirmed).await;
}

/// Bytes that do not compress.
fn noise(length: usize) -> Vec<u8> {
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    };
    std::iter::repeat_with(next).flatten().take(length).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres_meets_a_full_disk() {
    disk_full(Engine::Postgres, 20 << 20).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mariadb_meets_a_full_disk() {
    disk_full(Engine::MariaDb, 24 << 20).await;
}

/// A statement that the database refuses fails its own unit and no other, and nobody is told Ok for a COMMIT that the
/// server made a rollback of: PostgreSQL does so after any failure, and drivers report it as success.
async fn what_is_refused_is_never_confirmed(engine: Engine) {
    let Some(server) = engine.fresh(Disk::Careless) else { return };
    let store = engine.store(&server, server.port).await;
    // The shop's own hand in our tables: some unit ids are not liked.
    let rule = "ALTER TABLE invoice_units ADD CONSTRAINT disliked CHECK (id NOT LIKE 'poison%')";
    match engine {
        Engine::Postgres => {
            let mut admin = postgres::connect(&postgres::options(server.port, "postgres")).await;
            admin.execute(rule).await.unwrap();
        }
        Engine::MariaDb => {
            let mut admin = mariadb::connect(&mariadb::options(server.port).database("desk")).await;
            admin.execute(rule).await.unwrap();
        }
    }
    let ids = (0..60).map(|n| if n % 7 == 3 { format!("poison-{n:06}") } else { format!("good-{n:06}") });
    let tasks: Vec<_> = ids
        .map(|id| {
            let store = store.clone();
            tokio::spawn(async move { (store.commit(&pair(&id)).await.is_ok(), id) })
        })
        .collect();
    for task in tasks {
        let (confirmed, id) = task.await.unwrap();
        let there = store.read(&[crate::pairs::key(&format!("{id}-l"))]).await.unwrap()[0].is_some();
        assert_eq!((confirmed, there), (id.starts_with("good"), id.starts_with("good")), "{id}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_postgres_refuses_is_never_confirmed() {
    what_is_refused_is_never_confirmed(Engine::Postgres).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_mariadb_refuses_is_never_confirmed() {
    what_is_refused_is_never_confirmed(Engine::MariaDb).await;
}
