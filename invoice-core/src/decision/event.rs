use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::State;
use crate::access::{AccessChange, AccessRecord};
use crate::account::{Account, AccountChange, AccountId};
use crate::application::{Application, ApplicationChange};
use crate::batch::{BatchChange, BatchChunk};
use crate::id::{
    ActorId, ApplicationId, BuyerId, InvoiceId, NoticeId, OrderId, PeriodicId, TenantId, TicketId,
};
use crate::invoice::{Invoice, InvoiceChange, InvoiceNumber};
use crate::ledger::{Balance, BalanceChange};
use crate::notify::{Notice, NoticeChange};
use crate::order::{Order, Refund};
use crate::periodic::{PeriodicChange, PeriodicPlan};
use crate::received::{ReceivedChange, ReceivedRecord};
use crate::ticket::{Ticket, TicketChange};
use crate::title::{TitleBook, TitleBookChange};

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
    /// A title book changed.
    TitleBook(BuyerId, TitleBookChange),
    /// A periodic plan changed.
    Periodic(PeriodicId, PeriodicChange),
    /// A notice changed.
    Notice(NoticeId, NoticeChange),
    /// A chunk of a batch changed.
    Batch(String, BatchChange),
    /// A ticket changed.
    Ticket(TicketId, TicketChange),
    /// A received invoice changed.
    Received(InvoiceNumber, ReceivedChange),
    /// A number was found to be one of a received invoice, which is kept under the second number here.
    ReceivedNumber(InvoiceNumber, InvoiceNumber),
    /// Somebody tried what they may not.
    Access(ActorId, AccessChange),
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
        Event::TitleBook(buyer, change) => {
            let next = TitleBook::evolve(state.title_books.remove(buyer), buyer, change);
            state.title_books.insert(buyer.clone(), next);
        }
        Event::Periodic(id, change) => {
            if let Some(next) = PeriodicPlan::evolve(state.plans.remove(id), change) {
                state.plans.insert(id.clone(), next);
            }
        }
        Event::Notice(id, change) => {
            if let Some(next) = Notice::evolve(state.notices.remove(id), id, change) {
                state.notices.insert(id.clone(), next);
            }
        }
        Event::Batch(id, change) => {
            if let Some(next) = BatchChunk::evolve(state.batches.remove(id), change) {
                state.batches.insert(id.clone(), next);
            }
        }
        Event::Ticket(id, change) => {
            if let Some(next) = Ticket::evolve(state.tickets.remove(id), change) {
                state.tickets.insert(id.clone(), next);
            }
        }
        Event::Received(number, change) => {
            if let Some(next) = ReceivedRecord::evolve(state.received.remove(number), change) {
                state.received.insert(number.clone(), next);
            }
        }
        Event::ReceivedNumber(number, of) => {
            state.received_numbers.insert(number.clone(), of.clone());
        }
        Event::Access(actor, change) => {
            let next = AccessRecord::evolve(state.access.remove(actor), actor, change);
            state.access.insert(actor.clone(), next);
        }
    }
}
