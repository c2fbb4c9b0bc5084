//! The national XML of a digital invoice (`EInvoice`), written and read; and the other two structured forms that arrive
//! inside files: the XML of legacy electronic invoices (`original_invoice.xml`) and XBRL instances of the Ministry of
//! Finance's accounting standard for electronic vouchers (电子凭证会计数据标准).
//!
//! Sources: 数字化电子发票版式及XML规范 V5.002 of 2025-08-26, section four, for the elements; what real files do with them
//! for the rest. The layout rules call the version 0.36, their own sample says 0.35, and files of 0.32 and 0.33 are
//! around: the version is kept, not judged. Read leniently are:
//!
//! - labels with and without `LabelCode` and `LabelName` in them, element names in any case and with or without their
//!   hyphens, prefixes and namespaces;
//! - rates as decimals, per cent or words (免税, 不征税, `*`, `***`), a tax of `***`, `*` or nothing;
//! - amounts with up to six decimals (`0.120000`), as long as nothing is lost at two;
//! - dates with or without time, with hyphens, without, or in Chinese.
//!
//! What is wrong beyond that is an error that names the element. Files come from outside: [`MAX_BYTES`], the depth and
//! the number of elements are bounded, and a document type is refused.

#[cfg(feature = "xml")]
mod legacy;
#[cfg(feature = "xml")]
mod read;
#[cfg(feature = "xml")]
pub(super) mod tree;
#[cfg(feature = "xml")]
mod values;
mod write;
#[cfg(feature = "xml")]
mod xbrl;

#[cfg(feature = "ofd")]
pub(super) use read::face;
#[cfg(feature = "xml")]
pub use read::{MAX_BYTES, XmlFile};
#[cfg(feature = "read")]
pub(super) use values::{amount, day};
#[cfg(feature = "ofd")]
pub(super) use write::escape;
pub use write::{VERSION, file_name, write};
