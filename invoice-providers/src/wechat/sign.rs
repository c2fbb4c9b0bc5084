//! Signatures (`WECHATPAY2-SHA256-RSA2048`): over the bytes that are sent, and over those that came.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, UnparsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, TimeDelta, Utc};

use super::keys::{MerchantKey, PlatformKeys};

const SCHEME: &str = "WECHATPAY2-SHA256-RSA2048";
/// How far the clocks of both sides may differ (official SDKs).
pub(super) const WINDOW: TimeDelta = TimeDelta::seconds(300);

/// What makes one request unique.
pub(super) struct Stamp {
    /// Seconds since 1970.
    pub(super) timestamp: String,
    pub(super) nonce: String,
}

/// Five lines, each with its end: method, path with its query as sent, seconds, nonce, body.
fn request(method: &str, path: &str, stamp: &Stamp, body: &[u8]) -> Vec<u8> {
    let head = format!("{method}\n{path}\n{}\n{}\n", stamp.timestamp, stamp.nonce);
    [head.as_bytes(), body, b"\n"].concat()
}

/// The value of the header `Authorization`. `None` when the key cannot sign.
pub(super) fn authorization(
    key: &MerchantKey,
    mchid: &str,
    (method, path): (&str, &str),
    stamp: &Stamp,
    body: &[u8],
) -> Option<String> {
    let mut signature = vec![0; key.pair.public_modulus_len()];
    let signed = request(method, path, stamp, body);
    key.pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), &signed, &mut signature).ok()?;
    Some(header(mchid, &key.serial, stamp, &STANDARD.encode(signature)))
}

fn header(mchid: &str, serial: &str, stamp: &Stamp, signature: &str) -> String {
    let Stamp { timestamp, nonce } = stamp;
    format!(
        "{SCHEME} mchid=\"{mchid}\",nonce_str=\"{nonce}\",timestamp=\"{timestamp}\",serial_no=\"{serial}\",signature=\"{signature}\""
    )
}

/// What the platform says of the origin of an answer or a callback, in its headers.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seal<'a> {
    pub(super) serial: &'a str,
    pub(super) timestamp: &'a str,
    pub(super) nonce: &'a str,
    pub(super) signature: &'a str,
}

/// What a signature proves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Proof {
    /// The platform has signed these bytes, now.
    Good,
    /// The platform has signed these bytes at this time, which is not now: either side's clock is wrong, or somebody
    /// sends again what was sent before.
    Stale(DateTime<Utc>),
    /// Signed with a key that this account does not know.
    UnknownKey,
    /// Not signed, or not by the platform.
    Bad,
}

impl<'a> Seal<'a> {
    /// Takes the headers by a function that finds them; what is missing is empty.
    pub(super) fn new(find: impl Fn(&str) -> Option<&'a str>) -> Self {
        let of = |name| find(name).unwrap_or_default();
        Self {
            serial: of("Wechatpay-Serial"),
            timestamp: of("Wechatpay-Timestamp"),
            nonce: of("Wechatpay-Nonce"),
            signature: of("Wechatpay-Signature"),
        }
    }

    /// Whether these bytes are the platform's. Nothing secret is compared: a signature is checked with a public key.
    pub(super) fn check(&self, keys: &PlatformKeys, body: &[u8], now: DateTime<Utc>) -> Proof {
        let Some(key) = keys.find(self.serial) else {
            return if self.signature.is_empty() { Proof::Bad } else { Proof::UnknownKey };
        };
        let seconds = self.timestamp.parse().ok().and_then(|seconds| DateTime::from_timestamp(seconds, 0));
        let (Some(at), Ok(signature)) = (seconds, STANDARD.decode(self.signature)) else { return Proof::Bad };
        let head = format!("{}\n{}\n", self.timestamp, self.nonce);
        let signed = [head.as_bytes(), body, b"\n"].concat();
        if UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key).verify(&signed, &signature).is_err() {
            return Proof::Bad;
        }
        if (now - at).abs() > WINDOW { Proof::Stale(at) } else { Proof::Good }
    }
}

#[cfg(test)]
mod tests {
    use super::super::vectors::{self, CALLBACK, CERTIFICATE, PUBLIC_KEY};
    use super::*;

    fn stamp(timestamp: &str, nonce: &str) -> Stamp {
        Stamp { timestamp: timestamp.to_owned(), nonce: nonce.to_owned() }
    }

    fn verifies(message: &[u8], signature: &str) -> bool {
        let keys = PlatformKeys::new().with_public_key("k", PUBLIC_KEY).unwrap();
        let key = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, keys.find("k").unwrap());
        key.verify(message, &STANDARD.decode(signature).unwrap()).is_ok()
    }

    /// Of the official Go SDK's tests.
    #[test]
    fn five_lines_are_signed() {
        let call = stamp("1624523846", "A1B2C3D4E5F6G7");
        for (method, body, expected) in [
            ("GET", "", "GET\n/v3/certificates\n1624523846\nA1B2C3D4E5F6G7\n\n"),
            (
                "POST",
                "Hello World!\n",
                "POST\n/v3/certificates\n1624523846\nA1B2C3D4E5F6G7\nHello World!\n\n",
            ),
        ] {
            let signed = request(method, "/v3/certificates", &call, body.as_bytes());
            assert_eq!(String::from_utf8(signed).unwrap(), expected);
        }
    }

    /// Of the official Go SDK's tests, and one value derived with the same key for a query of this service.
    #[test]
    fn published_signatures_fit_and_fit_nothing_else() {
        assert!(verifies(b"source", vectors::SOURCE_SIGNATURE));
        assert!(!verifies(b"wrong source", vectors::SOURCE_SIGNATURE));
        assert!(!verifies(b"", vectors::SOURCE_SIGNATURE));
        let call = stamp("1795312800", "5K8264ILTKCH16CQ2502SI8ZNMTM67VS");
        let signed = request("GET", vectors::QUERY_PATH, &call, b"");
        assert!(verifies(&signed, vectors::QUERY_SIGNATURE));
        let path = vectors::QUERY_PATH.split('?').next().unwrap();
        for (wrong, what) in [
            (request("POST", vectors::QUERY_PATH, &call, b""), "method"),
            (request("GET", path, &call, b""), "query left out"),
            (request("GET", vectors::QUERY_PATH, &call, b"{}"), "body"),
            (request("GET", vectors::QUERY_PATH, &stamp("1795312800000", &call.nonce), b""), "milliseconds"),
            (signed[..signed.len() - 1].to_vec(), "the last line's end left out"),
        ] {
            assert!(!verifies(&wrong, vectors::QUERY_SIGNATURE), "{what}");
        }
        let shown = header("1900000109", "F5765756002FDD77", &call, vectors::QUERY_SIGNATURE);
        assert_eq!(shown, vectors::QUERY_AUTHORIZATION);
    }

    #[test]
    fn a_published_callback_is_good_at_its_time_and_only_as_it_was_sent() {
        let keys = PlatformKeys::new().with_certificate(CERTIFICATE).unwrap();
        let at = |seconds: i64| DateTime::from_timestamp(1_624_523_846 + seconds, 0).unwrap();
        let seal = CALLBACK.seal();
        let check = |seal: &Seal<'_>, body: &[u8], seconds| seal.check(&keys, body, at(seconds));
        let body = CALLBACK.body.as_bytes();
        for good in [-300, 0, 300] {
            assert_eq!(check(&seal, body, good), Proof::Good);
        }
        for stale in [-301, 301] {
            assert_eq!(check(&seal, body, stale), Proof::Stale(at(0)));
        }
        let mut tampered = body.to_vec();
        tampered[10] ^= 1;
        assert_eq!(check(&seal, &tampered, 0), Proof::Bad);
        assert_eq!(check(&Seal { serial: "D7CE59D1F522D702", ..seal }, body, 0), Proof::UnknownKey);
        for wrong in [
            Seal { timestamp: "1624523847", ..seal },
            Seal { timestamp: "now", ..seal },
            Seal { nonce: "x", ..seal },
            Seal { signature: "", ..seal },
            Seal { signature: "AAAA", ..seal },
            Seal::new(|_| None),
        ] {
            assert_eq!(check(&wrong, body, 0), Proof::Bad);
        }
    }
}
