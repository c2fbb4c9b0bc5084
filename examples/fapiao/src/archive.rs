//! `fapiao archive`: a folder of files with the list that proves, offline, that nothing in it was changed.

use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use clap::{Args, Subcommand};
use invoice_core::audit::{hex, unhex};
use invoice_core::received::archive::ArchiveFault;
use invoice_examples::archive::{self, Sealed};
use invoice_examples::run::failed;
use serde_json::json;

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
    /// Make a sealed folder of the originals of invoices in a store.
    #[cfg(feature = "received")]
    Export(crate::received::export::Arguments),
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
            #[cfg(feature = "received")]
            What::Export(arguments) => arguments.run(),
            What::Verify { folder, head } => verify(folder, head.as_ref()),
        }
    }
}

fn seal(folder: &Path, dated: NaiveDate) -> Result<(), Error> {
    let whole = folder.canonicalize().map_err(failed(folder))?;
    // The root has no name, and the list is called by it all the same.
    let name = whole.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    print_seal(&archive::seal(folder, &name, dated)?)
}

fn print_seal(sealed: &Sealed) -> Result<(), Error> {
    stream::print_line(&json!({ "head": hex(&sealed.head), "keep_until": sealed.keep_until }).to_string())
}

fn verify(folder: &Path, head: Option<&[u8; 32]>) -> Result<(), Error> {
    let verdict = archive::check(folder, head)?;
    let fault =
        |fault: &ArchiveFault| json!({ "code": fault.as_str(), "file": fault.name(), "line": fault.line() });
    let summary = json!({
        "holds": verdict.holds(), "files": verdict.files, "faults": verdict.faults.len(), "head": verdict.head,
    });
    stream::print_all(verdict.faults.iter().map(fault).chain([summary]))?;
    if verdict.holds() { Ok(()) } else { Err(Error::NotProven) }
}
