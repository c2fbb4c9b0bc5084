//! A folder of files, read in parallel and handed to the desk, with a result per file.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::thread;

use futures_util::{StreamExt, stream};
use invoice_core::access::Actor;
use invoice_core::desk::DeskError;
use invoice_core::env::OriginalStore;
use invoice_core::error::RefusalCode;
use invoice_core::invoice::InvoiceNumber;
use invoice_core::received::ReceivedInvoice;
use invoice_examples::run::{RunError, failed};
use invoice_providers::document::DocumentError;
use invoice_providers::document::read::{self, Found, Imported};
use invoice_providers::import::Cell;
use serde::Serialize;
use sha2::{Digest, Sha256};
use tokio::sync::mpsc;

use crate::office::Office;

/// Files that are read and not yet handed in, and how many are handed in at the same time.
const AHEAD: usize = 32;

/// What became of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// Its invoice is in the desk now.
    Received,
    /// Its invoice was there; what this file says of it was added.
    Known,
    /// Byte for byte another file of the folder.
    SameBytes {
        /// That file.
        first: PathBuf,
    },
    /// The desk refused it, with this code and sentence: `RECEIVED-05` when another person has handed it in.
    Refused {
        /// The code.
        code: String,
        /// The sentence.
        told: String,
    },
    /// It is made out to none of the companies, or to nobody.
    NotOurs,
    /// It is no invoice that can be read, with this code and sentence.
    Unreadable {
        /// The code.
        code: &'static str,
        /// The sentence.
        told: String,
    },
}

impl Outcome {
    /// The stable name.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Received => "received",
            Self::Known => "known",
            Self::SameBytes { .. } => "same_bytes",
            Self::Refused { .. } => "refused",
            Self::NotOurs => "not_ours",
            Self::Unreadable { .. } => "unreadable",
        }
    }

    fn detail(&self) -> String {
        match self {
            Self::SameBytes { first } => first.display().to_string(),
            Self::Refused { code, told } => format!("{code}: {told}"),
            Self::Unreadable { told, .. } => told.clone(),
            Self::Received | Self::Known | Self::NotOurs => String::new(),
        }
    }
}

/// A file and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileResult {
    /// The file, within the folder.
    pub path: PathBuf,
    /// Its place among all files, from 1.
    pub done: usize,
    /// How many files there are.
    pub of: usize,
    /// The number of its invoice, where it could be read.
    pub number: Option<InvoiceNumber>,
    /// What became of it.
    pub outcome: Outcome,
    /// Fields of which two places of it say something different.
    pub disputed: Vec<&'static str>,
}

impl FileResult {
    /// The head of a file of results.
    #[must_use]
    pub fn head() -> [Cell; 5] {
        ["file", "result", "number", "disputed", "detail"].map(Cell::from)
    }

    /// It as a row of a file of results. Names of files and numbers are personal data.
    #[must_use]
    pub fn cells(&self) -> [Cell; 5] {
        [
            self.path.display().to_string().into(),
            self.outcome.as_str().into(),
            self.number.as_ref().map_or_else(String::new, ToString::to_string).into(),
            self.disputed.join(" ").into(),
            self.outcome.detail().into(),
        ]
    }
}

/// How many files came to what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct ImportSummary {
    /// All files.
    pub files: usize,
    /// New invoices.
    pub received: usize,
    /// Further files of invoices that were there.
    pub known: usize,
    /// Files that were there twice.
    pub same_bytes: usize,
    /// Files that the desk refused.
    pub refused: usize,
    /// Files of invoices that are made out to others.
    pub not_ours: usize,
    /// Files that could not be read.
    pub unreadable: usize,
}

impl ImportSummary {
    fn count(&mut self, outcome: &Outcome) {
        self.files += 1;
        *match outcome {
            Outcome::Received => &mut self.received,
            Outcome::Known => &mut self.known,
            Outcome::SameBytes { .. } => &mut self.same_bytes,
            Outcome::Refused { .. } => &mut self.refused,
            Outcome::NotOurs => &mut self.not_ours,
            Outcome::Unreadable { .. } => &mut self.unreadable,
        } += 1;
    }
}

/// Reads a folder with several threads, keeps every original that an invoice was read from, and hands the invoices in.
/// `each` gets the result of every file in the order of the files. Memory does not grow with the folder but for its paths
/// and two digests a file; a run that was stopped is simply done again.
///
/// # Errors
/// When the folder cannot be listed; a failing store; an original that cannot be kept; what `each` fails with.
pub async fn import(
    office: &Office,
    actor: &Actor,
    folder: &Path,
    workers: NonZeroUsize,
    mut each: impl FnMut(&FileResult) -> Result<(), RunError>,
) -> Result<ImportSummary, RunError> {
    let (sender, mut read) = mpsc::channel(AHEAD);
    let root = folder.to_path_buf();
    // A thread that is left alone when this ends early: what it reads then goes nowhere.
    let reader = thread::spawn(move || read::import(&root, workers, |one| drop(sender.blocking_send(one))));
    let mut summary = ImportSummary::default();
    let mut batch = Vec::with_capacity(AHEAD);
    while read.recv_many(&mut batch, AHEAD).await > 0 {
        // Two files of one invoice keep their order: of what both say equally well, the first stays.
        let repeats = |one: &Imported| matches!(one.found, Found::SameInvoice { .. });
        let last = batch.iter().any(repeats);
        let at_once = if last { 1 } else { AHEAD };
        let work = stream::iter(batch.drain(..)).map(|one| take(office, actor, folder, one));
        let mut results = work.buffered(at_once);
        while let Some(result) = results.next().await {
            let result = result?;
            summary.count(&result.outcome);
            each(&result)?;
        }
    }
    let stopped = || failed(folder)(std::io::Error::other("the reader was stopped"));
    let listed = reader.join().map_err(|_| stopped())?;
    listed.map_err(|error| failed(folder)(std::io::Error::other(error)))?;
    Ok(summary)
}

async fn take(
    office: &Office,
    actor: &Actor,
    folder: &Path,
    imported: Imported,
) -> Result<FileResult, RunError> {
    let Imported { path, done, of, found, .. } = imported;
    let within = |path: &Path| path.strip_prefix(folder).unwrap_or(path).to_path_buf();
    let (number, disputed, outcome) = match found {
        Found::Unreadable(error) => (None, Vec::new(), unreadable(&error)),
        Found::SameBytes { first } => (None, Vec::new(), Outcome::SameBytes { first: within(&first) }),
        Found::Invoice(invoice) | Found::SameInvoice { invoice, .. } => {
            let disputed = invoice.disputed().map(|field| field.as_str()).collect();
            (Some(invoice.number().clone()), disputed, hand_in(office, actor, &path, *invoice).await?)
        }
        _ => (None, Vec::new(), Outcome::NotOurs),
    };
    Ok(FileResult { path: within(&path), done, of, number, outcome, disputed })
}

fn unreadable(error: &DocumentError) -> Outcome {
    Outcome::Unreadable { code: error.code().as_str(), told: error.to_string() }
}

async fn hand_in(
    office: &Office,
    actor: &Actor,
    path: &Path,
    invoice: ReceivedInvoice,
) -> Result<Outcome, RunError> {
    let Some(entity) = office.entity_of(&invoice) else { return Ok(Outcome::NotOurs) };
    let known = match office.desk.received(actor, invoice.number()).await {
        Ok(_) => true,
        Err(DeskError::Refused(refusal)) if refusal.code() == RefusalCode::ReceivedUnknown => false,
        Err(error) => return Err(error.into()),
    };
    // The original first: an invoice in the desk always has the files that it names.
    let bytes = std::fs::read(path).ok();
    let own = |bytes: &Vec<u8>| {
        let digest: [u8; 32] = Sha256::digest(bytes).into();
        invoice.sources().any(|source| *source.digest() == digest)
    };
    let Some(bytes) = bytes.filter(own) else {
        let told = "the file was changed or removed while it was read".to_owned();
        return Ok(Outcome::Unreadable { code: "CHANGED", told });
    };
    let kept = office.originals.keep(&bytes).await;
    kept.map_err(|error| failed(path)(std::io::Error::other(error)))?;
    match office.desk.receive(actor, entity.id(), invoice).await {
        Ok(_) if known => Ok(Outcome::Known),
        Ok(_) => Ok(Outcome::Received),
        Err(DeskError::Refused(refusal)) => {
            Ok(Outcome::Refused { code: refusal.code().as_str().to_owned(), told: refusal.to_string() })
        }
        Err(error) => Err(error.into()),
    }
}
