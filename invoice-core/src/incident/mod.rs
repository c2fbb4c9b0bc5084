//! Incident bundle (事故包): everything that happened to one application and what is around it, without personal data, to
//! be sent to somebody who was not there, and replayed.
//!
//! Ids, states, codes, amounts and times stay; every other text is replaced by a name that only says which texts were
//! equal. What is replaced is decided by what is kept: a field that nobody has thought of is replaced. Invoice numbers
//! are replaced, too: with number, date and amount anybody can ask the bureau for the rest.

mod mask;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

pub(crate) use mask::Masks;

use crate::decision::{Event, State, evolve};
use crate::id::{ActorId, ApplicationId, TenantId};

/// The form of bundles.
pub(crate) const FORM: u32 = 1;

/// One step of an aggregate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// 1, 2, 3 … per aggregate.
    pub seq: u64,
    /// When.
    pub at: DateTime<Utc>,
    /// Who, under another name.
    pub actor: ActorId,
    /// The verb.
    pub verb: String,
    /// What changed.
    pub events: Vec<Event>,
}

/// The history of one aggregate, and the row it led to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chapter {
    /// The aggregate: `kind/id`.
    pub subject: String,
    /// Its steps, in order.
    pub steps: Vec<Step>,
    /// Its row at the end.
    pub row: serde_json::Value,
}

/// An application's history and that of everything it touches: its orders and their accounts, the other applications
/// for them, their invoices and refunds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bundle {
    pub(crate) form: u32,
    /// The tenant: keys of intents are derived from it.
    pub tenant: TenantId,
    /// The application it is about.
    pub application: ApplicationId,
    /// When it was taken.
    pub made_at: DateTime<Utc>,
    /// One chapter per aggregate.
    pub chapters: Vec<Chapter>,
}

/// Why a bundle does not replay.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IncidentError {
    /// It is of another form, or was changed.
    #[error("INCIDENT-01: the bundle is not of a form this version reads")]
    Form,
    /// A step is missing.
    #[error("INCIDENT-02: {subject} has no step {seq}")]
    Missing {
        /// The aggregate.
        subject: String,
        /// The step.
        seq: u64,
    },
    /// A step changes another aggregate than its own.
    #[error("INCIDENT-03: step {seq} of {subject} changes something else")]
    Foreign {
        /// The aggregate.
        subject: String,
        /// The step.
        seq: u64,
    },
    /// What the steps lead to is not the row.
    #[error("INCIDENT-04: {subject} is not what its steps lead to")]
    Differs {
        /// The aggregate.
        subject: String,
    },
}

impl Bundle {
    /// The bundle as text.
    ///
    /// # Errors
    /// When a time cannot be written (years beyond 9999).
    pub fn to_json(&self) -> serde_json::Result<String> {
        serde_json::to_string_pretty(self)
    }

    /// From [`Bundle::to_json`].
    ///
    /// # Errors
    /// [`IncidentError::Form`].
    pub fn from_json(text: &str) -> Result<Self, IncidentError> {
        let bundle: Self = serde_json::from_str(text).map_err(|_| IncidentError::Form)?;
        if bundle.form == FORM { Ok(bundle) } else { Err(IncidentError::Form) }
    }

    /// Makes everything happen again, step by step, and compares each aggregate with its row. `watch` sees the state
    /// after every step.
    ///
    /// # Errors
    /// The first aggregate that does not come out as it did.
    pub fn replay(&self, mut watch: impl FnMut(&str, &Step, &State)) -> Result<State, IncidentError> {
        let mut whole = State::default();
        for chapter in &self.chapters {
            let subject = || chapter.subject.clone();
            let mut alone = State::default();
            for (seq, step) in (1_u64..).zip(&chapter.steps) {
                if step.seq != seq {
                    return Err(IncidentError::Missing { subject: subject(), seq });
                }
                for event in &step.events {
                    if subject_of(event) != chapter.subject {
                        return Err(IncidentError::Foreign { subject: subject(), seq });
                    }
                    evolve(&mut alone, &self.tenant, event);
                    evolve(&mut whole, &self.tenant, event);
                }
                watch(&chapter.subject, step, &whole);
            }
            if only(&alone).as_ref() != Some(&chapter.row) {
                return Err(IncidentError::Differs { subject: subject() });
            }
        }
        Ok(whole)
    }
}

/// The aggregate an event changes: `kind/id`.
fn subject_of(event: &Event) -> String {
    match event {
        Event::Order(order) => format!("order/{}", order.id()),
        Event::Balance(order, _) => format!("balance/{order}"),
        Event::Application(id, _) => format!("application/{id}"),
        Event::Invoice(id, _) => format!("invoice/{id}"),
        Event::Refund(refund) => format!("refund/{}", refund.id),
        Event::Account(id, _) => format!("note/{}", id.row()),
        Event::TitleBook(buyer, _) => format!("title_book/{buyer}"),
        Event::Periodic(id, _) => format!("periodic/{id}"),
        Event::Notice(id, _) => format!("notice/{id}"),
        Event::Batch(id, _) => format!("batch/{id}"),
        Event::Ticket(id, _) => format!("ticket/{id}"),
        Event::Received(number, _) => format!("received/{number}"),
        Event::ReceivedNumber(number, _) => format!("received_number/{number}"),
        Event::Access(actor, _) => format!("access/{actor}"),
    }
}

/// The one aggregate of a state, as its row.
fn only(state: &State) -> Option<serde_json::Value> {
    let orders = state.orders.values().map(serde_json::to_value);
    let balances = state.balances.values().map(serde_json::to_value);
    let applications = state.applications.values().map(serde_json::to_value);
    let invoices = state.invoices.values().map(serde_json::to_value);
    let refunds = state.refunds.values().map(serde_json::to_value);
    let accounts = state.accounts.values().map(serde_json::to_value);
    orders.chain(balances).chain(applications).chain(invoices).chain(refunds).chain(accounts).next()?.ok()
}
