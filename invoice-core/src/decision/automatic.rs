//! Applying by itself (自动开票): at the moment an order reaches the seller's trigger.

use sha2::{Digest, Sha256};

use super::apply::ripe;
use super::{Case, Event};
use crate::application::{ApplyRequest, MAX_APPLICATION_ID};
use crate::error::{Refusal, RefusalCode};
use crate::id::{ApplicationId, OrderId};
use crate::ledger::BalanceChange;

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
                let mut attempt =
                    Case { state: self.state.clone(), events: self.events.clone(), facts: self.facts };
                match attempt.apply(&request, None) {
                    Ok(()) => {
                        (self.state, self.events) = (attempt.state, attempt.events);
                        return Ok(());
                    }
                    Err(refusal) => refusal,
                }
            }
        };
        let change = BalanceChange::NotApplied { code: refused.code().as_str().to_owned() };
        self.emit(Event::Balance(order.clone(), change));
        Ok(())
    }
}

/// The id of the application that the desk makes by itself for an order: the same on every machine.
#[must_use]
pub fn automatic_id(order: &OrderId) -> ApplicationId {
    let plain = format!("auto-{order}");
    if plain.len() <= MAX_APPLICATION_ID {
        return ApplicationId::from_trusted(plain);
    }
    let digest = Sha256::digest(order.as_str());
    let short: String = digest.iter().take(20).map(|byte| format!("{byte:02x}")).collect();
    ApplicationId::from_trusted(format!("auto-{short}"))
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
