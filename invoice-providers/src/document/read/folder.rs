use std::collections::HashMap;
use std::fs;
use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use invoice_core::received::ReceivedInvoice;
use sha2::{Digest, Sha256};

use super::{MAX_BYTES, read};
use crate::document::{DocumentCode, DocumentError};

/// Most threads at once: each may hold a file, what is unpacked of it, and a picture's pixels.
const MAX_WORKERS: usize = 64;
/// Files that one worker reads before results are handed on.
const SHARE: usize = 16;
/// Deeper folders are left out, so that no arrangement of folders is endless.
const MAX_DEPTH: usize = 32;

/// What became of one file.
#[derive(Debug)]
#[non_exhaustive]
pub struct Imported {
    /// The file.
    pub path: PathBuf,
    /// Its place among all files, from 1: how far the import has come.
    pub done: usize,
    /// How many files there are.
    pub of: usize,
    /// What was found in it.
    pub found: Found,
}

/// What a file of a folder turned out to be.
#[derive(Debug)]
#[non_exhaustive]
pub enum Found {
    /// An invoice that no earlier file had.
    Invoice(Box<ReceivedInvoice>),
    /// Byte for byte an earlier file.
    SameBytes {
        /// That file.
        first: PathBuf,
    },
    /// Another file of an invoice that an earlier file had, such as its PDF beside its XML: the numbers are equal. What
    /// both say can be put together with [`ReceivedBuilder::also`](invoice_core::received::ReceivedBuilder::also).
    SameInvoice {
        /// That file.
        first: PathBuf,
        /// What this one says.
        invoice: Box<ReceivedInvoice>,
    },
    /// None that can be read.
    Unreadable(DocumentError),
}

/// How many files turned out to be what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct ImportCounts {
    /// Invoices, each once.
    pub invoices: usize,
    /// Files that were there twice.
    pub same_bytes: usize,
    /// Further files of the same invoices.
    pub same_invoice: usize,
    /// Files that could not be read.
    pub unreadable: usize,
}

/// Reads every file in a folder and the folders in it, in the order of their paths, with as many threads as `workers`
/// says (64 at most). `each` gets the result of every file in that order, whatever the threads do; a file that cannot be
/// read is a result like any other. Links are not followed.
///
/// Results are handed on and forgotten: what is kept is a path and two digests a file.
///
/// # Errors
/// `DOC-04` where the folder itself cannot be listed.
///
/// ```no_run
/// use std::num::NonZeroUsize;
/// use std::path::Path;
/// use invoice_providers::document::read::{self, Found};
///
/// let counts = read::import(Path::new("invoices"), NonZeroUsize::MIN, |imported| {
///     print!("\r{} of {}", imported.done, imported.of);
///     if let Found::Unreadable(error) = imported.found {
///         println!(" {}: {error}", imported.path.display());
///     }
/// })?;
/// println!("\r{} invoices", counts.invoices);
/// # Ok::<(), invoice_providers::document::DocumentError>(())
/// ```
pub fn import(
    folder: &Path,
    workers: NonZeroUsize,
    mut each: impl FnMut(Imported),
) -> Result<ImportCounts, DocumentError> {
    let mut paths = Vec::new();
    list(folder, 0, &mut paths)?;
    let workers = workers.get().min(MAX_WORKERS);
    let mut known = Known::default();
    let mut counts = ImportCounts::default();
    for (chunk, from) in paths.chunks(workers * SHARE).zip((0..).step_by(workers * SHARE)) {
        for (read, index) in together(chunk, workers).into_iter().zip(from..) {
            let Some(path) = paths.get(index) else { continue };
            let found = known.place(read, index, &paths);
            *match &found {
                Found::Invoice(_) => &mut counts.invoices,
                Found::SameBytes { .. } => &mut counts.same_bytes,
                Found::SameInvoice { .. } => &mut counts.same_invoice,
                Found::Unreadable(_) => &mut counts.unreadable,
            } += 1;
            each(Imported { path: path.clone(), done: index + 1, of: paths.len(), found });
        }
    }
    Ok(counts)
}

/// All files below a folder, in the order of their paths.
fn list(folder: &Path, depth: usize, paths: &mut Vec<PathBuf>) -> Result<(), DocumentError> {
    let unreadable = |error| DocumentError::new(DocumentCode::Unreadable).because(error);
    let entries = fs::read_dir(folder).map_err(unreadable)?;
    let mut entries = entries.collect::<Result<Vec<_>, _>>().map_err(unreadable)?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let kind = entry.file_type().map_err(unreadable)?;
        if kind.is_file() {
            paths.push(entry.path());
        } else if kind.is_dir() && depth < MAX_DEPTH {
            list(&entry.path(), depth + 1, paths)?;
        }
    }
    Ok(())
}

/// The digest of a file, and what it says.
type Read = Result<([u8; 32], Result<ReceivedInvoice, DocumentError>), DocumentError>;

/// Reads files with several threads, and gives what they say in the order of the files.
fn together(paths: &[PathBuf], workers: usize) -> Vec<Read> {
    let next = AtomicUsize::new(0);
    let slots: Vec<Mutex<Option<Read>>> = paths.iter().map(|_| Mutex::new(None)).collect();
    let work = || {
        while let Some((path, slot)) = {
            let index = next.fetch_add(1, Ordering::Relaxed);
            paths.get(index).zip(slots.get(index))
        } {
            // A reader that panics has met a file that breaks it, and only that.
            let read = catch_unwind(AssertUnwindSafe(|| one(path)));
            let read = read.unwrap_or_else(|_| Err(DocumentCode::OutOfTime.into()));
            *slot.lock().unwrap_or_else(PoisonError::into_inner) = Some(read);
        }
    };
    thread::scope(|scope| {
        for _ in 1..workers.min(paths.len()) {
            scope.spawn(work);
        }
        work();
    });
    let read = |slot: Mutex<Option<Read>>| slot.into_inner().unwrap_or_else(PoisonError::into_inner);
    slots.into_iter().map(|slot| read(slot).unwrap_or(Err(DocumentCode::OutOfTime.into()))).collect()
}

fn one(path: &Path) -> Read {
    let unreadable = |error| DocumentError::new(DocumentCode::Unreadable).because(error);
    let length = fs::metadata(path).map_err(unreadable)?.len();
    if length > u64::try_from(MAX_BYTES).unwrap_or(u64::MAX) {
        return Err(DocumentCode::TooLarge.into());
    }
    let bytes = fs::read(path).map_err(unreadable)?;
    Ok((Sha256::digest(&bytes).into(), read(&bytes)))
}

/// What earlier files were: the first sixteen bytes of digests, of contents and of numbers.
#[derive(Default)]
struct Known {
    contents: HashMap<[u8; 16], usize>,
    numbers: HashMap<[u8; 16], usize>,
}

impl Known {
    fn place(&mut self, read: Read, index: usize, paths: &[PathBuf]) -> Found {
        let first = |index: usize| paths.get(index).cloned().unwrap_or_default();
        let (digest, read) = match read {
            Ok(read) => read,
            Err(error) => return Found::Unreadable(error),
        };
        let same = *self.contents.entry(short(digest)).or_insert(index);
        if same != index {
            return Found::SameBytes { first: first(same) };
        }
        let invoice = match read {
            Ok(invoice) => Box::new(invoice),
            Err(error) => return Found::Unreadable(error),
        };
        let numbers: Vec<_> =
            invoice.numbers().map(|number| short(Sha256::digest(number.as_str()).into())).collect();
        let same = numbers.iter().find_map(|number| self.numbers.get(number)).copied().unwrap_or(index);
        numbers.into_iter().for_each(|number| {
            self.numbers.entry(number).or_insert(same);
        });
        if same == index {
            Found::Invoice(invoice)
        } else {
            Found::SameInvoice { first: first(same), invoice }
        }
    }
}

fn short(digest: [u8; 32]) -> [u8; 16] {
    std::array::from_fn(|index| digest.get(index).copied().unwrap_or_default())
}
