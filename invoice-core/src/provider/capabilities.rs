use std::collections::BTreeSet;
use std::time::Duration;

use invoice_validate::text::{ChannelProfile, Field, Limits};

use super::DocumentFormat;
use crate::id::IntentKey;
use crate::invoice::InvoiceKind;
use crate::money::Money;

/// Something a provider can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Capability {
    /// The same request sent twice yields one invoice.
    Idempotent,
    /// `query` by key. Without it an unknown outcome can only be resolved by a person.
    QueryByKey,
    /// `find_issued`: an invoice by its number.
    QueryByNumber,
    /// `list_issued`: invoices by their day.
    ListByDay,
    /// `push_on`: what the provider has taken and is stuck with can be set going again under the same key.
    PushOn,
    /// `apply_red`, `query_confirmation`.
    RedConfirmation,
    /// `withdraw_confirmation`.
    WithdrawConfirmation,
    /// `list_confirmations`, `find_confirmation`: red confirmations that the other side has started.
    ListConfirmations,
    /// `answer_confirmation`: confirm or reject what the other side has started, or go back on an answer.
    AnswerConfirmation,
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
    /// `number_stock`.
    NumberStock,
    /// `session`.
    Session,
    /// `begin_login`, `complete_login`.
    Login,
    /// `parse_callback`.
    Callback,
    /// Issues only while somebody of the seller is logged in at the bureau (电子税务局登录): login, QR and face
    /// challenges must be expected.
    NeedsSession,
    /// Invoices only what was paid through it: the request must name the payments ([`IssueRequest::payments`]).
    ///
    /// [`IssueRequest::payments`]: super::IssueRequest::payments
    PaymentBound,
    /// Takes a blue invoice back whole or not at all: a red names no rows. What was taken back too much becomes
    /// invoiceable again.
    WholeRed,
}

/// When the answer to `issue` is the invoice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum IssueMode {
    /// Now the one and now the other.
    #[default]
    Either,
    /// Always in the answer (同步): `issue` never says [`Accepted`](super::IssueAnswer::Accepted).
    AtOnce,
    /// Never in the answer (异步): `issue` never says [`Issued`](super::IssueAnswer::Issued).
    Later,
}

/// Which characters an idempotency key may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum KeyCharset {
    /// Any visible ASCII character.
    #[default]
    Visible,
    /// Letters and digits.
    Alphanumeric,
    /// Digits.
    Digits,
}

/// What an idempotency key must look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct KeyRule {
    most_chars: usize,
    charset: KeyCharset,
}

impl KeyRule {
    /// At most so many characters of these.
    #[must_use]
    pub const fn new(most_chars: usize, charset: KeyCharset) -> Self {
        Self { most_chars, charset }
    }

    /// The most characters.
    #[must_use]
    pub const fn most_chars(self) -> usize {
        self.most_chars
    }

    /// The characters.
    #[must_use]
    pub const fn charset(self) -> KeyCharset {
        self.charset
    }

    /// Whether a key is one the provider takes.
    #[must_use]
    pub fn takes(self, key: &IntentKey) -> bool {
        let fits = |byte: u8| match self.charset {
            KeyCharset::Visible => byte.is_ascii_graphic(),
            KeyCharset::Alphanumeric => byte.is_ascii_alphanumeric(),
            KeyCharset::Digits => byte.is_ascii_digit(),
        };
        key.as_str().len() <= self.most_chars && key.as_str().bytes().all(fits)
    }
}

/// How many calls an account may make in how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct RateLimit {
    calls: u32,
    per: Duration,
}

impl RateLimit {
    /// So many calls, at least one, in so long.
    #[must_use]
    pub const fn new(calls: u32, per: Duration) -> Self {
        Self { calls: if calls == 0 { 1 } else { calls }, per }
    }

    /// How many calls.
    #[must_use]
    pub const fn calls(self) -> u32 {
        self.calls
    }

    /// In how long.
    #[must_use]
    pub const fn per(self) -> Duration {
        self.per
    }
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
    mode: IssueMode,
    key: KeyRule,
    channel: ChannelProfile,
    texts: Vec<(Field, usize)>,
    max_rows: u32,
    quantity_decimals: u32,
    price_decimals: u32,
    tax_tolerance: Money,
    quiet_period: Duration,
    poll_after: Duration,
    rate_limit: Option<RateLimit>,
    callbacks: Option<CallbackTrust>,
    clock_window: Option<Duration>,
}

impl Capabilities {
    /// Capabilities to issue these kinds and nothing else, with the limits of the bureau's own pages: 2,000 rows, 13
    /// decimals, remark 200 characters, 0.06 yuan of tax a row, keys of 64 visible characters; and a quiet period of
    /// 12 hours.
    #[must_use]
    pub fn new(kinds: impl IntoIterator<Item = InvoiceKind>) -> Self {
        Self {
            can: BTreeSet::new(),
            kinds: kinds.into_iter().collect(),
            files: BTreeSet::new(),
            mode: IssueMode::Either,
            key: KeyRule::new(crate::id::MAX_CHARS, KeyCharset::Visible),
            channel: ChannelProfile::WebBureau,
            texts: Vec::new(),
            max_rows: 2000,
            quantity_decimals: 13,
            price_decimals: 13,
            tax_tolerance: Money::from_fen(6),
            quiet_period: Duration::from_secs(12 * 3600),
            poll_after: Duration::from_secs(10),
            rate_limit: None,
            callbacks: None,
            clock_window: None,
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

    /// Sets when the answer to `issue` is the invoice.
    #[must_use]
    pub const fn with_mode(mut self, mode: IssueMode) -> Self {
        self.mode = mode;
        self
    }

    /// Sets what an idempotency key must look like.
    #[must_use]
    pub const fn with_key(mut self, rule: KeyRule) -> Self {
        self.key = rule;
        self
    }

    /// Sets whose lengths of texts apply (title, rows, remark, drawer): the pages of the bureau unless set.
    #[must_use]
    pub const fn with_channel(mut self, channel: ChannelProfile) -> Self {
        self.channel = channel;
        self
    }

    /// Sets the most characters of one text, where the provider differs from its channel.
    #[must_use]
    pub fn with_text(mut self, field: Field, most_chars: usize) -> Self {
        self.texts.retain(|(known, _)| *known != field);
        self.texts.push((field, most_chars));
        self
    }

    /// Sets by how much the tax of a row may differ from net × rate.
    #[must_use]
    pub const fn with_tax_tolerance(mut self, tolerance: Money) -> Self {
        self.tax_tolerance = tolerance;
        self
    }

    /// Sets how many calls the provider takes of one account. The desk keeps to it; its builder can set less.
    #[must_use]
    pub const fn with_rate_limit(mut self, limit: RateLimit) -> Self {
        self.rate_limit = Some(limit);
        self
    }

    /// Declares [`Capability::Callback`], and how far callbacks can be trusted.
    #[must_use]
    pub fn with_callbacks(mut self, trust: CallbackTrust) -> Self {
        self.can.insert(Capability::Callback);
        self.callbacks = Some(trust);
        self
    }

    /// Sets how far the clocks of both sides may differ; beyond it calls and callbacks are refused.
    #[must_use]
    pub const fn with_clock_window(mut self, window: Duration) -> Self {
        self.clock_window = Some(window);
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

    /// The kinds the provider issues.
    pub fn kinds(&self) -> impl Iterator<Item = InvoiceKind> + '_ {
        self.kinds.iter().copied()
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

    /// When the answer to `issue` is the invoice.
    #[must_use]
    pub const fn mode(&self) -> IssueMode {
        self.mode
    }

    /// What an idempotency key must look like.
    #[must_use]
    pub const fn key(&self) -> KeyRule {
        self.key
    }

    /// Whose lengths of texts apply.
    #[must_use]
    pub const fn channel(&self) -> ChannelProfile {
        self.channel
    }

    /// The most characters of a text; `None` where nothing is known of a limit.
    #[must_use]
    pub fn most_chars(&self, field: Field) -> Option<usize> {
        let own = self.texts.iter().find(|(known, _)| *known == field).map(|(_, most)| *most);
        own.or_else(|| Limits::current(self.channel).of(field).map(|limit| limit.max))
    }

    /// By how much the tax of a row may differ from net × rate.
    #[must_use]
    pub const fn tax_tolerance(&self) -> Money {
        self.tax_tolerance
    }

    /// How many calls the provider takes of one account; `None` where nothing is known of a limit.
    #[must_use]
    pub const fn rate_limit(&self) -> Option<RateLimit> {
        self.rate_limit
    }

    /// How far callbacks can be trusted; `None` without them.
    #[must_use]
    pub const fn callback_trust(&self) -> Option<CallbackTrust> {
        self.callbacks
    }

    /// How far the clocks of both sides may differ.
    #[must_use]
    pub const fn clock_window(&self) -> Option<Duration> {
        self.clock_window
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
