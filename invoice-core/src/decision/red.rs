//! Too much is invoiced or held: smaller applications, fewer planned invoices, and red work for what was issued.

use std::collections::BTreeSet;

use super::claims::by_order;
use super::{Case, Event};
use crate::application::{Application, ApplicationChange, Claimed, Draft, Task};
use crate::error::Refusal;
use crate::id::{ApplicationId, InvoiceId, OrderId};
use crate::invoice::InvoiceState;
use crate::ledger::LineBalance;
use crate::plan::red::RedReason;

impl Case<'_> {
    /// Where more is invoiced or held than may be: first makes smaller what was not sent yet, then plans red
    /// invoices for what was issued. What is at the provider just now is looked at again when its answer comes.
    pub(super) fn settle_excess(&mut self, orders: impl IntoIterator<Item = OrderId>) -> Result<(), Refusal> {
        let orders: Vec<OrderId> = orders.into_iter().filter(|order| self.has_excess(order)).collect();
        if orders.is_empty() {
            return Ok(());
        }
        for application in self.applications_of(&orders) {
            self.shrink(&application)?;
        }
        let orders: Vec<OrderId> = orders.into_iter().filter(|order| self.has_excess(order)).collect();
        // Refunds of several orders have reasons of their own, and a form states one.
        let mut by_reason: Vec<(RedReason, Vec<OrderId>)> = Vec::new();
        for order in orders {
            let reason = self.state.balance(&order)?.refund_reason().unwrap_or(RedReason::Returned);
            match by_reason.iter_mut().find(|(known, _)| *known == reason) {
                Some((_, orders)) => orders.push(order),
                None => by_reason.push((reason, vec![order])),
            }
        }
        by_reason.into_iter().try_for_each(|(reason, orders)| self.plan_reds(&orders, reason))
    }

    fn has_excess(&self, order: &OrderId) -> bool {
        self.state
            .balances
            .get(order)
            .is_some_and(|balance| balance.lines().iter().any(|line| line.excess().is_positive()))
    }

    pub(super) fn applications_of(&self, orders: &[OrderId]) -> BTreeSet<ApplicationId> {
        let balances = orders.iter().filter_map(|order| self.state.balances.get(order));
        balances.flat_map(|balance| balance.applications().iter().cloned()).collect()
    }

    fn line(&self, order: &OrderId, line: u32) -> Option<&LineBalance> {
        self.state.balances.get(order)?.lines().get(line as usize)
    }

    fn exceeds(&self, claims: &[Claimed]) -> bool {
        claims
            .iter()
            .any(|claim| self.line(&claim.order, claim.line).is_some_and(|line| line.excess().is_positive()))
    }

    /// Makes an application hold no more than is left: its claims while it waits for review, its unsent invoices
    /// after that.
    fn shrink(&mut self, id: &ApplicationId) -> Result<(), Refusal> {
        let Some(application) = self.state.applications.get(id) else { return Ok(()) };
        let claims = application.claims().to_vec();
        if !claims.is_empty() {
            if self.exceeds(&claims) {
                self.release(id, &claims);
                let kept = self.hold_what_is_left(id, &claims);
                let correcting = self.state.application(id)?.is_correcting();
                if kept.is_empty() && !correcting {
                    let by = self.facts.actor.id().clone();
                    self.emit(Event::Application(id.clone(), ApplicationChange::Cancelled { by }));
                } else {
                    self.emit(Event::Application(id.clone(), ApplicationChange::Claims(kept)));
                }
            }
            return Ok(());
        }
        let mut released = Vec::new();
        for invoice in self.unsent(id) {
            let claims =
                self.state.invoices.get(&invoice).map(super::issue::claims_of_invoice).unwrap_or_default();
            if self.exceeds(&claims) {
                released.extend(self.supersede(&invoice)?);
            }
        }
        if released.is_empty() {
            return Ok(());
        }
        let kept = self.hold_what_is_left(id, &added_up(released));
        if !kept.is_empty() {
            let kind = self.state.application(id)?.request().kind;
            let policy = self.facts.seller.split_policy(kind, self.facts.max_rows);
            match Draft::new(&kept, &self.state.orders, &policy) {
                Ok(draft) => self.plan_invoices(id, draft)?,
                // What is left is too little for an invoice: it stays open and can be applied for with more.
                Err(_) => self.release(id, &kept),
            }
        }
        Ok(())
    }

    fn unsent(&self, id: &ApplicationId) -> Vec<InvoiceId> {
        let tasks = self.state.applications.get(id).map(Application::tasks).unwrap_or_default();
        let unsent = |task: &&Task| {
            let invoice = self.state.invoices.get(&task.invoice);
            task.red_of.is_none()
                && invoice.is_some_and(|invoice| matches!(invoice.state(), InvoiceState::Planned { .. }))
        };
        tasks.iter().filter(unsent).map(|task| task.invoice.clone()).collect()
    }

    /// Reserves anew, of each claim, as much as is still free.
    pub(super) fn hold_what_is_left(&mut self, id: &ApplicationId, claims: &[Claimed]) -> Vec<Claimed> {
        let mut kept = Vec::new();
        for claim in claims {
            let Some(line) = self.line(&claim.order, claim.line) else { continue };
            let gross = claim.share.gross.min(line.free());
            if let Ok(share) = line.share_of(&claim.order, gross) {
                let claim = Claimed { order: claim.order.clone(), line: claim.line, share };
                self.reserve(id, std::slice::from_ref(&claim));
                kept.push(claim);
            }
        }
        kept
    }
}

/// Claims of the same line as one.
pub(super) fn added_up(claims: Vec<Claimed>) -> Vec<Claimed> {
    let lines = by_order(claims.iter().map(|claim| (&claim.order, claim.line, claim.share)));
    let claims = lines.into_iter().flat_map(|(order, shares)| {
        shares.into_iter().map(move |of| Claimed { order: order.clone(), line: of.line, share: of.share })
    });
    claims.collect()
}
