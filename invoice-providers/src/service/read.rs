//! What services write, read.

use std::time::Duration;

use chrono::{DateTime, FixedOffset, NaiveDateTime, Utc};
use invoice_core::invoice::IssuedInvoice;
use invoice_core::money::Money;
use invoice_core::provider::{Effect, ErrorKind, ProviderError};
use rust_decimal::Decimal;
use serde::de::{self, Deserialize, Deserializer};
use serde_json::Value;

/// Text, a number as text, or nothing.
pub(crate) fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    match Value::deserialize(deserializer)? {
        Value::Null => Ok(String::new()),
        Value::String(text) => Ok(text),
        Value::Number(number) => Ok(number.to_string()),
        _ => Err(de::Error::custom("neither text nor number")),
    }
}

/// The life of a token (`expires_in`) in seconds, as number or text; `None` when it is none: some tokens have no end,
/// and -1 and 0 are not times.
pub(crate) fn lives(said: Option<Value>) -> Option<Duration> {
    let seconds = match said? {
        Value::Number(number) => number.as_u64(),
        Value::String(text) => text.parse().ok(),
        _ => None,
    };
    seconds.filter(|seconds| *seconds > 0).map(Duration::from_secs)
}

/// An amount of yuan as services write it, with two decimals that count at most.
pub(crate) fn money(text: &str) -> Option<Money> {
    let fen = text.parse::<Decimal>().ok()?.checked_mul(Decimal::ONE_HUNDRED)?;
    i64::try_from(Some(fen).filter(Decimal::is_integer)?).ok().map(Money::from_fen)
}

/// China has no daylight saving.
pub(crate) fn china_zone() -> FixedOffset {
    const HOURS_8: i32 = 8 * 3600;
    FixedOffset::east_opt(HOURS_8).unwrap_or_else(|| chrono::Offset::fix(&Utc))
}

/// `yyyy-MM-dd HH:mm:ss` in China.
pub(crate) fn china(at: DateTime<Utc>) -> String {
    at.with_timezone(&china_zone()).format("%Y-%m-%d %H:%M:%S").to_string()
}

/// `yyyy-MM-dd` in China.
pub(crate) fn china_day(at: DateTime<Utc>) -> String {
    at.with_timezone(&china_zone()).format("%Y-%m-%d").to_string()
}

/// `yyyy-MM-dd HH:mm:ss` or `yyyyMMddHHmmss`, in China.
pub(crate) fn china_time(text: &str) -> Option<DateTime<Utc>> {
    let read = |form| NaiveDateTime::parse_from_str(text, form).ok();
    let local = read("%Y-%m-%d %H:%M:%S").or_else(|| read("%Y%m%d%H%M%S"))?;
    local.and_local_timezone(china_zone()).single().map(|at| at.to_utc())
}

/// The one record of a key; `None` when there is none. A record without our key is the answer to the question.
///
/// # Errors
/// When there are several: the service has split the request, and no answer would be the whole truth.
pub(crate) fn only<T>(
    mut found: Vec<T>,
    key: &str,
    key_of: impl Fn(&T) -> &str,
) -> Result<Option<T>, ProviderError> {
    found.retain(|record| key_of(record).is_empty() || key_of(record) == key);
    if found.len() > 1 { Err(several()) } else { Ok(found.pop()) }
}

/// The code of a refusal. Its cause is free text; what can be told from it is only whether a limit was met.
pub(crate) fn denial(state: &str, cause: &str) -> String {
    let quota = if cause.contains("额度") { ".QUOTA" } else { "" };
    format!("{state}{quota}")
}

/// One request became several invoices, or half of it did not: only a person can say what that is worth.
pub(crate) fn several() -> ProviderError {
    ProviderError::new(ErrorKind::OperatorNeeded, Effect::Applied).with_code("SEVERAL")
}

/// It was issued, and the answer does not say all of it.
pub(crate) fn incomplete() -> ProviderError {
    ProviderError::new(ErrorKind::NoAnswer, Effect::Applied).with_code("INCOMPLETE")
}

/// An issued invoice from what a record says: number, net, tax, and the gross amount where it is named.
pub(crate) fn issued(
    number: &str,
    issued_at: Option<DateTime<Utc>>,
    [net, tax, gross]: [&str; 3],
) -> Option<IssuedInvoice> {
    let (net, tax) = (money(net)?, money(tax)?);
    let sum = net.checked_add(tax)?;
    let said = gross.is_empty() || money(gross) == Some(sum);
    said.then_some(IssuedInvoice {
        number: number.parse().ok()?,
        issued_at: issued_at?,
        net,
        tax,
        gross: sum,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_exact_or_not_amounts() {
        for (text, fen) in [("458.89", 45_889), ("2.0", 200), ("-0.3", -30), ("5", 500), ("0.100", 10)] {
            assert_eq!(money(text), Some(Money::from_fen(fen)), "{text}");
        }
        for bad in ["", "1.001", "x", "1,00", "99999999999999999999"] {
            assert_eq!(money(bad), None, "{bad}");
        }
    }

    #[test]
    fn times_are_those_of_china() {
        for text in ["2026-05-21 15:26:32", "20260521152632"] {
            let at = china_time(text).unwrap();
            assert_eq!(at.to_rfc3339(), "2026-05-21T07:26:32+00:00");
            assert_eq!(china(at), "2026-05-21 15:26:32");
        }
        assert_eq!(china_day("2026-05-21T17:00:00Z".parse().unwrap()), "2026-05-22");
        for bad in ["", "2026-05-21", "1795312800000", "20261321152632"] {
            assert_eq!(china_time(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_split_request_is_for_a_person() {
        let records = |keys: &[&str]| keys.iter().map(|key| (*key).to_owned()).collect::<Vec<_>>();
        let of = |keys: &[&str]| only(records(keys), "k1", String::as_str);
        assert_eq!(of(&[]).unwrap(), None);
        assert_eq!(of(&["k2"]).unwrap(), None);
        assert_eq!(of(&["k1"]).unwrap().as_deref(), Some("k1"));
        assert_eq!(of(&[""]).unwrap().as_deref(), Some(""));
        assert_eq!(of(&["k2", "k1"]).unwrap().as_deref(), Some("k1"));
        let error = of(&["k1", "k1"]).unwrap_err();
        assert_eq!((error.kind(), error.effect()), (ErrorKind::OperatorNeeded, Effect::Applied));
    }

    #[test]
    fn what_is_not_whole_is_not_an_invoice() {
        let at = china_time("2026-05-21 15:26:32");
        let number = "24442000000071309399";
        assert_eq!(issued(number, at, ["2.0", "0.2", ""]).unwrap().gross.fen(), 220);
        assert_eq!(issued(number, at, ["-2.0", "-0.2", "-2.20"]).unwrap().gross.fen(), -220);
        for (number, at, amounts) in [
            ("", at, ["2.0", "0.2", "2.2"]),
            (number, None, ["2.0", "0.2", "2.2"]),
            (number, at, ["", "0.2", "2.2"]),
            (number, at, ["2.0", "0.201", "2.2"]),
            (number, at, ["2.0", "0.2", "2.21"]),
        ] {
            assert_eq!(issued(number, at, amounts), None, "{number} {at:?} {amounts:?}");
        }
    }

    #[test]
    fn a_life_that_is_none_is_no_life() {
        use serde_json::json;
        assert_eq!(lives(Some(json!(86_400))), Some(Duration::from_secs(86_400)));
        assert_eq!(lives(Some(json!("86400"))), Some(Duration::from_secs(86_400)));
        for none in [None, Some(json!(-1)), Some(json!(0)), Some(json!("-1")), Some(json!(null))] {
            assert_eq!(lives(none), None);
        }
    }
}
