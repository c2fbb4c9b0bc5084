//! A wire that falls silent without being cut: whoever waits is told in time, and the next call works.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test ends at the first surprise")]

use std::time::Duration;

use chrono::{DateTime, TimeDelta};
use invoice_core::id::WorkerId;
use invoice_core::store::{
    Claim, Commit, Kind, Message, MessageId, Query, Store, StoreError, StoreErrorKind, UnitOfWork,
};
use invoice_providers::sql::mysql::MySqlOptions;
use invoice_providers::sql::postgres::PgOptions;
use invoice_providers::sql::{MySqlStore, PgStore};

use crate::pairs::{key, pair, step, tenant};
use crate::servers::proxy::Proxy;
use crate::servers::{mariadb, postgres};

/// How long the store waits; a server that is slower than this under a test would be taken for silent.
const PATIENCE: Duration = Duration::from_secs(4);
/// Far beyond anything a store may need.
const HANGS: Duration = Duration::from_secs(60);

#[derive(Debug, Clone, Copy)]
enum Call {
    Commit,
    Claim,
    NextDue,
    Read,
    Find,
}

impl Call {
    /// How many units, messages, times or rows came of it.
    async fn ask(self, store: &dyn Store) -> Result<usize, StoreError> {
        match self {
            Self::Commit => store.commit(&pair("p")).await.map(|done| usize::from(done == Commit::Applied)),
            Self::Claim => {
                let now = DateTime::UNIX_EPOCH + TimeDelta::days(1);
                let claim = Claim {
                    tenant: tenant(),
                    worker: WorkerId::new("w").unwrap(),
                    now,
                    until: now + TimeDelta::hours(1),
                    limit: 10,
                    paused_lanes: Vec::new(),
                };
                store.claim(&claim).await.map(|messages| messages.len())
            }
            Self::NextDue => store.next_due(&tenant()).await.map(|due| usize::from(due.is_some())),
            Self::Read => store.read(&[key("there")]).await.map(|rows| rows.into_iter().flatten().count()),
            Self::Find => {
                let query = Query::new(&tenant(), Kind::Note);
                store.find(&query).await.map(|page| page.rows.len())
            }
        }
    }
}

/// A row to read and a message to claim.
fn given() -> UnitOfWork {
    let mut unit = step("given", "there", 1);
    unit.messages.push(Message {
        id: MessageId::of("issue", &key("there")),
        subject: key("there"),
        lane: "l".to_owned(),
        not_before: DateTime::UNIX_EPOCH,
        attempts: 0,
        lease: None,
    });
    unit
}

/// The words of a call at which the wire falls silent, and what the caller is told: `None` where the store could begin anew on
/// another connection.
type Case = (&'static str, Call, Option<StoreErrorKind>);

/// Whatever was told, the call works afterwards, and nothing was done by half.
async fn given_up(store: &dyn Store, proxy: &Proxy, (words, call, told): Case) {
    store.commit(&given()).await.unwrap();
    proxy.fall_silent_at(words);
    let answer = tokio::time::timeout(HANGS, call.ask(store)).await;
    let answer = answer.unwrap_or_else(|_| panic!("{call:?} hangs at {words:?}"));
    assert!(proxy.is_silent(), "{call:?} never says {words:?}");
    assert_eq!(answer.as_ref().err().map(StoreError::kind), told, "{call:?} at {words:?}: {answer:?}");
    if told.is_some() {
        // Until the server has noticed that the wire is gone, what was locked on it stays so.
        for _ in 0..500 {
            if tokio::time::timeout(HANGS, call.ask(store)).await.unwrap().unwrap() == 1 {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("{call:?} does not work after {words:?}");
    }
    assert_eq!(answer.unwrap(), 1);
}

const UNAVAILABLE: Option<StoreErrorKind> = Some(StoreErrorKind::Unavailable);

async fn postgres_falls_silent(case: Case) {
    let Some(server) = postgres::shared() else { return };
    let database = postgres::database(server).await;
    let proxy = Proxy::to(server.port);
    let options = PgOptions::default().writers(1).readers(1).patience(PATIENCE);
    let store = PgStore::new(&postgres::pool(database.port(proxy.port)), options).await.unwrap();
    given_up(&store, &proxy, case).await;
    store.close().await;
}

async fn mariadb_falls_silent(case: Case) {
    let Some(server) = mariadb::shared() else { return };
    let database = mariadb::database(server).await;
    let proxy = Proxy::to(server.port);
    let options = MySqlOptions::default().writers(1).readers(1).patience(PATIENCE);
    let store = MySqlStore::new(&mariadb::pool(database.port(proxy.port)), options).await.unwrap();
    given_up(&store, &proxy, case).await;
    store.close().await;
}

/// All at once: each is mostly waiting.
async fn all(cases: impl IntoIterator<Item = impl Future<Output = ()> + Send + 'static>) {
    let tasks: Vec<_> = cases.into_iter().map(tokio::spawn).collect();
    for task in tasks {
        task.await.unwrap();
    }
}

/// Each place where a wire may fall silent. Of a claim whose COMMIT is not answered nothing tells what became of it.
fn cases(begin: &'static str, commit: &'static str) -> [Case; 9] {
    [
        (begin, Call::Commit, None),
        ("invoice_ledger", Call::Commit, UNAVAILABLE),
        (commit, Call::Commit, UNAVAILABLE),
        ("SKIP LOCKED", Call::Claim, UNAVAILABLE),
        ("UPDATE invoice_outbox", Call::Claim, UNAVAILABLE),
        (commit, Call::Claim, Some(StoreErrorKind::Unknown)),
        ("MIN(due)", Call::NextDue, UNAVAILABLE),
        ("invoice_rows", Call::Read, UNAVAILABLE),
        ("invoice_rows", Call::Find, UNAVAILABLE),
    ]
}

// Every transaction begins with the words READ COMMITTED.

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_silent_wire_to_postgres_is_given_up() {
    all(cases("BEGIN", "COMMIT\0").map(postgres_falls_silent)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_silent_wire_to_mariadb_is_given_up() {
    all(cases("START TRANSACTION", "\u{3}COMMIT").map(mariadb_falls_silent)).await;
}
