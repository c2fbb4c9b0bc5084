//! Tenants' data keys: one small file per tenant and generation, wrapped by the key provider.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};

use invoice_core::env::CipherError;
use invoice_core::id::TenantId;
use zeroize::Zeroizing;

use super::aead::Aead;
use super::files::{put, replace, tick};
use super::provider::{KeyBytes, KeyProvider, Wrapped};
use super::secret::{MacKey, Secret, Source, hex};

const UNREADABLE: CipherError = CipherError::Failed("a tenant's key file cannot be read or written");
const NO_RANDOMNESS: CipherError = CipherError::Failed("no randomness");

/// Form of a wrapped key's file: this byte, the length of the provider's key id, the id, what the provider made.
const FORM: u8 = 1;

/// How many values one data key may seal. Nonces are random 96-bit numbers: after 2^30 values the chance that two
/// were equal is below 2^-36.
pub(super) const MAX_USES: u64 = 1 << 30;
/// Uses are counted on disk in blocks of at most so many, each taken before the first of it is used.
const MAX_BLOCK: u64 = 1 << 16;

/// Where the tenants' keys lie.
pub(super) struct Folder {
    pub(super) path: PathBuf,
    pub(super) provider: Box<dyn KeyProvider>,
    pub(super) source: Source,
    pub(super) max_uses: u64,
}

/// All generations of a tenant's key.
pub(super) struct TenantKeys {
    generations: BTreeMap<u32, Aead>,
    /// For blind tokens; the same in every generation.
    pub(super) tokens: MacKey,
    token_secret: Secret,
    /// Uses left of the block that was taken last.
    left: AtomicU64,
}

impl TenantKeys {
    pub(super) fn newest(&self) -> u32 {
        self.generations.keys().next_back().copied().unwrap_or_default()
    }

    pub(super) fn current(&self) -> Result<(u32, &Aead), CipherError> {
        let newest = self.generations.iter().next_back();
        newest.map(|(generation, key)| (*generation, key)).ok_or(CipherError::KeyMissing)
    }

    pub(super) fn of(&self, generation: u32) -> Option<&Aead> {
        self.generations.get(&generation)
    }

    /// Takes one use out of the block; `false` when it is used up.
    pub(super) fn spend(&self) -> bool {
        self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok()
    }
}

/// A wrapped key on disk.
pub(super) struct KeyFile {
    pub(super) tenant: String,
    pub(super) generation: u32,
    path: PathBuf,
}

impl Folder {
    // Ids may hold characters that no file name may.
    fn file(&self, tenant: &TenantId, what: &str) -> PathBuf {
        self.path.join(format!("{}.{what}", hex(tenant.as_str().as_bytes())))
    }

    pub(super) fn load_or_create(&self, tenant: &TenantId) -> Result<TenantKeys, CipherError> {
        if let Some(keys) = self.load(tenant)? {
            return Ok(keys);
        }
        let name = tenant.as_str().as_bytes();
        let tokens = self.source.secret(&[b"tokens", name]).ok_or(NO_RANDOMNESS)?;
        self.add(tenant, 1, &tokens)?;
        self.load(tenant)?.ok_or(CipherError::KeyMissing)
    }

    pub(super) fn rotate(&self, tenant: &TenantId, old: &TenantKeys) -> Result<TenantKeys, CipherError> {
        self.add(tenant, old.newest().saturating_add(1), &old.token_secret)?;
        self.load(tenant)?.ok_or(CipherError::KeyMissing)
    }

    /// Takes a block of uses of the newest key; `false` when it has none left and must be replaced.
    pub(super) fn take_block(&self, tenant: &TenantId, keys: &TenantKeys) -> Result<bool, CipherError> {
        let block = self.max_uses.clamp(1, MAX_BLOCK);
        let path = self.file(tenant, &format!("{}.uses", keys.newest()));
        let taken = tick(&path).map_err(|_| UNREADABLE)?;
        if taken > self.max_uses / block {
            return Ok(false);
        }
        keys.left.fetch_add(block, Ordering::Relaxed);
        Ok(true)
    }

    /// The mark is set first: whatever becomes of the rest, the tenant counts as erased.
    pub(super) fn erase(&self, tenant: &TenantId) -> Result<(), CipherError> {
        fs::create_dir_all(&self.path).map_err(|_| UNREADABLE)?;
        match put(&self.file(tenant, "erased"), b"") {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            done => done.map_err(|_| UNREADABLE)?,
        }
        for file in self.key_files()?.iter().filter(|file| file.of(tenant)) {
            remove(&file.path)?;
        }
        Ok(())
    }

    fn erased(&self, tenant: &str) -> Result<bool, CipherError> {
        self.path.join(format!("{tenant}.erased")).try_exists().map_err(|_| UNREADABLE)
    }

    fn add(&self, tenant: &TenantId, generation: u32, tokens: &Secret) -> Result<(), CipherError> {
        let name = tenant.as_str();
        let purpose: [&[u8]; 3] = [b"data", name.as_bytes(), &generation.to_be_bytes()];
        let data = self.source.secret(&purpose).ok_or(NO_RANDOMNESS)?;
        let both = KeyBytes::new([&data[..], &tokens[..]].concat());
        let wrapped = self.provider.wrap(&context(&hex(name.as_bytes()), generation), &both)?;
        fs::create_dir_all(&self.path).map_err(|_| UNREADABLE)?;
        match put(&self.file(tenant, &generation.to_string()), &written(&wrapped)?) {
            // Another process was first: its key counts.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
            done => done.map_err(|_| UNREADABLE),
        }
    }

    /// Every wrapped key there is, in the order of names.
    pub(super) fn key_files(&self) -> Result<Vec<KeyFile>, CipherError> {
        let files = match fs::read_dir(&self.path) {
            Ok(files) => files,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(_) => return Err(UNREADABLE),
        };
        let mut found = Vec::new();
        for file in files {
            let path = file.map_err(|_| UNREADABLE)?.path();
            let name = path.file_name().and_then(|name| name.to_str()).and_then(|name| name.split_once('.'));
            if let Some((tenant, generation)) = name
                && let Ok(generation) = generation.parse()
            {
                found.push(KeyFile { tenant: tenant.to_owned(), generation, path });
            }
        }
        found.sort_unstable_by(|a, b| (&a.tenant, a.generation).cmp(&(&b.tenant, b.generation)));
        Ok(found)
    }

    fn load(&self, tenant: &TenantId) -> Result<Option<TenantKeys>, CipherError> {
        if self.erased(&hex(tenant.as_str().as_bytes()))? {
            return Err(CipherError::KeyMissing);
        }
        let mut generations = BTreeMap::new();
        let mut tokens: Option<Secret> = None;
        for file in self.key_files()?.into_iter().filter(|file| file.of(tenant)) {
            let Some((_, both)) = self.unwrap(&file)? else { continue };
            let (data, token) = both.as_slice().split_first_chunk::<32>().ok_or(CipherError::KeyMissing)?;
            let token: &[u8; 32] = token.try_into().map_err(|_| CipherError::KeyMissing)?;
            tokens.get_or_insert_with(|| Zeroizing::new(*token));
            let key = Aead::new(&Zeroizing::new(*data)).ok_or(CipherError::Failed("no memory for a key"))?;
            generations.insert(file.generation, key);
        }
        Ok(tokens.map(|token_secret| TenantKeys {
            generations,
            tokens: MacKey::new(&token_secret),
            token_secret,
            left: AtomicU64::new(0),
        }))
    }

    /// The id of the key that wrapped a file, and what is in it; `None` when the file is gone.
    fn unwrap(&self, file: &KeyFile) -> Result<Option<(String, KeyBytes)>, CipherError> {
        let bytes = match fs::read(&file.path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(_) => return Err(UNREADABLE),
        };
        let wrapped = parsed(&bytes).ok_or(CipherError::KeyMissing)?;
        let keys = self.provider.unwrap(&context(&file.tenant, file.generation), &wrapped)?;
        Ok(Some((wrapped.key_id, keys)))
    }

    /// The id of the key that wrapped a file; `None` when the file is gone.
    pub(super) fn wrapped_by(&self, file: &KeyFile) -> Result<Option<String>, CipherError> {
        match fs::read(&file.path) {
            Ok(bytes) => Ok(Some(parsed(&bytes).ok_or(CipherError::KeyMissing)?.key_id)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(_) => Err(UNREADABLE),
        }
    }

    /// Wraps a file's keys under the provider's current key.
    pub(super) fn rewrap(&self, file: &KeyFile) -> Result<(), CipherError> {
        let Some((_, keys)) = self.unwrap(file)? else { return Ok(()) };
        let wrapped = self.provider.wrap(&context(&file.tenant, file.generation), &keys)?;
        replace(&file.path, &written(&wrapped)?).map_err(|_| UNREADABLE)?;
        // Erased meanwhile: the file that was written over it must not bring the key back.
        if self.erased(&file.tenant)? { remove(&file.path) } else { Ok(()) }
    }
}

impl KeyFile {
    fn of(&self, tenant: &TenantId) -> bool {
        self.tenant == hex(tenant.as_str().as_bytes())
    }
}

fn remove(path: &std::path::Path) -> Result<(), CipherError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        done => done.map_err(|_| UNREADABLE),
    }
}

/// Binds keys to their tenant, in the hexadecimal form of its file, and generation, so that files cannot be exchanged.
fn context(tenant: &str, generation: u32) -> Vec<u8> {
    [&b"invoice tenant key 1 "[..], &generation.to_be_bytes(), tenant.as_bytes()].concat()
}

fn written(wrapped: &Wrapped) -> Result<Vec<u8>, CipherError> {
    let id = wrapped.key_id.as_bytes();
    let length = u8::try_from(id.len()).ok().filter(|length| (1..=64).contains(length));
    let length = length.ok_or(CipherError::Failed("the key provider's key id is not 1 to 64 characters"))?;
    Ok([&[FORM, length], id, &wrapped.bytes].concat())
}

fn parsed(bytes: &[u8]) -> Option<Wrapped> {
    let ([FORM, length], rest) = bytes.split_first_chunk::<2>()? else { return None };
    let (id, bytes) = rest.split_at_checked(usize::from(*length))?;
    Some(Wrapped { key_id: std::str::from_utf8(id).ok()?.to_owned(), bytes: bytes.to_vec() })
}
