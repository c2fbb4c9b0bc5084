//! Signed calls that carry a token.

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use invoice_core::provider::{Effect, ErrorKind, ProviderError};

use super::{Nature, effect_of, on_the_way};
use crate::credentials::{Token, TokenKeeper, TokenSource};
use crate::http::HttpResponse;

/// How far two clocks may be apart before a refused signature is put down to them. Services that say it allow five
/// minutes.
const CLOCK_WINDOW: TimeDelta = TimeDelta::minutes(5);
/// What the refusal of a time stamp names.
const CLOCK_WORDS: &[&str] = &["时间戳", "timestamp"];

/// An account at a service whose calls carry a token.
#[async_trait]
pub(crate) trait Calls: TokenSource + Sized {
    /// What is called.
    type Method: Copy + Send + Sync;
    /// What the service answers.
    type Answer: Send;

    /// Where the token is kept.
    fn tokens(&self) -> &TokenKeeper;

    /// Signs these bytes and sends them once.
    async fn send(
        &self,
        method: Self::Method,
        body: &str,
        token: &Token,
        nature: Nature,
    ) -> Result<Self::Answer, ProviderError>;

    /// Sends these bytes once. A token that is refused is replaced, so that the next attempt has a good one; nothing
    /// is sent again here.
    async fn act(&self, method: Self::Method, body: &str) -> Result<Self::Answer, ProviderError> {
        let token = self.tokens().token(self).await?;
        let answer = self.send(method, body, &token, Nature::Acts).await;
        if answer.as_ref().is_err_and(|error| error.kind() == ErrorKind::AuthExpired) {
            self.tokens().renew(self, &token).await?;
        }
        answer
    }

    /// Asks. A question may be repeated: once, with another token, when the first one was refused.
    async fn ask(&self, method: Self::Method, body: &str) -> Result<Self::Answer, ProviderError> {
        let reading = |error| on_the_way(error, Nature::Reads);
        let token = self.tokens().token(self).await.map_err(reading)?;
        match self.send(method, body, &token, Nature::Reads).await {
            Err(error) if error.kind() == ErrorKind::AuthExpired => {
                let token = self.tokens().renew(self, &token).await.map_err(reading)?;
                self.send(method, body, &token, Nature::Reads).await
            }
            answer => answer,
        }
    }
}

/// Looks whether a refusal is about the clock of this machine. No service here has a code of its own for it that is
/// public: what is known is that the gateway refused (its code is that of a wrong signature or account, or one that
/// nobody knows), what its message names, and its own time in the `Date` of the answer. Clocks that agree are not to
/// blame, whatever the message says.
pub(crate) fn of_clock(
    refused: ProviderError,
    message: &str,
    response: &HttpResponse,
    (now, nature): (DateTime<Utc>, Nature),
) -> ProviderError {
    let unknown = refused.kind() == ErrorKind::NoAnswer;
    if !unknown && refused.kind() != ErrorKind::Configuration {
        return refused;
    }
    let message = message.to_ascii_lowercase();
    let named = CLOCK_WORDS.iter().any(|word| message.contains(word));
    let theirs = response.get("date").and_then(|text| DateTime::parse_from_rfc2822(text).ok());
    let ahead = theirs.map(|theirs| theirs.to_utc() - now);
    let apart = ahead.map_or(named, |ahead| ahead.abs() > CLOCK_WINDOW);
    if !apart || unknown && !named {
        return refused;
    }
    let skew = ProviderError::new(ErrorKind::ClockSkew, effect_of(nature, Effect::NotApplied));
    let skew = skew.with_code(refused.code().unwrap_or_default());
    match ahead {
        Some(ahead) => skew.with_clock_ahead(ahead),
        None => skew,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: &str = "2026-05-01T04:00:00Z";

    fn told(kind: ErrorKind, message: &str, date: Option<&str>) -> ProviderError {
        let response = HttpResponse::new(200, "");
        let response = date.into_iter().fold(response, |response, date| response.header("Date", date));
        let refused = ProviderError::new(kind, Effect::Unknown).with_code("X");
        of_clock(refused, message, &response, (NOON.parse().unwrap(), Nature::Acts))
    }

    #[test]
    fn only_a_refusal_that_the_clocks_explain_is_put_down_to_them() {
        use ErrorKind as K;
        let (same, hour) = (Some("Fri, 01 May 2026 04:01:00 GMT"), Some("Fri, 01 May 2026 05:00:00 GMT"));
        for (kind, message, date, skew) in [
            (K::Configuration, "sign error", hour, true),
            (K::Configuration, "sign error", same, false),
            (K::Configuration, "sign error", None, false),
            (K::Configuration, "时间戳超出范围", None, true),
            (K::NoAnswer, "Timestamp expired", hour, true),
            (K::NoAnswer, "timestamp expired", None, true),
            // A fault inside the service that happens to name one: their clock agrees with ours.
            (K::NoAnswer, "java.sql.Timestamp", same, false),
            (K::NoAnswer, "anything", hour, false),
            (K::Busy, "时间戳", hour, false),
            (K::Rejected, "时间戳", hour, false),
            (K::AuthExpired, "token", hour, false),
            (K::NoAnswer, "时间戳", Some("yesterday"), true),
        ] {
            let error = told(kind, message, date);
            let is = (error.kind(), error.effect()) == (K::ClockSkew, Effect::NotApplied);
            assert_eq!(is, skew, "{kind:?} {message} {date:?}: {error}");
            assert_eq!(error.code(), Some("X"));
        }
    }

    #[test]
    fn the_error_says_how_far_apart_the_clocks_are_and_what_to_do() {
        let ahead = told(ErrorKind::Configuration, "sign", Some("Fri, 01 May 2026 04:07:30 GMT"));
        assert_eq!(ahead.clock_ahead(), Some(TimeDelta::seconds(450)));
        assert!(
            ahead.to_string().contains("set this machine's clock (the provider's is 450 s ahead)"),
            "{ahead}"
        );
        let behind = told(ErrorKind::Configuration, "sign", Some("Fri, 01 May 2026 03:00:00 GMT"));
        assert!(behind.to_string().contains("3600 s behind"), "{behind}");
        let unsaid = told(ErrorKind::NoAnswer, "时间戳", None);
        assert_eq!(unsaid.clock_ahead(), None);
    }
}
