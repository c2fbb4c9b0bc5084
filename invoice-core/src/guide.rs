//! Guides. Every block of code in them is compiled and run as a test.

/// How to write an [`InvoiceProvider`](crate::provider::InvoiceProvider).
#[doc = include_str!("../docs/write-a-provider.md")]
pub mod provider {}

/// How to write a [`Store`](crate::store::Store).
#[doc = include_str!("../docs/write-a-store.md")]
pub mod store {}

/// The states of applications and invoice tasks; the tables are the ones tested.
#[doc = include_str!("../docs/states.md")]
pub mod states {}

/// What each error means, and what an application does then.
#[doc = include_str!("../docs/errors.md")]
pub mod errors {}

/// The simulator: how to run and replay a seed.
#[doc = include_str!("../docs/simulation.md")]
pub mod simulation {}

/// Keys, history, backups: what a shop does so that nothing is lost or read by others.
#[doc = include_str!("../docs/safe-keeping.md")]
pub mod safe_keeping {}

/// The way of a shop from a dependency to production.
#[doc = include_str!("../docs/adopt.md")]
pub mod adopt {}

/// How the workspace is kept in order.
#[doc = include_str!("../docs/maintain.md")]
pub mod maintain {}

/// Words, Chinese and English.
#[doc = include_str!("../docs/glossary.md")]
pub mod glossary {}
