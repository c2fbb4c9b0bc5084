//! One request: who sends it, what for, and what the sandbox makes of it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use invoice_core::env::Clock;
use invoice_core::id::IntentKey;
use invoice_core::provider::{ErrorKind, InvoiceProvider, PreparedRequest, SessionState};
use serde_json::{Value, json};

use super::super::disturb::{Words, after, before};
use super::super::misstep::{Misstep, Missteps, Operation};
use super::super::red::whole;
use super::super::server::{Answer, Arrived, Counter, Reply};
use super::super::{books, files};
use super::keys::Keys;
use super::read::{Application, Reverse};
use super::titles::title_url;
use super::wire::{Said, admit, reply, signed};
use super::{WechatLoopback, account};
use crate::sandbox::SandboxBureau;

const PREFIX: &str = "/v3/new-tax-control-fapiao/";

/// What this front remembers besides the sandbox's books.
#[derive(Default)]
pub(super) struct Books {
    pub(super) files: String,
    nonces: BTreeSet<String>,
    answers: u64,
    /// By `fapiao_id`.
    pub(super) orders: BTreeMap<String, Order>,
    /// By `fapiao_apply_id`.
    pub(super) titles: BTreeMap<String, Value>,
    pub(super) cards: Vec<Value>,
}

#[derive(Clone)]
pub(super) struct Order {
    body: Vec<u8>,
    /// What the sandbox reads.
    pub(super) request: Value,
    pub(super) fate: Fate,
    /// The key of the red at the sandbox, once one was asked for, and how many were.
    pub(super) red: Option<(String, usize)>,
}

#[derive(Clone)]
pub(super) enum Fate {
    Given,
    /// Waits for a person of the seller at the bureau.
    Held,
    /// Refused: code and message.
    Failed(&'static str, String),
}

pub(super) struct Desk {
    pub(super) sandbox: SandboxBureau,
    clock: Arc<dyn Clock>,
    pub(super) keys: &'static Keys,
    pub(super) missteps: Missteps,
    pub(super) books: Mutex<Books>,
}

fn operation(method: &str, path: &str) -> Operation {
    let rest = path.strip_prefix(PREFIX).unwrap_or(path);
    let parts: Vec<&str> = rest.split('/').collect();
    match (method, parts.as_slice()) {
        ("POST", ["fapiao-applications", "issue-general"]) => Operation::Issue,
        ("POST", ["fapiao-applications", _, "reverse"]) => Operation::ApplyRed,
        ("GET", ["fapiao-applications", _]) => Operation::Query,
        ("GET", ["", "files", _]) => Operation::File,
        _ => Operation::Other,
    }
}

/// The connection is cut.
pub(super) struct Gone;

#[async_trait]
impl Counter for Desk {
    fn now(&self) -> DateTime<Utc> {
        self.now()
    }

    async fn answer(&self, request: Arrived) -> Reply {
        let misstep = self.missteps.take(operation(&request.method, &request.path));
        if let Some(misstep) = misstep.filter(|misstep| misstep.is_before()) {
            return match said_before(misstep) {
                Some(said) if misstep == Misstep::ClockApart => match self.signed(said) {
                    Reply::Answer(answer) => {
                        Reply::Answer(Answer { clock_ahead: TimeDelta::hours(1), ..answer })
                    }
                    other => other,
                },
                Some(said) => self.signed(said),
                None => before(misstep, &words()),
            };
        }
        let said = match request.path.strip_prefix(PREFIX) {
            Some(path) => match self.admit(&request) {
                true => self.serve(path, &request, misstep).await,
                false => Ok(Said::failed(401, "SIGN_ERROR", "验签失败")),
            },
            None => return self.aside(&request.path).await,
        };
        let Ok(said) = said else { return Reply::Cut };
        match misstep {
            Some(Misstep::BusyAfter) => self.signed(Said::failed(500, "SYSTEM_ERROR", "系统繁忙")),
            Some(Misstep::UnknownCodeAfter) => self.signed(Said::failed(400, "LB_777", "?")),
            Some(Misstep::WrongSignature) => self.signed_by(said, WechatLoopback::PLATFORM_KEY, true),
            Some(Misstep::WrongSerial) => self.signed_by(said, "PUB_KEY_ID_OF_NOBODY", true),
            Some(misstep) => after(misstep, self.signed(said), &words()),
            None => self.signed(said),
        }
    }
}

/// What the service says instead of doing anything, in its own words.
fn said_before(misstep: Misstep) -> Option<Said> {
    match misstep {
        Misstep::Busy => Some(Said::failed(500, "SYSTEM_ERROR", "系统繁忙")),
        Misstep::TokenExpired | Misstep::ClockApart => Some(Said::failed(401, "SIGN_ERROR", "验签失败")),
        Misstep::UnknownCode => Some(Said::failed(400, "LB_777", "?")),
        _ => None,
    }
}

/// These are said above.
fn words() -> Words {
    Words { busy: Value::Null, token_ended: Value::Null, clock: Value::Null, unknown: Value::Null }
}

impl Desk {
    pub(super) fn new(sandbox: SandboxBureau, clock: Arc<dyn Clock>, keys: &'static Keys) -> Self {
        Self { sandbox, clock, keys, missteps: Missteps::default(), books: Mutex::default() }
    }

    pub(super) fn books(&self) -> MutexGuard<'_, Books> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    pub(super) fn next_nonce(&self) -> String {
        let mut books = self.books();
        books.answers += 1;
        format!("{:032}", books.answers)
    }

    fn signed(&self, said: Said) -> Reply {
        self.signed_by(said, WechatLoopback::PLATFORM_KEY, false)
    }

    fn signed_by(&self, said: Said, serial: &str, foreign: bool) -> Reply {
        let pair = if foreign { &self.keys.foreign } else { &self.keys.platform };
        let headers = signed((serial, pair), self.now(), &self.next_nonce(), &said.body);
        reply(said, headers)
    }

    /// Addresses that are ours alone, and files, which nobody signs.
    async fn aside(&self, path: &str) -> Reply {
        match path {
            "/books" => Reply::json(&books::shown(&self.sandbox)),
            "/account" => Reply::json(&account(self.keys)),
            path => files::file(&self.sandbox, path).await,
        }
    }

    /// Signature over the bytes that arrived, now, and never the same nonce again.
    fn admit(&self, request: &Arrived) -> bool {
        let nonce = admit(self.keys, request, self.now());
        nonce.is_some_and(|nonce| self.books().nonces.insert(nonce))
    }

    async fn serve(&self, path: &str, request: &Arrived, misstep: Option<Misstep>) -> Result<Said, Gone> {
        let parts: Vec<&str> = path.split('/').collect();
        match (request.method.as_str(), parts.as_slice()) {
            ("POST", ["fapiao-applications", "issue-general"]) => self.issue(request, misstep).await,
            ("POST", ["fapiao-applications", id, "reverse"]) => self.reverse(id, request).await,
            ("POST", ["fapiao-applications", _, "insert-cards"]) => Ok(self.insert(request)),
            ("GET", ["fapiao-applications", id]) => self.find(id, request, misstep).await,
            ("GET", ["fapiao-applications", id, "fapiao-files"]) => self.links(id, request).await,
            ("GET", ["merchant", seller, "check-status"]) => self.check(seller).await,
            ("GET", ["user-title"]) => Ok(self.title(request)),
            ("GET", ["user-title", "title-url"]) => Ok(title_url(request)),
            _ => Ok(Said::failed(404, "RESOURCE_NOT_EXISTS", "不存在")),
        }
    }

    async fn check(&self, seller: &str) -> Result<Said, Gone> {
        let Ok(state) = self.sandbox.session(seller).await else { return Err(Gone) };
        let status = if state == SessionState::Ready { "ENABLED" } else { "SECURITY_SETTING_PENDING" };
        Ok(Said::ok(&json!({
            "sub_mchid": seller,
            "digital_tax_mode": {
                "status": status,
                "billing_person_info": { "id": WechatLoopback::BILLING_PERSON, "name": "开票员" },
                "ability_info": [{ "type": "BASE_ABILITY", "status": "AUTHORIZED" }],
            },
        })))
    }

    async fn issue(&self, arrived: &Arrived, misstep: Option<Misstep>) -> Result<Said, Gone> {
        if arrived.header("wechatpay-serial") != WechatLoopback::PLATFORM_KEY {
            return Ok(Said::failed(400, "PARAM_ERROR", "Wechatpay-Serial"));
        }
        let Ok(application) = serde_json::from_slice::<Application>(&arrived.body) else {
            return Ok(Said::failed(400, "PARAM_ERROR", "必填"));
        };
        let key = application.fapiao_information.fapiao_id.clone();
        if let Some(known) = self.books().orders.get(&key) {
            let same = known.body == arrived.body && !matches!(known.fate, Fate::Failed(..));
            return Ok(if same {
                Said::accepted()
            } else {
                Said::failed(400, "INVALID_REQUEST", "商户发票单号已使用")
            });
        }
        let request = match application.request() {
            Ok(request) => request,
            Err(field) => return Ok(Said::failed(400, "PARAM_ERROR", field)),
        };
        let fate = match misstep {
            Some(Misstep::IssueFails) => Fate::Failed("BIZ_ERROR", "开票失败".to_owned()),
            _ => self.give(&key, &request).await?,
        };
        let order = Order { body: arrived.body.clone(), request, fate, red: None };
        self.books().orders.insert(key, order);
        Ok(Said::accepted())
    }

    pub(super) async fn give(&self, key: &str, request: &Value) -> Result<Fate, Gone> {
        let Ok(key) = IntentKey::new(key) else { return Ok(Fate::Failed("PARAM_ERROR", String::new())) };
        match self.sandbox.issue(&PreparedRequest::new(key, request.to_string())).await {
            Ok(_) => Ok(Fate::Given),
            Err(error) => match error.kind() {
                ErrorKind::Duplicate => Ok(Fate::Given),
                ErrorKind::OperatorNeeded | ErrorKind::Busy | ErrorKind::RateLimited => Ok(Fate::Held),
                ErrorKind::NoAnswer => Err(Gone),
                ErrorKind::QuotaExceeded => Ok(Fate::Failed("BIZ_ERROR", "可用发票额度不足".to_owned())),
                _ => Ok(Fate::Failed("BIZ_ERROR", error.code().unwrap_or_default().to_owned())),
            },
        }
    }

    async fn reverse(&self, id: &str, arrived: &Arrived) -> Result<Said, Gone> {
        let Ok(reverse) = serde_json::from_slice::<Reverse>(&arrived.body) else {
            return Ok(Said::failed(400, "PARAM_ERROR", "必填"));
        };
        let reason = match reverse.reason() {
            Ok(reason) => reason,
            Err(field) => return Ok(Said::failed(400, "PARAM_ERROR", field)),
        };
        let [of] = &reverse.fapiao_information;
        let invalid = |message: &str| Ok(Said::failed(400, "INVALID_REQUEST", message));
        let order = self.books().orders.get(&of.fapiao_id).cloned();
        let Some(order) = order.filter(|_| of.fapiao_id == id) else { return invalid("发票不存在") };
        let Ok(Some(record)) = self.record(id, None).await else { return Err(Gone) };
        let said = |pointer: &str| record.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
        let ours = order.request.pointer("/seller/tax_id").and_then(Value::as_str);
        if said("/blue_fapiao/fapiao_number") != of.fapiao_number || ours != Some(&reverse.sub_mchid) {
            return invalid("发票号码");
        }
        match said("/status") {
            "REVERSE_ACCEPTED" => return Ok(Said::accepted()),
            "ISSUED" | "REVERSE_FAILED" => {}
            _ => return invalid("发票状态"),
        }
        let times = order.red.as_ref().map_or(0, |(_, times)| *times) + 1;
        let key = format!("{id}R{times}");
        let Ok(request) = red_request(&order.request, &key, &of.fapiao_number, reason) else {
            return invalid("发票");
        };
        let Ok(intent) = IntentKey::new(&key) else { return invalid("fapiao_id") };
        let applied =
            self.sandbox.apply_red(&PreparedRequest::new(intent.clone(), request.to_string())).await;
        let known = match &applied {
            Ok(_) => true,
            // Lost on the way there or back: the sandbox knows.
            Err(_) => matches!(self.sandbox.query_confirmation(&intent).await, Ok(Some(_))),
        };
        if known && let Some(order) = self.books().orders.get_mut(id) {
            order.red = Some((key, times));
        }
        match applied {
            Ok(_) => Ok(Said::accepted()),
            Err(error) if error.kind() == ErrorKind::Rejected => invalid("校验不通过"),
            Err(error) if error.kind() == ErrorKind::NoAnswer => Err(Gone),
            Err(_) => Ok(Said::failed(500, "SYSTEM_ERROR", "系统繁忙")),
        }
    }
}

/// The whole invoice taken back, as the sandbox reads it.
fn red_request(blue: &Value, key: &str, number: &str, reason: &str) -> Result<Value, &'static str> {
    let mut request = blue.clone();
    let mut rows = whole(blue)?;
    for row in rows.iter_mut().filter(|_| reason == "04") {
        (row["quantity"], row["unit_price"]) = (Value::Null, Value::Null);
    }
    let total = |name: &str| super::super::amounts::total(&rows, name);
    (request["net"], request["tax"], request["gross"]) =
        (json!(total("net")?), json!(total("tax")?), json!(total("gross")?));
    (request["key"], request["remark"]) = (json!(key), Value::Null);
    request["red"] = json!({ "blue": number, "reason": reason });
    request["rows"] = Value::Array(rows);
    Ok(request)
}
