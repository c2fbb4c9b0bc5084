//! One signed call, and the proof that the answer is the service's.

use aws_lc_rs::digest::{SHA256, digest};
use chrono::{DateTime, Utc};
use invoice_core::provider::{Effect, ErrorKind, ProviderError};
use serde::de::DeserializeOwned;

use super::sign::{Proof, Seal, Stamp, authorization};
use super::{WechatPay, error};
use crate::http::{Endpoint, HttpRequest, HttpResponse, Method};
use crate::service::{self, Nature, effect_of};

const PREFIX: &str = "/v3/new-tax-control-fapiao";
/// The one status that says that there is no such thing.
const NOT_FOUND: u16 = 404;

fn misconfigured(code: &str, nature: Nature, effect: Effect) -> ProviderError {
    ProviderError::new(ErrorKind::Configuration, effect_of(nature, effect)).with_code(code)
}

impl WechatPay {
    /// Sends these bytes once. What is taken is answered with 202 and no body.
    pub(super) async fn act(&self, path: &str, body: &str) -> Result<(), ProviderError> {
        let (response, now) = self.send(Method::Post, path, &[], body, Nature::Acts).await?;
        self.success(&response, now, Nature::Acts)
    }

    /// Asks; `None` when the service knows nothing of the sort.
    pub(super) async fn read<T: DeserializeOwned>(
        &self,
        path: &str,
        query: &[(&str, &str)],
    ) -> Result<Option<T>, ProviderError> {
        let (response, now) = self.send(Method::Get, path, query, "", Nature::Reads).await?;
        let absent = response.status() == NOT_FOUND;
        if absent && self.proof(&response, now) == Proof::Good {
            return Ok(None);
        }
        self.success(&response, now, Nature::Reads)?;
        service::json(response.body(), Nature::Reads).map(Some)
    }

    fn proof(&self, response: &HttpResponse, now: DateTime<Utc>) -> Proof {
        let seal = Seal::new(|name| response.get(name));
        seal.check(&self.account.keys.platform, response.body(), now)
    }

    /// Only what the platform has signed, now, is believed.
    fn success(
        &self,
        response: &HttpResponse,
        now: DateTime<Utc>,
        nature: Nature,
    ) -> Result<(), ProviderError> {
        let proof = self.proof(response, now);
        if let Proof::Stale(at) = proof {
            return Err(error::clocks_differ(at, now, nature));
        }
        if !response.is_success() {
            return Err(error::of_answer(response, proof == Proof::Good, now, nature));
        }
        match proof {
            Proof::Good => Ok(()),
            Proof::UnknownKey => Err(misconfigured("PLATFORM-KEY", nature, Effect::Unknown)),
            Proof::Bad | Proof::Stale(_) => {
                Err(ProviderError::new(ErrorKind::NoAnswer, effect_of(nature, Effect::Unknown))
                    .with_code("SIGNATURE"))
            }
        }
    }

    /// The answer, and when it came.
    async fn send(
        &self,
        method: Method,
        path: &str,
        query: &[(&str, &str)],
        body: &str,
        nature: Nature,
    ) -> Result<(HttpResponse, DateTime<Utc>), ProviderError> {
        let account = &self.account;
        let unaddressed = || misconfigured("ADDRESS", nature, Effect::NotApplied);
        let endpoint = Endpoint::new(format!("{}{PREFIX}{path}", account.host.as_str()));
        let url = endpoint.map_err(|error| unaddressed().because(error))?.with_query(query);
        let stamp = self.stamp();
        let signed = path_and_query(&url).ok_or_else(unaddressed)?;
        let call = (method.as_str(), signed);
        let header =
            authorization(&account.keys.merchant, &account.merchant.mchid, call, &stamp, body.as_bytes());
        let header = header.ok_or_else(|| misconfigured("MERCHANT-KEY", nature, Effect::NotApplied))?;
        let mut request = HttpRequest::new(method, url.as_str())
            .header("Authorization", header)
            .header("Accept", "application/json");
        // Under which key fields are sealed and the answer is to be signed.
        if let Some((name, _)) = account.keys.platform.newest() {
            request = request.header("Wechatpay-Serial", name);
        }
        if method != Method::Get {
            request = request.header("Content-Type", "application/json").with_body(body.as_bytes());
        }
        let response = self.transport.send(request).await;
        let response = response.map_err(|error| service::on_the_way(error.into(), nature))?;
        Ok((response, self.clock.now()))
    }

    fn stamp(&self) -> Stamp {
        let now = self.clock.now();
        let unique = format!("{}{}{}", self.ids.next_id(), self.ids.random(u64::MAX), now.timestamp_micros());
        let hashed = digest(&SHA256, unique.as_bytes());
        let nonce = hashed.as_ref().iter().take(16).map(|byte| format!("{byte:02X}")).collect();
        Stamp { timestamp: now.timestamp().to_string(), nonce }
    }
}

/// What stands behind the host, as it is sent.
fn path_and_query(url: &str) -> Option<&str> {
    let rest = url.split_once("://")?.1;
    rest.get(rest.find('/')?..)
}
