use async_trait::async_trait;

/// Why an original cannot be kept or given back. Never contains what is in it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OriginalsError {
    /// What is kept under the digest are other bytes, or it does not open.
    #[error("the original {digest} was changed where it is kept")]
    Changed {
        /// The SHA-256 that was asked for, as hexadecimal text.
        digest: String,
    },
    /// It cannot be read or written.
    #[error("originals cannot be kept or read")]
    Failed(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// Keeps files as they arrived (原始文件), byte for byte, under the SHA-256 of their bytes: what a
/// [`SourceFile`](crate::received::SourceFile) of a received invoice names, and what an archive is made of. A print of an
/// electronic invoice does not replace it (财会〔2020〕6号).
///
/// # Contract
///
/// 1. **Whole or not at all.** An original is there with all its bytes, also after a crash, or it is not there.
/// 2. **Durable.** When `keep` has returned, the original survives a crash of process and machine.
/// 3. **Once.** The same bytes again are fine and change nothing.
/// 4. **Exact.** `original` gives the bytes that were kept, or says that they were changed; never others.
/// 5. **Sealed.** Originals are full of personal data: they are sealed where they are kept.
#[async_trait]
pub trait OriginalStore: Send + Sync {
    /// Keeps a file and returns its SHA-256.
    async fn keep(&self, bytes: &[u8]) -> Result<[u8; 32], OriginalsError>;

    /// The file of this SHA-256; `None` when it was never kept.
    async fn original(&self, digest: &[u8; 32]) -> Result<Option<Vec<u8>>, OriginalsError>;
}
