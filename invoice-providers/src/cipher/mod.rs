//! A cipher whose keys lie in local files.
//!
//! A key file holds one key-encryption key. Beside it, in a folder of the same name with `.tenants` behind it, lies
//! one small file per tenant and generation with that tenant's data key, wrapped by the key-encryption key. So a
//! tenant is erased by removing its files, and a key is rotated by adding one; a sealed value names the generation
//! that opens it.
//!
//! | bytes | what |
//! |---|---|
//! | 1 | form of the value, 1 |
//! | 4 | generation of the tenant's key, big-endian |
//! | 12 | nonce |
//! | rest | AES-256-GCM of the value and its tag; associated data: the first 5 bytes, tenant, column and row |
//!
//! Whoever has the key file and its folder can open everything: back them up, apart from the database.

mod error;
mod keys;
mod seal;
mod secret;

use std::collections::HashMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use aws_lc_rs::hmac;
use invoice_core::env::{Cipher, CipherError, Place};
use invoice_core::id::TenantId;

pub use error::KeyFileError;

use self::keys::{Folder, TenantKeys};
use self::seal::Wrapper;
use self::secret::Source;

/// Seals with AES-256-GCM under keys from local files.
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
    tenants: RwLock<HashMap<TenantId, Arc<TenantKeys>>>,
}

impl LocalCipher {
    /// Opens a key file that is there.
    ///
    /// # Errors
    /// When it is missing, cannot be read, is damaged, or others than its owner may read it.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, KeyFileError> {
        Self::with(path.as_ref(), Source::System, false)
    }

    /// Opens a key file, or makes one that only its owner may read. What is there is never overwritten.
    ///
    /// # Errors
    /// As [`LocalCipher::open`]; also when the file is gone but tenants' keys that need it are there.
    pub fn open_or_create(path: impl AsRef<Path>) -> Result<Self, KeyFileError> {
        Self::with(path.as_ref(), Source::System, true)
    }

    /// For tests that are to be replayed byte for byte: new keys come from the seed, and a nonce from the seed and
    /// what is sealed. Whoever guesses the seed can open everything, and equal values are seen to be equal.
    ///
    /// # Errors
    /// As [`LocalCipher::open_or_create`].
    pub fn seeded_for_tests(path: impl AsRef<Path>, seed: u64) -> Result<Self, KeyFileError> {
        Self::with(path.as_ref(), Source::seeded(seed), true)
    }

    fn with(path: &Path, source: Source, create: bool) -> Result<Self, KeyFileError> {
        let mut beside = path.as_os_str().to_owned();
        beside.push(".tenants");
        let tenants = PathBuf::from(beside);
        let key = keys::key_file(path, &tenants, &source, create)?;
        let wrapper = Wrapper::new(&key).ok_or(KeyFileError::Damaged { path: path.to_owned() })?;
        Ok(Self { folder: Folder { path: tenants, wrapper, source }, tenants: RwLock::default() })
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
        let keys = self.keys(place.tenant)?;
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

    fn token(&self, tenant: &TenantId, field: &'static str, plain: &str) -> Result<String, CipherError> {
        let keys = self.keys(tenant)?;
        let mut context = hmac::Context::with_key(&keys.tokens);
        context.update(&secret::length(field.len()));
        context.update(field.as_bytes());
        context.update(plain.as_bytes());
        Ok(secret::hex(context.sign().as_ref()))
    }
}
