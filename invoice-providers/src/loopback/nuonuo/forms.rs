//! Red confirmations and the reds issued of them.

use chrono::{DateTime, TimeDelta, Utc};
use invoice_core::id::IntentKey;
use invoice_core::provider::{ErrorKind, InvoiceProvider, PreparedRequest};
use serde_json::{Value, json};

use super::books::{Fate, Form, Order};
use super::desk::{Desk, Said};
use super::red::Application;

impl Desk {
    pub(super) async fn apply(&self, seller: &str, body: Value) -> Said {
        let detail = body.get("detail").cloned().unwrap_or(json!([]));
        let Ok(form) = serde_json::from_value::<Application>(body) else {
            return Said::Code("E4000", "字段");
        };
        if form.seller_tax_no != seller {
            return Said::Code("E4000", "sellerTaxNo");
        }
        let blue = self.request_of(&form.blue_elec_invoice_number);
        let Some(blue) = blue else { return Said::Code("E9101", "蓝票") };
        if self.books().forms.contains_key(&form.bill_id) {
            return Said::Code("E9106", "billId");
        }
        let request = match form.request(&blue) {
            Ok(request) => request,
            Err(field) => return Said::Code("E4000", field),
        };
        let Ok(key) = IntentKey::new(&form.bill_id) else { return Said::Code("E4000", "billId") };
        let kept = Form {
            uuid: format!("{:0>32}", form.bill_id),
            begun: self.front.clock.now(),
            request: request.clone(),
            reason: form.red_reason,
            line: form.blue_invoice_line,
            detail,
        };
        let applied =
            self.front.sandbox.apply_red(&PreparedRequest::new(key.clone(), request.to_string())).await;
        let known = match &applied {
            Ok(_) => true,
            // Lost on the way there or back: the sandbox knows.
            Err(_) => matches!(self.front.sandbox.query_confirmation(&key).await, Ok(Some(_))),
        };
        if known {
            let mut books = self.books();
            if !form.order_no.is_empty() && form.order_no != form.bill_id {
                books.aliases.insert(form.order_no, form.bill_id.clone());
            }
            books.forms.insert(form.bill_id.clone(), kept);
        }
        match applied {
            Ok(_) => Said::Ok(json!(form.bill_id)),
            Err(error) if error.kind() == ErrorKind::Rejected => Said::Code("E9101", "校验不通过"),
            Err(error) if error.kind() == ErrorKind::NoAnswer => Said::Gone,
            Err(_) => Said::Code("E9999", "系统繁忙"),
        }
    }

    /// What the sandbox read when it issued a number.
    fn request_of(&self, number: &str) -> Option<Value> {
        let shown = self.books().numbers.get(number).cloned();
        let scan = || self.front.sandbox.issued().find(|entry| entry.number.as_str() == number);
        let order = shown.or_else(|| scan().map(|entry| entry.key.to_string()))?;
        self.books().orders.get(&order).map(|order| order.request.clone())
    }

    pub(super) async fn forms(&self, body: &Value) -> Said {
        let field = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default();
        let (id, number) = (field("billId"), field("billNo"));
        let forms: Vec<(String, Form)> = {
            let books = self.books();
            let one = books.forms.get_key_value(id);
            let all = books.forms.iter().filter(|_| id.is_empty());
            one.into_iter().chain(all).map(|(id, form)| (id.clone(), form.clone())).collect()
        };
        let mut list = Vec::new();
        for (bill, form) in &forms {
            let Ok(key) = IntentKey::new(bill) else { continue };
            let Ok(known) = self.front.sandbox.query_confirmation(&key).await else { return Said::Gone };
            let Some(known) = known.filter(|known| number.is_empty() || known.number == number) else {
                continue;
            };
            let serial = known.red.as_ref().map(|_| self.books().serial(bill));
            list.push(json!({
                "billId": bill, "billNo": known.number, "billUuid": form.uuid,
                "billStatus": known.state.code(), "billTime": local(form.begun), "applySource": "0",
                "blueInvoiceLine": form.line, "redReason": form.reason, "detail": form.detail,
                "blueElecInvoiceNumber": form.request.pointer("/red/blue"),
                "openStatus": if serial.is_some() { "1" } else { "0" },
                "invoiceSerialNum": serial, "orderNo": serial.as_ref().map(|_| bill),
            }));
        }
        Said::Ok(json!({ "total": list.len(), "list": list }))
    }

    pub(super) async fn withdraw(&self, body: &Value) -> Said {
        let id = body.get("billId").and_then(Value::as_str).unwrap_or_default();
        let Ok(key) = IntentKey::new(id) else { return Said::Code("E4000", "billId") };
        match self.front.sandbox.withdraw_confirmation(&key).await {
            Ok(_) => Said::Ok(Value::Null),
            Err(_) => Said::Code("LB-STATE", "状态"),
        }
    }

    pub(super) async fn fast_red(&self, seller: &str, body: &Value) -> Said {
        let field = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default();
        let (number, bill) = (field("orderNo"), field("billNo"));
        let needed = ["orderNo", "orderTime", "taxNum", "billNo", "elecInvoiceNumber"];
        let complete = needed.iter().all(|name| !field(name).is_empty());
        if !complete || field("taxNum") != seller {
            return Said::Code("E4000", "字段");
        }
        let taken = {
            let books = self.books();
            books.orders.contains_key(number) || books.aliases.contains_key(number)
        };
        if taken {
            return Said::Code("E9106", "订单编号不能重复");
        }
        let forms: Vec<(String, Value)> =
            self.books().forms.iter().map(|(id, form)| (id.clone(), form.request.clone())).collect();
        for (id, mut request) in forms {
            let Ok(key) = IntentKey::new(&id) else { continue };
            let Ok(Some(known)) = self.front.sandbox.query_confirmation(&key).await else { continue };
            if known.number != bill {
                continue;
            }
            let serial = self.books().serial(number);
            if known.red.is_some() {
                self.books().aliases.insert(number.to_owned(), id);
                return Said::Ok(json!({ "invoiceSerialNum": serial }));
            }
            request["key"] = json!(number);
            request["red"]["confirmation"] = json!(bill);
            let Ok(key) = IntentKey::new(number) else { return Said::Code("E4000", "orderNo") };
            let red = PreparedRequest::new(key, request.to_string());
            return match self.front.sandbox.issue_red(&red).await {
                Ok(_) => {
                    let order = Order { serial: serial.clone(), request, fate: Fate::Given, pushes: 0 };
                    self.books().orders.insert(number.to_owned(), order);
                    Said::Ok(json!({ "invoiceSerialNum": serial }))
                }
                Err(error) if error.kind() == ErrorKind::NoAnswer => Said::Gone,
                Err(error) if error.kind() == ErrorKind::Rejected => Said::Code("E9101", "校验不通过"),
                Err(_) => Said::Code("E9999", "系统繁忙"),
            };
        }
        Said::Code("LB-BILL", "billNo")
    }
}

fn local(at: DateTime<Utc>) -> String {
    (at + TimeDelta::hours(8)).format("%Y-%m-%d %H:%M:%S").to_string()
}
