use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{DoubtCode, IssuedInvoice, PreparedRequest, RedAnswer, RedConfirmation};
use super::{Flushed, Invoice, KeptFile, OpenRed, PaperState, Voiding};
use crate::id::{InvoiceId, ProviderId};

/// Which request of a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// The application for a red confirmation.
    ApplyRed,
    /// The issue itself, blue or red.
    Issue,
}

/// What can happen to an invoice task.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InvoiceChange {
    /// It was planned.
    Planned(Box<Invoice>),
    /// The exact request was stored; from now on it may have been sent.
    Sending {
        /// Which request.
        stage: Stage,
        /// The bytes; `None` when those stored before are sent again.
        request: Option<PreparedRequest>,
        /// When.
        at: DateTime<Utc>,
        /// Whether nothing that was sent before under this key can still arrive.
        #[serde(default)]
        alone: bool,
    },
    /// The provider has said that the last request did nothing and can be sent later. While an earlier one of the
    /// same key may still arrive, the task stays sent.
    NotSent {
        /// What it waits on.
        waiting_on: String,
    },
    /// The provider has taken it.
    Accepted,
    /// The provider says a state that nobody here knows.
    Unclear {
        /// The provider's code of the state.
        code: String,
    },
    /// The red confirmation was seen in a state.
    ConfirmationSeen {
        /// The confirmation.
        confirmation: RedConfirmation,
    },
    /// Issued.
    Issued {
        /// As the provider issued it.
        issued: IssuedInvoice,
    },
    /// Parked for a person.
    Doubted {
        /// When.
        at: DateTime<Utc>,
        /// Why.
        why: DoubtCode,
        /// What the provider reported, where that is what is in doubt.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        said: Option<IssuedInvoice>,
    },
    /// Denied for good.
    Failed {
        /// The provider's code.
        code: String,
        /// When.
        at: DateTime<Utc>,
    },
    /// To be tried again with a new key.
    Requeued,
    /// On a red that has failed: what it was for was planned anew, or is no longer to be taken back. It stays failed, for
    /// its provider may yet say that it exists after all.
    Retried,
    /// Moved to another provider, with a new key: the one before has denied the old key, or nothing of it is on its way.
    Rerouted {
        /// To which.
        to: ProviderId,
        /// The code of the denial; `None` when nothing was refused.
        denied: Option<String>,
    },
    /// The seller wants this said to the red confirmation.
    AnswerWanted {
        /// What.
        answer: RedAnswer,
    },
    /// Replaced by another plan.
    Superseded,
    /// On a blue invoice: a red one is under way.
    RedOpened(OpenRed),
    /// On a blue invoice: the red one will not come.
    RedDropped {
        /// The red invoice.
        red: InvoiceId,
    },
    /// The sheets of a paper invoice are somewhere else.
    PaperMoved {
        /// Where.
        to: PaperState,
    },
    /// It is to be voided (作废).
    VoidWanted(Voiding),
    /// The provider has voided it.
    Voided {
        /// When.
        at: DateTime<Utc>,
    },
    /// The provider has refused to void it: it stands.
    VoidRefused {
        /// The provider's code.
        code: String,
    },
    /// A file of it was fetched and is kept.
    Filed(KeptFile),
    /// On a blue invoice: the red one was issued, or the invoice itself was voided.
    Flushed {
        /// The red invoice; the invoice itself when it was voided.
        red: InvoiceId,
        /// Row by row, what it took back in all so far.
        rows: Vec<Flushed>,
    },
}
