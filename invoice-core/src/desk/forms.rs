//! Red confirmations at the bureau that the buyer has started.

use chrono::{DateTime, Utc};

use super::{DeskError, InvoiceDesk};
use crate::access::{Actor, Verb};
use crate::decision::{Command, State};
use crate::id::{InvoiceId, SellerId};
use crate::invoice::{Invoice, InvoiceNumber, RedAnswer, RedForm};
use crate::provider::Capability;
use crate::store::{Kind, Query};

/// What a look for red confirmations at the bureau came to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RedFormReport {
    /// How many were listed, our own included.
    pub seen: usize,
    /// Red tasks of those that the buyer has started: new ones, and those known already.
    pub tasks: Vec<InvoiceId>,
    /// Numbers of confirmations that fit no invoice here, and the code of why: a person has to look.
    pub unplaced: Vec<(String, String)>,
}

impl InvoiceDesk {
    /// Looks at the bureau for red confirmations (红字信息确认单) that buyers have started since a moment, and takes them
    /// in: each becomes a red task of its blue invoice, waits for [`answer_red`](Self::answer_red) while it is in state
    /// 03, and is booked when its red is issued, whoever issues it. Looking again is fine. Call it now and then, with a
    /// moment somewhat before the last look; a waiting one runs out after 72 hours.
    ///
    /// # Errors
    /// `SELLER-01`, `ACCESS-01`; a failing store or provider.
    pub async fn look_for_red_forms(
        &self,
        actor: &Actor,
        seller: &SellerId,
        since: DateTime<Utc>,
    ) -> Result<RedFormReport, DeskError> {
        self.permit(actor, Verb::Pump).await?;
        let party = self.seller(seller)?.party().clone();
        let mut report = RedFormReport::default();
        for id in self.seller(seller)?.providers() {
            let provider = self.provider(id)?;
            if !provider.capabilities().can(Capability::ListConfirmations) {
                continue;
            }
            let mut page = None;
            loop {
                let listed = provider.list_confirmations(&party.tax_id, since, page).await?;
                for form in listed.forms {
                    report.seen += 1;
                    self.take_red_form(actor, seller, form, &mut report).await?;
                }
                page = listed.next;
                if page.is_none() {
                    break;
                }
            }
        }
        Ok(report)
    }

    async fn take_red_form(
        &self,
        actor: &Actor,
        seller: &SellerId,
        form: RedForm,
        report: &mut RedFormReport,
    ) -> Result<(), DeskError> {
        if form.key.is_some() {
            return Ok(());
        }
        let number = form.confirmation.number.clone();
        let Some(blue) = self.issued_as(seller, &form.blue).await? else {
            report.unplaced.push((number, "INVOICE-01".to_owned()));
            return Ok(());
        };
        match self.transact(actor, &Command::TakeRedForm { blue, form }).await {
            Ok(state) => report.tasks.extend(red_task(&state, &number)),
            Err(DeskError::Refused(refusal)) => {
                report.unplaced.push((number, refusal.code().as_str().to_owned()));
            }
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// The task whose invoice has a number.
    async fn issued_as(
        &self,
        seller: &SellerId,
        number: &InvoiceNumber,
    ) -> Result<Option<InvoiceId>, DeskError> {
        let query = Query::new(&self.inner.tenant, Kind::Invoice).tagged("number", number.as_str());
        let page = self.inner.store.find(&query).await?;
        for row in &page.rows {
            let invoice: Invoice = self.open(row)?;
            if invoice.seller() == seller {
                return Ok(Some(invoice.id().clone()));
            }
        }
        Ok(None)
    }

    /// Says what the seller says to a red confirmation: confirms or rejects what the buyer has started (03), or withdraws
    /// what this side did last (01, 02, or 04 that it confirmed). It is said at the bureau by the next pump; the
    /// same again is fine.
    ///
    /// # Errors
    /// `RED-11` when it is not the seller's turn, `INVOICE-01`, `INVOICE-02`, `ACCESS-01`; a failing store.
    pub async fn answer_red(
        &self,
        actor: &Actor,
        red: &InvoiceId,
        answer: RedAnswer,
    ) -> Result<Invoice, DeskError> {
        let state = self.transact(actor, &Command::AnswerRed { invoice: red.clone(), answer }).await?;
        Ok(super::verbs::invoice_in(state, red)?)
    }
}

fn red_task(state: &State, form: &str) -> Option<InvoiceId> {
    let found = state.invoices.values().find(|task| task.foreign_form() == Some(form));
    found.map(|task| task.id().clone())
}
