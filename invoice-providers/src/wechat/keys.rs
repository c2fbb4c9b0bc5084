//! The three keys of an account: the merchant's, which signs requests; the platform's, which sign answers and
//! callbacks; and the APIv3 key, which seals callbacks.

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::rsa::{OaepPrivateDecryptingKey, PrivateDecryptingKey, PublicEncryptingKey};
use aws_lc_rs::signature::RsaKeyPair;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use super::der;
use crate::credentials::Secret;
use crate::http::EndpointError;

/// The shortest RSA key that is taken, in bytes: 2048 bits.
const LEAST_RSA: usize = 256;
/// An APIv3 key is the key of AES-256, as text.
const API_KEY: usize = 32;

/// What is wrong with the settings of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AccountError {
    /// Not PEM of the kind that is wanted.
    #[error("a key or certificate is PEM text of the kind that is wanted")]
    Pem,
    /// Not an RSA key, or one shorter than 2048 bits.
    #[error("the keys of WeChat Pay are RSA keys of 2048 bits or more")]
    Rsa,
    /// The APIv3 key is not 32 bytes long.
    #[error("the APIv3 key is 32 bytes long")]
    ApiKey,
    /// A merchant number, serial number or name of a key that is empty or has other characters than letters, digits,
    /// `_` and `-`.
    #[error("numbers of merchants, drawers and keys are letters, digits, '_' and '-'")]
    Number,
    /// No key of the platform.
    #[error("an account needs a key of the platform to check answers with")]
    NoPlatformKey,
    /// The address.
    #[error(transparent)]
    Endpoint(#[from] EndpointError),
}

/// Letters, digits, `_` and `-`: these stand in headers and addresses.
pub(super) fn number(text: impl Into<String>) -> Result<String, AccountError> {
    let text = text.into();
    let fine = |byte: u8| byte.is_ascii_alphanumeric() || b"_-".contains(&byte);
    if text.is_empty() || !text.bytes().all(fine) { Err(AccountError::Number) } else { Ok(text) }
}

/// The first block of a kind.
fn pem(text: &str, kind: &str) -> Result<Zeroizing<Vec<u8>>, AccountError> {
    let (begin, end) = (format!("-----BEGIN {kind}-----"), format!("-----END {kind}-----"));
    let inner = text.split_once(&begin).and_then(|(_, rest)| rest.split_once(&end)).map(|(inner, _)| inner);
    let digits: Zeroizing<String> =
        Zeroizing::new(inner.ok_or(AccountError::Pem)?.split_ascii_whitespace().collect());
    STANDARD.decode(digits.as_bytes()).map(Zeroizing::new).map_err(|_| AccountError::Pem)
}

/// The merchant's API certificate (商户API证书): its serial number and private key. `Debug` shows the serial number.
#[derive(Clone)]
pub struct MerchantKey {
    pub(super) serial: String,
    pub(super) pair: Arc<RsaKeyPair>,
    pub(super) opening: Arc<OaepPrivateDecryptingKey>,
}

impl MerchantKey {
    /// The key of `apiclient_key.pem` (PKCS #8) and the serial number of the certificate beside it.
    ///
    /// # Errors
    /// When it is not an RSA key in PEM, or the number is none.
    pub fn from_pem(serial: impl Into<String>, key: &Secret) -> Result<Self, AccountError> {
        let der = pem(key.expose(), "PRIVATE KEY")?;
        let pair = RsaKeyPair::from_pkcs8(&der).map_err(|_| AccountError::Rsa)?;
        if pair.public_modulus_len() < LEAST_RSA {
            return Err(AccountError::Rsa);
        }
        let opening = PrivateDecryptingKey::from_pkcs8(&der).map_err(|_| AccountError::Rsa)?;
        let opening = OaepPrivateDecryptingKey::new(opening).map_err(|_| AccountError::Rsa)?;
        Ok(Self { serial: number(serial)?, pair: Arc::new(pair), opening: Arc::new(opening) })
    }
}

impl fmt::Debug for MerchantKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MerchantKey({})", self.serial)
    }
}

/// The keys that the platform signs with, by name: the serial number of a platform certificate (平台证书), or the id of
/// a WeChat Pay public key (微信支付公钥, `PUB_KEY_ID_…`). Name the new one as soon as there is one, and drop the old
/// one when nothing is signed with it any more.
#[derive(Clone, Default)]
pub struct PlatformKeys(Vec<(String, Vec<u8>)>);

impl PlatformKeys {
    /// No keys yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a public key in PEM under its id.
    ///
    /// # Errors
    /// When it is not an RSA key in PEM, or the id is none.
    pub fn with_public_key(self, id: impl Into<String>, key: &str) -> Result<Self, AccountError> {
        let der = pem(key, "PUBLIC KEY")?;
        self.with(number(id)?, &der)
    }

    /// Adds a certificate in PEM under its own serial number. Who issued it and until when it is valid is not looked at:
    /// it comes from the merchant platform, or was downloaded and opened with the APIv3 key.
    ///
    /// # Errors
    /// When it is not a certificate of an RSA key in PEM.
    pub fn with_certificate(self, certificate: &str) -> Result<Self, AccountError> {
        let der = pem(certificate, "CERTIFICATE")?;
        let (serial, key) = der::certificate(&der).ok_or(AccountError::Pem)?;
        self.with(serial, key)
    }

    fn with(mut self, name: String, key: &[u8]) -> Result<Self, AccountError> {
        let read = PublicEncryptingKey::from_der(key).map_err(|_| AccountError::Rsa)?;
        if read.key_size_bytes() < LEAST_RSA {
            return Err(AccountError::Rsa);
        }
        self.0.retain(|(known, _)| *known != name);
        self.0.push((name, key.to_vec()));
        Ok(self)
    }

    /// The key that was named last: sensitive fields are sealed with it, and requests ask for answers under it.
    pub(super) fn newest(&self) -> Option<(&str, &[u8])> {
        self.0.last().map(|(name, key)| (name.as_str(), key.as_slice()))
    }

    pub(super) fn find(&self, name: &str) -> Option<&[u8]> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, key)| key.as_slice())
    }
}

impl fmt::Debug for PlatformKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(name, _)| name)).finish()
    }
}

/// The APIv3 key (APIv3密钥), set on the merchant platform.
#[derive(Debug, Clone)]
pub struct ApiKey(pub(super) Secret);

impl ApiKey {
    /// Takes the key.
    ///
    /// # Errors
    /// When it is not 32 bytes long.
    pub fn new(key: Secret) -> Result<Self, AccountError> {
        if key.expose().len() == API_KEY { Ok(Self(key)) } else { Err(AccountError::ApiKey) }
    }
}

#[cfg(test)]
mod tests {
    use super::super::vectors;
    use super::*;

    #[test]
    fn a_published_certificate_and_its_public_key_are_read() {
        let keys = PlatformKeys::new().with_certificate(vectors::CERTIFICATE).unwrap();
        let serial = keys.newest().map(|(name, _)| name.to_owned());
        assert_eq!(serial.as_deref(), Some("D7CE59D1F522D701"));
        let keys = keys.with_public_key("PUB_KEY_ID_0000", vectors::PUBLIC_KEY).unwrap();
        assert_eq!(keys.newest().map(|(name, _)| name), Some("PUB_KEY_ID_0000"));
        assert!(keys.find("D7CE59D1F522D701").is_some() && keys.find("D7CE59D1F522D702").is_none());
        assert_eq!(format!("{keys:?}"), "[\"D7CE59D1F522D701\", \"PUB_KEY_ID_0000\"]");
    }

    #[test]
    fn what_is_no_key_is_refused() {
        let keys = |id: &str, pem: &str| PlatformKeys::new().with_public_key(id, pem).unwrap_err();
        assert_eq!(keys("a", vectors::CERTIFICATE), AccountError::Pem);
        assert_eq!(keys("a\"b", vectors::PUBLIC_KEY), AccountError::Number);
        assert_eq!(keys("", vectors::PUBLIC_KEY), AccountError::Number);
        let junk = "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----";
        assert_eq!(keys("a", junk), AccountError::Rsa);
        let certificate = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----";
        assert_eq!(PlatformKeys::new().with_certificate(certificate).unwrap_err(), AccountError::Pem);
        let none = Secret::new("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----");
        assert_eq!(MerchantKey::from_pem("1", &none).unwrap_err(), AccountError::Rsa);
        // The key of an SDK's own test is half as long as the service's: with it AES-128 would be spoken.
        assert_eq!(ApiKey::new(Secret::new("testAPIv3Key0000")).unwrap_err(), AccountError::ApiKey);
        assert!(ApiKey::new(Secret::new("0123456789abcdef0123456789abcdef")).is_ok());
    }
}
