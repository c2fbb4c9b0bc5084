use std::collections::BTreeSet;

use async_trait::async_trait;

use super::ProviderError;
use crate::id::ProviderId;
use crate::received::ReceivedKind;
use crate::received::verification::{VerificationAnswer, VerificationPolicy, VerificationRequest};

/// What a verifier can do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifierCapabilities {
    kinds: BTreeSet<ReceivedKind>,
    policy: VerificationPolicy,
    tells_standing: bool,
}

impl VerifierCapabilities {
    /// A verifier of these kinds, under these rules, that cannot say whether an invoice still stands.
    #[must_use]
    pub fn new(kinds: impl IntoIterator<Item = ReceivedKind>, policy: VerificationPolicy) -> Self {
        Self { kinds: kinds.into_iter().collect(), policy, tells_standing: false }
    }

    /// Says that confirmations tell whether an invoice still stands.
    #[must_use]
    pub const fn telling_standing(mut self) -> Self {
        self.tells_standing = true;
        self
    }

    /// Whether it verifies invoices of a kind.
    #[must_use]
    pub fn takes(&self, kind: ReceivedKind) -> bool {
        self.kinds.contains(&kind)
    }

    /// How often, from when on and for how long it may be asked.
    #[must_use]
    pub const fn policy(&self) -> &VerificationPolicy {
        &self.policy
    }

    /// Whether confirmations tell whether an invoice still stands. One that cannot say never finds a later red or void.
    #[must_use]
    pub const fn tells_standing(&self) -> bool {
        self.tells_standing
    }
}

/// Asks the bureau about received invoices (查验). `verifier_conformance!` of the feature `testkit` has a test for each rule.
///
/// # Contract
///
/// 1. **One attempt.** `verify` asks once and never retries inside: each question is one of a few a day.
/// 2. **Within its time.** It answers or fails within the `answer_within` of its declared policy.
/// 3. **Errors say the effect.** [`Effect::NotApplied`](super::Effect::NotApplied) only when the bureau has certainly not
///    counted the question; anything else counts.
/// 4. **Declared kinds only.** Another kind fails with [`ErrorKind::Unsupported`](super::ErrorKind::Unsupported) and
///    `NotApplied`, before anything is sent.
/// 5. **An unknown code is an error.** Only what the bureau has surely said is an answer: a mismatch is for good.
/// 6. **Standing as declared.** Without [`VerifierCapabilities::tells_standing`] the standing is always
///    [`Standing::Unknown`](crate::received::verification::Standing::Unknown).
/// 7. **No personal data in errors.** Neither `Display` nor `Debug` of an error shows what was asked.
#[cfg_attr(feature = "mock", mockall::automock)]
#[async_trait]
pub trait InvoiceVerifier: Send + Sync {
    /// The adapter instance.
    fn id(&self) -> &ProviderId;

    /// What it can do, and its limits.
    fn capabilities(&self) -> &VerifierCapabilities;

    /// Asks: one attempt.
    async fn verify(&self, request: &VerificationRequest) -> Result<VerificationAnswer, ProviderError>;
}
