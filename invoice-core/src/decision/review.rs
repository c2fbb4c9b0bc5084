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
        let by = self.facts.actor.id();
        match &self.state.application(id)?.review().claimed {
            Some((holder, at)) if self.facts.seller.review().claim_ends(*at).is_some() => {
                self.not_held(id)?;
                let running = self.facts.seller.review().claim_ends(*at) > Some(self.facts.now);
                if holder == by && running {
                    return Ok(());
                }
                self.expect_state(id, &[ApplicationState::InReview], "claim_review")?;
            }
            _ => {
                self.expect_state(id, &[ApplicationState::PendingReview], "claim_review")?;
            }
        }
        let change =
            ApplicationChange::ReviewClaimed { by: self.facts.actor.id().clone(), at: self.facts.now };
        self.emit(Event::Application(id.clone(), change));
        Ok(())
    }

    /// Refuses while another reviewer has it in hand.
    fn not_held(&self, id: &ApplicationId) -> Result<(), Refusal> {
        let Some((holder, at)) = &self.state.application(id)?.review().claimed else { return Ok(()) };
        match self.facts.seller.review().claim_ends(*at) {
            Some(until) if holder != self.facts.actor.id() && self.facts.now < until => {
                Err(Refusal::new(RefusalCode::ReviewHeld)
                    .with("application", id)
                    .with("actor", holder)
                    .with("until", until.format("%Y-%m-%d %H:%M UTC")))
            }
            _ => Ok(()),
        }
    }

    /// Says yes. With the last yes that is needed, the invoices are planned.
    pub(super) fn approve(&mut self, id: &ApplicationId) -> Result<(), Refusal> {
        self.expect_state(id, &[ApplicationState::PendingReview, ApplicationState::InReview], "approve")?;
        self.not_held(id)?;
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
        if complete && self.state.application(id)?.correction().is_some() {
            return self.begin_correction(id);
        }
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
        self.not_held(id)?;
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
        let application = self.state.application(id)?;
        if !application.is_correcting() || self.has_red_under_way(application) {
            self.expect_state(id, &allowed, "cancel")?;
        }
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
