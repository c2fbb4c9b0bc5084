//! Several stores on one database, as several processes have them: they share the work and never both win.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test ends at the first surprise")]

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::pairs::{key, pair, step, tenant};
use crate::servers::{mariadb, postgres};
use chrono::{DateTime, TimeDelta, Utc};
use futures_util::FutureExt as _;
use futures_util::future::join_all;
use invoice_core::id::{UnitId, WorkerId};
use invoice_core::store::{Claim, Commit, Message, MessageId, Store, StoreErrorKind, UnitOfWork, Version};
use invoice_providers::sql::mysql::MySqlOptions;
use invoice_providers::sql::postgres::PgOptions;
use invoice_providers::sql::{MySqlStore, PgStore, SqliteStore};
use sqlx::Executor as _;

/// Three stores on one database each; nothing where there is no server.
struct Three {
    stores: Vec<Arc<dyn Store>>,
    _folder: Option<tempfile::TempDir>,
}

async fn on_sqlite() -> Option<Three> {
    let folder = tempfile::tempdir().unwrap();
    let mut stores: Vec<Arc<dyn Store>> = Vec::new();
    for _ in 0..3 {
        stores.push(Arc::new(SqliteStore::open(folder.path().join("desk.sqlite")).await.unwrap()));
    }
    Some(Three { stores, _folder: Some(folder) })
}

async fn on_postgres(options: PgOptions) -> Option<Three> {
    let database = postgres::database(postgres::shared()?).await;
    // All at once: only one can make the tables.
    let pools: Vec<_> = (0..3).map(|_| postgres::pool(database.clone())).collect();
    let opened = join_all(pools.iter().map(|pool| PgStore::new(pool, options))).await;
    let stores = opened.into_iter().map(|store| Arc::new(store.unwrap()) as Arc<dyn Store>).collect();
    Some(Three { stores, _folder: None })
}

async fn on_mariadb(options: MySqlOptions) -> Option<Three> {
    let database = mariadb::database(mariadb::shared()?).await;
    let pools: Vec<_> = (0..3).map(|_| mariadb::pool(database.clone())).collect();
    let opened = join_all(pools.iter().map(|pool| MySqlStore::new(pool, options))).await;
    let stores = opened.into_iter().map(|store| Arc::new(store.unwrap()) as Arc<dyn Store>).collect();
    Some(Three { stores, _folder: None })
}

/// Each version of a hot row has one winner, whichever store it came through.
async fn one_winner(three: &Three) {
    for version in 1..=15 {
        let tasks = (0..12_usize).map(|caller| {
            let store = Arc::clone(&three.stores[caller % 3]);
            tokio::spawn(
                async move { store.commit(&step(&format!("{version}-{caller}"), "hot", version)).await },
            )
        });
        let mut won = 0;
        for task in join_all(tasks).await {
            match task.unwrap() {
                Ok(done) => won += usize::from(done == Commit::Applied),
                Err(error) => assert_eq!(error.kind(), StoreErrorKind::Conflict, "{error}"),
            }
        }
        assert_eq!(won, 1, "version {version}");
    }
}

/// The same unit through all three at once is applied once, and nobody is told that it failed.
async fn one_unit(three: &Three) {
    for number in 0..20 {
        let unit = pair(&format!("u-{number:04}"));
        let answers = join_all(three.stores.iter().map(|store| store.commit(&unit))).await;
        let mut done: Vec<Commit> = answers.into_iter().map(Result::unwrap).collect();
        done.sort_by_key(|done| *done == Commit::AlreadyApplied);
        assert_eq!(done, [Commit::Applied, Commit::AlreadyApplied, Commit::AlreadyApplied], "{number}");
        // Again, when its rows have long gone on.
        three.stores[0].commit(&step(&format!("v-{number}"), &format!("u-{number:04}-l"), 2)).await.unwrap();
        assert_eq!(three.stores[1].commit(&unit).await.unwrap(), Commit::AlreadyApplied);
    }
}

/// Two units that each rely on what the other one changes: never both.
async fn crossed(three: &Three) {
    for number in 0..25 {
        let (left, right) = (format!("x-{number}"), format!("y-{number}"));
        let cross = |unit: &str, writes: &str, reads: &str| -> UnitOfWork {
            let mut unit = step(unit, writes, 1);
            unit.expects.push((key(reads), Version::ABSENT));
            unit
        };
        let (one, two) =
            (cross(&format!("one-{number}"), &left, &right), cross(&format!("two-{number}"), &right, &left));
        let (one, two) =
            futures_util::future::join(three.stores[0].commit(&one), three.stores[1].commit(&two)).await;
        let won = [&one, &two].iter().filter(|answer| answer.is_ok()).count();
        assert_eq!(won, 1, "{number}: {one:?} {two:?}");
        let lost = if one.is_ok() { two } else { one };
        assert_eq!(lost.unwrap_err().kind(), StoreErrorKind::Conflict);
    }
}

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds)
}

/// Workers that claim at the same moment share the messages, each of which is with one of them.
async fn shared_work(three: &Three) {
    let mut unit = UnitOfWork::new(UnitId::new("enqueue").unwrap(), tenant());
    for number in 0..300 {
        let subject = key(&format!("m-{number:04}"));
        unit.messages.push(Message {
            id: MessageId::of("work", &subject),
            subject,
            lane: "lane".to_owned(),
            not_before: at(number % 7),
            attempts: 0,
            lease: None,
        });
    }
    three.stores[0].commit(&unit).await.unwrap();
    let workers = (0..6_usize).map(|number| {
        let store = Arc::clone(&three.stores[number % 3]);
        tokio::spawn(async move {
            let worker = WorkerId::new(format!("w-{number}")).unwrap();
            let (now, until) = (at(10), at(100));
            let mut mine = Vec::new();
            loop {
                let claim = Claim {
                    tenant: tenant(),
                    worker: worker.clone(),
                    now,
                    until,
                    limit: 10,
                    paused_lanes: vec![],
                };
                match store.claim(&claim).await {
                    Ok(messages) if messages.is_empty() => return mine,
                    Ok(messages) => mine.extend(messages.into_iter().map(|message| message.id.to_string())),
                    // It was never its turn; nothing was given out.
                    Err(error) => assert_eq!(error.kind(), StoreErrorKind::Unavailable, "{error}"),
                }
            }
        })
    });
    let shares: Vec<Vec<String>> = join_all(workers).await.into_iter().map(Result::unwrap).collect();
    let all: Vec<&String> = shares.iter().flatten().collect();
    let once: BTreeSet<&String> = all.iter().copied().collect();
    assert_eq!(all.len(), once.len(), "a message was given out twice");
    // With messages passed over, the last to ask may go home early; whoever asks again gets the rest.
    let rest = Claim {
        tenant: tenant(),
        worker: WorkerId::new("late").unwrap(),
        now: at(10),
        until: at(100),
        limit: 1000,
        paused_lanes: vec![],
    };
    let rest = three.stores[0].claim(&rest).await.unwrap().len();
    assert_eq!(all.len() + rest, 300);
}

async fn together(three: Option<Three>) {
    let Some(three) = three else { return };
    one_winner(&three).await;
    one_unit(&three).await;
    crossed(&three).await;
    shared_work(&three).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_stores_on_one_sqlite_file() {
    together(on_sqlite().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_stores_on_one_postgres_database() {
    together(on_postgres(PgOptions::default()).await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_portable_stores_on_one_postgres_database() {
    together(on_postgres(PgOptions::default().portable()).await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_stores_on_one_mariadb_database() {
    together(on_mariadb(MySqlOptions::default()).await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_portable_stores_on_one_mariadb_database() {
    together(on_mariadb(MySqlOptions::default().portable()).await).await;
}

/// A future of the shop's that is dropped while it begins a transaction leaves that transaction open on a connection of
/// the pool. Whatever is done on that connection later looks as if it worked and is seen by nobody.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_that_the_shop_left_in_a_transaction_do_no_harm() {
    let Some(server) = postgres::shared() else { return };
    let database = postgres::database(server).await;
    let (pool, watching) = (postgres::pool(database.clone()), postgres::pool(database));
    let watcher = PgStore::new(&watching, PgOptions::default()).await.unwrap();
    for round in 0..10 {
        // All eight connections, some of them left as they must not be.
        let open: Vec<_> =
            join_all((0..8).map(|_| pool.acquire())).await.into_iter().map(Result::unwrap).collect();
        for (number, mut connection) in open.into_iter().enumerate() {
            if number % 2 == 0 {
                sqlx::raw_sql("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1")
                    .execute(&mut *connection)
                    .await
                    .unwrap();
            }
        }
        drop(pool.begin().now_or_never());
        let store = PgStore::new(&pool, PgOptions::default()).await.unwrap();
        for number in 0..20 {
            let id = format!("p-{round:02}-{number:02}");
            assert_eq!(store.commit(&pair(&id)).await.unwrap(), Commit::Applied);
            let seen = watcher.read(&[key(&format!("{id}-l"))]).await.unwrap();
            assert!(seen[0].is_some(), "{id} was confirmed and nobody sees it");
            assert!(store.read(&[key(&format!("{id}-r"))]).await.unwrap()[0].is_some());
        }
        store.close().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn closing_the_pool_closes_the_store() {
    let Some(server) = postgres::shared() else { return };
    let pool = postgres::pool(postgres::database(server).await);
    let store = PgStore::new(&pool, PgOptions::default()).await.unwrap();
    store.commit(&pair("a")).await.unwrap();
    store.read(&[key("a-l")]).await.unwrap();
    pool.close().await;
    assert_eq!(store.commit(&pair("b")).await.unwrap_err().kind(), StoreErrorKind::Unavailable);
    assert_eq!(store.read(&[key("a-l")]).await.unwrap_err().kind(), StoreErrorKind::Unavailable);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_schema_of_another_version_is_refused() {
    for (change, expected) in [
        (
            "INSERT INTO invoice_migrations VALUES (99, 'later', now(), true, '', 1)",
            "newer than this program",
        ),
        ("UPDATE invoice_migrations SET checksum = ''", "not the one this program knows"),
        ("ALTER TABLE invoice_rows RENAME COLUMN gross TO brutto", "opening the database"),
    ] {
        let Some(server) = postgres::shared() else { return };
        let database = postgres::database(server).await;
        let pool = postgres::pool(database);
        PgStore::new(&pool, PgOptions::default()).await.unwrap().close().await;
        pool.execute(change).await.unwrap();
        let error = PgStore::new(&pool, PgOptions::default()).await.unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::Corrupt, "{error}");
        assert!(error.to_string().contains(expected), "{error}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_shops_own_tables_and_migrations_stand_beside() {
    let Some(server) = postgres::shared() else { return };
    let pool = postgres::pool(postgres::database(server).await);
    pool.execute("CREATE TABLE rows (id INT); CREATE TABLE _sqlx_migrations (version BIGINT)").await.unwrap();
    pool.execute("INSERT INTO _sqlx_migrations VALUES (20260101)").await.unwrap();
    let store = PgStore::new(&pool, PgOptions::default()).await.unwrap();
    store.commit(&pair("a")).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let options = sqlx::sqlite::SqliteConnectOptions::new()
        .filename(folder.path().join("shop.db"))
        .create_if_missing(true);
    let pool = sqlx::sqlite::SqlitePool::connect_with(options).await.unwrap();
    pool.execute("CREATE TABLE rows (id INT)").await.unwrap();
    let store = SqliteStore::new(&pool).await.unwrap();
    store.commit(&pair("a")).await.unwrap();
    let rows: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM invoice_rows").fetch_one(&pool).await.unwrap();
    assert_eq!(rows, 2);
    let memory = sqlx::sqlite::SqlitePool::connect("sqlite::memory:").await.unwrap();
    assert_eq!(SqliteStore::new(&memory).await.unwrap_err().kind(), StoreErrorKind::Invalid);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mariadb_that_would_change_what_it_stores_is_refused() {
    let Some(server) = mariadb::shared() else { return };
    let refused = async |options: sqlx::mysql::MySqlConnectOptions, before: &str| {
        let pool = mariadb::pool(options.clone());
        MySqlStore::new(&pool, MySqlOptions::default()).await.unwrap().close().await;
        let with = sqlx::mysql::MySqlPoolOptions::new().max_connections(8);
        let before = before.to_owned();
        let with = with.after_connect(move |connection, _| {
            let before = before.clone();
            Box::pin(async move { connection.execute(sqlx::AssertSqlSafe(before)).await.map(drop) })
        });
        let error =
            MySqlStore::new(&with.connect_lazy_with(options), MySqlOptions::default()).await.unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::Invalid, "{error}");
        error.to_string()
    };
    let said = refused(mariadb::database(server).await, "SET NAMES latin1").await;
    assert!(said.contains("utf8mb4"), "{said}");
    let said = refused(mariadb::database(server).await, "SET sql_mode = ''").await;
    assert!(said.contains("STRICT_TRANS_TABLES"), "{said}");
    let change =
        "ALTER TABLE invoice_rows MODIFY seller VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci";
    let said = refused(mariadb::database(server).await, change).await;
    assert!(said.contains("invoice_rows.seller must be utf8mb4_bin"), "{said}");
}
