//! Secrets and where they come from.

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use zeroize::Zeroizing;

/// A key of 256 bits, wiped when it goes away.
pub(super) type Secret = Zeroizing<[u8; 32]>;

/// Where new keys and nonces come from.
pub(super) enum Source {
    System,
    Seeded(Box<MacKey>),
}

/// A key of HMAC-SHA-256, wiped when it goes away.
pub(super) struct MacKey(Hmac<Sha256>);

impl MacKey {
    pub(super) fn new(secret: &[u8; 32]) -> Self {
        // A block of the hash begins with the key; the rest is zeros, as RFC 2104 has it.
        let mut block = Zeroizing::new([0; 64]);
        let (key, _) = block.split_at_mut(secret.len());
        key.copy_from_slice(secret);
        Self(Hmac::new((&*block).into()))
    }

    /// Of the parts, one after the other.
    pub(super) fn sign(&self, parts: &[&[u8]]) -> [u8; 32] {
        let mut mac = self.0.clone();
        parts.iter().for_each(|part| mac.update(part));
        mac.finalize().into_bytes().into()
    }
}

impl Source {
    pub(super) fn seeded(seed: u64) -> Self {
        let mut secret = [0; 32];
        secret.iter_mut().zip(seed.to_be_bytes()).for_each(|(byte, of)| *byte = of);
        Self::Seeded(Box::new(MacKey::new(&secret)))
    }

    /// A new key. What it is for only matters to a seeded source.
    pub(super) fn secret(&self, purpose: &[&[u8]]) -> Option<Secret> {
        let mut secret = Secret::default();
        self.fill(&mut secret[..], purpose)?;
        Some(secret)
    }

    /// A nonce. From a seed it depends on everything that is sealed, so that none ever serves two values.
    pub(super) fn nonce(&self, sealed: &[&[u8]]) -> Option<[u8; 12]> {
        let mut nonce = [0; 12];
        self.fill(&mut nonce, sealed)?;
        Some(nonce)
    }

    /// At most 32 bytes.
    fn fill(&self, bytes: &mut [u8], parts: &[&[u8]]) -> Option<()> {
        match self {
            Self::System => getrandom::fill(bytes).ok(),
            Self::Seeded(key) => {
                let lengths: Vec<[u8; 8]> = parts.iter().map(|part| length(part.len())).collect();
                let told: Vec<&[u8]> =
                    lengths.iter().zip(parts).flat_map(|(length, part)| [&length[..], *part]).collect();
                bytes.iter_mut().zip(&key.sign(&told)).for_each(|(byte, from)| *byte = *from);
                Some(())
            }
        }
    }
}

/// In front of each of several texts, so that they cannot be cut in another way.
pub(super) fn length(bytes: usize) -> [u8; 8] {
    u64::try_from(bytes).unwrap_or(u64::MAX).to_be_bytes()
}

pub(super) fn hex(bytes: &[u8]) -> String {
    let digit = |value: u8| char::from_digit(value.into(), 16).unwrap_or('0');
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

pub(super) fn unhex(text: &str) -> Option<Secret> {
    let mut secret = Secret::default();
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    for (byte, digits) in secret.iter_mut().zip(text.as_bytes().chunks(2)) {
        let digit =
            |at: usize| char::from(*digits.get(at)?).to_digit(16).and_then(|value| u8::try_from(value).ok());
        *byte = digit(0)? << 4 | digit(1)?;
    }
    Some(secret)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test stops where it is wrong")]
mod tests {
    use super::*;

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
