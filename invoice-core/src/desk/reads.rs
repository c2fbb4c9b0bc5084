//! Reading: one thing by its id, many by a query.

use super::search::Titled;
use super::{DeskError, InvoiceDesk};
use crate::access::{Actor, Verb};
use crate::application::Application;
use crate::error::{Refusal, RefusalCode};
use crate::id::{ApplicationId, InvoiceId, OrderId};
use crate::invoice::Invoice;
use crate::ledger::Balance;
use crate::store::{Kind, Query};

/// A page of what was found, in ascending id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found<T> {
    /// What was found.
    pub items: Vec<T>,
    /// The id to continue after; `None` when this was the last page.
    pub next: Option<String>,
}

impl InvoiceDesk {
    /// An application as it stands, for who may read it whole; [`view_application`](Self::view_application) is for
    /// everybody who may read.
    ///
    /// # Errors
    /// `APPLY-03`, `ACCESS-…`; a failing store.
    pub async fn application(&self, actor: &Actor, id: &ApplicationId) -> Result<Application, DeskError> {
        self.permit(actor, Verb::ReadWhole).await?;
        self.application_of(actor, id).await
    }

    /// An application, for a verb that shows no more of it than the actor may see.
    pub(super) async fn application_of(
        &self,
        actor: &Actor,
        id: &ApplicationId,
    ) -> Result<Application, DeskError> {
        self.permit(actor, Verb::Read).await?;
        let key = self.key(Kind::Application, id.as_str());
        let Some(row) = self.inner.store.read(&[key]).await?.into_iter().flatten().next() else {
            return Err(Refusal::new(RefusalCode::ApplicationUnknown).with("application", id).into());
        };
        let application: Application = self.open(&row)?;
        self.own(actor, Verb::Read, &application.request().buyer, id.as_str()).await?;
        Ok(application)
    }

    /// An invoice task as it stands, for who may read it whole; [`view_invoice`](Self::view_invoice) is for everybody who
    /// may read.
    ///
    /// # Errors
    /// `INVOICE-01`, `ACCESS-…`; a failing store.
    pub async fn invoice(&self, actor: &Actor, id: &InvoiceId) -> Result<Invoice, DeskError> {
        self.permit(actor, Verb::ReadWhole).await?;
        self.invoice_of(actor, id).await
    }

    pub(super) async fn invoice_of(&self, actor: &Actor, id: &InvoiceId) -> Result<Invoice, DeskError> {
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
        self.permit(actor, Verb::ReadWhole).await?;
        self.found_of(actor, query).await
    }

    /// Finds invoice tasks by a query of [`Kind::Invoice`]. A buyer finds their own only.
    ///
    /// # Errors
    /// `ACCESS-01`; a failing store.
    pub async fn find_invoices(&self, actor: &Actor, query: Query) -> Result<Found<Invoice>, DeskError> {
        self.permit(actor, Verb::ReadWhole).await?;
        self.found_of(actor, query).await
    }

    /// What carries a title, by a query; a buyer finds their own only.
    pub(super) async fn found_of<T: Titled>(
        &self,
        actor: &Actor,
        query: Query,
    ) -> Result<Found<T>, DeskError> {
        let (items, next) = self.find::<T>(actor, query, T::KIND).await?;
        let own = |item: &T| actor.owns(item.owner()).is_ok();
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
}
