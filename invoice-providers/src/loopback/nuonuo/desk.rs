//! One request: who sends it, what for, and what the sandbox makes of it.

use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, TimeDelta, Utc};
use invoice_core::id::IntentKey;
use invoice_core::money::Money;
use invoice_core::provider::{
    ErrorKind, InvoiceProvider, IssuedInvoice, PreparedRequest, ProviderError, QueryAnswer,
};
use serde_json::{Value, json};

use super::super::disturb::{Words, after, before};
use super::super::front::Front;
use super::super::misstep::{Misstep, Operation};
use super::super::server::{Arrived, Counter, Reply};
use super::NuonuoLoopback;
use super::books::{Books, Fate, Order};
use super::read::Billing;
use crate::form::{decode_form, encode};

const TOKEN_LIVES: TimeDelta = TimeDelta::days(1);
const PUSHES_A_DAY: u32 = 20;

pub(super) struct Desk {
    pub(super) front: Front,
    pub(super) books: Mutex<Books>,
}

/// An answer in the service's envelope, or the connection's end.
pub(super) enum Said {
    Ok(Value),
    Code(&'static str, &'static str),
    Gone,
}

fn said(code: &str, describe: &str, result: &Value) -> Reply {
    Reply::json(&json!({ "code": code, "describe": describe, "result": result }))
}

const fn operation(path: &str, method: &str) -> Operation {
    let (path, method) = (path.as_bytes(), method.as_bytes());
    match path {
        b"/accessToken" => return Operation::Token,
        [b'/', b'f', b'i', b'l', b'e', b's', b'/', ..] => return Operation::File,
        _ => {}
    }
    match method {
        b"requestBillingNew" | b"fastInvoiceRed" => Operation::Issue,
        b"queryInvoiceResult" => Operation::Query,
        b"saveInvoiceRedConfirm" => Operation::ApplyRed,
        b"queryInvoiceRedConfirm" => Operation::QueryRed,
        _ => Operation::Other,
    }
}

#[async_trait]
impl Counter for Desk {
    fn now(&self) -> DateTime<Utc> {
        self.front.clock.now()
    }

    async fn answer(&self, request: Arrived) -> Reply {
        let method =
            request.header("method").strip_prefix("nuonuo.OpeMplatform.").unwrap_or_default().to_owned();
        let misstep = self.front.missteps.take(operation(&request.path, &method));
        if let Some(early) = misstep.filter(|misstep| misstep.is_before()) {
            return before(early, &words());
        }
        let reply = match request.path.as_str() {
            "/accessToken" => self.give_token(&request),
            "/open/v1/services" => match self.admit(&request) {
                Ok(body) => match self.serve(&method, request.header("userTax"), body, misstep).await {
                    Said::Ok(result) => {
                        let code = if method == "queryInvoiceRedConfirm" { "0000" } else { "E0000" };
                        said(code, "成功", &result)
                    }
                    Said::Code(code, describe) => said(code, describe, &Value::Null),
                    Said::Gone => Reply::Cut,
                },
                Err((code, describe)) => said(code, describe, &Value::Null),
            },
            path => self.front.open_to_all(path).await,
        };
        match misstep {
            Some(late) => after(late, reply, &words()),
            None => reply,
        }
    }
}

fn words() -> Words {
    let say = |code: &str, describe: &str| json!({ "code": code, "describe": describe, "result": null });
    Words {
        busy: say("E9999", "系统繁忙"),
        token_ended: say("070304", "token"),
        clock: say("LB-CLOCK", "时间戳超出范围"),
        unknown: say("LB-777", "?"),
    }
}

impl Desk {
    pub(super) fn books(&self) -> MutexGuard<'_, Books> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn give_token(&self, request: &Arrived) -> Reply {
        let form = decode_form(&request.body).unwrap_or_default();
        let field =
            |name: &str| form.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value.as_str());
        let known = field("client_id") == NuonuoLoopback::APP_KEY
            && field("client_secret") == NuonuoLoopback::APP_SECRET
            && field("grant_type") == "client_credentials";
        if !known {
            return Reply::json(&json!({ "error": "070101", "error_description": "appkey" }));
        }
        let token = self.front.give_token(TOKEN_LIVES);
        Reply::json(&json!({ "access_token": token, "expires_in": "86400" }))
    }

    /// Signature over the bytes that arrived, then the token.
    fn admit(&self, request: &Arrived) -> Result<Value, (&'static str, &'static str)> {
        if request.parameter("appkey") != NuonuoLoopback::APP_KEY {
            return Err(("070101", "appkey"));
        }
        let (senid, nonce) = (request.parameter("senid"), request.parameter("nonce"));
        let numbered = nonce.len() == 8 && nonce.bytes().all(|byte| byte.is_ascii_digit());
        if senid.len() != 32 || !numbered || request.header("userTax").is_empty() {
            return Err(("LB-PARAMETER", "senid, nonce, userTax"));
        }
        let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, NuonuoLoopback::APP_SECRET.as_bytes());
        let mut signed = format!(
            "a=services&l=v1&p=open&k={}&i={senid}&n={nonce}&t={}&f=",
            NuonuoLoopback::APP_KEY,
            request.parameter("timestamp")
        )
        .into_bytes();
        signed.extend_from_slice(&request.body);
        let tag = STANDARD.decode(request.header("X-Nuonuo-Sign")).unwrap_or_default();
        if hmac::verify(&key, &signed, &tag).is_err() {
            return Err(("LB-SIGN", "签名错误"));
        }
        if !self.front.knows_token(request.header("accessToken")) {
            return Err(("070304", "token"));
        }
        serde_json::from_slice(&request.body).map_err(|_| ("E4000", "json"))
    }

    async fn serve(&self, method: &str, seller: &str, body: Value, misstep: Option<Misstep>) -> Said {
        match method {
            "requestBillingNew" => self.issue(seller, body, misstep).await,
            "queryInvoiceResult" => self.query(&body, misstep).await,
            "reInvoice" => self.push_on(&body),
            "saveInvoiceRedConfirm" => self.apply(seller, body).await,
            "queryInvoiceRedConfirm" => self.forms(&body).await,
            "refreshInvoiceRedConfirm" => Said::Ok(Value::Null),
            "confirm" => Said::Code("LB-STATE", "no confirmation of a buyer's"),
            "confirmInfoCancel" => self.withdraw(&body).await,
            "fastInvoiceRed" => self.fast_red(seller, &body).await,
            "deliveryInvoice" => self.deliver(&body),
            "getCertificationStatus" => Said::Ok(json!({
                "certificationStatus": if self.is_challenged(seller) { "0" } else { "1" },
            })),
            "getQrCode" => {
                Said::Ok(json!({ "qrCode": "loopback:scan-me", "authId": "loopback", "status": "1" }))
            }
            "verifyComplete" => {
                let code = body.get("verifyCode").and_then(Value::as_str);
                if body["queryType"] == "2" && code == Some(NuonuoLoopback::SMS_CODE) {
                    self.front.sandbox.clear_challenge(seller);
                }
                Said::Ok(json!({ "status": if self.is_challenged(seller) { "0" } else { "1" } }))
            }
            "getCreditLine" => self.credit(seller).await,
            _ => Said::Code("LB-METHOD", "method"),
        }
    }

    fn is_challenged(&self, seller: &str) -> bool {
        self.front.sandbox.challenged().iter().any(|challenged| challenged == seller)
    }

    async fn issue(&self, seller: &str, body: Value, misstep: Option<Misstep>) -> Said {
        let Ok(Billing { order }) = serde_json::from_value(body) else {
            return Said::Code("E4000", "字段");
        };
        let request = match order.request() {
            Ok(request) if order.saler_tax_num == seller => request,
            Ok(_) => return Said::Code("E4000", "salerTaxNum"),
            Err(field) => return Said::Code("E4000", field),
        };
        let number = order.order_no;
        let serial = {
            let mut books = self.books();
            if books.orders.contains_key(&number) || books.aliases.contains_key(&number) {
                return Said::Code("E9106", "订单编号不能重复");
            }
            let serial = books.serial(&number);
            let taken = Order { serial: serial.clone(), request, fate: Fate::Held, pushes: 0 };
            books.orders.insert(number.clone(), taken);
            serial
        };
        match self.give(&number).await {
            Ok(()) => {}
            Err(error) if error.kind() == ErrorKind::NoAnswer => return Said::Gone,
            Err(error) => {
                self.books().orders.remove(&number);
                let busy = error.kind() != ErrorKind::Rejected;
                return if busy {
                    Said::Code("E9999", "系统繁忙")
                } else {
                    Said::Code("E9101", "校验不通过")
                };
            }
        }
        if misstep == Some(Misstep::SealFails) {
            self.fate(&number, Fate::Unsealed);
        }
        Said::Ok(json!({ "invoiceSerialNum": serial }))
    }

    fn fate(&self, number: &str, fate: Fate) {
        if let Some(order) = self.books().orders.get_mut(number) {
            order.fate = fate;
        }
    }

    /// Hands an order to the sandbox. Waiting for a person, or for a quota that is gone, is not an error here.
    async fn give(&self, number: &str) -> Result<(), ProviderError> {
        let request = self.books().orders.get(number).map(|order| order.request.to_string());
        let (Some(request), Ok(key)) = (request, IntentKey::new(number)) else { return Ok(()) };
        let fate = match self.front.sandbox.issue(&PreparedRequest::new(key, request)).await {
            Ok(_) => Fate::Given,
            Err(error) => match error.kind() {
                ErrorKind::Duplicate => Fate::Given,
                ErrorKind::OperatorNeeded => Fate::Held,
                ErrorKind::QuotaExceeded => Fate::Failed("授信额度不足".to_owned()),
                ErrorKind::NoAnswer => {
                    self.fate(number, Fate::Given);
                    return Err(error);
                }
                _ => return Err(error),
            },
        };
        self.fate(number, fate);
        Ok(())
    }

    async fn query(&self, body: &Value, misstep: Option<Misstep>) -> Said {
        let texts = |name: &str| {
            let list = body.get(name).and_then(Value::as_array).cloned().unwrap_or_default();
            list.iter().filter_map(|text| text.as_str().map(str::to_owned)).collect::<Vec<_>>()
        };
        let mut numbers: Vec<String> =
            texts("serialNos").iter().filter_map(|serial| self.books().by_serial(serial)).collect();
        if texts("serialNos").is_empty() {
            numbers = texts("orderNos");
        }
        let mut records = Vec::new();
        for number in numbers {
            match self.record(&number, misstep).await {
                Ok(record) => records.extend(record),
                Err(_) => return Said::Gone,
            }
        }
        if records.is_empty() {
            Said::Code("E9500", "未查询到发票")
        } else {
            Said::Ok(Value::Array(records))
        }
    }

    async fn record(&self, number: &str, misstep: Option<Misstep>) -> Result<Option<Value>, ProviderError> {
        let (order, key) = {
            let books = self.books();
            let key = books.aliases.get(number).map_or(number, String::as_str).to_owned();
            (books.orders.get(number).cloned(), key)
        };
        let mut fate = order.as_ref().map_or(Fate::Given, |order| order.fate.clone());
        if fate == Fate::Held {
            self.give(number).await?;
            fate = self.books().orders.get(number).map_or(Fate::Given, |order| order.fate.clone());
        }
        let Ok(key) = IntentKey::new(&key) else { return Ok(None) };
        let mut record = json!({ "orderNo": number, "serialNo": self.books().serial(number) });
        match fate {
            Fate::Held => record["status"] = json!("20"),
            Fate::Failed(why) => (record["status"], record["failCause"]) = (json!("22"), json!(why)),
            Fate::Unsealed => record["status"] = json!("24"),
            Fate::Given => match self.front.sandbox.query(&key).await? {
                QueryAnswer::Issued(invoice) => {
                    self.books().numbers.insert(invoice.number.to_string(), number.to_owned());
                    self.fill(&mut record, &invoice, misstep);
                }
                QueryAnswer::Denied { code } => {
                    (record["status"], record["failCause"]) = (json!("22"), json!(code));
                }
                QueryAnswer::NotFound => return Ok(None),
                _ => record["status"] = json!("20"),
            },
        }
        if misstep == Some(Misstep::UnknownState) {
            record["status"] = json!("77");
        }
        Ok(Some(record))
    }

    fn fill(&self, record: &mut Value, invoice: &IssuedInvoice, misstep: Option<Misstep>) {
        let [net, tax, gross] = Front::amounts(invoice, misstep);
        record["status"] = json!("2");
        record["allElectronicInvoiceNumber"] = json!(invoice.number);
        record["invoiceTime"] = json!(invoice.issued_at.timestamp_millis());
        (record["exTaxAmount"], record["taxAmount"], record["orderAmount"]) =
            (json!(net), json!(tax), json!(gross));
        for (name, ending) in [("pdfUrl", "pdf"), ("ofdUrl", "ofd"), ("xmlUrl", "xml")] {
            record[name] = json!(self.front.link(invoice, ending));
        }
    }

    fn push_on(&self, body: &Value) -> Said {
        let number = body.get("orderno").and_then(Value::as_str).unwrap_or_default();
        let mut books = self.books();
        let Some(order) = books.orders.get_mut(number) else {
            return Said::Code("E9500", "未查询到发票");
        };
        if order.pushes >= PUSHES_A_DAY {
            return Said::Code("E9613", "单日最多重试20次");
        }
        if order.fate != Fate::Unsealed {
            return Said::Code("E9103", "状态");
        }
        order.pushes += 1;
        order.fate = Fate::Given;
        Said::Ok(json!({ "invoiceSerialNum": order.serial }))
    }

    fn deliver(&self, body: &Value) -> Said {
        let field = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default();
        if field("phone").is_empty() && field("mail").is_empty() {
            return Said::Code("E4000", "phone, mail");
        }
        let known = self.front.sandbox.issued().any(|entry| entry.number.as_str() == field("invoiceNum"));
        if known { Said::Ok(Value::Null) } else { Said::Code("E9500", "未查询到发票") }
    }

    async fn credit(&self, seller: &str) -> Said {
        let Ok(line) = self.front.sandbox.credit_line(seller).await else { return Said::Gone };
        // How a line without limit looks is not described.
        let text = |amount: Option<Money>| {
            amount.map_or_else(|| "9999999999.99".to_owned(), |amount| amount.to_string())
        };
        Said::Ok(json!({ "availableCreditLine": text(line.available), "totalCreditLine": text(line.total) }))
    }

    pub(super) async fn callbacks(&self) -> Vec<Vec<u8>> {
        let numbers: Vec<String> = self.books().orders.keys().cloned().collect();
        let mut forms = Vec::new();
        for number in numbers {
            let Ok(Some(record)) = self.record(&number, None).await else { continue };
            let status = match record.get("status").and_then(Value::as_str) {
                Some("2") => "1",
                Some("22") => "2",
                Some("24") => "3",
                _ => continue,
            };
            let content = json!({
                "c_orderno": number, "c_status": status, "c_fpqqlsh": record["serialNo"],
                "allElectronicInvoiceNumber": record["allElectronicInvoiceNumber"],
                "c_bhsje": record["exTaxAmount"], "c_hjse": record["taxAmount"], "c_url": record["pdfUrl"],
            });
            let content = encode(&content.to_string());
            forms.push(
                format!("operater=callback&orderno={}&content={content}", encode(&number)).into_bytes(),
            );
        }
        forms
    }
}
