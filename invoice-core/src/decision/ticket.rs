use super::{Case, Event};
use crate::application::ApplicationState;
use crate::error::{Refusal, RefusalCode};
use crate::id::TicketId;
use crate::invoice::Medium;
use crate::ticket::{Settlement, Ticket, TicketChange, TicketRequest, TicketState, Trouble};

/// What somebody does with a ticket.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum TicketDeed {
    /// Takes it in hand.
    Take,
    /// Settles it.
    Settle(Settlement),
    /// Declines it, with a reason for people.
    Decline(String),
}

impl Case<'_> {
    /// Takes in what a buyer reports about issued invoices.
    pub(super) fn report(&mut self, request: &TicketRequest) -> Result<(), Refusal> {
        use ApplicationState::{Issued, PartlyIssued, PartlyRed, RedFlushed};
        let application = self.state.application(&request.application)?;
        self.facts.actor.owns(&application.request().buyer)?;
        if let Some(known) = self.state.tickets.get(&request.id) {
            let changed = || Refusal::new(RefusalCode::TicketChanged).with("ticket", &request.id);
            return if &known.request == request { Ok(()) } else { Err(changed()) };
        }
        if !matches!(application.state(), Issued | PartlyIssued | PartlyRed | RedFlushed) {
            return Err(Refusal::new(RefusalCode::ApplicationState)
                .with("application", &request.application)
                .with("state", application.state().as_str())
                .with("verb", "report"));
        }
        if let Trouble::PaperLost { proof } = &request.trouble
            && (proof.is_empty() || application.request().kind.medium() != Medium::Paper)
        {
            return Err(Refusal::new(RefusalCode::TicketProof).with("ticket", &request.id));
        }
        let ticket = Ticket {
            request: request.clone(),
            seller: application.request().seller.clone(),
            buyer: application.request().buyer.clone(),
            reported_by: self.facts.actor.id().clone(),
            reported_at: self.facts.now,
            state: TicketState::Open,
        };
        self.emit(Event::Ticket(request.id.clone(), TicketChange::Reported(Box::new(ticket))));
        Ok(())
    }

    /// Takes, settles or declines a ticket. It is taken in hand first, and by another person than reported it when a copy is
    /// to be handed out; a correction that settles it must be the one of its application.
    pub(super) fn handle(&mut self, id: &TicketId, deed: &TicketDeed) -> Result<(), Refusal> {
        let unknown = || Refusal::new(RefusalCode::TicketUnknown).with("ticket", id);
        let ticket = self.state.tickets.get(id).ok_or_else(unknown)?;
        let by = self.facts.actor.id().clone();
        let next = match deed {
            TicketDeed::Take => TicketState::InHand { by },
            TicketDeed::Settle(how) => TicketState::Settled { by, how: how.clone() },
            TicketDeed::Decline(reason) => TicketState::Declined { by, reason: reason.clone() },
        };
        if ticket.state == next {
            return Ok(());
        }
        let refused =
            || Refusal::new(RefusalCode::TicketDeed).with("ticket", id).with("state", ticket.state.as_str());
        let in_turn = match (&ticket.state, deed) {
            (TicketState::Open, TicketDeed::Take) => true,
            // Somebody else may take it over.
            (TicketState::InHand { .. }, TicketDeed::Take) => true,
            (TicketState::InHand { by }, _) => by == self.facts.actor.id(),
            _ => false,
        };
        if !in_turn {
            return Err(refused());
        }
        if let TicketDeed::Settle(how) = deed {
            let application = self.state.application(&ticket.request.application)?;
            let holds = match how {
                Settlement::Corrected(by) => application.corrected_by() == Some(by),
                Settlement::CertifiedCopy(_) => &ticket.reported_by != self.facts.actor.id(),
                _ => true,
            };
            if !how.fits(&ticket.request.trouble) || !holds {
                return Err(refused());
            }
        }
        self.emit(Event::Ticket(id.clone(), TicketChange::Moved(next)));
        Ok(())
    }
}
