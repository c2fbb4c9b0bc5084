use chrono::{DateTime, Utc};

use super::codec::ISSUE;
use super::{DeskError, InvoiceDesk};
use crate::access::{Actor, Verb};
use crate::application::{Application, ApplyRequest};
use crate::decision::{self, Command, Outcome, Preview, State};
use crate::error::{Refusal, RefusalCode};
use crate::id::{ApplicationId, IntentKey, InvoiceId, OrderId, ProviderId};
use crate::invoice::{Invoice, InvoiceState};
use crate::ledger::Balance;
use crate::order::{Order, Payment, Refund};
use crate::provider::{CallbackEvent, CallbackOutcome, Document, DocumentFormat, QueryAnswer, safe_code};
use crate::store::{Key, Kind, Message, MessageId, Query, UnitOfWork};

/// A page of what was found, in ascending id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found<T> {
    /// What was found.
    pub items: Vec<T>,
    /// The id to continue after; `None` when this was the last page.
    pub next: Option<String>,
}

impl InvoiceDesk {
    /// Records an order. The same order again is fine; another one of the same id is refused.
    ///
    /// # Errors
    /// `ORDER-07`, `TAX-01` to `TAX-04`, `SELLER-01`; a failing store.
    pub async fn record_order(&self, actor: &Actor, order: Order) -> Result<(), DeskError> {
        self.transact(actor, &Command::RecordOrder(order)).await.map(drop)
    }

    /// Records how an order was paid, in full.
    ///
    /// # Errors
    /// `ORDER-04` when the tenders do not sum to the order, `ORDER-05`, `ORDER-09`; a failing store.
    pub async fn record_payment(
        &self,
        actor: &Actor,
        order: &OrderId,
        payment: Payment,
    ) -> Result<(), DeskError> {
        self.transact(actor, &Command::RecordPayment { order: order.clone(), payment }).await.map(drop)
    }

    /// Records that the buyer has the goods.
    ///
    /// # Errors
    /// `ORDER-05`; a failing store.
    pub async fn record_receipt(
        &self,
        actor: &Actor,
        order: &OrderId,
        at: DateTime<Utc>,
    ) -> Result<(), DeskError> {
        self.transact(actor, &Command::RecordReceipt { order: order.clone(), at }).await.map(drop)
    }

    /// Shows what an application would come to. Nothing is written; applying with the preview's token does exactly this.
    ///
    /// # Errors
    /// Whatever applying would be refused for.
    pub async fn preview(&self, actor: &Actor, request: &ApplyRequest) -> Result<Preview, DeskError> {
        let command = Command::Apply { request: request.clone(), confirm: None };
        let loaded = self.load(&command).await?;
        let facts = self.facts(actor, self.seller_of(&command, &loaded)?)?;
        match decision::preview(&loaded.state, request, &facts) {
            Ok(preview) => Ok(preview),
            Err(refusal) => Err(self.refused(actor, Verb::Preview, command.about(), refusal).await),
        }
    }

    /// Applies for invoices. The same application again is fine and returns it as it stands now. `confirm` is the
    /// token of a preview the person has seen.
    ///
    /// # Errors
    /// Refusals `APPLY-…`, `LEDGER-…`, `TITLE-01`, `SPLIT-…`, `TAX-05`, `SELLER-…`, `ACCESS-…`; a failing store.
    pub async fn apply(
        &self,
        actor: &Actor,
        request: ApplyRequest,
        confirm: Option<String>,
    ) -> Result<Application, DeskError> {
        let id = request.id.clone();
        let state = self.transact(actor, &Command::Apply { request, confirm }).await?;
        Ok(application_in(state, &id)?)
    }

    /// Takes an application into review.
    ///
    /// # Errors
    /// `APPLY-03`, `APPLY-05`, `ACCESS-01`; a failing store.
    pub async fn claim_review(&self, actor: &Actor, id: &ApplicationId) -> Result<Application, DeskError> {
        let state = self.transact(actor, &Command::ClaimReview(id.clone())).await?;
        Ok(application_in(state, id)?)
    }

    /// Approves an application. With the last approval it needs, its invoices are planned.
    ///
    /// # Errors
    /// `APPLY-03`, `APPLY-05`, `APPLY-07`, `ACCESS-01`; a failing store.
    pub async fn approve(&self, actor: &Actor, id: &ApplicationId) -> Result<Application, DeskError> {
        let state = self.transact(actor, &Command::Approve(id.clone())).await?;
        Ok(application_in(state, id)?)
    }

    /// Rejects an application; what it held is free again. The reason is for people: no personal data.
    ///
    /// # Errors
    /// `APPLY-03`, `APPLY-05`, `ACCESS-01`; a failing store.
    pub async fn reject(
        &self,
        actor: &Actor,
        id: &ApplicationId,
        reason: impl Into<String> + Send,
    ) -> Result<Application, DeskError> {
        let command = Command::Reject { application: id.clone(), reason: reason.into() };
        let state = self.transact(actor, &command).await?;
        Ok(application_in(state, id)?)
    }

    /// Gives an application up before anything of it was sent.
    ///
    /// # Errors
    /// `APPLY-03`, `APPLY-05`, `ACCESS-…`; a failing store.
    pub async fn cancel(&self, actor: &Actor, id: &ApplicationId) -> Result<Application, DeskError> {
        let state = self.transact(actor, &Command::Cancel(id.clone())).await?;
        Ok(application_in(state, id)?)
    }

    /// Records a refund. Applications that wait become smaller; what is issued is taken back by red invoices, by
    /// itself. The same refund again is fine.
    ///
    /// # Errors
    /// `REFUND-…`, `ORDER-…`, `ACCESS-01`; a failing store.
    pub async fn refund(&self, actor: &Actor, refund: Refund) -> Result<(), DeskError> {
        self.transact(actor, &Command::Refund(refund)).await.map(drop)
    }

    /// Applies again for what has become free of the orders of an application (重新申请), under the same title and
    /// kind and with a new id.
    ///
    /// # Errors
    /// `LEDGER-02` when nothing is free, and those of [`InvoiceDesk::apply`].
    pub async fn reapply(
        &self,
        actor: &Actor,
        of: &ApplicationId,
        id: ApplicationId,
    ) -> Result<Application, DeskError> {
        let former = self.application(actor, of).await?;
        let mut request = former.request().clone();
        request.id = id;
        let mut open = Vec::new();
        for scope in request.orders {
            if self.balance(actor, &scope.order).await?.invoiceable().is_positive() {
                open.push(crate::application::OrderScope {
                    order: scope.order,
                    scope: crate::application::Scope::Whole,
                });
            }
        }
        request.orders = open;
        if request.orders.is_empty() {
            let order =
                former.request().orders.first().map_or_else(String::new, |scope| scope.order.to_string());
            return Err(Refusal::new(RefusalCode::BalanceEmpty).with("order", order).into());
        }
        self.apply(actor, request, None).await
    }

    /// Tries a failed task again with a new key.
    ///
    /// # Errors
    /// `INVOICE-01`, `INVOICE-02`, `LEDGER-01` when the balance has gone meanwhile, `ACCESS-01`; a failing store.
    pub async fn retry(&self, actor: &Actor, invoice: &InvoiceId) -> Result<Invoice, DeskError> {
        let state = self.transact(actor, &Command::Retry(invoice.clone())).await?;
        Ok(invoice_in(state, invoice)?)
    }

    /// Says what a person has found out about a task in doubt: `Outcome::Issued` with the invoice, or
    /// `Outcome::Denied` when it certainly does not exist. `key` is the one the person looked for.
    ///
    /// # Errors
    /// `INVOICE-01`, `INVOICE-02`, `ACCESS-01`; a failing store.
    pub async fn resolve(
        &self,
        actor: &Actor,
        invoice: &InvoiceId,
        key: &IntentKey,
        outcome: Outcome,
    ) -> Result<Invoice, DeskError> {
        let command = Command::Resolve { invoice: invoice.clone(), key: key.clone(), outcome };
        let state = self.transact(actor, &command).await?;
        Ok(invoice_in(state, invoice)?)
    }

    /// An application as it stands.
    ///
    /// # Errors
    /// `APPLY-03`, `ACCESS-…`; a failing store.
    pub async fn application(&self, actor: &Actor, id: &ApplicationId) -> Result<Application, DeskError> {
        self.permit(actor, Verb::Read).await?;
        let key = self.key(Kind::Application, id.as_str());
        let Some(row) = self.inner.store.read(&[key]).await?.into_iter().flatten().next() else {
            return Err(Refusal::new(RefusalCode::ApplicationUnknown).with("application", id).into());
        };
        let application: Application = self.open(&row)?;
        self.own(actor, Verb::Read, &application.request().buyer, id.as_str()).await?;
        Ok(application)
    }

    /// An invoice task as it stands.
    ///
    /// # Errors
    /// `INVOICE-01`, `ACCESS-…`; a failing store.
    pub async fn invoice(&self, actor: &Actor, id: &InvoiceId) -> Result<Invoice, DeskError> {
        self.permit(actor, Verb::Read).await?;
        let key = self.key(Kind::Invoice, id.as_str());
        let Some(row) = self.inner.store.read(&[key]).await?.into_iter().flatten().next() else {
            return Err(Refusal::new(RefusalCode::InvoiceUnknown).with("invoice", id).into());
        };
        let invoice: Invoice = self.open(&row)?;
        self.own(actor, Verb::Read, invoice.buyer(), id.as_str()).await?;
        Ok(invoice)
    }

    /// The account of an order.
    ///
    /// # Errors
    /// `ORDER-05`, `ACCESS-…`; a failing store.
    pub async fn balance(&self, actor: &Actor, order: &OrderId) -> Result<Balance, DeskError> {
        self.permit(actor, Verb::Read).await?;
        let key = self.key(Kind::Balance, order.as_str());
        let Some(row) = self.inner.store.read(&[key]).await?.into_iter().flatten().next() else {
            return Err(Refusal::new(RefusalCode::OrderUnknown).with("order", order).into());
        };
        let balance: Balance = self.open(&row)?;
        self.own(actor, Verb::Read, balance.buyer(), order.as_str()).await?;
        Ok(balance)
    }

    /// Finds applications by a query of [`Kind::Application`]. A buyer finds their own only.
    ///
    /// # Errors
    /// `ACCESS-01`; a failing store.
    pub async fn find_applications(
        &self,
        actor: &Actor,
        query: Query,
    ) -> Result<Found<Application>, DeskError> {
        let (items, next) = self.find(actor, query, Kind::Application).await?;
        let own = |application: &Application| actor.owns(&application.request().buyer).is_ok();
        Ok(Found { items: items.into_iter().filter(own).collect(), next })
    }

    /// Finds invoice tasks by a query of [`Kind::Invoice`]. A buyer finds their own only.
    ///
    /// # Errors
    /// `ACCESS-01`; a failing store.
    pub async fn find_invoices(&self, actor: &Actor, query: Query) -> Result<Found<Invoice>, DeskError> {
        let (items, next) = self.find(actor, query, Kind::Invoice).await?;
        let own = |invoice: &Invoice| actor.owns(invoice.buyer()).is_ok();
        Ok(Found { items: items.into_iter().filter(own).collect(), next })
    }

    pub(super) async fn find<T: serde::de::DeserializeOwned>(
        &self,
        actor: &Actor,
        mut query: Query,
        kind: Kind,
    ) -> Result<(Vec<T>, Option<String>), DeskError> {
        self.permit(actor, Verb::Read).await?;
        // The desk's tenant and the verb's kind, whatever the query says.
        (query.tenant, query.kind) = (self.inner.tenant.clone(), kind);
        if let Some(buyer) = actor.buyer_id().filter(|_| query.tag.is_none()) {
            query = query.tagged("buyer", buyer.as_str());
        }
        let page = self.inner.store.find(&query).await?;
        let items = page.rows.iter().map(|row| self.open(row)).collect::<Result<_, _>>()?;
        Ok((items, page.next))
    }

    /// Fetches a document of an issued invoice; `None` while the provider does not have it ready.
    ///
    /// # Errors
    /// `INVOICE-01`, `INVOICE-02` before it is issued, `ACCESS-…`; a failing store or provider.
    pub async fn download(
        &self,
        actor: &Actor,
        invoice: &InvoiceId,
        format: DocumentFormat,
    ) -> Result<Option<Document>, DeskError> {
        self.permit(actor, Verb::Download).await?;
        let invoice = self.invoice(actor, invoice).await?;
        let InvoiceState::Issued { issued } = invoice.state() else {
            let refusal = Refusal::new(RefusalCode::InvoiceState).with("invoice", invoice.id());
            return Err(refusal.with("state", invoice.state().as_str()).with("verb", "download").into());
        };
        Ok(self.provider(invoice.provider())?.download(invoice.key(), &issued.number, format).await?)
    }

    /// Takes in a callback and returns what to answer with. A verified one counts like the answer to a query; any
    /// other only makes the desk ask. Doubled, late and early callbacks change nothing.
    ///
    /// # Errors
    /// `SELLER-03` for an unknown provider; a callback that is not the provider's; a failing store.
    pub async fn callback(
        &self,
        actor: &Actor,
        provider: &ProviderId,
        headers: &[(String, String)],
        body: &[u8],
    ) -> Result<Vec<u8>, DeskError> {
        self.permit(actor, Verb::Pump).await?;
        let now = self.inner.clock.now();
        match self.provider(provider)?.parse_callback(headers, body, now)? {
            CallbackOutcome::Verified { events, reply } => {
                for event in events {
                    self.take_news(actor, provider, event).await?;
                }
                Ok(reply)
            }
            CallbackOutcome::Hint { keys, reply } => {
                for key in keys {
                    for invoice in self.tasks_of_key(&key).await? {
                        self.wake(&invoice).await?;
                    }
                }
                Ok(reply)
            }
        }
    }

    /// What a verified callback tells counts like the answer to a query.
    async fn take_news(
        &self,
        actor: &Actor,
        provider: &ProviderId,
        event: CallbackEvent,
    ) -> Result<(), DeskError> {
        let (key, outcome) = match event {
            CallbackEvent::Intent { key, answer: QueryAnswer::Issued(issued) } => {
                (key, Some(Outcome::Issued(issued)))
            }
            CallbackEvent::Intent { key, answer: QueryAnswer::Denied { code } } => {
                (key, Some(Outcome::Denied { code }))
            }
            CallbackEvent::Intent { key, answer: QueryAnswer::Unclear { code, .. } } => {
                (key, Some(Outcome::Unclear { code: safe_code(&code) }))
            }
            CallbackEvent::Intent { key, .. } => (key, None),
            CallbackEvent::Confirmation { key, confirmation } => {
                (key, Some(Outcome::Confirmation(confirmation)))
            }
            CallbackEvent::RedForms => return Ok(()),
        };
        for invoice in self.tasks_of_key(&key).await? {
            match &outcome {
                // What another provider says of a key that was moved away from it counts no more.
                Some(outcome) if invoice.key() == &key && invoice.provider() == provider => {
                    let (id, key) = (invoice.id().clone(), key.clone());
                    let command = Command::Learn { invoice: id, key, outcome: outcome.clone() };
                    self.transact(actor, &command).await?;
                }
                _ => self.wake(&invoice).await?,
            }
        }
        Ok(())
    }

    async fn tasks_of_key(&self, key: &IntentKey) -> Result<Vec<Invoice>, DeskError> {
        let query = Query::new(&self.inner.tenant, Kind::Invoice).tagged("key", key.as_str());
        let page = self.inner.store.find(&query).await?;
        page.rows.iter().map(|row| self.open(row)).collect()
    }

    /// Has a task looked at now.
    async fn wake(&self, invoice: &Invoice) -> Result<(), DeskError> {
        if invoice.state().is_settled() || matches!(invoice.state(), InvoiceState::InDoubt { .. }) {
            return Ok(());
        }
        let subject: Key = self.key(Kind::Invoice, invoice.id().as_str());
        let id = crate::id::UnitId::new(self.inner.ids.next_id())?;
        let mut unit = UnitOfWork::new(id, self.inner.tenant.clone());
        let lane = invoice.seller().as_str().to_owned();
        let not_before = self.inner.clock.now();
        unit.messages.push(Message {
            id: MessageId::of(ISSUE, &subject),
            subject,
            lane,
            not_before,
            attempts: 0,
            lease: None,
        });
        self.commit(&unit).await?;
        Ok(())
    }

    /// When there will be something to pump next; `None` when the outbox is empty.
    ///
    /// A moment that has passed although the last [`pump`](Self::pump) claimed nothing belongs to work that is held
    /// back, because its account [stands still](Self::paused) or another worker has it: look again after some
    /// seconds, not at once.
    ///
    /// # Errors
    /// A failing store.
    pub async fn next_due(&self) -> Result<Option<DateTime<Utc>>, DeskError> {
        Ok(self.inner.store.next_due(&self.inner.tenant).await?)
    }
}

fn application_in(mut state: State, id: &ApplicationId) -> Result<Application, Refusal> {
    state
        .applications
        .remove(id)
        .ok_or_else(|| Refusal::new(RefusalCode::ApplicationUnknown).with("application", id))
}

pub(super) fn invoice_in(mut state: State, id: &InvoiceId) -> Result<Invoice, Refusal> {
    state.invoices.remove(id).ok_or_else(|| Refusal::new(RefusalCode::InvoiceUnknown).with("invoice", id))
}
