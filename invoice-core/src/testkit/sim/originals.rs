//! Where the shop keeps files: a worker may die before and after one is kept.

use async_trait::async_trait;
use sha2::{Digest, Sha256};

use super::world::{Gate, Shared};
use crate::env::{OriginalStore, OriginalsError};

pub(super) struct SimOriginals(pub(super) Shared);

#[async_trait]
impl OriginalStore for SimOriginals {
    async fn keep(&self, bytes: &[u8]) -> Result<[u8; 32], OriginalsError> {
        self.0.gate(Gate::BeforeStore).await;
        let digest = Sha256::digest(bytes).into();
        self.0.lock().originals.insert(digest, bytes.to_vec());
        self.0.gate(Gate::AfterStore).await;
        Ok(digest)
    }

    async fn original(&self, digest: &[u8; 32]) -> Result<Option<Vec<u8>>, OriginalsError> {
        self.0.gate(Gate::BeforeStore).await;
        Ok(self.0.lock().originals.get(digest).cloned())
    }
}
