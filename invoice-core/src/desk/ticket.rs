use super::load::Loaded;
use super::{DeskError, Found, InvoiceDesk};
use crate::access::{Actor, Verb};
use crate::decision::{Command, State, TicketDeed};
use crate::error::{Refusal, RefusalCode};
use crate::id::{ApplicationId, TicketId};
use crate::mask::View;
use crate::store::{Key, Kind, MAX_PAGE, Query};
use crate::ticket::{Ticket, TicketRequest};

impl InvoiceDesk {
    /// Reports that something is wrong with issued invoices (工单): a ticket that is tracked until it is settled, and shows
    /// in the application's timeline. The same report again is fine.
    ///
    /// # Errors
    /// `TICKET-02` for lost paper that is not paper or comes without proof, `TICKET-04`, `APPLY-03`, `APPLY-05` while
    /// nothing is issued, `ACCESS-…`; a failing store.
    pub async fn report(&self, actor: &Actor, request: TicketRequest) -> Result<Ticket, DeskError> {
        let id = request.id.clone();
        let state = self.transact(actor, &Command::Report(request)).await?;
        ticket_in(state, &id)
    }

    /// Takes a ticket in hand, settles it or declines it.
    ///
    /// # Errors
    /// `TICKET-01`, `TICKET-03` when it is not its turn or does not settle such a ticket, `ACCESS-01`; a failing store.
    pub async fn handle(
        &self,
        actor: &Actor,
        ticket: &TicketId,
        deed: TicketDeed,
    ) -> Result<View<Ticket>, DeskError> {
        let state = self.transact(actor, &Command::Handle { ticket: ticket.clone(), deed }).await?;
        Ok(self.view(actor, ticket_in(state, ticket)?))
    }

    /// Finds tickets by a query of [`Kind::Ticket`], such as those in state `open`, as the actor may see them. A buyer
    /// finds their own only.
    ///
    /// # Errors
    /// `ACCESS-01`; a failing store.
    pub async fn find_tickets(&self, actor: &Actor, query: Query) -> Result<Found<View<Ticket>>, DeskError> {
        let (items, next) = self.find::<Ticket>(actor, query, Kind::Ticket).await?;
        let own = |ticket: &Ticket| actor.owns(ticket.buyer()).is_ok();
        Ok(self.view_all(actor, Found { items: items.into_iter().filter(own).collect(), next }))
    }

    /// A ticket as the actor may see it: whole with [`Verb::ReadWhole`], masked without.
    ///
    /// # Errors
    /// `TICKET-01`, `ACCESS-…`; a failing store.
    pub async fn view_ticket(&self, actor: &Actor, id: &TicketId) -> Result<View<Ticket>, DeskError> {
        self.permit(actor, Verb::Read).await?;
        let ticket = self.row::<Ticket>(&self.key(Kind::Ticket, id.as_str())).await?;
        let unknown = || Refusal::new(RefusalCode::TicketUnknown).with("ticket", id);
        let ticket = ticket.ok_or_else(unknown)?;
        self.own(actor, Verb::Read, ticket.buyer(), id.as_str()).await?;
        Ok(self.view(actor, ticket))
    }

    pub(super) async fn ticket(&self, loaded: &mut Loaded, id: &TicketId) -> Result<(), DeskError> {
        for row in self.fetch(loaded, vec![self.key(Kind::Ticket, id.as_str())]).await? {
            let ticket: Ticket = self.open(&row)?;
            loaded.state.tickets.insert(ticket.id().clone(), ticket);
        }
        Ok(())
    }

    /// The tickets about an application.
    pub(super) async fn tickets_about(&self, id: &ApplicationId) -> Result<Vec<Key>, DeskError> {
        let mut query =
            Query::new(&self.inner.tenant, Kind::Ticket).tagged("application", id.as_str()).limit(MAX_PAGE);
        let mut keys = Vec::new();
        loop {
            let page = self.inner.store.find(&query).await?;
            keys.extend(page.rows.iter().map(|row| row.key.clone()));
            match page.next {
                Some(next) => query = query.after(next),
                None => return Ok(keys),
            }
        }
    }
}

fn ticket_in(mut state: State, id: &TicketId) -> Result<Ticket, DeskError> {
    let unknown = || Refusal::new(RefusalCode::TicketUnknown).with("ticket", id);
    Ok(state.tickets.remove(id).ok_or_else(unknown)?)
}
