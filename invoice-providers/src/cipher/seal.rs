//! Sealed values and wrapped keys, as bytes.

use invoice_core::env::{CipherError, Place};
use zeroize::Zeroizing;

use super::aead::{Aead, NONCE_LEN, TAG_LEN};
use super::secret::{Secret, Source, length};

const FORM: u8 = 1;

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
    key: &Aead,
    generation: u32,
    place: &Place<'_>,
    plain: &[u8],
    source: &Source,
) -> Result<Vec<u8>, CipherError> {
    let head = header(generation);
    let bound = associated(&head, [place.tenant.as_str(), place.column, place.row]);
    encrypt(key, &head, &bound, plain, source)
}

pub(super) fn open(
    key: &Aead,
    generation: u32,
    place: &Place<'_>,
    rest: &[u8],
) -> Result<Vec<u8>, CipherError> {
    let bound = associated(&header(generation), [place.tenant.as_str(), place.column, place.row]);
    decrypt(key, &bound, rest)
}

/// The head as it is, then nonce, ciphertext and tag.
fn encrypt(
    key: &Aead,
    head: &[u8],
    bound: &[u8],
    plain: &[u8],
    source: &Source,
) -> Result<Vec<u8>, CipherError> {
    let nonce = source.nonce(&[b"nonce", bound, plain]).ok_or(CipherError::Failed("no randomness"))?;
    let before = head.len() + NONCE_LEN;
    let mut bytes = Vec::with_capacity(before + plain.len() + TAG_LEN);
    for part in [head, &nonce, plain] {
        bytes.extend(part);
    }
    let failed = CipherError::Failed("sealing");
    // What could not be found must not stay as it is.
    let Some(text) = bytes.get_mut(before..) else { return Err(failed) };
    let tag = key.encrypt(nonce, bound, text).map_err(|_| failed)?;
    bytes.extend(tag);
    Ok(bytes)
}

fn decrypt(key: &Aead, bound: &[u8], sealed: &[u8]) -> Result<Vec<u8>, CipherError> {
    let (nonce, text) = sealed.split_first_chunk::<NONCE_LEN>().ok_or(CipherError::Forged)?;
    let mut text = text.to_vec();
    key.decrypt(*nonce, bound, &mut text).map_err(|_| CipherError::Forged)?;
    Ok(text)
}

/// A key-encryption key.
pub(super) struct Wrapper(Aead);

impl Wrapper {
    pub(super) fn new(secret: &Secret) -> Option<Self> {
        Aead::new(secret).map(Self)
    }

    pub(super) fn wrap(&self, context: &[u8], keys: &[u8], source: &Source) -> Result<Vec<u8>, CipherError> {
        encrypt(&self.0, &[], context, keys, source)
    }

    pub(super) fn unwrap(&self, context: &[u8], wrapped: &[u8]) -> Result<Zeroizing<Vec<u8>>, CipherError> {
        decrypt(&self.0, context, wrapped).map(Zeroizing::new).map_err(|_| CipherError::KeyMissing)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test stops where it is wrong")]
mod tests {
    use invoice_core::id::TenantId;

    use super::*;
    use crate::cipher::secret::hex;

    /// What is stored today must open tomorrow: sealed values and wrapped keys as they were first written.
    #[test]
    fn the_form_of_what_is_sealed_stays() {
        let (secret, source) = (Secret::new([7; 32]), Source::seeded(1));
        let tenant = TenantId::new("shop-1").unwrap();
        let place = Place { tenant: &tenant, column: "rows.body", row: "A-17" };
        let key = Aead::new(&secret).unwrap();
        let sealed = seal(&key, 258, &place, "张三".as_bytes(), &source).unwrap();
        assert_eq!(hex(&sealed), SEALED);
        let (generation, rest) = generation(&sealed).unwrap();
        assert_eq!((generation, open(&key, 258, &place, rest).unwrap()), (258, "张三".as_bytes().to_vec()));
        let wrapper = Wrapper::new(&secret).unwrap();
        let wrapped = wrapper.wrap(b"context", b"key", &source).unwrap();
        assert_eq!(hex(&wrapped), WRAPPED);
        assert_eq!(wrapper.unwrap(b"context", &wrapped).unwrap().as_slice(), b"key");
    }

    /// Form, generation, nonce, ciphertext, tag.
    const SEALED: &str = "010000010236fd90f3a18180a013f65bff7342338ad1d23afcac7ba34a59d79fa07f7cff6e79e0";
    /// Nonce, ciphertext, tag.
    const WRAPPED: &str = "eb84550005d2892d7f6e319dbe34e3782cbb561727a645d313150fb0df7618";
}
