//! A folder of files with the list that proves, offline, that nothing in it was changed (归档).

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Write};
use std::path::Path;

use chrono::NaiveDate;
use invoice_core::received::archive::{
    ArchiveVerdict, ArchiveWriter, FoundFile, LIST, MAX_LIST, check_archive,
};
use invoice_core::received::{Archived, Retention};
use sha2::{Digest, Sha256};

use crate::run::{RunError, failed};

/// What sealing a folder comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sealed {
    /// The last hash of the list, to be kept elsewhere.
    pub head: [u8; 32],
    /// Until when everything in it must be there.
    pub keep_until: NaiveDate,
}

/// Writes the list of a folder, under a name, such as its own. `dated` is the latest day of issue in it: from the end of that
/// year everything is kept as long as vouchers are.
///
/// # Errors
/// When it has a list already, holds anything but plain files with plain names, or cannot be read or written.
pub fn seal(folder: &Path, name: &str, dated: NaiveDate) -> Result<Sealed, RunError> {
    let keep_until = Retention::default().until(Archived::Voucher, dated).unwrap_or(NaiveDate::MAX);
    let mut writer = ArchiveWriter::new(name);
    for (name, file) in found(folder)? {
        let Some(file) = file else {
            let what = std::io::Error::other("no plain file: what is behind it could change unseen");
            return Err(failed(&folder.join(name))(what));
        };
        writer.file(&name, file.bytes, file.digest, keep_until)?;
    }
    let (list, head) = writer.finish();
    let path = folder.join(LIST);
    let mut file = File::create_new(&path).map_err(failed(&path))?;
    file.write_all(list.as_bytes()).and_then(|()| file.sync_all()).map_err(failed(&path))?;
    Ok(Sealed { head, keep_until })
}

/// Checks a folder against its list. `head` is the last hash as it was kept elsewhere.
///
/// # Errors
/// When there is no list, or something cannot be read.
pub fn check(folder: &Path, head: Option<&[u8; 32]>) -> Result<ArchiveVerdict, RunError> {
    let path = folder.join(LIST);
    let mut list = Vec::new();
    let most = u64::try_from(MAX_LIST).unwrap_or(u64::MAX).saturating_add(1);
    File::open(&path).map_err(failed(&path))?.take(most).read_to_end(&mut list).map_err(failed(&path))?;
    // What is no plain file is no file that was listed: it has no such digest.
    let nothing = FoundFile { bytes: 0, digest: [0; 32] };
    let files = found(folder)?.into_iter().map(|(name, file)| (name, file.unwrap_or(nothing))).collect();
    Ok(check_archive(&list, &files, head))
}

/// Everything in a folder but its list; `None` for what is no plain file.
fn found(folder: &Path) -> Result<BTreeMap<String, Option<FoundFile>>, RunError> {
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(folder).map_err(failed(folder))? {
        let entry = entry.map_err(failed(folder))?;
        let (path, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
        if name == LIST {
            continue;
        }
        let plain = entry.file_type().map_err(failed(&path))?.is_file();
        found.insert(name, if plain { Some(digest(&path)?) } else { None });
    }
    Ok(found)
}

fn digest(path: &Path) -> Result<FoundFile, RunError> {
    let mut file = File::open(path).map_err(failed(path))?;
    let (mut hasher, mut bytes, mut buffer) = (Sha256::new(), 0_u64, vec![0; 64 << 10]);
    loop {
        let read = file.read(&mut buffer).map_err(failed(path))?;
        if read == 0 {
            return Ok(FoundFile { bytes, digest: hasher.finalize().into() });
        }
        // A reader never says more than there is room for.
        let part = buffer.get(..read).unwrap_or(&buffer);
        bytes += u64::try_from(part.len()).unwrap_or(u64::MAX);
        hasher.update(part);
    }
}
