//! Decisions: `decide` says what happens, `evolve` makes it so.
//!
//! Both are plain functions of what they are given: no clock, no randomness, no I/O. The desk reads rows into a
//! [`State`], decides, and writes what the events changed. A preview is the same decision without the writing.

mod account;
mod apply;
mod automatic;
mod batch;
mod claims;
mod command;
mod correct;
mod event;
mod files;
mod foreign;
mod issue;
mod notices;
mod paper;
mod periodic;
mod received;
mod record;
mod red;
mod red_plan;
mod refund;
mod request;
mod review;
mod route;
mod state;
mod ticket;
mod titles;

#[cfg(test)]
mod tests;

pub use apply::Preview;
pub use automatic::{automatic_id, reapplication_id};
pub use command::Command;
pub use event::{Event, evolve};
pub(crate) use periodic::is_due;

pub use issue::Outcome;
pub use notices::Delivery;
pub use paper::{PaperDeed, VoidAnswer};
pub use received::{MAX_NOTE, MAX_NOTES, MAX_TAG, MAX_TAGS, ReceivedDeed};
pub use request::request_of;
pub use state::State;
pub use ticket::TicketDeed;
pub use titles::TitleWish;

use chrono::{DateTime, Utc};

use crate::access::{Actor, Permissions, Verb};
use crate::application::ApplyRequest;
use crate::error::Refusal;
use crate::id::TenantId;
use crate::notify::NoticeRoute;
use crate::seller::{Route, Seller};
use crate::tax::TaxTable;

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
    /// Who is told what.
    pub notice_routes: &'a [NoticeRoute],
    /// Who may do what.
    pub permissions: &'a Permissions,
}

/// Decides what a command does to a state. An empty list means that it was done before.
///
/// # Errors
/// A refusal, with nothing changed.
pub fn decide(state: &State, command: &Command, facts: &Facts<'_>) -> Result<Vec<Event>, Refusal> {
    facts.permissions.check(facts.actor, command.verb())?;
    let mut case = Case { state: state.clone(), events: Vec::new(), facts };
    match command {
        Command::RecordOrder(order) => case.record_order(order),
        Command::RecordPayment { order, payment } => case.record_payment(order, payment),
        Command::RecordReceipt { order, at } => case.record_receipt(order, *at),
        Command::Apply { request, confirm } => case.apply(request, confirm.as_deref()),
        Command::ApplyByItself(order) => case.apply_by_itself(order),
        Command::ClaimReview(application) => case.claim_review(application),
        Command::Approve(application) => case.approve(application),
        Command::Reject { application, reason } => case.reject(application, reason),
        Command::Cancel(application) => case.cancel(application),
        Command::Correct(wish) => case.correct(wish),
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
        Command::Arrange(request) => case.arrange(request),
        Command::Turn { plan, state } => case.turn(plan, *state),
        Command::RunPeriod(plan) => case.run_period(plan),
        Command::Tell(occasions) => case.tell(occasions),
        Command::Delivered { notice, delivery } => case.delivered(notice, delivery),
        Command::Replay(notice) => case.replay(notice),
        Command::Submit(chunk) => case.submit(chunk),
        Command::BatchDone { chunk, results } => case.batch_done(chunk, results),
        Command::Report(request) => case.report(request),
        Command::Handle { ticket, deed } => case.handle(ticket, deed),
        Command::Paper { invoice, deed } => case.paper(invoice, deed),
        Command::Void(invoice) => case.void(invoice),
        Command::VoidHeard { invoice, answer } => case.void_heard(invoice, answer),
        Command::Filed { invoice, files } => case.filed(invoice, files),
        Command::Titles { buyer, wish } => case.titles(buyer, wish),
        Command::Receive { entity, invoice } => case.receive(entity, invoice),
        Command::Keep { number, deed } => case.keep(number, deed),
        Command::Verify { number, question, asker, policy } => {
            case.verify(number, question, (*asker, policy))
        }
        Command::Verified { number, question, heard } => case.verified(number, question, heard),
    }?;
    Ok(case.events)
}

/// What applying would come to, without doing it.
///
/// # Errors
/// The refusal that applying would meet.
pub fn preview(state: &State, request: &ApplyRequest, facts: &Facts<'_>) -> Result<Preview, Refusal> {
    facts.permissions.check(facts.actor, Verb::Preview)?;
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
