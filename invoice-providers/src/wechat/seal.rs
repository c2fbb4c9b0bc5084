//! What is sealed on the way: callbacks under the APIv3 key (`AEAD_AES_256_GCM`), single fields under RSA keys (OAEP).

use aws_lc_rs::aead::{AES_256_GCM, Aad, Algorithm, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::rsa::{OAEP_SHA1_MGF1SHA1, OaepPublicEncryptingKey, PublicEncryptingKey};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use super::keys::{ApiKey, MerchantKey};

/// Opens a resource; its tag stands at the end. `None` when it is not what was sealed under this key.
pub(super) fn open(key: &ApiKey, nonce: &str, associated: &str, sealed: &str) -> Option<Zeroizing<Vec<u8>>> {
    open_with(&AES_256_GCM, key.0.expose().as_bytes(), nonce, associated, sealed)
}

fn open_with(
    algorithm: &'static Algorithm,
    key: &[u8],
    nonce: &str,
    associated: &str,
    sealed: &str,
) -> Option<Zeroizing<Vec<u8>>> {
    let key = LessSafeKey::new(UnboundKey::new(algorithm, key).ok()?);
    let nonce = Nonce::try_assume_unique_for_key(nonce.as_bytes()).ok()?;
    let mut bytes = Zeroizing::new(STANDARD.decode(sealed).ok()?);
    let plain = key.open_in_place(nonce, Aad::from(associated.as_bytes()), &mut bytes).ok()?.len();
    bytes.truncate(plain);
    Some(bytes)
}

/// Seals a field (手机号, 邮箱) for the platform; the request then names the key in `Wechatpay-Serial`. Never the same
/// twice, so it cannot be part of what is stored to be sent again.
pub(super) fn field(platform_key: &[u8], text: &str) -> Option<String> {
    let key = OaepPublicEncryptingKey::new(PublicEncryptingKey::from_der(platform_key).ok()?).ok()?;
    let mut sealed = vec![0; key.ciphertext_size()];
    let sealed = key.encrypt(&OAEP_SHA1_MGF1SHA1, text.as_bytes(), &mut sealed, None).ok()?;
    Some(STANDARD.encode(sealed))
}

/// Opens a field that the platform has sealed for the merchant.
pub(super) fn open_field(key: &MerchantKey, sealed: &str) -> Option<Zeroizing<String>> {
    let sealed = STANDARD.decode(sealed).ok()?;
    let mut plain = Zeroizing::new(vec![0; key.opening.min_output_size()]);
    let plain = key.opening.decrypt(&OAEP_SHA1_MGF1SHA1, &sealed, &mut plain, None).ok()?;
    String::from_utf8(plain.to_vec()).ok().map(Zeroizing::new)
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::aead::AES_128_GCM;
    use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
    use aws_lc_rs::signature::KeyPair as _;

    use super::super::vectors::{self, CALLBACK, NONCE_OF_AES, SEALED_BY_AES};
    use super::*;
    use crate::credentials::Secret;

    /// Of the official Go SDK's tests, whose keys are of 16 bytes: AES-128. An account never has such a key.
    #[test]
    fn published_ciphertexts_open_with_their_key_alone() {
        let associated = "Dl56FrqWQJF1t9LtC3vEUsniZKvbqdR8";
        let opens = |key: &str, associated: &str, sealed: &str| {
            open_with(&AES_128_GCM, key.as_bytes(), NONCE_OF_AES, associated, sealed)
        };
        let right = opens("testAPIv3Key0000", associated, SEALED_BY_AES).unwrap();
        assert_eq!(right.as_slice(), b"Hello World");
        for (key, associated, sealed) in [
            ("testAPIv3Key1111", associated, SEALED_BY_AES),
            ("testAPIv3Key0000", "", SEALED_BY_AES),
            ("testAPIv3Key0000", associated, "SGVsbG8gV29ybGQK"),
            ("testAPIv3Key0000", associated, "?"),
            ("testAPIv3Key0", associated, SEALED_BY_AES),
        ] {
            assert!(opens(key, associated, sealed).is_none(), "{key} {associated} {sealed}");
        }
        let plain = open_with(
            &AES_128_GCM,
            b"testMchAPIv3Key0",
            CALLBACK.sealing_nonce,
            CALLBACK.associated,
            &CALLBACK.ciphertext(),
        );
        assert_eq!(plain.unwrap().as_slice(), vectors::CALLBACK_PLAIN.as_bytes());
    }

    #[test]
    fn keys_of_an_account_speak_aes_256() {
        let key = ApiKey::new(Secret::new("0123456789abcdef0123456789abcdef")).unwrap();
        let sealing = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key.0.expose().as_bytes()).unwrap());
        let mut bytes = "明文".as_bytes().to_vec();
        let nonce = Nonce::try_assume_unique_for_key(b"0123456789ab").unwrap();
        sealing.seal_in_place_append_tag(nonce, Aad::from(b"fapiao"), &mut bytes).unwrap();
        let sealed = STANDARD.encode(&bytes);
        assert_eq!(open(&key, "0123456789ab", "fapiao", &sealed).unwrap().as_slice(), "明文".as_bytes());
        assert!(open(&key, "0123456789ac", "fapiao", &sealed).is_none());
        assert!(open(&key, "0123456789", "fapiao", &sealed).is_none());
        assert!(open(&key, "0123456789ab", "", &sealed).is_none());
        for at in 0..bytes.len() {
            let mut wrong = bytes.clone();
            wrong[at] ^= 1;
            assert!(open(&key, "0123456789ab", "fapiao", &STANDARD.encode(wrong)).is_none(), "{at}");
        }
    }

    fn public(key: &MerchantKey) -> Vec<u8> {
        AsDer::<PublicKeyX509Der<'_>>::as_der(key.pair.public_key()).unwrap().as_ref().to_vec()
    }

    #[test]
    fn a_field_opens_for_whom_it_was_sealed() {
        let (mine, other) = (vectors::made_up_key(), vectors::made_up_key());
        let sealed = field(&public(&mine), "13800000000").unwrap();
        assert_ne!(field(&public(&mine), "13800000000").unwrap(), sealed, "sealed the same way twice");
        assert_eq!(open_field(&mine, &sealed).unwrap().as_str(), "13800000000");
        assert!(open_field(&other, &sealed).is_none());
        assert!(open_field(&mine, "?").is_none() && open_field(&mine, "").is_none());
    }
}
