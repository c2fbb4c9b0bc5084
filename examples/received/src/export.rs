//! The originals of a folder of the books, to be sealed as an archive (归档).

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Write;
use std::path::Path;

use chrono::NaiveDate;
use invoice_core::access::Actor;
use invoice_core::audit::hex;
use invoice_core::env::OriginalStore;
use invoice_core::received::{ReceivedQuery, ReceivedRecord, ReceivedStep, SourceFile, SourceFormat};
use invoice_examples::archive::{Sealed, seal};
use invoice_examples::run::{RunError, failed};
use invoice_providers::import::{Cell, CsvSheet};

use crate::office::Office;

/// The list of what is in the archive, for people: one row a file.
const INDEX: &str = "index.csv";

/// What was exported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exported {
    /// How many invoices.
    pub invoices: usize,
    /// How many files, without the index and the list.
    pub files: usize,
    /// Invoices that name no file: what was typed, or told by another system.
    pub without_file: usize,
    /// The seal.
    pub sealed: Sealed,
}

/// Writes the originals of every invoice that a query finds into a new folder, with an index for people, and seals it.
///
/// The folder is made under another name, made durable and then given its own: an archive is there whole or not at all.
///
/// # Errors
/// When the folder is there already, an original is missing or was changed, nothing was found, or a file cannot be written;
/// `ACCESS-01`; a failing store.
pub async fn export(
    office: &Office,
    actor: &Actor,
    query: &ReceivedQuery,
    folder: &Path,
) -> Result<Exported, RunError> {
    let other = |what: &str| failed(folder)(std::io::Error::other(what.to_owned()));
    if folder.exists() {
        return Err(other("it is there already, and an archive is not written over"));
    }
    let mut records: BTreeMap<_, ReceivedRecord> = BTreeMap::new();
    let keep = |record: &ReceivedRecord| {
        records.insert(record.number().clone(), record.clone());
        Ok::<_, RunError>(())
    };
    office.desk.fold_received(actor, query, keep).await?;
    let Some(dated) = records.values().map(|record| record.invoice().date()).max() else {
        return Err(other("no invoice was found that could be in it"));
    };
    let mut name = folder.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.part", std::process::id()));
    let unfinished = folder.with_file_name(name);
    let parent = folder.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::create_dir_all(parent).map_err(failed(parent))?;
    // What is there already is somebody else's.
    fs::create_dir(&unfinished).map_err(failed(&unfinished))?;
    let done = async {
        let (files, without_file) = write(office, &unfinished, records.values()).await?;
        let sealed = seal_as(&unfinished, folder, dated)?;
        durable(&unfinished)?;
        fs::rename(&unfinished, folder).map_err(failed(folder))?;
        durable(parent)?;
        Ok(Exported { invoices: records.len(), files, without_file, sealed })
    };
    let done = done.await;
    if done.is_err() && unfinished.exists() {
        // What was written lies there in the clear. The first error is the one to be told.
        let _ = fs::remove_dir_all(&unfinished);
    }
    done
}

/// The names in a folder are written to the disk, where folders are files.
fn durable(folder: &Path) -> Result<(), RunError> {
    if cfg!(unix) {
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed(folder))
    } else {
        Ok(())
    }
}

fn seal_as(unfinished: &Path, folder: &Path, dated: NaiveDate) -> Result<Sealed, RunError> {
    let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
    seal(unfinished, &name, dated)
}

async fn write(
    office: &Office,
    folder: &Path,
    records: impl Iterator<Item = &ReceivedRecord>,
) -> Result<(usize, usize), RunError> {
    let path = folder.join(INDEX);
    let file = File::create(&path).map_err(failed(&path))?;
    let mut index = CsvSheet::new(&file).map_err(failed(&path))?;
    let head = ["文件", "发票号码", "开票日期", "销售方", "不含税", "税额", "价税合计", "状态", "凭证号"];
    index.row(&head.map(Cell::from)).map_err(failed(&path))?;
    let (mut files, mut without_file) = (0, 0);
    for record in records {
        let mut sources = record.invoice().sources().peekable();
        without_file += usize::from(sources.peek().is_none());
        for source in sources {
            let name = original(office, folder, record, source).await?;
            index.row(&row_of(&name, record)).map_err(failed(&path))?;
            files += 1;
        }
    }
    index.finish().map_err(failed(&path))?;
    file.sync_all().map_err(failed(&path))?;
    Ok((files, without_file))
}

async fn original(
    office: &Office,
    folder: &Path,
    record: &ReceivedRecord,
    source: &SourceFile,
) -> Result<String, RunError> {
    let digest = hex(source.digest());
    let found = office.originals.original(source.digest()).await;
    let named = folder.join(&digest);
    let found = found.map_err(|error| failed(&named)(std::io::Error::other(error)))?;
    let bytes =
        found.ok_or_else(|| failed(&named)(std::io::Error::other("the original was never kept here")))?;
    let end = match source.format() {
        SourceFormat::Picture if bytes.starts_with(b"\x89PNG") => "png",
        SourceFormat::Picture => "jpg",
        format => format.as_str(),
    };
    let short: String = digest.chars().take(8).collect();
    let name = format!("{}-{short}.{end}", record.number());
    let path = folder.join(&name);
    let mut file = File::create_new(&path).map_err(failed(&path))?;
    file.write_all(&bytes).and_then(|()| file.sync_all()).map_err(failed(&path))?;
    Ok(name)
}

fn row_of(name: &str, record: &ReceivedRecord) -> [Cell; 9] {
    let invoice = record.invoice();
    let fen = |amount: Option<invoice_core::money::Money>| {
        amount.map_or_else(|| Cell::from(""), |amount| Cell::Fen(amount.fen().into()))
    };
    let voucher = record.steps().iter().find_map(|step| match step {
        ReceivedStep::Book { voucher } => Some(voucher.as_str()),
        _ => None,
    });
    [
        name.into(),
        record.number().to_string().into(),
        invoice.date().to_string().into(),
        invoice.seller_name().unwrap_or_default().into(),
        fen(invoice.net()),
        fen(invoice.tax()),
        fen(invoice.gross()),
        record.state().chinese().into(),
        voucher.unwrap_or_default().into(),
    ]
}
