//! One signed call, from the token to the result.

use invoice_core::provider::{ErrorKind, ProviderError};
use serde::de::DeserializeOwned;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::Nuonuo;
use super::error;
use super::sign::{Stamp, sign};
use super::token::Source;
use super::wire::Envelope;
use crate::credentials::Token;
use crate::http::{HttpRequest, Method};
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
    /// Sends these bytes once. A token that is refused is replaced, so that the next attempt has a good one; nothing
    /// is sent again here.
    pub(super) async fn act(&self, method: &str, body: &str) -> Result<Answer, ProviderError> {
        let source = Source(self);
        let token = self.tokens.token(&source).await?;
        let answer = self.send(method, body, &token, Nature::Acts).await;
        if answer.as_ref().is_err_and(|error| error.kind() == ErrorKind::AuthExpired) {
            self.tokens.renew(&source, &token).await?;
        }
        answer
    }

    /// Asks. A question may be repeated: once, with another token, when the first one was refused.
    pub(super) async fn ask(&self, method: &str, body: &Value) -> Result<Answer, ProviderError> {
        let (source, body) = (Source(self), body.to_string());
        let reading = |error| service::on_the_way(error, Nature::Reads);
        let token = self.tokens.token(&source).await.map_err(reading)?;
        match self.send(method, &body, &token, Nature::Reads).await {
            Err(error) if error.kind() == ErrorKind::AuthExpired => {
                let token = self.tokens.renew(&source, &token).await.map_err(reading)?;
                self.send(method, &body, &token, Nature::Reads).await
            }
            answer => answer,
        }
    }

    /// Asks, and takes any code but success for a failure.
    pub(super) async fn read<T: DeserializeOwned>(
        &self,
        method: &str,
        body: &Value,
    ) -> Result<T, ProviderError> {
        let answer = self.ask(method, body).await?;
        if answer.code != error::SUCCESS && answer.code != error::SUCCESS_OF_LISTS {
            return Err(error::of_code(&answer.code, Nature::Reads));
        }
        serde_json::from_value(answer.result).map_err(|_| service::unreadable(Nature::Reads))
    }

    async fn send(
        &self,
        method: &str,
        body: &str,
        token: &Token,
        nature: Nature,
    ) -> Result<Answer, ProviderError> {
        let account = &self.account;
        let stamp = self.stamp();
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
        let response = self.transport.send(request).await;
        let response = response.map_err(|error| service::on_the_way(error.into(), nature))?;
        if !response.is_success() {
            return Err(service::of_status(&response, nature));
        }
        // Not UTF-8, not JSON, not whole: all the same to the caller.
        let Envelope { code, result } = service::json(response.body(), nature)?;
        let refused = error::of_code(&code, nature);
        // What the gateway says is the same for every method.
        let gateway = matches!(
            refused.kind(),
            ErrorKind::AuthExpired | ErrorKind::Configuration | ErrorKind::RateLimited | ErrorKind::Busy
        );
        if gateway { Err(refused) } else { Ok(Answer { code, result }) }
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
