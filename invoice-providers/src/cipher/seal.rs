//! AES-256-GCM, for values and for keys.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use invoice_core::env::{CipherError, Place};
use zeroize::Zeroizing;

use super::secret::{Secret, Source, length};

const FORM: u8 = 1;

pub(super) fn key(secret: &Secret) -> Option<LessSafeKey> {
    UnboundKey::new(&AES_256_GCM, &secret[..]).ok().map(LessSafeKey::new)
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
    key: &LessSafeKey,
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
    key: &LessSafeKey,
    generation: u32,
    place: &Place<'_>,
    rest: &[u8],
) -> Result<Vec<u8>, CipherError> {
    let bound = associated(&header(generation), [place.tenant.as_str(), place.column, place.row]);
    decrypt(key, &bound, rest)
}

fn encrypt(key: &LessSafeKey, bound: &[u8], plain: &[u8], source: &Source) -> Result<Vec<u8>, CipherError> {
    let nonce = source.nonce(&[b"nonce", bound, plain]).ok_or(CipherError::Failed("no randomness"))?;
    let mut text = plain.to_vec();
    let sealed =
        key.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(bound), &mut text);
    sealed.map_err(|_| CipherError::Failed("sealing"))?;
    let mut bytes = nonce.to_vec();
    bytes.append(&mut text);
    Ok(bytes)
}

fn decrypt(key: &LessSafeKey, bound: &[u8], sealed: &[u8]) -> Result<Vec<u8>, CipherError> {
    let (nonce, text) = sealed.split_first_chunk::<NONCE_LEN>().ok_or(CipherError::Forged)?;
    let mut text = text.to_vec();
    let plain = key.open_in_place(Nonce::assume_unique_for_key(*nonce), Aad::from(bound), &mut text);
    let length = plain.map_err(|_| CipherError::Forged)?.len();
    text.truncate(length);
    Ok(text)
}

/// A key-encryption key.
pub(super) struct Wrapper(LessSafeKey);

impl Wrapper {
    pub(super) fn new(secret: &Secret) -> Option<Self> {
        key(secret).map(Self)
    }

    pub(super) fn wrap(&self, context: &[u8], keys: &[u8], source: &Source) -> Result<Vec<u8>, CipherError> {
        encrypt(&self.0, context, keys, source)
    }

    pub(super) fn unwrap(&self, context: &[u8], wrapped: &[u8]) -> Result<Zeroizing<Vec<u8>>, CipherError> {
        decrypt(&self.0, context, wrapped).map(Zeroizing::new).map_err(|_| CipherError::KeyMissing)
    }
}
