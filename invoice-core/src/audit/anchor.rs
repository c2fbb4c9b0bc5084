use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{hash_of, hex_text, merkle};
use crate::id::TenantId;

/// Most chains that one anchor holds; a run that finds more writes several.
pub const MAX_LEAVES: usize = 1000;

/// The newest entry of a chain when it was anchored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Leaf {
    /// The aggregate: `kind/id`.
    pub subject: String,
    /// The entry.
    pub seq: u64,
    /// Its hash.
    #[serde(with = "hex_text")]
    pub head: [u8; 32],
}

/// Vouches for the newest entries of some chains, and for the anchor before, and so for everything before them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Anchor {
    /// 1, 2, 3 … per tenant.
    pub number: u64,
    /// When its run began.
    pub at: DateTime<Utc>,
    /// Whether it is the last of its run: then every entry older than [`Anchor::at`], less an hour for clocks and
    /// commits that were late, is under this or an earlier anchor.
    pub closing: bool,
    /// The hash of the anchor before; zeros for the first.
    #[serde(with = "hex_text")]
    pub previous: [u8; 32],
    /// The chains, at most [`MAX_LEAVES`], in the order of the Merkle tree.
    pub leaves: Vec<Leaf>,
    /// The Merkle root over the leaves.
    #[serde(with = "hex_text")]
    pub root: [u8; 32],
    /// The hash over all of it: what is to be kept elsewhere.
    #[serde(with = "hex_text")]
    pub hash: [u8; 32],
}

impl Anchor {
    /// The anchor behind `previous`, number and hash; `None` makes the first.
    #[must_use]
    pub fn after(
        tenant: &TenantId,
        previous: Option<(u64, [u8; 32])>,
        at: DateTime<Utc>,
        closing: bool,
        leaves: Vec<Leaf>,
    ) -> Self {
        let (number, previous) = previous.map_or((1, [0; 32]), |(number, hash)| (number + 1, hash));
        let mut anchor = Self { number, at, closing, previous, leaves, root: [0; 32], hash: [0; 32] };
        anchor.root = anchor.computed_root();
        anchor.hash = anchor.computed_hash(tenant);
        anchor
    }

    pub(super) fn computed_root(&self) -> [u8; 32] {
        merkle::root(self.leaves.iter().map(|leaf| {
            hash_of("invoice leaf 1", &[leaf.subject.as_bytes(), &leaf.seq.to_be_bytes(), &leaf.head])
        }))
    }

    pub(super) fn computed_hash(&self, tenant: &TenantId) -> [u8; 32] {
        hash_of(
            "invoice anchor 1",
            &[
                tenant.as_str().as_bytes(),
                &self.number.to_be_bytes(),
                &self.at.timestamp().to_be_bytes(),
                &self.at.timestamp_subsec_nanos().to_be_bytes(),
                &[u8::from(self.closing)],
                &self.previous,
                &u64::try_from(self.leaves.len()).unwrap_or(u64::MAX).to_be_bytes(),
                &self.root,
            ],
        )
    }
}
