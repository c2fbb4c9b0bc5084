//! Who holds the key-encryption key.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{PoisonError, RwLock};

use invoice_core::env::CipherError;
use zeroize::Zeroizing;

use super::error::KeyFileError;
use super::files::{others_may_read, put, replace};
use super::seal::Wrapper;
use super::secret::{MacKey, Secret, Source, hex, unhex};

/// Key bytes in the clear. Wiped when they go away; `Debug` shows none.
pub struct KeyBytes(Zeroizing<Vec<u8>>);

impl KeyBytes {
    /// Takes bytes over.
    #[must_use]
    pub fn new(bytes: Vec<u8>) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// The bytes.
    #[must_use]
    pub fn as_slice(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for KeyBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyBytes(..)")
    }
}

/// Keys that were wrapped, and the id of the key that did it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrapped {
    /// The id of the key-encryption key: 1 to 64 visible ASCII characters.
    pub key_id: String,
    /// The wrapped keys.
    pub bytes: Vec<u8>,
}

/// Wraps and unwraps tenants' data keys: a local key file, or a key service that never gives its key away.
///
/// Called when a tenant's keys are made, rotated, re-wrapped, and once per process and tenant when they are first
/// needed; never per value. A service that is asked over the network may block there.
///
/// # Contract
///
/// 1. What `wrap` made under any key that was not retired, `unwrap` opens with the same `context`, in every process.
/// 2. With another context it fails with [`CipherError::KeyMissing`].
/// 3. No error and no `Debug` shows a key.
pub trait KeyProvider: Send + Sync {
    /// The id of the key that wraps from now on.
    ///
    /// # Errors
    /// When it cannot be asked.
    fn current(&self) -> Result<String, CipherError>;

    /// Wraps `keys` under the current key, bound to `context`.
    ///
    /// # Errors
    /// When it cannot be asked.
    fn wrap(&self, context: &[u8], keys: &KeyBytes) -> Result<Wrapped, CipherError>;

    /// Unwraps what [`KeyProvider::wrap`] made for the same context.
    ///
    /// # Errors
    /// [`CipherError::KeyMissing`] when the key is not there, or the context is another.
    fn unwrap(&self, context: &[u8], wrapped: &Wrapped) -> Result<KeyBytes, CipherError>;
}

const MARK: &str = "invoice-key-1 ";
const UNREADABLE: CipherError = CipherError::Failed("the key file cannot be read or written");

/// One key-encryption key and the id that follows from it.
struct Known {
    id: String,
    wrapper: Wrapper,
    secret: Secret,
}

/// A file of key-encryption keys, one a line; the last one wraps, the others only unwrap until they are retired.
pub struct LocalKeyFile {
    path: PathBuf,
    source: Source,
    keys: RwLock<Vec<Known>>,
}

impl LocalKeyFile {
    /// Reads the file; makes it, with one key, when it is not there and `create` says so.
    pub(super) fn new(
        path: &Path,
        tenants: &Path,
        source: Source,
        create: Create,
    ) -> Result<Self, KeyFileError> {
        let io = |source| KeyFileError::Io { path: path.to_owned(), source };
        if !path.try_exists().map_err(io)? {
            if tenants.read_dir().is_ok_and(|mut files| files.next().is_some()) {
                return Err(KeyFileError::Lost { path: path.to_owned() });
            }
            if create == Create::No {
                return Err(KeyFileError::Missing { path: path.to_owned() });
            }
            let secret = source.secret(&[b"key-encryption key"]).ok_or(KeyFileError::NoRandomness)?;
            match put(path, text(&[&secret]).as_bytes()) {
                // Somebody else made it meanwhile: theirs counts.
                Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
                done => done.map_err(io)?,
            }
        }
        let keys = read(path)?;
        Ok(Self { path: path.to_owned(), source, keys: RwLock::new(keys) })
    }

    /// Adds a key that wraps from now on, and gives its id. What the others wrapped stays readable. Let
    /// [`LocalCipher::rewrap`](super::LocalCipher::rewrap) run afterwards, and then retire the others.
    ///
    /// # Errors
    /// When the file cannot be read or written.
    pub fn add_key(&self) -> Result<String, KeyFileError> {
        let mut keys = self.keys.write().unwrap_or_else(PoisonError::into_inner);
        *keys = read(&self.path)?;
        let number = keys.len().to_be_bytes();
        let secret =
            self.source.secret(&[b"key-encryption key", &number]).ok_or(KeyFileError::NoRandomness)?;
        let all: Vec<&Secret> = keys.iter().map(|known| &known.secret).chain([&secret]).collect();
        self.write(&all)?;
        *keys = read(&self.path)?;
        Ok(keys.last().map(|known| known.id.clone()).unwrap_or_default())
    }

    /// Forgets every key but the one that wraps now.
    pub(super) fn retire(&self) -> Result<usize, KeyFileError> {
        let mut keys = self.keys.write().unwrap_or_else(PoisonError::into_inner);
        let before = keys.len();
        if let Some(newest) = keys.last() {
            self.write(&[&newest.secret])?;
        }
        *keys = read(&self.path)?;
        Ok(before.saturating_sub(keys.len()))
    }

    fn write(&self, keys: &[&Secret]) -> Result<(), KeyFileError> {
        let io = |source| KeyFileError::Io { path: self.path.clone(), source };
        replace(&self.path, text(keys).as_bytes()).map_err(io)
    }

    fn with<T>(&self, id: &str, act: impl FnOnce(&Wrapper) -> T) -> Option<T> {
        let keys = self.keys.read().unwrap_or_else(PoisonError::into_inner);
        keys.iter().find(|known| known.id == id).map(|known| act(&known.wrapper))
    }
}

/// Whether a file that is not there is made.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Create {
    Yes,
    No,
}

impl KeyProvider for LocalKeyFile {
    fn current(&self) -> Result<String, CipherError> {
        let keys = self.keys.read().unwrap_or_else(PoisonError::into_inner);
        keys.last().map(|known| known.id.clone()).ok_or(CipherError::KeyMissing)
    }

    fn wrap(&self, context: &[u8], keys: &KeyBytes) -> Result<Wrapped, CipherError> {
        let key_id = self.current()?;
        let bytes = self.with(&key_id, |wrapper| wrapper.wrap(context, keys.as_slice(), &self.source));
        Ok(Wrapped { bytes: bytes.ok_or(CipherError::KeyMissing)??, key_id })
    }

    fn unwrap(&self, context: &[u8], wrapped: &Wrapped) -> Result<KeyBytes, CipherError> {
        let open = |wrapper: &Wrapper| wrapper.unwrap(context, &wrapped.bytes).map(KeyBytes);
        if let Some(opened) = self.with(&wrapped.key_id, open) {
            return opened;
        }
        // Another process may have added a key since the file was read.
        let fresh = read(&self.path).map_err(|_| UNREADABLE)?;
        *self.keys.write().unwrap_or_else(PoisonError::into_inner) = fresh;
        self.with(&wrapped.key_id, open).ok_or(CipherError::KeyMissing)?
    }
}

impl fmt::Debug for LocalKeyFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LocalKeyFile(..)")
    }
}

fn text(keys: &[&Secret]) -> Zeroizing<String> {
    let mut text = Zeroizing::new(String::with_capacity(keys.len() * (MARK.len() + 65)));
    for key in keys {
        let digits = Zeroizing::new(hex(&key[..]));
        for part in [MARK, digits.as_str(), "\n"] {
            text.push_str(part);
        }
    }
    text
}

fn read(path: &Path) -> Result<Vec<Known>, KeyFileError> {
    let io = |source| KeyFileError::Io { path: path.to_owned(), source };
    if others_may_read(path).map_err(io)? {
        return Err(KeyFileError::TooOpen { path: path.to_owned() });
    }
    let bytes = Zeroizing::new(fs::read(path).map_err(io)?);
    let damaged = || KeyFileError::Damaged { path: path.to_owned() };
    let text = std::str::from_utf8(&bytes).map_err(|_| damaged())?;
    let keys = text.lines().map(|line| line.strip_prefix(MARK).and_then(unhex).and_then(known));
    let keys: Vec<Known> = keys.collect::<Option<_>>().ok_or_else(damaged)?;
    if keys.is_empty() || !text.ends_with('\n') { Err(damaged()) } else { Ok(keys) }
}

fn known(secret: Secret) -> Option<Known> {
    let named = MacKey::new(&secret).sign(&[b"invoice key id"]);
    Some(Known { id: hex(named.get(..8)?), wrapper: Wrapper::new(&secret)?, secret })
}

impl<P: KeyProvider + ?Sized> KeyProvider for std::sync::Arc<P> {
    fn current(&self) -> Result<String, CipherError> {
        (**self).current()
    }

    fn wrap(&self, context: &[u8], keys: &KeyBytes) -> Result<Wrapped, CipherError> {
        (**self).wrap(context, keys)
    }

    fn unwrap(&self, context: &[u8], wrapped: &Wrapped) -> Result<KeyBytes, CipherError> {
        (**self).unwrap(context, wrapped)
    }
}
