use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::audit::hex_text;

/// The form of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
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

/// A file of an issued invoice (版式文件) that was fetched and is kept, byte for byte, where the desk keeps
/// [originals](crate::env::OriginalStore). Its name holds the buyer's: `Debug` leaves it out.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptFile {
    format: DocumentFormat,
    name: String,
    #[serde(with = "hex_text")]
    digest: [u8; 32],
    at: DateTime<Utc>,
}

impl KeptFile {
    /// A file as the bureau names it, with the SHA-256 of its bytes, fetched at a moment.
    #[must_use]
    pub fn new(format: DocumentFormat, name: impl Into<String>, digest: [u8; 32], at: DateTime<Utc>) -> Self {
        Self { format, name: name.into(), digest, at }
    }

    /// Its format.
    #[must_use]
    pub const fn format(&self) -> DocumentFormat {
        self.format
    }

    /// Its name, as the bureau names it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The SHA-256 of its bytes.
    #[must_use]
    pub const fn digest(&self) -> &[u8; 32] {
        &self.digest
    }

    /// When it was fetched.
    #[must_use]
    pub const fn at(&self) -> DateTime<Utc> {
        self.at
    }
}

impl fmt::Debug for KeptFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeptFile({:?}, {})", self.format, crate::audit::hex(&self.digest))
    }
}
