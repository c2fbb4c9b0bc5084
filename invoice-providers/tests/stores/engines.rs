//! The stores on real servers keep the contract, with `SKIP LOCKED` and without anything that only some engines have.

#![allow(clippy::unwrap_used, reason = "a test ends at the first surprise")]

use std::future::Future;
use std::sync::Arc;

use invoice_core::store::{MemoryStore, Store};
use invoice_core::testkit::store::Subject;
use invoice_providers::router::RouterStore;
use invoice_providers::sql::mysql::MySqlOptions;
use invoice_providers::sql::postgres::PgOptions;
use invoice_providers::sql::{MySqlStore, PgStore};

fn on_tokio<F: Future>(test: F) -> F::Output {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap().block_on(test)
}

async fn on_postgres(options: PgOptions) -> Subject {
    let Some(server) = crate::servers::postgres::shared() else { return MemoryStore::new().into() };
    let database = crate::servers::postgres::database(server).await;
    let store = PgStore::new(&crate::servers::postgres::pool(database.clone()), options).await.unwrap();
    Subject::reopening(store, move |old: Arc<PgStore>| {
        let database = database.clone();
        async move {
            old.close().await;
            PgStore::new(&crate::servers::postgres::pool(database), options).await.unwrap()
        }
    })
}

async fn on_mariadb(options: MySqlOptions) -> Subject {
    let Some(server) = crate::servers::mariadb::shared() else { return MemoryStore::new().into() };
    let database = crate::servers::mariadb::database(server).await;
    let store = MySqlStore::new(&crate::servers::mariadb::pool(database.clone()), options).await.unwrap();
    Subject::reopening(store, move |old: Arc<MySqlStore>| {
        let database = database.clone();
        async move {
            old.close().await;
            MySqlStore::new(&crate::servers::mariadb::pool(database), options).await.unwrap()
        }
    })
}

/// Three servers, each a shard.
async fn on_three() -> Subject {
    let Some(servers) = crate::servers::postgres::three() else { return MemoryStore::new().into() };
    let mut databases = Vec::new();
    for server in servers {
        databases.push(crate::servers::postgres::database(server).await);
    }
    let mut shards: Vec<(&str, Arc<dyn Store>)> = Vec::new();
    for (name, database) in ["a", "b", "c"].into_iter().zip(databases) {
        let options = PgOptions::default().writers(1).readers(2);
        let store = PgStore::new(&crate::servers::postgres::pool(database), options).await.unwrap();
        shards.push((name, Arc::new(store)));
    }
    RouterStore::new(shards).unwrap().into()
}

mod router {
    use super::*;

    invoice_core::store_conformance!(on_three(), run = on_tokio);
}

mod router_of_memory {
    use super::*;

    fn router() -> RouterStore {
        let shard = |name| (name, Arc::new(MemoryStore::new()) as Arc<dyn Store>);
        RouterStore::new(["a", "b", "c"].map(shard)).unwrap()
    }

    invoice_core::store_conformance!(async { router() });
}

mod postgres {
    use super::*;

    invoice_core::store_conformance!(on_postgres(PgOptions::default()), run = on_tokio);
}

mod postgres_portable {
    use super::*;

    invoice_core::store_conformance!(on_postgres(PgOptions::default().portable().writers(1)), run = on_tokio);
}

mod mariadb {
    use super::*;

    invoice_core::store_conformance!(on_mariadb(MySqlOptions::default()), run = on_tokio);
}

mod mariadb_portable {
    use super::*;

    invoice_core::store_conformance!(
        on_mariadb(MySqlOptions::default().portable().writers(1)),
        run = on_tokio
    );
}

/// What Citus, CockroachDB, YugabyteDB or TiDB lack, or what outlives a transaction on a connection of the shop's.
const FORBIDDEN: &[&str] = &[
    "advisory",
    "get_lock",
    "lock table",
    "lock in share",
    "sequence",
    "serial,",
    "nextval",
    "auto_increment",
    "listen ",
    "notify ",
    "set session",
    "set global",
    "skip locked",
    "set local",
    "temporary",
    "returning",
];

/// Runs every rule of the contract on a server that writes down each statement, and reads what it wrote.
async fn watched(subject: impl AsyncFn() -> Subject, log: &std::path::Path) {
    for rule in invoice_core::testkit::store::RULES {
        rule.check(&subject().await).await.unwrap();
    }
    let log = std::fs::read(log).unwrap();
    let log = String::from_utf8_lossy(&log).to_lowercase();
    assert!(
        log.contains("insert into invoice_rows") && log.contains("update invoice_outbox"),
        "nothing was written"
    );
    for word in FORBIDDEN {
        let line = log.lines().find(|line| line.contains(word));
        assert_eq!(line, None, "{word}");
    }
}

#[test]
fn the_contract_is_kept_on_postgres_without_what_only_some_engines_have() {
    let Some(server) = crate::servers::postgres::fresh(crate::servers::Disk::Careless) else { return };
    on_tokio(async {
        let admin = crate::servers::postgres::options(server.port, "postgres");
        let mut admin = crate::servers::postgres::connect(&admin).await;
        for change in ["ALTER SYSTEM SET log_statement = 'all'", "SELECT pg_reload_conf()"] {
            sqlx::Executor::execute(&mut admin, change).await.unwrap();
        }
        let subject = async || {
            let database = crate::servers::postgres::database(&server).await;
            let pool = crate::servers::postgres::pool(database);
            PgStore::new(&pool, PgOptions::default().portable()).await.unwrap().into()
        };
        watched(subject, &server.folder.join("log")).await;
    });
}

#[test]
fn the_contract_is_kept_on_mariadb_without_what_only_some_engines_have() {
    let Some(server) = crate::servers::mariadb::watched() else { return };
    on_tokio(async {
        let subject = async || {
            let database = crate::servers::mariadb::database(&server).await;
            let pool = crate::servers::mariadb::pool(database);
            MySqlStore::new(&pool, MySqlOptions::default().portable()).await.unwrap().into()
        };
        watched(subject, &server.folder.join("statements")).await;
    });
}

#[test]
fn tenants_move_in_and_out_of_postgres_and_mariadb() {
    on_tokio(async {
        if let Some(server) = crate::servers::postgres::shared() {
            let pool = crate::servers::postgres::pool(crate::servers::postgres::database(server).await);
            let store = PgStore::new(&pool, PgOptions::default()).await.unwrap();
            invoice_core::testkit::archive::check(&store).await.unwrap();
        }
        if let Some(server) = crate::servers::mariadb::shared() {
            let pool = crate::servers::mariadb::pool(crate::servers::mariadb::database(server).await);
            let store = MySqlStore::new(&pool, MySqlOptions::default()).await.unwrap();
            invoice_core::testkit::archive::check(&store).await.unwrap();
        }
    });
}
