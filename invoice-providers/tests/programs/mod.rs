//! Programs of others that look at what was written.
#![allow(dead_code, reason = "not every test file uses everything")]

use std::path::{Path, PathBuf};
use std::process::Command;

/// A program on the path. Says loudly where it is missing, and fails where all of them are required.
pub(crate) fn program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file());
    if found.is_none() {
        missing(name);
    }
    found
}

/// Says that a test was skipped; fails where servers and programs are required.
pub(crate) fn missing(what: &str) {
    let required = std::env::var("INVOICE_TEST_SERVERS").is_ok_and(|value| value == "required");
    assert!(!required, "{what} is needed and not installed");
    eprintln!("\n==== SKIPPED: {what} is not installed, nothing was tested on it ====\n");
}

/// What a program prints; it must end well.
pub(crate) fn run(program: &Path, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}: {text}{error}", program.display());
    text
}
