use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{Flushed, Invoice, OpenRed};
use super::{IssuedInvoice, PreparedRequest, RedConfirmation};
use crate::id::InvoiceId;

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
        /// Why, as a code.
        why: String,
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
    /// Replaced by another plan.
    Superseded,
    /// On a blue invoice: a red one is under way.
    RedOpened(OpenRed),
    /// On a blue invoice: the red one will not come.
    RedDropped {
        /// The red invoice.
        red: InvoiceId,
    },
    /// On a blue invoice: the red one was issued.
    Flushed {
        /// The red invoice.
        red: InvoiceId,
        /// Row by row, what it took back in all so far.
        rows: Vec<Flushed>,
    },
}
