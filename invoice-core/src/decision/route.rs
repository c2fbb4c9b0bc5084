use super::{Case, Event};
use crate::error::Refusal;
use crate::id::{InvoiceId, ProviderId};
use crate::invoice::{Invoice, InvoiceChange, InvoiceState};

impl Case<'_> {
    /// The provider that a new invoice goes to: the first that issues the kind and prints so many rows.
    pub(super) fn first_route(&self, kind: crate::invoice::InvoiceKind, rows: usize) -> ProviderId {
        let fits = self.facts.routes.iter().find(|route| route.takes(kind, rows));
        fits.map_or_else(|| self.facts.seller.provider().clone(), |route| route.provider.clone())
    }

    /// Moves a task to another provider. Only one of which nothing is on its way: never sent, or the provider has said
    /// of everything that was sent that it did nothing. A red stays where its blue is.
    pub(super) fn route(&mut self, id: &InvoiceId, to: &ProviderId, after: u32) -> Result<(), Refusal> {
        let invoice = self.state.invoice(id)?;
        let still = matches!(invoice.state(), InvoiceState::Planned { .. }) && invoice.sends() == after;
        if !still || !self.next_routes(invoice).any(|next| next == to) {
            return Err(Self::refuse_state(invoice, "route"));
        }
        let change = InvoiceChange::Rerouted { to: to.clone(), denied: None };
        self.emit(Event::Invoice(id.clone(), change));
        Ok(())
    }

    /// The providers a blue task could go to instead of the present one, in order; not those that have denied it.
    pub(super) fn next_routes<'s>(&'s self, invoice: &'s Invoice) -> impl Iterator<Item = &'s ProviderId> {
        let routes = self.facts.routes.iter();
        let fits = routes.filter(|route| route.takes(invoice.kind(), invoice.rows().len()));
        fits.map(|route| &route.provider).filter(|next| {
            let denied =
                |former: &crate::invoice::FormerKey| former.denied.is_some() && &former.provider == *next;
            invoice.is_blue() && *next != invoice.provider() && !invoice.former_keys().iter().any(denied)
        })
    }
}
