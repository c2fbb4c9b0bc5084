use std::error::Error;
use std::fmt;

use invoice_core::provider::{Effect, ErrorKind, ProviderError};

/// Whether a request that failed may have reached the other side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Departure {
    /// Not a byte of it left: nothing can have come of it.
    Never,
    /// Some of it may have left: only the other side knows what came of it.
    Maybe,
}

/// What kept the answer from coming.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Failure {
    /// The request itself cannot be sent, such as a header with a line break.
    Malformed,
    /// No connection: name, network, TLS.
    Connect,
    /// The deadline passed.
    Timeout,
    /// The connection broke.
    Cut,
    /// The answer is longer than the request allows.
    TooLong,
}

/// A request without an answer. Shows nothing of the request.
#[derive(Debug)]
pub struct TransportError {
    failure: Failure,
    departure: Departure,
    source: Option<Box<dyn Error + Send + Sync>>,
}

impl TransportError {
    /// A failure; whether the request may have left must be said.
    #[must_use]
    pub const fn new(failure: Failure, departure: Departure) -> Self {
        Self { failure, departure, source: None }
    }

    /// Keeps the cause; it must not show an address with its query, a header or a body.
    #[must_use]
    pub fn because(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// What kept the answer from coming.
    #[must_use]
    pub const fn failure(&self) -> Failure {
        self.failure
    }

    /// Whether the request may have left.
    #[must_use]
    pub const fn departure(&self) -> Departure {
        self.departure
    }

    const fn code(&self) -> &'static str {
        match self.failure {
            Failure::Malformed => "HTTP-MALFORMED",
            Failure::Connect => "HTTP-CONNECT",
            Failure::Timeout => "HTTP-TIMEOUT",
            Failure::Cut => "HTTP-CUT",
            Failure::TooLong => "HTTP-TOO-LONG",
        }
    }
}

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.failure {
            Failure::Malformed => "the request cannot be sent over HTTP",
            Failure::Connect => "no connection to the service",
            Failure::Timeout => "no answer before the deadline",
            Failure::Cut => "the connection broke",
            Failure::TooLong => "the answer is too long",
        };
        let left = match self.departure {
            Departure::Never => "nothing was sent",
            Departure::Maybe => "the request may have arrived",
        };
        write!(f, "{what}; {left}")
    }
}

impl Error for TransportError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}

/// No usable answer. The effect follows from what left: what never left changed nothing.
impl From<TransportError> for ProviderError {
    fn from(error: TransportError) -> Self {
        let kind = match error.failure {
            Failure::Malformed => ErrorKind::Configuration,
            _ => ErrorKind::NoAnswer,
        };
        let effect = match error.departure {
            Departure::Never => Effect::NotApplied,
            Departure::Maybe => Effect::Unknown,
        };
        Self::new(kind, effect).with_code(error.code()).because(error)
    }
}
