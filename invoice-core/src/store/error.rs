use std::error::Error;
use std::fmt;

/// What went wrong, by what the caller can do about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StoreErrorKind {
    /// A version was not the expected one: read again and decide again.
    Conflict,
    /// A message is no longer leased to the caller: somebody else has it.
    LeaseLost,
    /// Nothing was written; trying again may help.
    Unavailable,
    /// Whether the unit was written is not known: commit the same unit again.
    Unknown,
    /// What was read makes no sense: a damaged or foreign database.
    Corrupt,
    /// The unit itself is malformed: a defect of the caller.
    Invalid,
}

/// A store's failure. `Display` names the key or message concerned, never a stored value.
#[derive(Debug)]
pub struct StoreError {
    kind: StoreErrorKind,
    detail: String,
    source: Option<Box<dyn Error + Send + Sync>>,
}

impl StoreError {
    /// An error of a kind; `detail` names what it concerns (a key, a table, an operation).
    pub fn new(kind: StoreErrorKind, detail: impl Into<String>) -> Self {
        Self { kind, detail: detail.into(), source: None }
    }

    /// Keeps the cause.
    #[must_use]
    pub fn because(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// What went wrong.
    #[must_use]
    pub const fn kind(&self) -> StoreErrorKind {
        self.kind
    }

    /// What it concerns.
    #[must_use]
    pub fn detail(&self) -> &str {
        &self.detail
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.kind {
            StoreErrorKind::Conflict => "STORE-01: changed by somebody else meanwhile",
            StoreErrorKind::LeaseLost => "STORE-02: the lease of the message was lost",
            StoreErrorKind::Unavailable => "STORE-03: the store is not available; nothing was written",
            StoreErrorKind::Unknown => "STORE-04: it is not known whether the unit was written",
            StoreErrorKind::Corrupt => "STORE-05: the store holds something that cannot be read",
            StoreErrorKind::Invalid => "STORE-06: the unit is malformed",
        };
        write!(f, "{what} ({})", self.detail)
    }
}

impl Error for StoreError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}
