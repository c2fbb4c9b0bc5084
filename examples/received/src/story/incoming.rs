//! What lies in the office's in-tray: the documents of `closed_loop`, as the companies that bought there receive them.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use invoice_core::id::SellerId;
use invoice_examples::story::Done;
use invoice_providers::document::pdf::{self, PdfFont};
use invoice_providers::document::xml::XmlFile;
use invoice_providers::document::{InvoiceFace, ofd};

use crate::office::Entity;

/// The companies of the group: those that bought most.
const COMPANIES: usize = 8;
/// Of the further files of an invoice: every second has an OFD, every third a PDF, every seventh arrives twice.
const OFD_EVERY: usize = 2;
const PDF_EVERY: usize = 3;
const TWICE_EVERY: usize = 7;

/// A document of the closed loop.
struct Document {
    bytes: Vec<u8>,
    face: InvoiceFace,
}

/// The in-tray and whose it is.
pub(crate) struct Incoming {
    /// The folder: `mail`, `portal`, `scans` and `other`.
    pub(crate) folder: PathBuf,
    /// The companies of the group.
    pub(crate) entities: Vec<Entity>,
    /// Whether there is a font to render PDFs with.
    pub(crate) has_pdf: bool,
}

/// Fills the in-tray from the documents; what is there stays.
pub(crate) fn prepare(documents: &Path, folder: &Path) -> Done<Incoming> {
    let all = read(documents)?;
    let mut bought: BTreeMap<&str, Vec<&Document>> = BTreeMap::new();
    for document in &all {
        if let Some(id) = document.face.buyer.tax_id.as_deref() {
            bought.entry(id).or_default().push(document);
        }
    }
    let mut companies: Vec<(&str, Vec<&Document>)> = bought.into_iter().collect();
    companies.sort_by_key(|(id, documents)| (std::cmp::Reverse(documents.len()), *id));
    let (ours, others) = companies.split_at(companies.len().min(COMPANIES));
    let font = PdfFont::find().ok();
    for (at, document) in ours.iter().flat_map(|(_, documents)| documents).enumerate() {
        arrive(folder, at, document, font.as_ref())?;
    }
    // Somebody else's invoice, half a file, and what is no invoice at all.
    if let Some(foreign) = others.first().and_then(|(_, documents)| documents.first()) {
        put(&folder.join("mail").join("other-company.xml"), &foreign.bytes)?;
    }
    if let Some(document) = all.first() {
        let half = document.bytes.get(..document.bytes.len() / 2).unwrap_or_default();
        put(&folder.join("other").join("half.xml"), half)?;
    }
    put(&folder.join("other").join("notes.txt"), "打车 32 元".as_bytes())?;
    let entities = ours.iter().zip(1..).map(|((id, documents), at)| {
        let name = documents.first().and_then(|document| document.face.buyer.name.clone());
        Ok(Entity::new(SellerId::new(format!("company-{at}"))?, *id, name.unwrap_or_default()))
    });
    let entities = entities.collect::<Done<_>>()?;
    Ok(Incoming { folder: folder.to_path_buf(), entities, has_pdf: font.is_some() })
}

fn arrive(folder: &Path, at: usize, document: &Document, font: Option<&PdfFont>) -> Done {
    let number = document.face.number.as_str();
    put(&folder.join("mail").join(format!("dzfp_{number}.xml")), &document.bytes)?;
    if at.is_multiple_of(TWICE_EVERY) {
        put(&folder.join("mail").join(format!("dzfp_{number} (1).xml")), &document.bytes)?;
    }
    if at.is_multiple_of(OFD_EVERY) {
        put(&folder.join("portal").join(format!("{number}.ofd")), &ofd::write(&document.face)?)?;
    }
    match font.filter(|_| at.is_multiple_of(PDF_EVERY)) {
        Some(font) => {
            put(&folder.join("scans").join(format!("{number}.pdf")), &pdf::write(&document.face, font)?)
        }
        None => Ok(()),
    }
}

/// Every XML below the folder, in the order of their paths.
fn read(documents: &Path) -> Done<Vec<Document>> {
    let mut paths = Vec::new();
    for day in fs::read_dir(documents)? {
        for file in fs::read_dir(day?.path())? {
            paths.push(file?.path());
        }
    }
    paths.sort();
    let xml = paths.iter().filter(|path| path.extension().is_some_and(|end| end == "xml"));
    xml.map(|path| {
        let file = XmlFile::read(fs::read(path)?)?;
        Ok(Document { bytes: file.bytes().to_vec(), face: file.into_face() })
    })
    .collect()
}

fn put(path: &Path, bytes: &[u8]) -> Done {
    if path.exists() {
        return Ok(());
    }
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    Ok(fs::write(path, bytes)?)
}
