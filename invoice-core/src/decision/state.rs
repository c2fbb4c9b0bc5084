use std::collections::BTreeMap;
use std::sync::Arc;

use crate::access::AccessRecord;
use crate::account::{Account, AccountId};
use crate::application::Application;
use crate::batch::BatchChunk;
use crate::error::{Refusal, RefusalCode};
use crate::id::{
    ActorId, ApplicationId, BuyerId, InvoiceId, NoticeId, OrderId, PeriodicId, RefundId, TicketId,
};
use crate::invoice::{Invoice, InvoiceNumber};
use crate::ledger::Balance;
use crate::notify::Notice;
use crate::order::{Order, Refund};
use crate::periodic::PeriodicPlan;
use crate::received::ReceivedRecord;
use crate::ticket::Ticket;
use crate::title::TitleBook;

/// The part of the world that one decision reads: whole aggregates, by id.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct State {
    /// Orders as recorded.
    pub orders: BTreeMap<OrderId, Arc<Order>>,
    /// Their accounts.
    pub balances: BTreeMap<OrderId, Balance>,
    /// Applications.
    pub applications: BTreeMap<ApplicationId, Application>,
    /// Invoice tasks.
    pub invoices: BTreeMap<InvoiceId, Invoice>,
    /// Refunds.
    pub refunds: BTreeMap<RefundId, Refund>,
    /// Accounts at providers.
    pub accounts: BTreeMap<AccountId, Account>,
    /// Title books.
    pub title_books: BTreeMap<BuyerId, TitleBook>,
    /// Periodic plans.
    pub plans: BTreeMap<PeriodicId, PeriodicPlan>,
    /// Notices.
    pub notices: BTreeMap<NoticeId, Notice>,
    /// Chunks of batches, by chunk id.
    pub batches: BTreeMap<String, BatchChunk>,
    /// Tickets.
    pub tickets: BTreeMap<TicketId, Ticket>,
    /// Received invoices.
    pub received: BTreeMap<InvoiceNumber, ReceivedRecord>,
    /// Further numbers of received invoices, and the numbers these are kept under.
    pub received_numbers: BTreeMap<InvoiceNumber, InvoiceNumber>,
    /// What was refused to whom.
    pub access: BTreeMap<ActorId, AccessRecord>,
}

impl State {
    pub(crate) fn order(&self, id: &OrderId) -> Result<&Arc<Order>, Refusal> {
        self.orders.get(id).ok_or_else(|| Refusal::new(RefusalCode::OrderUnknown).with("order", id))
    }

    pub(crate) fn balance(&self, id: &OrderId) -> Result<&Balance, Refusal> {
        self.balances.get(id).ok_or_else(|| Refusal::new(RefusalCode::OrderUnknown).with("order", id))
    }

    pub(crate) fn application(&self, id: &ApplicationId) -> Result<&Application, Refusal> {
        self.applications
            .get(id)
            .ok_or_else(|| Refusal::new(RefusalCode::ApplicationUnknown).with("application", id))
    }

    pub(crate) fn invoice(&self, id: &InvoiceId) -> Result<&Invoice, Refusal> {
        self.invoices.get(id).ok_or_else(|| Refusal::new(RefusalCode::InvoiceUnknown).with("invoice", id))
    }
}
