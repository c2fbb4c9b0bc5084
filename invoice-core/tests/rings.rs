//! `use` goes downward only: no module names one of a higher ring, and ring 1 and 0 name no I/O.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops where it is wrong")]

use std::fs;
use std::path::{Path, PathBuf};

const RINGS: &[&[&str]] = &[
    &["money", "tax", "id", "limits", "error"],
    &[
        "order",
        "ledger",
        "title",
        "application",
        "review",
        "seller",
        "access",
        "account",
        "plan",
        "invoice",
        "received",
        "statement",
        "decision",
        "report",
        "search",
        "mask",
        "audit",
        "incident",
        "periodic",
        "ticket",
        "batch",
        "notify",
    ],
    &["provider", "store", "archive", "env"],
    &["desk", "testkit", "mock", "guide"],
];

fn ring_of(module: &str) -> Option<usize> {
    RINGS.iter().position(|ring| ring.contains(&module))
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// Code without its tests and comments.
fn code(path: &Path) -> String {
    let text = fs::read_to_string(path).unwrap();
    let text = text.split("#[cfg(test)]").next().unwrap_or_default();
    text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

#[test]
fn use_goes_downward_only() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = vec![];
    sources(&root, &mut files);
    assert!(files.len() > 60, "the walk found too little: {}", files.len());
    let mut offences = vec![];
    let mut looked_at = 0;
    for file in files {
        let relative = file.strip_prefix(&root).unwrap();
        let first = relative.iter().next().unwrap().to_str().unwrap().trim_end_matches(".rs").to_owned();
        if first == "lib" {
            continue;
        }
        let ring = ring_of(&first).unwrap_or_else(|| panic!("{first} is in no ring"));
        let text = code(&file);
        for piece in text.split("crate::").skip(1) {
            let named: String =
                piece.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
            if let Some(used) = ring_of(&named) {
                looked_at += 1;
                if used > ring {
                    offences.push(format!("{} (ring {ring}) uses {named} (ring {used})", relative.display()));
                }
            }
        }
        if ring < 2 {
            for forbidden in [
                "async ",
                "std::fs",
                "std::net",
                "std::time::Instant",
                "SystemTime",
                "Utc::now",
                "f64",
                "f32",
            ] {
                if text.contains(forbidden) {
                    offences.push(format!("{} (ring {ring}) contains {forbidden}", relative.display()));
                }
            }
        }
    }
    assert!(looked_at > 200, "the test reads too little: {looked_at}");
    assert!(offences.is_empty(), "{}", offences.join("\n"));
}

#[test]
fn nothing_outside_money_rounds() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = vec![];
    sources(&root, &mut files);
    let offences: Vec<_> = files
        .iter()
        .filter(|file| !file.starts_with(root.join("money")))
        .filter(|file| {
            ["round_dp", "round_sf", ".round(", "RoundingStrategy"]
                .iter()
                .any(|word| code(file).contains(word))
        })
        .collect();
    assert!(offences.is_empty(), "{offences:?}");
}
