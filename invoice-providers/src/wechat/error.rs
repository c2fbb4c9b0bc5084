//! What the service's codes mean. One table; every row says where it is from.

use std::fmt;

use chrono::{DateTime, TimeDelta, Utc};
use invoice_core::provider::{Effect, ErrorKind, ProviderError};

use super::sign::WINDOW;
use super::wire::Failure;
use crate::http::HttpResponse;
use crate::service::{self, Nature, effect_of};

/// Codes with kind and effect. V: the vendor's page of the call (common and own error codes). S: the official SDKs.
const TABLE: &[(&str, ErrorKind, Effect)] = &[
    ("PARAM_ERROR", ErrorKind::Rejected, Effect::NotApplied), // V: 400, a parameter
    ("INVALID_REQUEST", ErrorKind::Rejected, Effect::NotApplied), // V: 400, against the rules
    ("SIGN_ERROR", ErrorKind::Configuration, Effect::NotApplied), // V: 401, key, serial number or clock
    ("NO_AUTH", ErrorKind::Configuration, Effect::NotApplied), // V: 403, partners only, or not authorised
    ("FREQUENCY_LIMITED", ErrorKind::RateLimited, Effect::NotApplied), // S: 429
    ("SYSTEM_ERROR", ErrorKind::Busy, Effect::Unknown),       // V: 500, to be repeated with the same numbers
];

const SIGN_ERROR: &str = "SIGN_ERROR";

/// The clock here and that of the service.
#[derive(Debug)]
struct ClocksDiffer(TimeDelta);

impl fmt::Display for ClocksDiffer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.num_seconds();
        let way = if seconds < 0 { "behind" } else { "ahead of" };
        write!(
            f,
            "this clock is {} s {way} that of the service, and 300 s are allowed: set it",
            seconds.abs()
        )
    }
}

impl std::error::Error for ClocksDiffer {}

/// What the service refused because of the time says nothing of what was asked for before.
pub(super) fn clocks_differ(service: DateTime<Utc>, now: DateTime<Utc>, nature: Nature) -> ProviderError {
    let error =
        ProviderError::new(ErrorKind::ClockSkew, effect_of(nature, Effect::Unknown)).with_code("CLOCK");
    error.because(ClocksDiffer(now - service))
}

fn of_code(code: &str, nature: Nature) -> Option<ProviderError> {
    let (_, kind, effect) = TABLE.iter().find(|(known, ..)| *known == code)?;
    Some(ProviderError::new(*kind, effect_of(nature, *effect)).with_code(code))
}

/// An answer other than 2xx. `proven` is whether the platform has signed it: an unsigned refusal may be anybody's, and
/// says nothing of the effect.
pub(super) fn of_answer(
    response: &HttpResponse,
    proven: bool,
    now: DateTime<Utc>,
    nature: Nature,
) -> ProviderError {
    let failure: Failure = serde_json::from_slice(response.body()).unwrap_or_default();
    let date = response.get("date").and_then(|date| DateTime::parse_from_rfc2822(date).ok());
    let skewed = date.map(|date| date.to_utc()).filter(|date| (now - *date).abs() > WINDOW);
    if let (SIGN_ERROR, Some(service)) = (failure.code.as_str(), skewed) {
        return clocks_differ(service, now, nature);
    }
    // What a status says of the effect it says of services that do not sign.
    let by_status = || service::of_status(response, Nature::Reads);
    let error = of_code(&failure.code, nature).unwrap_or_else(|| match failure.code.as_str() {
        "" => by_status(),
        code => ProviderError::new(by_status().kind(), effect_of(nature, Effect::Unknown)).with_code(code),
    });
    if proven { error } else { service::on_the_way(error, Nature::Reads) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> DateTime<Utc> {
        "2026-05-01T04:00:00Z".parse().unwrap()
    }

    fn answer(status: u16, code: &str) -> HttpResponse {
        HttpResponse::new(status, format!("{{\"code\":\"{code}\",\"message\":\"x\"}}"))
    }

    #[test]
    fn codes_are_named_once_and_count_only_when_signed() {
        for (at, (code, kind, effect)) in TABLE.iter().enumerate() {
            assert!(TABLE.iter().skip(at + 1).all(|(other, ..)| other != code), "{code}");
            let signed = of_answer(&answer(400, code), true, now(), Nature::Acts);
            assert_eq!((signed.kind(), signed.effect(), signed.code()), (*kind, *effect, Some(*code)));
            let unsigned = of_answer(&answer(400, code), false, now(), Nature::Acts);
            assert_eq!((unsigned.kind(), unsigned.effect()), (*kind, Effect::Unknown), "{code}");
            let read = of_answer(&answer(400, code), true, now(), Nature::Reads);
            assert_eq!(read.effect(), Effect::Unknown, "{code}");
        }
    }

    #[test]
    fn unknown_codes_say_nothing_of_the_effect() {
        for status in [400, 401, 403, 404, 409, 429, 500, 502, 503] {
            for proven in [true, false] {
                for answer in [answer(status, "SOMETHING_NEW"), HttpResponse::new(status, "<html>")] {
                    let error = of_answer(&answer, proven, now(), Nature::Acts);
                    assert_eq!(error.effect(), Effect::Unknown, "{status}");
                    assert_ne!(error.kind(), ErrorKind::Rejected, "{status}");
                }
            }
        }
        let known = of_answer(&answer(400, "SOMETHING_NEW"), true, now(), Nature::Acts);
        assert_eq!((known.kind(), known.code()), (ErrorKind::NoAnswer, Some("SOMETHING_NEW")));
    }

    #[test]
    fn a_refused_signature_is_the_clock_when_the_clocks_differ() {
        for (date, kind, shown) in [
            ("Fri, 01 May 2026 04:05:00 GMT", ErrorKind::Configuration, None),
            ("Fri, 01 May 2026 04:05:01 GMT", ErrorKind::ClockSkew, Some("301 s behind")),
            ("Fri, 01 May 2026 03:50:00 GMT", ErrorKind::ClockSkew, Some("600 s ahead of")),
            ("yesterday", ErrorKind::Configuration, None),
        ] {
            let answer = answer(401, "SIGN_ERROR").header("Date", date);
            let error = of_answer(&answer, true, now(), Nature::Acts);
            assert_eq!(error.kind(), kind, "{date}");
            let cause = std::error::Error::source(&error).map(ToString::to_string);
            assert_eq!(cause.is_some(), shown.is_some());
            assert!(shown.is_none_or(|shown| cause.unwrap_or_default().contains(shown)), "{date}");
        }
    }
}
