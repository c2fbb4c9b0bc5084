use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{ApplicationChange, ApplicationState, ApplyRequest};
use crate::id::{ActorId, ApplicationId, InvoiceId, OrderId};
use crate::ledger::Share;
use crate::money::Money;

/// What an application holds of one order line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claimed {
    /// The order.
    pub order: OrderId,
    /// The line's index in it.
    pub line: u32,
    /// The share.
    pub share: Share,
}

/// Where an invoice of the application stands, in short.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TaskState {
    /// Nothing sent.
    Planned,
    /// At the provider.
    Sent,
    /// Waits for a person to find out.
    InDoubt,
    /// Issued.
    Issued,
    /// Denied.
    Failed,
    /// Replaced before it was sent.
    Superseded,
    /// Issued and voided in its month.
    Voided,
}

/// One invoice of the application.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Task {
    /// The invoice.
    pub invoice: InvoiceId,
    /// The blue invoice it takes back, when it is red.
    pub red_of: Option<InvoiceId>,
    /// Where it stands.
    pub state: TaskState,
    /// Its gross total, a magnitude.
    pub gross: Money,
}

/// How the review went so far.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ReviewRecord {
    /// Who has it in hand, and since when.
    pub claimed: Option<(ActorId, DateTime<Utc>)>,
    /// Who said yes.
    pub approved_by: Vec<ActorId>,
    /// Why it was refused.
    pub rejected: Option<String>,
}

/// What an application corrects, and how far that has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Correction {
    /// The application whose invoices are taken back.
    pub of: ApplicationId,
    /// The reds that were asked for, each with its blue invoice; one blue may stand here again after a refusal.
    pub reds: Vec<(InvoiceId, InvoiceId)>,
}

/// An application as it stands. `Debug` shows no buyer.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Application {
    pub(crate) request: ApplyRequest,
    pub(crate) submitted_by: ActorId,
    pub(crate) applied_at: DateTime<Utc>,
    pub(crate) gross: Money,
    pub(crate) state: ApplicationState,
    pub(crate) review: ReviewRecord,
    pub(crate) claims: Vec<Claimed>,
    pub(crate) tasks: Vec<Task>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) correction: Option<Correction>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) corrected_by: Option<ApplicationId>,
}

impl Application {
    /// Folds a change in.
    #[must_use]
    pub fn evolve(current: Option<Self>, change: &ApplicationChange) -> Option<Self> {
        match (current, change) {
            (None, ApplicationChange::Submitted(application)) => Some((**application).clone()),
            (Some(mut application), change) => {
                application.apply(change);
                Some(application)
            }
            (None, _) => None,
        }
    }

    fn apply(&mut self, change: &ApplicationChange) {
        match change {
            ApplicationChange::Submitted(_) => {}
            ApplicationChange::ReviewClaimed { by, at } => {
                self.review.claimed = Some((by.clone(), *at));
                self.state = ApplicationState::InReview;
            }
            ApplicationChange::Approved { by, complete, .. } => {
                self.review.approved_by.push(by.clone());
                self.review.claimed = None;
                self.state =
                    if *complete { ApplicationState::PendingIssue } else { ApplicationState::PendingReview };
            }
            ApplicationChange::Rejected { reason, .. } => {
                self.review.rejected = Some(reason.clone());
                self.state = ApplicationState::Rejected;
                self.claims.clear();
            }
            ApplicationChange::Cancelled { .. } => {
                self.state = ApplicationState::Cancelled;
                self.claims.clear();
            }
            ApplicationChange::CorrectedBy { application } => self.corrected_by = Some(application.clone()),
            ApplicationChange::CorrectionBegun => self.state = ApplicationState::Issuing,
            ApplicationChange::RedAsked { of, red } => {
                if let Some(correction) = &mut self.correction {
                    correction.reds.push((of.clone(), red.clone()));
                }
            }
            ApplicationChange::Claims(claims) => {
                self.gross = claims.iter().map(|claimed| claimed.share.gross).sum();
                self.claims.clone_from(claims);
            }
            ApplicationChange::TaskAdded(task) => {
                self.claims.clear();
                self.tasks.push(task.clone());
                self.state = ApplicationState::of_tasks(&self.tasks);
            }
            ApplicationChange::TaskMoved { invoice, state } => {
                if let Some(task) = self.tasks.iter_mut().find(|task| &task.invoice == invoice) {
                    task.state = *state;
                }
                self.state = ApplicationState::of_tasks(&self.tasks);
            }
        }
    }

    /// The id.
    #[must_use]
    pub const fn id(&self) -> &ApplicationId {
        &self.request.id
    }

    /// What was asked for.
    #[must_use]
    pub const fn request(&self) -> &ApplyRequest {
        &self.request
    }

    /// Who submitted it.
    #[must_use]
    pub const fn submitted_by(&self) -> &ActorId {
        &self.submitted_by
    }

    /// When.
    #[must_use]
    pub const fn applied_at(&self) -> DateTime<Utc> {
        self.applied_at
    }

    /// The gross amount it was accepted for.
    #[must_use]
    pub const fn gross(&self) -> Money {
        self.gross
    }

    /// Where it stands.
    #[must_use]
    pub const fn state(&self) -> ApplicationState {
        self.state
    }

    /// How the review went.
    #[must_use]
    pub const fn review(&self) -> &ReviewRecord {
        &self.review
    }

    /// What it holds of its orders while it waits for review.
    #[must_use]
    pub fn claims(&self) -> &[Claimed] {
        &self.claims
    }

    /// What it corrects; `None` for an application of its own.
    #[must_use]
    pub const fn correction(&self) -> Option<&Correction> {
        self.correction.as_ref()
    }

    /// The application it corrects.
    #[must_use]
    pub fn corrects(&self) -> Option<&ApplicationId> {
        self.correction.as_ref().map(|correction| &correction.of)
    }

    /// The newest application that corrects this one.
    #[must_use]
    pub const fn corrected_by(&self) -> Option<&ApplicationId> {
        self.corrected_by.as_ref()
    }

    /// Whether it is an approved correction that waits for its reds.
    #[must_use]
    pub const fn is_correcting(&self) -> bool {
        self.correction.is_some() && self.tasks.is_empty() && matches!(self.state, ApplicationState::Issuing)
    }

    /// Its invoices.
    #[must_use]
    pub fn tasks(&self) -> &[Task] {
        &self.tasks
    }
}

impl fmt::Debug for Application {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Application")
            .field("id", self.id())
            .field("state", &self.state)
            .field("gross", &self.gross)
            .field("tasks", &self.tasks)
            .finish_non_exhaustive()
    }
}
