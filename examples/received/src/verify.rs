//! Verification (查验): what is due, what was spent, what waits until when; and asking what is due.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use invoice_core::access::Actor;
use invoice_core::invoice::InvoiceNumber;
use invoice_core::provider::InvoiceVerifier;
use invoice_core::received::verification::{
    Asker, Heard, VerificationAnswer, VerificationRequest, VerificationStep,
};
use invoice_core::received::{ReceivedQuery, ReceivedRecord};
use invoice_core::tax::tax_day;
use invoice_examples::run::RunError;
use serde::Serialize;

use crate::office::Office;

/// Invoices that wait for the same reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Waiting {
    /// How many.
    pub invoices: u64,
    /// When the first of them is due.
    pub first: DateTime<Utc>,
    /// When the last of them is due.
    pub last: DateTime<Utc>,
}

/// Where the verification of all received invoices stands.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Schedule {
    /// Invoices looked at.
    pub invoices: u64,
    /// How many may be asked about now.
    pub due: u64,
    /// What waits, by reason.
    pub waiting: BTreeMap<&'static str, Waiting>,
    /// What is settled, by the last word.
    pub done: BTreeMap<&'static str, u64>,
    /// What cannot be asked, by the code of the refusal: a field is missing, or nobody verifies such invoices.
    pub unable: BTreeMap<String, u64>,
    /// How the confirmed ones stand.
    pub standing: BTreeMap<&'static str, u64>,
    /// Questions counted today.
    pub spent_today: u64,
    /// Questions ever counted.
    pub spent: u64,
    /// Most questions about one invoice today; the bureau answers five.
    pub most_today: u64,
}

/// What is to be done about one invoice now, for the schedule's own sake; the code of the refusal when it cannot be asked.
fn step_of(office: &Office, record: &ReceivedRecord) -> Result<VerificationStep, String> {
    let (invoice, capabilities) = (record.invoice(), office.verifier.capabilities());
    if !capabilities.takes(invoice.kind()) {
        return Err(invoice_core::error::RefusalCode::VerifyUnable.as_str().to_owned());
    }
    let asked = VerificationRequest::of(invoice).map_err(|refusal| refusal.code().as_str().to_owned())?;
    let asker = (Asker::Schedule, office.clock.now());
    Ok(record.verification().next(&asked.fingerprint(), invoice.date(), capabilities.policy(), asker))
}

impl Schedule {
    fn add(&mut self, office: &Office, record: &ReceivedRecord) {
        self.invoices += 1;
        match step_of(office, record) {
            Ok(VerificationStep::Ask) => self.due += 1,
            Ok(VerificationStep::Wait { until, why }) => {
                let waiting = self.waiting.entry(why.as_str()).or_insert(Waiting {
                    invoices: 0,
                    first: until,
                    last: until,
                });
                waiting.invoices += 1;
                (waiting.first, waiting.last) = (waiting.first.min(until), waiting.last.max(until));
            }
            Ok(VerificationStep::Done(firm)) => *self.done.entry(firm.as_str()).or_default() += 1,
            Err(code) => *self.unable.entry(code).or_default() += 1,
        }
        let log = record.verification();
        if let Some(standing) = log.standing() {
            *self.standing.entry(standing.as_str()).or_default() += 1;
        }
        let today = tax_day(office.clock.now());
        let attempts = log.attempts();
        let on_today = attempts.iter().filter(|attempt| tax_day(attempt.at()) == today).count();
        let on_today = u64::try_from(on_today).unwrap_or(u64::MAX);
        self.spent += u64::try_from(attempts.len()).unwrap_or(u64::MAX);
        self.spent_today += on_today;
        self.most_today = self.most_today.max(on_today);
    }
}

/// Looks through all received invoices; nothing is asked.
///
/// # Errors
/// `ACCESS-01`; a failing store.
pub async fn schedule(office: &Office, actor: &Actor) -> Result<Schedule, RunError> {
    let mut schedule = Schedule::default();
    let add = |record: &ReceivedRecord| {
        schedule.add(office, record);
        Ok::<_, RunError>(())
    };
    office.desk.fold_received(actor, &ReceivedQuery::new(), add).await?;
    Ok(schedule)
}

/// What became of one question, by name.
fn heard_as(heard: Option<&Heard>) -> &'static str {
    match heard {
        None => "not_due",
        Some(Heard::NotAsked { .. }) => "not_asked",
        Some(Heard::Unclear { .. }) => "unclear",
        Some(Heard::Answer(answer)) => match answer {
            VerificationAnswer::Confirmed { .. } => "confirmed",
            VerificationAnswer::Mismatch => "mismatch",
            VerificationAnswer::NotFound => "not_found",
            VerificationAnswer::TooEarly => "too_early",
            VerificationAnswer::LimitReached => "limit_reached",
        },
    }
}

/// Asks about every invoice that is due, each once, and counts what became of the questions. `told` gets how many were
/// asked about, and how many are due. What is not due is not asked: the desk counts before it sends, and refuses a sixth
/// question a day whoever asks.
///
/// # Errors
/// `ACCESS-01`; a failing store. What the verifier fails with is counted.
pub async fn verify(
    office: &Office,
    actor: &Actor,
    mut told: impl FnMut(usize, usize),
) -> Result<BTreeMap<&'static str, u64>, RunError> {
    let mut due: Vec<InvoiceNumber> = Vec::new();
    let pick = |record: &ReceivedRecord| {
        if step_of(office, record) == Ok(VerificationStep::Ask) {
            due.push(record.number().clone());
        }
        Ok::<_, RunError>(())
    };
    office.desk.fold_received(actor, &ReceivedQuery::new(), pick).await?;
    let mut heard = BTreeMap::new();
    for (done, number) in (1..).zip(&due) {
        let verified = office.desk.verify(actor, number).await?;
        *heard.entry(heard_as(verified.heard.as_ref())).or_default() += 1;
        told(done, due.len());
    }
    Ok(heard)
}
