//! One signed call, from the token to the response.

use invoice_core::provider::{ErrorKind, ProviderError};
use serde_json::Value;

use super::Baiwang;
use super::account::Version;
use super::error;
use super::sign::sign;
use super::token::Source;
use super::wire::Envelope;
use crate::credentials::Token;
use crate::http::{HttpRequest, Method};
use crate::service::{self, Nature};

impl Baiwang {
    /// Sends these bytes once. A token that is refused is replaced, so that the next attempt has a good one; nothing
    /// is sent again here.
    pub(super) async fn act(
        &self,
        method: &str,
        version: Version,
        body: &str,
    ) -> Result<Value, ProviderError> {
        let source = Source(self);
        let token = self.tokens.token(&source).await?;
        let answer = self.send((method, version), body, &token, Nature::Acts).await;
        if answer.as_ref().is_err_and(|error| error.kind() == ErrorKind::AuthExpired) {
            self.tokens.renew(&source, &token).await?;
        }
        answer
    }

    /// Asks. A question may be repeated: once, with another token, when the first one was refused.
    pub(super) async fn ask(
        &self,
        method: &str,
        version: Version,
        body: &Value,
    ) -> Result<Value, ProviderError> {
        let (source, body) = (Source(self), body.to_string());
        let reading = |error| service::on_the_way(error, Nature::Reads);
        let token = self.tokens.token(&source).await.map_err(reading)?;
        match self.send((method, version), &body, &token, Nature::Reads).await {
            Err(error) if error.kind() == ErrorKind::AuthExpired => {
                let token = self.tokens.renew(&source, &token).await.map_err(reading)?;
                self.send((method, version), &body, &token, Nature::Reads).await
            }
            answer => answer,
        }
    }

    async fn send(
        &self,
        (method, version): (&str, Version),
        body: &str,
        token: &Token,
        nature: Nature,
    ) -> Result<Value, ProviderError> {
        let account = &self.account;
        let (timestamp, id) = (self.clock.now().timestamp_millis().to_string(), self.ids.next_id());
        let mut parameters = vec![
            ("method", method),
            ("version", version.as_str()),
            ("appKey", account.app_key.as_str()),
            ("format", "json"),
            ("timestamp", timestamp.as_str()),
            ("token", token.expose()),
            ("type", "sync"),
            ("requestId", id.as_str()),
        ];
        if version == Version::V7 {
            parameters.extend([("signType", "MD5"), ("encryptType", "NONE"), ("encryptScope", "00")]);
        }
        let signature = sign(&account.app_secret, &parameters, body.as_bytes());
        parameters.push(("sign", &signature));
        let request = HttpRequest::new(Method::Post, account.gateway.with_query(&parameters))
            .header("Content-Type", "application/json;charset=utf-8")
            .with_body(body.as_bytes());
        let response = self.transport.send(request).await;
        let response = response.map_err(|error| service::on_the_way(error.into(), nature))?;
        if !response.is_success() {
            return Err(service::of_status(&response, nature));
        }
        let envelope: Envelope = service::json(response.body(), nature)?;
        if envelope.success {
            return Ok(envelope.response);
        }
        let failure = envelope.error_response.unwrap_or_default();
        let general = error::of_code(&failure.code, nature);
        if general.kind() != ErrorKind::NoAnswer || failure.sub_code.is_empty() {
            return Err(general);
        }
        Err(error::of_code(&failure.sub_code, nature))
    }
}
