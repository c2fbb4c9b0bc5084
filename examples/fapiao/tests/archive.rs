//! `fapiao archive`: a folder is sealed, and whatever is done to it afterwards is found.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test ends where it fails")]

mod support;

use std::fs;

use support::{fapiao, lines};

#[test]
fn a_sealed_folder_is_verified_from_the_command_line() {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().join("2026-05");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("dzfp_26332000004021728676.xml"), "<EInvoice/>").unwrap();
    fs::write(folder.join("receipt.pdf"), vec![7; 200_000]).unwrap();
    let shown = folder.display().to_string();
    let verify = |more: &[&str]| fapiao(&[&["archive", "verify", &shown], more].concat(), b"");

    assert_eq!(verify(&[]).status.code(), Some(1), "there is no list yet");
    let sealed = lines(&fapiao(&["archive", "seal", &shown, "--dated", "2026-05-31"], b""));
    assert_eq!(sealed[0]["keep_until"], "2056-12-31");
    let head = sealed[0]["head"].as_str().unwrap().to_owned();
    let again = fapiao(&["archive", "seal", &shown, "--dated", "2026-05-31"], b"");
    assert_eq!(again.status.code(), Some(1), "what is sealed stays as it is");
    let verdict = lines(&verify(&["--head", &head]));
    assert_eq!((&verdict[0]["holds"], &verdict[0]["files"]), (&true.into(), &2.into()), "{verdict:?}");

    let told = |more: &[&str]| {
        let refused = verify(more);
        assert_eq!(refused.status.code(), Some(1));
        let text = String::from_utf8(refused.stdout).unwrap();
        serde_json::from_str::<serde_json::Value>(text.lines().next().unwrap()).unwrap()
    };
    let pdf = folder.join("receipt.pdf");
    let mut bytes = fs::read(&pdf).unwrap();
    bytes[150_000] ^= 1;
    fs::write(&pdf, &bytes).unwrap();
    assert_eq!(
        (told(&[])["code"].as_str(), told(&[])["file"].as_str()),
        (Some("changed"), Some("receipt.pdf"))
    );
    bytes[150_000] ^= 1;
    fs::write(&pdf, &bytes).unwrap();
    fs::create_dir(folder.join("more")).unwrap();
    assert_eq!(told(&[])["code"], "added");
    fs::remove_dir(folder.join("more")).unwrap();
    fs::remove_file(&pdf).unwrap();
    assert_eq!(told(&[])["code"], "missing");
    fs::write(&pdf, &bytes).unwrap();
    assert_eq!(told(&["--head", &"0".repeat(64)])["code"], "head");
    assert!(verify(&["--head", &head]).status.success());
}

/// What is behind a link or in a folder would not be held by the list, though the list would say that it holds.
#[cfg(unix)]
#[test]
fn what_is_no_plain_file_is_not_sealed() {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().join("2026-05");
    fs::create_dir_all(folder.join("more")).unwrap();
    fs::write(folder.join("more").join("a.xml"), "<EInvoice/>").unwrap();
    let shown = folder.display().to_string();
    let refused = |name: &str| {
        let output = fapiao(&["archive", "seal", &shown, "--dated", "2026-05-31"], b"");
        let told = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.code() == Some(1) && told.contains(name), "{told}");
        assert!(!folder.join("archive.jsonl").exists());
    };
    refused("more");
    fs::remove_dir_all(folder.join("more")).unwrap();
    std::os::unix::fs::symlink("/dev/null", folder.join("b.xml")).unwrap();
    refused("b.xml");
    fs::remove_file(folder.join("b.xml")).unwrap();
    fs::write(folder.join("b.xml"), "<EInvoice/>").unwrap();
    lines(&fapiao(&["archive", "seal", &shown, "--dated", "2026-05-31"], b""));
    // Put in the place of a sealed file, either is found.
    fs::remove_file(folder.join("b.xml")).unwrap();
    std::os::unix::fs::symlink("/dev/null", folder.join("b.xml")).unwrap();
    let output = fapiao(&["archive", "verify", &shown], b"");
    assert!(String::from_utf8(output.stdout).unwrap().contains("changed"));
}
