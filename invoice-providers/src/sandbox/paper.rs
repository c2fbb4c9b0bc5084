//! Legacy paper: voiding within the month, and the stock of numbers.

use invoice_core::id::IntentKey;
use invoice_core::invoice::InvoiceNumber;
use invoice_core::provider::{Effect, NumberStock, ProviderError};

use super::books::month;
use super::check::ensure;
use super::codes::SandboxCode;
use super::effect::Change;
use super::faults::{Call, Fault};
use super::{Shared, State};

impl Shared {
    /// Voids an invoice. Whoever asks again for what is void hears yes.
    pub(super) fn void(&self, number: &InvoiceNumber, key: &IntentKey) -> Result<(), ProviderError> {
        let now = self.now();
        let mut state = self.lock();
        let seller = state.books.find(number).map(|(_, invoice)| invoice.entry.seller_tax_id.clone());
        let fault = self.faulted(&mut state, Call::Issue, key, seller.as_deref(), now)?;
        if state.books.find(number).is_none_or(|(_, invoice)| !invoice.voided) {
            let invoice = state.books.blue(number, now).map_err(SandboxCode::refused)?;
            let paper = ensure(invoice.entry.kind.can_be_voided(), SandboxCode::NotVoidable);
            let in_month =
                paper.and(ensure(month(invoice.entry.issued_at) == month(now), SandboxCode::VoidMonth));
            let form = invoice.confirmation.and_then(|form| state.books.confirmations.get(form));
            let untouched = invoice.taken.is_empty() && form.is_none_or(|form| !form.is_open(now));
            in_month.and(ensure(untouched, SandboxCode::NotVoidable)).map_err(SandboxCode::refused)?;
            state.write(vec![Change::Voided { at: now, number: number.clone() }], None)?;
        }
        match fault {
            None => Ok(()),
            // Whatever was drawn, an answer that is lost is one that says nothing.
            Some(Fault::ServerError) => Err(SandboxCode::FaultServer.with_effect(Effect::Unknown)),
            Some(_) => Err(SandboxCode::FaultLost.with_effect(Effect::Unknown)),
        }
    }

    /// What is left of a seller's numbers.
    pub(super) fn stock(&self, state: &State, seller: &str) -> Vec<NumberStock> {
        let used = |kind| {
            let entries = state.books.invoices.iter().map(|invoice| &invoice.entry);
            let used = entries.filter(|entry| entry.kind == kind && entry.seller_tax_id == seller).count();
            u64::try_from(used).unwrap_or(u64::MAX)
        };
        let left =
            |(kind, given): &(_, u64)| NumberStock { kind: *kind, left: given.saturating_sub(used(*kind)) };
        self.config.numbers.iter().map(left).collect()
    }
}
