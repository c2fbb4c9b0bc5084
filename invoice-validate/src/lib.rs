//! Validators for Chinese VAT invoices (发票): right in both directions, quick, and without I/O.
//!
//! ```
//! use invoice_validate::{Language, Severity, tax_id};
//!
//! assert!(tax_id::is_valid("9144 0300-1922 0382 16"));
//! let report = tax_id::check("91350100M000100Y44");
//! let fault = &report.faults()[0];
//! assert_eq!((fault.code().as_str(), fault.severity()), ("TAXID-USCC-04", Severity::Error));
//! assert_eq!((fault.position(), fault.expected()), (Some(18), Some("3")));
//! println!("{}", fault.message(Language::ZhCn));
//! ```
//!
//! Every validator of a single value is a module with the same five functions:
//!
//! | function | gives |
//! |---|---|
//! | `parse(&str)` | the value, or the findings that refuse it |
//! | `is_valid(&str)` | yes or no, without building a report |
//! | `normalize(&str)` | the text without what people and chat programs add |
//! | `format(&value)` | the text documents print |
//! | `check(&str)` | all findings, warnings and hints included |
//!
//! [`certificate`] takes a type and a nationality beside the number, [`text`] a field and a channel,
//! [`title`] a whole title and its circumstances, [`preflight`] a whole request: they have `check` and
//! `is_valid` with those arguments.
//!
//! A finding is a [`Fault`] with a stable code, a severity, a path and a position; a [`Report`] is a
//! list of them. Calling a valid number invalid is the worse error, so only what a standard or the tax
//! bureau (税务局) surely refuses is [`Severity::Error`].
//!
//! Nothing here reads a clock, a file or the network: the crate also runs in a browser.

mod date;
mod division;
mod fault;
mod language;
mod lookalike;
mod normal;
mod packed;
mod placeholder;
mod report;
mod severity;

pub mod amount;
pub mod bank;
pub mod capital;
pub mod certificate;
pub mod email;
pub mod invoice_number;
pub mod paste;
pub mod phone;
pub mod preflight;
pub mod qr;
pub mod resident_id;
pub mod rule;
pub mod tax_id;
pub mod text;
pub mod title;
pub mod uscc;

pub use date::Date;
pub use fault::Fault;
pub use language::Language;
pub use report::Report;
pub use rule::Code;
pub use severity::Severity;
pub use tax_id::{TaxId, TaxIdKind};
pub use title::{BuyerKind, ChannelProfile, InvoiceClass, Medium, Regime, TitleContext, TitleFields};

/// The code of the README compiles.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
