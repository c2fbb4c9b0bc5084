use std::time::Duration;

use async_trait::async_trait;
use invoice_core::provider::ProviderError;
use serde::Deserialize;
use serde_json::Value;

use super::Nuonuo;
use super::account::Grant;
use super::error;
use crate::credentials::{FreshToken, Secret, TokenBudget, TokenSource};
use crate::http::{HttpRequest, Method, encode};
use crate::service::call::of_clock;
use crate::service::read::lives;
use crate::service::{self, Nature};

/// 50 calls in 30 days (a public SDK, and code 070306).
pub(super) fn budget() -> TokenBudget {
    TokenBudget::new(50, Duration::from_secs(30 * 86_400))
}

/// A call for a token must end well before another process may try.
const DEADLINE: Duration = Duration::from_secs(30);

/// The service that gives tokens to an account.
pub(super) struct Source<'a>(pub(super) &'a Nuonuo);

#[derive(Deserialize)]
struct Given {
    access_token: Option<String>,
    refresh_token: Option<String>,
    expires_in: Option<Value>,
    /// Of a refusal.
    error: Option<String>,
    error_description: Option<String>,
    code: Option<String>,
    /// Of a third-party application: what a refresh names instead of the application.
    #[serde(rename = "userId")]
    user_id: Option<String>,
}

#[async_trait]
impl TokenSource for Source<'_> {
    async fn fetch(&self, refresh: Option<&Secret>) -> Result<FreshToken, ProviderError> {
        let account = &self.0.account;
        let secret = account.app_secret.expose();
        let pairs: Vec<(&str, &str)> = match (&account.grant, refresh.and_then(split)) {
            (Grant::Authorised { .. }, Some((user, refresh))) => vec![
                ("client_id", user),
                ("client_secret", secret),
                ("refresh_token", refresh),
                ("grant_type", "refresh_token"),
            ],
            (Grant::Authorised { code, redirect_uri }, None) => vec![
                ("client_id", &account.app_key),
                ("client_secret", secret),
                ("code", code.expose()),
                ("taxNum", &account.tax_id),
                ("redirect_uri", redirect_uri),
                ("grant_type", "authorization_code"),
            ],
            (Grant::Merchant, _) => vec![
                ("client_id", &account.app_key),
                ("client_secret", secret),
                ("grant_type", "client_credentials"),
            ],
        };
        let form: Vec<String> =
            pairs.into_iter().map(|(name, value)| format!("{name}={}", encode(value))).collect();
        let request = HttpRequest::new(Method::Post, account.token.as_str())
            .header("Content-Type", "application/x-www-form-urlencoded;charset=UTF-8")
            .with_body(form.join("&"))
            .with_deadline(DEADLINE);
        let response = self.0.transport.send(request).await?;
        if !response.is_success() {
            return Err(service::of_status(&response, Nature::Acts));
        }
        let given: Given = service::json(response.body(), Nature::Acts)?;
        let Some(token) = given.access_token.filter(|token| !token.is_empty()) else {
            let code = given.error.or(given.code).unwrap_or_default();
            let refused = error::of_code(&code, Nature::Acts);
            let told = given.error_description.unwrap_or_default();
            return Err(of_clock(refused, &told, &response, (self.0.clock.now(), Nature::Acts)));
        };
        let kept = given.user_id.zip(given.refresh_token).map(|(user, refresh)| format!("{user}\n{refresh}"));
        Ok(FreshToken {
            token: Secret::new(token),
            refresh: kept.map(Secret::new),
            // Some applications get a token without end.
            lives: lives(given.expires_in),
        })
    }
}

/// User and refresh token are needed together and kept together.
fn split(kept: &Secret) -> Option<(&str, &str)> {
    kept.expose().split_once('\n')
}
