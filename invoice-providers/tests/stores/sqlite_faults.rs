//! What the conformance kit cannot see: crashes, crowds, callers that go away, strange files.

#![allow(clippy::unwrap_used, reason = "a test ends at the first surprise")]

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

use futures_util::FutureExt as _;
use futures_util::future::join_all;
use invoice_core::env::Opaque;
use invoice_core::id::{ActorId, TenantId, UnitId};
use invoice_core::store::{
    Columns, Commit, JournalEntry, Key, Kind, Query, Row, Store, StoreErrorKind, UnitOfWork, Version, Write,
};
use invoice_providers::sql::SqliteStore;
use sqlx::Connection as _;

fn tenant() -> TenantId {
    TenantId::new("t").unwrap()
}

fn key(id: &str) -> Key {
    Key::new(&tenant(), Kind::Note, id)
}

fn unit(id: &str, rows: &[&str], version: u64) -> UnitOfWork {
    let mut unit = UnitOfWork::new(UnitId::new(id).unwrap(), tenant());
    for row in rows {
        let row = Row {
            key: key(row),
            version: Version::new(version),
            head: [1; 32],
            body: Opaque(id.as_bytes().to_vec()),
        };
        unit.journal.push(JournalEntry {
            key: row.key.clone(),
            seq: version,
            at: chrono::DateTime::UNIX_EPOCH,
            actor: ActorId::new("a").unwrap(),
            verb: "make".to_owned(),
            body: Opaque::default(),
            hash: [1; 32],
        });
        unit.writes.push(Write { row, columns: Columns::default() });
    }
    unit
}

const CHILD: &str = "SQLITE_FAULTS_CHILD";

/// Not a test of its own: what the killed child does. It commits pairs of rows from eight callers and says which
/// were confirmed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn child_commits_until_it_is_killed() {
    let Ok(path) = std::env::var(CHILD) else { return };
    let store = Arc::new(SqliteStore::open(path).await.unwrap());
    let callers = (0..8).map(|caller| {
        let store = store.clone();
        tokio::spawn(async move {
            for number in 0.. {
                let id = format!("{caller}-{number:06}");
                let (left, right) = (format!("{id}-l"), format!("{id}-r"));
                store.commit(&unit(&id, &[&left, &right], 1)).await.unwrap();
                println!("confirmed {id}");
            }
        })
    });
    join_all(callers).await;
}

#[tokio::test]
async fn what_was_confirmed_survives_a_kill() {
    for confirmed in [1, 50, 333] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("desk.sqlite");
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "sqlite_faults::child_commits_until_it_is_killed", "--nocapture"])
            .env(CHILD, &path)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut said = BTreeSet::new();
        let said_now = |line: String| line.split_once("confirmed ").map(|(_, id)| id.trim().to_owned());
        while said.len() < confirmed {
            said.extend(said_now(lines.next().unwrap().unwrap()));
        }
        child.kill().unwrap();
        child.wait().unwrap();
        // What it had said before it died is promised too; the last line may be cut.
        said.extend(lines.map_while(Result::ok).filter_map(said_now).filter(|id| id.len() == 8));
        check_confirmed(&path, &said).await;
    }
}

async fn check_confirmed(path: &Path, said: &BTreeSet<String>) {
    let store = SqliteStore::open(path).await.unwrap();
    let (mut found, mut after) = (BTreeSet::new(), None::<String>);
    loop {
        let query = Query::new(&tenant(), Kind::Note).limit(1000);
        let page = store.find(&if let Some(id) = after { query.after(id) } else { query }).await.unwrap();
        found.extend(page.rows.iter().map(|row| row.key.id().to_owned()));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    for id in said {
        assert!(found.contains(&format!("{id}-l")) && found.contains(&format!("{id}-r")), "{id} is lost");
        let again = store.commit(&unit(id, &[&format!("{id}-l"), &format!("{id}-r")], 1)).await.unwrap();
        assert_eq!(again, Commit::AlreadyApplied, "{id}");
    }
    for row in &found {
        let (id, side) = row.split_at(row.len() - 1);
        let other = format!("{id}{}", if side == "l" { "r" } else { "l" });
        assert!(found.contains(&other), "{row} without {other}: a torn unit");
        assert_eq!(store.journal(&key(row), 0, 9).await.unwrap().len(), 1, "{row} without its journal");
    }
    store.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sixty_four_callers_on_one_row_have_one_winner_a_version() {
    let folder = tempfile::tempdir().unwrap();
    let store = Arc::new(SqliteStore::open(folder.path().join("desk.sqlite")).await.unwrap());
    for version in 1..=20 {
        let tasks = (0..64).map(|caller| {
            let store = store.clone();
            tokio::spawn(async move {
                store.commit(&unit(&format!("{version}-{caller}"), &["hot"], version)).await
            })
        });
        let mut won = 0;
        for task in join_all(tasks).await {
            match task.unwrap() {
                Ok(done) => won += usize::from(done == Commit::Applied),
                Err(error) => assert_eq!(error.kind(), StoreErrorKind::Conflict),
            }
        }
        assert_eq!(won, 1, "version {version}");
    }
    assert_eq!(store.journal(&key("hot"), 0, 99).await.unwrap().len(), 20);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn concurrent_commits_share_transactions() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(folder.path().join("desk.sqlite")).await.unwrap();
    let units: Vec<UnitOfWork> = (0..400).map(|n| unit(&format!("u-{n}"), &[&format!("r-{n}")], 1)).collect();
    let answers = join_all(units.iter().map(|unit| store.commit(unit))).await;
    assert!(answers.iter().all(|answer| matches!(answer, Ok(Commit::Applied))));
    let written = store.written();
    assert_eq!(written.units, 400);
    // All are handed in at once; the first transaction may begin before the others are there.
    assert!(written.transactions <= 100, "{written:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn callers_that_go_away_leave_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(folder.path().join("desk.sqlite")).await.unwrap();
    for round in 0..100 {
        let units: Vec<UnitOfWork> =
            (0..4).map(|n| unit(&format!("u-{round}-{n}"), &[&format!("r-{round}-{n}")], 1)).collect();
        // Polled once, then dropped: commits are handed in or not, reads are in the middle of their work.
        for unit in &units[..3] {
            drop(store.commit(unit).now_or_never());
        }
        drop(store.read(&[key("x")]).now_or_never());
        drop(store.find(&Query::new(&tenant(), Kind::Note)).now_or_never());
        assert_eq!(store.commit(&units[3]).await.unwrap(), Commit::Applied);
        let seen = store.read(&[key(&format!("r-{round}-3"))]).await.unwrap();
        assert!(seen[0].is_some(), "a confirmed row is not seen by others");
        for unit in &units[..3] {
            store.commit(unit).await.unwrap();
        }
    }
    store.close().await;
    let store = SqliteStore::open(folder.path().join("desk.sqlite")).await.unwrap();
    let found = store.find(&Query::new(&tenant(), Kind::Note).limit(1000)).await.unwrap();
    assert_eq!(found.rows.len(), 400);
}

#[tokio::test]
async fn closing_answers_what_was_accepted_and_refuses_the_rest() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("desk.sqlite");
    let store = SqliteStore::open(&path).await.unwrap();
    let units: Vec<UnitOfWork> = (0..50).map(|n| unit(&format!("u-{n}"), &[&format!("r-{n}")], 1)).collect();
    let (answers, ()) =
        futures_util::future::join(join_all(units.iter().map(|unit| store.commit(unit))), store.close())
            .await;
    assert!(answers.iter().all(Result::is_ok), "handed in before the end");
    let late = store.commit(&unit("late", &["late"], 1)).await.unwrap_err();
    assert_eq!(late.kind(), StoreErrorKind::Unavailable);
    drop(store);
    let store = SqliteStore::open(&path).await.unwrap();
    assert_eq!(store.find(&Query::new(&tenant(), Kind::Note)).await.unwrap().rows.len(), 50);
}

#[tokio::test]
async fn a_file_of_another_version_is_refused() {
    for (change, expected) in [
        (
            "INSERT INTO invoice_migrations VALUES (99, 'later', CURRENT_TIMESTAMP, 1, x'00', 1)",
            "newer than this program",
        ),
        ("UPDATE invoice_migrations SET checksum = x'00'", "not the one this program knows"),
        ("DROP TABLE invoice_migrations", "bringing the schema up to date"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("desk.sqlite");
        SqliteStore::open(&path).await.unwrap().close().await;
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(&path);
        let mut connection = sqlx::SqliteConnection::connect_with(&options).await.unwrap();
        sqlx::query(change).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
        let error = SqliteStore::open(&path).await.unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::Corrupt, "{error}");
        assert!(error.to_string().contains(expected), "{error}");
    }
}

#[tokio::test]
async fn a_file_that_is_no_database_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("desk.sqlite");
    std::fs::write(&path, "no database at all, but long enough to be looked at as one".repeat(100)).unwrap();
    assert_eq!(SqliteStore::open(&path).await.unwrap_err().kind(), StoreErrorKind::Corrupt);
    let nowhere = SqliteStore::open(folder.path().join("no/such/folder/desk.sqlite")).await.unwrap_err();
    assert_eq!(nowhere.kind(), StoreErrorKind::Unavailable);
}
