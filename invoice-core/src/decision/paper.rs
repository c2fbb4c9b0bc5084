use chrono::Datelike;

use super::claims::by_order;
use super::issue::claims_of_invoice;
use super::red_plan::netted;
use super::{Case, Event};
use crate::application::{ApplicationChange, TaskState};
use crate::error::{Refusal, RefusalCode};
use crate::id::InvoiceId;
use crate::invoice::{Flushed, Invoice, InvoiceChange, Medium, OpenRed, PaperState, Voiding};
use crate::ledger::{BalanceChange, LineShare, Share};

/// What somebody does with the sheets of a paper invoice.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum PaperDeed {
    /// Prints them.
    Print,
    /// Mails the buyer's sheets. Carrier and number have 1 to 64 characters each.
    Mail {
        /// Through whom (快递公司).
        carrier: String,
        /// Under which number (运单号).
        tracking: String,
    },
    /// Notes that the buyer has them, by mail or by hand.
    Deliver,
    /// Notes that all of them have come back.
    Return,
}

impl PaperDeed {
    const fn as_str(&self) -> &'static str {
        match self {
            Self::Print => "print",
            Self::Mail { .. } => "mail",
            Self::Deliver => "deliver",
            Self::Return => "return",
        }
    }
}

/// What a provider said to a voiding.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum VoidAnswer {
    /// The invoice is void.
    Done,
    /// It stands, for good.
    Refused {
        /// The provider's code.
        code: String,
    },
}

/// Most characters of a carrier's name and of a tracking number.
const MAX_TRACKING: usize = 64;

impl Case<'_> {
    /// Moves the sheets of an issued paper invoice. The same again is fine. What is being voided stays with the seller.
    pub(super) fn paper(&mut self, id: &InvoiceId, deed: &PaperDeed) -> Result<(), Refusal> {
        let invoice = self.state.invoice(id)?;
        if invoice.kind().medium() != Medium::Paper {
            return Err(Refusal::new(RefusalCode::PaperNotPaper).with("invoice", id));
        }
        if invoice.state().issued().is_none() {
            return Err(Self::refuse_state(invoice, deed.as_str()));
        }
        let at = self.facts.now;
        let to = match (invoice.paper(), deed) {
            (PaperState::ToPrint, PaperDeed::Print) => PaperState::Printed { at },
            (PaperState::Mailed { carrier, tracking, .. }, PaperDeed::Mail { carrier: c, tracking: t })
                if (carrier, tracking) == (c, t) =>
            {
                return Ok(());
            }
            (PaperState::Printed { .. }, PaperDeed::Print)
            | (PaperState::Delivered { .. }, PaperDeed::Deliver)
            | (PaperState::Returned { .. }, PaperDeed::Return) => return Ok(()),
            // Mailed again under another number: the first was mistyped, or the parcel was given to another carrier.
            (
                PaperState::Printed { .. } | PaperState::Mailed { .. } | PaperState::Returned { .. },
                PaperDeed::Mail { carrier, tracking },
            ) => PaperState::Mailed { at, carrier: carrier.clone(), tracking: tracking.clone() },
            (
                PaperState::Printed { .. } | PaperState::Mailed { .. } | PaperState::Returned { .. },
                PaperDeed::Deliver,
            ) => PaperState::Delivered { at },
            (PaperState::Mailed { .. } | PaperState::Delivered { .. }, PaperDeed::Return) => {
                PaperState::Returned { at }
            }
            (stands, _) => return Err(out_of_turn(id, stands.as_str(), deed)),
        };
        if invoice.voiding().is_some_and(|voiding| voiding.refused.is_none()) {
            return Err(out_of_turn(id, "voided", deed));
        }
        if let PaperState::Mailed { carrier, tracking, .. } = &to {
            let fits = |text: &str| (1..=MAX_TRACKING).contains(&text.trim().chars().count());
            if !fits(carrier) || !fits(tracking) {
                let refusal = Refusal::new(RefusalCode::PaperTracking).with("invoice", id);
                return Err(refusal.with("most", MAX_TRACKING));
            }
        }
        self.emit(Event::Invoice(id.clone(), InvoiceChange::PaperMoved { to }));
        Ok(())
    }

    /// Has a legacy paper invoice voided. From here to the provider's answer all of it counts as being taken back: no red
    /// can begin, and nothing of it can be applied for. The same again is fine.
    pub(super) fn void(&mut self, id: &InvoiceId) -> Result<(), Refusal> {
        let invoice = self.state.invoice(id)?.clone();
        let kind = invoice.kind();
        if !kind.can_be_voided() || !invoice.is_blue() {
            return Err(Refusal::new(RefusalCode::VoidKind).with("invoice", id).with("kind", kind));
        }
        let Some(issued) = invoice.state().issued() else {
            return Err(Self::refuse_state(&invoice, "void"));
        };
        if invoice.voiding().is_some_and(|voiding| voiding.refused.is_none()) {
            return Ok(());
        }
        let zone = self.facts.seller.zone();
        let month = |at: chrono::DateTime<chrono::Utc>| {
            let day = at.with_timezone(&zone).date_naive();
            (day.year(), day.month())
        };
        let about = |code| Refusal::new(code).with("invoice", id);
        if month(issued.issued_at) != month(self.facts.now) {
            return Err(about(RefusalCode::VoidMonth));
        }
        if !invoice.paper().is_with_seller() {
            return Err(about(RefusalCode::VoidSheets));
        }
        let taken_back = !invoice.flushed().is_empty() || invoice.open_red().is_some();
        if taken_back || self.is_corrected(invoice.application()) {
            return Err(about(RefusalCode::VoidTakenBack));
        }
        let voiding = Voiding {
            by: self.facts.actor.id().clone(),
            asked_at: self.facts.now,
            done_at: None,
            refused: None,
        };
        let open = OpenRed { red: id.clone(), rows: all_rows(&invoice) };
        self.emit(Event::Invoice(id.clone(), InvoiceChange::VoidWanted(voiding)));
        self.emit(Event::Invoice(id.clone(), InvoiceChange::RedOpened(open)));
        self.each_order(&invoice, |invoice, shares| BalanceChange::Reversing { invoice, shares });
        Ok(())
    }

    /// Takes in what the provider said to a voiding. Late or twice it changes nothing.
    pub(super) fn void_heard(&mut self, id: &InvoiceId, answer: &VoidAnswer) -> Result<(), Refusal> {
        let invoice = self.state.invoice(id)?.clone();
        if !invoice.voiding().is_some_and(Voiding::is_under_way) {
            return Ok(());
        }
        match answer {
            VoidAnswer::Done => {
                let change = InvoiceChange::Voided { at: self.facts.now };
                self.emit(Event::Invoice(id.clone(), change));
                self.flush(id, id)?;
                self.each_order(&invoice, |invoice, shares| BalanceChange::Reversed { invoice, shares });
                let moved = ApplicationChange::TaskMoved { invoice: id.clone(), state: TaskState::Voided };
                self.emit(Event::Application(invoice.application().clone(), moved));
                self.hold_what_came_back(invoice.application(), &claims_of_invoice(&invoice))?;
            }
            VoidAnswer::Refused { code } => {
                let change = InvoiceChange::VoidRefused { code: code.clone() };
                self.emit(Event::Invoice(id.clone(), change));
                self.emit(Event::Invoice(id.clone(), InvoiceChange::RedDropped { red: id.clone() }));
                self.each_order(&invoice, |invoice, shares| BalanceChange::ReversalDropped {
                    invoice,
                    shares,
                });
            }
        }
        self.advance_correction_of(invoice.application())?;
        let orders = self.orders_of(invoice.application())?;
        self.settle_excess(orders)
    }

    /// Changes the account of every order of an invoice by all that the invoice holds of it.
    fn each_order(&mut self, of: &Invoice, change: impl Fn(InvoiceId, Vec<LineShare>) -> BalanceChange) {
        let claims = claims_of_invoice(of);
        for (order, shares) in by_order(claims.iter().map(|claim| (&claim.order, claim.line, claim.share))) {
            self.emit(Event::Balance(order, change(of.id().clone(), shares)));
        }
    }
}

fn out_of_turn(id: &InvoiceId, state: &str, deed: &PaperDeed) -> Refusal {
    let refusal = Refusal::new(RefusalCode::PaperDeed).with("invoice", id);
    refusal.with("state", state).with("verb", deed.as_str())
}

/// Every row of a blue invoice, taken back whole.
fn all_rows(blue: &Invoice) -> Vec<Flushed> {
    let whole = |(row, printed): (u32, &crate::invoice::InvoiceRow)| {
        let parts: Vec<Share> = printed.parts.iter().map(|part| part.of.share).collect();
        let mut share = Share::ZERO;
        parts.iter().for_each(|part| share.add(*part));
        Flushed { row, share, parts }
    };
    netted(blue.rows()).map(whole).collect()
}
