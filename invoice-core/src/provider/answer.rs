use std::fmt;
use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::id::IntentKey;
use crate::invoice::{DocumentFormat, InvoiceKind, IssuedInvoice, RedConfirmation, RedForm};
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
    /// In a state that the adapter does not know: as good as [`Pending`](Self::Pending), and never a refusal. The desk
    /// keeps the code for whoever looks at the task.
    Unclear {
        /// The provider's code of the state.
        code: String,
        /// How long to wait.
        poll_after: Duration,
    },
    /// Taken, and stuck at the provider until it is set going again ([`Capability::PushOn`]): a seal that failed
    /// (签章失败), a bureau that did not answer it. The key counts.
    ///
    /// [`Capability::PushOn`]: super::Capability::PushOn
    Stuck {
        /// The provider's code.
        code: String,
    },
    /// The provider has refused this key for good; the code is its own.
    Denied {
        /// The provider's code.
        code: String,
    },
    /// The provider does not know the key.
    NotFound,
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

/// Whom an issued invoice is sent to (交付). Personal data: `Debug` shows the way only.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum DeliveryTarget {
    /// An e-mail address.
    Email(String),
    /// A mobile phone, by text message.
    Phone(String),
    /// The card wallet (卡包) of whoever paid; the text is the provider's own name for them.
    Wallet(String),
}

impl fmt::Debug for DeliveryTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Email(_) => "Email(redacted)",
            Self::Phone(_) => "Phone(redacted)",
            Self::Wallet(_) => "Wallet(redacted)",
        })
    }
}

/// A page of invoices as the provider lists them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct IssuedPage {
    /// Each with the key it was issued under, where the provider tells it.
    pub invoices: Vec<(Option<IntentKey>, IssuedInvoice)>,
    /// What to ask for next; `None` when this was the last page.
    pub next: Option<String>,
}

/// A page of red confirmations.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RedFormPage {
    /// The confirmations.
    pub forms: Vec<RedForm>,
    /// What to ask for next; `None` when this was the last page.
    pub next: Option<String>,
}

/// How somebody logs in at the bureau.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum LoginMethod {
    /// A code to scan.
    Qr,
    /// A code by text message.
    Sms,
    /// A face check, by a code to scan.
    Face,
}

/// A login that waits for a person. `Debug` does not show what to scan.
#[derive(Clone, PartialEq, Eq)]
pub struct LoginChallenge {
    /// The provider's name of it, for `complete_login`.
    pub id: String,
    /// How.
    pub method: LoginMethod,
    /// What to scan, as text to be shown as a QR code; `None` for a text message.
    pub scan: Option<String>,
    /// When it runs out.
    pub expires_at: DateTime<Utc>,
}

impl fmt::Debug for LoginChallenge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LoginChallenge({:?}, until {})", self.method, self.expires_at)
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

/// How many invoice numbers (票仓) a seller has left of a kind: legacy invoices are issued from numbers fetched beforehand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NumberStock {
    /// The kind.
    pub kind: InvoiceKind,
    /// How many are left.
    pub left: u64,
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
    /// News of the red confirmation that was applied for with a key.
    Confirmation {
        /// The key.
        key: IntentKey,
        /// As it stands.
        confirmation: RedConfirmation,
    },
    /// The other side has started a red confirmation, or moved one: look at the list.
    RedForms,
}

/// A callback, read.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum CallbackOutcome {
    /// Signed by the provider: as good as an answer to a query.
    Verified {
        /// The news, in order.
        events: Vec<CallbackEvent>,
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
