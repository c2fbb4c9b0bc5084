use std::collections::BTreeSet;
use std::time::Duration;

use super::DocumentFormat;
use crate::invoice::InvoiceKind;

/// Something a provider can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Capability {
    /// The same request sent twice yields one invoice.
    Idempotent,
    /// `query` by key. Without it an unknown outcome can only be resolved by a person.
    QueryByKey,
    /// `apply_red`, `query_confirmation`.
    RedConfirmation,
    /// `withdraw_confirmation`.
    WithdrawConfirmation,
    /// `issue_red`.
    IssueRed,
    /// The bureau issues the red by itself once its confirmation may be issued.
    AutomaticRed,
    /// `void`.
    Void,
    /// `download`.
    Download,
    /// `deliver`.
    Deliver,
    /// `credit_line`.
    CreditLine,
    /// `session`.
    Session,
    /// `parse_callback`.
    Callback,
}

/// How far a callback can be trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CallbackTrust {
    /// None at all: a hint to query.
    Unsigned,
    /// Signed.
    Signed,
}

/// What a provider can do and its limits. The planner, the desk and the conformance kit read it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Capabilities {
    can: BTreeSet<Capability>,
    kinds: Vec<InvoiceKind>,
    files: BTreeSet<DocumentFormat>,
    max_rows: u32,
    quantity_decimals: u32,
    price_decimals: u32,
    remark_chars: usize,
    quiet_period: Duration,
    poll_after: Duration,
}

impl Capabilities {
    /// Capabilities to issue these kinds and nothing else, with the bureau's own limits: 2,000 rows advised,
    /// 13 decimals, remark 200 characters, a quiet period of 12 hours.
    #[must_use]
    pub fn new(kinds: impl IntoIterator<Item = InvoiceKind>) -> Self {
        Self {
            can: BTreeSet::new(),
            kinds: kinds.into_iter().collect(),
            files: BTreeSet::new(),
            max_rows: 2000,
            quantity_decimals: 13,
            price_decimals: 13,
            remark_chars: 200,
            quiet_period: Duration::from_secs(12 * 3600),
            poll_after: Duration::from_secs(10),
        }
    }

    /// Declares a capability.
    #[must_use]
    pub fn with(mut self, capability: Capability) -> Self {
        self.can.insert(capability);
        self
    }

    /// Declares [`Capability::Download`] and the formats that can be had. Asking for another one is unsupported,
    /// so that nobody waits for a file that never becomes ready.
    #[must_use]
    pub fn with_files(mut self, formats: impl IntoIterator<Item = DocumentFormat>) -> Self {
        self.can.insert(Capability::Download);
        self.files.extend(formats);
        self
    }

    /// Sets the most printed rows of an invoice.
    #[must_use]
    pub const fn with_max_rows(mut self, rows: u32) -> Self {
        self.max_rows = rows;
        self
    }

    /// Sets the decimals of quantity and unit price.
    #[must_use]
    pub const fn with_decimals(mut self, quantity: u32, price: u32) -> Self {
        (self.quantity_decimals, self.price_decimals) = (quantity, price);
        self
    }

    /// Sets the longest remark in characters.
    #[must_use]
    pub const fn with_remark_chars(mut self, chars: usize) -> Self {
        self.remark_chars = chars;
        self
    }

    /// Sets how long after sending a key that is not found may still turn up.
    #[must_use]
    pub const fn with_quiet_period(mut self, period: Duration) -> Self {
        self.quiet_period = period;
        self
    }

    /// Sets how long to wait before asking again.
    #[must_use]
    pub const fn with_poll_after(mut self, wait: Duration) -> Self {
        self.poll_after = wait;
        self
    }

    /// Whether the provider declares a capability.
    #[must_use]
    pub fn can(&self, capability: Capability) -> bool {
        self.can.contains(&capability)
    }

    /// Whether the provider issues a kind.
    #[must_use]
    pub fn issues(&self, kind: InvoiceKind) -> bool {
        self.kinds.contains(&kind)
    }

    /// The formats that `download` gives, in order; empty without [`Capability::Download`].
    pub fn files(&self) -> impl Iterator<Item = DocumentFormat> + '_ {
        self.files.iter().copied().filter(|_| self.can(Capability::Download))
    }

    /// The most printed rows of an invoice.
    #[must_use]
    pub const fn max_rows(&self) -> u32 {
        self.max_rows
    }

    /// The most decimals of a quantity.
    #[must_use]
    pub const fn quantity_decimals(&self) -> u32 {
        self.quantity_decimals
    }

    /// The most decimals of a unit price.
    #[must_use]
    pub const fn price_decimals(&self) -> u32 {
        self.price_decimals
    }

    /// The longest remark in characters.
    #[must_use]
    pub const fn remark_chars(&self) -> usize {
        self.remark_chars
    }

    /// How long after sending a key that is not found may still turn up.
    #[must_use]
    pub const fn quiet_period(&self) -> Duration {
        self.quiet_period
    }

    /// How long to wait before asking again, when an answer does not say.
    #[must_use]
    pub const fn poll_after(&self) -> Duration {
        self.poll_after
    }
}
