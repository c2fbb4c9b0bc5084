//! Callbacks: a form without a signature, so a hint and nothing more.

use invoice_core::id::IntentKey;
use invoice_core::provider::{CallbackOutcome, Effect, ErrorKind, ProviderError};
use serde_json::Value;

use crate::http::decode_form;

/// What the service wants to read back.
const REPLY: &str = "{\"status\":\"0000\",\"message\":\"同步成功\"}";
/// The names of our key, in the form and in its `content`.
const KEYS: &[&str] = &["orderno", "c_orderno", "orderNo", "billId"];

pub(super) fn parse(body: &[u8]) -> Result<CallbackOutcome, ProviderError> {
    let unreadable = || ProviderError::new(ErrorKind::Rejected, Effect::Unknown).with_code("CALLBACK");
    let form = decode_form(body).ok_or_else(unreadable)?;
    let mut named: Vec<String> = Vec::new();
    for (name, value) in &form {
        if KEYS.contains(&name.as_str()) {
            named.push(value.clone());
        }
        if name == "content" {
            let content: Value = serde_json::from_str(value).map_err(|_| unreadable())?;
            named.extend(KEYS.iter().filter_map(|key| content.get(key)?.as_str().map(str::to_owned)));
        }
    }
    named.sort_unstable();
    named.dedup();
    let keys: Vec<IntentKey> = named.into_iter().filter_map(|key| IntentKey::new(key).ok()).collect();
    if keys.is_empty() {
        return Err(unreadable());
    }
    Ok(CallbackOutcome::Hint { keys, reply: REPLY.as_bytes().to_vec() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_it_claims_it_is_a_hint() {
        let body = b"operater=callback&orderno=k1&content=%7B%22c_orderno%22%3A%22k1%22%2C%22c_status%22%3A%221%22%7D";
        for body in [
            &body[..],
            b"orderno=k1",
            b"content={\"c_orderno\":\"k1\"}",
            b"operater=redConfirmCallback&content=%7B%22billId%22%3A%22k1%22%7D",
        ] {
            let CallbackOutcome::Hint { keys, reply } = parse(body).unwrap() else { panic!("not a hint") };
            assert_eq!(keys, [IntentKey::new("k1").unwrap()]);
            assert_eq!(reply, REPLY.as_bytes());
        }
        for body in [
            &b""[..],
            b"{}",
            b"orderno=",
            b"orderno=%ff",
            b"content=not+json&orderno=k1",
            b"orderno=a+b",
            b"\xff",
        ] {
            assert_eq!(parse(body).unwrap_err().effect(), Effect::Unknown, "{body:?}");
        }
    }
}
