use crate::env::{CipherError, OriginalsError};
use crate::error::Refusal;
use crate::provider::ProviderError;
use crate::store::StoreError;

/// Why a verb did not do what was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DeskError {
    /// It may not be: nothing was changed.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A provider failed while being asked directly.
    #[error(transparent)]
    Provider(#[from] ProviderError),
    /// What is stored could not be sealed or opened.
    #[error("DESK-01: a stored value cannot be sealed or opened ({subject})")]
    Cipher {
        /// The row.
        subject: String,
        /// Why.
        source: CipherError,
    },
    /// What is stored has a form this version cannot read.
    #[error("DESK-02: a stored value cannot be read ({subject})")]
    Unreadable {
        /// The row.
        subject: String,
        /// Why.
        source: serde_json::Error,
    },
    /// Too many others changed the same things at the same time; nothing was changed, try again.
    #[error("DESK-03: too many others changed the same things ({subject}); try again")]
    Contended {
        /// The row that changed last.
        subject: String,
    },
    /// A file cannot be kept, or what is kept cannot be given back.
    #[error("DESK-05: {0}")]
    Originals(#[from] OriginalsError),
    /// A decision changed something that had not been read: a defect of this library.
    #[error("DESK-04: a decision changed {subject}, which had not been read")]
    Unread {
        /// The row.
        subject: String,
    },
}

impl DeskError {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &str {
        match self {
            Self::Refused(refusal) => refusal.code().as_str(),
            Self::Store(_) => "STORE",
            Self::Provider(error) => error.code().unwrap_or("PROVIDER"),
            Self::Cipher { .. } => "DESK-01",
            Self::Unreadable { .. } => "DESK-02",
            Self::Contended { .. } => "DESK-03",
            Self::Unread { .. } => "DESK-04",
            Self::Originals(_) => "DESK-05",
        }
    }

    /// The refusal, when it is one.
    #[must_use]
    pub const fn refusal(&self) -> Option<&Refusal> {
        match self {
            Self::Refused(refusal) => Some(refusal),
            _ => None,
        }
    }
}
