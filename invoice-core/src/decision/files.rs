//! Files of issued invoices.

use super::{Case, Event};
use crate::error::Refusal;
use crate::id::InvoiceId;
use crate::invoice::{InvoiceChange, KeptFile};

impl Case<'_> {
    /// Files of an issued invoice were fetched and are kept. Of a format that is kept already the first stays: another
    /// worker was here.
    pub(super) fn filed(&mut self, id: &InvoiceId, files: &[KeptFile]) -> Result<(), Refusal> {
        let invoice = self.state.invoice(id)?;
        if invoice.state().issued().is_none() {
            return Err(Self::refuse_state(invoice, "filed"));
        }
        let new: Vec<KeptFile> =
            files.iter().filter(|file| invoice.file(file.format()).is_none()).cloned().collect();
        new.into_iter().for_each(|file| self.emit(Event::Invoice(id.clone(), InvoiceChange::Filed(file))));
        Ok(())
    }
}
