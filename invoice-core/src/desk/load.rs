use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::de::DeserializeOwned;

use super::codec::row_place;
use super::{DeskError, InvoiceDesk};
use crate::account::{Account, AccountId};
use crate::application::Application;
use crate::batch::chunk_id;
use crate::decision::{Command, State, automatic_id};
use crate::env::Place;
use crate::id::{ApplicationId, BuyerId, InvoiceId, OrderId, RefundId, SellerId};
use crate::invoice::{Color, Invoice};
use crate::order::{Order, Refund};
use crate::store::{Key, Kind, Row, Version};
use crate::title::TitleBook;

/// What was read for a decision, and at which versions.
#[derive(Debug, Default)]
pub(super) struct Loaded {
    pub(super) state: State,
    pub(super) rows: BTreeMap<Key, (Version, [u8; 32])>,
}

impl Loaded {
    /// The seller concerned, by whatever was read.
    pub(super) fn seller(&self) -> Option<&SellerId> {
        let of_order = self.state.orders.values().next().map(|order| order.seller());
        let of_balance = || self.state.balances.values().next().map(|balance| balance.seller());
        let of_plan = || self.state.plans.values().next().map(|plan| &plan.request().seller);
        let of_application =
            || self.state.applications.values().next().map(|application| &application.request().seller);
        let of_received = || self.state.received.values().next().map(|record| record.entity());
        let of_invoice = || self.state.invoices.values().next().map(|invoice| invoice.seller());
        of_order
            .or_else(of_balance)
            .or_else(of_application)
            .or_else(of_plan)
            .or_else(of_received)
            .or_else(of_invoice)
    }
}

impl InvoiceDesk {
    pub(super) fn key(&self, kind: Kind, id: &str) -> Key {
        Key::new(&self.inner.tenant, kind, id)
    }

    pub(super) async fn load(&self, command: &Command) -> Result<Loaded, DeskError> {
        let mut loaded = Loaded::default();
        match command {
            Command::RecordOrder(order) => self.orders(&mut loaded, vec![order.id().clone()]).await?,
            Command::RecordPayment { order, .. }
            | Command::RecordReceipt { order, .. }
            | Command::ApplyByItself(order) => {
                self.orders(&mut loaded, vec![order.clone()]).await?;
                self.around_automatic(&mut loaded, order).await?;
            }
            Command::Arrange(request) => self.plan(&mut loaded, &request.id).await?,
            Command::Turn { plan, .. } => self.plan(&mut loaded, plan).await?,
            Command::RunPeriod(plan) => self.around_plan(&mut loaded, plan).await?,
            Command::Tell(occasions) => self.around_occasions(&mut loaded, occasions).await?,
            Command::Delivered { notice, .. } | Command::Replay(notice) => {
                self.notices(&mut loaded, vec![notice.clone()]).await?
            }
            Command::Submit(chunk) => {
                self.chunk(&mut loaded, &chunk_id(chunk.batch(), chunk.index())).await?
            }
            Command::BatchDone { chunk, .. } => self.chunk(&mut loaded, chunk).await?,
            Command::Report(request) => {
                self.ticket(&mut loaded, &request.id).await?;
                self.applications(&mut loaded, vec![request.application.clone()]).await?;
            }
            Command::Handle { ticket, .. } => {
                self.ticket(&mut loaded, ticket).await?;
                let about = loaded.state.tickets.get(ticket).map(|known| known.request().application.clone());
                self.applications(&mut loaded, about.into_iter().collect()).await?;
            }
            Command::Receive { invoice, .. } => self.around_received(&mut loaded, invoice).await?,
            Command::Keep { number, .. } | Command::Verify { number, .. } => {
                self.received_rows(&mut loaded, vec![self.received_key(number)]).await?;
            }
            Command::Verified { number, heard, .. } => {
                self.received_rows(&mut loaded, vec![self.received_key(number)]).await?;
                if let Some(books) = heard.books() {
                    self.around_received(&mut loaded, books).await?;
                }
            }
            Command::Titles { buyer, .. } => self.title_book(&mut loaded, buyer).await?,
            Command::Apply { request, .. } => {
                self.applications(&mut loaded, vec![request.id.clone()]).await?;
                let orders = request.orders.iter().map(|scope| scope.order.clone()).collect();
                self.orders(&mut loaded, orders).await?;
            }
            Command::ClaimReview(id)
            | Command::Approve(id)
            | Command::Reject { application: id, .. }
            | Command::Cancel(id) => {
                self.applications(&mut loaded, vec![id.clone()]).await?;
                self.around_applications(&mut loaded).await?;
            }
            Command::Correct(wish) => {
                self.applications(&mut loaded, vec![wish.id.clone(), wish.of.clone()]).await?;
                self.around_applications(&mut loaded).await?;
            }
            Command::Refund(refund) => {
                self.refunds(&mut loaded, vec![refund.id.clone()]).await?;
                self.orders(&mut loaded, vec![refund.order.clone()]).await?;
                self.around_orders(&mut loaded).await?;
            }
            Command::Send { invoice, .. }
            | Command::Learn { invoice, .. }
            | Command::Retry(invoice)
            | Command::Resolve { invoice, .. }
            | Command::Route { invoice, .. }
            | Command::AnswerRed { invoice, .. }
            | Command::Paper { invoice, .. }
            | Command::Void(invoice)
            | Command::VoidHeard { invoice, .. } => {
                self.around_invoice(&mut loaded, invoice).await?;
            }
            Command::Filed { invoice, .. } => self.invoices(&mut loaded, vec![invoice.clone()]).await?,
            Command::TakeRedForm { blue, .. } => {
                self.invoices(&mut loaded, vec![blue.clone()]).await?;
                let of = loaded.state.invoices.get(blue).map(|blue| blue.application().clone());
                self.applications(&mut loaded, of.into_iter().collect()).await?;
                self.around_applications(&mut loaded).await?;
                self.around_orders(&mut loaded).await?;
            }
            Command::Pause { account, .. } | Command::Lift(account) | Command::Resume(account) => {
                self.account_row(&mut loaded, account).await?;
            }
        }
        Ok(loaded)
    }

    /// The invoice, its application, the accounts it touches; and where one of these holds too much, everything that
    /// may have to give.
    async fn around_invoice(&self, loaded: &mut Loaded, id: &InvoiceId) -> Result<(), DeskError> {
        self.invoices(loaded, vec![id.clone()]).await?;
        let Some(invoice) = loaded.state.invoices.get(id).cloned() else { return Ok(()) };
        self.applications(loaded, vec![invoice.application().clone()]).await?;
        let touched: BTreeSet<OrderId> = match invoice.color() {
            Color::Blue => {
                invoice.rows().iter().flat_map(|row| &row.parts).map(|part| part.order.clone()).collect()
            }
            Color::Red { of, .. } => {
                self.invoices(loaded, vec![of.clone()]).await?;
                let application = loaded.state.applications.get(invoice.application());
                application
                    .into_iter()
                    .flat_map(|application| &application.request().orders)
                    .map(|scope| scope.order.clone())
                    .collect()
            }
        };
        self.balances(loaded, touched.iter().cloned().collect()).await?;
        let corrected = loaded.state.applications.get(invoice.application());
        if corrected.is_some_and(|application| application.corrected_by().is_some()) {
            self.around_applications(loaded).await?;
        }
        let over =
            |balance: &crate::ledger::Balance| balance.lines().iter().any(|line| line.excess().is_positive());
        // A form of the buyer's, or a voiding, that comes to nothing leaves room for reds of our own.
        let reapplies = !invoice.is_blue() && self.seller(invoice.seller())?.reapplies();
        if reapplies {
            self.orders(loaded, touched.iter().cloned().collect()).await?;
        }
        let may_drop = invoice.foreign_form().is_some() || invoice.voiding().is_some();
        if may_drop || loaded.state.balances.values().any(over) {
            self.orders(loaded, touched.into_iter().collect()).await?;
            self.around_orders(loaded).await?;
        }
        Ok(())
    }

    /// What applying by itself needs, when the order's seller wants that.
    async fn around_automatic(&self, loaded: &mut Loaded, order: &OrderId) -> Result<(), DeskError> {
        let Some(balance) = loaded.state.balances.get(order) else { return Ok(()) };
        if self.seller(balance.seller())?.automatic().is_none() {
            return Ok(());
        }
        let buyer = balance.buyer().clone();
        self.title_book(loaded, &buyer).await?;
        self.applications(loaded, vec![automatic_id(order)]).await
    }

    pub(super) async fn title_book(&self, loaded: &mut Loaded, buyer: &BuyerId) -> Result<(), DeskError> {
        let keys = vec![self.key(Kind::TitleBook, buyer.as_str())];
        for row in self.fetch(loaded, keys).await? {
            let book: TitleBook = self.open(&row)?;
            loaded.state.title_books.insert(book.buyer().clone(), book);
        }
        Ok(())
    }

    /// Every application of the orders read, and what is around those.
    async fn around_orders(&self, loaded: &mut Loaded) -> Result<(), DeskError> {
        let applications: BTreeSet<ApplicationId> = loaded
            .state
            .balances
            .values()
            .flat_map(|balance| balance.applications().iter().cloned())
            .collect();
        self.applications(loaded, applications.into_iter().collect()).await?;
        self.around_applications(loaded).await
    }

    /// An application and everything that shares an order with it.
    pub(super) async fn neighbourhood(
        &self,
        loaded: &mut Loaded,
        id: &ApplicationId,
    ) -> Result<(), DeskError> {
        self.applications(loaded, vec![id.clone()]).await?;
        self.around_applications(loaded).await?;
        self.around_orders(loaded).await
    }

    /// The orders, accounts and invoices of the applications read.
    async fn around_applications(&self, loaded: &mut Loaded) -> Result<(), DeskError> {
        let mates = |application: &Application| {
            [application.corrects().cloned(), application.corrected_by().cloned()].into_iter().flatten()
        };
        let mates: BTreeSet<ApplicationId> = loaded.state.applications.values().flat_map(mates).collect();
        self.applications(loaded, mates.into_iter().collect()).await?;
        let applications = loaded.state.applications.values();
        let orders: BTreeSet<OrderId> = applications
            .clone()
            .flat_map(|application| &application.request().orders)
            .map(|scope| scope.order.clone())
            .collect();
        let invoices: BTreeSet<InvoiceId> =
            applications.flat_map(Application::tasks).map(|task| task.invoice.clone()).collect();
        self.orders(loaded, orders.into_iter().collect()).await?;
        self.invoices(loaded, invoices.into_iter().collect()).await
    }

    pub(super) async fn orders(&self, loaded: &mut Loaded, ids: Vec<OrderId>) -> Result<(), DeskError> {
        let keys = ids.iter().map(|id| self.key(Kind::Order, id.as_str())).collect();
        for row in self.fetch(loaded, keys).await? {
            let order: Order = self.open(&row)?;
            loaded.state.orders.insert(order.id().clone(), Arc::new(order));
        }
        self.balances(loaded, ids).await
    }

    pub(super) async fn balances(&self, loaded: &mut Loaded, ids: Vec<OrderId>) -> Result<(), DeskError> {
        let keys = ids.iter().map(|id| self.key(Kind::Balance, id.as_str())).collect();
        for row in self.fetch(loaded, keys).await? {
            let balance: crate::ledger::Balance = self.open(&row)?;
            loaded.state.balances.insert(balance.order().clone(), balance);
        }
        Ok(())
    }

    pub(super) async fn applications(
        &self,
        loaded: &mut Loaded,
        ids: Vec<ApplicationId>,
    ) -> Result<(), DeskError> {
        let keys = ids.iter().map(|id| self.key(Kind::Application, id.as_str())).collect();
        for row in self.fetch(loaded, keys).await? {
            let application: Application = self.open(&row)?;
            loaded.state.applications.insert(application.id().clone(), application);
        }
        Ok(())
    }

    async fn invoices(&self, loaded: &mut Loaded, ids: Vec<InvoiceId>) -> Result<(), DeskError> {
        let keys = ids.iter().map(|id| self.key(Kind::Invoice, id.as_str())).collect();
        for row in self.fetch(loaded, keys).await? {
            let invoice: Invoice = self.open(&row)?;
            loaded.state.invoices.insert(invoice.id().clone(), invoice);
        }
        Ok(())
    }

    async fn account_row(&self, loaded: &mut Loaded, id: &AccountId) -> Result<(), DeskError> {
        for row in self.fetch(loaded, vec![self.key(Kind::Note, &id.row())]).await? {
            let account: Account = self.open(&row)?;
            loaded.state.accounts.insert(account.id.clone(), account);
        }
        Ok(())
    }

    async fn refunds(&self, loaded: &mut Loaded, ids: Vec<RefundId>) -> Result<(), DeskError> {
        let keys = ids.iter().map(|id| self.key(Kind::Refund, id.as_str())).collect();
        for row in self.fetch(loaded, keys).await? {
            let refund: Refund = self.open(&row)?;
            loaded.state.refunds.insert(refund.id.clone(), refund);
        }
        Ok(())
    }

    /// Reads what was not read yet, and notes at which version, or that there was nothing.
    pub(super) async fn fetch(&self, loaded: &mut Loaded, keys: Vec<Key>) -> Result<Vec<Row>, DeskError> {
        let keys: Vec<Key> = keys.into_iter().filter(|key| !loaded.rows.contains_key(key)).collect();
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let found = self.inner.store.read(&keys).await?;
        for (key, row) in keys.into_iter().zip(&found) {
            let version = row.as_ref().map_or((Version::ABSENT, [0; 32]), |row| (row.version, row.head));
            loaded.rows.insert(key, version);
        }
        Ok(found.into_iter().flatten().collect())
    }

    /// Opens the body of a row.
    pub(super) fn open<T: DeserializeOwned>(&self, row: &Row) -> Result<T, DeskError> {
        serde_json::from_slice(&self.plain(row)?)
            .map_err(|source| DeskError::Unreadable { subject: row.key.to_string(), source })
    }

    /// The body of a row in the clear.
    pub(super) fn plain(&self, row: &Row) -> Result<Vec<u8>, DeskError> {
        let id = row_place(&row.key, row.version);
        let place = Place { tenant: &self.inner.tenant, column: row.key.kind().as_str(), row: &id };
        let opened = self.inner.cipher.open(&place, &row.body.0);
        opened.map_err(|source| DeskError::Cipher { subject: row.key.to_string(), source })
    }
}
