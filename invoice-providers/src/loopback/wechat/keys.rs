//! Keys of this process: nothing that is signed with them is worth anything elsewhere.

use std::sync::OnceLock;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{
    KeyPair, KeySize, OAEP_SHA1_MGF1SHA1, OaepPrivateDecryptingKey, OaepPublicEncryptingKey,
    PrivateDecryptingKey, PublicEncryptingKey,
};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, UnparsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// A pair of RSA keys.
pub(super) struct Pair {
    pair: KeyPair,
    private: Vec<u8>,
    public: Vec<u8>,
}

/// The merchant's pair, the platform's, and one of nobody.
pub(super) struct Keys {
    pub(super) merchant: Pair,
    pub(super) platform: Pair,
    pub(super) foreign: Pair,
}

/// Made once: that takes longer than anything else here.
pub(super) fn keys() -> Result<&'static Keys, Unspecified> {
    static KEYS: OnceLock<Result<Keys, Unspecified>> = OnceLock::new();
    let made = KEYS
        .get_or_init(|| Ok(Keys { merchant: Pair::new()?, platform: Pair::new()?, foreign: Pair::new()? }));
    made.as_ref().map_err(|error| *error)
}

fn pem(kind: &str, der: &[u8]) -> String {
    format!("-----BEGIN {kind}-----\n{}\n-----END {kind}-----\n", STANDARD.encode(der))
}

impl Pair {
    fn new() -> Result<Self, Unspecified> {
        let pair = KeyPair::generate(KeySize::Rsa2048)?;
        let private = AsDer::<Pkcs8V1Der<'_>>::as_der(&pair)?.as_ref().to_vec();
        let public = AsDer::<PublicKeyX509Der<'_>>::as_der(pair.public_key())?.as_ref().to_vec();
        Ok(Self { pair, private, public })
    }

    pub(super) fn private_pem(&self) -> String {
        pem("PRIVATE KEY", &self.private)
    }

    pub(super) fn public_pem(&self) -> String {
        pem("PUBLIC KEY", &self.public)
    }

    pub(super) fn sign(&self, message: &[u8]) -> Option<String> {
        let mut signature = vec![0; self.pair.public_modulus_len()];
        self.pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature).ok()?;
        Some(STANDARD.encode(signature))
    }

    pub(super) fn verify(&self, message: &[u8], signature: &str) -> bool {
        let key = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, &self.public);
        STANDARD.decode(signature).is_ok_and(|signature| key.verify(message, &signature).is_ok())
    }

    pub(super) fn seal_field(&self, text: &str) -> Option<String> {
        let key = OaepPublicEncryptingKey::new(PublicEncryptingKey::from_der(&self.public).ok()?).ok()?;
        let mut sealed = vec![0; key.ciphertext_size()];
        let sealed = key.encrypt(&OAEP_SHA1_MGF1SHA1, text.as_bytes(), &mut sealed, None).ok()?;
        Some(STANDARD.encode(sealed))
    }

    pub(super) fn open_field(&self, sealed: &str) -> Option<String> {
        let key =
            OaepPrivateDecryptingKey::new(PrivateDecryptingKey::from_pkcs8(&self.private).ok()?).ok()?;
        let mut plain = vec![0; key.min_output_size()];
        let sealed = STANDARD.decode(sealed).ok()?;
        let plain = key.decrypt(&OAEP_SHA1_MGF1SHA1, &sealed, &mut plain, None).ok()?;
        String::from_utf8(plain.to_vec()).ok()
    }
}

/// Under the APIv3 key, the tag at the end.
pub(super) fn seal(key: &str, nonce: &str, associated: &str, plain: &str) -> Option<String> {
    let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key.as_bytes()).ok()?);
    let nonce = Nonce::try_assume_unique_for_key(nonce.as_bytes()).ok()?;
    let mut bytes = plain.as_bytes().to_vec();
    key.seal_in_place_append_tag(nonce, Aad::from(associated.as_bytes()), &mut bytes).ok()?;
    Some(STANDARD.encode(bytes))
}
