//! Files of issued invoices (版式文件): fetched when they are ready, and kept as they came.

use std::time::Duration;

use super::account::Call;
use super::pump::Done;
use super::step::Wait;
use super::{DeskError, InvoiceDesk};
use crate::access::{Actor, Verb};
use crate::decision::{Command, State};
use crate::error::{Refusal, RefusalCode};
use crate::id::InvoiceId;
use crate::invoice::{Invoice, InvoiceState, KeptFile};
use crate::provider::{Document, DocumentFormat, InvoiceProvider};
use crate::store::{Message, Next, Settlement};

/// The wait after a file was not ready, doubled each time up to an hour.
const FIRST_WAIT: Duration = Duration::from_secs(30);

impl InvoiceDesk {
    /// A file of an issued invoice: the one that is kept, where the desk [keeps files](super::DeskBuilder::originals);
    /// otherwise, and where what was kept is gone, from its provider. `None` while it is not ready.
    ///
    /// # Errors
    /// `INVOICE-01`, `INVOICE-02`, `ACCESS-…`; a failing store or provider; `DESK-05` where what is kept cannot be read or
    /// was changed.
    pub async fn download(
        &self,
        actor: &Actor,
        invoice: &InvoiceId,
        format: DocumentFormat,
    ) -> Result<Option<Document>, DeskError> {
        self.permit(actor, Verb::Download).await?;
        let invoice = self.invoice_of(actor, invoice).await?;
        let InvoiceState::Issued { issued } = invoice.state() else {
            let refusal = Refusal::new(RefusalCode::InvoiceState).with("invoice", invoice.id());
            return Err(refusal.with("state", invoice.state().as_str()).with("verb", "download").into());
        };
        if let (Some(file), Some(originals)) = (invoice.file(format), &self.inner.originals)
            && let Some(bytes) = originals.original(file.digest()).await?
        {
            return Ok(Some(Document { format, name: file.name().to_owned(), bytes }));
        }
        Ok(self.provider(invoice.provider())?.download(invoice.key(), &issued.number, format).await?)
    }

    /// Fetches what is there of the files of an invoice; the message comes again until all of them are kept.
    pub(super) async fn serve_files(&self, actor: &Actor, message: &Message) -> Result<Done, DeskError> {
        let (version, invoice) = self.task(&message.subject).await?;
        let Some(invoice) = invoice.filter(|invoice| invoice.state().issued().is_some()) else {
            return self.settle_idle(message, version).await;
        };
        let provider = self.provider(invoice.provider())?;
        let wanted: Vec<DocumentFormat> = wanted(&invoice, provider.as_ref()).collect();
        if wanted.is_empty() || self.inner.originals.is_none() {
            return self.settle_idle(message, version).await;
        }
        let (files, mut wait) = self.fetched(actor, &invoice, &wanted).await?;
        let Some(lease) = message.lease.clone() else { return Ok(Done::Idle) };
        // Something came: the rest may be soon behind.
        if !files.is_empty() && wait.is_some_and(|wait| matches!(wait, Wait::Backoff)) {
            wait = Some(Wait::After(FIRST_WAIT));
        }
        let next = wait.map_or(Next::Done, |wait| self.again(message, wait, FIRST_WAIT));
        let settlement = Settlement { message: message.id.clone(), lease, next };
        if files.is_empty() {
            let mut unit = self.empty_unit()?;
            unit.settlements.push(settlement);
            self.commit(&unit).await?;
            return Ok(Done::Waiting);
        }
        let command = Command::Filed { invoice: invoice.id().clone(), files };
        self.transact_settling(actor, &command, |_: &State| Some(settlement.clone())).await?;
        Ok(if wait.is_some() { Done::Waiting } else { Done::Served })
    }

    /// What could be fetched, each file kept before it is told of; and when to come for the rest, if there is one.
    async fn fetched(
        &self,
        actor: &Actor,
        invoice: &Invoice,
        wanted: &[DocumentFormat],
    ) -> Result<(Vec<KeptFile>, Option<Wait>), DeskError> {
        let (Some(issued), Some(originals)) = (invoice.state().issued(), &self.inner.originals) else {
            return Ok((Vec::new(), None));
        };
        let provider = self.provider(invoice.provider())?;
        let (mut files, mut wait) = (Vec::new(), None);
        for format in wanted {
            if let Err(held) = self.admit(invoice) {
                return Ok((files, Some(held)));
            }
            let said = provider.download(invoice.key(), &issued.number, *format).await;
            let noted = self.ended(actor, invoice, Call::Ask, said.as_ref().err()).await;
            match said {
                Ok(Some(document)) => {
                    let digest = originals.keep(&document.bytes).await?;
                    files.push(KeptFile::new(*format, document.name, digest, self.inner.clock.now()));
                }
                Ok(None) => wait = Some(Wait::Backoff),
                // One format that fails keeps no other from coming.
                Err(error) => wait = Some(Wait::after(&error)),
            }
            noted?;
        }
        Ok((files, wait))
    }
}

/// The files that a provider declares and that are not kept yet.
pub(super) fn wanted(
    invoice: &Invoice,
    provider: &dyn InvoiceProvider,
) -> impl Iterator<Item = DocumentFormat> {
    provider.capabilities().files().filter(|format| invoice.file(*format).is_none())
}
