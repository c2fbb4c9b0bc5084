//! Red confirmations and the reds issued of them.

use invoice_core::id::IntentKey;
use invoice_core::provider::{ErrorKind, InvoiceProvider, PreparedRequest, ProviderError, RedConfirmation};
use serde_json::{Value, json};

use super::super::misstep::Misstep;
use super::books::Form;
use super::desk::{Desk, Said, local};
use super::read::Order;
use super::red::{Application, FastRed, same_totals};

/// Of forms and serials that are not in a state for what is asked.
const STATE: Said = Said::Failed("70035", "红字确认单操作异常");
/// The seller's side.
const SELLER: &str = "01";

impl Desk {
    pub(super) async fn add(&self, body: Value) -> Said {
        let details = body.get("redConfirmDetailReqEntityList").cloned().unwrap_or_default();
        let Ok(application) = serde_json::from_value::<Application>(body) else {
            return Said::Failed("70169", "必填");
        };
        let key = application.red_confirm_serial_no.clone();
        let Some((blue, issued)) = self.blue(&application.original_invoice_no) else { return STATE };
        if application.origin_invoice_date != issued || self.books().forms.contains_key(&key) {
            return STATE;
        }
        let Ok(request) = application.request(&blue) else { return Said::Failed("70169", "字段") };
        let form = self.form(&key, request, (application.red_invoice_label, details));
        let form = Form { automatic: application.auto_issue_switch == "Y", ..form };
        match self.apply(&key, form).await {
            Ok(form) => Said::Ok(json!([{
                "redConfirmUuid": uuid(&key), "redConfirmNo": form.number, "confirmState": form.state.code(),
            }])),
            Err(said) => said,
        }
    }

    /// Form and red in one step.
    pub(super) async fn fast_red(&self, body: Value) -> Said {
        let details = body.get("details").cloned().unwrap_or_default();
        let Ok(red) = serde_json::from_value::<FastRed>(body) else { return Said::Failed("70169", "必填") };
        let Some((blue, _)) = self.blue(&red.original_digit_invoice_no) else { return STATE };
        let key = red.order_no.clone();
        if self.books().forms.contains_key(&key) {
            return STATE;
        }
        let Ok(request) = red.request(&blue) else { return Said::Failed("70169", "字段") };
        let form = self.form(&key, request, (red.red_invoice_label, details));
        match self.apply(&key, form).await {
            Ok(_) => Said::Ok(json!({ "redConfirmSerialNo": uuid(&key) })),
            Err(said) => said,
        }
    }

    fn form(&self, key: &str, request: Value, (reason, details): (String, Value)) -> Form {
        Form { uuid: uuid(key), begun: self.front.clock.now(), request, reason, automatic: true, details }
    }

    async fn apply(&self, id: &str, form: Form) -> Result<RedConfirmation, Said> {
        let key = IntentKey::new(id).map_err(|_| Said::Failed("70169", "serialNo"))?;
        let prepared = PreparedRequest::new(key.clone(), form.request.to_string());
        let applied = self.front.sandbox.apply_red(&prepared).await;
        let known = match &applied {
            Ok(_) => true,
            // Lost on the way there or back: the sandbox knows.
            Err(_) => matches!(self.front.sandbox.query_confirmation(&key).await, Ok(Some(_))),
        };
        if known {
            self.books().forms.insert(id.to_owned(), form);
        }
        applied.map_err(|error| match error.kind() {
            ErrorKind::Rejected => STATE,
            ErrorKind::NoAnswer => Said::Gone,
            _ => Said::Failed("LB-BUSY", "系统繁忙"),
        })
    }

    /// What the sandbox read when it issued a number, and when that was in China.
    fn blue(&self, number: &str) -> Option<(Value, String)> {
        let entry = self.front.sandbox.issued().find(|entry| entry.number.as_str() == number)?;
        let request = self.books().requests.get(entry.key.as_str())?.clone();
        Some((request, local(entry.issued_at).format("%Y-%m-%d %H:%M:%S").to_string()))
    }

    /// A form as it stands, its red issued where that follows by itself.
    async fn follow(&self, key: &IntentKey) -> Result<Option<RedConfirmation>, ProviderError> {
        let Some(form) = self.front.sandbox.query_confirmation(key).await? else { return Ok(None) };
        let kept = self.books().forms.get(key.as_str()).cloned();
        let due = kept.filter(|kept| kept.automatic && form.state.may_issue() && form.red.is_none());
        let Some(Form { mut request, .. }) = due else { return Ok(Some(form)) };
        request["red"]["confirmation"] = json!(form.number);
        // What becomes of it shows the form.
        let _ = self.front.sandbox.issue_red(&PreparedRequest::new(key.clone(), request.to_string())).await;
        self.front.sandbox.query_confirmation(key).await
    }

    /// The record of a red of the small-business line.
    pub(super) async fn red_record(
        &self,
        key: &IntentKey,
        misstep: Option<Misstep>,
    ) -> Result<Value, ProviderError> {
        let form = self.follow(key).await?;
        let dead = form.as_ref().is_some_and(|form| form.state.is_dead());
        let red = form.and_then(|form| form.red);
        let mut record = match &red {
            Some(red) => self.shown(key.as_str(), red, misstep),
            None => json!({ "orderNo": key, "serialNo": format!("S{key}") }),
        };
        record["status"] = json!(match (&red, dead) {
            _ if misstep == Some(Misstep::UnknownState) => "77",
            (Some(_), _) => "01",
            (None, true) => "02",
            (None, false) => "00",
        });
        Ok(record)
    }

    pub(super) async fn list(&self, body: &Value) -> Said {
        let field = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default();
        let number =
            |name: &str| body.get(name).and_then(Value::as_u64).and_then(|n| usize::try_from(n).ok());
        let (Some(page), Some(size @ 1..=50)) = (number("pageNo"), number("pageSize")) else {
            return Said::Failed("70169", "pageNo, pageSize");
        };
        if field("buySelSelector") != "0" || field("sellerTaxNo") != field("taxNo") {
            return Said::Failed("70169", "buySelSelector, sellerTaxNo");
        }
        let (serial, wanted) = (field("redConfirmSerialNo"), field("redConfirmNo"));
        // No buyer starts a form here.
        let ours = field("entryIdentity") == SELLER;
        let keys: Vec<String> = {
            let books = self.books();
            let named = |key: &&String| ours && (serial.is_empty() || *key == serial);
            books.forms.keys().filter(named).cloned().collect()
        };
        let mut found = Vec::new();
        for key in keys {
            match self.listed(&key).await {
                Ok(Some(form)) if wanted.is_empty() || form["redConfirmNo"] == wanted => found.push(form),
                Ok(_) => {}
                Err(_) => return Said::Gone,
            }
        }
        let first = page.saturating_sub(1).saturating_mul(size);
        Said::Ok(Value::Array(found.into_iter().skip(first).take(size).collect()))
    }

    async fn listed(&self, id: &str) -> Result<Option<Value>, ProviderError> {
        let Ok(key) = IntentKey::new(id) else { return Ok(None) };
        let Some(form) = self.follow(&key).await? else { return Ok(None) };
        let Some(kept) = self.books().forms.get(id).cloned() else { return Ok(None) };
        let said = |at| local(at).format("%Y-%m-%d %H:%M:%S").to_string();
        let mut shown = json!({
            "redConfirmUuid": kept.uuid, "redConfirmNo": form.number, "redConfirmSerialNo": id,
            "entryIdentity": SELLER, "confirmState": form.state.code(), "entryDate": said(kept.begun),
            "originalInvoiceNo": kept.request.pointer("/red/blue"), "redInvoiceLabel": kept.reason,
            "invoiceTotalPrice": kept.request["net"], "invoiceTotalTax": kept.request["tax"],
            "alreadyRedInvoiceFlag": "N",
        });
        if let Some(red) = &form.red {
            shown["alreadyRedInvoiceFlag"] = json!("Y");
            shown["redInvoiceNo"] = json!(red.number);
            shown["redInvoiceDate"] = json!(said(red.issued_at));
        }
        Ok(Some(shown))
    }

    pub(super) async fn details(&self, body: &Value) -> Said {
        let Some((key, form)) = self.by_uuid(body) else { return STATE };
        match self.listed(&key).await {
            Ok(Some(mut shown)) => {
                shown["electricInvoiceDetails"] = form.details;
                Said::Ok(json!([shown]))
            }
            Ok(None) => STATE,
            Err(_) => Said::Gone,
        }
    }

    pub(super) async fn operate(&self, body: &Value) -> Said {
        let Some((key, _)) = self.by_uuid(body) else { return STATE };
        let Ok(key) = IntentKey::new(key) else { return STATE };
        // What is to be confirmed or refused, a buyer would have started.
        if body.get("confirmType").and_then(Value::as_str) != Some("03") {
            return STATE;
        }
        match self.front.sandbox.withdraw_confirmation(&key).await {
            Ok(form) => Said::Ok(json!([{ "redConfirmNo": form.number, "confirmState": form.state.code() }])),
            Err(error) if error.kind() == ErrorKind::NoAnswer => Said::Gone,
            Err(_) => STATE,
        }
    }

    fn by_uuid(&self, body: &Value) -> Option<(String, Form)> {
        let uuid = body.get("redConfirmUuid").and_then(Value::as_str)?;
        let books = self.books();
        let found = books.forms.iter().find(|(_, form)| form.uuid == uuid)?;
        Some((found.0.clone(), found.1.clone()))
    }

    /// The red that an order of the enterprise line asks for, of the form with this number.
    pub(super) async fn red_request(&self, order: &Order, number: &str) -> Option<Value> {
        let forms: Vec<(String, Form)> =
            self.books().forms.iter().map(|(key, form)| (key.clone(), form.clone())).collect();
        for (key, form) in forms {
            let Ok(known) = self.front.sandbox.query_confirmation(&IntentKey::new(&key).ok()?).await else {
                continue;
            };
            if known.is_none_or(|known| known.number != number) {
                continue;
            }
            let blue = form.request.pointer("/red/blue").and_then(Value::as_str);
            let (net, tax) = (order.invoice_total_price.as_deref(), order.invoice_total_tax.as_deref());
            let same = blue == Some(&order.original_einvoice_no) && same_totals(&form.request, net, tax);
            let mut request = form.request;
            request["key"] = json!(order.serial_no);
            request["red"]["confirmation"] = json!(number);
            return same.then_some(request);
        }
        None
    }
}

fn uuid(key: &str) -> String {
    format!("{key:0>32}")
}
