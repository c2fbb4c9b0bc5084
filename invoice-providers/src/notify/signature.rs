use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

/// The keys of a webhook (Standard Webhooks, specification 1.0.0): the newest first. While a key is being replaced the
/// receiver may still know only the old one, so every key signs. `Debug` shows how many there are.
#[derive(Clone)]
pub struct SigningKeys(Vec<Zeroizing<Vec<u8>>>);

/// Why a secret is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SecretError {
    /// Not base64 behind the prefix `whsec_`.
    #[error("a webhook secret is whsec_ and base64")]
    Shape,
    /// Shorter than 24 or longer than 64 bytes.
    #[error("a webhook secret has 24 to 64 bytes")]
    Length,
    /// There is none.
    #[error("a webhook needs at least one secret")]
    None,
}

impl SigningKeys {
    /// Takes secrets such as `whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw`, the newest first.
    ///
    /// # Errors
    /// When there is none, or one has another form or length.
    pub fn new<'a>(secrets: impl IntoIterator<Item = &'a str>) -> Result<Self, SecretError> {
        let read = |secret: &str| {
            let text = secret.strip_prefix("whsec_").ok_or(SecretError::Shape)?;
            let key = Zeroizing::new(STANDARD.decode(text).map_err(|_| SecretError::Shape)?);
            if (24..=64).contains(&key.len()) { Ok(key) } else { Err(SecretError::Length) }
        };
        let keys = secrets.into_iter().map(read).collect::<Result<Vec<_>, _>>()?;
        if keys.is_empty() { Err(SecretError::None) } else { Ok(Self(keys)) }
    }

    /// The header `webhook-signature`: `v1,` and the base64 of HMAC-SHA256 over `id.timestamp.body`, one for each key,
    /// with spaces between them.
    #[must_use]
    pub fn sign(&self, id: &str, timestamp: i64, body: &[u8]) -> String {
        let one = |key: &Zeroizing<Vec<u8>>| {
            // HMAC takes keys of any length.
            let mut mac = Hmac::<Sha256>::new_from_slice(key).ok()?;
            mac.update(format!("{id}.{timestamp}.").as_bytes());
            mac.update(body);
            Some(format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes())))
        };
        self.0.iter().filter_map(one).collect::<Vec<_>>().join(" ")
    }
}

impl fmt::Debug for SigningKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKeys({})", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_example_has_its_published_signature() {
        // Standard Webhooks 1.0.0, "Signature scheme".
        let keys = SigningKeys::new(["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"]).unwrap();
        let signature = keys.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, br#"{"test": 2432232314}"#);
        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn every_key_signs_while_one_replaces_another() {
        let (old, new) = ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD");
        let alone = |secret| SigningKeys::new([secret]).unwrap().sign("id", 1, b"x");
        let both = SigningKeys::new([new, old]).unwrap();
        assert_eq!(both.sign("id", 1, b"x"), format!("{} {}", alone(new), alone(old)));
        assert_eq!(format!("{both:?}"), "SigningKeys(2)");
    }

    #[test]
    fn weak_or_foreign_secrets_are_refused() {
        let refused = |secret: &str| SigningKeys::new([secret]).unwrap_err();
        assert_eq!(refused("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"), SecretError::Shape);
        assert_eq!(refused("whsec_***"), SecretError::Shape);
        assert_eq!(refused("whsec_AAAA"), SecretError::Length);
        assert_eq!(SigningKeys::new([]).unwrap_err(), SecretError::None);
    }
}
