//! Audit: what proves, without the database and without a key, that history was not rewritten.
//!
//! Every aggregate has a chain: each journal entry carries a hash over the entry before and everything in itself, its
//! sealed body by digest. [`Anchor`]s, written at intervals, each hold the newest entries of up to
//! [`MAX_LEAVES`] chains that changed, their Merkle root, and the hash of the anchor before. So no row is written by
//! everybody, and yet one hash, kept where the shop's administrators cannot reach it, vouches for everything before it.
//!
//! An [export](Line) is text, one JSON object a line, in this order: a header; all anchors; per aggregate its entries
//! and then its row; the end with counts and a digest. [`Verifier`] takes it line by line and names what is wrong.
//!
//! # What is found, and what cannot be
//!
//! | done to the export, or to the store before it | found |
//! |---|---|
//! | an entry changed, removed, added, repeated or moved | by its chain |
//! | the newest entries of a chain removed | by its row; if the row was changed too, by an anchor |
//! | a suffix of a chain rewritten, hashes and row included | by an anchor that covers it |
//! | a whole aggregate removed | by an anchor that covers it |
//! | an aggregate or entries added with an old date | by the anchor of that time, which does not have them |
//! | anchors and everything behind them rewritten or cut off | by an anchor's hash that was kept elsewhere |
//!
//! What happened after the newest anchor is covered only by the chains, which somebody with the database in hand can
//! compute as well as we can: anchor often, and keep the hashes elsewhere. The verdict counts what is uncovered.

mod anchor;
mod entry;
mod export;
mod fault;
mod merkle;
mod verify;

pub use anchor::{Anchor, Leaf, MAX_LEAVES};
pub use entry::Entry;
pub use export::{End, Header, Line, MAX_LINE, RowHead, Writer};
pub use fault::{AuditFault, FaultKind};
pub use verify::{KnownAnchor, Verdict, Verifier};

/// Hexadecimal digits of a hash.
#[must_use]
pub fn hex(hash: &[u8; 32]) -> String {
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A hash from 64 small hexadecimal digits.
#[must_use]
pub fn unhex(text: &str) -> Option<[u8; 32]> {
    let mut hash = [0; 32];
    if text.len() != 64 || !text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')) {
        return None;
    }
    for (byte, at) in hash.iter_mut().zip((0..64).step_by(2)) {
        *byte = u8::from_str_radix(text.get(at..at + 2)?, 16).ok()?;
    }
    Some(hash)
}

/// Hashes as hexadecimal text.
pub(crate) mod hex_text {
    use serde::{Deserialize, Deserializer, Serializer};

    pub(crate) fn serialize<S: Serializer>(hash: &[u8; 32], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&super::hex(hash))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<[u8; 32], D::Error> {
        let text = String::deserialize(deserializer)?;
        super::unhex(&text).ok_or_else(|| serde::de::Error::custom("not 64 hexadecimal digits"))
    }
}

/// SHA-256 over parts, each with its length in front, so that they cannot be cut in another way.
fn hash_of(domain: &'static str, parts: &[&[u8]]) -> [u8; 32] {
    use sha2::{Digest, Sha256};
    let mut hasher = Sha256::new();
    for part in std::iter::once(&domain.as_bytes()).chain(parts) {
        hasher.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        hasher.update(part);
    }
    hasher.finalize().into()
}
