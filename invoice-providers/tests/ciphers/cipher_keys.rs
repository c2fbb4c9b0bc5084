//! Keys come and go: bounded use, rotation, re-wrapping, retiring, and a key service in the place of the file.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test ends at the first surprise"
)]

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use invoice_core::env::{Cipher, CipherError, Place};
use invoice_core::id::TenantId;
use invoice_providers::cipher::{KeyBytes, KeyFileError, KeyProvider, LocalCipher, Wrapped};
use tempfile::TempDir;

fn tenant(name: &str) -> TenantId {
    TenantId::new(name).unwrap()
}

fn folder() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("desk.key");
    (folder, path)
}

fn seal(cipher: &LocalCipher, tenant: &TenantId, row: &str) -> Vec<u8> {
    cipher.seal(&Place { tenant, column: "c", row }, b"x").unwrap()
}

fn opens(cipher: &LocalCipher, tenant: &TenantId, row: &str, sealed: &[u8]) -> Result<(), CipherError> {
    cipher.open(&Place { tenant, column: "c", row }, sealed).map(drop)
}

fn generation(sealed: &[u8]) -> u32 {
    u32::from_be_bytes(sealed[1..5].try_into().unwrap())
}

#[test]
fn no_key_seals_more_values_than_it_may_however_often_one_starts_and_however_many_run() {
    let (_folder, path) = folder();
    let mine = tenant("mine");
    let mut used: BTreeMap<u32, usize> = BTreeMap::new();
    let mut sealed = vec![];
    for _ in 0..5 {
        let one = LocalCipher::open_or_create(&path).unwrap().with_uses_per_key(10);
        let two = LocalCipher::open_or_create(&path).unwrap().with_uses_per_key(10);
        for row in 0..13 {
            for cipher in [&one, &two] {
                let value = seal(cipher, &mine, &row.to_string());
                *used.entry(generation(&value)).or_default() += 1;
                sealed.push((row, value));
            }
        }
    }
    assert_eq!(used.values().sum::<usize>(), 130);
    assert!(used.len() >= 13 && used.values().all(|uses| *uses <= 10), "{used:?}");
    let cipher = LocalCipher::open(&path).unwrap();
    assert!(sealed.iter().all(|(row, value)| opens(&cipher, &mine, &row.to_string(), value).is_ok()));
}

#[test]
fn many_threads_share_a_key_and_never_overuse_it() {
    let (_folder, path) = folder();
    let cipher = LocalCipher::open_or_create(&path).unwrap().with_uses_per_key(50);
    let mine = tenant("mine");
    let values: Vec<Vec<u8>> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4)
            .map(|thread| {
                let (cipher, mine) = (&cipher, &mine);
                scope.spawn(move || {
                    (0..100).map(|row| seal(cipher, mine, &format!("{thread}-{row}"))).collect::<Vec<_>>()
                })
            })
            .collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    let mut used: BTreeMap<u32, usize> = BTreeMap::new();
    values.iter().for_each(|value| *used.entry(generation(value)).or_default() += 1);
    assert!(used.values().all(|uses| *uses <= 50), "{used:?}");
    let nonces: std::collections::BTreeSet<&[u8]> = values.iter().map(|value| &value[5..17]).collect();
    assert_eq!(nonces.len(), 400);
}

#[test]
fn what_is_under_an_older_key_is_known() {
    let (_folder, path) = folder();
    let cipher = LocalCipher::open_or_create(&path).unwrap();
    let mine = tenant("mine");
    let old = seal(&cipher, &mine, "r");
    assert_eq!(cipher.is_current(&mine, &old), Ok(true));
    cipher.rotate(&mine).unwrap();
    assert_eq!(cipher.is_current(&mine, &old), Ok(false));
    assert_eq!(cipher.is_current(&mine, &seal(&cipher, &mine, "r")), Ok(true));
    assert_eq!(cipher.is_current(&mine, b"x"), Err(CipherError::Forged));
}

#[test]
fn the_key_file_gets_a_new_key_and_the_old_one_is_forgotten_when_nothing_needs_it() {
    let (_folder, path) = folder();
    let cipher = LocalCipher::open_or_create(&path).unwrap();
    let tenants: Vec<TenantId> = (0..7).map(|number| tenant(&format!("t{number}"))).collect();
    let sealed: Vec<Vec<u8>> = tenants.iter().map(|tenant| seal(&cipher, tenant, "r")).collect();
    cipher.rotate(&tenants[3]).unwrap();
    let stolen = fs::read(&path).unwrap();
    let running = LocalCipher::open(&path).unwrap();
    let first = cipher.key_file().unwrap().current().unwrap();
    let second = cipher.key_file().unwrap().add_key().unwrap();
    assert_ne!(first, second);
    assert!(matches!(cipher.retire(), Err(KeyFileError::StillNeeded)));

    // Stopped after three files, and run again: three are left alone.
    let half = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        cipher.rewrap(|done, _| assert!(done < 3, "stopped"))
    }));
    assert!(half.is_err());
    let mut told = vec![];
    assert_eq!(cipher.rewrap(|done, of| told.push((done, of))).unwrap(), 8 - 3);
    assert_eq!(told.last(), Some(&(8, 8)));
    assert_eq!(cipher.rewrap(|_, _| {}).unwrap(), 0);
    assert_eq!(cipher.retire().unwrap(), 1);

    for cipher in [&cipher, &running, &LocalCipher::open(&path).unwrap()] {
        for (tenant, value) in tenants.iter().zip(&sealed) {
            opens(cipher, tenant, "r", value).unwrap();
        }
    }
    // The key of before, with today's wrapped keys, opens nothing.
    fs::write(&path, stolen).unwrap();
    let thief = LocalCipher::open(&path).unwrap();
    assert_eq!(opens(&thief, &tenants[0], "r", &sealed[0]), Err(CipherError::KeyMissing));
}

#[test]
fn re_wrapping_does_not_bring_an_erased_tenant_back() {
    let (folder, path) = folder();
    let cipher = LocalCipher::open_or_create(&path).unwrap();
    let (mine, other) = (tenant("mine"), tenant("other"));
    let sealed = seal(&cipher, &mine, "r");
    seal(&cipher, &other, "r");
    let files = || fs::read_dir(folder.path().join("desk.key.tenants")).unwrap().count();
    let before = files();
    cipher.key_file().unwrap().add_key().unwrap();
    cipher.erase(&mine).unwrap();
    assert_eq!(cipher.rewrap(|_, _| {}).unwrap(), 1);
    assert_eq!(files(), before, "the key went and its mark came");
    assert_eq!(opens(&cipher, &mine, "r", &sealed), Err(CipherError::KeyMissing));
    assert_eq!(opens(&LocalCipher::open(&path).unwrap(), &mine, "r", &sealed), Err(CipherError::KeyMissing));
}

/// A key service, of which only this test knows the keys.
struct Service(Arc<AtomicUsize>);

impl Service {
    fn crypt(context: &[u8], bytes: &[u8]) -> Vec<u8> {
        let pad = context.iter().fold(7_u8, |sum, byte| sum.wrapping_mul(31).wrapping_add(*byte));
        bytes.iter().map(|byte| byte ^ pad).collect()
    }
}

impl KeyProvider for Service {
    fn current(&self) -> Result<String, CipherError> {
        Ok("kms/7".to_owned())
    }

    fn wrap(&self, context: &[u8], keys: &KeyBytes) -> Result<Wrapped, CipherError> {
        self.0.fetch_add(1, Ordering::Relaxed);
        let check = u8::try_from(context.len()).unwrap();
        let bytes = [&[check], &Self::crypt(context, keys.as_slice())[..]].concat();
        Ok(Wrapped { key_id: self.current()?, bytes })
    }

    fn unwrap(&self, context: &[u8], wrapped: &Wrapped) -> Result<KeyBytes, CipherError> {
        self.0.fetch_add(1, Ordering::Relaxed);
        match wrapped.bytes.split_first() {
            Some((check, bytes)) if wrapped.key_id == "kms/7" && usize::from(*check) == context.len() => {
                Ok(KeyBytes::new(Self::crypt(context, bytes)))
            }
            _ => Err(CipherError::KeyMissing),
        }
    }
}

#[test]
fn a_key_service_is_asked_per_tenant_and_process_and_never_per_value() {
    let folder = tempfile::tempdir().unwrap();
    let asked = Arc::new(AtomicUsize::new(0));
    let open = || LocalCipher::with_provider(Service(Arc::clone(&asked)), folder.path().join("keys"));
    let cipher = open();
    let mine = tenant("mine");
    let sealed: Vec<Vec<u8>> = (0..100).map(|row| seal(&cipher, &mine, &row.to_string())).collect();
    assert_eq!(asked.load(Ordering::Relaxed), 2, "made and read back");
    let again = open();
    for (row, value) in sealed.iter().enumerate() {
        opens(&again, &mine, &row.to_string(), value).unwrap();
    }
    assert_eq!(asked.load(Ordering::Relaxed), 3);
    assert!(matches!(again.retire(), Err(KeyFileError::StillNeeded)), "there is no key file");
    // A tenant's file in another tenant's place opens nothing.
    let files: Vec<PathBuf> =
        fs::read_dir(folder.path().join("keys")).unwrap().map(|file| file.unwrap().path()).collect();
    let key = files.iter().find(|file| file.extension().is_some_and(|end| end == "1")).unwrap();
    fs::copy(key, folder.path().join("keys/6f74686572.1")).unwrap();
    let other = tenant("other");
    let moved = open().seal(&Place { tenant: &other, column: "c", row: "r" }, b"x");
    assert_eq!(moved, Err(CipherError::KeyMissing));
}

#[test]
fn keys_are_not_shown() {
    let bytes = KeyBytes::new(vec![0xAB; 32]);
    assert_eq!(format!("{bytes:?}"), "KeyBytes(..)");
    let (_folder, path) = folder();
    let cipher = LocalCipher::open_or_create(path).unwrap();
    assert_eq!(format!("{:?}", cipher.key_file().unwrap()), "LocalKeyFile(..)");
}
