//! Reading what arrives: national XML, OFD, PDF and pictures, one by one or whole folders, into
//! [`ReceivedInvoice`]s that know where each field was read.
//!
//! What a file is follows from its bytes, never from its name. All places of a file that say something are read, and the
//! strongest is believed: structured data (the XML itself, the copy inside an OFD, an attachment of a PDF) over a QR code
//! over the text of the page. Where two places differ the field is disputed, which a person should see.
//!
//! | file | structured | QR code | text |
//! |---|---|---|---|
//! | XML | national, legacy, XBRL | | |
//! | OFD | copy or XBRL inside | | of the pages |
//! | PDF | attached XML or XBRL | in pictures on the page; with the feature `render` also drawn | text layer |
//! | PNG, JPEG | | yes | |
//!
//! With `render` a QR code that a PDF draws as lines is seen as well: the first four pages are drawn until one has a code,
//! without pictures packed as JBIG2 or JPEG 2000. Text in pictures is for recognition, see the module `recognition`.
//! Everything is bounded: bytes, unpacked bytes, pixels, depth, and time, see [`MAX_BYTES`].
//!
//! ```
//! use invoice_core::received::{Evidence, ReceivedField};
//! use invoice_providers::document::{InvoiceFace, read, xml};
//!
//! let mut face = InvoiceFace::new("26442000000000000001".parse()?);
//! face.issued_on = chrono::NaiveDate::from_ymd_opt(2026, 5, 1);
//! face.gross = Some("113.00".parse()?);
//! let invoice = read::read(&xml::write(&face))?;
//! assert_eq!(invoice.number(), &face.number);
//! assert_eq!(invoice.evidence(ReceivedField::Gross), Some(Evidence::Structured));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#[cfg(feature = "render")]
mod bounds;
mod fields;
mod folder;
#[cfg(feature = "render")]
mod inline;
mod patience;
mod pdf;
pub(super) mod picture;
#[cfg(feature = "render")]
pub(super) mod render;
pub(super) mod text;
#[cfg(feature = "render")]
mod work;

use invoice_core::received::{ReceivedInvoice, SourceFile, SourceFormat};
use sha2::{Digest, Sha256};

pub use folder::{Found, ImportCounts, Imported, import};

use super::ofd::OfdFile;
use super::xml::XmlFile;
use super::{DocumentCode, DocumentError};
use fields::Fields;

/// Most bytes of a file of any format.
pub const MAX_BYTES: usize = super::ofd::MAX_BYTES;

/// What a file is, by its first bytes; `None` for everything else.
#[must_use]
pub fn format_of(bytes: &[u8]) -> Option<SourceFormat> {
    const PDF_WITHIN: usize = 1_024;
    let start = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if bytes.starts_with(b"\x89PNG\r\n\x1a\n") || bytes.starts_with(b"\xff\xd8\xff") {
        Some(SourceFormat::Picture)
    } else if bytes.starts_with(b"PK") {
        Some(SourceFormat::Ofd)
    } else if start.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'<') {
        Some(SourceFormat::Xml)
    } else if bytes.windows(5).take(PDF_WITHIN).any(|window| window == b"%PDF-") {
        Some(SourceFormat::Pdf)
    } else {
        None
    }
}

/// Reads a file.
///
/// # Errors
/// `DOC-01` above [`MAX_BYTES`], `DOC-02` for another format, `DOC-03` where it does not say which invoice it is or
/// contradicts itself (the [source](std::error::Error::source) is the refusal), and the codes of its format.
pub fn read(bytes: &[u8]) -> Result<ReceivedInvoice, DocumentError> {
    let Gathered { format, fields } = gather(bytes)?;
    fields.finish(SourceFile::new(format, Sha256::digest(bytes).into()))
}

/// What a file says of itself, before anything is recognised.
pub(super) struct Gathered {
    pub(super) format: SourceFormat,
    pub(super) fields: Fields,
}

pub(super) fn gather(bytes: &[u8]) -> Result<Gathered, DocumentError> {
    if bytes.len() > MAX_BYTES {
        return Err(DocumentCode::TooLarge.into());
    }
    let format = format_of(bytes).ok_or(DocumentCode::FormatUnknown)?;
    let mut fields = Fields::default();
    match format {
        SourceFormat::Xml => fields.face(XmlFile::read(bytes.to_vec())?.face()),
        SourceFormat::Ofd => {
            let file = OfdFile::read(bytes.to_vec())?;
            if let Some(face) = file.face() {
                fields.face(face);
            }
            fields.text(file.text());
        }
        SourceFormat::Pdf => pdf::read(bytes.to_vec(), &mut fields)?,
        _ => fields.codes(&picture::codes(bytes)?),
    }
    Ok(Gathered { format, fields })
}
