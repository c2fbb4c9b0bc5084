//! One signed call, from the token to the result.

use async_trait::async_trait;
use invoice_core::provider::{ErrorKind, ProviderError};
use serde::de::DeserializeOwned;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::Nuonuo;
use super::error;
use super::sign::{Stamp, sign};
use super::token::Source;
use super::wire::Envelope;
use crate::credentials::{Token, TokenKeeper};
use crate::http::{HttpRequest, Method};
use crate::service::call::{Calls, of_clock};
use crate::service::{self, Nature};

const PREFIX: &str = "nuonuo.OpeMplatform.";
/// Smallest nonce of eight digits, and how many there are.
const FIRST_NONCE: u64 = 10_000_000;
const NONCES: u64 = 90_000_000;

/// What the service answered, whatever it was.
pub(super) struct Answer {
    pub(super) code: String,
    pub(super) result: Value,
}

impl Nuonuo {
    /// Sends these bytes once.
    pub(super) async fn act(&self, method: &'static str, body: &str) -> Result<Answer, ProviderError> {
        Source(self).act(method, body).await
    }

    /// Asks.
    pub(super) async fn ask(&self, method: &'static str, body: &Value) -> Result<Answer, ProviderError> {
        Source(self).ask(method, &body.to_string()).await
    }

    /// Asks, and takes any code but success for a failure.
    pub(super) async fn read<T: DeserializeOwned>(
        &self,
        method: &'static str,
        body: &Value,
    ) -> Result<T, ProviderError> {
        let answer = self.ask(method, body).await?;
        if answer.code != error::SUCCESS && answer.code != error::SUCCESS_OF_LISTS {
            return Err(error::of_code(&answer.code, Nature::Reads));
        }
        serde_json::from_value(answer.result).map_err(|_| service::unreadable(Nature::Reads))
    }

    fn stamp(&self) -> Stamp {
        let now = self.clock.now();
        let unique = Sha256::digest(format!("{}{}", self.ids.next_id(), now.timestamp_micros()).as_bytes());
        Stamp {
            senid: unique.iter().take(16).map(|byte| format!("{byte:02x}")).collect(),
            nonce: (FIRST_NONCE + self.ids.random(NONCES)).to_string(),
            timestamp: now.timestamp().to_string(),
        }
    }
}

#[async_trait]
impl Calls for Source<'_> {
    type Method = &'static str;
    type Answer = Answer;

    fn tokens(&self) -> &TokenKeeper {
        &self.0.tokens
    }

    async fn send(
        &self,
        method: &'static str,
        body: &str,
        token: &Token,
        nature: Nature,
    ) -> Result<Answer, ProviderError> {
        let (nuonuo, account) = (self.0, &self.0.account);
        let stamp = nuonuo.stamp();
        let signature =
            sign(&account.app_secret, &account.app_key, account.services.path(), &stamp, body.as_bytes());
        let url = account.services.with_query(&[
            ("senid", &stamp.senid),
            ("nonce", &stamp.nonce),
            ("timestamp", &stamp.timestamp),
            ("appkey", &account.app_key),
        ]);
        let request = HttpRequest::new(Method::Post, url)
            .header("Content-Type", "application/json; charset=UTF-8")
            .header("X-Nuonuo-Sign", signature)
            .header("accessToken", token.expose())
            .header("userTax", &account.tax_id)
            .header("method", format!("{PREFIX}{method}"))
            .with_body(body.as_bytes());
        let response = nuonuo.transport.send(request).await;
        let response = response.map_err(|error| service::on_the_way(error.into(), nature))?;
        if !response.is_success() {
            return Err(service::of_status(&response, nature));
        }
        // Not UTF-8, not JSON, not whole: all the same to the caller.
        let Envelope { code, describe, result } = service::json(response.body(), nature)?;
        let refused = error::of_code(&code, nature);
        let refused = of_clock(refused, &describe, &response, (nuonuo.clock.now(), nature));
        // What the gateway says is the same for every method.
        let gateway = matches!(
            refused.kind(),
            ErrorKind::AuthExpired
                | ErrorKind::Configuration
                | ErrorKind::ClockSkew
                | ErrorKind::RateLimited
                | ErrorKind::Busy
        );
        if gateway { Err(refused) } else { Ok(Answer { code, result }) }
    }
}
