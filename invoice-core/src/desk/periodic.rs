use super::load::Loaded;
use super::{DeskError, Found, InvoiceDesk};
use crate::access::{Actor, Verb};
use crate::decision::{Command, is_due};
use crate::error::{Refusal, RefusalCode};
use crate::id::{OrderId, PeriodicId};
use crate::ledger::Balance;
use crate::periodic::{MAX_ORDERS, PeriodicPlan, PeriodicRequest, PeriodicState};
use crate::store::{Kind, MAX_PAGE, Query};

impl InvoiceDesk {
    /// Makes a periodic plan (按期开票), or changes title, kind and wait of one. Its periods are applied for by
    /// [`InvoiceDesk::pump`], one after the other, however late that is.
    ///
    /// # Errors
    /// `PERIODIC-01`, `PERIODIC-03`, `SELLER-01`, `SELLER-02`, `TITLE-01`, `ACCESS-…`; a failing store.
    pub async fn arrange(&self, actor: &Actor, request: PeriodicRequest) -> Result<PeriodicPlan, DeskError> {
        let id = request.id.clone();
        let state = self.transact(actor, &Command::Arrange(request)).await?;
        plan_in(state.plans.get(&id), &id)
    }

    /// Pauses a plan, takes it up again, or ends it for good. What a pause missed is caught up with, period by period.
    ///
    /// # Errors
    /// `PERIODIC-02`, `PERIODIC-03` once it has ended, `ACCESS-…`; a failing store.
    pub async fn turn(
        &self,
        actor: &Actor,
        plan: &PeriodicId,
        state: PeriodicState,
    ) -> Result<PeriodicPlan, DeskError> {
        let after = self.transact(actor, &Command::Turn { plan: plan.clone(), state }).await?;
        plan_in(after.plans.get(plan), plan)
    }

    /// A plan as it stands.
    ///
    /// # Errors
    /// `PERIODIC-02`, `ACCESS-…`; a failing store.
    pub async fn periodic_plan(&self, actor: &Actor, id: &PeriodicId) -> Result<PeriodicPlan, DeskError> {
        self.permit(actor, Verb::ReadWhole).await?;
        let mut loaded = Loaded::default();
        self.plan(&mut loaded, id).await?;
        let plan = plan_in(loaded.state.plans.get(id), id)?;
        self.own(actor, Verb::Read, &plan.request().buyer, id.as_str()).await?;
        Ok(plan)
    }

    /// Finds plans by a query of [`Kind::Periodic`]. A buyer finds their own only.
    ///
    /// # Errors
    /// `ACCESS-01`; a failing store.
    pub async fn find_plans(&self, actor: &Actor, query: Query) -> Result<Found<PeriodicPlan>, DeskError> {
        self.permit(actor, Verb::ReadWhole).await?;
        let (items, next) = self.find::<PeriodicPlan>(actor, query, Kind::Periodic).await?;
        let own = |plan: &PeriodicPlan| actor.owns(&plan.request().buyer).is_ok();
        Ok(Found { items: items.into_iter().filter(own).collect(), next })
    }

    pub(super) async fn plan(&self, loaded: &mut Loaded, id: &PeriodicId) -> Result<(), DeskError> {
        for row in self.fetch(loaded, vec![self.key(Kind::Periodic, id.as_str())]).await? {
            let plan: PeriodicPlan = self.open(&row)?;
            loaded.state.plans.insert(plan.id().clone(), plan);
        }
        Ok(())
    }

    /// The plan and as many of the buyer's open orders, paid before the period's end, as one application takes, and one
    /// more to know whether there are more.
    pub(super) async fn around_plan(&self, loaded: &mut Loaded, id: &PeriodicId) -> Result<(), DeskError> {
        self.plan(loaded, id).await?;
        let Some(plan) = loaded.state.plans.get(id).cloned() else { return Ok(()) };
        self.applications(loaded, vec![plan.application_id()]).await?;
        let (seller, now) = (self.seller(&plan.request().seller)?, self.inner.clock.now());
        let mut query = Query::new(&self.inner.tenant, Kind::Balance)
            .of_seller(&plan.request().seller)
            .in_states(["open"])
            .tagged("buyer", plan.request().buyer.as_str())
            .limit(MAX_PAGE);
        let mut due: Vec<OrderId> = Vec::new();
        loop {
            let page = self.inner.store.find(&query).await?;
            for row in &page.rows {
                let balance: Balance = self.open(row)?;
                if is_due(&plan, &balance, seller, now) {
                    due.push(balance.order().clone());
                }
            }
            match page.next {
                Some(next) if due.len() <= MAX_ORDERS => query = query.after(next),
                _ => break,
            }
        }
        due.truncate(MAX_ORDERS + 1);
        self.orders(loaded, due).await
    }
}

fn plan_in(plan: Option<&PeriodicPlan>, id: &PeriodicId) -> Result<PeriodicPlan, DeskError> {
    let unknown = || Refusal::new(RefusalCode::PeriodicUnknown).with("plan", id);
    Ok(plan.cloned().ok_or_else(unknown)?)
}
