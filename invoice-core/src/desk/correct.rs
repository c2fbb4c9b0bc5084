use super::{DeskError, InvoiceDesk};
use crate::access::Actor;
use crate::application::{Application, CorrectRequest};
use crate::decision::Command;
use crate::error::{Refusal, RefusalCode};
use crate::id::ApplicationId;

impl InvoiceDesk {
    /// Has what was issued for an application taken back by red invoices and issued again as it should be (换开). The
    /// successor goes through review like any application; nothing is taken back before it is approved. Then it shows
    /// as being issued until every red is there, however long a red waits for its confirmation, and what refunds have
    /// left by then is issued under the new title.
    ///
    /// The same wish again is fine. A red that is refused waits for [`InvoiceDesk::retry`] on it, or for the correction
    /// to be cancelled.
    ///
    /// # Errors
    /// `CORRECT-01` when there is nothing to change, `CORRECT-02` while another correction stands, `APPLY-05` unless
    /// the application is issued, `APPLY-02`, `APPLY-03`, `SELLER-02`, `TITLE-01`, `ACCESS-…`; a failing store.
    pub async fn correct(&self, actor: &Actor, wish: CorrectRequest) -> Result<Application, DeskError> {
        let id = wish.id.clone();
        let mut state = self.transact(actor, &Command::Correct(wish)).await?;
        let successor = state.applications.remove(&id);
        Ok(successor.ok_or_else(|| Refusal::new(RefusalCode::ApplicationUnknown).with("application", id))?)
    }

    /// The versions of an application, oldest first: what it corrects, itself, what corrects it.
    ///
    /// # Errors
    /// `APPLY-03`, `ACCESS-…`; a failing store.
    pub async fn versions(&self, actor: &Actor, id: &ApplicationId) -> Result<Vec<Application>, DeskError> {
        let mut first = self.application(actor, id).await?;
        while let Some(former) = first.corrects().cloned() {
            first = self.application(actor, &former).await?;
        }
        let mut versions = vec![first];
        // A correction is made after what it corrects, so this ends.
        while let Some(next) = versions.last().and_then(|last| last.corrected_by().cloned()) {
            versions.push(self.application(actor, &next).await?);
        }
        Ok(versions)
    }
}
