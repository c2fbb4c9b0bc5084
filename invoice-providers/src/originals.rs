//! Files as they arrived (原始文件), sealed in a folder.
//!
//! ```
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use std::sync::Arc;
//! use invoice_core::env::{OriginalStore, Unsealed};
//! use invoice_core::id::TenantId;
//! use invoice_providers::originals::FolderOriginals;
//! # let place = tempfile::tempdir()?;
//! # let folder = place.path().join("originals");
//! let originals = FolderOriginals::open(folder, TenantId::new("shop")?, Arc::new(Unsealed))?;
//! # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
//! let digest = originals.keep(b"<EInvoice/>").await?;
//! assert_eq!(originals.original(&digest).await?.as_deref(), Some(&b"<EInvoice/>"[..]));
//! # Ok::<(), Box<dyn std::error::Error>>(()) })
//! # }
//! ```

use std::fmt;
use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use invoice_core::audit::hex;
use invoice_core::env::{Cipher, OriginalStore, OriginalsError, Place};
use invoice_core::id::TenantId;
use sha2::{Digest, Sha256};

/// Where in the cipher's eyes an original lives.
const COLUMN: &str = "original";

/// Originals of one tenant in a folder: a file each, `ab/cdef…`, named by the SHA-256 of its bytes and sealed by the
/// desk's cipher. Any number of processes may share it. Calls do their work at once, without a runtime: a file is of a few
/// megabytes at most.
pub struct FolderOriginals {
    folder: PathBuf,
    tenant: TenantId,
    cipher: Arc<dyn Cipher>,
}

/// How many files this process has begun.
static BEGUN: AtomicU64 = AtomicU64::new(0);

fn failed(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> OriginalsError {
    OriginalsError::Failed(error.into())
}

impl FolderOriginals {
    /// Opens a folder and makes it if need be.
    ///
    /// # Errors
    /// [`OriginalsError::Failed`] when it cannot be made.
    pub fn open(
        folder: impl Into<PathBuf>,
        tenant: TenantId,
        cipher: Arc<dyn Cipher>,
    ) -> Result<Self, OriginalsError> {
        let folder = folder.into();
        fs::create_dir_all(&folder).map_err(failed)?;
        Ok(Self { folder, tenant, cipher })
    }

    fn path(&self, name: &str) -> PathBuf {
        let (shelf, rest) = name.split_at_checked(2).unwrap_or((name, ""));
        self.folder.join(shelf).join(rest)
    }

    fn place<'a>(&'a self, name: &'a str) -> Place<'a> {
        Place { tenant: &self.tenant, column: COLUMN, row: name }
    }

    /// The file of a name, opened and compared; `None` when there is none.
    fn read(&self, name: &str) -> Result<Option<Vec<u8>>, OriginalsError> {
        let sealed = match fs::read(self.path(name)) {
            Ok(sealed) => sealed,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(failed(error)),
        };
        let changed = || OriginalsError::Changed { digest: name.to_owned() };
        let bytes = match self.cipher.open(&self.place(name), &sealed) {
            Ok(bytes) => bytes,
            Err(invoice_core::env::CipherError::Forged) => return Err(changed()),
            Err(error) => return Err(failed(error)),
        };
        if hex(&Sha256::digest(&bytes).into()) == name { Ok(Some(bytes)) } else { Err(changed()) }
    }

    /// A file that nobody else writes: processes on other machines may have the same number as this one, and what a killed
    /// one left stays where it is.
    fn begin(&self) -> std::io::Result<(PathBuf, File)> {
        loop {
            let turn = BEGUN.fetch_add(1, Ordering::Relaxed);
            let path = self.folder.join(format!(".{}-{turn}.part", std::process::id()));
            match File::create_new(&path) {
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                file => return Ok((path, file?)),
            }
        }
    }

    /// Writes a file under another name, makes it durable, and gives it its name: it is there whole or not at all.
    fn write(&self, path: &Path, sealed: &[u8]) -> std::io::Result<()> {
        fs::create_dir_all(path.parent().unwrap_or(&self.folder))?;
        let (unfinished, mut file) = self.begin()?;
        let written = file.write_all(sealed).and_then(|()| file.sync_all());
        drop(file);
        let done = written.and_then(|()| fs::rename(&unfinished, path));
        if done.is_err() {
            // The error is told; what is left of it is only in the way.
            let _ = fs::remove_file(&unfinished);
        }
        done
    }

    /// The names are in the folders, which have to be durable, too: also when it was another who gave the name, and who
    /// may not have come to this.
    #[cfg_attr(not(unix), allow(clippy::unused_self, reason = "folders are files on Unix only"))]
    fn settle(&self, path: &Path) -> std::io::Result<()> {
        #[cfg(unix)]
        for folder in [path.parent().unwrap_or(&self.folder), &self.folder] {
            File::open(folder)?.sync_all()?;
        }
        #[cfg(not(unix))]
        let _ = path;
        Ok(())
    }
}

#[async_trait]
impl OriginalStore for FolderOriginals {
    async fn keep(&self, bytes: &[u8]) -> Result<[u8; 32], OriginalsError> {
        let digest: [u8; 32] = Sha256::digest(bytes).into();
        let name = hex(&digest);
        let path = self.path(&name);
        // One that was changed is put right by the bytes that it should have.
        if !matches!(self.read(&name), Ok(Some(_))) {
            let sealed = self.cipher.seal(&self.place(&name), bytes).map_err(failed)?;
            self.write(&path, &sealed).map_err(failed)?;
        }
        self.settle(&path).map_err(failed)?;
        Ok(digest)
    }

    async fn original(&self, digest: &[u8; 32]) -> Result<Option<Vec<u8>>, OriginalsError> {
        self.read(&hex(digest))
    }
}

impl fmt::Debug for FolderOriginals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FolderOriginals").field("tenant", &self.tenant).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use invoice_core::env::Unsealed;

    use super::*;

    fn opened(folder: &Path) -> FolderOriginals {
        FolderOriginals::open(folder, TenantId::new("t1").unwrap(), Arc::new(Unsealed)).unwrap()
    }

    #[tokio::test]
    async fn an_original_comes_back_byte_for_byte_and_a_changed_one_is_said_to_be() {
        let place = tempfile::tempdir().unwrap();
        let originals = opened(place.path());
        let bytes: Vec<u8> = (0..100_000_u32).map(|n| n.to_le_bytes()[0]).collect();
        let digest = originals.keep(&bytes).await.unwrap();
        assert_eq!(originals.keep(&bytes).await.unwrap(), digest);
        assert_eq!(originals.keep(b"").await.unwrap(), <[u8; 32]>::from(Sha256::digest(b"")));
        let again = opened(place.path());
        assert_eq!(again.original(&digest).await.unwrap(), Some(bytes.clone()));
        assert_eq!(again.original(&[7; 32]).await.unwrap(), None);
        let path = again.path(&hex(&digest));
        for at in [0, 50_000, 99_999] {
            let mut flipped = bytes.clone();
            flipped[at] ^= 1;
            fs::write(&path, &flipped).unwrap();
            let found = again.original(&digest).await;
            assert!(matches!(found, Err(OriginalsError::Changed { .. })), "{found:?}");
        }
        again.keep(&bytes).await.unwrap();
        assert_eq!(again.original(&digest).await.unwrap(), Some(bytes));
        let left = fs::read_dir(place.path())
            .unwrap()
            .filter(|entry| entry.as_ref().unwrap().file_name().to_string_lossy().ends_with(".part"));
        assert_eq!(left.count(), 0);
    }

    #[tokio::test]
    async fn half_a_file_of_a_writer_that_was_killed_is_no_original() {
        let place = tempfile::tempdir().unwrap();
        let originals = opened(place.path());
        // Another process of the same number, in a container of its own, is at work under the next names.
        let (process, next) = (std::process::id(), BEGUN.load(Ordering::Relaxed));
        let theirs = |turn: u64| place.path().join(format!(".{process}-{turn}.part"));
        (next..next + 50).for_each(|turn| fs::write(theirs(turn), b"half").unwrap());
        let digest = Sha256::digest(b"half and half").into();
        assert_eq!(originals.original(&digest).await.unwrap(), None);
        assert_eq!(originals.keep(b"half and half").await.unwrap(), digest);
        assert!(originals.original(&digest).await.unwrap().is_some());
        assert!(
            (next..next + 50).all(|turn| fs::read(theirs(turn)).unwrap() == b"half"),
            "another's was written over"
        );
    }

    #[cfg(feature = "cipher")]
    #[tokio::test]
    async fn what_lies_in_the_folder_shows_nothing() {
        let place = tempfile::tempdir().unwrap();
        let cipher = crate::cipher::LocalCipher::open_or_create(place.path().join("key")).unwrap();
        let tenant = TenantId::new("t1").unwrap();
        let originals = FolderOriginals::open(place.path().join("o"), tenant, Arc::new(cipher)).unwrap();
        let digest = originals.keep("张三 914403001922038216".as_bytes()).await.unwrap();
        let sealed = fs::read(originals.path(&hex(&digest))).unwrap();
        assert!(!sealed.windows(6).any(|window| window == "张三".as_bytes()));
        assert!(!sealed.windows(8).any(|window| window == b"91440300"));
        assert_eq!(originals.original(&digest).await.unwrap().unwrap(), "张三 914403001922038216".as_bytes());
    }
}
