use chrono::{DateTime, Utc};

use super::{DeskError, InvoiceDesk};
use crate::access::{Actor, Verb};
use crate::application::{Application, ApplyRequest};
use crate::decision::{self, Command, Outcome, Preview, State};
use crate::error::{Refusal, RefusalCode};
use crate::id::{ApplicationId, IntentKey, InvoiceId, OrderId};
use crate::invoice::Invoice;
use crate::order::{Order, Payment, Refund};

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
