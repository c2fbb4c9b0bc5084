//! OFD (GB/T 33190), the national fixed-layout form: structured data and text read, specimens written.
//!
//! An OFD file is a zip archive of XML. Invoices carry a structured copy of themselves: legacy ones as
//! `original_invoice.xml` below `Attachs` or another folder, rail and air tickets as an XBRL instance under any name. The
//! reader looks at what an entry is, not at what it is called, and falls back on nothing: where there is no structured
//! copy, [`OfdFile::face`] is `None` and [`OfdFile::text`] has what is printed.
//!
//! ```
//! use invoice_providers::document::{InvoiceFace, ofd};
//! let face = InvoiceFace::new("26442000000000000001".parse()?);
//! let file = ofd::OfdFile::read(ofd::write(&face)?)?;
//! assert_eq!(file.face(), Some(&face));
//! assert!(file.text().contains("非税务凭证"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod archive;
mod read;
mod write;

pub use archive::{MAX_BYTES, MAX_ENTRIES, MAX_UNPACKED};
pub use read::OfdFile;
pub use write::write;
