//! Red confirmations (红字确认单) of the enterprise line, and the one step of the small-business line.

use chrono::{DateTime, TimeDelta, Utc};
use invoice_core::id::IntentKey;
use invoice_core::invoice::IssuedInvoice;
use invoice_core::money::Money;
use invoice_core::provider::{
    ConfirmationState, Effect, ErrorKind, IssueAnswer, PreparedRequest, ProviderError, RedAnswer,
    RedConfirmation, RedForm, RedFormPage,
};
use serde_json::{Value, json};

use super::Baiwang;
use super::account::{POLL_AFTER, Version};
use super::call::{Call, listed};
use super::wire::{Form, FormRow};
use crate::service::read::{china_day, china_time, incomplete, money, several};
use crate::service::{Nature, form, refused};

/// The seller's side of a form, and the buyer's.
pub(super) const SELLER: &str = "01";
const BUYER: &str = "02";
/// The most forms of a page.
const PAGE: usize = 50;
/// The most pages of forms that are looked through for one.
const MOST_PAGES: usize = 20;
/// The longest span of one list; a public client asks for no more at a time.
const LONGEST_SPAN: TimeDelta = TimeDelta::days(30);
/// A form is not in a state for what was asked. Of the step that applies as well as issues it may also mean that an
/// earlier attempt has a form open, so there it denies nothing.
const FORM_STATE: &str = "70035";

const ADD: Call = ("baiwang.output.redinvoice.add", Version::V7);
const OPERATE: Call = ("baiwang.output.redinvoice.operate", Version::V7);
const LIST: Call = ("baiwang.output.redinvoice.formlist", Version::V7);
const DETAILS: Call = ("baiwang.output.redinvoice.redforminfo", Version::V6);
const FAST_RED: &str = "baiwang.s.outputinvoice.fastRed";

impl Baiwang {
    pub(super) async fn apply(&self, request: &PreparedRequest) -> Result<RedConfirmation, ProviderError> {
        let said = self.act(ADD, request.body()).await;
        let refused = match said {
            Ok(said) => {
                let made: Option<Form> = listed(said, Nature::Acts)?.pop();
                return shown(&made.ok_or_else(|| form::waiting("APPLIED", POLL_AFTER))?);
            }
            Err(error) if error.effect() == Effect::NotApplied && error.kind() == ErrorKind::Rejected => {
                error
            }
            Err(error) => return Err(error),
        };
        // A serial that was used, or a form that is open: whether it is ours says only the list.
        match self.form_of(request.key()).await {
            Ok(Some(form)) => shown(&form),
            Ok(None) => Err(refused),
            Err(error) => Err(ProviderError::new(ErrorKind::NoAnswer, Effect::Unknown)
                .with_code(refused.code().unwrap_or_default())
                .because(error)),
        }
    }

    pub(super) async fn confirmation(
        &self,
        key: &IntentKey,
    ) -> Result<Option<RedConfirmation>, ProviderError> {
        self.form_of(key).await?.as_ref().map(shown).transpose()
    }

    pub(super) async fn withdraw(&self, key: &IntentKey) -> Result<RedConfirmation, ProviderError> {
        let form = self.form_of(key).await?.ok_or_else(form::unknown)?;
        self.operate(&form, RedAnswer::Withdraw).await
    }

    pub(super) async fn answer(
        &self,
        number: &str,
        answer: RedAnswer,
    ) -> Result<RedConfirmation, ProviderError> {
        let form = self.form_numbered(number).await?.ok_or_else(form::unknown)?;
        self.operate(&form, answer).await
    }

    async fn operate(&self, form: &Form, answer: RedAnswer) -> Result<RedConfirmation, ProviderError> {
        let body = json!({
            "taxNo": self.account.tax_id, "sellerTaxNo": self.account.tax_id,
            "redConfirmUuid": form.red_confirm_uuid, "redConfirmNo": form.red_confirm_no,
            "confirmType": match answer {
                RedAnswer::Confirm => "01",
                RedAnswer::Reject => "02",
                _ => "03",
            },
        });
        let done = self.act(OPERATE, &body.to_string()).await;
        let refused = match done {
            Ok(_) => None,
            Err(error) if error.effect() == Effect::NotApplied && error.kind() == ErrorKind::Rejected => {
                Some(error)
            }
            Err(error) => return Err(error),
        };
        let unseen = |error| form::applied(error, POLL_AFTER);
        let now = self.form_numbered(&form.red_confirm_no).await.map_err(unseen)?;
        let now = shown(now.as_ref().unwrap_or(form))?;
        match refused {
            Some(refused) if !form::is_as_asked(&now, answer) => Err(refused),
            _ => Ok(now),
        }
    }

    pub(super) async fn fast_red(&self, request: &PreparedRequest) -> Result<IssueAnswer, ProviderError> {
        let said = self.act((FAST_RED, self.account.version), request.body()).await;
        match said {
            Ok(_) => Ok(IssueAnswer::Accepted { poll_after: POLL_AFTER }),
            Err(error) if error.code() == Some(FORM_STATE) => {
                Err(ProviderError::new(ErrorKind::NoAnswer, Effect::Unknown).with_code(FORM_STATE))
            }
            Err(error) => Err(error),
        }
    }

    /// The pages of what buyers have started come first, then those of what the seller has.
    pub(super) async fn forms(
        &self,
        since: DateTime<Utc>,
        page: Option<String>,
    ) -> Result<RedFormPage, ProviderError> {
        let asked = page.unwrap_or_else(|| format!("{BUYER}/1"));
        let (side, number) = asked.split_once('/').ok_or_else(|| refused("PAGE"))?;
        let number: usize = number.parse().map_err(|_| refused("PAGE"))?;
        let now = self.clock.now();
        let from = since.max(now - LONGEST_SPAN);
        let span = json!({ "invoiceStartDate": china_day(from), "invoiceEndDate": china_day(now) });
        let found = self.page(side, number, &span).await?;
        let next = match (found.len() == PAGE, side) {
            (true, _) => Some(format!("{side}/{}", number + 1)),
            (false, BUYER) => Some(format!("{SELLER}/1")),
            _ => None,
        };
        let mut forms = Vec::with_capacity(found.len());
        for form in found {
            forms.push(self.whole(form).await?);
        }
        Ok(RedFormPage { forms, next })
    }

    pub(super) async fn form_by_number(
        &self,
        number: &str,
    ) -> Result<Option<RedConfirmation>, ProviderError> {
        self.form_numbered(number).await?.as_ref().map(shown).transpose()
    }

    async fn whole(&self, mut form: Form) -> Result<RedForm, ProviderError> {
        let unread = || ProviderError::new(ErrorKind::NoAnswer, Effect::Unknown).with_code("INCOMPLETE");
        if form.electric_invoice_details.as_ref().is_none_or(Vec::is_empty) {
            let asked = json!({
                "taxNo": self.account.tax_id, "sellerTaxNo": self.account.tax_id,
                "redConfirmUuid": form.red_confirm_uuid, "redConfirmNo": "", "taxUserName": "",
            });
            let found: Option<Form> = self.list(DETAILS, &asked).await?.pop();
            form.electric_invoice_details = found.and_then(|found| found.electric_invoice_details);
        }
        let rows = form.electric_invoice_details.iter().flatten();
        let rows = rows.map(|row| read_row(row).ok_or_else(unread)).collect::<Result<_, _>>()?;
        let ours = form.entry_identity == SELLER;
        Ok(RedForm {
            confirmation: RedConfirmation { red: None, ..shown(&form)? },
            key: IntentKey::new(&form.red_confirm_serial_no).ok().filter(|_| ours),
            blue: form.original_invoice_no.parse().map_err(|_| unread())?,
            reason: form.red_invoice_label,
            rows,
        })
    }

    async fn form_of(&self, key: &IntentKey) -> Result<Option<Form>, ProviderError> {
        let which = json!({ "redConfirmSerialNo": key.as_str() });
        self.find(SELLER, &which, |form| form.red_confirm_serial_no == key.as_str()).await
    }

    async fn form_numbered(&self, number: &str) -> Result<Option<Form>, ProviderError> {
        let which = json!({ "redConfirmNo": number });
        for side in [SELLER, BUYER] {
            let found = self.find(side, &which, |form| form.red_confirm_no == number).await?;
            if found.is_some() {
                return Ok(found);
            }
        }
        Ok(None)
    }

    /// The one form that fits. It is named in the question, and looked for all the same: which filters the service
    /// heeds is not documented, and another's form must not be taken for ours.
    async fn find(
        &self,
        side: &str,
        which: &Value,
        fits: impl Fn(&Form) -> bool,
    ) -> Result<Option<Form>, ProviderError> {
        for number in 1..=MOST_PAGES {
            let page = self.page(side, number, which).await?;
            let last = page.len() < PAGE;
            let mut fitting = page.into_iter().filter(&fits);
            match (fitting.next(), fitting.next()) {
                (Some(_), Some(_)) => return Err(several()),
                (Some(form), None) => return Ok(Some(form)),
                _ if last => return Ok(None),
                _ => {}
            }
        }
        Err(ProviderError::new(ErrorKind::NoAnswer, Effect::Unknown).with_code("PAGES"))
    }

    async fn page(&self, side: &str, number: usize, which: &Value) -> Result<Vec<Form>, ProviderError> {
        let mut asked = which.clone();
        for (name, value) in [
            ("taxNo", json!(self.account.tax_id)),
            ("sellerTaxNo", json!(self.account.tax_id)),
            // As the seller.
            ("buySelSelector", json!("0")),
            ("entryIdentity", json!(side)),
            ("pageNo", json!(number)),
            ("pageSize", json!(PAGE)),
            ("queryAll", json!(true)),
        ] {
            asked[name] = value;
        }
        self.list(LIST, &asked).await
    }
}

fn read_row(row: &FormRow) -> Option<invoice_core::provider::RedFormRow> {
    form::row(
        &row.original_invoice_detail_no,
        &row.goods_quantity,
        &row.goods_total_price,
        &row.goods_total_tax,
    )
}

/// A form as the desk understands it.
fn shown(form: &Form) -> Result<RedConfirmation, ProviderError> {
    let state = ConfirmationState::from_code(&form.confirm_state).filter(|_| !form.red_confirm_no.is_empty());
    let state = state.ok_or_else(|| form::waiting(&format!("STATUS-{}", form.confirm_state), POLL_AFTER))?;
    let red = match form.already_red_invoice_flag.as_str() {
        "Y" => Some(red(form).ok_or_else(incomplete)?),
        _ => None,
    };
    let expires_at = form::expiry(state, china_time(&form.entry_date));
    Ok(RedConfirmation { number: form.red_confirm_no.clone(), state, expires_at, red })
}

/// The red that the bureau has issued of a form carries its amounts, below zero.
fn red(form: &Form) -> Option<IssuedInvoice> {
    let below = |text| {
        money(text).and_then(|amount| if amount.is_positive() { amount.checked_neg() } else { Some(amount) })
    };
    let (net, tax): (Money, Money) = (below(&form.invoice_total_price)?, below(&form.invoice_total_tax)?);
    Some(IssuedInvoice {
        number: form.red_invoice_no.parse().ok()?,
        issued_at: china_time(&form.red_invoice_date)?,
        gross: net.checked_add(tax)?,
        net,
        tax,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(state: &str, flag: &str) -> Form {
        Form {
            red_confirm_no: "44010526050000000001".to_owned(),
            confirm_state: state.to_owned(),
            entry_date: "2026-05-21 15:26:32".to_owned(),
            already_red_invoice_flag: flag.to_owned(),
            red_invoice_no: "26442000000071309399".to_owned(),
            red_invoice_date: "2026-05-21 15:30:00".to_owned(),
            invoice_total_price: "-2.0".to_owned(),
            invoice_total_tax: "-0.2".to_owned(),
            ..Form::default()
        }
    }

    #[test]
    fn a_red_counts_when_it_is_there_and_not_when_its_number_is_named() {
        assert_eq!(shown(&form("01", "N")).unwrap().red, None);
        assert_eq!(shown(&form("01", "")).unwrap().red, None);
        let red = shown(&form("01", "Y")).unwrap().red.unwrap();
        assert_eq!((red.net.fen(), red.tax.fen(), red.gross.fen()), (-200, -20, -220));
        // Not every description says that amounts are below zero.
        let positive =
            Form { invoice_total_price: "2.0".into(), invoice_total_tax: "0.2".into(), ..form("04", "Y") };
        assert_eq!(shown(&positive).unwrap().red.unwrap().gross.fen(), -220);
        let half = Form { red_invoice_date: String::new(), ..form("01", "Y") };
        assert_eq!(shown(&half).unwrap_err().effect(), Effect::Applied);
    }

    #[test]
    fn every_state_of_the_bureau_is_known_and_others_are_waited_for_with_their_code() {
        for state in ConfirmationState::ALL {
            let seen = shown(&form(state.code(), "N")).unwrap();
            assert_eq!(seen.state, *state);
            assert_eq!(seen.expires_at.is_some(), state.is_waiting(), "{state:?}");
        }
        for unknown in ["", "1", "14", "99"] {
            let error = shown(&form(unknown, "N")).unwrap_err();
            assert_eq!((error.kind(), error.effect()), (ErrorKind::Busy, Effect::Applied));
            assert_eq!(error.code(), Some(format!("STATUS-{unknown}").as_str()));
        }
    }
}
