//! Keys in files. Every file is written whole under another name first and then linked, so that none is ever torn
//! and none overwritten.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use aws_lc_rs::aead::LessSafeKey;
use aws_lc_rs::hmac;
use invoice_core::env::CipherError;
use invoice_core::id::TenantId;
use zeroize::Zeroizing;

use super::error::KeyFileError;
use super::seal::{Wrapper, key};
use super::secret::{Secret, Source, hex, unhex};

const MARK: &str = "invoice-key-1 ";
const UNREADABLE: CipherError = CipherError::Failed("a tenant's key file cannot be read or written");

/// Reads the key-encryption key, or makes it.
pub(super) fn key_file(
    path: &Path,
    tenants: &Path,
    source: &Source,
    create: bool,
) -> Result<Secret, KeyFileError> {
    let path_buf = || path.to_owned();
    let failed = |source| KeyFileError::Io { path: path.to_owned(), source };
    if !path.try_exists().map_err(failed)? {
        if tenants.read_dir().is_ok_and(|mut files| files.next().is_some()) {
            return Err(KeyFileError::Lost { path: path_buf() });
        }
        if !create {
            return Err(KeyFileError::Missing { path: path_buf() });
        }
        let secret = source.secret(&[b"key-encryption key"]).ok_or(KeyFileError::NoRandomness)?;
        let digits = Zeroizing::new(hex(&secret[..]));
        let text = Zeroizing::new(format!("{MARK}{}\n", digits.as_str()));
        match put(path, text.as_bytes()) {
            // Somebody else made it meanwhile: theirs counts.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            done => done.map_err(failed)?,
        }
    }
    if others_may_read(path).map_err(failed)? {
        return Err(KeyFileError::TooOpen { path: path_buf() });
    }
    let bytes = Zeroizing::new(fs::read(path).map_err(failed)?);
    let text = std::str::from_utf8(&bytes).ok().and_then(|text| text.strip_prefix(MARK));
    text.and_then(|digits| unhex(digits.trim_end())).ok_or(KeyFileError::Damaged { path: path_buf() })
}

/// Where the tenants' keys lie.
pub(super) struct Folder {
    pub(super) path: PathBuf,
    pub(super) wrapper: Wrapper,
    pub(super) source: Source,
}

/// All generations of a tenant's key.
pub(super) struct TenantKeys {
    generations: BTreeMap<u32, LessSafeKey>,
    /// For blind tokens; the same in every generation.
    pub(super) tokens: hmac::Key,
    token_secret: Secret,
}

impl TenantKeys {
    pub(super) fn newest(&self) -> u32 {
        self.generations.keys().next_back().copied().unwrap_or_default()
    }

    pub(super) fn current(&self) -> Result<(u32, &LessSafeKey), CipherError> {
        let newest = self.generations.iter().next_back();
        newest.map(|(generation, key)| (*generation, key)).ok_or(CipherError::KeyMissing)
    }

    pub(super) fn of(&self, generation: u32) -> Option<&LessSafeKey> {
        self.generations.get(&generation)
    }
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
        let tokens = self.source.secret(&[b"tokens", name]).ok_or(CipherError::Failed("no randomness"))?;
        self.add(tenant, 1, &tokens)?;
        self.load(tenant)?.ok_or(CipherError::KeyMissing)
    }

    pub(super) fn rotate(&self, tenant: &TenantId, old: &TenantKeys) -> Result<TenantKeys, CipherError> {
        self.add(tenant, old.newest().saturating_add(1), &old.token_secret)?;
        self.load(tenant)?.ok_or(CipherError::KeyMissing)
    }

    /// The mark is set first: whatever becomes of the rest, the tenant counts as erased.
    pub(super) fn erase(&self, tenant: &TenantId) -> Result<(), CipherError> {
        fs::create_dir_all(&self.path).map_err(|_| UNREADABLE)?;
        match put(&self.file(tenant, "erased"), b"") {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            done => done.map_err(|_| UNREADABLE)?,
        }
        for (_, path) in self.generations(tenant)? {
            fs::remove_file(path).map_err(|_| UNREADABLE)?;
        }
        Ok(())
    }

    fn add(&self, tenant: &TenantId, generation: u32, tokens: &Secret) -> Result<(), CipherError> {
        let name = tenant.as_str();
        let purpose: [&[u8]; 3] = [b"data", name.as_bytes(), &generation.to_be_bytes()];
        let data = self.source.secret(&purpose).ok_or(CipherError::Failed("no randomness"))?;
        let both = Zeroizing::new([&data[..], &tokens[..]].concat());
        let wrapped = self.wrapper.wrap(name, generation, &both, &self.source)?;
        fs::create_dir_all(&self.path).map_err(|_| UNREADABLE)?;
        match put(&self.file(tenant, &generation.to_string()), &wrapped) {
            // Another process was first: its key counts.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
            done => done.map_err(|_| UNREADABLE),
        }
    }

    fn generations(&self, tenant: &TenantId) -> Result<Vec<(u32, PathBuf)>, CipherError> {
        let files = match fs::read_dir(&self.path) {
            Ok(files) => files,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(_) => return Err(UNREADABLE),
        };
        let stem = hex(tenant.as_str().as_bytes());
        let mut found = Vec::new();
        for file in files {
            let path = file.map_err(|_| UNREADABLE)?.path();
            let name = path.file_name().and_then(|name| name.to_str()).and_then(|name| name.split_once('.'));
            if let Some((owner, generation)) = name
                && owner == stem
                && let Ok(generation) = generation.parse()
            {
                found.push((generation, path));
            }
        }
        Ok(found)
    }

    fn load(&self, tenant: &TenantId) -> Result<Option<TenantKeys>, CipherError> {
        if self.file(tenant, "erased").try_exists().map_err(|_| UNREADABLE)? {
            return Err(CipherError::KeyMissing);
        }
        let mut generations = BTreeMap::new();
        let mut tokens: Option<Secret> = None;
        for (generation, path) in self.generations(tenant)? {
            let wrapped = fs::read(path).map_err(|_| UNREADABLE)?;
            let both = self.wrapper.unwrap(tenant.as_str(), generation, &wrapped)?;
            let (data, token) = both.split_first_chunk::<32>().ok_or(CipherError::KeyMissing)?;
            let token: &[u8; 32] = token.try_into().map_err(|_| CipherError::KeyMissing)?;
            tokens.get_or_insert_with(|| Zeroizing::new(*token));
            let data = key(&Zeroizing::new(*data)).ok_or(CipherError::Failed("a key"))?;
            generations.insert(generation, data);
        }
        Ok(tokens.map(|token_secret| TenantKeys {
            generations,
            tokens: hmac::Key::new(hmac::HMAC_SHA256, &token_secret[..]),
            token_secret,
        }))
    }
}

/// Writes a new file that only its owner may read; fails when the file is there.
fn put(path: &Path, bytes: &[u8]) -> io::Result<()> {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{}-{}.new", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed)));
    let draft = PathBuf::from(name);
    let written = private(&draft).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()
    });
    let linked = written.and_then(|()| fs::hard_link(&draft, path));
    // The draft is of no use in either case; that it stays is no error.
    fs::remove_file(&draft).ok();
    linked?;
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => File::open(folder)?.sync_all(),
        _ => Ok(()),
    }
}

#[cfg(unix)]
fn private(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt as _;
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

#[cfg(not(unix))]
fn private(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).open(path)
}

#[cfg(unix)]
fn others_may_read(path: &Path) -> io::Result<bool> {
    use std::os::unix::fs::PermissionsExt as _;
    Ok(fs::metadata(path)?.permissions().mode() & 0o077 != 0)
}

#[cfg(not(unix))]
fn others_may_read(_: &Path) -> io::Result<bool> {
    Ok(false)
}
