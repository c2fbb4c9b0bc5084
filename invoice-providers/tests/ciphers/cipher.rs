//! The local cipher: what it opens, what it refuses, what it shows.

#![allow(clippy::unwrap_used, reason = "a test ends at the first surprise")]

use std::fs;
use std::path::PathBuf;

use invoice_core::env::{Cipher, CipherError, Place};
use invoice_core::id::TenantId;
use invoice_providers::cipher::{KeyFileError, LocalCipher};
use tempfile::TempDir;

const NAME: &[u8] = "王小明 13800000000".as_bytes();

fn tenant(name: &str) -> TenantId {
    TenantId::new(name).unwrap()
}

fn place<'a>(tenant: &'a TenantId, column: &'static str, row: &'a str) -> Place<'a> {
    Place { tenant, column, row }
}

fn folder() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("desk.key");
    (folder, path)
}

#[test]
fn sealed_values_open_in_their_place_only() {
    let (_folder, path) = folder();
    let cipher = LocalCipher::open_or_create(path).unwrap();
    let (mine, other) = (tenant("mine"), tenant("other"));
    for plain in [&b""[..], b"x", NAME, &[0; 70_000]] {
        let sealed = cipher.seal(&place(&mine, "rows.body", "A-1"), plain).unwrap();
        assert_eq!(cipher.open(&place(&mine, "rows.body", "A-1"), &sealed).unwrap(), plain);
        for moved in [
            place(&mine, "rows.body", "A-2"),
            place(&mine, "journal.body", "A-1"),
            place(&other, "rows.body", "A-1"),
            // The same letters, cut elsewhere.
            place(&mine, "rows.bodyA", "-1"),
        ] {
            assert_eq!(cipher.open(&moved, &sealed), Err(CipherError::Forged), "{moved:?}");
        }
    }
}

#[test]
fn every_flipped_bit_is_refused() {
    let (_folder, path) = folder();
    let cipher = LocalCipher::open_or_create(path).unwrap();
    let mine = tenant("mine");
    let place = place(&mine, "rows.body", "A-1");
    let sealed = cipher.seal(&place, b"9111").unwrap();
    for bit in 0..sealed.len() * 8 {
        let mut changed = sealed.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        assert!(cipher.open(&place, &changed).is_err(), "bit {bit}");
    }
    for length in 0..sealed.len() {
        assert!(cipher.open(&place, &sealed[..length]).is_err(), "cut at {length}");
    }
}

#[test]
fn equal_texts_of_a_field_have_equal_tokens() {
    let (_folder, path) = folder();
    let cipher = LocalCipher::open_or_create(&path).unwrap();
    let (mine, other) = (tenant("mine"), tenant("other"));
    let token = cipher.token(&mine, "tax_id", "91110108").unwrap();
    assert_eq!(cipher.token(&mine, "tax_id", "91110108").unwrap(), token);
    assert_ne!(cipher.token(&mine, "tax_id", "91110109").unwrap(), token);
    assert_ne!(cipher.token(&mine, "phone", "91110108").unwrap(), token);
    assert_ne!(cipher.token(&mine, "tax_id9", "1110108").unwrap(), token);
    assert_ne!(cipher.token(&other, "tax_id", "91110108").unwrap(), token);
    assert!(token.len() == 64 && token.bytes().all(|byte| byte.is_ascii_alphanumeric()));
    // After opening again, and after rotation.
    let again = LocalCipher::open(&path).unwrap();
    again.rotate(&mine).unwrap();
    assert_eq!(again.token(&mine, "tax_id", "91110108").unwrap(), token);
}

#[test]
fn rotated_keys_still_open_what_they_sealed() {
    let (_folder, path) = folder();
    let cipher = LocalCipher::open_or_create(&path).unwrap();
    let behind = LocalCipher::open(&path).unwrap();
    let mine = tenant("mine");
    let place = place(&mine, "rows.body", "A-1");
    let old = cipher.seal(&place, NAME).unwrap();
    assert_eq!(behind.open(&place, &old).unwrap(), NAME);
    assert_eq!((cipher.rotate(&mine).unwrap(), cipher.rotate(&mine).unwrap()), (2, 3));
    let new = cipher.seal(&place, NAME).unwrap();
    assert_eq!((&old[..5], &new[..5]), (&[1, 0, 0, 0, 1][..], &[1, 0, 0, 0, 3][..]));
    for cipher in [cipher, behind, LocalCipher::open(&path).unwrap()] {
        assert_eq!(cipher.open(&place, &old).unwrap(), NAME);
        assert_eq!(cipher.open(&place, &new).unwrap(), NAME);
    }
}

#[test]
fn an_erased_tenant_is_gone_and_the_others_are_not() {
    let (_folder, path) = folder();
    let cipher = LocalCipher::open_or_create(&path).unwrap();
    let (mine, other) = (tenant("mine"), tenant("other"));
    let sealed = cipher.seal(&place(&mine, "c", "r"), NAME).unwrap();
    let kept = cipher.seal(&place(&other, "c", "r"), NAME).unwrap();
    cipher.rotate(&mine).unwrap();
    cipher.erase(&mine).unwrap();
    cipher.erase(&mine).unwrap();
    for cipher in [cipher, LocalCipher::open(&path).unwrap()] {
        assert_eq!(cipher.open(&place(&mine, "c", "r"), &sealed), Err(CipherError::KeyMissing));
        assert_eq!(cipher.seal(&place(&mine, "c", "r"), NAME), Err(CipherError::KeyMissing));
        assert_eq!(cipher.token(&mine, "f", "x"), Err(CipherError::KeyMissing));
        assert_eq!(cipher.rotate(&mine), Err(CipherError::KeyMissing));
        assert_eq!(cipher.open(&place(&other, "c", "r"), &kept).unwrap(), NAME);
    }
}

#[test]
fn a_seed_replays_byte_for_byte_and_the_system_does_not() {
    let mine = tenant("mine");
    let run = |seed: Option<u64>| {
        let (_folder, path) = folder();
        let cipher = match seed {
            Some(seed) => LocalCipher::seeded_for_tests(path, seed).unwrap(),
            None => LocalCipher::open_or_create(path).unwrap(),
        };
        let sealed: Vec<Vec<u8>> =
            ["a", "b"].map(|row| cipher.seal(&place(&mine, "c", row), NAME).unwrap()).into();
        (sealed, cipher.token(&mine, "f", "x").unwrap())
    };
    assert_eq!(run(Some(7)), run(Some(7)));
    assert_ne!(run(Some(7)), run(Some(8)));
    assert_ne!(run(None), run(None));
    let (sealed, _) = run(Some(7));
    assert_ne!(sealed[0][5..17], sealed[1][5..17], "a nonce serves one value");
}

#[test]
fn debug_shows_nothing() {
    let (_folder, path) = folder();
    let cipher = LocalCipher::seeded_for_tests(path, 1).unwrap();
    cipher.token(&tenant("mine"), "f", "x").unwrap();
    assert_eq!(format!("{cipher:?}"), "LocalCipher(..)");
}

#[cfg(unix)]
#[test]
fn only_the_owner_may_read_the_keys() {
    use std::os::unix::fs::PermissionsExt as _;
    let (folder, path) = folder();
    let cipher = LocalCipher::open_or_create(&path).unwrap();
    cipher.token(&tenant("mine"), "f", "x").unwrap();
    let mode = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&path), 0o600);
    let tenants = folder.path().join("desk.key.tenants");
    let files: Vec<PathBuf> = fs::read_dir(tenants).unwrap().map(|file| file.unwrap().path()).collect();
    assert_eq!(files.len(), 1, "no draft stays behind: {files:?}");
    assert_eq!(mode(&files[0]), 0o600);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    assert!(matches!(LocalCipher::open(&path), Err(KeyFileError::TooOpen { .. })));
}

#[test]
fn a_missing_lost_or_damaged_key_file_is_said() {
    let (_folder, path) = folder();
    assert!(matches!(LocalCipher::open(&path), Err(KeyFileError::Missing { .. })));
    let cipher = LocalCipher::open_or_create(&path).unwrap();
    cipher.token(&tenant("mine"), "f", "x").unwrap();
    let good = fs::read(&path).unwrap();
    let mut upper = good.clone();
    upper[20] = b'g';
    for bad in [&b""[..], b"invoice-key-1 ", &good[..good.len() - 2], &upper, &[0xff; 79]] {
        fs::write(&path, bad).unwrap();
        let error = LocalCipher::open_or_create(&path).unwrap_err();
        assert!(matches!(error, KeyFileError::Damaged { .. }), "{error}");
        assert_eq!(fs::read(&path).unwrap(), bad, "a damaged file is left as it is");
    }
    // Another key file opens nothing of this one, and says so.
    let (_second_folder, second) = folder_with_key();
    fs::copy(second, &path).unwrap();
    let stranger = LocalCipher::open(&path).unwrap();
    assert_eq!(stranger.token(&tenant("mine"), "f", "x"), Err(CipherError::KeyMissing));
    fs::remove_file(&path).unwrap();
    assert!(matches!(LocalCipher::open_or_create(&path), Err(KeyFileError::Lost { .. })));
}

fn folder_with_key() -> (TempDir, PathBuf) {
    let (folder, path) = folder();
    LocalCipher::open_or_create(&path).unwrap();
    (folder, path)
}
