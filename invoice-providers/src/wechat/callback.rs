//! Callbacks: signed by the platform, and sealed under the APIv3 key.

use std::fmt;

use chrono::{DateTime, Utc};
use invoice_core::id::IntentKey;
use invoice_core::provider::{CallbackEvent, CallbackOutcome, Effect, ErrorKind, ProviderError, QueryAnswer};
use serde::Deserialize;

use super::sign::{Proof, Seal};
use super::{WechatPay, error, seal};
use crate::service::Nature;

/// What the service wants to read back, with status 200. Without it the callback comes again: after 15, 15, 30, 180 and
/// 1800 seconds and so on (vendor's page).
const REPLY: &[u8] = b"{\"code\":\"SUCCESS\",\"message\":\"OK\"}";
const ALGORITHM: &str = "AEAD_AES_256_GCM";

#[derive(Deserialize)]
struct Envelope {
    event_type: String,
    resource: Resource,
}

#[derive(Deserialize)]
struct Resource {
    algorithm: String,
    ciphertext: String,
    #[serde(default)]
    associated_data: String,
    nonce: String,
}

#[derive(Deserialize)]
struct Plain {
    fapiao_apply_id: String,
    #[serde(default)]
    fapiao_information: Vec<FapiaoNews>,
}

/// What a callback says of one invoice.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct FapiaoNews {
    /// The number that the request gave it (`fapiao_id`); our key, where the desk has issued it.
    pub fapiao_id: String,
    /// Its state, as a query says it.
    pub fapiao_status: String,
    /// The state of its card in the wallet: `INSERT_ACCEPTED`, `INSERTED`, `DISCARD_ACCEPTED`, `DISCARDED`.
    pub card_status: String,
}

/// A callback, opened. `Debug` shows its event only.
#[derive(Clone, PartialEq, Eq)]
pub struct Notice {
    event: String,
    application: String,
    fapiao: Vec<FapiaoNews>,
    verified: bool,
}

impl Notice {
    /// `FAPIAO.USER_APPLIED`, `FAPIAO.ISSUED`, `FAPIAO.REVERSED`, `FAPIAO.CARD_INSERTED`, `FAPIAO.CARD_DISCARDED`.
    #[must_use]
    pub fn event(&self) -> &str {
        &self.event
    }

    /// The application (`fapiao_apply_id`) that it is about: with `FAPIAO.USER_APPLIED` the one whose title the buyer has
    /// filled in.
    #[must_use]
    pub fn application(&self) -> &str {
        &self.application
    }

    /// What it says of each invoice.
    #[must_use]
    pub fn fapiao(&self) -> &[FapiaoNews] {
        &self.fapiao
    }

    /// Whether the platform has signed it, with a key that is known here. Sealed under the APIv3 key it is in any case.
    #[must_use]
    pub const fn is_verified(&self) -> bool {
        self.verified
    }
}

impl fmt::Debug for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Notice({})", self.event)
    }
}

fn refused(code: &str) -> ProviderError {
    ProviderError::new(ErrorKind::Rejected, Effect::Unknown).with_code(code)
}

impl WechatPay {
    /// Reads a callback from its raw headers and body. For what the desk has no interest in, such as a title that a
    /// buyer has filled in; everything else goes to
    /// [`InvoiceDesk::callback`](invoice_core::desk::InvoiceDesk::callback).
    ///
    /// # Errors
    /// [`ErrorKind::Rejected`] when it is not the platform's: not signed, signed otherwise, or not sealed under the key
    /// of this account. [`ErrorKind::ClockSkew`] when it was signed more than 300 seconds from `now`.
    pub fn notice(
        &self,
        headers: &[(String, String)],
        body: &[u8],
        now: DateTime<Utc>,
    ) -> Result<Notice, ProviderError> {
        let find = |name: &str| {
            let found = headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
            found.map(|(_, value)| value.as_str())
        };
        let verified = match Seal::new(find).check(&self.account.keys.platform, body, now) {
            Proof::Good => true,
            Proof::UnknownKey => false,
            Proof::Stale(at) => return Err(error::clocks_differ(at, now, Nature::Acts)),
            Proof::Bad => return Err(refused("SIGNATURE")),
        };
        let envelope: Envelope = serde_json::from_slice(body).map_err(|_| refused("CALLBACK"))?;
        let resource = envelope.resource;
        if resource.algorithm != ALGORITHM {
            return Err(refused("ALGORITHM"));
        }
        let key = &self.account.keys.api;
        let plain = seal::open(key, &resource.nonce, &resource.associated_data, &resource.ciphertext);
        let plain = plain.ok_or_else(|| refused("SEAL"))?;
        let plain: Plain = serde_json::from_slice(&plain).map_err(|_| refused("CALLBACK"))?;
        Ok(Notice {
            event: envelope.event_type,
            application: plain.fapiao_apply_id,
            fapiao: plain.fapiao_information,
            verified,
        })
    }
}

/// A callback names states and no amounts: it has the desk ask. Only a failure needs no more than its name.
pub(super) fn outcome(notice: Notice) -> CallbackOutcome {
    let reply = REPLY.to_vec();
    let news = notice.fapiao.iter().filter_map(|news| Some((IntentKey::new(&news.fapiao_id).ok()?, news)));
    if !notice.verified {
        return CallbackOutcome::Hint { keys: news.map(|(key, _)| key).collect(), reply };
    }
    let events = news.map(|(key, news)| {
        let answer = match news.fapiao_status.as_str() {
            "ISSUE_FAILED" => QueryAnswer::Denied { code: news.fapiao_status.clone() },
            _ => QueryAnswer::Pending { poll_after: std::time::Duration::ZERO },
        };
        CallbackEvent::Intent { key, answer }
    });
    CallbackOutcome::Verified { events: events.collect(), reply }
}
