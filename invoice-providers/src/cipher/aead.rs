//! AES-256-GCM itself, through aws-lc-rs where that is built anyway, else in Rust. Both make the same bytes, and neither
//! tells why something does not open.

#[cfg(feature = "aws-lc")]
pub(super) use aws_lc::Aead;
#[cfg(not(feature = "aws-lc"))]
pub(super) use rust::Aead;

pub(super) const NONCE_LEN: usize = 12;
pub(super) const TAG_LEN: usize = 16;

/// Something is longer than the algorithm allows, or does not open.
#[derive(Debug)]
pub(super) struct Refused;

#[cfg(feature = "aws-lc")]
mod aws_lc {
    use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};

    use super::{NONCE_LEN, Refused, TAG_LEN};
    use crate::cipher::secret::Secret;

    /// A key, wiped when it goes away: the library clears all memory that it gives back.
    pub(in crate::cipher) struct Aead(LessSafeKey);

    impl Aead {
        /// `None` when the library has no memory for it.
        pub(in crate::cipher) fn new(secret: &Secret) -> Option<Self> {
            UnboundKey::new(&AES_256_GCM, &secret[..]).ok().map(|key| Self(LessSafeKey::new(key)))
        }

        /// Puts the ciphertext over the text; its tag.
        pub(in crate::cipher) fn encrypt(
            &self,
            nonce: [u8; NONCE_LEN],
            bound: &[u8],
            text: &mut [u8],
        ) -> Result<[u8; TAG_LEN], Refused> {
            let nonce = Nonce::assume_unique_for_key(nonce);
            let tag =
                self.0.seal_in_place_separate_tag(nonce, Aad::from(bound), text).map_err(|_| Refused)?;
            tag.as_ref().try_into().map_err(|_| Refused)
        }

        /// Leaves the text of ciphertext and tag.
        pub(in crate::cipher) fn decrypt(
            &self,
            nonce: [u8; NONCE_LEN],
            bound: &[u8],
            text: &mut Vec<u8>,
        ) -> Result<(), Refused> {
            let nonce = Nonce::assume_unique_for_key(nonce);
            let plain = self.0.open_in_place(nonce, Aad::from(bound), text).map_err(|_| Refused)?.len();
            text.truncate(plain);
            Ok(())
        }
    }
}

#[cfg(any(test, not(feature = "aws-lc")))]
mod rust {
    use aes_gcm::aead::AeadInOut as _;
    use aes_gcm::{Aes256Gcm, KeyInit as _};

    use super::{NONCE_LEN, Refused, TAG_LEN};
    use crate::cipher::secret::Secret;

    /// A key, wiped when it goes away.
    pub(in crate::cipher) struct Aead(Box<Aes256Gcm>);

    impl Aead {
        pub(in crate::cipher) fn new(secret: &Secret) -> Option<Self> {
            Some(Self(Box::new(Aes256Gcm::new((&**secret).into()))))
        }

        /// Puts the ciphertext over the text; its tag.
        pub(in crate::cipher) fn encrypt(
            &self,
            nonce: [u8; NONCE_LEN],
            bound: &[u8],
            text: &mut [u8],
        ) -> Result<[u8; TAG_LEN], Refused> {
            let tag = self.0.encrypt_inout_detached(&nonce.into(), bound, text.into());
            tag.map(Into::into).map_err(|_| Refused)
        }

        /// Leaves the text of ciphertext and tag.
        pub(in crate::cipher) fn decrypt(
            &self,
            nonce: [u8; NONCE_LEN],
            bound: &[u8],
            text: &mut Vec<u8>,
        ) -> Result<(), Refused> {
            self.0.decrypt_in_place(&nonce.into(), bound, text).map_err(|_| Refused)
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test stops where it is wrong")]
mod tests {
    use super::NONCE_LEN;
    #[cfg(feature = "aws-lc")]
    use super::aws_lc;
    use super::rust;
    use crate::cipher::secret::{Secret, hex};

    fn bytes(digits: &str) -> Vec<u8> {
        let pair = |at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap();
        (0..digits.len()).step_by(2).map(pair).collect()
    }

    /// Test case 16 of McGrew and Viega, "The Galois/Counter Mode of Operation".
    macro_rules! published {
        ($($(#[$when:meta])* $name:ident: $aead:ty;)*) => {$(
            $(#[$when])*
            #[test]
            fn $name() {
                let mut secret = Secret::default();
                secret.copy_from_slice(&bytes("feffe9928665731c6d6a8f9467308308").repeat(2));
                let nonce: [u8; NONCE_LEN] = bytes("cafebabefacedbaddecaf888").try_into().unwrap();
                let bound = bytes("feedfacedeadbeeffeedfacedeadbeefabaddad2");
                let plain = bytes(
                    "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5\
                     aa0de657ba637b39",
                );
                let sealed = "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3d\
                              a7b08b1056828838c5f61e6393ba7a0abcc9f66276fc6ece0f4e1768cddf8853bb2d551b";
                let key = <$aead>::new(&secret).unwrap();
                let mut text = plain.clone();
                let tag = key.encrypt(nonce, &bound, &mut text).unwrap();
                text.extend(tag);
                assert_eq!(hex(&text), sealed);
                let sealed = text.clone();
                key.decrypt(nonce, &bound, &mut text).unwrap();
                assert_eq!(text, plain);
                for at in [0, 28, sealed.len() - 1] {
                    let mut forged = sealed.clone();
                    forged[at] ^= 1;
                    assert!(key.decrypt(nonce, &bound, &mut forged).is_err(), "byte {at}");
                }
                assert!(key.decrypt(nonce, &bound[1..], &mut sealed.clone()).is_err());
                assert!(key.decrypt(nonce, &bound, &mut sealed[..15].to_vec()).is_err(), "shorter than a tag");
            }
        )*};
    }

    published! {
        the_published_answer_is_that_of_rust: rust::Aead;
        #[cfg(feature = "aws-lc")]
        the_published_answer_is_that_of_aws_lc: aws_lc::Aead;
    }

    /// What one seals the other opens, whatever its length.
    #[cfg(feature = "aws-lc")]
    #[test]
    fn both_make_the_same_bytes() {
        let secret = Secret::default();
        let (rust, aws_lc) = (rust::Aead::new(&secret).unwrap(), aws_lc::Aead::new(&secret).unwrap());
        for length in (0..70).chain([700, 4096, 100_003]) {
            let plain: Vec<u8> = (0..length).map(|n: usize| n.to_le_bytes()[0]).collect();
            let (nonce, bound) = ([length.to_le_bytes()[0]; NONCE_LEN], &plain[..length / 2]);
            let (mut one, mut other) = (plain.clone(), plain.clone());
            let tags = [
                rust.encrypt(nonce, bound, &mut one).unwrap(),
                aws_lc.encrypt(nonce, bound, &mut other).unwrap(),
            ];
            one.extend(tags[0]);
            other.extend(tags[1]);
            assert_eq!(one, other, "{length} bytes");
            rust.decrypt(nonce, bound, &mut other).unwrap();
            aws_lc.decrypt(nonce, bound, &mut one).unwrap();
            assert_eq!((&one, &other), (&plain, &plain), "{length} bytes");
        }
    }
}
