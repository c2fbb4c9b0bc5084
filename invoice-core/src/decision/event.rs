use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::State;
use crate::account::{Account, AccountChange, AccountId};
use crate::application::{Application, ApplicationChange};
use crate::id::{ApplicationId, InvoiceId, OrderId, TenantId};
use crate::invoice::{Invoice, InvoiceChange};
use crate::ledger::{Balance, BalanceChange};
use crate::order::{Order, Refund};

/// Something that happened to one aggregate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// An order was recorded.
    Order(Arc<Order>),
    /// The account of an order changed.
    Balance(OrderId, BalanceChange),
    /// An application changed.
    Application(ApplicationId, ApplicationChange),
    /// An invoice task changed.
    Invoice(InvoiceId, InvoiceChange),
    /// A refund was recorded.
    Refund(Refund),
    /// An account at a provider changed.
    Account(AccountId, AccountChange),
}

/// Makes an event so.
pub fn evolve(state: &mut State, tenant: &TenantId, event: &Event) {
    match event {
        Event::Order(order) => {
            state.orders.insert(order.id().clone(), Arc::clone(order));
        }
        Event::Balance(id, change) => {
            if let Some(next) = Balance::evolve(state.balances.remove(id), id, change) {
                state.balances.insert(id.clone(), next);
            }
        }
        Event::Application(id, change) => {
            if let Some(next) = Application::evolve(state.applications.remove(id), change) {
                state.applications.insert(id.clone(), next);
            }
        }
        Event::Invoice(id, change) => {
            if let Some(next) = Invoice::evolve(state.invoices.remove(id), tenant, change) {
                state.invoices.insert(id.clone(), next);
            }
        }
        Event::Refund(refund) => {
            state.refunds.insert(refund.id.clone(), refund.clone());
        }
        Event::Account(id, change) => {
            let next = Account::evolve(state.accounts.remove(id), id, change);
            state.accounts.insert(id.clone(), next);
        }
    }
}
