//! One step of one invoice task: what its state asks for, the provider's answer, and what that comes to.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use super::pump::Done;
use super::{DeskError, InvoiceDesk};
use crate::access::Actor;
use crate::decision::{Command, Outcome, State};
use crate::id::InvoiceId;
use crate::invoice::{DoubtCode, Invoice, InvoiceState, Stage};
use crate::provider::{Capability, InvoiceProvider, ProviderError};
use crate::store::{Key, Kind, Message, Next, Settlement, StoreErrorKind, UnitOfWork, Version};

/// The longest wait between two looks at a task.
pub(super) const LONGEST_WAIT: TimeDelta = TimeDelta::hours(1);
/// How often one task is sent before a person must look: every sending begins a new wait for its answer, so waiting
/// alone would never end.
const MOST_SENDS: u32 = 48;

/// What the provider was found to say, and when to look again if that was not the end of it.
pub(super) struct Heard {
    pub(super) outcome: Option<Outcome>,
    pub(super) again: Wait,
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Wait {
    /// At once: there is a next step.
    Now,
    /// After the provider's own time.
    After(Duration),
    /// After the usual time, longer with every attempt.
    Backoff,
    /// When the account can be called again: it was not called now.
    Until(DateTime<Utc>),
}

impl Wait {
    /// As long as an error asks for.
    pub(super) fn after(error: &ProviderError) -> Self {
        error.retry_after().map_or(Self::Backoff, Self::After)
    }
}

impl Heard {
    pub(super) const fn then(outcome: Outcome, again: Wait) -> Self {
        Self { outcome: Some(outcome), again }
    }

    pub(super) const fn new(outcome: Outcome) -> Self {
        Self { outcome: Some(outcome), again: Wait::Backoff }
    }

    pub(super) const fn nothing(again: Wait) -> Self {
        Self { outcome: None, again }
    }
}

impl InvoiceDesk {
    pub(super) async fn step(&self, actor: &Actor, message: &Message) -> Result<Done, DeskError> {
        let (version, invoice) = self.task(&message.subject).await?;
        let Some(invoice) = invoice.filter(|invoice| !has_ended(invoice)) else {
            return self.settle_idle(message, version).await;
        };
        let provider = Arc::clone(self.provider(invoice.provider())?);
        let heard = self.hear(actor, &invoice, provider.as_ref()).await?;
        let heard = match (&heard.outcome, heard.again) {
            // What was not asked says nothing.
            (Some(_), _) | (None, Wait::Until(_)) => heard,
            (None, _) => self.doubt(&invoice, provider.as_ref(), heard),
        };
        self.conclude(actor, message, &invoice, provider.as_ref(), heard).await
    }

    pub(super) async fn task(&self, subject: &Key) -> Result<(Version, Option<Invoice>), DeskError> {
        let row = self.inner.store.read(std::slice::from_ref(subject)).await?.into_iter().flatten().next();
        let version = row.as_ref().map_or(Version::ABSENT, |row| row.version);
        Ok((version, row.map(|row| self.open(&row)).transpose()?))
    }

    /// Takes a message away that has nothing left to do, unless its task was taken up again meanwhile: a retry relies
    /// on the message that is there.
    async fn settle_idle(&self, message: &Message, version: Version) -> Result<Done, DeskError> {
        let Some(lease) = message.lease.clone() else { return Ok(Done::Idle) };
        let id = crate::id::UnitId::new(self.inner.ids.next_id())?;
        let mut unit = UnitOfWork::new(id, self.inner.tenant.clone());
        unit.expects.push((message.subject.clone(), version));
        unit.settlements.push(Settlement { message: message.id.clone(), lease, next: Next::Done });
        match self.commit(&unit).await {
            Ok(_) => Ok(Done::Idle),
            // Its lease ends, and it is looked at again.
            Err(error) if error.kind() == StoreErrorKind::Conflict => Ok(Done::Waiting),
            Err(error) => Err(error.into()),
        }
    }

    /// Does what the state asks for: sends what was not sent, asks about what was.
    async fn hear(
        &self,
        actor: &Actor,
        invoice: &Invoice,
        provider: &dyn InvoiceProvider,
    ) -> Result<Heard, DeskError> {
        match invoice.state() {
            InvoiceState::Planned { .. } => self.first_send(actor, invoice, provider).await,
            InvoiceState::Submitting { stage, sent_at } | InvoiceState::Accepted { stage, sent_at } => {
                self.ask(actor, invoice, provider, (*stage, *sent_at)).await
            }
            InvoiceState::Confirming { confirmation, answer } => {
                self.follow_confirmation(actor, invoice, provider, (confirmation, *answer)).await
            }
            InvoiceState::Issued { .. }
            | InvoiceState::InDoubt { .. }
            | InvoiceState::Failed { .. }
            | InvoiceState::Superseded => Ok(Heard::nothing(Wait::Backoff)),
        }
    }

    /// Nothing definite was heard: parks the task for a person when the provider cannot be asked, or has not said for
    /// too long.
    fn doubt(&self, invoice: &Invoice, provider: &dyn InvoiceProvider, heard: Heard) -> Heard {
        let (InvoiceState::Submitting { sent_at, stage } | InvoiceState::Accepted { sent_at, stage }) =
            invoice.state()
        else {
            return heard;
        };
        let capabilities = provider.capabilities();
        let quiet = TimeDelta::from_std(capabilities.quiet_period()).unwrap_or(LONGEST_WAIT);
        // A red confirmation can be asked after wherever it can be applied for.
        let mute = *stage == Stage::Issue && !capabilities.can(Capability::QueryByKey);
        let why = if mute {
            DoubtCode::NoQuery
        } else if self.inner.clock.now() - *sent_at > self.inner.doubt_after.max(quiet + quiet) {
            DoubtCode::NoAnswer
        } else if invoice.sends() >= MOST_SENDS {
            DoubtCode::NeverTaken
        } else {
            return heard;
        };
        Heard::new(Outcome::Doubtful { why })
    }

    /// Writes what was heard and settles the message in the same unit.
    async fn conclude(
        &self,
        actor: &Actor,
        message: &Message,
        invoice: &Invoice,
        provider: &dyn InvoiceProvider,
        heard: Heard,
    ) -> Result<Done, DeskError> {
        let Some(lease) = message.lease.clone() else { return Ok(Done::Idle) };
        let now = self.inner.clock.now();
        let again = match heard.again {
            Wait::Now => Next::Again { not_before: now, attempts: 0 },
            Wait::After(wait) => Next::Again {
                not_before: now + TimeDelta::from_std(wait).unwrap_or(LONGEST_WAIT).min(LONGEST_WAIT),
                attempts: message.attempts + 1,
            },
            Wait::Until(until) => Next::Again { not_before: until.max(now), attempts: message.attempts },
            Wait::Backoff => {
                let wait = self.backoff(provider.capabilities().poll_after(), message.attempts);
                Next::Again { not_before: now + wait, attempts: message.attempts + 1 }
            }
        };
        let next = |ended: bool| if ended { Next::Done } else { again.clone() };
        let settlement =
            |ended: bool| Settlement { message: message.id.clone(), lease: lease.clone(), next: next(ended) };
        let Some(outcome) = heard.outcome else {
            let (version, task) = self.task(&message.subject).await?;
            if task.is_none_or(|task| has_ended(&task)) {
                return self.settle_idle(message, version).await;
            }
            let id = crate::id::UnitId::new(self.inner.ids.next_id())?;
            let mut unit = UnitOfWork::new(id, self.inner.tenant.clone());
            unit.settlements.push(settlement(false));
            self.commit(&unit).await?;
            return Ok(Done::Waiting);
        };
        let (id, key) = (invoice.id().clone(), invoice.key().clone());
        let command = Command::Learn { invoice: id, key, outcome };
        let state = self
            .transact_settling(actor, &command, |state| Some(settlement(ended(state, invoice.id()))))
            .await?;
        Ok(match state.invoices.get(invoice.id()).map(Invoice::state) {
            Some(InvoiceState::Issued { .. }) => Done::Issued,
            Some(InvoiceState::Failed { .. }) => Done::Failed,
            Some(InvoiceState::InDoubt { .. }) => Done::InDoubt,
            Some(_) => Done::Waiting,
            None => Done::Idle,
        })
    }

    /// The wait before the next attempt: doubled each time up to an hour, and spread by up to a quarter by the injected
    /// randomness, so that tasks that failed together do not come together again.
    fn backoff(&self, first: Duration, attempts: u32) -> TimeDelta {
        let doubled = first.saturating_mul(2_u32.saturating_pow(attempts.min(12)));
        let wait = TimeDelta::from_std(doubled).unwrap_or(LONGEST_WAIT).min(LONGEST_WAIT);
        let spread = i32::try_from(self.inner.ids.random(256)).unwrap_or(0);
        wait + wait * spread / 1024
    }

    /// The tasks of a kind of message; there is one kind now.
    pub(super) fn subject(&self, invoice: &InvoiceId) -> Key {
        self.key(Kind::Invoice, invoice.as_str())
    }
}

pub(super) fn is_submitting(state: &State, id: &InvoiceId) -> bool {
    state.invoices.get(id).is_some_and(|invoice| matches!(invoice.state(), InvoiceState::Submitting { .. }))
}

fn ended(state: &State, id: &InvoiceId) -> bool {
    state.invoices.get(id).is_none_or(has_ended)
}

/// Whether nothing more happens by itself.
fn has_ended(invoice: &Invoice) -> bool {
    invoice.state().is_settled() || matches!(invoice.state(), InvoiceState::InDoubt { .. })
}

pub(super) fn code_of(error: &ProviderError) -> String {
    error.code().map_or_else(|| format!("{:?}", error.kind()), str::to_owned)
}
