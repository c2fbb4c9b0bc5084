//! Received invoices (进项发票): what others have issued to us, read from files, codes and paper.
//!
//! A [`ReceivedInvoice`] is made by a [`ReceivedBuilder`], which takes each field with the [`Evidence`] for it. What comes
//! from several places, such as a QR code and the text beside it, is put together there: the stronger evidence stays, and
//! what two places say differently is remembered as disputed.
//!
//! ```
//! use invoice_core::received::{Evidence, ReceivedField, ReceivedInvoice};
//! let qr = invoice_validate::qr::parse("01,32,,26332000004021728676,458.89,20260515,,3050").unwrap();
//! let read = ReceivedInvoice::builder()
//!     .qr(&qr)
//!     .gross("456.89".parse()?, Evidence::Text)
//!     .seller_name("杭州某某餐饮有限公司", Evidence::Text)
//!     .build()?;
//! assert_eq!(read.gross().unwrap().to_string(), "458.89");
//! assert_eq!(read.evidence(ReceivedField::Gross), Some(Evidence::QrCode));
//! assert!(read.is_disputed(ReceivedField::Gross) && !read.is_disputed(ReceivedField::Number));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod archive;
mod builder;
mod check_code;
mod evidence;
mod invoice;
mod kind;
mod record;
mod retention;
mod row;
mod search;
pub mod verification;

#[cfg(test)]
mod tests;

pub use builder::{MAX_ROWS, MAX_TEXT, ReceivedBuilder};
pub use check_code::{CheckCode, ParseCheckCodeError};
pub use evidence::{Evidence, ReceivedField, SourceFile, SourceFormat};
pub use invoice::ReceivedInvoice;
pub use kind::{ParseReceivedKindError, ReceivedKind};
pub use record::{Claimed, Note, ReceivedChange, ReceivedRecord, ReceivedState, ReceivedStep};
pub use retention::{Archived, Retention};
pub use row::ReceivedRow;
pub use search::{ReceivedQuery, likeness, received_terms};
