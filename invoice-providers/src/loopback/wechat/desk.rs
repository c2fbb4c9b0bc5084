//! One request: who sends it, what for, and what the sandbox makes of it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use invoice_core::env::Clock;
use invoice_core::id::IntentKey;
use invoice_core::provider::{
    ErrorKind, InvoiceProvider, IssuedInvoice, PreparedRequest, QueryAnswer, SessionState,
};
use serde_json::{Value, json};

use super::super::disturb::{Words, after, before};
use super::super::misstep::{Misstep, Missteps, Operation};
use super::super::red::whole;
use super::super::server::{Answer, Arrived, Counter, Reply};
use super::super::{books, files};
use super::keys::Keys;
use super::read::{Application, Reverse};
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
    request: Value,
    fate: Fate,
    /// The key of the red at the sandbox, once one was asked for, and how many were.
    red: Option<(String, usize)>,
}

#[derive(Clone)]
enum Fate {
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

    async fn give(&self, key: &str, request: &Value) -> Result<Fate, Gone> {
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

    async fn find(&self, id: &str, request: &Arrived, misstep: Option<Misstep>) -> Result<Said, Gone> {
        let absent = Said::failed(404, "RESOURCE_NOT_EXISTS", "发票不存在");
        let asked = request.parameter("fapiao_id");
        if request.parameter("sub_mchid").is_empty() || !(asked.is_empty() || asked == id) {
            return Ok(absent);
        }
        Ok(match self.record(id, misstep).await? {
            Some(record) => Said::ok(&json!({ "total_count": 1, "fapiao_information": [record] })),
            None => absent,
        })
    }

    /// A record as a query shows it; `None` when there is none.
    pub(super) async fn record(&self, id: &str, misstep: Option<Misstep>) -> Result<Option<Value>, Gone> {
        let Some(mut order) = self.books().orders.get(id).cloned() else { return Ok(None) };
        if matches!(order.fate, Fate::Held) {
            order.fate = self.give(id, &order.request).await?;
            self.books().orders.insert(id.to_owned(), order.clone());
        }
        let Ok(key) = IntentKey::new(id) else { return Ok(None) };
        let mut record = json!({
            "fapiao_id": id, "status": "ISSUE_ACCEPTED", "total_amount": 0, "tax_amount": 0, "amount": 0,
            "card_information": { "card_appid": "loopback", "card_openid": "loopback-openid", "card_status": "INSERTED" },
        });
        match (&order.fate, self.sandbox.query(&key).await) {
            (_, Err(_)) => return Err(Gone),
            (Fate::Failed(code, message), _) => failed(&mut record, "ISSUE_FAILED", code, message),
            (_, Ok(QueryAnswer::Denied { code })) => failed(&mut record, "ISSUE_FAILED", "BIZ_ERROR", &code),
            (_, Ok(QueryAnswer::Issued(invoice))) => {
                record["status"] = json!("ISSUED");
                record["blue_fapiao"] = printed(&invoice);
                let cent = i64::from(misstep == Some(Misstep::CentOff));
                record["total_amount"] = json!(invoice.gross.fen() + cent);
                record["amount"] = json!(invoice.net.fen() + cent);
                record["tax_amount"] = json!(invoice.tax.fen());
            }
            _ => {}
        }
        if let Some((red, _)) = order.red {
            self.reversal(&mut record, &red).await?;
        }
        if misstep == Some(Misstep::UnknownState) {
            record["status"] = json!("LB_STATE");
        }
        Ok(Some(record))
    }

    async fn reversal(&self, record: &mut Value, red: &str) -> Result<(), Gone> {
        let Ok(key) = IntentKey::new(red) else { return Ok(()) };
        let Ok(known) = self.sandbox.query_confirmation(&key).await else { return Err(Gone) };
        let Some(known) = known else { return Ok(()) };
        match known.red {
            Some(red) => {
                record["status"] = json!("REVERSED");
                record["red_fapiao"] = printed(&red);
            }
            None if known.state.is_dead() => {
                failed(record, "REVERSE_FAILED", "BIZ_ERROR", known.state.code());
            }
            None => record["status"] = json!("REVERSE_ACCEPTED"),
        }
        Ok(())
    }

    async fn links(&self, id: &str, request: &Arrived) -> Result<Said, Gone> {
        let record = self.record(id, None).await?;
        let status = record.as_ref().and_then(|record| record.get("status")?.as_str()).unwrap_or_default();
        let number =
            record.as_ref().and_then(|record| record.pointer("/blue_fapiao/fapiao_number")?.as_str());
        let Some(number) = number.filter(|_| !request.parameter("sub_mchid").is_empty()) else {
            return Ok(Said::failed(404, "RESOURCE_NOT_EXISTS", "发票不存在"));
        };
        let link = format!("{}/{number}.pdf?token=loopback", self.books().files);
        let file = json!({ "fapiao_id": id, "download_url": link, "status": status });
        Ok(Said::ok(&json!({ "fapiao_download_info_list": [file] })))
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

    fn title(&self, request: &Arrived) -> Said {
        if !["WITH_WECHATPAY", "WITHOUT_WECHATPAY"].contains(&request.parameter("scene")) {
            return Said::failed(400, "PARAM_ERROR", "scene");
        }
        let Some(mut title) = self.books().titles.get(request.parameter("fapiao_apply_id")).cloned() else {
            return Said::failed(404, "RESOURCE_NOT_EXISTS", "用户未填写");
        };
        for name in ["phone", "email"] {
            if let Some(text) = title.get(name).and_then(Value::as_str) {
                title[name] = json!(self.keys.merchant.seal_field(text));
            }
        }
        Said::ok(&title)
    }

    fn insert(&self, request: &Arrived) -> Said {
        let mut body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
        let needed = [
            "/scene",
            "/buyer_information/type",
            "/buyer_information/name",
            "/fapiao_card_information/0/fapiao_media_id",
            "/fapiao_card_information/0/fapiao_number",
            "/fapiao_card_information/0/fapiao_time",
            "/fapiao_card_information/0/seller_information/taxpayer_id",
            "/fapiao_card_information/0/extra_information/drawer",
        ];
        let filled = |pointer: &&str| {
            body.pointer(pointer).and_then(Value::as_str).is_some_and(|text| !text.is_empty())
        };
        if let Some(missing) = needed.iter().find(|pointer| !filled(pointer)) {
            return Said::failed(400, "PARAM_ERROR", missing);
        }
        for name in ["phone", "email"] {
            let Some(buyer) = body.get_mut("buyer_information") else { continue };
            let Some(sealed) = buyer.get(name).and_then(Value::as_str) else { continue };
            match self.keys.platform.open_field(sealed) {
                Some(plain) => buyer[name] = json!(plain),
                None => return Said::failed(400, "PARAM_ERROR", name),
            }
        }
        self.books().cards.push(body);
        Said::accepted()
    }
}

fn title_url(request: &Arrived) -> Said {
    let needed = ["fapiao_apply_id", "source", "appid", "openid", "total_amount"];
    match needed.iter().find(|name| request.parameter(name).is_empty()) {
        Some(missing) => Said::failed(400, "PARAM_ERROR", missing),
        None => Said::ok(&json!({ "title_url": "https://payapp.weixin.qq.com/loopback" })),
    }
}

fn failed(record: &mut Value, status: &str, code: &str, message: &str) {
    record["status"] = json!(status);
    (record["fapiao_error_code"], record["fapiao_error_message"]) = (json!(code), json!(message));
}

fn printed(invoice: &IssuedInvoice) -> Value {
    json!({
        "fapiao_code": invoice.number.code().unwrap_or_default(), "fapiao_number": invoice.number.as_str(),
        "check_code": "", "password": "", "fapiao_time": invoice.issued_at.to_rfc3339(),
    })
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
