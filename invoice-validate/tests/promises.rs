//! What the crate promises about its own source: no clock, thread, file, socket or float; small files.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::fs;
use std::path::{Path, PathBuf};

fn sources(folder: &Path, out: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, out);
        } else {
            out.push(path);
        }
    }
}

#[test]
fn the_source_asks_the_machine_for_nothing_and_stays_small() {
    let mut files = Vec::new();
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut files);
    let mut lengths = Vec::new();
    for file in &files {
        let text = fs::read_to_string(file).unwrap();
        for forbidden in
            ["std::time", "std::thread", "std::fs", "std::net", "std::env", "std::process", "f64", "f32"]
        {
            assert!(!text.contains(forbidden), "{}: {forbidden}", file.display());
        }
        lengths.push(text.lines().count());
    }
    lengths.sort_unstable();
    assert!(lengths.len() > 30 && lengths[lengths.len() - 1] <= 600, "{lengths:?}");
    assert!(lengths[lengths.len() / 2] <= 150, "the median file has {} lines", lengths[lengths.len() / 2]);
}
