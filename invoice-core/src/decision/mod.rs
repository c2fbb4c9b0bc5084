//! Decisions: `decide` says what happens, `evolve` makes it so.
//!
//! Both are plain functions of what they are given: no clock, no randomness, no I/O. The desk reads rows into a
//! [`State`], decides, and writes what the events changed. A preview is the same decision without the writing.

mod account;
mod apply;
mod claims;
mod event;
mod foreign;
mod issue;
mod record;
mod red;
mod refund;
mod review;
mod route;
mod state;

#[cfg(test)]
mod tests;

pub use apply::Preview;
pub use event::{Event, evolve};
pub use issue::{Outcome, request_of};
pub use state::State;

use chrono::{DateTime, Utc};

use crate::access::{Actor, Verb};
use crate::account::AccountId;
use crate::application::ApplyRequest;
use crate::error::Refusal;
use crate::id::{ApplicationId, IntentKey, InvoiceId, OrderId, ProviderId, TenantId};
use crate::invoice::{PreparedRequest, RedAnswer, RedForm, Stage};
use crate::order::{Order, Payment, Refund};
use crate::seller::{Route, Seller};
use crate::tax::TaxTable;

/// What somebody wants to happen.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Command {
    /// Record an order.
    RecordOrder(Order),
    /// Record how an order was paid, in full.
    RecordPayment {
        /// The order.
        order: OrderId,
        /// The payment.
        payment: Payment,
    },
    /// Record that the buyer has the goods.
    RecordReceipt {
        /// The order.
        order: OrderId,
        /// When.
        at: DateTime<Utc>,
    },
    /// Apply for invoices; with the token of a preview, exactly for what was shown.
    Apply {
        /// What is asked for.
        request: ApplyRequest,
        /// The preview's token.
        confirm: Option<String>,
    },
    /// Take an application into review.
    ClaimReview(ApplicationId),
    /// Say yes.
    Approve(ApplicationId),
    /// Say no.
    Reject {
        /// The application.
        application: ApplicationId,
        /// Why.
        reason: String,
    },
    /// Give an application up before anything is sent.
    Cancel(ApplicationId),
    /// Record a refund; what it takes from issued invoices becomes red work by itself.
    Refund(Refund),
    /// Store the exact request before it is sent.
    Send {
        /// The task.
        invoice: InvoiceId,
        /// Which request.
        stage: Stage,
        /// The bytes; `None` to send again those stored before.
        request: Option<PreparedRequest>,
        /// How often the task had been sent when it was decided to send; refused when another worker was faster.
        after: u32,
        /// Whether nothing that was sent before under this key can still arrive: nothing was, or the provider's quiet
        /// period since then is over.
        alone: bool,
    },
    /// What came back.
    Learn {
        /// The task.
        invoice: InvoiceId,
        /// The key it is about: of one that the task has given up nothing is learnt.
        key: IntentKey,
        /// What.
        outcome: Outcome,
    },
    /// Try a failed task again with a new key.
    Retry(InvoiceId),
    /// Move a task of which nothing is on its way to another provider.
    Route {
        /// The task.
        invoice: InvoiceId,
        /// To which.
        to: ProviderId,
        /// How often the task had been sent when it was decided to move it.
        after: u32,
    },
    /// A red confirmation that the buyer has started was seen at the bureau.
    TakeRedForm {
        /// The blue task.
        blue: InvoiceId,
        /// The confirmation.
        form: RedForm,
    },
    /// Say something to a red confirmation.
    AnswerRed {
        /// The red task.
        invoice: InvoiceId,
        /// What.
        answer: RedAnswer,
    },
    /// A provider has said that an account is of no use until somebody acts.
    Pause {
        /// The account.
        account: AccountId,
        /// The provider's code.
        code: String,
        /// When one call tries whether it still is.
        until: DateTime<Utc>,
    },
    /// A paused account has taken a request again.
    Lift(AccountId),
    /// A person has done what a paused account waited for.
    Resume(AccountId),
    /// A person has found out what became of a task in doubt.
    Resolve {
        /// The task.
        invoice: InvoiceId,
        /// The key they looked for; refused when the task has another by now.
        key: IntentKey,
        /// What they found.
        outcome: Outcome,
    },
}

impl Command {
    /// The verb that the actor must be permitted.
    #[must_use]
    pub const fn verb(&self) -> Verb {
        match self {
            Self::RecordOrder(_) | Self::RecordPayment { .. } | Self::RecordReceipt { .. } => Verb::Record,
            Self::Apply { .. } => Verb::Apply,
            Self::ClaimReview(_) | Self::Approve(_) | Self::Reject { .. } => Verb::Review,
            Self::Cancel(_) => Verb::Cancel,
            Self::Refund(_) => Verb::Refund,
            Self::Send { .. }
            | Self::Learn { .. }
            | Self::Route { .. }
            | Self::TakeRedForm { .. }
            | Self::Pause { .. }
            | Self::Lift(_) => Verb::Pump,
            Self::Retry(_) | Self::Resolve { .. } | Self::Resume(_) => Verb::Resolve,
            Self::AnswerRed { .. } => Verb::AnswerRed,
        }
    }

    /// The name written into the journal.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::RecordOrder(_) => "record_order",
            Self::RecordPayment { .. } => "record_payment",
            Self::RecordReceipt { .. } => "record_receipt",
            Self::Apply { .. } => "apply",
            Self::ClaimReview(_) => "claim_review",
            Self::Approve(_) => "approve",
            Self::Reject { .. } => "reject",
            Self::Cancel(_) => "cancel",
            Self::Refund(_) => "refund",
            Self::Send { .. } => "send",
            Self::Learn { .. } => "learn",
            Self::Retry(_) => "retry",
            Self::Resolve { .. } => "resolve",
            Self::Route { .. } => "route",
            Self::TakeRedForm { .. } => "take_red_form",
            Self::AnswerRed { .. } => "answer_red",
            Self::Pause { .. } => "pause",
            Self::Lift(_) => "lift",
            Self::Resume(_) => "resume",
        }
    }
}

/// What a decision may know besides the state.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// The tenant.
    pub tenant: &'a TenantId,
    /// Now.
    pub now: DateTime<Utc>,
    /// Who asks.
    pub actor: &'a Actor,
    /// The seller concerned.
    pub seller: &'a Seller,
    /// Codes and rates.
    pub table: &'a TaxTable,
    /// The most rows that each of the seller's providers prints on an invoice.
    pub max_rows: u32,
    /// The seller's providers, in the order they are tried.
    pub routes: &'a [Route],
}

/// Decides what a command does to a state. An empty list means that it was done before.
///
/// # Errors
/// A refusal, with nothing changed.
pub fn decide(state: &State, command: &Command, facts: &Facts<'_>) -> Result<Vec<Event>, Refusal> {
    facts.actor.may(command.verb())?;
    let mut case = Case { state: state.clone(), events: Vec::new(), facts };
    match command {
        Command::RecordOrder(order) => case.record_order(order),
        Command::RecordPayment { order, payment } => case.record_payment(order, payment),
        Command::RecordReceipt { order, at } => case.record_receipt(order, *at),
        Command::Apply { request, confirm } => case.apply(request, confirm.as_deref()),
        Command::ClaimReview(application) => case.claim_review(application),
        Command::Approve(application) => case.approve(application),
        Command::Reject { application, reason } => case.reject(application, reason),
        Command::Cancel(application) => case.cancel(application),
        Command::Refund(refund) => case.refund(refund),
        Command::Send { invoice, stage, request, after, alone } => {
            case.send(invoice, *stage, request.as_ref(), (*after, *alone))
        }
        Command::Learn { invoice, key, outcome } => case.hear(invoice, key, outcome),
        Command::Retry(invoice) => case.retry(invoice),
        Command::Resolve { invoice, key, outcome } => case.resolve(invoice, key, outcome),
        Command::Route { invoice, to, after } => case.route(invoice, to, *after),
        Command::TakeRedForm { blue, form } => case.take_red_form(blue, form),
        Command::AnswerRed { invoice, answer } => case.answer_red(invoice, *answer),
        Command::Pause { account, code, until } => case.pause(account, code, *until),
        Command::Lift(account) | Command::Resume(account) => case.resume(account),
    }?;
    Ok(case.events)
}

/// What applying would come to, without doing it.
///
/// # Errors
/// The refusal that applying would meet.
pub fn preview(state: &State, request: &ApplyRequest, facts: &Facts<'_>) -> Result<Preview, Refusal> {
    facts.actor.may(Verb::Preview)?;
    Case { state: state.clone(), events: Vec::new(), facts }.preview(request)
}

/// A decision in the making: the state as it would be, and the events that lead there.
struct Case<'a> {
    state: State,
    events: Vec<Event>,
    facts: &'a Facts<'a>,
}

impl Case<'_> {
    fn emit(&mut self, event: Event) {
        evolve(&mut self.state, self.facts.tenant, &event);
        self.events.push(event);
    }
}
