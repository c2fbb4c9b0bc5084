use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{hash_of, hex_text};
use crate::id::{ActorId, TenantId};

/// A journal entry as the audit sees it: who, when, which verb, and the digest of the sealed body, which holds what
/// changed and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// The aggregate: `kind/id`.
    pub subject: String,
    /// 1, 2, 3 … per aggregate.
    pub seq: u64,
    /// When.
    pub at: DateTime<Utc>,
    /// Who.
    pub actor: ActorId,
    /// The verb.
    pub verb: String,
    /// SHA-256 of the sealed body.
    #[serde(with = "hex_text")]
    pub body: [u8; 32],
    /// The hash that was stored with it.
    #[serde(with = "hex_text")]
    pub hash: [u8; 32],
}

impl Entry {
    /// The hash the entry must have behind `previous`, the hash of the entry before; zeros for the first.
    #[must_use]
    pub fn link(&self, tenant: &TenantId, previous: &[u8; 32]) -> [u8; 32] {
        hash_of(
            "invoice journal entry 1",
            &[
                previous,
                tenant.as_str().as_bytes(),
                self.subject.as_bytes(),
                &self.seq.to_be_bytes(),
                &self.at.timestamp().to_be_bytes(),
                &self.at.timestamp_subsec_nanos().to_be_bytes(),
                self.actor.as_str().as_bytes(),
                self.verb.as_bytes(),
                &self.body,
            ],
        )
    }
}
