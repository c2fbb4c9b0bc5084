//! Callbacks of the small-business line. Their document is not public, so nothing in them is believed: whatever names
//! an order is a hint to ask about it.

use invoice_core::id::IntentKey;
use invoice_core::provider::{CallbackOutcome, Effect, ErrorKind, ProviderError};
use serde_json::Value;

use crate::http::decode_form;

const REPLY: &[u8] = b"{\"success\":true}";
const KEYS: &[&str] = &["orderNo", "serialNo"];
/// How deep a body is looked through.
const DEPTH: usize = 4;

pub(super) fn parse(body: &[u8]) -> Result<CallbackOutcome, ProviderError> {
    let unreadable = || ProviderError::new(ErrorKind::Rejected, Effect::Unknown).with_code("CALLBACK");
    let mut named = Vec::new();
    match serde_json::from_slice::<Value>(body) {
        Ok(value) => look(&value, DEPTH, &mut named),
        Err(_) => {
            for (name, value) in decode_form(body).ok_or_else(unreadable)? {
                if KEYS.contains(&name.as_str()) {
                    named.push(value);
                } else if let Ok(value) = serde_json::from_str(&value) {
                    look(&value, DEPTH, &mut named);
                }
            }
        }
    }
    named.sort_unstable();
    named.dedup();
    let keys: Vec<IntentKey> = named.into_iter().filter_map(|key| IntentKey::new(key).ok()).collect();
    if keys.is_empty() {
        return Err(unreadable());
    }
    Ok(CallbackOutcome::Hint { keys, reply: REPLY.to_vec() })
}

fn look(value: &Value, depth: usize, named: &mut Vec<String>) {
    let Some(depth) = depth.checked_sub(1) else { return };
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                match value {
                    Value::String(text) if KEYS.contains(&name.as_str()) => named.push(text.clone()),
                    other => look(other, depth, named),
                }
            }
        }
        Value::Array(values) => values.iter().for_each(|value| look(value, depth, named)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_it_claims_it_is_a_hint() {
        let key = IntentKey::new("k1").unwrap();
        for body in [
            "{\"orderNo\":\"k1\",\"status\":\"01\"}",
            "{\"data\":[{\"orderNo\":\"k1\"},{\"orderNo\":\"k1\"}]}",
            "orderNo=k1&status=01",
            "data=%7B%22orderNo%22%3A%22k1%22%7D",
        ] {
            let Ok(CallbackOutcome::Hint { keys, .. }) = parse(body.as_bytes()) else { panic!("{body}") };
            assert_eq!(keys, std::slice::from_ref(&key));
        }
        for body in ["", "{}", "[]", "{\"a\":{\"a\":{\"a\":{\"a\":{\"orderNo\":\"k1\"}}}}}", "orderNo=a b"] {
            assert!(parse(body.as_bytes()).is_err(), "{body}");
        }
    }
}
