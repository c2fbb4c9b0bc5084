//! Verification (查验): a question is counted and committed, then sent, then its answer is committed.

use super::pump::Done;
use super::received::received_in;
use super::{DeskError, InvoiceDesk};
use crate::access::Actor;
use crate::decision::{Command, State};
use crate::error::{Refusal, RefusalCode};
use crate::id::UnitId;
use crate::invoice::InvoiceNumber;
use crate::provider::{Effect, InvoiceVerifier};
use crate::received::ReceivedRecord;
use crate::received::verification::{
    Asker, Heard, VerificationPolicy, VerificationRequest, VerificationStep,
};
use crate::store::{Message, Next, Settlement, UnitOfWork};

/// What came of wanting to verify.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Verified {
    /// The record as it is now, with every question and answer.
    pub record: ReceivedRecord,
    /// What became of the question; `None` when it was not time for one.
    pub heard: Option<Heard>,
    /// What to do next about it.
    pub next: VerificationStep,
}

impl InvoiceDesk {
    /// Has the bureau asked about a received invoice, once, if it is time: never before the day after it was issued, never
    /// a sixth time a day, never again with fields that did not match. What the books say joins what was read.
    ///
    /// The pump asks by itself what is due; this is for a person who does not want to wait for that.
    ///
    /// # Errors
    /// `VERIFY-01`, `VERIFY-02` when a field is needed, `VERIFY-03` without a verifier for the kind, `RECEIVED-07`,
    /// `ACCESS-01`; a failing store. What the verifier fails with is not an error: it is heard.
    pub async fn verify(&self, actor: &Actor, number: &InvoiceNumber) -> Result<Verified, DeskError> {
        self.ask_bureau(actor, number, Asker::Person, None).await
    }

    /// Asks what is due of an invoice; the message comes again when the next question is.
    pub(super) async fn serve_verification(
        &self,
        actor: &Actor,
        message: &Message,
    ) -> Result<Done, DeskError> {
        let number = message
            .subject
            .id()
            .parse()
            .map_err(|_| DeskError::Unread { subject: message.subject.to_string() })?;
        match self.ask_bureau(actor, &number, Asker::Schedule, Some(message)).await {
            Ok(_) => Ok(Done::Served),
            // A field is missing, or nobody verifies such invoices: the message comes again when more is known of it.
            Err(DeskError::Refused(refusal)) if is_for_good(refusal.code()) => {
                let Some(lease) = message.lease.clone() else { return Ok(Done::Idle) };
                let settlement = Settlement { message: message.id.clone(), lease, next: Next::Done };
                let id = UnitId::new(self.inner.ids.next_id())?;
                let mut unit = UnitOfWork::new(id, self.inner.tenant.clone());
                unit.settlements.push(settlement);
                self.commit(&unit).await?;
                Ok(Done::Idle)
            }
            Err(error) => Err(error),
        }
    }

    async fn ask_bureau(
        &self,
        actor: &Actor,
        number: &InvoiceNumber,
        asker: Asker,
        message: Option<&Message>,
    ) -> Result<Verified, DeskError> {
        let record = self.received_record(number).await?;
        let (number, kind) = (record.number(), record.invoice().kind());
        let unable = || Refusal::new(RefusalCode::VerifyUnable).with("kind", kind);
        let verifier = self.inner.verifier.clone().filter(|verifier| verifier.capabilities().takes(kind));
        let verifier = verifier.ok_or_else(unable)?;
        let policy = verifier.capabilities().policy().clone();
        let question = self.inner.ids.next_id();
        let counted = |record: &ReceivedRecord| {
            record.verification().attempts().last().is_some_and(|attempt| attempt.question() == question)
        };
        let wish = Command::Verify {
            number: number.clone(),
            question: question.clone(),
            asker,
            policy: policy.clone(),
        };
        let unasked = |state: &State| {
            let record = state.received.get(number).filter(|record| !counted(record))?;
            self.settled(message?, record, &policy)
        };
        let record = received_in(self.transact_settling(actor, &wish, unasked).await?, number)?;
        if !counted(&record) {
            let next = self.next_step(&record, asker, &policy);
            return Ok(Verified { record, heard: None, next });
        }
        let heard = send(&*verifier, &record).await?;
        let told = Command::Verified { number: number.clone(), question, heard: heard.clone() };
        let settle = |state: &State| self.settled(message?, state.received.get(number)?, &policy);
        let record = received_in(self.transact_settling(actor, &told, settle).await?, number)?;
        let next = self.next_step(&record, Asker::Schedule, &policy);
        Ok(Verified { record, heard: Some(heard), next })
    }

    fn next_step(
        &self,
        record: &ReceivedRecord,
        asker: Asker,
        policy: &VerificationPolicy,
    ) -> VerificationStep {
        let asked = VerificationRequest::of(record.invoice()).map(|request| request.fingerprint());
        let (day, now) = (record.invoice().date(), self.inner.clock.now());
        record.verification().next(&asked.unwrap_or_default(), day, policy, (asker, now))
    }

    fn settled(
        &self,
        message: &Message,
        record: &ReceivedRecord,
        policy: &VerificationPolicy,
    ) -> Option<Settlement> {
        let next = match self.next_step(record, Asker::Schedule, policy) {
            VerificationStep::Ask => Next::Again { not_before: self.inner.clock.now(), attempts: 0 },
            VerificationStep::Wait { until, .. } => Next::Again { not_before: until, attempts: 0 },
            VerificationStep::Done(_) => Next::Done,
        };
        Some(Settlement { message: message.id.clone(), lease: message.lease.clone()?, next })
    }
}

/// Sends a question that was counted.
async fn send(verifier: &dyn InvoiceVerifier, record: &ReceivedRecord) -> Result<Heard, Refusal> {
    let request = VerificationRequest::of(record.invoice())?;
    Ok(match verifier.verify(&request).await {
        Ok(answer) => Heard::Answer(answer),
        Err(error) => {
            let code = error.code().unwrap_or("-").to_owned();
            match error.effect() {
                Effect::NotApplied => Heard::NotAsked { code },
                Effect::Unknown | Effect::Applied => Heard::Unclear { code },
            }
        }
    })
}

/// Whether asking again changes nothing before more is known of the invoice.
const fn is_for_good(code: RefusalCode) -> bool {
    matches!(code, RefusalCode::VerifyKind | RefusalCode::VerifyField | RefusalCode::VerifyUnable)
}
