use std::fmt;
use std::time::Duration;

use crate::id::IntentKey;
use crate::invoice::IssuedInvoice;
use crate::money::Money;

/// What a provider says to a request to issue.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum IssueAnswer {
    /// Issued, here it is.
    Issued(IssuedInvoice),
    /// Taken; ask again after this time.
    Accepted {
        /// How long to wait.
        poll_after: Duration,
    },
}

/// What a provider says to a query.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum QueryAnswer {
    /// Issued, here it is.
    Issued(IssuedInvoice),
    /// Still being worked on; ask again after this time.
    Pending {
        /// How long to wait.
        poll_after: Duration,
    },
    /// The provider has refused this key for good; the code is its own.
    Denied {
        /// The provider's code.
        code: String,
    },
    /// The provider does not know the key.
    NotFound,
}

/// The form of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DocumentFormat {
    /// Portable document format.
    Pdf,
    /// Open fixed-layout document (GB/T 33190).
    Ofd,
    /// The national XML, or the sandbox's JSON-free text of it.
    Xml,
}

impl DocumentFormat {
    /// The file ending.
    #[must_use]
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Pdf => "pdf",
            Self::Ofd => "ofd",
            Self::Xml => "xml",
        }
    }
}

/// A file of an issued invoice. `Debug` shows its size only.
#[derive(Clone, PartialEq, Eq)]
pub struct Document {
    /// The form.
    pub format: DocumentFormat,
    /// The file name, as the bureau names it.
    pub name: String,
    /// The bytes.
    pub bytes: Vec<u8>,
}

impl fmt::Debug for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Document({:?}, {} bytes)", self.format, self.bytes.len())
    }
}

/// A seller's credit line (授信总额度), net amounts of one month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreditLine {
    /// The line of the month; `None` when it is unlimited (按需开票).
    pub total: Option<Money>,
    /// What is left of it.
    pub available: Option<Money>,
}

/// Whether a seller can issue.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum SessionState {
    /// Logged in.
    Ready,
    /// A person must act; the code says what.
    OperatorNeeded {
        /// The provider's code.
        code: String,
    },
}

/// What a callback told.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum CallbackEvent {
    /// News of an intent.
    Intent {
        /// Its key.
        key: IntentKey,
        /// What became of it.
        answer: QueryAnswer,
    },
}

/// A callback, read.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum CallbackOutcome {
    /// Signed by the provider: as good as an answer to a query.
    Verified {
        /// The news.
        event: CallbackEvent,
        /// What to answer with.
        reply: Vec<u8>,
    },
    /// Anybody could have sent it: a hint to query these keys.
    Hint {
        /// The keys.
        keys: Vec<IntentKey>,
        /// What to answer with.
        reply: Vec<u8>,
    },
}
