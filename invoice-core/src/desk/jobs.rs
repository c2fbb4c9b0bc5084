//! Work in the outbox that is not an invoice task.

use super::messages::{APPLY, CHUNK, FILES, LETTER, NEWS, PERIOD, VERIFY, VOID};
use super::pump::Done;
use super::{DeskError, InvoiceDesk};
use crate::access::Actor;
use crate::decision::{Command, State};
use crate::id::{OrderId, PeriodicId};
use crate::periodic::PeriodicState;
use crate::seller::Seller;
use crate::store::{Message, Next, Settlement};

impl InvoiceDesk {
    /// Does what a message asks for, whatever its topic.
    pub(super) async fn serve(&self, actor: &Actor, message: &Message) -> Result<Done, DeskError> {
        match message.id.as_str().split_once('/') {
            Some((APPLY, _)) => self.serve_application(actor, message).await,
            Some((PERIOD, _)) => self.serve_period(actor, message).await,
            Some((CHUNK, _)) => self.serve_chunk(actor, message).await,
            Some((NEWS, _)) => self.serve_news(actor, message).await,
            Some((VOID, _)) => self.serve_void(actor, message).await,
            Some((FILES, _)) => self.serve_files(actor, message).await,
            Some((VERIFY, _)) => self.serve_verification(actor, message).await,
            Some((LETTER, _)) => self.serve_letter(actor, message).await,
            _ => self.step(actor, message).await,
        }
    }

    /// Applies for an order whose return window is over.
    async fn serve_application(&self, actor: &Actor, message: &Message) -> Result<Done, DeskError> {
        let Some(lease) = message.lease.clone() else { return Ok(Done::Idle) };
        let command = Command::ApplyByItself(OrderId::new(message.subject.id())?);
        let settlement = Settlement { message: message.id.clone(), lease, next: Next::Done };
        self.transact_settling(actor, &command, |_| Some(settlement.clone())).await?;
        Ok(Done::Served)
    }

    /// Applies for the period of a plan that is over; the message comes again when the next one is.
    async fn serve_period(&self, actor: &Actor, message: &Message) -> Result<Done, DeskError> {
        let Some(lease) = message.lease.clone() else { return Ok(Done::Idle) };
        let id = PeriodicId::new(message.subject.id())?;
        let settled = |state: &State| {
            let plan = state.plans.get(&id).filter(|plan| plan.state() == PeriodicState::Running);
            let zone = plan.and_then(|plan| self.inner.sellers.get(&plan.request().seller)).map(Seller::zone);
            let due = plan.zip(zone).and_then(|(plan, zone)| plan.due(zone));
            let next = due.map_or(Next::Done, |not_before| Next::Again { not_before, attempts: 0 });
            Some(Settlement { message: message.id.clone(), lease: lease.clone(), next })
        };
        self.transact_settling(actor, &Command::RunPeriod(id.clone()), settled).await?;
        Ok(Done::Served)
    }
}
