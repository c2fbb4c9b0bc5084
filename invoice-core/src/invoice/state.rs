use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{DoubtCode, IssuedInvoice, RedAnswer, RedConfirmation, Stage};

/// Where an invoice task stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
#[non_exhaustive]
pub enum InvoiceState {
    /// Nothing was sent, or the provider has said that what was sent did nothing; `waiting_on` is the reason it waits.
    Planned {
        /// The provider's or our code for what it waits on, such as an operator's login.
        waiting_on: Option<String>,
    },
    /// The exact request is stored and may have been sent.
    Submitting {
        /// What was sent.
        stage: Stage,
        /// When it was (last) sent, at the latest.
        sent_at: DateTime<Utc>,
    },
    /// The provider has taken it.
    Accepted {
        /// What was sent.
        stage: Stage,
        /// When it was sent.
        sent_at: DateTime<Utc>,
    },
    /// A red confirmation exists and waits.
    Confirming {
        /// The confirmation.
        confirmation: RedConfirmation,
        /// What the seller wants to say to it, until it was said.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        answer: Option<RedAnswer>,
    },
    /// Issued.
    Issued {
        /// As the provider issued it.
        issued: IssuedInvoice,
    },
    /// Nobody knows whether it was issued, and the provider cannot or does not say: a person must look.
    InDoubt {
        /// What was sent.
        stage: Stage,
        /// Since when.
        since: DateTime<Utc>,
        /// Why it is in doubt.
        why: DoubtCode,
        /// What the provider reported, where that is what is in doubt.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        said: Option<IssuedInvoice>,
    },
    /// Denied for good. May be retried with a new key.
    Failed {
        /// The provider's code.
        code: String,
        /// When.
        at: DateTime<Utc>,
    },
    /// Replaced by another plan before anything was sent.
    Superseded,
}

impl InvoiceState {
    /// The state's stored name.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Planned { .. } => "planned",
            Self::Submitting { .. } => "submitting",
            Self::Accepted { .. } => "accepted",
            Self::Confirming { .. } => "confirming",
            Self::Issued { .. } => "issued",
            Self::InDoubt { .. } => "in_doubt",
            Self::Failed { .. } => "failed",
            Self::Superseded => "superseded",
        }
    }

    /// Whether nothing more will happen by itself.
    #[must_use]
    pub const fn is_settled(&self) -> bool {
        matches!(self, Self::Issued { .. } | Self::Failed { .. } | Self::Superseded)
    }

    /// The invoice, once issued.
    #[must_use]
    pub const fn issued(&self) -> Option<&IssuedInvoice> {
        match self {
            Self::Issued { issued } => Some(issued),
            _ => None,
        }
    }
}
