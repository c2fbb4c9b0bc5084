//! Killed at any moment and started again, a run ends with the same money and the same documents.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test ends where it fails")]

mod support;

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use support::{FAPIAO, files, made_up, retail, retail_arguments, timeless};

/// Starts a run and kills it (`kill -9`) after a while; whether it had not come to its end.
fn killed_after(data: &Path, out: &Path, wait: Duration) -> bool {
    let mut child = Command::new(FAPIAO)
        .args(retail_arguments(data, out))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    std::thread::sleep(wait);
    let running = child.try_wait().unwrap().is_none();
    child.kill().unwrap();
    child.wait().unwrap();
    running
}

#[test]
fn a_run_that_is_killed_again_and_again_ends_with_the_same_money() {
    let data = tempfile::tempdir().unwrap();
    made_up(data.path(), 25);
    let (whole, broken) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let wanted = retail(data.path(), whole.path());
    // Moments that spread over the run, whatever the machine: each run is killed a little later than the last.
    let mut kills = 0;
    for step in 1..=40_u64 {
        let wait = Duration::from_millis(23 * step + (step * step * 7) % 41);
        if !killed_after(data.path(), broken.path(), wait) {
            break;
        }
        kills += 1;
    }
    assert!(kills >= 3, "killed {kills} times only");
    let ended = retail(data.path(), broken.path());
    assert_eq!(timeless(wanted), timeless(ended), "after {kills} kills");
    let (one, two) = (files(&whole.path().join("documents")), files(&broken.path().join("documents")));
    let names = |files: &std::collections::BTreeMap<_, _>| files.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&one), names(&two), "after {kills} kills");
    assert!(one == two, "documents differ after {kills} kills");
}
