//! One request: who sends it, what for, and what the sandbox makes of it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, SHA256, digest};
use chrono::{DateTime, TimeDelta, Utc};
use invoice_core::env::Clock;
use invoice_core::id::IntentKey;
use invoice_core::money::Money;
use invoice_core::provider::{
    ErrorKind, InvoiceProvider, IssueAnswer, IssuedInvoice, PreparedRequest, QueryAnswer,
};
use md5::{Digest as _, Md5};
use serde_json::{Value, json};

use super::super::disturb::{Words, after, before};
use super::super::misstep::{Misstep, Missteps, Operation};
use super::super::server::{Arrived, Counter, Reply};
use super::super::{books, files};
use super::BaiwangLoopback;
use super::read::{Enterprise, Small};
use crate::sandbox::SandboxBureau;

const TOKEN_LIVES: TimeDelta = TimeDelta::hours(6);

/// What this front remembers besides the sandbox's books.
#[derive(Default)]
pub(super) struct Books {
    pub(super) files: String,
    pub(super) token: Option<(String, DateTime<Utc>)>,
    pub(super) tokens: u64,
    /// Orders of the small-business line that were refused, or wait for a person.
    orders: BTreeMap<String, Fate>,
}

#[derive(Clone)]
enum Fate {
    Given,
    Held(Value),
    Failed(String),
}

pub(super) struct Desk {
    pub(super) sandbox: SandboxBureau,
    clock: Arc<dyn Clock>,
    pub(super) missteps: Missteps,
    pub(super) books: Mutex<Books>,
}

fn failed(code: &str, message: &str) -> Value {
    json!({ "success": false, "errorResponse": { "code": code, "message": message, "subCode": null } })
}

fn words() -> Words {
    Words {
        busy: failed("LB-BUSY", "系统繁忙"),
        token_ended: failed("100002", "token错误"),
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
        "baiwang.output.invoice.query" | "baiwang.s.outputinvoice.query" => Operation::Query,
        _ => Operation::Other,
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

enum Said {
    Ok(Value),
    Failed(&'static str, &'static str),
    Gone,
}

#[async_trait]
impl Counter for Desk {
    async fn answer(&self, request: Arrived) -> Reply {
        let method = request.parameter("method").to_owned();
        let misstep = self.missteps.take(operation(&request.path, &method));
        if let Some(misstep) = misstep.filter(|misstep| misstep.is_before()) {
            return before(misstep, &words());
        }
        let reply = match (request.path.as_str(), method.as_str()) {
            ("/books", _) => Reply::json(&books::shown(&self.sandbox)),
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
            (path, _) => files::file(&self.sandbox, path).await,
        };
        match misstep {
            Some(misstep) => after(misstep, reply, &words()),
            None => reply,
        }
    }
}

impl Desk {
    pub(super) fn new(sandbox: SandboxBureau, clock: Arc<dyn Clock>) -> Self {
        Self { sandbox, clock, missteps: Missteps::default(), books: Mutex::default() }
    }

    fn books(&self) -> MutexGuard<'_, Books> {
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
        let mut books = self.books();
        books.tokens += 1;
        let token = format!("loopback-token-{}", books.tokens);
        books.token = Some((token.clone(), self.clock.now() + TOKEN_LIVES));
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
        let books = self.books();
        let token = books.token.as_ref().filter(|(_, end)| *end > self.clock.now());
        if token.is_none_or(|(token, _)| token != request.parameter("token")) {
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
            _ => Said::Failed("LB-METHOD", "method"),
        }
    }

    /// The enterprise line: the invoice is in the answer.
    async fn issue(&self, body: Value) -> Said {
        let Ok(Enterprise { tax_no, data }) = serde_json::from_value(body) else {
            return Said::Failed("70169", "必填");
        };
        let Ok(request) = data.request(&tax_no, &data.serial_no, "0") else {
            return Said::Failed("70169", "字段");
        };
        let Ok(key) = IntentKey::new(&data.serial_no) else { return Said::Failed("70169", "serialNo") };
        match self.sandbox.issue(&PreparedRequest::new(key, request.to_string())).await {
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
        match self.sandbox.query(&intent).await {
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
        match self.sandbox.issue(&PreparedRequest::new(key, request.to_string())).await {
            Ok(_) => Some(Fate::Given),
            Err(error) => match error.kind() {
                ErrorKind::Duplicate => Some(Fate::Given),
                ErrorKind::OperatorNeeded | ErrorKind::Busy | ErrorKind::RateLimited => {
                    Some(Fate::Held(request))
                }
                ErrorKind::NoAnswer => None,
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
            let fate = self.books().orders.get(number).cloned();
            match (fate, self.sandbox.query(&key).await) {
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

    fn shown(&self, key: &str, invoice: &IssuedInvoice, misstep: Option<Misstep>) -> Value {
        let cent = Money::from_fen(i64::from(misstep == Some(Misstep::CentOff)));
        let off = |amount: Money| amount.checked_add(cent).unwrap_or(amount).to_string();
        let (files, number) = (self.books().files.clone(), invoice.number.as_str());
        let local = invoice.issued_at + TimeDelta::hours(8);
        json!({
            "orderNo": key, "serialNo": key, "invoiceNo": number, "digitInvoiceNo": number,
            "invoiceDate": local.format("%Y%m%d%H%M%S").to_string(),
            "invoiceTotalPrice": off(invoice.net), "invoiceTotalTax": invoice.tax,
            "invoiceTotalPriceTax": off(invoice.gross),
            "pdfUrl": format!("{files}/{number}.pdf"), "ofdUrl": format!("{files}/{number}.ofd"),
            "xmlUrl": format!("{files}/{number}.xml"),
        })
    }
}
