//! The steps of a day.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use chrono::{DateTime, NaiveDate, Utc};
use futures_util::{StreamExt, TryStreamExt, stream};
use invoice_core::access::Actor;
use invoice_core::application::{
    Application, ApplicationState, ApplyRequest, Channel, LineAmount, OrderScope, Scope,
};
use invoice_core::desk::DeskError;
use invoice_core::error::RefusalCode;
use invoice_core::id::{ActorId, ApplicationId, BuyerId, LineId, OrderId};
use invoice_core::invoice::{InvoiceClass, InvoiceKind};
use invoice_core::order::{Order, Refund};
use invoice_core::store::{Kind, MAX_PAGE, Query};

use super::{AT_ONCE, Loop, MonthlyOrder, RunError, at_once};
use crate::clock::china;
use crate::feed::{Day, Wish};
use crate::parties::Party;

/// The lines of an order, apart by whether a special invoice may hold them. Empty unless both sorts occur or a
/// special invoice is wanted for an order that it cannot hold.
#[derive(Debug, Clone, Default)]
pub(super) struct Treatments {
    taxed: Vec<LineId>,
    not_taxable: Vec<LineId>,
}

impl Treatments {
    fn of(order: &Order) -> Self {
        let lines = order.lines().iter().filter(|line| line.excluded().is_none());
        let (taxed, not_taxable): (Vec<_>, Vec<_>) =
            lines.partition(|line| line.item().treatment().is_taxed());
        let ids = |lines: Vec<&invoice_core::order::OrderLine>| {
            lines.into_iter().map(|line| line.id().clone()).collect()
        };
        Self { taxed: ids(taxed), not_taxable: ids(not_taxable) }
    }
}

/// One application to make: the kind, and of each order what.
struct Asked {
    id: ApplicationId,
    kind: InvoiceKind,
    orders: Vec<OrderScope>,
}

fn scope(order: &OrderId, lines: &[LineId]) -> Option<OrderScope> {
    let amounts = lines.iter().map(|line| LineAmount { line: line.clone(), amount: None });
    let scope = Scope::Lines(amounts.collect());
    (!lines.is_empty()).then(|| OrderScope { order: order.clone(), scope })
}

/// What a buyer asks for: one application; or two where a special invoice is wanted and some lines are not taxable,
/// since those may stand on an ordinary invoice only.
fn asked(id: &str, kind: InvoiceKind, orders: &[MonthlyOrder]) -> Result<Vec<Asked>, RunError> {
    let special = kind.class() == InvoiceClass::Special;
    let whole = |order: &MonthlyOrder| OrderScope { order: order.id.clone(), scope: Scope::Whole };
    if !special || orders.iter().all(|order| order.lines.not_taxable.is_empty()) {
        let orders = orders.iter().map(whole).collect();
        return Ok(vec![Asked { id: ApplicationId::new(id)?, kind, orders }]);
    }
    let taxed = orders.iter().filter_map(|order| scope(&order.id, &order.lines.taxed)).collect();
    let vouchers = orders.iter().filter_map(|order| scope(&order.id, &order.lines.not_taxable)).collect();
    let both = [
        Asked { id: ApplicationId::new(id)?, kind, orders: taxed },
        Asked {
            id: ApplicationId::new(format!("{id}-V"))?,
            kind: InvoiceKind::DIGITAL_ORDINARY,
            orders: vouchers,
        },
    ];
    Ok(both.into_iter().filter(|asked| !asked.orders.is_empty()).collect())
}

impl Loop {
    /// Notes what later days need to know of a day, also of one that was done before.
    pub(super) fn remember(&mut self, day: &Day) {
        self.told.add(day);
        for sale in &day.sales {
            let (order, buyer) = (sale.order.id(), sale.order.buyer());
            match &sale.wish {
                Wish::Nothing => {}
                Wish::PerOrder(party) => {
                    if let (InvoiceClass::Special, Ok(id)) =
                        (party.kind.class(), ApplicationId::new(format!("A{order}")))
                    {
                        self.special.insert(order.clone(), id);
                    }
                }
                Wish::Monthly(party) => {
                    let waiting = self.monthly.entry(buyer.clone());
                    let (_, orders) = waiting.or_insert_with(|| (party.clone(), Vec::new()));
                    orders.push(MonthlyOrder { id: order.clone(), lines: Treatments::of(&sale.order) });
                }
            }
        }
    }

    /// Approves what was applied for before `now`, as a reviewer would in the morning, and has it issued.
    pub(super) async fn approve_before(&mut self, now: DateTime<Utc>) -> Result<usize, RunError> {
        self.clock.advance_to(now);
        let mut waiting: Vec<ApplicationId> = Vec::new();
        let states = [ApplicationState::PendingReview.as_str(), ApplicationState::InReview.as_str()];
        let mut query = Query::new(self.desk.tenant(), Kind::Application).in_states(states).limit(MAX_PAGE);
        loop {
            let page = self.desk.find_applications(&self.reviewer, query.clone()).await?;
            let old = page.items.iter().filter(|application| application.applied_at() < now);
            waiting.extend(old.map(|application| application.id().clone()));
            match page.next {
                Some(next) => query = query.after(next),
                None => break,
            }
        }
        let count = waiting.len();
        let approvals = waiting.into_iter().map(|id| {
            let (desk, reviewer) = (self.desk.clone(), self.reviewer.clone());
            async move { desk.approve(&reviewer, &id).await.map(drop) }
        });
        let done = at_once(approvals).await?;
        self.count_refusals(done)?;
        self.settle(now + chrono::TimeDelta::hours(2)).await?;
        Ok(count)
    }

    /// Records orders and payments.
    pub(super) async fn record(&mut self, day: &Day) -> Result<(), RunError> {
        self.clock.advance_to(china(day.date, 10));
        let records = day.sales.iter().cloned().map(|sale| {
            let (desk, system) = (self.desk.clone(), self.system.clone());
            async move {
                let order = sale.order.id().clone();
                desk.record_order(&system, sale.order).await?;
                desk.record_payment(&system, &order, sale.payment).await
            }
        });
        let done = at_once(records).await?;
        self.count_refusals(done)
    }

    /// The buyers who want an invoice per order apply.
    pub(super) async fn apply_per_order(&mut self, day: &Day) -> Result<(), RunError> {
        self.clock.advance_to(china(day.date, 11));
        let mut wanted = Vec::new();
        for sale in &day.sales {
            if let Wish::PerOrder(party) = &sale.wish {
                let order = MonthlyOrder { id: sale.order.id().clone(), lines: Treatments::of(&sale.order) };
                let id = format!("A{}", order.id);
                for asked in asked(&id, party.kind, &[order])? {
                    wanted.push((sale.order.buyer().clone(), party.clone(), asked));
                }
            }
        }
        self.apply_all(wanted).await?;
        self.settle(china(day.date, 14)).await
    }

    /// Applies for what was asked, unless it was applied for before.
    async fn apply_all(&mut self, wanted: Vec<(BuyerId, Party, Asked)>) -> Result<(), RunError> {
        let seller = self.seller.clone();
        let applications = wanted.into_iter().map(|(buyer, party, asked)| {
            let (desk, seller) = (self.desk.clone(), seller.clone());
            async move {
                let actor = Actor::buyer(ActorId::new(buyer.as_str())?, buyer.clone());
                let request = ApplyRequest {
                    id: asked.id,
                    seller,
                    buyer,
                    channel: Channel::Buyer,
                    kind: asked.kind,
                    title: party.title,
                    orders: asked.orders,
                    remark: None,
                };
                desk.apply(&actor, request, None).await.map(drop)
            }
        });
        let done: Vec<Result<(), DeskError>> = at_once(applications).await?;
        self.count_refusals(done)
    }

    /// Records the refunds of a day: at the same time those of different buyers, one after the other those of one.
    pub(super) async fn refund(&mut self, day: &Day) -> Result<(), RunError> {
        self.clock.advance_to(china(day.date, 15));
        let mut queues: BTreeMap<&BuyerId, VecDeque<&Refund>> = BTreeMap::new();
        for back in &day.returns {
            queues.entry(&back.buyer).or_default().push_back(&back.refund);
        }
        loop {
            let round: Vec<Refund> = queues.values_mut().filter_map(VecDeque::pop_front).cloned().collect();
            if round.is_empty() {
                return Ok(());
            }
            let refunds = round.into_iter().map(|refund| {
                let (desk, system) = (self.desk.clone(), self.system.clone());
                async move { desk.refund(&system, refund).await }
            });
            let done = at_once(refunds).await?;
            self.count_refusals(done)?;
            self.settle(china(day.date, 18)).await?;
        }
    }

    /// Where a refund had a special invoice flushed whole, the rest is applied for again.
    pub(super) async fn apply_again(&mut self, day: &Day) -> Result<(), RunError> {
        self.clock.advance_to(china(day.date, 19));
        let flushed: BTreeSet<ApplicationId> =
            day.returns.iter().filter_map(|back| self.special.get(&back.refund.order).cloned()).collect();
        let stamp = day.date.format("%y%m%d").to_string();
        let attempts = stream::iter(flushed).map(|former| {
            let stamp = &stamp;
            let this = &*self;
            async move {
                let id = ApplicationId::new(format!("{former}-R{stamp}"))?;
                match this.known(&former).await? {
                    Some(_) if this.known(&id).await?.is_some() => Ok(()),
                    Some(_) => this.desk.reapply(&this.system, &former, id).await.map(drop),
                    None => Ok(()),
                }
            }
        });
        let done: Vec<Result<(), DeskError>> = attempts.buffer_unordered(AT_ONCE).collect().await;
        self.count_refusals(done)?;
        self.settle(china(day.date, 21)).await
    }

    async fn known(&self, id: &ApplicationId) -> Result<Option<Application>, DeskError> {
        match self.desk.application(&self.system, id).await {
            Ok(application) => Ok(Some(application)),
            Err(error) if is(&error, RefusalCode::ApplicationUnknown) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The end of a month: one merged application for each buyer who wants it so.
    pub(super) async fn apply_monthly(&mut self, last: NaiveDate, done: bool) -> Result<(), RunError> {
        let monthly = std::mem::take(&mut self.monthly);
        for (buyer, (party, orders)) in &monthly {
            if party.kind.class() == InvoiceClass::Special {
                let id = ApplicationId::new(monthly_id(buyer, last))?;
                self.special.extend(orders.iter().map(|order| (order.id.clone(), id.clone())));
            }
        }
        if done {
            return Ok(());
        }
        self.clock.advance_to(china(last, 21));
        let open = stream::iter(monthly).map(|(buyer, (party, orders))| {
            let this = &*self;
            async move {
                let id = ApplicationId::new(monthly_id(&buyer, last))?;
                let mut left = Vec::with_capacity(orders.len());
                for order in orders {
                    if let Some(order) = this.what_is_left(order).await? {
                        left.push(order);
                    }
                }
                let mut wanted = Vec::new();
                if left.is_empty() {
                    return Ok::<_, RunError>(wanted);
                }
                for asked in asked(id.as_str(), party.kind, &left)? {
                    // What is left has changed since, when it was applied for before a kill.
                    if this.known(&asked.id).await?.is_none() {
                        wanted.push((buyer.clone(), party.clone(), asked));
                    }
                }
                Ok(wanted)
            }
        });
        let wanted: Vec<Vec<_>> = open.buffered(AT_ONCE).try_collect().await?;
        self.apply_all(wanted.into_iter().flatten().collect()).await?;
        self.settle(china(last, 23)).await
    }

    /// The lines of an order of which something can be invoiced; `None` when there are none.
    async fn what_is_left(&self, mut order: MonthlyOrder) -> Result<Option<MonthlyOrder>, RunError> {
        let balance = match self.desk.balance(&self.system, &order.id).await {
            Ok(balance) => balance,
            Err(error) if error.refusal().is_some() => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let free =
            |id: &LineId| balance.lines().iter().any(|line| line.line() == id && line.free().is_positive());
        order.lines.taxed.retain(free);
        order.lines.not_taxable.retain(free);
        Ok(balance.invoiceable().is_positive().then_some(order))
    }

    /// Counts refusals, of which the run is to tell at its end; anything else stops it.
    fn count_refusals(&mut self, done: Vec<Result<(), DeskError>>) -> Result<(), RunError> {
        for result in done {
            match result {
                Ok(()) => {}
                // Everything of the order was given back, or its balance was taken by an earlier application.
                Err(error) if is(&error, RefusalCode::BalanceEmpty) => {}
                Err(error) if error.refusal().is_some() => {
                    let first = || (0, error.to_string());
                    self.refused.entry(error.code().to_owned()).or_insert_with(first).0 += 1;
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }
}

fn monthly_id(buyer: &BuyerId, last: NaiveDate) -> String {
    format!("M{buyer}-{}", last.format("%y%m"))
}

fn is(error: &DeskError, code: RefusalCode) -> bool {
    error.refusal().is_some_and(|refusal| refusal.code() == code)
}
