//! Red confirmations (红字确认单) at Nuonuo, which keeps a copy of the bureau's and fetches it when asked.

use chrono::{DateTime, TimeDelta, Utc};
use invoice_core::id::IntentKey;
use invoice_core::invoice::{InvoiceNumber, IssuedInvoice};
use invoice_core::provider::{
    ConfirmationState, Effect, ErrorKind, IssueAnswer, PreparedRequest, ProviderError, QueryAnswer,
    RedAnswer, RedConfirmation, RedForm, RedFormPage, RedFormRow,
};
use serde_json::json;

use super::Nuonuo;
use super::account::POLL_AFTER;
use super::convert::bureau_reason;
use super::error;
use super::wire;
use crate::service::read::{china_day, china_time};
use crate::service::{self, Nature, form};

/// The seller's side of a form.
const SELLER: &str = "0";
/// States of Nuonuo's own: being applied for, refused by the bureau.
const APPLYING: &str = "15";
const REFUSED: &str = "16";
/// The most forms of a page.
const PAGE: usize = 50;
/// The longest span of one list (vendor's page).
const LONGEST_SPAN: TimeDelta = TimeDelta::days(89);

impl Nuonuo {
    pub(super) async fn apply(&self, request: &PreparedRequest) -> Result<RedConfirmation, ProviderError> {
        let answer = self.act("saveInvoiceRedConfirm", request.body()).await?;
        // A `billId` that was used is refused with one code or another: whether there is a form says the form.
        let refused = (answer.code != error::SUCCESS).then(|| error::of_code(&answer.code, Nature::Acts));
        match (self.form_of(request.key()).await, refused) {
            (Ok(Some(form)), _) => self.shown(&form, true).await.map_err(applied),
            (_, Some(refused)) => Err(refused),
            (Ok(None), None) => Err(waiting("APPLIED")),
            (Err(error), None) => Err(applied(error)),
        }
    }

    pub(super) async fn confirmation(
        &self,
        key: &IntentKey,
    ) -> Result<Option<RedConfirmation>, ProviderError> {
        let Some(mut form) = self.form_of(key).await? else { return Ok(None) };
        let waits = state(&form).is_some_and(ConfirmationState::is_waiting);
        if waits && !form.bill_uuid.is_empty() {
            // Somebody acts at the bureau, and Nuonuo learns of it only when it looks.
            let refresh = json!({ "identity": SELLER, "billUuid": form.bill_uuid });
            self.ask("refreshInvoiceRedConfirm", &refresh).await?;
            form = self.form_of(key).await?.unwrap_or(form);
        }
        self.shown(&form, true).await.map(Some)
    }

    pub(super) async fn withdraw(&self, key: &IntentKey) -> Result<RedConfirmation, ProviderError> {
        let form = self.form_of(key).await?.ok_or_else(form::unknown)?;
        self.answer_form(&form, RedAnswer::Withdraw).await
    }

    pub(super) async fn answer(
        &self,
        number: &str,
        answer: RedAnswer,
    ) -> Result<RedConfirmation, ProviderError> {
        let form = self.form_numbered(number).await?.ok_or_else(form::unknown)?;
        self.answer_form(&form, answer).await
    }

    async fn answer_form(
        &self,
        form: &wire::RedForm,
        answer: RedAnswer,
    ) -> Result<RedConfirmation, ProviderError> {
        let mut body = json!({ "billId": form.bill_id, "identity": SELLER });
        if let Some(extension) = &self.account.extension {
            body["extensionNumber"] = json!(extension);
        }
        let method = match answer {
            RedAnswer::Confirm | RedAnswer::Reject => {
                body["confirmAgreement"] = json!(if answer == RedAnswer::Confirm { "1" } else { "0" });
                "confirm"
            }
            _ => "confirmInfoCancel",
        };
        let done = self.act(method, &body.to_string()).await?;
        let now = self.form_by(&json!({ "billId": form.bill_id })).await.map_err(applied)?;
        let shown = self.shown(now.as_ref().unwrap_or(form), false).await?;
        if done.code == error::SUCCESS || form::is_as_asked(&shown, answer) {
            return Ok(shown);
        }
        Err(error::of_code(&done.code, Nature::Acts))
    }

    pub(super) async fn fast_red(&self, request: &PreparedRequest) -> Result<IssueAnswer, ProviderError> {
        let answer = self.act("fastInvoiceRed", request.body()).await?;
        if answer.code == error::SUCCESS {
            return Ok(IssueAnswer::Accepted { poll_after: POLL_AFTER });
        }
        Err(error::of_code(&answer.code, Nature::Acts))
    }

    pub(super) async fn forms(
        &self,
        since: DateTime<Utc>,
        page: Option<String>,
    ) -> Result<RedFormPage, ProviderError> {
        let now = self.clock.now();
        let (from, to) = (china_day(since.max(now - LONGEST_SPAN)), china_day(now));
        let number: usize = page
            .map_or(Ok(1), |page| page.parse())
            .map_err(|_| ProviderError::new(ErrorKind::Rejected, Effect::NotApplied).with_code("PAGE"))?;
        if number == 1 {
            let refresh = json!({ "identity": SELLER, "startTime": from, "endTime": to });
            self.ask("refreshInvoiceRedConfirm", &refresh).await?;
        }
        let asked = json!({
            "identity": SELLER, "billTimeStart": from, "billTimeEnd": to,
            "pageNo": number.to_string(), "pageSize": PAGE.to_string(),
        });
        let found: wire::RedForms = self.read("queryInvoiceRedConfirm", &asked).await?;
        let more = found.list.len() == PAGE
            && found.total.parse::<usize>().map_or(true, |total| total > number * PAGE);
        let mut forms = Vec::with_capacity(found.list.len());
        for form in &found.list {
            // One being applied for is no form yet, and one that was refused never will be.
            if state(form).is_some() {
                forms.push(self.whole(form).await?);
            }
        }
        Ok(RedFormPage { forms, next: more.then(|| (number + 1).to_string()) })
    }

    pub(super) async fn form_by_number(
        &self,
        number: &str,
    ) -> Result<Option<RedConfirmation>, ProviderError> {
        match self.form_numbered(number).await? {
            Some(form) => self.shown(&form, true).await.map(Some),
            None => Ok(None),
        }
    }

    async fn whole(&self, form: &wire::RedForm) -> Result<RedForm, ProviderError> {
        let incomplete = || ProviderError::new(ErrorKind::NoAnswer, Effect::Unknown).with_code("INCOMPLETE");
        let blue = Some(&form.blue_elec_invoice_number).filter(|number| !number.is_empty());
        let blue: InvoiceNumber =
            blue.unwrap_or(&form.blue_invoice_number).parse().map_err(|_| incomplete())?;
        let reason = bureau_reason(&form.red_reason).ok_or_else(incomplete)?;
        let rows =
            form.detail.iter().map(|row| read_row(row).ok_or_else(incomplete)).collect::<Result<_, _>>()?;
        let ours = form.apply_source == SELLER;
        let key = IntentKey::new(&form.bill_id).ok().filter(|_| ours);
        let confirmation = self.shown(form, false).await?;
        Ok(RedForm { confirmation, key, blue, reason: reason.to_owned(), rows })
    }

    async fn form_of(&self, key: &IntentKey) -> Result<Option<wire::RedForm>, ProviderError> {
        self.form_by(&json!({ "billId": key.as_str() })).await
    }

    async fn form_numbered(&self, number: &str) -> Result<Option<wire::RedForm>, ProviderError> {
        self.form_by(&json!({ "billNo": number })).await
    }

    async fn form_by(&self, which: &serde_json::Value) -> Result<Option<wire::RedForm>, ProviderError> {
        let mut asked = which.clone();
        asked["identity"] = json!(SELLER);
        let answer = self.ask("queryInvoiceRedConfirm", &asked).await?;
        if answer.code == error::NOT_FOUND {
            return Ok(None);
        }
        if answer.code != error::SUCCESS && answer.code != error::SUCCESS_OF_LISTS {
            return Err(error::of_code(&answer.code, Nature::Reads));
        }
        if answer.result.is_null() {
            return Ok(None);
        }
        let found: wire::RedForms =
            serde_json::from_value(answer.result).map_err(|_| service::unreadable(Nature::Reads))?;
        Ok(found.list.into_iter().next())
    }

    /// The red invoice of a form, once there is one.
    async fn red_of(&self, form: &wire::RedForm) -> Result<Option<IssuedInvoice>, ProviderError> {
        if form.invoice_serial_num.is_empty() {
            return Ok(None);
        }
        let found = self.record(&json!({ "serialNos": [form.invoice_serial_num] })).await?;
        match found.as_ref().map(super::answer::query).transpose()? {
            Some(QueryAnswer::Issued(issued)) => Ok(Some(issued)),
            _ => Ok(None),
        }
    }

    /// A form as the desk understands it. With `red` also the red invoice that was issued of it.
    async fn shown(&self, form: &wire::RedForm, red: bool) -> Result<RedConfirmation, ProviderError> {
        if form.bill_status == REFUSED {
            return Err(ProviderError::new(ErrorKind::Rejected, Effect::NotApplied).with_code(REFUSED));
        }
        let Some(state) = state(form).filter(|_| !form.bill_no.is_empty()) else {
            return Err(waiting(&format!("STATUS-{}", form.bill_status)));
        };
        let issued = if red && state.may_issue() { self.red_of(form).await? } else { None };
        let expires_at = form::expiry(state, china_time(&form.bill_time));
        Ok(RedConfirmation { number: form.bill_no.clone(), state, expires_at, red: issued })
    }
}

fn state(form: &wire::RedForm) -> Option<ConfirmationState> {
    if [APPLYING, REFUSED].contains(&form.bill_status.as_str()) {
        return None;
    }
    ConfirmationState::from_code(&form.bill_status)
}

fn read_row(row: &wire::RedFormDetail) -> Option<RedFormRow> {
    form::row(&row.blue_detail_index, &row.num, &row.tax_excluded_amount, &row.tax_amount)
}

fn waiting(code: &str) -> ProviderError {
    form::waiting(code, POLL_AFTER)
}

fn applied(error: ProviderError) -> ProviderError {
    form::applied(error, POLL_AFTER)
}
