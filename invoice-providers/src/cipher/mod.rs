//! Envelope encryption: tenants' data keys seal values, a key provider wraps the data keys.
//!
//! [`LocalCipher`] keeps one small file per tenant and generation with that tenant's data key, wrapped under a
//! key-encryption key of a [`KeyProvider`]: a [`LocalKeyFile`], or a key service behind the same trait. A sealed value
//! names the generation that opens it:
//!
//! | bytes | what |
//! |---|---|
//! | 1 | form of the value, 1 |
//! | 4 | generation of the tenant's key, big-endian |
//! | 12 | nonce, random |
//! | rest | AES-256-GCM of the value and its tag; associated data: the first 5 bytes, then tenant, column and row, each behind its length in 8 bytes |
//!
//! The algorithm is that of aws-lc-rs with the feature `aws-lc`, which everything with TLS turns on, and is written in Rust
//! without; what was sealed by one opens with the other.
//!
//! # What is done when
//!
//! | to | do | cost |
//! |---|---|---|
//! | replace a tenant's data key | [`LocalCipher::rotate`]; happens by itself after 2^30 values | none: old generations still open |
//! | have rows no longer need old generations | the desk's `reseal`, page by page | every row is written once |
//! | replace the key-encryption key | [`LocalKeyFile::add_key`], [`LocalCipher::rewrap`], [`LocalCipher::retire`] | one small file per tenant and generation |
//! | erase a tenant | [`LocalCipher::erase`] | none: its rows, journal, backups can never be opened again |
//!
//! Journal entries are never written again, so a generation that sealed one is needed as long as the tenant is. One
//! buyer of a tenant cannot be erased alone: rows of one tenant share a key.
//!
//! Whoever has the key file and the folder beside it can open everything: back them up, apart from the database.

mod aead;
mod error;
mod files;
mod keys;
mod provider;
mod seal;
mod secret;

use std::collections::HashMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use invoice_core::env::{Cipher, CipherError, Place};
use invoice_core::id::TenantId;

pub use error::KeyFileError;
pub use provider::{KeyBytes, KeyProvider, LocalKeyFile, Wrapped};

use self::keys::{Folder, MAX_USES, TenantKeys};
use self::provider::Create;
use self::secret::Source;

/// Seals with AES-256-GCM under data keys from local files, which a key provider wraps.
///
/// ```
/// use invoice_core::env::{Cipher, Place};
/// use invoice_core::id::TenantId;
/// use invoice_providers::cipher::LocalCipher;
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("desk.key");
/// let cipher = LocalCipher::open_or_create(path)?;
/// let tenant = TenantId::new("shop-1").unwrap();
/// let place = Place { tenant: &tenant, column: "rows.body", row: "A-17" };
/// let sealed = cipher.seal(&place, "王小明".as_bytes())?;
/// assert_eq!(cipher.open(&place, &sealed)?, "王小明".as_bytes());
/// assert!(cipher.open(&Place { row: "A-18", ..place }, &sealed).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct LocalCipher {
    folder: Folder,
    local: Option<Arc<LocalKeyFile>>,
    tenants: RwLock<HashMap<TenantId, Arc<TenantKeys>>>,
}

impl LocalCipher {
    /// Opens a key file that is there.
    ///
    /// # Errors
    /// When it is missing, cannot be read, is damaged, or others than its owner may read it.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, KeyFileError> {
        Self::with(path.as_ref(), None, Create::No)
    }

    /// Opens a key file, or makes one that only its owner may read. What is there is never overwritten.
    ///
    /// # Errors
    /// As [`LocalCipher::open`]; also when the file is gone but tenants' keys that need it are there.
    pub fn open_or_create(path: impl AsRef<Path>) -> Result<Self, KeyFileError> {
        Self::with(path.as_ref(), None, Create::Yes)
    }

    /// For tests that are to be replayed byte for byte: new keys come from the seed, and a nonce from the seed and
    /// what is sealed. Whoever guesses the seed can open everything, and equal values are seen to be equal.
    ///
    /// # Errors
    /// As [`LocalCipher::open_or_create`].
    pub fn seeded_for_tests(path: impl AsRef<Path>, seed: u64) -> Result<Self, KeyFileError> {
        Self::with(path.as_ref(), Some(seed), Create::Yes)
    }

    /// Data keys in `folder`, wrapped by `provider`.
    #[must_use]
    pub fn with_provider(provider: impl KeyProvider + 'static, folder: impl Into<PathBuf>) -> Self {
        let (path, provider) = (folder.into(), Box::new(provider));
        let folder = Folder { path, provider, source: Source::System, max_uses: MAX_USES };
        Self { folder, local: None, tenants: RwLock::default() }
    }

    fn with(path: &Path, seed: Option<u64>, create: Create) -> Result<Self, KeyFileError> {
        let mut beside = path.as_os_str().to_owned();
        beside.push(".tenants");
        let tenants = PathBuf::from(beside);
        let source = || seed.map_or(Source::System, Source::seeded);
        let local = Arc::new(LocalKeyFile::new(path, &tenants, source(), create)?);
        let provider = Box::new(Arc::clone(&local));
        let folder = Folder { path: tenants, provider, source: source(), max_uses: MAX_USES };
        Ok(Self { folder, local: Some(local), tenants: RwLock::default() })
    }

    /// Sets how many values one data key seals before the next one is made; at most 2^30, which it is unless set.
    #[must_use]
    pub fn with_uses_per_key(mut self, uses: u64) -> Self {
        self.folder.max_uses = uses.clamp(1, MAX_USES);
        self
    }

    /// The key file, when the cipher was opened from one.
    #[must_use]
    pub fn key_file(&self) -> Option<&LocalKeyFile> {
        self.local.as_deref()
    }

    /// Wraps every data key under the provider's current key; those that are already are left alone, so a run that was
    /// interrupted is simply run again. `progress` is told after each file how many of how many are done. Gives how
    /// many were wrapped now.
    ///
    /// # Errors
    /// When a file cannot be read or written, or a key is not there.
    pub fn rewrap(&self, mut progress: impl FnMut(usize, usize)) -> Result<usize, CipherError> {
        let current = self.folder.provider.current()?;
        let files = self.folder.key_files()?;
        let mut wrapped = 0;
        for (done, file) in files.iter().enumerate() {
            if self.folder.wrapped_by(file)?.is_some_and(|by| by != current) {
                self.folder.rewrap(file)?;
                wrapped += 1;
            }
            progress(done + 1, files.len());
        }
        Ok(wrapped)
    }

    /// Forgets the key file's older keys, for good, and gives how many there were.
    ///
    /// # Errors
    /// `KEY-07` while a data key still needs one of them, or when the cipher was opened from no key file; when a file
    /// cannot be read or written.
    pub fn retire(&self) -> Result<usize, KeyFileError> {
        let local = self.local.as_ref().ok_or(KeyFileError::StillNeeded)?;
        let needed = || -> Result<bool, CipherError> {
            let current = local.current()?;
            for file in self.folder.key_files()? {
                if self.folder.wrapped_by(&file)?.is_some_and(|by| by != current) {
                    return Ok(true);
                }
            }
            Ok(false)
        };
        match needed() {
            Ok(false) => local.retire(),
            Ok(true) | Err(_) => Err(KeyFileError::StillNeeded),
        }
    }

    /// Makes a new key for what the tenant seals from now on, and gives its generation. What was sealed before stays
    /// readable, and blind tokens stay the same. Other processes go on with the old key until they are started
    /// again.
    ///
    /// # Errors
    /// [`CipherError::KeyMissing`] when the tenant was erased.
    pub fn rotate(&self, tenant: &TenantId) -> Result<u32, CipherError> {
        let old = self.keys(tenant)?;
        self.reload(tenant, |folder| folder.rotate(tenant, &old)).map(|keys| keys.newest())
    }

    /// Drops every key of the tenant, for good: what it sealed can never be opened again, not even by mistake,
    /// except where copies of the files are. Other processes forget the keys when they end.
    ///
    /// # Errors
    /// When a file cannot be removed; erase again then.
    pub fn erase(&self, tenant: &TenantId) -> Result<(), CipherError> {
        // Held throughout, or somebody who read the files just before would bring the keys back.
        let mut tenants = self.tenants.write().unwrap_or_else(PoisonError::into_inner);
        tenants.remove(tenant);
        self.folder.erase(tenant)
    }

    fn keys(&self, tenant: &TenantId) -> Result<Arc<TenantKeys>, CipherError> {
        let known = self.tenants.read().unwrap_or_else(PoisonError::into_inner).get(tenant).cloned();
        match known {
            Some(keys) => Ok(keys),
            None => self.reload(tenant, |folder| folder.load_or_create(tenant)),
        }
    }

    /// The tenant's keys, with one use of the newest taken.
    fn usable(&self, tenant: &TenantId) -> Result<Arc<TenantKeys>, CipherError> {
        let mut keys = self.keys(tenant)?;
        while !keys.spend() {
            if !self.folder.take_block(tenant, &keys)? {
                self.rotate(tenant)?;
                keys = self.keys(tenant)?;
            }
        }
        Ok(keys)
    }

    fn reload(
        &self,
        tenant: &TenantId,
        load: impl FnOnce(&Folder) -> Result<TenantKeys, CipherError>,
    ) -> Result<Arc<TenantKeys>, CipherError> {
        let mut tenants = self.tenants.write().unwrap_or_else(PoisonError::into_inner);
        let keys = Arc::new(load(&self.folder)?);
        tenants.insert(tenant.clone(), keys.clone());
        Ok(keys)
    }
}

impl fmt::Debug for LocalCipher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LocalCipher(..)")
    }
}

impl Cipher for LocalCipher {
    fn seal(&self, place: &Place<'_>, plain: &[u8]) -> Result<Vec<u8>, CipherError> {
        let keys = self.usable(place.tenant)?;
        let (generation, key) = keys.current()?;
        seal::seal(key, generation, place, plain, &self.folder.source)
    }

    fn open(&self, place: &Place<'_>, sealed: &[u8]) -> Result<Vec<u8>, CipherError> {
        let (generation, rest) = seal::generation(sealed)?;
        let mut keys = self.keys(place.tenant)?;
        if keys.of(generation).is_none() {
            // Another process may have rotated since the keys were read.
            keys = self.reload(place.tenant, |folder| folder.load_or_create(place.tenant))?;
        }
        seal::open(keys.of(generation).ok_or(CipherError::KeyMissing)?, generation, place, rest)
    }

    fn is_current(&self, tenant: &TenantId, sealed: &[u8]) -> Result<bool, CipherError> {
        Ok(seal::generation(sealed)?.0 >= self.keys(tenant)?.newest())
    }

    fn token(&self, tenant: &TenantId, field: &'static str, plain: &str) -> Result<String, CipherError> {
        let keys = self.keys(tenant)?;
        let parts = [&secret::length(field.len())[..], field.as_bytes(), plain.as_bytes()];
        Ok(secret::hex(&keys.tokens.sign(&parts)))
    }
}
