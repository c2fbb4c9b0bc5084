use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};

use super::claims::by_order;
use super::{Case, Event};
use crate::access::Role;
use crate::application::{
    Application, ApplicationChange, ApplicationState, ApplyRequest, Channel, Claimed, Draft, DraftInvoice,
    MAX_APPLICATION_ID, ReviewRecord, Task, TaskState, preflight,
};
use crate::error::{Refusal, RefusalCode};
use crate::id::{ApplicationId, InvoiceId, OrderId};
use crate::invoice::{Color, Invoice, InvoiceChange, InvoiceState, PaperState};
use crate::ledger::{Balance, BalanceChange};
use crate::money::Money;
use crate::review::Approval;
use crate::seller::{Seller, Trigger};
use crate::tax::tax_day;

/// What an application would come to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preview {
    draft: Draft,
    approval: Approval,
    token: String,
}

impl Preview {
    /// The invoices, the lower bound, and the reasons of each cut.
    #[must_use]
    pub const fn draft(&self) -> &Draft {
        &self.draft
    }

    /// Who would have to approve.
    #[must_use]
    pub const fn approval(&self) -> Approval {
        self.approval
    }

    /// Names exactly what was shown; given back when applying, anything else is refused.
    #[must_use]
    pub fn token(&self) -> &str {
        &self.token
    }
}

/// What an accepted application comes to before it is written.
struct Terms {
    claims: Vec<Claimed>,
    gross: Money,
    draft: Draft,
    approval: Approval,
    token: String,
}

impl Case<'_> {
    pub(super) fn preview(&self, request: &ApplyRequest) -> Result<Preview, Refusal> {
        let Terms { draft, approval, token, .. } = self.terms(request)?;
        Ok(Preview { draft, approval, token })
    }

    pub(super) fn apply(&mut self, request: &ApplyRequest, confirm: Option<&str>) -> Result<(), Refusal> {
        if let Some(known) = self.state.applications.get(&request.id) {
            if known.request() == request {
                return Ok(());
            }
            return Err(Refusal::new(RefusalCode::ApplicationChanged).with("application", &request.id));
        }
        let Terms { claims, gross, draft, approval, token } = self.terms(request)?;
        if confirm.is_some_and(|shown| shown != token) {
            let what = format!("{gross}, {} invoices", draft.invoices().len());
            return Err(Refusal::new(RefusalCode::PreviewStale).with("what", what));
        }
        let application = Application {
            request: request.clone(),
            submitted_by: self.facts.actor.id().clone(),
            applied_at: self.facts.now,
            gross,
            state: ApplicationState::PendingReview,
            review: ReviewRecord::default(),
            claims: claims.clone(),
            tasks: Vec::new(),
            correction: None,
            corrected_by: None,
        };
        self.emit(Event::Application(
            request.id.clone(),
            ApplicationChange::Submitted(Box::new(application)),
        ));
        self.reserve(&request.id, &claims);
        if approval == Approval::Automatic {
            let by = self.facts.actor.id().clone();
            let approved = ApplicationChange::Approved { by, at: self.facts.now, complete: true };
            self.emit(Event::Application(request.id.clone(), approved));
            self.plan_invoices(&request.id, draft)?;
        }
        Ok(())
    }

    pub(super) fn reserve(&mut self, application: &ApplicationId, claims: &[Claimed]) {
        for (order, shares) in by_order(claims.iter().map(|claim| (&claim.order, claim.line, claim.share))) {
            self.emit(Event::Balance(
                order,
                BalanceChange::Reserved { application: application.clone(), shares },
            ));
        }
    }

    pub(super) fn release(&mut self, application: &ApplicationId, claims: &[Claimed]) {
        for (order, shares) in by_order(claims.iter().map(|claim| (&claim.order, claim.line, claim.share))) {
            self.emit(Event::Balance(
                order,
                BalanceChange::Released { application: application.clone(), shares },
            ));
        }
    }

    /// Writes a draft as tasks of its application.
    pub(super) fn plan_invoices(&mut self, id: &ApplicationId, draft: Draft) -> Result<(), Refusal> {
        for DraftInvoice { rows, net, tax, gross } in draft.into_invoices() {
            let application = self.state.application(id)?;
            let request = application.request().clone();
            let invoice = self.next_task_id(id)?;
            let planned = Invoice {
                key: crate::invoice::intent_key(self.facts.tenant, &invoice, 0),
                id: invoice.clone(),
                application: id.clone(),
                seller: request.seller,
                buyer: request.buyer,
                provider: self.first_route(request.kind, rows.len()),
                kind: request.kind,
                title: request.title,
                color: Color::Blue,
                rows,
                net,
                tax,
                gross,
                remark: request.remark,
                planned_at: self.facts.now,
                generation: 0,
                request: None,
                sends: 0,
                unanswered: 0,
                sent_at: None,
                unclear: None,
                former: Vec::new(),
                form: None,
                state: InvoiceState::Planned { waiting_on: None },
                flushed: Vec::new(),
                open_red: None,
                retried: false,
                released: false,
                paper: PaperState::default(),
                voiding: None,
                files: Vec::new(),
            };
            self.emit(Event::Invoice(invoice.clone(), InvoiceChange::Planned(Box::new(planned))));
            let task = Task { invoice, red_of: None, state: TaskState::Planned, gross };
            self.emit(Event::Application(id.clone(), ApplicationChange::TaskAdded(task)));
        }
        Ok(())
    }

    /// The id of the application's next invoice: `application-1`, `application-2` …
    pub(super) fn next_task_id(&self, id: &ApplicationId) -> Result<InvoiceId, Refusal> {
        let number = self.state.application(id)?.tasks().len() + 1;
        InvoiceId::new(format!("{id}-{number}"))
    }

    fn terms(&self, request: &ApplyRequest) -> Result<Terms, Refusal> {
        self.admit(request)?;
        let mut claims = Vec::new();
        for scope in &request.orders {
            match self.claims_of(scope) {
                Ok(of_order) => claims.extend(of_order),
                // Of several whole orders, those with nothing left take no part.
                Err(refusal) if refusal.code() == RefusalCode::BalanceEmpty && request.orders.len() > 1 => {}
                Err(refusal) => return Err(refusal),
            }
        }
        if claims.is_empty() {
            let order = request.orders.first().map_or("-", |scope| scope.order.as_str());
            return Err(Refusal::new(RefusalCode::BalanceEmpty).with("order", order));
        }
        let policy = self.facts.seller.split_policy(request.kind, self.facts.max_rows);
        let draft = Draft::new(&claims, &self.state.orders, &policy)?;
        let day = tax_day(self.facts.now);
        for row in draft.invoices().iter().flat_map(DraftInvoice::rows) {
            self.facts.table.check_in_force(&row.item, day)?;
        }
        request.title.check(request.kind, &self.facts.seller.party().tax_id, day)?;
        let route = self.facts.routes.iter().find(|route| route.kinds.contains(&request.kind));
        for invoice in draft.invoices() {
            preflight(invoice, request, &self.facts.seller.party().drawer, route, day)?;
        }
        let gross = claims.iter().map(|claim| claim.share.gross).sum();
        let approval = self.facts.seller.review().approval(request.kind, gross);
        let token = token(request, &claims, &draft)?;
        Ok(Terms { claims, gross, draft, approval, token })
    }

    /// Checks who asks, for what, and whether the orders are ripe.
    fn admit(&self, request: &ApplyRequest) -> Result<(), Refusal> {
        self.facts.actor.owns(&request.buyer)?;
        if self.facts.actor.role() == Role::Buyer && request.channel != Channel::Buyer {
            return Err(Refusal::new(RefusalCode::ChannelNotYours));
        }
        if request.id.as_str().len() > MAX_APPLICATION_ID {
            return Err(Refusal::new(RefusalCode::ApplicationTooLong).with("most", MAX_APPLICATION_ID));
        }
        let routes = self.facts.routes;
        let issued = routes.is_empty() || routes.iter().any(|route| route.kinds.contains(&request.kind));
        if !issued || !self.facts.seller.offers(request.kind, request.channel) {
            return Err(Refusal::new(RefusalCode::KindNotOffered)
                .with("seller", &request.seller)
                .with("kind", request.kind));
        }
        let mut orders: Vec<&OrderId> = request.orders.iter().map(|scope| &scope.order).collect();
        orders.sort_unstable();
        if orders.is_empty() || orders.windows(2).any(|pair| pair[0] == pair[1]) {
            return Err(Refusal::new(RefusalCode::ApplicationEmpty));
        }
        for order in orders {
            let balance = self.state.balance(order)?;
            if balance.seller() != &request.seller || balance.buyer() != &request.buyer {
                return Err(Refusal::new(RefusalCode::OrderNotYours).with("order", order));
            }
            ripe(balance, self.facts.seller, self.facts.now)?;
            in_time(balance, request.channel, self.facts.seller, self.facts.now)?;
        }
        Ok(())
    }
}

/// Whether an order has reached the point from which it can be applied for.
pub(super) fn ripe(balance: &Balance, seller: &Seller, now: DateTime<Utc>) -> Result<(), Refusal> {
    let order = balance.order();
    if balance.payment().is_none() {
        return Err(Refusal::new(RefusalCode::OrderNotPaid).with("order", order));
    }
    let received = balance.received_at();
    let (ripe, trigger) = match seller.trigger() {
        Trigger::OnPaid => (true, "paid"),
        Trigger::OnReceived => (received.is_some(), "received"),
        Trigger::AfterReturnWindow(window) => (
            received.and_then(|at| at.checked_add_signed(window)).is_some_and(|end| end <= now),
            "after the return window",
        ),
    };
    if ripe {
        return Ok(());
    }
    Err(Refusal::new(RefusalCode::ApplicationTooEarly).with("order", order).with("trigger", trigger))
}

/// Whether the books of the day of payment are open, and a buyer is not too late. What was invoiced once and came
/// back has been applied for in time.
pub(super) fn in_time(
    balance: &Balance,
    channel: Channel,
    seller: &Seller,
    now: DateTime<Utc>,
) -> Result<(), Refusal> {
    let Some(payment) = balance.payment() else { return Ok(()) };
    let (paid_on, order) = (tax_day(payment.at), balance.order());
    if let Some(closed) = seller.closed_before().filter(|closed| paid_on < *closed) {
        let refusal = Refusal::new(RefusalCode::PeriodClosed).with("order", order);
        return Err(refusal.with("day", paid_on).with("closed", closed));
    }
    let first = balance.lines().iter().all(|line| line.posted().is_zero());
    let last_day = seller.deadline().last_day(payment.at);
    if let Some(last) = last_day.filter(|last| tax_day(now) > *last)
        && channel == Channel::Buyer
        && first
    {
        return Err(Refusal::new(RefusalCode::DeadlinePassed).with("order", order).with("day", last));
    }
    Ok(())
}

/// Names a draft: the request, what it claims, and every row it comes to.
fn token(request: &ApplyRequest, claims: &[Claimed], draft: &Draft) -> Result<String, Refusal> {
    let mut hasher = Sha256::new();
    let rows: Vec<_> = draft.invoices().iter().map(DraftInvoice::rows).collect();
    let text = serde_json::to_vec(&(request, claims, rows))
        .map_err(|_| Refusal::new(RefusalCode::RequestUnwritable).with("invoice", &request.id))?;
    hasher.update(text);
    Ok(hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}
