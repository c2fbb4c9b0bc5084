//! Where a run keeps its state.

use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;

use invoice_core::env::{Cipher, Unsealed};
use invoice_core::store::{MemoryStore, Store};

use invoice_providers::cipher::LocalCipher;
use invoice_providers::sql::SqliteStore;

use super::RunError;

const KEY: &str = ".key";
const BUREAU: &str = ".bureau";
const ORIGINALS: &str = ".originals";

/// Where state lives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// In memory: gone with the process.
    Memory,
    /// In a SQLite file, with the key file and the bureau's books beside it.
    Sqlite(PathBuf),
}

impl FromStr for Place {
    type Err = RunError;

    /// `memory:` or `sqlite:FILE`.
    fn from_str(text: &str) -> Result<Self, RunError> {
        match text.split_once(':') {
            Some(("memory", _)) => Ok(Self::Memory),
            Some(("sqlite", file)) if !file.is_empty() => {
                Ok(Self::Sqlite(file.strip_prefix("//").unwrap_or(file).into()))
            }
            _ => Err(RunError::NoStore(text.to_owned())),
        }
    }
}

impl Place {
    /// The files and folders that belong to it: the database, what SQLite keeps beside it, the keys, the bureau's books and
    /// the originals of received invoices.
    #[must_use]
    pub fn files(&self) -> Vec<PathBuf> {
        match self {
            Self::Memory => Vec::new(),
            Self::Sqlite(file) => ["", "-wal", "-shm", KEY, ".key.tenants", BUREAU, ORIGINALS]
                .map(|end| beside(file, end))
                .into(),
        }
    }

    /// The folder of the originals of received invoices; `None` in memory.
    #[must_use]
    pub fn originals(&self) -> Option<PathBuf> {
        match self {
            Self::Memory => None,
            Self::Sqlite(file) => Some(beside(file, ORIGINALS)),
        }
    }
}

fn beside(file: &std::path::Path, end: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(end);
    name.into()
}

/// What a place holds, opened.
pub struct Opened {
    /// The store.
    pub store: Arc<dyn Store>,
    /// What seals the rows.
    pub cipher: Arc<dyn Cipher>,
    /// The file of the bureau's own books.
    pub bureau: Option<PathBuf>,
}

/// Opens a place.
///
/// # Errors
/// When the file cannot be opened.
pub async fn open_store(place: &Place) -> Result<Opened, RunError> {
    match place {
        Place::Memory => {
            Ok(Opened { store: Arc::new(MemoryStore::new()), cipher: Arc::new(Unsealed), bureau: None })
        }
        Place::Sqlite(file) => {
            let cipher = LocalCipher::open_or_create(beside(file, KEY))
                .map_err(|error| RunError::Key(Box::new(error)))?;
            let store = SqliteStore::open(file).await?;
            let bureau = Some(beside(file, BUREAU));
            Ok(Opened { store: Arc::new(store), cipher: Arc::new(cipher), bureau })
        }
    }
}
