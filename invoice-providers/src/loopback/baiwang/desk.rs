//! One request: who sends it, what for, and what the sandbox makes of it.

use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, SHA256, digest};
use chrono::{DateTime, TimeDelta, Utc};
use invoice_core::id::IntentKey;
use invoice_core::provider::{
    ErrorKind, InvoiceProvider, IssueAnswer, IssuedInvoice, PreparedRequest, QueryAnswer,
};
use md5::{Digest as _, Md5};
use serde_json::{Value, json};

use super::super::disturb::{Words, after, before};
use super::super::front::Front;
use super::super::misstep::{Misstep, Operation};
use super::super::server::{Arrived, Counter, Reply};
use super::BaiwangLoopback;
use super::books::{Books, Fate};
use super::read::{Enterprise, Small};

const TOKEN_LIVES: TimeDelta = TimeDelta::hours(6);

pub(super) struct Desk {
    pub(super) front: Front,
    pub(super) books: Mutex<Books>,
}

fn failed(code: &str, message: &str) -> Value {
    json!({ "success": false, "errorResponse": { "code": code, "message": message, "subCode": null } })
}

fn words() -> Words {
    Words {
        busy: failed("LB-BUSY", "系统繁忙"),
        token_ended: failed("100002", "token错误"),
        clock: failed("LB-CLOCK", "时间戳超出范围"),
        unknown: failed("LB-777", "?"),
    }
}

fn operation(path: &str, method: &str) -> Operation {
    if path.starts_with("/files/") {
        return Operation::File;
    }
    match method {
        "baiwang.oauth.token" => Operation::Token,
        "baiwang.output.invoice.issue" | "baiwang.s.outputinvoice.invoice" => Operation::Issue,
        "baiwang.output.redinvoice.add" | "baiwang.s.outputinvoice.fastRed" => Operation::ApplyRed,
        "baiwang.output.redinvoice.formlist" => Operation::QueryRed,
        "baiwang.output.invoice.query" | "baiwang.s.outputinvoice.query" => Operation::Query,
        _ => Operation::Other,
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// An answer in the service's envelope, or the connection's end.
pub(super) enum Said {
    Ok(Value),
    Failed(&'static str, &'static str),
    Gone,
}

#[async_trait]
impl Counter for Desk {
    fn now(&self) -> DateTime<Utc> {
        self.front.clock.now()
    }

    async fn answer(&self, request: Arrived) -> Reply {
        let method = request.parameter("method").to_owned();
        let misstep = self.front.missteps.take(operation(&request.path, &method));
        if let Some(misstep) = misstep.filter(|misstep| misstep.is_before()) {
            return before(misstep, &words());
        }
        let reply = match (request.path.as_str(), method.as_str()) {
            ("/router/rest", "baiwang.oauth.token") => Reply::json(&self.give_token(&request)),
            ("/router/rest", _) => {
                let said = match self.admit(&request) {
                    Ok(body) => self.serve(&method, body, misstep).await,
                    Err((code, message)) => Said::Failed(code, message),
                };
                match said {
                    Said::Ok(response) => Reply::json(&json!({ "success": true, "response": response })),
                    Said::Failed(code, message) => Reply::json(&failed(code, message)),
                    Said::Gone => Reply::Cut,
                }
            }
            (path, _) => self.front.open_to_all(path).await,
        };
        match misstep {
            Some(misstep) => after(misstep, reply, &words()),
            None => reply,
        }
    }
}

impl Desk {
    pub(super) fn books(&self) -> MutexGuard<'_, Books> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn give_token(&self, request: &Arrived) -> Value {
        type L = BaiwangLoopback;
        let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
        let field = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default();
        let salted = format!("{}{}", L::PASSWORD, L::SALT);
        let hashed = match request.parameter("version") {
            "6.0" => {
                let inner = hex(&Md5::digest(salted.as_bytes()));
                hex(digest(&SHA1_FOR_LEGACY_USE_ONLY, inner.as_bytes()).as_ref())
            }
            _ => hex(digest(&SHA256, salted.as_bytes()).as_ref()),
        };
        let known = match request.parameter("grant_type") {
            "password" => field("username") == L::USER && field("password") == hashed,
            "refresh_token" => field("refresh_token") == "loopback-refresh",
            _ => false,
        };
        let ours = request.parameter("client_id") == L::APP_KEY && field("client_secret") == L::APP_SECRET;
        if !known || !ours {
            return failed("LB-LOGIN", "用户名或密码错误");
        }
        let token = self.front.give_token(TOKEN_LIVES);
        let seconds = TOKEN_LIVES.num_seconds();
        json!({ "success": true, "response": {
            "access_token": token, "refresh_token": "loopback-refresh", "expires_in": seconds,
        }})
    }

    /// Signature over the bytes that arrived, then the token.
    fn admit(&self, request: &Arrived) -> Result<Value, (&'static str, &'static str)> {
        let mut parameters: Vec<_> =
            request.query.iter().filter(|(name, value)| name != "sign" && !value.is_empty()).collect();
        parameters.sort_unstable();
        let mut signed = BaiwangLoopback::APP_SECRET.as_bytes().to_vec();
        for (name, value) in parameters {
            signed.extend_from_slice(name.as_bytes());
            signed.extend_from_slice(value.as_bytes());
        }
        signed.extend_from_slice(&request.body);
        signed.extend_from_slice(BaiwangLoopback::APP_SECRET.as_bytes());
        if request.parameter("sign") != hex(&Md5::digest(&signed)).to_uppercase() {
            return Err(("100007", "错误的签名"));
        }
        let needed = ["version", "format", "timestamp", "type", "requestId"];
        if needed.iter().any(|name| request.parameter(name).is_empty()) {
            return Err(("LB-PARAMETER", "公共参数"));
        }
        if request.parameter("appKey") != BaiwangLoopback::APP_KEY {
            return Err(("LB-APP", "appKey"));
        }
        if !self.front.knows_token(request.parameter("token")) {
            return Err(("100002", "token错误"));
        }
        serde_json::from_slice(&request.body).map_err(|_| ("70169", "json"))
    }

    async fn serve(&self, method: &str, body: Value, misstep: Option<Misstep>) -> Said {
        match method {
            "baiwang.output.invoice.issue" => self.issue(body).await,
            "baiwang.output.invoice.query" => {
                let key = body.pointer("/data/serialNo").and_then(Value::as_str).unwrap_or_default();
                self.find(key, misstep).await
            }
            "baiwang.s.outputinvoice.invoice" => self.take(body).await,
            "baiwang.s.outputinvoice.query" => self.states(&body, misstep).await,
            "baiwang.s.outputinvoice.fastRed" => self.fast_red(body).await,
            "baiwang.output.redinvoice.add" => self.add(body).await,
            "baiwang.output.redinvoice.formlist" => self.list(&body).await,
            "baiwang.output.redinvoice.redforminfo" => self.details(&body).await,
            "baiwang.output.redinvoice.operate" => self.operate(&body).await,
            _ => Said::Failed("LB-METHOD", "method"),
        }
    }

    /// The enterprise line: the invoice is in the answer.
    async fn issue(&self, body: Value) -> Said {
        let Ok(Enterprise { tax_no, data }) = serde_json::from_value(body) else {
            return Said::Failed("70169", "必填");
        };
        let request = match data.red_of() {
            Some(form) => self.red_request(&data, form).await,
            None => data.request(&tax_no, &data.serial_no, "0").ok(),
        };
        let Some(request) = request else { return Said::Failed("70169", "字段") };
        let Ok(key) = IntentKey::new(&data.serial_no) else { return Said::Failed("70169", "serialNo") };
        let prepared = PreparedRequest::new(key, request.to_string());
        let issued = if data.red_of().is_some() {
            self.front.sandbox.issue_red(&prepared).await
        } else {
            self.books().requests.insert(data.serial_no.clone(), request);
            self.front.sandbox.issue(&prepared).await
        };
        match issued {
            Ok(IssueAnswer::Issued(invoice)) => {
                let shown = self.shown(&data.serial_no, &invoice, None);
                Said::Ok(json!({ "success": [shown], "fail": [] }))
            }
            Ok(_) => Said::Ok(json!({ "success": [], "fail": [] })),
            Err(error) => match error.kind() {
                ErrorKind::Rejected => {
                    Said::Ok(json!({ "success": [], "fail": [{ "serialNo": data.serial_no }] }))
                }
                ErrorKind::NoAnswer => Said::Gone,
                ErrorKind::OperatorNeeded => Said::Failed("LB-LOGIN-NEEDED", "请登录电子税务局"),
                ErrorKind::QuotaExceeded => Said::Failed("LB-QUOTA", "授信额度不足"),
                _ => Said::Failed("LB-BUSY", "系统繁忙"),
            },
        }
    }

    async fn find(&self, key: &str, misstep: Option<Misstep>) -> Said {
        let Ok(intent) = IntentKey::new(key) else { return Said::Failed("70169", "serialNo") };
        match self.front.sandbox.query(&intent).await {
            Ok(QueryAnswer::Issued(invoice)) => Said::Ok(json!([self.shown(key, &invoice, misstep)])),
            Ok(_) => Said::Ok(json!([])),
            Err(_) => Said::Gone,
        }
    }

    /// The small-business line: it is taken, and asked about.
    async fn take(&self, body: Value) -> Said {
        let Ok(Small { tax_no, order }) = serde_json::from_value(body) else {
            return Said::Failed("70169", "必填");
        };
        let number = order.order_no.clone();
        let Ok(request) = order.request(&tax_no, &number, "1") else {
            return Said::Failed("70169", "字段");
        };
        self.books().requests.insert(number.clone(), request.clone());
        match self.give(&number, request).await {
            Some(fate) => {
                self.books().orders.insert(number.clone(), fate);
                Said::Ok(json!({ "serialNo": format!("S{number}") }))
            }
            None => Said::Gone,
        }
    }

    async fn give(&self, number: &str, request: Value) -> Option<Fate> {
        let key = IntentKey::new(number).ok()?;
        match self.front.sandbox.issue(&PreparedRequest::new(key, request.to_string())).await {
            Ok(_) => Some(Fate::Given),
            Err(error) => match error.kind() {
                ErrorKind::Duplicate => Some(Fate::Given),
                ErrorKind::OperatorNeeded | ErrorKind::Busy | ErrorKind::RateLimited => {
                    Some(Fate::Held(request))
                }
                ErrorKind::NoAnswer => None,
                ErrorKind::QuotaExceeded => Some(Fate::Failed("授信额度不足".to_owned())),
                _ => Some(Fate::Failed(error.code().unwrap_or_default().to_owned())),
            },
        }
    }

    async fn states(&self, body: &Value, misstep: Option<Misstep>) -> Said {
        let numbers = body.get("orderNos").and_then(Value::as_array).cloned().unwrap_or_default();
        let mut records = Vec::new();
        for number in numbers.iter().filter_map(Value::as_str) {
            let held = match self.books().orders.get(number) {
                Some(Fate::Held(request)) => Some(request.clone()),
                _ => None,
            };
            if let Some(request) = held {
                let Some(fate) = self.give(number, request).await else { return Said::Gone };
                self.books().orders.insert(number.to_owned(), fate);
            }
            let Ok(key) = IntentKey::new(number) else { continue };
            let mut record = json!({ "orderNo": number, "serialNo": format!("S{number}") });
            let is_red = self.books().forms.contains_key(number);
            if is_red {
                let Ok(record) = self.red_record(&key, misstep).await else { return Said::Gone };
                records.push(record);
                continue;
            }
            let fate = self.books().orders.get(number).cloned();
            match (fate, self.front.sandbox.query(&key).await) {
                (_, Err(_)) => return Said::Gone,
                (Some(Fate::Failed(why)), _) => {
                    (record["status"], record["errorMessage"]) = (json!("02"), json!(why));
                }
                (_, Ok(QueryAnswer::Issued(invoice))) => {
                    record = self.shown(number, &invoice, misstep);
                    record["status"] = json!("01");
                }
                (_, Ok(QueryAnswer::Denied { code })) => {
                    (record["status"], record["errorMessage"]) = (json!("02"), json!(code));
                }
                (None, Ok(QueryAnswer::NotFound)) => continue,
                _ => record["status"] = json!("00"),
            }
            if misstep == Some(Misstep::UnknownState) {
                record["status"] = json!("77");
            }
            records.push(record);
        }
        Said::Ok(Value::Array(records))
    }

    pub(super) fn shown(&self, key: &str, invoice: &IssuedInvoice, misstep: Option<Misstep>) -> Value {
        let [net, tax, gross] = Front::amounts(invoice, misstep);
        let link = |ending| self.front.link(invoice, ending);
        json!({
            "orderNo": key, "serialNo": key, "invoiceNo": invoice.number, "digitInvoiceNo": invoice.number,
            "invoiceDate": local(invoice.issued_at).format("%Y%m%d%H%M%S").to_string(),
            "invoiceTotalPrice": net, "invoiceTotalTax": tax, "invoiceTotalPriceTax": gross,
            "pdfUrl": link("pdf"), "ofdUrl": link("ofd"), "xmlUrl": link("xml"),
        })
    }
}

/// The clock on the wall in China.
pub(super) fn local(at: DateTime<Utc>) -> DateTime<Utc> {
    at + TimeDelta::hours(8)
}
