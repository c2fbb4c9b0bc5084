//! Applying by itself (自动开票): at the moment an order reaches the seller's trigger, and again for what a red gave back.

use sha2::{Digest, Sha256};

use super::apply::ripe;
use super::claims::by_order;
use super::issue::claims_of_invoice;
use super::{Case, Event};
use crate::application::{ApplyRequest, LineAmount, MAX_APPLICATION_ID, OrderScope, Scope};
use crate::error::{Refusal, RefusalCode};
use crate::id::{ApplicationId, InvoiceId, OrderId};
use crate::invoice::Invoice;
use crate::ledger::{BalanceChange, LineShare};

impl Case<'_> {
    /// Applies for an order that has become ripe, when its seller wants that. Whatever stands against it is written down
    /// with the account and refuses nothing: the payment itself must be recorded.
    pub(super) fn apply_by_itself(&mut self, order: &OrderId) -> Result<(), Refusal> {
        let Some(kind) = self.facts.seller.automatic() else { return Ok(()) };
        let balance = self.state.balance(order)?;
        let id = automatic_id(order);
        if ripe(balance, self.facts.seller, self.facts.now).is_err()
            || self.state.applications.contains_key(&id)
        {
            return Ok(());
        }
        let (seller, buyer) = (balance.seller().clone(), balance.buyer().clone());
        let preferred = self.state.title_books.get(&buyer).and_then(|book| book.preferred());
        let refused = match preferred.map(|entry| entry.title().clone()) {
            None => Refusal::new(RefusalCode::TitleNotFound),
            Some(title) => {
                let request =
                    ApplyRequest::whole(id, seller, buyer, kind, title, order.clone()).by_back_office();
                match self.attempt(&request) {
                    Ok(()) => return Ok(()),
                    Err(refusal) => refusal,
                }
            }
        };
        self.not_applied(order, &refused);
        Ok(())
    }

    /// Applies, or leaves everything as it was.
    fn attempt(&mut self, request: &ApplyRequest) -> Result<(), Refusal> {
        let mut attempt = Case { state: self.state.clone(), events: self.events.clone(), facts: self.facts };
        attempt.apply(request, None)?;
        (self.state, self.events) = (attempt.state, attempt.events);
        Ok(())
    }

    fn not_applied(&mut self, order: &OrderId, refused: &Refusal) {
        let change = BalanceChange::NotApplied { code: refused.code().as_str().to_owned() };
        self.emit(Event::Balance(order.clone(), change));
    }

    /// Applies again for what an issued red has given back and nobody holds, when its seller wants that.
    pub(super) fn reapply_by_itself(&mut self, red: &Invoice) -> Result<(), Refusal> {
        let former = red.application();
        if !self.facts.seller.reapplies() || self.is_corrected(former) {
            return Ok(());
        }
        let claims = claims_of_invoice(red);
        let mut scopes = Vec::new();
        for (order, shares) in by_order(claims.iter().map(|claim| (&claim.order, claim.line, claim.share))) {
            let balance = self.state.balance(&order)?;
            let open = |of: &LineShare| {
                let line = balance.lines().get(of.line as usize)?;
                let amount = line.free().min(of.share.gross);
                let wanted = LineAmount { line: line.line().clone(), amount: Some(amount) };
                amount.is_positive().then_some(wanted)
            };
            let lines: Vec<LineAmount> = shares.iter().filter_map(open).collect();
            if !lines.is_empty() {
                scopes.push(OrderScope { order, scope: Scope::Lines(lines) });
            }
        }
        let orders: Vec<OrderId> = scopes.iter().map(|scope| scope.order.clone()).collect();
        if orders.is_empty() {
            return Ok(());
        }
        let mut request = self.state.application(former)?.request().clone().by_back_office();
        (request.id, request.orders) = (reapplication_id(red.id()), scopes);
        if let Err(refused) = self.attempt(&request) {
            orders.iter().for_each(|order| self.not_applied(order, &refused));
        }
        Ok(())
    }
}

/// The id of the application that the desk makes by itself for an order: the same on every machine.
#[must_use]
pub fn automatic_id(order: &OrderId) -> ApplicationId {
    derived_id("auto", order.as_str())
}

/// The id of the application that the desk makes by itself for what a red invoice has given back.
#[must_use]
pub fn reapplication_id(red: &InvoiceId) -> ApplicationId {
    derived_id("again", red.as_str())
}

fn derived_id(prefix: &str, of: &str) -> ApplicationId {
    let plain = format!("{prefix}-{of}");
    if plain.len() <= MAX_APPLICATION_ID {
        return ApplicationId::from_trusted(plain);
    }
    let digest = Sha256::digest(of);
    let short: String = digest.iter().take(20).map(|byte| format!("{byte:02x}")).collect();
    ApplicationId::from_trusted(format!("{prefix}-{short}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_long_orders_are_short_and_differ() {
        let long = |last: char| OrderId::new(format!("{}{last}", "x".repeat(63))).unwrap();
        let (a, b) = (automatic_id(&long('a')), automatic_id(&long('b')));
        assert!(a != b && a == automatic_id(&long('a')));
        assert!(a.as_str().len() <= MAX_APPLICATION_ID);
        assert_eq!(automatic_id(&OrderId::new("A-1").unwrap()).as_str(), "auto-A-1");
    }
}
