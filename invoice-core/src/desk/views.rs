//! Views: what an actor may see of a thing, masked where they may read but not read it whole.

use super::{DeskError, Found, InvoiceDesk};
use crate::access::{Actor, Verb};
use crate::application::Application;
use crate::id::{ApplicationId, InvoiceId};
use crate::invoice::Invoice;
use crate::mask::{Masked, View};
use crate::search::TitleQuery;
use crate::store::Query;

impl InvoiceDesk {
    /// An application as the actor may see it: whole with [`Verb::ReadWhole`], masked without, as support is by default.
    ///
    /// # Errors
    /// `APPLY-03`, `ACCESS-…`; a failing store.
    pub async fn view_application(
        &self,
        actor: &Actor,
        id: &ApplicationId,
    ) -> Result<View<Application>, DeskError> {
        let application = self.application_of(actor, id).await?;
        Ok(self.view(actor, application))
    }

    /// An invoice task as the actor may see it.
    ///
    /// # Errors
    /// `INVOICE-01`, `ACCESS-…`; a failing store.
    pub async fn view_invoice(&self, actor: &Actor, id: &InvoiceId) -> Result<View<Invoice>, DeskError> {
        let invoice = self.invoice_of(actor, id).await?;
        Ok(self.view(actor, invoice))
    }

    /// Applications by a query, as the actor may see them. A buyer finds their own only.
    ///
    /// # Errors
    /// `ACCESS-01`; a failing store.
    pub async fn view_applications(
        &self,
        actor: &Actor,
        query: Query,
    ) -> Result<Found<View<Application>>, DeskError> {
        let found = self.found_of(actor, query).await?;
        Ok(self.view_all(actor, found))
    }

    /// Invoice tasks by a query, as the actor may see them. A buyer finds their own only.
    ///
    /// # Errors
    /// `ACCESS-01`; a failing store.
    pub async fn view_invoices(
        &self,
        actor: &Actor,
        query: Query,
    ) -> Result<Found<View<Invoice>>, DeskError> {
        let found = self.found_of(actor, query).await?;
        Ok(self.view_all(actor, found))
    }

    /// Applications by their title, as [`search_applications`](Self::search_applications) finds them and as the actor may
    /// see them: support finds what a buyer names, and sees no more of it.
    ///
    /// # Errors
    /// `ACCESS-01`; a failing store.
    pub async fn view_search(
        &self,
        actor: &Actor,
        query: &TitleQuery,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Found<View<Application>>, DeskError> {
        let found = self.search(actor, query, after, limit).await?;
        Ok(self.view_all(actor, found))
    }

    pub(super) fn view<T: Masked>(&self, actor: &Actor, whole: T) -> View<T> {
        if self.inner.permissions.allows(actor.role(), Verb::ReadWhole) {
            View::Whole(whole)
        } else {
            View::Masked(whole.masked())
        }
    }

    pub(super) fn view_all<T: Masked>(&self, actor: &Actor, found: Found<T>) -> Found<View<T>> {
        let items = found.items.into_iter().map(|item| self.view(actor, item)).collect();
        Found { items, next: found.next }
    }
}
