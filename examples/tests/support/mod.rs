//! `closed_loop` as a process of its own, to be killed.
#![allow(dead_code, reason = "each test program uses its part")]

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use invoice_examples::closed_loop::{Options, main};
use serde_json::Value;

/// Names the arguments of a child, one a line.
const CHILD: &str = "CLOSED_LOOP_ARGUMENTS";

/// What the test named `child` of every test program does: it is the program when it was started as such.
pub(crate) fn child() {
    use clap::Parser;
    let Ok(arguments) = std::env::var(CHILD) else { return };
    let arguments = std::iter::once("closed_loop").chain(arguments.lines());
    assert_eq!(main(&Options::parse_from(arguments)), std::process::ExitCode::SUCCESS);
}

fn command(arguments: &[OsString]) -> Command {
    let joined = arguments.iter().map(|one| one.to_str().unwrap()).collect::<Vec<_>>().join("\n");
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "child", "--nocapture"]).env(CHILD, joined).stdin(Stdio::null());
    command
}

/// A run: its output folder, and further arguments.
pub(crate) struct Run<'a> {
    pub(crate) out: &'a Path,
    pub(crate) arguments: &'a [&'a str],
}

impl Run<'_> {
    fn all(&self) -> Vec<OsString> {
        let mut all: Vec<OsString> = self.arguments.iter().map(Into::into).collect();
        all.extend([
            "--out".into(),
            self.out.into(),
            "--summary".into(),
            self.out.join("summary.json").into(),
        ]);
        all
    }

    /// Starts it.
    pub(crate) fn start(&self) -> Child {
        command(&self.all()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
    }

    /// Runs it to its end.
    pub(crate) fn output(&self) -> Output {
        command(&self.all()).output().unwrap()
    }

    /// Runs it to its end: the summary but for the time, and the documents.
    pub(crate) fn finish(&self) -> (Value, BTreeMap<PathBuf, Vec<u8>>) {
        let output = self.output();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let text = std::fs::read(self.out.join("summary.json")).unwrap();
        let mut summary: Value = serde_json::from_slice(&text).unwrap();
        for key in ["elapsed_ms", "orders_per_second"] {
            summary.as_object_mut().unwrap().remove(key).unwrap();
        }
        (summary, files(&self.out.join("documents")))
    }

    /// How much the bureau has written: it grows with every invoice, so it tells how far a run has come.
    pub(crate) fn written(&self) -> u64 {
        std::fs::metadata(self.out.join("state.db.bureau")).map_or(0, |file| file.len())
    }
}

/// Every file below a folder with its bytes.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(folder).unwrap().to_path_buf();
                found.insert(name, std::fs::read(path).unwrap());
            }
        }
    }
    found
}
