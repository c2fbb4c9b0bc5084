use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use crate::provider::InvoiceVerifier;
use crate::received::ReceivedInvoice;
use crate::received::verification::{Standing, VerificationRequest};
use crate::testkit::block_on;

/// What goes wrong with the next question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum VerifierDisturbance {
    /// The bureau refuses it at the door and does not count it.
    RefusedAtDoor,
    /// It is counted, and the answer is lost.
    AnswerLost,
    /// The bureau answers with a code that nobody has heard of.
    UnknownCode,
}

impl VerifierDisturbance {
    /// Every disturbance.
    pub const ALL: &[Self] = &[Self::RefusedAtDoor, Self::AnswerLost, Self::UnknownCode];
}

/// What the kit needs to know of a verifier under test. The first two are required; every other answer lets the kit look
/// closer. What cannot be seen is not checked. A fixture is made anew for each rule.
pub trait VerifierFixture: Send + Sync {
    /// The verifier under test, always the same one.
    fn verifier(&self) -> Arc<dyn InvoiceVerifier>;

    /// An invoice that stands in the bureau's books, of a kind that the verifier declares, old enough to be asked about, with
    /// every field that is asked.
    fn known(&self) -> ReceivedInvoice;

    /// How many questions about this have reached the far side; `None` where that cannot be seen.
    fn asked(&self, _request: &VerificationRequest) -> Option<usize> {
        None
    }

    /// Disturbs the next question; `false` where that cannot be done.
    fn disturb(&self, _disturbance: VerifierDisturbance) -> bool {
        false
    }

    /// Makes the known invoice stand like this in the books; `false` where that cannot be done.
    fn stands(&self, _standing: Standing) -> bool {
        false
    }

    /// Runs a future to its end. Verifiers that need a runtime bring it here.
    fn block_on(&self, future: Pin<Box<dyn Future<Output = ()> + '_>>) {
        block_on(future);
    }
}
