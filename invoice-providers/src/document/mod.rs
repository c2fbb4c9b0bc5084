//! Files of invoices: the national XML, PDF and OFD, written as specimens and read as they arrive.
//!
//! The file that counts is the one the bureau made. What is written here says 票样 and 非税务凭证 on every page and imitates
//! no seal (发票监制章); it is for development, for previews and for tests.

mod error;
mod face;
#[cfg(any(feature = "pdf", feature = "ofd"))]
mod layout;
#[cfg(feature = "ofd")]
pub mod ofd;
#[cfg(feature = "pdf")]
pub mod pdf;
#[cfg(any(feature = "pdf", feature = "ofd"))]
mod qr;
#[cfg(feature = "read")]
pub mod read;
#[cfg(feature = "recognition")]
pub mod recognition;
#[cfg(any(feature = "xml", feature = "sandbox"))]
pub mod xml;

pub use error::{DocumentCode, DocumentError};
pub use face::{FaceParty, FaceRate, FaceRow, InvoiceFace};

/// What every file that is written here says of itself.
pub const SPECIMEN: &str = "票样：非税务凭证，无法律效力";
