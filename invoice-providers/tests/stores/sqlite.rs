//! The SQLite store keeps the contract, in memory and in a file that is closed and opened again.

#![allow(clippy::unwrap_used, reason = "a test ends at the first surprise")]

use std::future::Future;
use std::sync::Arc;

use invoice_core::testkit::store::Subject;
use invoice_providers::sql::SqliteStore;

fn on_tokio<F: Future>(test: F) -> F::Output {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap().block_on(test)
}

mod memory {
    use super::*;

    invoice_core::store_conformance!(async { SqliteStore::open_in_memory().await.unwrap() }, run = on_tokio);
}

mod file {
    use super::*;

    async fn subject() -> Subject {
        let folder = Arc::new(tempfile::tempdir().unwrap());
        let path = folder.path().join("desk.sqlite");
        Subject::reopening(SqliteStore::open(&path).await.unwrap(), move |old: Arc<SqliteStore>| {
            let (folder, path) = (folder.clone(), path.clone());
            async move {
                old.close().await;
                let opened = SqliteStore::open(&path).await.unwrap();
                drop(folder);
                opened
            }
        })
    }

    invoice_core::store_conformance!(subject(), run = on_tokio);
}

#[test]
fn tenants_move_in_and_out() {
    on_tokio(async {
        let store = SqliteStore::open_in_memory().await.unwrap();
        invoice_core::testkit::archive::check(&store).await.unwrap();
    });
}
