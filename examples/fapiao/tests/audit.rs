//! `fapiao audit` and `fapiao incident` on the store of a run.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test ends where it fails")]

mod support;

use support::{fapiao, lines, made_up, retail};

#[test]
fn audit_is_verified_from_the_command_line() {
    let folder = tempfile::tempdir().unwrap();
    let (data, out) = (folder.path().join("data"), folder.path().join("out"));
    std::fs::create_dir_all(&data).unwrap();
    std::fs::create_dir_all(&out).unwrap();
    made_up(&data, 6);
    retail(&data, &out);
    let store = format!("sqlite:{}", out.join("state.db").display());
    let anchored = lines(&fapiao(&["audit", "anchor", "--store", &store], b""));
    let anchor = anchored[0]["anchor"].as_str().unwrap().to_owned();
    assert!(anchored[0]["chains"].as_u64().unwrap() > 50, "{anchored:?}");

    let file = folder.path().join("audit.jsonl").display().to_string();
    lines(&fapiao(&["audit", "export", "--store", &store, &file], b""));
    let verified = lines(&fapiao(&["audit", "verify", &file, "--anchor", &anchor], b""));
    assert_eq!(verified.len(), 1);
    assert_eq!((&verified[0]["holds"], &verified[0]["uncovered"]), (&true.into(), &0.into()), "{verified:?}");
    assert_eq!(verified[0]["newest_anchor"], anchor);

    // One letter, and the verifier names the place without database or key.
    let text = std::fs::read_to_string(&file).unwrap();
    let bent = text.replacen("\"verb\":\"apply\"", "\"verb\":\"appIy\"", 1);
    assert_ne!(bent, text);
    let refused = fapiao(&["audit", "verify", "-"], bent.as_bytes());
    assert_eq!(refused.status.code(), Some(1));
    let told = String::from_utf8(refused.stdout).unwrap();
    assert!(told.lines().next().unwrap().contains("AUDIT-06"), "{told}");
    let other = format!("{}:{}", anchor.split(':').next().unwrap(), "0".repeat(64));
    assert_eq!(fapiao(&["audit", "verify", &file, "--anchor", &other], b"").status.code(), Some(1));
    assert_eq!(fapiao(&["audit", "verify", "/nowhere"], b"").status.code(), Some(1));

    let application = text.split("\"subject\":\"application/").nth(1).unwrap().split('"').next().unwrap();
    let bundle = folder.path().join("bundle.json").display().to_string();
    lines(&fapiao(&["incident", "take", "--store", &store, application, &bundle], b""));
    let replayed = lines(&fapiao(&["incident", "replay", &bundle], b""));
    assert!(
        replayed.len() > 5 && replayed.iter().any(|line| line["application"] == application),
        "{replayed:?}"
    );
}
