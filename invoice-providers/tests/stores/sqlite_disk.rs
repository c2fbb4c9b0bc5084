//! SQLite on a disk that fails it: a log whose tail is torn off, and a disk that is full.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test ends at the first surprise")]

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use crate::pairs::{Load, ids, pair, prove};
use invoice_core::store::Store;
use invoice_providers::sql::SqliteStore;

/// Whatever is left of the log after a power failure, each unit is there whole or not at all, and the units that are
/// there are the first ones.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_torn_log_loses_whole_units_from_its_end_only() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("desk.sqlite");
    let log = folder.path().join("desk.sqlite-wal");
    let store = SqliteStore::open(&path).await.unwrap();
    // How long the log was when each unit was confirmed.
    let mut ends = Vec::new();
    for number in 0..8 {
        store.commit(&pair(&format!("u-{number:06}"))).await.unwrap();
        ends.push(std::fs::metadata(&log).unwrap().len());
    }
    let (file, whole) = (std::fs::read(&path).unwrap(), std::fs::read(&log).unwrap());
    let mut cuts: Vec<u64> = ends.iter().flat_map(|end| [end - 1, *end, end + 1]).collect();
    // A page is 4,096 bytes and its frame has 24 more: in the middle of pages, headers, and nothing at all.
    cuts.extend((0..u64::try_from(whole.len()).unwrap()).step_by(12_289));
    let mut seen = BTreeSet::new();
    for cut in cuts {
        let length = usize::try_from(cut).unwrap().min(whole.len());
        let mut torn = whole[..length].to_vec();
        let expected = ends.iter().filter(|end| **end <= cut).count();
        seen.insert(check(&file, &torn, expected).await);
        // The same length, but what was last written is garbage, as a disk leaves sectors it has not come to.
        if expected < ends.len() && length > 600 {
            torn.truncate(length);
            let from = torn.len() - 512;
            torn[from..].fill(0xA5);
            let kept = ends.iter().filter(|end| usize::try_from(**end).unwrap() <= from).count();
            seen.insert(check(&file, &torn, kept).await);
        }
    }
    assert_eq!(seen.len(), ends.len() + 1, "every number of units was left once: {seen:?}");
}

/// Opens a file with a log, expects so many units, goes on with it; how many there were.
async fn check(file: &[u8], log: &[u8], expected: usize) -> usize {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("desk.sqlite");
    std::fs::write(&path, file).unwrap();
    std::fs::write(folder.path().join("desk.sqlite-wal"), log).unwrap();
    let store = SqliteStore::open(&path).await.unwrap();
    let first: BTreeSet<String> = (0..expected).map(|number| format!("u-{number:06}")).collect();
    assert_eq!(ids(&store).await.len(), expected * 2, "a log of {} bytes", log.len());
    prove(&store, &first).await;
    store.commit(&pair("later")).await.unwrap();
    store.close().await;
    expected
}

const CHILD: &str = "SQLITE_DISK_CHILD";

/// Not a test of its own: what the child does whose files may not grow beyond a size.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn child_fills_its_disk() {
    let Ok(path) = std::env::var(CHILD) else { return };
    let store = SqliteStore::open(path).await.unwrap();
    let mut refused = 0;
    for number in 0.. {
        let id = format!("f-{number:06}");
        match store.commit(&pair(&id)).await {
            Ok(_) => println!("confirmed {id}"),
            Err(error) => {
                crate::pairs::temporary(&error);
                refused += 1;
            }
        }
        // It goes on refusing, and what is there can be read.
        if refused == 5 {
            assert!(store.read(&[crate::pairs::key("f-000000-l")]).await.unwrap()[0].is_some());
            println!("full");
            return;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_refuses_and_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("desk.sqlite");
    // A shell before it sets the limit, and sees to it that exceeding it is an error and not the end.
    let limit = "trap '' XFSZ; ulimit -f 2048; exec \"$0\" \"$@\"";
    let done = Command::new("/bin/sh")
        .args(["-c", limit])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", "sqlite_disk::child_fills_its_disk", "--nocapture"])
        .env(CHILD, &path)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&done.stdout).into_owned();
    assert!(said.contains("full"), "{said}\n{}", String::from_utf8_lossy(&done.stderr));
    let confirmed: BTreeSet<String> =
        said.lines().filter_map(|line| line.split("confirmed ").nth(1)).map(str::to_owned).collect();
    assert!(confirmed.len() > 10, "{} units", confirmed.len());
    reopen(&path, confirmed).await;
}

/// Somebody made room: all is there, and it goes on.
async fn reopen(path: &Path, mut confirmed: BTreeSet<String>) {
    let store: Arc<dyn Store> = Arc::new(SqliteStore::open(path).await.unwrap());
    prove(&*store, &confirmed).await;
    let load = Load::on(&store, 4);
    load.more(20).await;
    confirmed.extend(load.end().await);
    prove(&*store, &confirmed).await;
}
