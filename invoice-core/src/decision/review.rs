use super::{Case, Event};
use crate::application::{ApplicationChange, ApplicationState, Claimed, Draft, TaskState};
use crate::error::{Language, Refusal, RefusalCode};
use crate::id::{ApplicationId, InvoiceId};
use crate::invoice::InvoiceChange;
use crate::review::Approval;

impl Case<'_> {
    fn expect_state(
        &self,
        id: &ApplicationId,
        allowed: &[ApplicationState],
        verb: &'static str,
    ) -> Result<ApplicationState, Refusal> {
        let state = self.state.application(id)?.state();
        if allowed.contains(&state) {
            return Ok(state);
        }
        let shown = state.wording(crate::application::Audience::Staff, Language::En);
        Err(Refusal::new(RefusalCode::ApplicationState)
            .with("application", id)
            .with("state", shown)
            .with("verb", verb))
    }

    pub(super) fn claim_review(&mut self, id: &ApplicationId) -> Result<(), Refusal> {
        self.expect_state(id, &[ApplicationState::PendingReview], "claim_review")?;
        let change =
            ApplicationChange::ReviewClaimed { by: self.facts.actor.id().clone(), at: self.facts.now };
        self.emit(Event::Application(id.clone(), change));
        Ok(())
    }

    /// Says yes. With the last yes that is needed, the invoices are planned.
    pub(super) fn approve(&mut self, id: &ApplicationId) -> Result<(), Refusal> {
        self.expect_state(id, &[ApplicationState::PendingReview, ApplicationState::InReview], "approve")?;
        let application = self.state.application(id)?;
        let by = self.facts.actor.id().clone();
        let needed = self.facts.seller.review().approval(application.request().kind, application.gross());
        let repeated = application.review().approved_by.contains(&by)
            || (needed == Approval::Two && application.submitted_by() == &by);
        if repeated {
            return Err(Refusal::new(RefusalCode::ReviewerRepeated)
                .with("actor", by)
                .with("application", id));
        }
        let complete = needed != Approval::Two || !application.review().approved_by.is_empty();
        self.emit(Event::Application(
            id.clone(),
            ApplicationChange::Approved { by, at: self.facts.now, complete },
        ));
        if complete {
            let application = self.state.application(id)?;
            let policy = self.facts.seller.split_policy(application.request().kind, self.facts.max_rows);
            let draft = Draft::new(application.claims(), &self.state.orders, &policy)?;
            self.plan_invoices(id, draft)?;
        }
        Ok(())
    }

    pub(super) fn reject(&mut self, id: &ApplicationId, reason: &str) -> Result<(), Refusal> {
        self.expect_state(id, &[ApplicationState::PendingReview, ApplicationState::InReview], "reject")?;
        let claims = self.state.application(id)?.claims().to_vec();
        self.release(id, &claims);
        let change =
            ApplicationChange::Rejected { by: self.facts.actor.id().clone(), reason: reason.to_owned() };
        self.emit(Event::Application(id.clone(), change));
        Ok(())
    }

    /// Gives an application up while nothing of it has been sent.
    pub(super) fn cancel(&mut self, id: &ApplicationId) -> Result<(), Refusal> {
        let allowed =
            [ApplicationState::PendingReview, ApplicationState::InReview, ApplicationState::PendingIssue];
        self.facts.actor.owns(&self.state.application(id)?.request().buyer)?;
        if self.state.application(id)?.state() == ApplicationState::Cancelled {
            return Ok(());
        }
        self.expect_state(id, &allowed, "cancel")?;
        let claims = self.state.application(id)?.claims().to_vec();
        self.release(id, &claims);
        let unsent: Vec<InvoiceId> = self
            .state
            .application(id)?
            .tasks()
            .iter()
            .filter(|task| task.state == TaskState::Planned)
            .map(|task| task.invoice.clone())
            .collect();
        for invoice in unsent {
            self.supersede(&invoice)?;
        }
        self.emit(Event::Application(
            id.clone(),
            ApplicationChange::Cancelled { by: self.facts.actor.id().clone() },
        ));
        Ok(())
    }

    /// Takes back a task that was never sent; what it held is free again.
    pub(super) fn supersede(&mut self, id: &InvoiceId) -> Result<Vec<Claimed>, Refusal> {
        let invoice = self.state.invoice(id)?;
        let application = invoice.application().clone();
        let claims = super::issue::claims_of_invoice(invoice);
        self.release(&application, &claims);
        self.emit(Event::Invoice(id.clone(), InvoiceChange::Superseded));
        let moved = ApplicationChange::TaskMoved { invoice: id.clone(), state: TaskState::Superseded };
        self.emit(Event::Application(application, moved));
        Ok(claims)
    }
}
