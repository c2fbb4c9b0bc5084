//! Archive: a tenant as a stream of text, to move it to another engine or to keep it.
//!
//! A file is one JSON object a line: a header; per kind every row with its columns, followed by its journal; the
//! ledger; the outbox; the end with counts and a digest. Bodies stay sealed as they are: whoever restores needs the
//! same keys, and whoever has the file alone can read nobody's name.
//!
//! - [`Export`] reads a store page by page. After each page stands a checkpoint, from which an export that was
//!   interrupted [goes on](Export::resume).
//! - [`Import`] writes a store page by page, each page as one unit whose id is derived from what is in it. An import
//!   that was interrupted is simply run again: what is there already stays.
//! - [`digest`] is over everything that is kept, so that two stores can be compared.
//!
//! Unit ids are not moved: they answer those who wait for the outcome of a commit, and nobody does while a tenant is
//! moved. Stop the workers and the verbs first; an export that saw rows change says so at its end
//! ([`ArchiveError::Moved`]).

mod export;
mod import;
mod wire;

use crate::id::TenantId;
use crate::store::{Archive, StoreError};

pub use export::{Checkpoint, Export, Scan};
pub use import::{Check, Import};
pub use wire::Totals;

/// Most records of one page: of an export's read, of an import's unit.
const PAGE: usize = 200;

/// The longest line that is read: a record with a sealed body of 48 MiB.
pub const MAX_LINE: usize = 64 << 20;

/// Why an export or import did not come to its end.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ArchiveError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A line is not of the form of an archive, or was changed.
    #[error("ARCHIVE-01: line {line} is not of the form of an archive")]
    Malformed {
        /// The line, from 1.
        line: u64,
    },
    /// The file ends too early.
    #[error(
        "ARCHIVE-02: the file is cut off behind line {line}; export again, or go on from its last checkpoint"
    )]
    CutOff {
        /// The last line, from 1.
        line: u64,
    },
    /// Counts or digest of the file differ from what its end says.
    #[error("ARCHIVE-03: the file was changed: it has {found}, its end says {said}")]
    Differs {
        /// What is in the file.
        found: Box<Totals>,
        /// What its end says.
        said: Box<Totals>,
    },
    /// Somebody wrote while the tenant was exported.
    #[error("ARCHIVE-04: rows changed during the export; stop the workers and export again")]
    Moved,
    /// The store does not hold what the file says, though every page was written: it held something else before.
    #[error("ARCHIVE-05: the store holds {found}, the file {said}; import into a store without this tenant")]
    NotTheSame {
        /// What is in the store.
        found: Box<Totals>,
        /// What is in the file.
        said: Box<Totals>,
    },
}

impl ArchiveError {
    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Store(_) => "STORE",
            Self::Malformed { .. } => "ARCHIVE-01",
            Self::CutOff { .. } => "ARCHIVE-02",
            Self::Differs { .. } => "ARCHIVE-03",
            Self::Moved => "ARCHIVE-04",
            Self::NotTheSame { .. } => "ARCHIVE-05",
        }
    }
}

/// Counts and digest of everything that a store keeps of a tenant. The same in every store that keeps the same.
///
/// # Errors
/// A failing store.
pub async fn digest(store: &dyn Archive, tenant: &TenantId) -> Result<Totals, ArchiveError> {
    let mut export = Export::new(store, tenant, chrono::DateTime::UNIX_EPOCH);
    while export.next_lines().await?.is_some() {}
    Ok(export.totals().clone())
}
