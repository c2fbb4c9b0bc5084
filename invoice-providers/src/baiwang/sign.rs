//! The signature of a call and the hash of a password.
//!
//! sign = upper-case hex of MD5(secret + the sorted parameters, name and value, without `sign` and empty ones + the body
//! as it is sent + secret). The rule was checked against a call that the vendor's sandbox had accepted; the other rule
//! in public code, MD5(body + secret), does not reproduce it.

use std::fmt::Write as _;

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, SHA256, digest};
use md5::{Digest as _, Md5};
use zeroize::Zeroizing;

use super::account::Version;
use crate::credentials::Secret;

pub(super) fn sign(secret: &Secret, parameters: &[(&str, &str)], body: &[u8]) -> String {
    let mut sorted: Vec<_> =
        parameters.iter().filter(|(name, value)| *name != "sign" && !value.is_empty()).collect();
    sorted.sort_unstable();
    let mut hasher = Md5::new();
    hasher.update(secret.expose().as_bytes());
    for (name, value) in sorted {
        hasher.update(name.as_bytes());
        hasher.update(value.as_bytes());
    }
    hasher.update(body);
    hasher.update(secret.expose().as_bytes());
    hex(&hasher.finalize()).to_ascii_uppercase()
}

/// Lower-case hex: SHA-1 of the hex of MD5 in version 6, SHA-256 in version 7, of the password with its salt behind it.
pub(super) fn hash_password(version: Version, password: &Secret, salt: &Secret) -> String {
    let salted = Zeroizing::new(format!("{}{}", password.expose(), salt.expose()));
    match version {
        Version::V6 => {
            let inner = hex(&Md5::digest(salted.as_bytes()));
            hex(digest(&SHA1_FOR_LEGACY_USE_ONLY, inner.as_bytes()).as_ref())
        }
        Version::V7 => hex(digest(&SHA256, salted.as_bytes()).as_ref()),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &str = "{\"taxNo\":\"91110000000000000X\",\"data\":{\"serialNo\":\"LB202611220001\"}}";

    fn parameters() -> Vec<(&'static str, &'static str)> {
        vec![
            ("method", "baiwang.output.invoice.query"),
            ("version", "6.0"),
            ("appKey", "1000001"),
            ("format", "json"),
            ("timestamp", "1795312800000"),
            ("token", "loopback-token"),
            ("type", "sync"),
            ("requestId", "req-0001"),
        ]
    }

    #[test]
    fn all_parameters_and_the_sent_bytes_are_signed() {
        let secret = Secret::new("loopback-secret");
        let right = "CDDAD51A94282432A309D3BA1185666A";
        assert_eq!(sign(&secret, &parameters(), BODY.as_bytes()), right);
        let mut with_more = parameters();
        with_more.extend([("sign", "anything"), ("empty", "")]);
        assert_eq!(sign(&secret, &with_more, BODY.as_bytes()), right);
        // What careless clients sign instead.
        let short: Vec<_> = parameters().into_iter().filter(|(name, _)| *name != "requestId").collect();
        assert_eq!(sign(&secret, &short, BODY.as_bytes()), "0417CC0222BF582FBE8ABFEC5FE41490");
        let spaced = BODY.replace(':', ": ").replace(',', ", ");
        assert_eq!(sign(&secret, &parameters(), spaced.as_bytes()), "BAA871CA62AFC5D706CBEED520B896ED");
    }

    #[test]
    fn passwords_are_hashed_by_version() {
        let (password, salt) = (Secret::new("P@ssw0rd"), Secret::new("salt0001"));
        assert_eq!(hash_password(Version::V6, &password, &salt), "c1c802192d1c32b505558f5c91c2d07ea3a34fd6");
        assert_eq!(
            hash_password(Version::V7, &password, &salt),
            "ca81ad96c8d70893f19c74c004c0e1073194433b57b908fcbde5490415b31fd8"
        );
    }
}
