//! The stores on real servers keep the contract, with `SKIP LOCKED` and without anything that only some engines have.

#![cfg(all(feature = "postgres", feature = "mysql", feature = "router"))]
#![allow(clippy::unwrap_used, reason = "a test ends at the first surprise")]

mod servers;

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
    let Some(server) = servers::postgres::shared() else { return MemoryStore::new().into() };
    let database = servers::postgres::database(server).await;
    let store = PgStore::new(&servers::postgres::pool(database.clone()), options).await.unwrap();
    Subject::reopening(store, move |old: Arc<PgStore>| {
        let database = database.clone();
        async move {
            old.close().await;
            PgStore::new(&servers::postgres::pool(database), options).await.unwrap()
        }
    })
}

async fn on_mariadb(options: MySqlOptions) -> Subject {
    let Some(server) = servers::mariadb::shared() else { return MemoryStore::new().into() };
    let database = servers::mariadb::database(server).await;
    let store = MySqlStore::new(&servers::mariadb::pool(database.clone()), options).await.unwrap();
    Subject::reopening(store, move |old: Arc<MySqlStore>| {
        let database = database.clone();
        async move {
            old.close().await;
            MySqlStore::new(&servers::mariadb::pool(database), options).await.unwrap()
        }
    })
}

/// Three servers, each a shard.
async fn on_three() -> Subject {
    let Some(servers) = servers::postgres::three() else { return MemoryStore::new().into() };
    let mut databases = Vec::new();
    for server in servers {
        databases.push(servers::postgres::database(server).await);
    }
    let mut shards: Vec<(&str, Arc<dyn Store>)> = Vec::new();
    for (name, database) in ["a", "b", "c"].into_iter().zip(databases) {
        let options = PgOptions::default().writers(1).readers(2);
        let store = PgStore::new(&servers::postgres::pool(database), options).await.unwrap();
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
