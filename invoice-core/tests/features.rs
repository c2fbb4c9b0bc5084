//! The list of features names only tests that exist, and every number of the list we were given.

#![allow(clippy::unwrap_used, clippy::panic, reason = "what tests share")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() && name != "target" && !name.starts_with('.') {
            sources(&path, found);
        } else if name.ends_with(".rs") {
            found.push(path);
        }
    }
}

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn rows() -> Vec<Vec<String>> {
    let table = include_str!("../docs/features.md");
    let rows = table.lines().filter(|line| line.starts_with("| F"));
    rows.map(|line| line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect()).collect()
}

#[test]
fn every_test_named_in_the_list_exists() {
    let mut files = vec![];
    for package in ["invoice-validate", "invoice-core", "invoice-providers", "examples", "benches"] {
        sources(&workspace().join(package), &mut files);
    }
    let names: BTreeSet<String> = files
        .iter()
        .flat_map(|file| {
            let text = fs::read_to_string(file).unwrap();
            let functions = text.split("fn ").skip(1);
            functions
                .map(|rest| rest.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect())
                .collect::<Vec<String>>()
        })
        .collect();
    let mut missing = vec![];
    for row in rows().iter().filter(|row| row[2] == "done") {
        let shown: Vec<&str> = row[3].split('`').skip(1).step_by(2).collect();
        assert!(!shown.is_empty(), "{} is done but nothing shows it", row[0]);
        for name in shown.into_iter().filter(|name| !name.starts_with("cargo ")) {
            if !names.contains(name) {
                missing.push(format!("{}: {name}", row[0]));
            }
        }
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}

#[test]
fn numbers_are_unique_and_states_are_known() {
    let rows = rows();
    let numbers: BTreeSet<&String> = rows.iter().map(|row| &row[0]).collect();
    assert_eq!(numbers.len(), rows.len());
    assert!(rows.len() > 130, "{}", rows.len());
    assert!(rows.iter().all(|row| ["done", "partly", "not yet"].contains(&row[2].as_str())));
}
