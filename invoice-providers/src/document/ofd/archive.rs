//! An archive that anybody may have made, unpacked within bounds.

use std::collections::HashSet;
use std::io::{Cursor, Read};

use zip::ZipArchive;
use zip::result::ZipError;

use crate::document::{DocumentCode, DocumentError};

/// Most bytes of a file.
pub const MAX_BYTES: usize = 64 * 1024 * 1024;
/// Most bytes of all entries that are read, once unpacked.
pub const MAX_UNPACKED: u64 = 64 * 1024 * 1024;
/// Most entries.
pub const MAX_ENTRIES: usize = 2_000;
/// Nothing in an invoice is packed to less than this part of itself. Small entries may be anything.
const MAX_RATIO: u64 = 250;
const SMALL: u64 = 1024 * 1024;

/// The entries of an archive. What is read of it counts towards one limit.
pub(super) struct Archive<'a> {
    zip: ZipArchive<Cursor<&'a [u8]>>,
    names: Vec<String>,
    left: u64,
}

impl<'a> Archive<'a> {
    pub(super) fn open(bytes: &'a [u8]) -> Result<Self, DocumentError> {
        if bytes.len() > MAX_BYTES {
            return Err(DocumentCode::TooLarge.into());
        }
        let zip = ZipArchive::new(Cursor::new(bytes)).map_err(broken)?;
        if zip.len() > MAX_ENTRIES {
            return Err(DocumentCode::ArchiveEntries.into());
        }
        let mut archive = Self { zip, names: Vec::new(), left: MAX_UNPACKED };
        archive.look()?;
        Ok(archive)
    }

    /// Looks at all entries before any is read.
    fn look(&mut self) -> Result<(), DocumentError> {
        let mut seen = HashSet::new();
        for index in 0..self.zip.len() {
            let entry = self.zip.by_index_raw(index).map_err(|error| broken(error).at(index))?;
            let name = entry.name().to_owned();
            let path = name.trim_start_matches('/');
            let escapes = name.contains(['\\', '\0', ':']) || path.split('/').any(|part| part == "..");
            // Readers that take another of two equal names would show another invoice.
            if escapes || entry.is_symlink() || !seen.insert(path.to_ascii_lowercase()) {
                return Err(DocumentError::new(DocumentCode::ArchivePath).at(index));
            }
            if entry.encrypted() {
                return Err(DocumentError::new(DocumentCode::ArchiveBroken).at(index));
            }
            let (packed, size) = (entry.compressed_size(), entry.size());
            if size > SMALL && size / MAX_RATIO > packed {
                return Err(DocumentError::new(DocumentCode::ArchiveRatio).at(index));
            }
            self.names.push(name);
        }
        Ok(())
    }

    /// The names of the entries.
    pub(super) fn names(&self) -> &[String] {
        &self.names
    }

    /// An entry by its place. What it says of its size is only what it says: it is read as far as the limit.
    pub(super) fn read(&mut self, index: usize) -> Result<Vec<u8>, DocumentError> {
        let entry = self.zip.by_index(index).map_err(|error| broken(error).at(index))?;
        let packed = entry.compressed_size();
        let mut bytes = Vec::new();
        let read = entry.take(self.left + 1).read_to_end(&mut bytes);
        let size = u64::try_from(read.map_err(|error| broken(error.into()).at(index))?).unwrap_or(u64::MAX);
        self.left = self
            .left
            .checked_sub(size)
            .ok_or_else(|| DocumentError::new(DocumentCode::ArchiveUnpacked).at(index))?;
        if size > SMALL && size / MAX_RATIO > packed {
            return Err(DocumentError::new(DocumentCode::ArchiveRatio).at(index));
        }
        Ok(bytes)
    }
}

fn broken(error: ZipError) -> DocumentError {
    DocumentError::new(DocumentCode::ArchiveBroken).because(error)
}
