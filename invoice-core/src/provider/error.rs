use std::error::Error;
use std::fmt;
use std::time::Duration;

use chrono::TimeDelta;

/// What a failed call did to the world.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Effect {
    /// Nothing: the provider said so, or nothing was sent.
    NotApplied,
    /// Nobody knows.
    Unknown,
    /// It was done, in spite of the error: a duplicate was refused because the first one counted.
    Applied,
}

/// A provider's code as far as it can be logged: letters, digits and `-_.:`, at most 64 of them.
pub(crate) fn safe_code(code: &str) -> String {
    let safe = |c: &char| c.is_ascii_alphanumeric() || "-_.:".contains(*c);
    code.chars().filter(safe).take(64).collect()
}

/// What sort of failure, by what can be done about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The request itself was refused: correct it.
    Rejected,
    /// The key was used before: query it.
    Duplicate,
    /// No usable answer: time-out, cut connection, 5xx, unreadable.
    NoAnswer,
    /// Later is fine.
    Busy,
    /// Too many calls.
    RateLimited,
    /// The token or login of the account ran out.
    AuthExpired,
    /// A person must act at the bureau: login, QR, SMS, face.
    OperatorNeeded,
    /// The credit line or the stock of numbers is used up.
    QuotaExceeded,
    /// The account or adapter is set up wrongly.
    Configuration,
    /// The clocks differ too much.
    ClockSkew,
    /// The provider cannot do this.
    Unsupported,
}

impl ErrorKind {
    /// Whether the account is of no use until somebody has acted: whatever is sent next meets the same answer.
    #[must_use]
    pub const fn blocks_the_account(self) -> bool {
        matches!(
            self,
            Self::OperatorNeeded
                | Self::QuotaExceeded
                | Self::AuthExpired
                | Self::Configuration
                | Self::ClockSkew
        )
    }
}

/// A provider's failure: kind × effect, when to try again, and the provider's own code.
///
/// `Display` never shows what was in the request; the provider's own message is kept apart because it may.
#[derive(Debug)]
pub struct ProviderError {
    kind: ErrorKind,
    effect: Effect,
    retry_after: Option<Duration>,
    code: Option<String>,
    clock_ahead: Option<TimeDelta>,
    source: Option<Box<dyn Error + Send + Sync>>,
}

impl ProviderError {
    /// A failure; its effect must be said.
    #[must_use]
    pub const fn new(kind: ErrorKind, effect: Effect) -> Self {
        Self { kind, effect, retry_after: None, code: None, clock_ahead: None, source: None }
    }

    /// The provider cannot do `operation`.
    #[must_use]
    pub fn unsupported(operation: &'static str) -> Self {
        Self::new(ErrorKind::Unsupported, Effect::NotApplied).with_code(operation)
    }

    /// Adds the provider's own code: letters, digits and `-_.:` only, so that it can be logged.
    #[must_use]
    pub fn with_code(mut self, code: impl AsRef<str>) -> Self {
        self.code = Some(safe_code(code.as_ref()));
        self
    }

    /// Says how far the provider's clock is ahead of ours, where its answer tells; negative when ours is ahead.
    #[must_use]
    pub const fn with_clock_ahead(mut self, by: TimeDelta) -> Self {
        self.clock_ahead = Some(by);
        self
    }

    /// Says when another attempt makes sense.
    #[must_use]
    pub const fn with_retry_after(mut self, wait: Duration) -> Self {
        self.retry_after = Some(wait);
        self
    }

    /// Keeps the cause; it must not carry personal data.
    #[must_use]
    pub fn because(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// What sort of failure.
    #[must_use]
    pub const fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// What it did to the world.
    #[must_use]
    pub const fn effect(&self) -> Effect {
        self.effect
    }

    /// When another attempt makes sense.
    #[must_use]
    pub const fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }

    /// How far the provider's clock is ahead of ours, where its answer tells; negative when ours is ahead.
    #[must_use]
    pub const fn clock_ahead(&self) -> Option<TimeDelta> {
        self.clock_ahead
    }

    /// The provider's own code.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        self.code.as_deref()
    }
}

impl fmt::Display for ProviderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.kind {
            ErrorKind::Rejected => "the provider refused the request",
            ErrorKind::Duplicate => "the provider knows this key already",
            ErrorKind::NoAnswer => "no usable answer from the provider",
            ErrorKind::Busy => "the provider is busy",
            ErrorKind::RateLimited => "too many calls to the provider",
            ErrorKind::AuthExpired => "the provider no longer accepts the login",
            ErrorKind::OperatorNeeded => "a person must log in or confirm at the tax bureau",
            ErrorKind::QuotaExceeded => "the credit line or number stock is used up",
            ErrorKind::Configuration => "the provider account is set up wrongly",
            ErrorKind::ClockSkew => {
                "the clocks of shop and provider differ too much: set this machine's clock"
            }
            ErrorKind::Unsupported => "the provider does not offer this",
        };
        let effect = match self.effect {
            Effect::NotApplied => "nothing was issued",
            Effect::Unknown => "it is not known whether it was issued",
            Effect::Applied => "it was issued before",
        };
        write!(f, "{what}")?;
        if let Some(ahead) = self.clock_ahead {
            let side = if ahead < TimeDelta::zero() { "behind" } else { "ahead" };
            write!(f, " (the provider's is {} s {side})", ahead.num_seconds().unsigned_abs())?;
        }
        write!(f, "; {effect}")?;
        self.code.as_ref().map_or(Ok(()), |code| write!(f, " [{code}]"))
    }
}

impl Error for ProviderError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}
