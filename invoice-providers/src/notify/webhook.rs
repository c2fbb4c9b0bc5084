use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, SecondsFormat, Utc};
use invoice_core::env::{Clock, Letter, Notifier, NotifyError};
use invoice_core::id::NotifierId;
use serde::Serialize;

use super::guard::{Reach, is_public};
use super::signature::SigningKeys;
use super::{later, never};
use crate::http::{Endpoint, HttpRequest, Method, Transport};

/// How long a receiver may take to answer.
const DEADLINE: Duration = Duration::from_secs(15);
/// The longest answer that is read; nothing in it counts.
const ANSWER: usize = 64 * 1024;

/// Posts every notice as JSON to one address, signed the Standard Webhooks way: `webhook-id` is the notice's id, the same
/// on every try; `webhook-timestamp` is the moment of the try.
///
/// ```json
/// {"type":"invoice.issued","timestamp":"2026-05-01T04:00:00Z","data":{"number":"26…","seller":"shop"}}
/// ```
///
/// 2xx is taken; 410 says that nobody wants it any more and is final; anything else, silence included, is tried again.
/// With [`Reach::Public`] a name is resolved before each try and refused when any of its addresses is not public. Names
/// whose answer changes between that look and the connection are not caught; a proxy that filters by address is.
pub struct Webhook {
    id: NotifierId,
    endpoint: Endpoint,
    keys: SigningKeys,
    transport: Arc<dyn Transport>,
    clock: Arc<dyn Clock>,
    reach: Reach,
}

#[derive(Serialize)]
struct Payload<'a> {
    #[serde(rename = "type")]
    event: &'a str,
    timestamp: String,
    data: BTreeMap<&'a str, &'a str>,
}

impl Webhook {
    /// A webhook to public addresses.
    #[must_use]
    pub fn new(
        id: NotifierId,
        endpoint: Endpoint,
        keys: SigningKeys,
        transport: Arc<dyn Transport>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { id, endpoint, keys, transport, clock, reach: Reach::Public }
    }

    /// Sets where it may go.
    #[must_use]
    pub const fn with_reach(mut self, reach: Reach) -> Self {
        self.reach = reach;
        self
    }

    /// The request of one try.
    fn request(&self, letter: &Letter<'_>, at: DateTime<Utc>) -> Result<HttpRequest, NotifyError> {
        let mut data: BTreeMap<&str, &str> = letter.facts().collect();
        data.insert("seller", letter.seller().as_str());
        data.extend(letter.buyer().map(|buyer| ("buyer", buyer.as_str())));
        let timestamp = letter.made_at().to_rfc3339_opts(SecondsFormat::Secs, true);
        let payload = Payload { event: letter.event().as_str(), timestamp, data };
        let body = serde_json::to_vec(&payload).map_err(|_| never("UNWRITABLE"))?;
        let signature = self.keys.sign(letter.id().as_str(), at.timestamp(), &body);
        Ok(HttpRequest::new(Method::Post, self.endpoint.as_str())
            .header("content-type", "application/json")
            .header("webhook-id", letter.id().as_str())
            .header("webhook-timestamp", at.timestamp().to_string())
            .header("webhook-signature", signature)
            .with_body(body)
            .with_deadline(DEADLINE)
            .with_body_limit(ANSWER))
    }

    /// Refuses an address that is not public, by itself or by what its name stands for now.
    async fn may_reach(&self) -> Result<(), NotifyError> {
        if self.reach == Reach::Anywhere {
            return Ok(());
        }
        let (host, port) = authority(self.endpoint.as_str());
        let addresses: Vec<IpAddr> = match host.parse() {
            Ok(address) => vec![address],
            Err(_) => tokio::net::lookup_host((host, port))
                .await
                .map_err(|_| later("DNS"))?
                .map(|address| address.ip())
                .collect(),
        };
        if addresses.is_empty() {
            return Err(later("DNS"));
        }
        if addresses.into_iter().all(is_public) { Ok(()) } else { Err(never("NOT-PUBLIC")) }
    }
}

#[async_trait]
impl Notifier for Webhook {
    fn id(&self) -> &NotifierId {
        &self.id
    }

    async fn deliver(&self, letter: &Letter<'_>) -> Result<(), NotifyError> {
        self.may_reach().await?;
        let request = self.request(letter, self.clock.now())?;
        match self.transport.send(request).await {
            Ok(answer) if answer.is_success() => Ok(()),
            Ok(answer) if answer.status() == 410 => Err(never("HTTP-410")),
            Ok(answer) => Err(later(&format!("HTTP-{}", answer.status()))),
            Err(_) => Err(later("NO-ANSWER")),
        }
    }
}

/// Host and port of an address.
fn authority(address: &str) -> (&str, u16) {
    let (port, rest) = match address.strip_prefix("https://") {
        Some(rest) => (443, rest),
        None => (80, address.strip_prefix("http://").unwrap_or(address)),
    };
    let authority = rest.split('/').next().unwrap_or_default();
    if let Some((host, tail)) = authority.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        return (host, tail.strip_prefix(':').and_then(|port| port.parse().ok()).unwrap_or(port));
    }
    match authority.split_once(':') {
        Some((host, given)) => (host, given.parse().unwrap_or(port)),
        None => (authority, port),
    }
}

#[cfg(test)]
mod tests {
    use super::authority;

    #[test]
    fn host_and_port_are_found_in_every_form_of_address() {
        for (address, want) in [
            ("https://a.invalid/x", ("a.invalid", 443)),
            ("https://a.invalid:8443/x", ("a.invalid", 8443)),
            ("http://127.0.0.1", ("127.0.0.1", 80)),
            ("https://[::1]/x", ("::1", 443)),
            ("https://[::1]:9/x", ("::1", 9)),
        ] {
            assert_eq!(authority(address), want, "{address}");
        }
    }
}
