use std::time::Duration;

use async_trait::async_trait;
use invoice_core::provider::{ErrorKind, ProviderError};
use serde::Deserialize;
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::Baiwang;
use super::account::Version;
use super::error;
use super::sign::hash_password;
use super::wire::Envelope;
use crate::credentials::{FreshToken, Secret, TokenSource};
use crate::http::{HttpRequest, Method};
use crate::service::call::of_clock;
use crate::service::read::lives;
use crate::service::{self, Nature};

/// A call for a token must end well before another process may try.
const DEADLINE: Duration = Duration::from_secs(30);
/// One source says six hours, another eight, where the answer does not.
const SHORTEST_LIFE: Duration = Duration::from_secs(6 * 3600);

/// The service that gives tokens to an account.
pub(super) struct Source<'a>(pub(super) &'a Baiwang);

#[derive(Deserialize)]
struct Given {
    access_token: String,
    refresh_token: Option<String>,
    expires_in: Option<Value>,
}

#[async_trait]
impl TokenSource for Source<'_> {
    async fn fetch(&self, refresh: Option<&Secret>) -> Result<FreshToken, ProviderError> {
        let account = &self.0.account;
        let timestamp = self.0.clock.now().timestamp_millis().to_string();
        let grant = if refresh.is_some() { "refresh_token" } else { "password" };
        let mut parameters = vec![
            ("method", "baiwang.oauth.token"),
            ("grant_type", grant),
            ("client_id", account.app_key.as_str()),
            ("version", account.version.as_str()),
            ("timestamp", timestamp.as_str()),
        ];
        if account.version == Version::V7 {
            parameters.extend([("signType", "MD5"), ("encryptType", "NONE"), ("encryptScope", "00")]);
        }
        let mut body = match refresh {
            Some(refresh) => json!({ "refresh_token": refresh.expose() }),
            None => json!({
                "username": account.login.user,
                "password": hash_password(account.version, &account.login.password, &account.login.salt),
            }),
        };
        body["client_secret"] = json!(account.app_secret.expose());
        if let Some(code) = &account.organisation {
            body["orgAuthCode"] = json!(code.expose());
        }
        let body = Zeroizing::new(body.to_string());
        // Not signed: the checked reference says so, and what it sends is accepted.
        let request = HttpRequest::new(Method::Post, account.gateway.with_query(&parameters))
            .header("Content-Type", "application/json;charset=utf-8")
            .with_body(body.as_bytes())
            .with_deadline(DEADLINE);
        let response = self.0.transport.send(request).await?;
        if !response.is_success() {
            return Err(service::of_status(&response, Nature::Acts));
        }
        let unreadable = |_| service::unreadable(Nature::Acts);
        let envelope: Envelope = service::json(response.body(), Nature::Acts)?;
        if !envelope.success {
            let failure = envelope.error_response.unwrap_or_default();
            let refused = error::of_code(&failure.code, Nature::Acts);
            let at = (self.0.clock.now(), Nature::Acts);
            let refused = of_clock(refused, &failure.message, &response, at);
            if refused.kind() == ErrorKind::ClockSkew {
                return Err(refused);
            }
            // A refresh that is refused is followed by a login; a login that is refused is for a person.
            let kind = if refresh.is_some() { ErrorKind::AuthExpired } else { ErrorKind::Configuration };
            return Err(ProviderError::new(kind, refused.effect()).with_code(failure.code));
        }
        let given: Given = serde_json::from_value(envelope.response).map_err(unreadable)?;
        Ok(FreshToken {
            token: Secret::new(given.access_token),
            refresh: given.refresh_token.filter(|refresh| !refresh.is_empty()).map(Secret::new),
            lives: Some(lives(given.expires_in).unwrap_or(SHORTEST_LIFE)),
        })
    }
}
