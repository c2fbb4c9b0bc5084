use chrono::{DateTime, Utc};

use super::apply::{in_time, ripe};
use super::{Case, Event};
use crate::access::Role;
use crate::application::{ApplyRequest, Channel};
use crate::error::{Refusal, RefusalCode};
use crate::id::{OrderId, PeriodicId};
use crate::ledger::Balance;
use crate::periodic::{
    MAX_ORDERS, MAX_PERIODIC_ID, PeriodicChange, PeriodicPlan, PeriodicRequest, PeriodicState, Ran, midnight,
};
use crate::seller::Seller;

impl Case<'_> {
    /// Makes a plan, or changes title, kind and wait of one; rhythm, seller, buyer and first day stay.
    pub(super) fn arrange(&mut self, request: &PeriodicRequest) -> Result<(), Refusal> {
        self.facts.actor.owns(&request.buyer)?;
        if request.id.as_str().len() > MAX_PERIODIC_ID {
            return Err(Refusal::new(RefusalCode::PeriodicTooLong).with("most", MAX_PERIODIC_ID));
        }
        let door = if self.facts.actor.role() == Role::Buyer { Channel::Buyer } else { Channel::BackOffice };
        if !self.facts.seller.offers(request.kind, door) {
            return Err(Refusal::new(RefusalCode::KindNotOffered)
                .with("seller", &request.seller)
                .with("kind", request.kind));
        }
        let day = crate::tax::tax_day(self.facts.now);
        request.title.check(request.kind, &self.facts.seller.party().tax_id, day)?;
        let change = match self.state.plans.get(&request.id) {
            None => PeriodicChange::Opened(Box::new(request.clone())),
            Some(plan) if plan.request() == request => return Ok(()),
            Some(plan) => {
                let known = plan.request();
                let same = (&known.seller, &known.buyer, known.rhythm, known.from)
                    == (&request.seller, &request.buyer, request.rhythm, request.from);
                if !same || plan.state() == PeriodicState::Ended {
                    return Err(Refusal::new(RefusalCode::PeriodicChanged).with("plan", &request.id));
                }
                PeriodicChange::Changed(Box::new(request.clone()))
            }
        };
        self.emit(Event::Periodic(request.id.clone(), change));
        Ok(())
    }

    /// Pauses a plan, takes it up again, or ends it for good.
    pub(super) fn turn(&mut self, id: &PeriodicId, state: PeriodicState) -> Result<(), Refusal> {
        let plan = self.plan(id)?;
        self.facts.actor.owns(&plan.request().buyer)?;
        if plan.state() == state {
            return Ok(());
        }
        if plan.state() == PeriodicState::Ended {
            return Err(Refusal::new(RefusalCode::PeriodicChanged).with("plan", id));
        }
        self.emit(Event::Periodic(id.clone(), PeriodicChange::Turned(state)));
        Ok(())
    }

    fn plan(&self, id: &PeriodicId) -> Result<&PeriodicPlan, Refusal> {
        self.state.plans.get(id).ok_or_else(|| Refusal::new(RefusalCode::PeriodicUnknown).with("plan", id))
    }

    /// Applies for a period that is over. The application and the plan's step are one unit, so a period is never applied for
    /// twice, whoever runs it.
    pub(super) fn run_period(&mut self, id: &PeriodicId) -> Result<(), Refusal> {
        let plan = self.plan(id)?.clone();
        let zone = self.facts.seller.zone();
        let over = plan.due(zone).is_some_and(|due| due <= self.facts.now);
        if plan.state() != PeriodicState::Running || !over {
            return Ok(());
        }
        let open: Vec<OrderId> = self
            .state
            .balances
            .values()
            .filter(|balance| is_due(&plan, balance, self.facts.seller, self.facts.now))
            .map(|balance| balance.order().clone())
            .collect();
        let more = open.len() > MAX_ORDERS;
        let (period, wish) = (plan.next(), plan.request());
        let result = if open.is_empty() {
            Ran::Nothing
        } else {
            let request = ApplyRequest::merged(
                plan.application_id(),
                wish.seller.clone(),
                wish.buyer.clone(),
                wish.kind,
                wish.title.clone(),
                open.into_iter().take(MAX_ORDERS),
            );
            let request = request.by_back_office();
            let mut attempt =
                Case { state: self.state.clone(), events: self.events.clone(), facts: self.facts };
            match attempt.apply(&request, None) {
                Ok(()) => {
                    (self.state, self.events) = (attempt.state, attempt.events);
                    Ran::Applied(request.id)
                }
                Err(refusal) => Ran::Refused { code: refusal.code().as_str().to_owned() },
            }
        };
        let next = if more && matches!(result, Ran::Applied(_)) { period } else { period.next() };
        self.emit(Event::Periodic(id.clone(), PeriodicChange::Ran { period, result, next }));
        Ok(())
    }
}

/// Whether an order belongs into the plan's next application: open, ripe, and paid since the plan's first day and
/// before the period's end. What was missed earlier is taken along.
pub(crate) fn is_due(plan: &PeriodicPlan, balance: &Balance, seller: &Seller, now: DateTime<Utc>) -> bool {
    let (zone, wish) = (seller.zone(), plan.request());
    let paid_at = balance.payment().map(|payment| payment.at);
    let within = paid_at.is_some_and(|at| {
        midnight(wish.from, zone).is_some_and(|from| from <= at)
            && plan.next().end_in(zone).is_some_and(|end| at < end)
    });
    within
        && (balance.seller(), balance.buyer()) == (&wish.seller, &wish.buyer)
        && balance.invoiceable().is_positive()
        && ripe(balance, seller, now).is_ok()
        && in_time(balance, Channel::BackOffice, seller, now).is_ok()
}
