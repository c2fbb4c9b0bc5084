use chrono::{DateTime, Utc};
use invoice_core::id::IntentKey;
use invoice_core::invoice::InvoiceNumber;
use invoice_core::provider::ConfirmationState;
use serde::{Deserialize, Serialize};

/// What changed in the books. The journal is a list of batches of these; the books are their fold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "did", rename_all = "snake_case")]
pub(super) enum Change {
    Issued {
        at: DateTime<Utc>,
        number: InvoiceNumber,
        key: IntentKey,
        /// When a query shows it: later than `at` where issuing is asynchronous.
        ready_at: DateTime<Utc>,
        /// Until when a query does not even find the key.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        hidden_until: Option<DateTime<Utc>>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        confirmation: Option<String>,
        /// Issued by the bureau itself when its confirmation allowed it.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        by_bureau: bool,
        body: String,
    },
    Denied {
        key: IntentKey,
        ready_at: DateTime<Utc>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        hidden_until: Option<DateTime<Utc>>,
        code: String,
        digest: String,
    },
    Confirmation {
        number: String,
        key: IntentKey,
        state: ConfirmationState,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        expires_at: Option<DateTime<Utc>>,
        body: String,
    },
    Voided {
        at: DateTime<Utc>,
        number: InvoiceNumber,
    },
    ConfirmationMoved {
        number: String,
        state: ConfirmationState,
    },
}
