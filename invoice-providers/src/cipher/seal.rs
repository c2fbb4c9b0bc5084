//! AES-256-GCM, for values and for keys.

use aes_gcm::aead::AeadInOut as _;
use aes_gcm::{Aes256Gcm, KeyInit as _};
use invoice_core::env::{CipherError, Place};
use zeroize::Zeroizing;

use super::secret::{Secret, Source, length};

const FORM: u8 = 1;

const NONCE_LEN: usize = 12;

/// A key of AES-256-GCM, wiped when it goes away.
pub(super) type SealKey = Aes256Gcm;

pub(super) fn key(secret: &Secret) -> SealKey {
    Aes256Gcm::new((&**secret).into())
}

fn header(generation: u32) -> [u8; 5] {
    let [a, b, c, d] = generation.to_be_bytes();
    [FORM, a, b, c, d]
}

fn associated(head: &[u8], parts: [&str; 3]) -> Vec<u8> {
    let mut bytes = head.to_vec();
    for part in parts {
        bytes.extend(length(part.len()));
        bytes.extend(part.as_bytes());
    }
    bytes
}

/// The generation that sealed a value, and what follows it.
pub(super) fn generation(sealed: &[u8]) -> Result<(u32, &[u8]), CipherError> {
    match sealed.split_first_chunk::<5>() {
        Some(([FORM, a, b, c, d], rest)) => Ok((u32::from_be_bytes([*a, *b, *c, *d]), rest)),
        _ => Err(CipherError::Forged),
    }
}

pub(super) fn seal(
    key: &SealKey,
    generation: u32,
    place: &Place<'_>,
    plain: &[u8],
    source: &Source,
) -> Result<Vec<u8>, CipherError> {
    let head = header(generation);
    let bound = associated(&head, [place.tenant.as_str(), place.column, place.row]);
    let mut sealed = head.to_vec();
    sealed.extend(encrypt(key, &bound, plain, source)?);
    Ok(sealed)
}

pub(super) fn open(
    key: &SealKey,
    generation: u32,
    place: &Place<'_>,
    rest: &[u8],
) -> Result<Vec<u8>, CipherError> {
    let bound = associated(&header(generation), [place.tenant.as_str(), place.column, place.row]);
    decrypt(key, &bound, rest)
}

fn encrypt(key: &SealKey, bound: &[u8], plain: &[u8], source: &Source) -> Result<Vec<u8>, CipherError> {
    let nonce = source.nonce(&[b"nonce", bound, plain]).ok_or(CipherError::Failed("no randomness"))?;
    let mut text = plain.to_vec();
    key.encrypt_in_place(&nonce.into(), bound, &mut text).map_err(|_| CipherError::Failed("sealing"))?;
    let mut bytes = nonce.to_vec();
    bytes.append(&mut text);
    Ok(bytes)
}

fn decrypt(key: &SealKey, bound: &[u8], sealed: &[u8]) -> Result<Vec<u8>, CipherError> {
    let (nonce, text) = sealed.split_first_chunk::<NONCE_LEN>().ok_or(CipherError::Forged)?;
    let mut text = text.to_vec();
    key.decrypt_in_place(nonce.into(), bound, &mut text).map_err(|_| CipherError::Forged)?;
    Ok(text)
}

/// A key-encryption key.
pub(super) struct Wrapper(Box<SealKey>);

impl Wrapper {
    pub(super) fn new(secret: &Secret) -> Self {
        Self(Box::new(key(secret)))
    }

    pub(super) fn wrap(&self, context: &[u8], keys: &[u8], source: &Source) -> Result<Vec<u8>, CipherError> {
        encrypt(&self.0, context, keys, source)
    }

    pub(super) fn unwrap(&self, context: &[u8], wrapped: &[u8]) -> Result<Zeroizing<Vec<u8>>, CipherError> {
        decrypt(&self.0, context, wrapped).map(Zeroizing::new).map_err(|_| CipherError::KeyMissing)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test stops where it is wrong")]
mod tests {
    use super::*;
    use crate::cipher::secret::{MacKey, hex};

    fn bytes(digits: &str) -> Vec<u8> {
        let pair = |at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap();
        (0..digits.len()).step_by(2).map(pair).collect()
    }

    /// Test case 16 of McGrew and Viega, "The Galois/Counter Mode of Operation": what was sealed elsewhere opens here.
    #[test]
    fn the_published_answer_of_aes_256_gcm_opens() {
        let mut secret = Secret::default();
        secret.copy_from_slice(&bytes("feffe9928665731c6d6a8f9467308308").repeat(2));
        let bound = bytes("feedfacedeadbeeffeedfacedeadbeefabaddad2");
        let plain = bytes(
            "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5\
             aa0de657ba637b39",
        );
        let mut sealed = bytes(
            "cafebabefacedbaddecaf888522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3d\
             a7b08b1056828838c5f61e6393ba7a0abcc9f66276fc6ece0f4e1768cddf8853bb2d551b",
        );
        assert_eq!(decrypt(&key(&secret), &bound, &sealed).unwrap(), plain);
        for at in [0, 12, 40, sealed.len() - 1] {
            sealed[at] ^= 1;
            assert!(matches!(decrypt(&key(&secret), &bound, &sealed), Err(CipherError::Forged)), "byte {at}");
            sealed[at] ^= 1;
        }
    }

    /// RFC 4231, test case 2.
    #[test]
    fn the_published_answer_of_hmac_sha_256_is_ours() {
        let mut secret = [0; 32];
        secret[..4].copy_from_slice(b"Jefe");
        assert_eq!(
            hex(&MacKey::new(&secret).sign(&[b"what do ya want ", b"for nothing?"])),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
    }
}
