use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit, Mac};
use invoice_core::id::IntentKey;
use invoice_core::provider::{
    CallbackEvent, CallbackOutcome, Effect, IssuedInvoice, ProviderError, QueryAnswer,
};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use super::codes::SandboxCode;

/// Which callbacks a bureau sends.
#[derive(Clone, PartialEq, Eq)]
pub enum Callbacks {
    /// None.
    None,
    /// Without a signature: a hint to query, nothing more.
    Unsigned,
    /// Signed with HMAC-SHA256 under this key.
    Signed(Vec<u8>),
}

impl std::fmt::Debug for Callbacks {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::None => "None",
            Self::Unsigned => "Unsigned",
            Self::Signed(_) => "Signed(redacted)",
        })
    }
}

/// A callback on its way to the shop: pass both parts to `parse_callback`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallbackMessage {
    /// The headers.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

const SIGNATURE: &str = "x-sandbox-signature";
const REPLY: &[u8] = b"{\"result\":\"ok\"}";

#[derive(Serialize, Deserialize)]
struct News {
    key: IntentKey,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    invoice: Option<IssuedInvoice>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    denied: Option<String>,
}

/// A callback that waits for its time.
#[derive(Debug)]
pub(super) struct Waiting {
    pub(super) due: DateTime<Utc>,
    pub(super) key: IntentKey,
}

fn mac(secret: &[u8], body: &[u8]) -> Option<Hmac<Sha256>> {
    let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(secret).ok()?;
    mac.update(body);
    Some(mac)
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    if !text.len().is_multiple_of(2) {
        return None;
    }
    text.as_bytes().chunks(2).map(|pair| Some(digit(*pair.first()?)? << 4 | digit(*pair.get(1)?)?)).collect()
}

impl Callbacks {
    pub(super) fn message(&self, key: &IntentKey, answer: &QueryAnswer) -> Option<CallbackMessage> {
        let (invoice, denied) = match answer {
            QueryAnswer::Issued(invoice) => (Some(invoice.clone()), None),
            QueryAnswer::Denied { code } => (None, Some(code.clone())),
            _ => return None,
        };
        let body = serde_json::to_vec(&News { key: key.clone(), invoice, denied }).ok()?;
        let mut headers = vec![("content-type".to_owned(), "application/json".to_owned())];
        match self {
            Self::None => return None,
            Self::Unsigned => {}
            Self::Signed(secret) => {
                let tag = mac(secret, &body)?.finalize().into_bytes();
                let hex = tag.iter().map(|byte| format!("{byte:02x}")).collect();
                headers.push((SIGNATURE.to_owned(), hex));
            }
        }
        Some(CallbackMessage { headers, body })
    }

    /// Reads a callback. The signature is compared in constant time, and before the body is looked at.
    pub(super) fn parse(
        &self,
        headers: &[(String, String)],
        body: &[u8],
    ) -> Result<CallbackOutcome, ProviderError> {
        // Whatever is wrong with a callback says nothing about what it talks of.
        let wrong = |code: SandboxCode| code.with_effect(Effect::Unknown);
        if let Self::Signed(secret) = self {
            let mut said = headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case(SIGNATURE));
            let tag = match (said.next(), said.next()) {
                (Some((_, hex)), None) => from_hex(hex),
                _ => None,
            };
            let good = tag.zip(mac(secret, body)).is_some_and(|(tag, mac)| mac.verify_slice(&tag).is_ok());
            if !good {
                return Err(wrong(SandboxCode::CallbackSignature));
            }
        }
        let news: News = serde_json::from_slice(body).map_err(|_| wrong(SandboxCode::CallbackUnreadable))?;
        let reply = REPLY.to_vec();
        if !matches!(self, Self::Signed(_)) {
            return Ok(CallbackOutcome::Hint { keys: vec![news.key], reply });
        }
        let answer = match (news.invoice, news.denied) {
            (Some(invoice), None) => QueryAnswer::Issued(invoice),
            (None, Some(code)) => QueryAnswer::Denied { code },
            _ => return Err(wrong(SandboxCode::CallbackUnreadable)),
        };
        let event = CallbackEvent::Intent { key: news.key, answer };
        Ok(CallbackOutcome::Verified { events: vec![event], reply })
    }
}
