//! One signed call, from the token to the response.

use async_trait::async_trait;
use invoice_core::provider::{ErrorKind, ProviderError};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::Baiwang;
use super::account::Version;
use super::error;
use super::sign::sign;
use super::token::Source;
use super::wire::Envelope;
use crate::credentials::{Token, TokenKeeper};
use crate::http::{HttpRequest, Method};
use crate::service::call::{Calls, of_clock};
use crate::service::{self, Nature};

/// A method and the version of the gateway's rules that it belongs to.
pub(super) type Call = (&'static str, Version);

impl Baiwang {
    /// Sends these bytes once.
    pub(super) async fn act(&self, call: Call, body: &str) -> Result<Value, ProviderError> {
        Source(self).act(call, body).await
    }

    /// Asks.
    pub(super) async fn ask(&self, call: Call, body: &Value) -> Result<Value, ProviderError> {
        Source(self).ask(call, &body.to_string()).await
    }

    /// Asks for a list; what is empty need not be one.
    pub(super) async fn list<T: DeserializeOwned>(
        &self,
        call: Call,
        body: &Value,
    ) -> Result<Vec<T>, ProviderError> {
        listed(self.ask(call, body).await?, Nature::Reads)
    }
}

/// A list in an answer.
pub(super) fn listed<T: DeserializeOwned>(said: Value, nature: Nature) -> Result<Vec<T>, ProviderError> {
    let list: Option<Vec<T>> = serde_json::from_value(said).map_err(|_| service::unreadable(nature))?;
    Ok(list.unwrap_or_default())
}

#[async_trait]
impl Calls for Source<'_> {
    type Method = Call;
    type Answer = Value;

    fn tokens(&self) -> &TokenKeeper {
        &self.0.tokens
    }

    async fn send(
        &self,
        (method, version): Call,
        body: &str,
        token: &Token,
        nature: Nature,
    ) -> Result<Value, ProviderError> {
        let (baiwang, account) = (self.0, &self.0.account);
        let (timestamp, id) = (baiwang.clock.now().timestamp_millis().to_string(), baiwang.ids.next_id());
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
        let response = baiwang.transport.send(request).await;
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
        let precise = if general.kind() != ErrorKind::NoAnswer || failure.sub_code.is_empty() {
            general
        } else {
            error::of_code(&failure.sub_code, nature)
        };
        let told = format!("{} {}", failure.message, failure.sub_message);
        Err(of_clock(precise, &told, &response, (baiwang.clock.now(), nature)))
    }
}
