//! Paper: the print queue, the mail, and voiding within the month.

use super::columns::{PAPER, PAPER_WAITS};
use super::pump::Done;
use super::step::{Wait, code_of};
use super::verbs::invoice_in;
use super::{DeskError, Found, InvoiceDesk};
use crate::access::{Actor, Verb};
use crate::decision::{Command, PaperDeed, State, VoidAnswer};
use crate::error::{Refusal, RefusalCode};
use crate::id::InvoiceId;
use crate::invoice::{Invoice, Voiding};
use crate::provider::{Capability, Effect, ErrorKind, ProviderError};
use crate::store::{Kind, Message, Next, Query, Settlement};

impl InvoiceDesk {
    /// Issued paper invoices whose sheets are to be printed (打印队列), by ascending id. `after` is the `next` of the page
    /// before. For the sheets in another place, [`find_invoices`](Self::find_invoices) with the tag `paper` and the name of
    /// a [`PaperState`](crate::invoice::PaperState).
    ///
    /// # Errors
    /// `ACCESS-01`; a failing store.
    pub async fn print_queue(
        &self,
        actor: &Actor,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Found<Invoice>, DeskError> {
        self.permit(actor, Verb::Paper).await?;
        let query = Query::new(&self.inner.tenant, Kind::Invoice).tagged(PAPER, "to_print").limit(limit);
        let query = after.map_or_else(|| query.clone(), |after| query.clone().after(after));
        let page = self.inner.store.find(&query).await?;
        let items = page.rows.iter().map(|row| self.open(row)).collect::<Result<_, _>>()?;
        Ok(Found { items, next: page.next })
    }

    /// Prints, mails, hands over or takes back the sheets of an issued paper invoice. The same again is fine. Once they
    /// are mailed the buyer is told, where a notifier tells it.
    ///
    /// # Errors
    /// `INVOICE-01`, `INVOICE-02` before it is issued, `PAPER-01`, `PAPER-02` when it is not the turn of this, `PAPER-03`,
    /// `ACCESS-01`; a failing store.
    pub async fn paper(
        &self,
        actor: &Actor,
        invoice: &InvoiceId,
        deed: PaperDeed,
    ) -> Result<Invoice, DeskError> {
        let state = self.transact(actor, &Command::Paper { invoice: invoice.clone(), deed }).await?;
        Ok(invoice_in(state, invoice)?)
    }

    /// Has a legacy paper invoice voided (作废) by its provider: blue, of this month in the seller's time zone, with all
    /// sheets at the seller's, and nothing of it taken back. What it held is open again once the provider has said yes.
    /// The same again is fine; after a refusal by the provider it is tried anew.
    ///
    /// # Errors
    /// `INVOICE-01`, `INVOICE-02`, `VOID-01` to `VOID-05`, `ACCESS-01`; a failing store.
    pub async fn void(&self, actor: &Actor, invoice: &InvoiceId) -> Result<Invoice, DeskError> {
        self.permit(actor, Verb::Void).await?;
        if let (_, Some(known)) = self.task(&self.subject(invoice)).await? {
            let provider = self.provider(known.provider())?;
            if !provider.capabilities().can(Capability::Void) && known.kind().can_be_voided() {
                return Err(Refusal::new(RefusalCode::VoidUnable).with("provider", provider.id()).into());
            }
        }
        let state = self.transact(actor, &Command::Void(invoice.clone())).await?;
        Ok(invoice_in(state, invoice)?)
    }

    /// Asks the provider to void: one call. Voiding what is void changes nothing, so after an unknown outcome it is asked
    /// again.
    pub(super) async fn serve_void(&self, actor: &Actor, message: &Message) -> Result<Done, DeskError> {
        let (version, invoice) = self.task(&message.subject).await?;
        let wanted = invoice.filter(|invoice| invoice.voiding().is_some_and(Voiding::is_under_way)).and_then(
            |invoice| invoice.state().issued().map(|issued| issued.number.clone()).map(|n| (invoice, n)),
        );
        let Some((invoice, number)) = wanted else { return self.settle_idle(message, version).await };
        if let Err(held) = self.admit(&invoice) {
            return self.void_later(message, held).await;
        }
        let provider = self.provider(invoice.provider())?;
        let said = provider.void(&number, invoice.key()).await;
        let noted = self.ended(actor, &invoice, super::account::Call::Send, said.as_ref().err()).await;
        let answer = match &said {
            Ok(()) => VoidAnswer::Done,
            Err(error) => match refused_for_good(error) {
                Some(answer) => answer,
                None => {
                    noted?;
                    return self.void_later(message, Wait::after(error)).await;
                }
            },
        };
        let Some(lease) = message.lease.clone() else { return Ok(Done::Idle) };
        let settlement = Settlement { message: message.id.clone(), lease, next: Next::Done };
        let command = Command::VoidHeard { invoice: invoice.id().clone(), answer };
        self.transact_settling(actor, &command, |_: &State| Some(settlement.clone())).await?;
        Ok(Done::Served)
    }

    async fn void_later(&self, message: &Message, wait: Wait) -> Result<Done, DeskError> {
        let Some(lease) = message.lease.clone() else { return Ok(Done::Idle) };
        let next = self.again(message, wait, std::time::Duration::from_secs(60));
        let mut unit = self.empty_unit()?;
        unit.settlements.push(Settlement { message: message.id.clone(), lease, next });
        self.commit(&unit).await?;
        Ok(Done::Waiting)
    }

    /// A page of issued paper that something is to be done with.
    pub(super) fn paper_waiting(&self) -> Query {
        Query::new(&self.inner.tenant, Kind::Invoice).tagged(PAPER_WAITS.0, PAPER_WAITS.1)
    }
}

/// What an error says of a voiding: done after all, refused for good, or nothing that lasts.
fn refused_for_good(error: &ProviderError) -> Option<VoidAnswer> {
    match (error.effect(), error.kind()) {
        (Effect::Applied, _) => Some(VoidAnswer::Done),
        (Effect::NotApplied, ErrorKind::Rejected | ErrorKind::Unsupported) => {
            Some(VoidAnswer::Refused { code: code_of(error) })
        }
        _ => None,
    }
}
