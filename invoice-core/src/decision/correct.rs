//! Correcting (换开): what was issued is taken back whole by red invoices and issued again under another title or kind.
//!
//! One saga in the rows of two applications. The former one knows its successor, the successor knows the reds it asked
//! for. Whatever a red takes back is held for the successor in the very unit that records the red, so nobody else can
//! take it; with the last red its invoices are planned, again in the same unit. There is no step in between that a
//! crash could lose.

use super::red::added_up;
use super::red_plan::{Numbering, blue_invoice, fitting};
use super::{Case, Event};
use crate::application::{
    Application, ApplicationChange, ApplicationState, ApplyRequest, Audience, Channel, Claimed,
    CorrectRequest, Correction, Draft, OrderScope, ReviewRecord, Scope,
};
use crate::error::{Language, Refusal, RefusalCode};
use crate::id::{ApplicationId, InvoiceId};
use crate::invoice::{Invoice, InvoiceState};
use crate::money::Money;
use crate::plan::red::{RedDemand, RedExtent, RedReason, plan_red};
use crate::review::Approval;
use crate::tax::tax_day;

impl Case<'_> {
    /// Accepts a correction. Where a reviewer must say yes, nothing is taken back before that.
    pub(super) fn correct(&mut self, wish: &CorrectRequest) -> Result<(), Refusal> {
        let former = self.state.application(&wish.of)?;
        self.facts.actor.owns(&former.request().buyer)?;
        if let Some(known) = self.state.applications.get(&wish.id) {
            let same = known.corrects() == Some(&wish.of)
                && known.request().title == wish.title
                && known.request().kind == wish.kind
                && known.request().remark == wish.remark;
            let changed = || Refusal::new(RefusalCode::ApplicationChanged).with("application", &wish.id);
            return if same { Ok(()) } else { Err(changed()) };
        }
        let gross = self.correctable(former)?;
        if wish.title == former.request().title && wish.kind == former.request().kind {
            return Err(Refusal::new(RefusalCode::NothingToCorrect).with("application", &wish.of));
        }
        let request = successor(former.request(), wish);
        self.fits(&request)?;
        let approval = self.facts.seller.review().approval(wish.kind, gross);
        let application = Application {
            request,
            submitted_by: self.facts.actor.id().clone(),
            applied_at: self.facts.now,
            gross,
            state: ApplicationState::PendingReview,
            review: ReviewRecord::default(),
            claims: Vec::new(),
            tasks: Vec::new(),
            correction: Some(Correction { of: wish.of.clone(), reds: Vec::new() }),
            corrected_by: None,
        };
        let submitted = ApplicationChange::Submitted(Box::new(application));
        self.emit(Event::Application(wish.id.clone(), submitted));
        let by = ApplicationChange::CorrectedBy { application: wish.id.clone() };
        self.emit(Event::Application(wish.of.clone(), by));
        if approval == Approval::Automatic {
            let by = self.facts.actor.id().clone();
            let approved = ApplicationChange::Approved { by, at: self.facts.now, complete: true };
            self.emit(Event::Application(wish.id.clone(), approved));
            self.begin_correction(&wish.id)?;
        }
        Ok(())
    }

    /// What is issued of an application and not taken back, when it can be corrected.
    fn correctable(&self, former: &Application) -> Result<Money, Refusal> {
        use ApplicationState::{Issued, PartlyIssued, PartlyRed};
        let state = former.state();
        if !matches!(state, Issued | PartlyIssued | PartlyRed) {
            return Err(Refusal::new(RefusalCode::ApplicationState)
                .with("application", former.id())
                .with("state", state.wording(Audience::Staff, Language::En))
                .with("verb", "correct"));
        }
        if let Some(before) = self.living_successor(former.id()) {
            return Err(Refusal::new(RefusalCode::CorrectedAlready)
                .with("application", former.id())
                .with("by", before.id()));
        }
        Ok(self.blues_of(former).map(left_of).sum())
    }

    /// The correction of an application that was not given up.
    fn living_successor(&self, former: &ApplicationId) -> Option<&Application> {
        use ApplicationState::{Cancelled, Rejected};
        let successor = self.state.applications.get(former)?.corrected_by()?;
        let successor = self.state.applications.get(successor)?;
        (!matches!(successor.state(), Rejected | Cancelled)).then_some(successor)
    }

    /// Whether an application is corrected by another.
    pub(super) fn is_corrected(&self, former: &ApplicationId) -> bool {
        self.living_successor(former).is_some()
    }

    /// Whether the seller may issue the wanted kind to the wanted title.
    fn fits(&self, request: &ApplyRequest) -> Result<(), Refusal> {
        if !self.facts.seller.offers(request.kind, request.channel) {
            return Err(Refusal::new(RefusalCode::KindNotOffered)
                .with("seller", &request.seller)
                .with("kind", request.kind));
        }
        let day = tax_day(self.facts.now);
        request.title.check(request.kind, &self.facts.seller.party().tax_id, day)
    }

    fn blues_of<'a>(&'a self, application: &'a Application) -> impl Iterator<Item = &'a Invoice> {
        let blues = application.tasks().iter().filter(|task| task.red_of.is_none());
        blues
            .filter_map(|task| self.state.invoices.get(&task.invoice))
            .filter(|invoice| invoice.state().issued().is_some())
    }

    /// Approved: from now on reds go out.
    pub(super) fn begin_correction(&mut self, id: &ApplicationId) -> Result<(), Refusal> {
        self.emit(Event::Application(id.clone(), ApplicationChange::CorrectionBegun));
        self.advance_correction(id)
    }

    /// The correction that waits for the reds of an application, if there is one.
    pub(super) fn correction_of(&self, former: &ApplicationId) -> Option<ApplicationId> {
        let successor = self.state.applications.get(former)?.corrected_by()?;
        let successor = self.state.applications.get(successor)?;
        successor.is_correcting().then(|| successor.id().clone())
    }

    /// A red of an application has ended: its correction goes on, if there is one.
    pub(super) fn advance_correction_of(&mut self, former: &ApplicationId) -> Result<(), Refusal> {
        match self.correction_of(former) {
            Some(successor) => self.advance_correction(&successor),
            None => Ok(()),
        }
    }

    /// Takes back what can be taken back now, and issues again once everything is. A blue invoice on which another red is
    /// under way waits for that; a red that was refused waits for a person, and is asked for anew here when the person has
    /// said so while another red was under way.
    pub(super) fn advance_correction(&mut self, id: &ApplicationId) -> Result<(), Refusal> {
        let successor = self.state.application(id)?;
        let Some(correction) = successor.correction().cloned() else { return Ok(()) };
        let former = self.state.application(&correction.of)?;
        let left: Vec<&Invoice> = self.blues_of(former).filter(|blue| left_of(blue).is_positive()).collect();
        if left.is_empty() {
            return self.finish_correction(id);
        }
        // A person has tried it again, or it gave way to a form of the buyer's and was never sent.
        let given_up = |red: &InvoiceId| {
            let red = self.state.invoices.get(red);
            red.is_some_and(|red| red.is_retried() || matches!(red.state(), InvoiceState::Superseded))
        };
        let untried = |blue: &&&Invoice| {
            let mut asked = correction.reds.iter().filter(|(tried, _)| tried == blue.id());
            blue.open_red().is_none() && asked.all(|(_, red)| given_up(red))
        };
        let untried: Vec<InvoiceId> = left.iter().filter(untried).map(|blue| blue.id().clone()).collect();
        untried.iter().try_for_each(|blue| self.take_back(id, blue))
    }

    /// Plans the red that takes back all that is left of a blue invoice.
    fn take_back(&mut self, successor: &ApplicationId, blue: &InvoiceId) -> Result<(), Refusal> {
        let invoice = self.state.invoice(blue)?;
        // "Issued in error" takes whole, untouched invoices only.
        let reason =
            if invoice.flushed().is_empty() { RedReason::IssuedInError } else { RedReason::Returned };
        let reason = fitting(reason, invoice.rows());
        let mut numbering = Numbering::default();
        let planned = blue_invoice(invoice, RedExtent::WholeInvoice, &mut numbering);
        let demands: Vec<RedDemand> = added_up(left_claims(invoice))
            .into_iter()
            .map(|claim| RedDemand {
                line: numbering.number(&claim.order, claim.line),
                gross: claim.share.gross,
                quantity: Some(claim.share.quantity).filter(|quantity| !quantity.is_zero()),
            })
            .collect();
        let plan = plan_red(&[planned], &demands, reason, RedExtent::Minimal)?;
        for form in plan.forms() {
            let red = self.next_task_id(self.state.invoice(blue)?.application())?;
            self.open_red(blue, form, reason, &numbering)?;
            let asked = ApplicationChange::RedAsked { of: blue.clone(), red };
            self.emit(Event::Application(successor.clone(), asked));
        }
        Ok(())
    }

    /// A red is there. What it took back is held for the correction that waits, whoever asked for the red, up to what refunds
    /// have left: a refund's red may have to take the whole invoice, and so may a form of the buyer's.
    pub(super) fn hold_for_correction(&mut self, red: &InvoiceId) -> Result<(), Refusal> {
        let invoice = self.state.invoice(red)?;
        let claims = added_up(super::issue::claims_of_invoice(invoice));
        self.hold_what_came_back(&invoice.application().clone(), &claims)
    }

    /// Holds what came back of an application for the correction that waits for it, if there is one, up to what refunds
    /// have left.
    pub(super) fn hold_what_came_back(
        &mut self,
        former: &ApplicationId,
        claims: &[Claimed],
    ) -> Result<(), Refusal> {
        let Some(successor) = self.correction_of(former) else { return Ok(()) };
        let mut held = self.state.application(&successor)?.claims().to_vec();
        held.extend(self.hold_what_is_left(&successor, claims));
        self.emit(Event::Application(successor, ApplicationChange::Claims(added_up(held))));
        Ok(())
    }

    /// Everything is taken back: what refunds have left is issued again. Where nothing is left, or it cannot be issued,
    /// the correction ends; what it held is open and can be applied for.
    fn finish_correction(&mut self, id: &ApplicationId) -> Result<(), Refusal> {
        let application = self.state.application(id)?;
        let (claims, kind) = (application.claims().to_vec(), application.request().kind);
        let by = self.facts.actor.id().clone();
        if claims.is_empty() {
            self.emit(Event::Application(id.clone(), ApplicationChange::Cancelled { by }));
            return Ok(());
        }
        let policy = self.facts.seller.split_policy(kind, self.facts.max_rows);
        match Draft::new(&claims, &self.state.orders, &policy) {
            Ok(draft) => self.plan_invoices(id, draft),
            Err(refusal) => {
                self.release(id, &claims);
                let reason = refusal.code().as_str().to_owned();
                self.emit(Event::Application(id.clone(), ApplicationChange::Rejected { by, reason }));
                Ok(())
            }
        }
    }

    /// A red that was refused is asked for again, when a correction wants it and nothing else takes the blue back.
    pub(super) fn retry_correction(&mut self, red: &InvoiceId) -> Result<(), Refusal> {
        let former = self.state.invoice(red)?.application().clone();
        let Some(successor) = self.correction_of(&former) else { return Ok(()) };
        let correction = self.state.application(&successor)?.correction();
        let blue =
            correction.and_then(|own| own.reds.iter().find(|(_, own)| own == red)).map(|(blue, _)| blue);
        let Some(blue) = blue.cloned() else { return Ok(()) };
        let invoice = self.state.invoice(&blue)?;
        if invoice.open_red().is_some() || !left_of(invoice).is_positive() {
            return Ok(());
        }
        self.take_back(&successor, &blue)
    }

    /// Whether a correction has a red under way: then it cannot be given up.
    pub(super) fn has_red_under_way(&self, successor: &Application) -> bool {
        successor.correction().is_some_and(|own| {
            own.reds.iter().any(|(blue, red)| {
                let open = self.state.invoices.get(blue).and_then(Invoice::open_red);
                open.is_some_and(|open| &open.red == red)
            })
        })
    }
}

/// The application that a correction makes.
fn successor(former: &ApplyRequest, wish: &CorrectRequest) -> ApplyRequest {
    let whole = |scope: &OrderScope| OrderScope { order: scope.order.clone(), scope: Scope::Whole };
    ApplyRequest {
        id: wish.id.clone(),
        seller: former.seller.clone(),
        buyer: former.buyer.clone(),
        channel: Channel::BackOffice,
        kind: wish.kind,
        title: wish.title.clone(),
        orders: former.orders.iter().map(whole).collect(),
        remark: wish.remark.clone(),
    }
}

/// What red invoices have not taken back of a blue one yet.
fn left_of(blue: &Invoice) -> Money {
    Money::from_fen(blue.gross().fen() - blue.flushed_gross().fen())
}

/// The same, by order line.
fn left_claims(blue: &Invoice) -> Vec<Claimed> {
    let mut left = Vec::new();
    for (index, row) in (0_u32..).zip(blue.rows()) {
        let flushed = blue.flushed().iter().find(|flushed| flushed.row == index);
        for (at, part) in row.parts.iter().enumerate() {
            let mut share = part.of.share;
            if let Some(gone) = flushed.and_then(|flushed| flushed.parts.get(at)) {
                share.take(*gone);
            }
            if share.gross.is_positive() {
                left.push(Claimed { order: part.order.clone(), line: part.of.line, share });
            }
        }
    }
    left
}
