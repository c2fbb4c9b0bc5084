use std::fmt::Write as _;

use invoice_core::desk::DeskError;
use invoice_core::error::Refusal;
use invoice_core::store::StoreError;
use invoice_providers::sandbox::SandboxError;

use crate::feed::FeedError;

/// Why a run stops. What was done until then is kept, and the next run goes on from there.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RunError {
    /// The desk failed, other than by refusing.
    #[error(transparent)]
    Desk(#[from] DeskError),
    /// The desk refused what the run is built on.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The bureau's books cannot be opened.
    #[error(transparent)]
    Bureau(#[from] SandboxError),
    /// The source of orders failed.
    #[error(transparent)]
    Feed(#[from] FeedError),
    /// A file cannot be read or written.
    #[error("{path} cannot be read or written")]
    File {
        /// The file.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// The store was begun with another source or other settings.
    #[error("the store was begun with another run ({found}); start over with a new file, or with --fresh")]
    OtherRun {
        /// What it was begun with.
        found: String,
    },
    /// The store was begun with other orders.
    #[error(
        "the orders until {until} are not those that the store was begun with; give it all of them again, or start \
         over with a new file"
    )]
    OtherOrders {
        /// The last day that was done.
        until: chrono::NaiveDate,
    },
    /// The note of how far the run has come cannot be read.
    #[error("the note of how far the run has come cannot be read")]
    Note(#[source] serde_json::Error),
    /// The place does not name a store.
    #[error("{0} is no store: sqlite:FILE or memory: is needed")]
    NoStore(String),
    /// A task of the runtime did not come to its end.
    #[error("work was stopped before its end")]
    Stopped(#[source] tokio::task::JoinError),
    /// A bureau elsewhere cannot be used.
    #[error("the bureau cannot be used")]
    Elsewhere(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The cipher's key file cannot be used.
    #[error("the key file cannot be used")]
    Key(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// An error and everything behind it, a line each, for standard error.
#[must_use]
pub fn told(error: &dyn std::error::Error) -> String {
    let mut lines = format!("error: {error}\n");
    let mut cause = error.source();
    while let Some(error) = cause {
        // Writing to a string cannot fail.
        let _ = writeln!(lines, "  because: {error}");
        cause = error.source();
    }
    lines
}
