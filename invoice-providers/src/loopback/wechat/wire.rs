//! Signatures, on what arrives and on what is answered.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};

use super::super::server::{Answer, Arrived, Reply};
use super::WechatLoopback;
use super::keys::{Keys, Pair};

const WINDOW: TimeDelta = TimeDelta::seconds(300);
const JSON: &str = "application/json; charset=utf-8";

/// An answer before it is signed.
pub(super) struct Said {
    pub(super) status: u16,
    pub(super) body: String,
}

impl Said {
    pub(super) fn ok(body: &serde_json::Value) -> Self {
        Self { status: 200, body: body.to_string() }
    }

    pub(super) const fn accepted() -> Self {
        Self { status: 202, body: String::new() }
    }

    pub(super) fn failed(status: u16, code: &str, message: &str) -> Self {
        let body = serde_json::json!({ "code": code, "message": message });
        Self { status, body: body.to_string() }
    }
}

/// The headers that say whose an answer or a callback is.
pub(super) fn signed(
    (serial, pair): (&str, &Pair),
    now: DateTime<Utc>,
    nonce: &str,
    body: &str,
) -> Vec<(&'static str, String)> {
    let timestamp = now.timestamp().to_string();
    let signature = pair.sign(format!("{timestamp}\n{nonce}\n{body}\n").as_bytes()).unwrap_or_default();
    vec![
        ("wechatpay-serial", serial.to_owned()),
        ("wechatpay-timestamp", timestamp),
        ("wechatpay-nonce", nonce.to_owned()),
        ("wechatpay-signature", signature),
    ]
}

pub(super) fn reply(said: Said, headers: Vec<(&'static str, String)>) -> Reply {
    let Said { status, body } = said;
    let (body, clock_ahead) = (body.into_bytes(), TimeDelta::zero());
    Reply::Answer(Answer { status, content_type: JSON, headers, body, broken_after: None, clock_ahead })
}

/// The nonce of a request that this merchant has signed now.
pub(super) fn admit(keys: &Keys, request: &Arrived, now: DateTime<Utc>) -> Option<String> {
    let header = request.header("authorization").strip_prefix("WECHATPAY2-SHA256-RSA2048 ")?;
    let pair = |pair: &str| {
        let (name, value) = pair.split_once('=')?;
        Some((name.to_owned(), value.strip_prefix('"')?.strip_suffix('"')?.to_owned()))
    };
    let fields: BTreeMap<String, String> = header.split(',').map(pair).collect::<Option<_>>()?;
    let field = |name: &str| fields.get(name).filter(|value| !value.is_empty());
    let (timestamp, nonce) = (field("timestamp")?, field("nonce_str")?);
    let at = DateTime::from_timestamp(timestamp.parse().ok()?, 0)?;
    let head = format!("{}\n{}\n{timestamp}\n{nonce}\n", request.method, request.target);
    let message = [head.as_bytes(), &request.body, b"\n"].concat();
    let known =
        field("mchid")? == WechatLoopback::MCHID && field("serial_no")? == WechatLoopback::MERCHANT_SERIAL;
    let fits = known && (now - at).abs() <= WINDOW && nonce.len() <= 32;
    (fits && keys.merchant.verify(&message, field("signature")?)).then(|| nonce.clone())
}
