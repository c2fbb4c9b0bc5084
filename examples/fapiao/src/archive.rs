//! `fapiao archive`: a folder of files with the list that proves, offline, that nothing in it was changed.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use clap::{Args, Subcommand};
use invoice_core::audit::{hex, unhex};
use invoice_core::received::archive::{
    ArchiveFault, ArchiveWriter, FoundFile, LIST, MAX_LIST, check_archive,
};
use invoice_core::received::{Archived, Retention};
use invoice_examples::run::{RunError, failed};
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::{Error, stream};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Write the list of a folder of received invoices, and print its last hash, to be kept elsewhere. A folder that has a
    /// list already is left as it is.
    Seal {
        /// The folder. It holds plain files with plain names and nothing else: no folder, no link.
        folder: PathBuf,
        /// The latest day of issue in it: from the end of that year everything is kept as long as vouchers are.
        #[arg(long, value_name = "DAY")]
        dated: NaiveDate,
    },
    /// Verify a folder against its list: prints what is wrong, one JSON object a line, and then the verdict. The exit status
    /// is 1 when anything is wrong.
    Verify {
        /// The folder.
        folder: PathBuf,
        /// The last hash as it was kept elsewhere.
        #[arg(long, value_name = "HASH", value_parser = hash)]
        head: Option<[u8; 32]>,
    },
}

fn hash(text: &str) -> Result<[u8; 32], String> {
    unhex(text).ok_or_else(|| "64 hexadecimal digits are needed".to_owned())
}

impl Arguments {
    pub(crate) fn run(&self) -> Result<(), Error> {
        match &self.what {
            What::Seal { folder, dated } => seal(folder, *dated),
            What::Verify { folder, head } => verify(folder, head.as_ref()),
        }
    }
}

fn seal(folder: &Path, dated: NaiveDate) -> Result<(), Error> {
    let whole = folder.canonicalize().map_err(failed(folder))?;
    // The root has no name, and the list is called by it all the same.
    let name = whole.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let until = Retention::default().until(Archived::Voucher, dated).unwrap_or(NaiveDate::MAX);
    let mut writer = ArchiveWriter::new(&name);
    for (name, file) in found(folder)? {
        let Some(file) = file else {
            let what = std::io::Error::other("no plain file: what is behind it could change unseen");
            return Err(failed(&folder.join(name))(what).into());
        };
        writer.file(&name, file.bytes, file.digest, until).map_err(RunError::from)?;
    }
    let (list, head) = writer.finish();
    let path = folder.join(LIST);
    let mut file = File::create_new(&path).map_err(failed(&path))?;
    std::io::Write::write_all(&mut file, list.as_bytes()).map_err(failed(&path))?;
    file.sync_all().map_err(failed(&path))?;
    stream::print_line(&json!({ "head": hex(&head), "keep_until": until }).to_string())
}

fn verify(folder: &Path, head: Option<&[u8; 32]>) -> Result<(), Error> {
    let path = folder.join(LIST);
    let mut list = Vec::new();
    let most = u64::try_from(MAX_LIST).unwrap_or(u64::MAX).saturating_add(1);
    File::open(&path).map_err(failed(&path))?.take(most).read_to_end(&mut list).map_err(failed(&path))?;
    // What is no plain file is no file that was listed: it has no such digest.
    let nothing = FoundFile { bytes: 0, digest: [0; 32] };
    let files = found(folder)?.into_iter().map(|(name, file)| (name, file.unwrap_or(nothing))).collect();
    let verdict = check_archive(&list, &files, head);
    let fault =
        |fault: &ArchiveFault| json!({ "code": fault.as_str(), "file": fault.name(), "line": fault.line() });
    let summary = json!({
        "holds": verdict.holds(), "files": verdict.files, "faults": verdict.faults.len(), "head": verdict.head,
    });
    stream::print_all(verdict.faults.iter().map(fault).chain([summary]))?;
    if verdict.holds() { Ok(()) } else { Err(Error::NotProven) }
}

/// Everything in a folder but its list; `None` for what is no plain file.
fn found(folder: &Path) -> Result<BTreeMap<String, Option<FoundFile>>, Error> {
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

fn digest(path: &Path) -> Result<FoundFile, Error> {
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
