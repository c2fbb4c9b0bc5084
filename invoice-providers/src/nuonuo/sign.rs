//! The signature of a call (`X-Nuonuo-Sign`): base64 of HMAC-SHA1 under the application's secret.
//!
//! Signed are the path, the application, what makes the call unique, and the body as it is sent. The token, the method
//! and the tax number are not under it.

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::credentials::Secret;

/// What makes one call unique, as it stands in the query of its address.
pub(super) struct Stamp {
    pub(super) senid: String,
    pub(super) nonce: String,
    pub(super) timestamp: String,
}

/// `path` is that of the gateway; its last segment is signed first.
pub(super) fn sign(secret: &Secret, app_key: &str, path: &str, stamp: &Stamp, body: &[u8]) -> String {
    let mut context = hmac::Context::with_key(&hmac::Key::new(
        hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
        secret.expose().as_bytes(),
    ));
    let mut segments = path.rsplit('/').filter(|segment| !segment.is_empty());
    let mut segment = || segments.next().unwrap_or_default();
    let (last, middle, first) = (segment(), segment(), segment());
    let Stamp { senid, nonce, timestamp } = stamp;
    let head = format!("a={last}&l={middle}&p={first}&k={app_key}&i={senid}&n={nonce}&t={timestamp}&f=");
    context.update(head.as_bytes());
    context.update(body);
    STANDARD.encode(context.sign().as_ref())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stamp(senid: &str, nonce: &str, timestamp: &str) -> Stamp {
        Stamp { senid: senid.to_owned(), nonce: nonce.to_owned(), timestamp: timestamp.to_owned() }
    }

    /// A value of the vendor's own SDK (Python 2.0.0), and what careless clients sign instead.
    #[test]
    fn the_sent_bytes_are_signed_and_no_other_form_of_them() {
        let call = stamp("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "12345678", "1700000000");
        let of = |body: &[u8]| sign(&Secret::new("secret"), "app", "/open/v1/services", &call, body);
        let right = "4BzcKzrcoqxPis0W/W3X2ae0uIo=";
        assert_eq!(of("{\"name\":\"中文\"}".as_bytes()), right);
        for (body, wrong) in [
            (&b"{\"name\":\"\\u4e2d\\u6587\"}"[..], "Ogs1Q3Vyn4gr9t6CsLSujrPGnTA="),
            ("{\"name\": \"中文\"}".as_bytes(), "x+a/W7bIbtq+or0IFZZCkvPPkrw="),
            (b"{\"name\":\"\xd6\xd0\xce\xc4\"}", "vax3YuMWiAJtT3G1Ar7iksUaTz0="),
        ] {
            assert_eq!(of(body), wrong);
            assert_ne!(wrong, right);
        }
    }

    #[test]
    fn every_part_but_the_token_is_under_the_signature() {
        let base = stamp("0123456789abcdef0123456789abcdef", "87654321", "1795312800");
        let of = |key: &str, path: &str, call: &Stamp| sign(&Secret::new("s"), key, path, call, b"{}");
        let right = of("k", "/open/v1/services", &base);
        for other in [
            of("k2", "/open/v1/services", &base),
            of("k", "/open/v2/services", &base),
            of(
                "k",
                "/open/v1/services",
                &stamp("1123456789abcdef0123456789abcdef", "87654321", "1795312800"),
            ),
            of(
                "k",
                "/open/v1/services",
                &stamp("0123456789abcdef0123456789abcdef", "87654322", "1795312800"),
            ),
            of(
                "k",
                "/open/v1/services",
                &stamp("0123456789abcdef0123456789abcdef", "87654321", "1795312801"),
            ),
        ] {
            assert_ne!(other, right);
        }
    }
}
