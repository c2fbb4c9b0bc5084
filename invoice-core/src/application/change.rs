use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{Application, Claimed, Task, TaskState};
use crate::id::{ActorId, ApplicationId, InvoiceId};

/// What can happen to an application.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ApplicationChange {
    /// It was accepted.
    Submitted(Box<Application>),
    /// A reviewer took it.
    ReviewClaimed {
        /// Who.
        by: ActorId,
        /// When.
        at: DateTime<Utc>,
    },
    /// A reviewer, or the rules, said yes; `complete` when no further yes is needed.
    Approved {
        /// Who.
        by: ActorId,
        /// When.
        at: DateTime<Utc>,
        /// Whether that was the last one needed.
        complete: bool,
    },
    /// A reviewer said no.
    Rejected {
        /// Who.
        by: ActorId,
        /// Why.
        reason: String,
    },
    /// Given up.
    Cancelled {
        /// Who.
        by: ActorId,
    },
    /// Another application corrects this one.
    CorrectedBy {
        /// The successor.
        application: ApplicationId,
    },
    /// On a correction: approved, reds go out.
    CorrectionBegun,
    /// On a correction: a red was asked for.
    RedAsked {
        /// The blue invoice it takes back.
        of: InvoiceId,
        /// The red.
        red: InvoiceId,
    },
    /// What it holds of its orders changed before anything was planned: refunds made it smaller, or a correction has
    /// got something back.
    Claims(Vec<Claimed>),
    /// Invoices were planned.
    TaskAdded(Task),
    /// An invoice has moved.
    TaskMoved {
        /// The invoice.
        invoice: InvoiceId,
        /// Where it stands now.
        state: TaskState,
    },
}
