//! An office that receives invoices (进项发票): what `fapiao import`, `verify`, `search`, `report` and `archive export` do, and
//! the story that does all of it:
//!
//! ```text
//! cargo run --release -p invoice-received --example verification_desk
//! ```
//!
//! | module | what |
//! |---|---|
//! | [`office`] | a desk for the companies that invoices are made out to, its verifier, and the originals |
//! | [`import`](mod@import) | a folder of files, read in parallel and handed in, with a result per file |
//! | [`verify`](mod@verify) | what is due, what was spent, what waits until when; and asking what is due |
//! | [`search`] | queries as people type them |
//! | [`report`] | groups, input tax and a year, as CSV, XLSX and HTML |
//! | [`vouchers`] | accounting vouchers as CSV or XLSX |
//! | [`export`](mod@export) | the originals of a folder of the books, to be sealed as an archive |
//!
//! A package of its own beside `invoice-examples`, so that what reads documents is not built there.

pub mod export;
pub mod import;
pub mod office;
pub mod report;
pub mod search;
pub mod story;
pub mod verify;
pub mod vouchers;

mod entities;
