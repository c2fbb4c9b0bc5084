//! Published values: of the tests of the official Go SDK (wechatpay-go, Apache-2.0), which gives no private key here; and
//! one derived with its key.

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::keys::MerchantKey;
use super::sign::Seal;
use crate::credentials::Secret;

/// A callback with its headers.
pub(super) struct Sent {
    nonce: &'static str,
    timestamp: &'static str,
    serial: &'static str,
    signature: &'static str,
    pub(super) body: &'static str,
    pub(super) sealing_nonce: &'static str,
    pub(super) associated: &'static str,
}

impl Sent {
    pub(super) const fn seal(&self) -> Seal<'static> {
        Seal { serial: self.serial, timestamp: self.timestamp, nonce: self.nonce, signature: self.signature }
    }

    pub(super) fn ciphertext(&self) -> String {
        let body: Value = serde_json::from_str(self.body).unwrap();
        body["resource"]["ciphertext"].as_str().unwrap().to_owned()
    }
}

/// A key pair of this run.
pub(super) fn made_up_key() -> MerchantKey {
    let pair = KeyPair::generate(KeySize::Rsa2048).unwrap();
    let der = AsDer::<Pkcs8V1Der<'_>>::as_der(&pair).unwrap();
    let pem = format!(
        "-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n",
        STANDARD.encode(der.as_ref())
    );
    MerchantKey::from_pem("F5765756002FDD77", &Secret::new(pem)).unwrap()
}

/// Whose signatures these are.
pub(super) const PUBLIC_KEY: &str = "\
-----BEGIN PUBLIC KEY-----\n\
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA2VCTd91fnUn73Xy9DLvt\n\
/V62TVxRTEEstVdeRaZ3B3leO0pldE806mXO4RwdHXagHQ4vGeZN0yqm++rDsGK+\n\
U3AH7kejyD2pXshNP9Cq5YwbptiLGtjcquw4HNxJQUOmDeJf2vg6byms9RUipiq4\n\
SzbJKqJFlUpbuIPDpSpWz10PYmyCNeDGUUK65E5h2B834uxl1zNLYQCrkdBzb8oU\n\
xwYeP5a2DNxmjL5lsJML7DGr5znsevnoqGRwTm9fxCGfy8wus7hwKz6clt3Whmmd\n\
a7UAdb1c08hEQFVRbF14AR73xbnd8N0obCWJPCbzMCtkaSef4FdEEgEXJiw0VAJT\n\
8wIDAQAB\n\
-----END PUBLIC KEY-----\n";
/// Of the platform, with a key of its own.
pub(super) const CERTIFICATE: &str = "\
-----BEGIN CERTIFICATE-----\n\
MIIDVzCCAj+gAwIBAgIJANfOWdH1ItcBMA0GCSqGSIb3DQEBCwUAMEIxCzAJBgNV\n\
BAYTAlhYMRUwEwYDVQQHDAxEZWZhdWx0IENpdHkxHDAaBgNVBAoME0RlZmF1bHQg\n\
Q29tcGFueSBMdGQwHhcNMjEwNDI3MDg1NTIzWhcNMzEwNDI1MDg1NTIzWjBCMQsw\n\
CQYDVQQGEwJYWDEVMBMGA1UEBwwMRGVmYXVsdCBDaXR5MRwwGgYDVQQKDBNEZWZh\n\
dWx0IENvbXBhbnkgTHRkMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA\n\
2VCTd91fnUn73Xy9DLvt/V62TVxRTEEstVdeRaZ3B3leO0pldE806mXO4RwdHXag\n\
HQ4vGeZN0yqm++rDsGK+U3AH7kejyD2pXshNP9Cq5YwbptiLGtjcquw4HNxJQUOm\n\
DeJf2vg6byms9RUipiq4SzbJKqJFlUpbuIPDpSpWz10PYmyCNeDGUUK65E5h2B83\n\
4uxl1zNLYQCrkdBzb8oUxwYeP5a2DNxmjL5lsJML7DGr5znsevnoqGRwTm9fxCGf\n\
y8wus7hwKz6clt3Whmmda7UAdb1c08hEQFVRbF14AR73xbnd8N0obCWJPCbzMCtk\n\
aSef4FdEEgEXJiw0VAJT8wIDAQABo1AwTjAdBgNVHQ4EFgQUT1c7nd/SUO76HSoZ\n\
umNUJv1R5PwwHwYDVR0jBBgwFoAUT1c7nd/SUO76HSoZumNUJv1R5PwwDAYDVR0T\n\
BAUwAwEB/zANBgkqhkiG9w0BAQsFAAOCAQEAfTjxKRQMzNB/U6ZoCUS+BSNfa2Oh\n\
0plMN6ZuzwiVVZwg1jywvv5yv04koS7Pd4i9E4gt9ZBUQXlpq+A3oOCEEHNRR6b2\n\
kyazGRM7s0OP5X21WrbpSmKmU6K7hkfx30yYs08LVs/Q8DIhvaj1FCFeJzUCzYn/\n\
fHMq4tsbKO0dKAeydPM/nrUZBmaYQVKMVOORGLFjFKVO7JV6Kq/R86ouhjEPgJOe\n\
2xulNBUcjicqtZlBdEh/PWCYP2SpGVDclKm8jeo175T3EVAkdKzzmfpxtMmnMlmq\n\
cTJOU9TxuGvNASMtjj7pYIerTx+xgZDXEVBWFW9PjJ0TV06tCRsgSHItgg==\n\
-----END CERTIFICATE-----\n";
/// Over `source`.
pub(super) const SOURCE_SIGNATURE: &str = "BKyAfU4iMCuvXMXS0Wzam3V/cnxZ+JaqigPM5OhljS2iOT95OO6Fsuml2JkFANJU9K6q9bLlDhPXuoVz+pp4hAm6pHU4ld815U4jsKu1RkyaII+1CYBUYC8TK0XtJ8FwUXXz8vZHh58rrAVN1XwNyvD1vfpxrMT4SL536GLwvpUHlCqIMzoZUguLli/K8V29QiOhuH6IEqLNJn8e9b3nwNcQ7be3CzYGpDAKBfDGPCqCv8Rw5zndhlffk2FEA70G4hvMwe51qMN/RAJbknXG23bSlObuTCN7Ndj1aJGH6/L+hdwfLpUtJm4QYVazzW7DFD27EpSQEqA8bX9+8m1rLg==";
/// A query of this service.
pub(super) const QUERY_PATH: &str = "/v3/new-tax-control-fapiao/fapiao-applications/LB202611220001?sub_mchid=1900000110&fapiao_id=LB202611220001-1";
/// Over that query.
pub(super) const QUERY_SIGNATURE: &str = "KUd7nSrObYvlGb87Fb1EMfywPS8qIS68hoW+B95cJVQzvba980Aqlnq+v/Ppag8g9RafWgOTFsDj895xrkpTt6Y+K9B+h+HfaHvfdUsvk/yA+G6MY9IzLmmWS5XKC8iLAo8AzM6bmbSxAtrQnnfp07uqEa2SbvTVbMRzEmuxOFnFwuAD0GB9wnIwMFZ0K+dXl+almCWGfuiAVFbu1CKcvz1oon7jMSHIPRCzM8UkOkliIpryd/Sx79lBBBMjyn/j1TDgcYDAHbiUO8AB93FyzUaFkXrGM2cZwx4qO5Qpre1UwMbhp67F03QD8of0u2G7rYKwoos3OcIFQy7wweyTzw==";
/// Its header.
pub(super) const QUERY_AUTHORIZATION: &str = "WECHATPAY2-SHA256-RSA2048 mchid=\"1900000109\",nonce_str=\"5K8264ILTKCH16CQ2502SI8ZNMTM67VS\",timestamp=\"1795312800\",serial_no=\"F5765756002FDD77\",signature=\"KUd7nSrObYvlGb87Fb1EMfywPS8qIS68hoW+B95cJVQzvba980Aqlnq+v/Ppag8g9RafWgOTFsDj895xrkpTt6Y+K9B+h+HfaHvfdUsvk/yA+G6MY9IzLmmWS5XKC8iLAo8AzM6bmbSxAtrQnnfp07uqEa2SbvTVbMRzEmuxOFnFwuAD0GB9wnIwMFZ0K+dXl+almCWGfuiAVFbu1CKcvz1oon7jMSHIPRCzM8UkOkliIpryd/Sx79lBBBMjyn/j1TDgcYDAHbiUO8AB93FyzUaFkXrGM2cZwx4qO5Qpre1UwMbhp67F03QD8of0u2G7rYKwoos3OcIFQy7wweyTzw==\"";
/// Nonce of the text below.
pub(super) const NONCE_OF_AES: &str = "wCq51qZv4Yfg";
/// `Hello World`, sealed.
pub(super) const SEALED_BY_AES: &str = "FsdXzxryWfKwvLJKf8LG/ToRPTRh8RN9wROC";
/// A whole callback.
pub(super) const CALLBACK: Sent = Sent {
    nonce: "EcZ9Cmy4Xyx1i6RlJQzLcCyEqDa26NBz",
    timestamp: "1624523846",
    serial: "D7CE59D1F522D701",
    signature: "tJHIiIS9eB2hAYstmAmbbD3ZE5LiIm/Ug5tuL4fC0YOFRWIHV39UFIZXC0e9Wl6lBu6sKvkqDkzpqzBsVHyXFlbYZTOQrVdG4b6LfTnK4mikv9++ixJMd3vTf2yCqvBkh98zs3Ds5zsYQakzbcwhmw4fMJs4nPLws28H0UW9FjDR//rxELLwXvV1VEA1IBLX70xptjL8hrfUjEE8kkry6yNJTHZRU8CAc7qHli2Ng1V1qb9ARbK8A3ThmFmPQvRGrapI/jS2laKKgYUmfdEdkNO6B2Cke5e8VTxY406ArAmQ90GAihDwIcb16TQMnzCMBoutnwZKNiKRACrFmtxw2Q==",
    body: "{\"id\":\"3119dfba-e649-5eec-ab1e-3412bc4d2e17\",\"create_time\":\"2021-06-24T16:37:26+08:00\",\"resource_type\":\"encrypt-resource\",\"event_type\":\"PAYSCORE.USER_OPEN_SERVICE\",\"summary\":\"签约成功\",\"resource\":{\"original_type\":\"payscore\",\"algorithm\":\"AEAD_AES_256_GCM\",\"ciphertext\":\"YDS3lKPaC4Y52Gf3uhft5qUBlIa8b428AWTtTauHQfQrRw+X1WpiuHIDy0vo1Vd6VEq67aVyqPdDYMkRVSDaZL3iZttevRMOoPKMifozg6XPWjIZumks/GpT48lI4NizyeaqLBokNebthah3o1H76qSlO9NkDjp9bzmKLEYYH9TEklFUpsvPqOTOcgSLgh21YJXYR7dEBXFgRLiNIKRgO5JdXh1hccRUAlyVWxE54PXpnQ==\",\"associated_data\":\"payscore\",\"nonce\":\"Kj7QIyUiYx1q\"}}",
    sealing_nonce: "Kj7QIyUiYx1q",
    associated: "payscore",
};
/// What is sealed in it.
pub(super) const CALLBACK_PLAIN: &str = "{\"mchid\":\"1234567890\",\"appid\":\"054aa7d7a2a54ab5898df65bd96f001c\",\"create_time\":\"2020-06-30T12:12:00+08:00\",\"out_contract_code\":\"21640bdbd08e473e828f3206a2741c6e\"}";
