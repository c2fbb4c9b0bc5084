//! One step of one invoice task: what its state asks for, the provider's answer, and what that comes to.

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use sha2::{Digest, Sha256};

use super::pump::Done;
use super::{DeskError, InvoiceDesk};
use crate::access::Actor;
use crate::decision::{Command, Outcome, State, request_of};
use crate::error::RefusalCode;
use crate::id::InvoiceId;
use crate::invoice::{Invoice, InvoiceState, PreparedRequest, Stage};
use crate::provider::{
    Capability, Effect, ErrorKind, InvoiceProvider, IssueAnswer, ProviderError, QueryAnswer,
};
use crate::store::{Key, Kind, Message, Next, Settlement, StoreErrorKind, UnitOfWork, Version};

/// The longest wait between two looks at a task.
const LONGEST_WAIT: TimeDelta = TimeDelta::hours(1);
/// How often one task is sent before a person must look: every sending begins a new wait for its answer, so waiting
/// alone would never end.
const MOST_SENDS: u32 = 48;
/// How long a lane stands still when a person must act at the bureau or a quota is used up.
const PAUSE: TimeDelta = TimeDelta::minutes(5);

/// What the provider was found to say, and when to look again if that was not the end of it.
struct Heard {
    outcome: Option<Outcome>,
    again: Wait,
}

#[derive(Clone, Copy)]
enum Wait {
    /// At once: there is a next step.
    Now,
    /// After the provider's own time.
    After(Duration),
    /// After the usual time, longer with every attempt.
    Backoff,
}

impl Heard {
    const fn new(outcome: Outcome) -> Self {
        Self { outcome: Some(outcome), again: Wait::Backoff }
    }

    const fn nothing(again: Wait) -> Self {
        Self { outcome: None, again }
    }
}

impl InvoiceDesk {
    pub(super) fn paused_lanes(&self, now: DateTime<Utc>) -> Vec<String> {
        let mut paused = self.inner.paused.lock().unwrap_or_else(PoisonError::into_inner);
        paused.retain(|_, until| *until > now);
        paused.keys().cloned().collect()
    }

    fn pause(&self, lane: &str, now: DateTime<Utc>) {
        self.inner.paused.lock().unwrap_or_else(PoisonError::into_inner).insert(lane.to_owned(), now + PAUSE);
    }

    pub(super) async fn step(&self, actor: &Actor, message: &Message) -> Result<Done, DeskError> {
        let (version, invoice) = self.task(&message.subject).await?;
        let Some(invoice) = invoice.filter(|invoice| !has_ended(invoice)) else {
            return self.settle_idle(message, version).await;
        };
        let provider = Arc::clone(self.provider(invoice.provider())?);
        let heard = self.hear(actor, &invoice, provider.as_ref()).await?;
        let heard = match heard.outcome {
            Some(outcome) => Heard { outcome: Some(outcome), again: heard.again },
            None => self.doubt(&invoice, provider.as_ref(), heard),
        };
        self.conclude(actor, message, &invoice, provider.as_ref(), heard).await
    }

    async fn task(&self, subject: &Key) -> Result<(Version, Option<Invoice>), DeskError> {
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
                self.ask(actor, invoice, provider, *stage, *sent_at).await
            }
            InvoiceState::Confirming { confirmation }
                if confirmation.state.may_issue()
                    && !provider.capabilities().can(Capability::AutomaticRed) =>
            {
                let number = confirmation.number.clone();
                self.send(actor, invoice, provider, Stage::Issue, Some(&number)).await
            }
            InvoiceState::Confirming { .. } => Ok(self.ask_confirmation(invoice, provider).await),
            InvoiceState::Issued { .. }
            | InvoiceState::InDoubt { .. }
            | InvoiceState::Failed { .. }
            | InvoiceState::Superseded => Ok(Heard::nothing(Wait::Backoff)),
        }
    }

    async fn first_send(
        &self,
        actor: &Actor,
        invoice: &Invoice,
        provider: &dyn InvoiceProvider,
    ) -> Result<Heard, DeskError> {
        let confirms = !invoice.is_blue() && provider.capabilities().can(Capability::RedConfirmation);
        if confirms && invoice.sends() > 0 {
            // Sent before and put back: the confirmation may exist. Only a clear "no" lets it be applied for again.
            match provider.query_confirmation(invoice.key()).await {
                Ok(Some(confirmation)) => {
                    return Ok(Heard {
                        outcome: Some(Outcome::Confirmation(confirmation)),
                        again: Wait::Now,
                    });
                }
                Ok(None) => {}
                Err(error) => {
                    return Ok(Heard::nothing(error.retry_after().map_or(Wait::Backoff, Wait::After)));
                }
            }
        }
        let stage = if confirms { Stage::ApplyRed } else { Stage::Issue };
        self.send(actor, invoice, provider, stage, None).await
    }

    /// Stores the exact request, then sends it once.
    async fn send(
        &self,
        actor: &Actor,
        invoice: &Invoice,
        provider: &dyn InvoiceProvider,
        stage: Stage,
        confirmation: Option<&str>,
    ) -> Result<Heard, DeskError> {
        let seller = self.seller(invoice.seller())?;
        let request =
            request_of(invoice, seller.party(), provider.capabilities().price_decimals(), confirmation);
        let prepared = match provider.prepare(&request) {
            Ok(prepared) => prepared,
            Err(error) => return Ok(Heard::new(Outcome::Denied { code: code_of(&error) })),
        };
        let command = Command::Send {
            invoice: invoice.id().clone(),
            stage,
            request: Some(prepared.clone()),
            after: invoice.sends(),
            alone: false,
        };
        if !self.may_send(actor, &command).await? {
            return Ok(Heard::nothing(Wait::Now));
        }
        Ok(self.call(invoice, provider, stage, &prepared).await)
    }

    /// Sends the stored bytes again, under the same key.
    async fn resend(
        &self,
        actor: &Actor,
        invoice: &Invoice,
        provider: &dyn InvoiceProvider,
        stage: Stage,
        alone: bool,
    ) -> Result<Heard, DeskError> {
        let Some(prepared) = invoice.request().cloned() else { return Ok(Heard::nothing(Wait::Backoff)) };
        let (id, after) = (invoice.id().clone(), invoice.sends());
        let command = Command::Send { invoice: id, stage, request: None, after, alone };
        if !self.may_send(actor, &command).await? {
            return Ok(Heard::nothing(Wait::Now));
        }
        Ok(self.call(invoice, provider, stage, &prepared).await)
    }

    /// Whether the intent is stored and the request may go out now.
    async fn may_send(&self, actor: &Actor, command: &Command) -> Result<bool, DeskError> {
        let Command::Send { invoice, .. } = command else { return Ok(false) };
        match self.transact(actor, command).await {
            Ok(state) => Ok(is_submitting(&state, invoice)),
            // The task has moved on since it was read.
            Err(DeskError::Refused(refusal)) if refusal.code() == RefusalCode::InvoiceState => Ok(false),
            Err(error) => Err(error),
        }
    }

    async fn call(
        &self,
        invoice: &Invoice,
        provider: &dyn InvoiceProvider,
        stage: Stage,
        prepared: &PreparedRequest,
    ) -> Heard {
        let answer = match (stage, invoice.is_blue()) {
            (Stage::ApplyRed, _) => match provider.apply_red(prepared).await {
                Ok(confirmation) => {
                    return Heard { outcome: Some(Outcome::Confirmation(confirmation)), again: Wait::Now };
                }
                Err(error) => Err(error),
            },
            (Stage::Issue, true) => provider.issue(prepared).await,
            (Stage::Issue, false) => provider.issue_red(prepared).await,
        };
        match answer {
            Ok(IssueAnswer::Issued(issued)) => Heard::new(Outcome::Issued(issued)),
            Ok(IssueAnswer::Accepted { poll_after }) => {
                Heard { outcome: Some(Outcome::Accepted), again: Wait::After(poll_after) }
            }
            Err(error) => self.failed_call(invoice, &error),
        }
    }

    /// An error of a call that may have issued: what it says of the effect decides.
    fn failed_call(&self, invoice: &Invoice, error: &ProviderError) -> Heard {
        let again = error.retry_after().map_or(Wait::Backoff, Wait::After);
        match (error.effect(), error.kind()) {
            // The key counts already: ask at once; a serial that is locked, though, only time unlocks.
            (Effect::Applied, _) | (_, ErrorKind::Duplicate) => {
                Heard::nothing(if invoice.sends() == 0 { Wait::Now } else { Wait::Backoff })
            }
            (Effect::Unknown, _) => Heard::nothing(again),
            (Effect::NotApplied, ErrorKind::Rejected | ErrorKind::Unsupported) => {
                Heard::new(Outcome::Denied { code: code_of(error) })
            }
            (Effect::NotApplied, kind) => {
                if matches!(kind, ErrorKind::OperatorNeeded | ErrorKind::QuotaExceeded) {
                    self.pause(invoice.seller().as_str(), self.inner.clock.now());
                }
                Heard { outcome: Some(Outcome::NotSent { waiting_on: code_of(error) }), again }
            }
        }
    }

    /// Asks about something that was sent. What the provider does not know is sent again, with the same key and the
    /// same bytes, only when the provider recognises keys or its quiet period is over.
    async fn ask(
        &self,
        actor: &Actor,
        invoice: &Invoice,
        provider: &dyn InvoiceProvider,
        stage: Stage,
        sent_at: DateTime<Utc>,
    ) -> Result<Heard, DeskError> {
        let known = match stage {
            Stage::ApplyRed => match provider.query_confirmation(invoice.key()).await {
                Ok(Some(confirmation)) => {
                    return Ok(Heard {
                        outcome: Some(Outcome::Confirmation(confirmation)),
                        again: Wait::Now,
                    });
                }
                Ok(None) => Ok(QueryAnswer::NotFound),
                // The application itself was refused: no confirmation will come of it.
                Err(error) if (error.kind(), error.effect()) == (ErrorKind::Rejected, Effect::NotApplied) => {
                    Ok(QueryAnswer::Denied { code: code_of(&error) })
                }
                Err(error) => Err(error),
            },
            Stage::Issue => provider.query(invoice.key()).await,
        };
        match known {
            Ok(QueryAnswer::Issued(issued)) => Ok(Heard::new(Outcome::Issued(issued))),
            Ok(QueryAnswer::Denied { code }) => Ok(Heard::new(Outcome::Denied { code })),
            Ok(QueryAnswer::Pending { poll_after }) => {
                let accepted =
                    matches!(invoice.state(), InvoiceState::Submitting { .. }).then_some(Outcome::Accepted);
                Ok(Heard { outcome: accepted, again: Wait::After(poll_after) })
            }
            Ok(QueryAnswer::Stuck { .. }) => Ok(self.push_on(invoice, provider).await),
            Ok(QueryAnswer::NotFound) => {
                let capabilities = provider.capabilities();
                let quiet_until =
                    sent_at + TimeDelta::from_std(capabilities.quiet_period()).unwrap_or(LONGEST_WAIT);
                let now = self.inner.clock.now();
                let alone = now >= quiet_until;
                if capabilities.can(Capability::Idempotent) || alone {
                    return self.resend(actor, invoice, provider, stage, alone).await;
                }
                let left = (quiet_until - now).min(LONGEST_WAIT).to_std().unwrap_or_default();
                Ok(Heard::nothing(Wait::After(left)))
            }
            Err(error) => Ok(Heard::nothing(error.retry_after().map_or(Wait::Backoff, Wait::After))),
        }
    }

    /// Sets going again what is stuck at the provider; where that cannot be done it is asked after till it is doubted.
    async fn push_on(&self, invoice: &Invoice, provider: &dyn InvoiceProvider) -> Heard {
        if !provider.capabilities().can(Capability::PushOn) {
            return Heard::nothing(Wait::Backoff);
        }
        match provider.push_on(invoice.key()).await {
            Ok(IssueAnswer::Issued(issued)) => Heard::new(Outcome::Issued(issued)),
            Ok(IssueAnswer::Accepted { poll_after }) => Heard::nothing(Wait::After(poll_after)),
            // The key counts whatever the error says: only an answer to a query ends it.
            Err(error) => Heard::nothing(error.retry_after().map_or(Wait::Backoff, Wait::After)),
        }
    }

    async fn ask_confirmation(&self, invoice: &Invoice, provider: &dyn InvoiceProvider) -> Heard {
        match provider.query_confirmation(invoice.key()).await {
            Ok(Some(confirmation)) => {
                let ready =
                    confirmation.state.may_issue() && !provider.capabilities().can(Capability::AutomaticRed);
                let news = !matches!(invoice.state(), InvoiceState::Confirming { confirmation: known } if known == &confirmation);
                let again = if ready { Wait::Now } else { Wait::Backoff };
                Heard { outcome: news.then_some(Outcome::Confirmation(confirmation)), again }
            }
            Ok(None) => Heard::nothing(Wait::Backoff),
            Err(error) => Heard::nothing(error.retry_after().map_or(Wait::Backoff, Wait::After)),
        }
    }

    /// Nothing definite was heard: parks the task for a person when the provider cannot be asked, or has not said for
    /// too long.
    fn doubt(&self, invoice: &Invoice, provider: &dyn InvoiceProvider, heard: Heard) -> Heard {
        let (InvoiceState::Submitting { sent_at, .. } | InvoiceState::Accepted { sent_at, .. }) =
            invoice.state()
        else {
            return heard;
        };
        let capabilities = provider.capabilities();
        let quiet = TimeDelta::from_std(capabilities.quiet_period()).unwrap_or(LONGEST_WAIT);
        let why = if !capabilities.can(Capability::QueryByKey) {
            "NO-QUERY"
        } else if self.inner.clock.now() - *sent_at > self.inner.doubt_after.max(quiet + quiet) {
            "NO-ANSWER"
        } else if invoice.sends() >= MOST_SENDS {
            "NEVER-TAKEN"
        } else {
            return heard;
        };
        Heard::new(Outcome::Doubtful { why: why.to_owned() })
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
            Wait::Backoff => {
                let wait =
                    backoff(provider.capabilities().poll_after(), message.attempts, invoice.key().as_str());
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
        let command = Command::Learn { invoice: invoice.id().clone(), outcome };
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

    /// The tasks of a kind of message; there is one kind now.
    pub(super) fn subject(&self, invoice: &InvoiceId) -> Key {
        self.key(Kind::Invoice, invoice.as_str())
    }
}

fn is_submitting(state: &State, id: &InvoiceId) -> bool {
    state.invoices.get(id).is_some_and(|invoice| matches!(invoice.state(), InvoiceState::Submitting { .. }))
}

fn ended(state: &State, id: &InvoiceId) -> bool {
    state.invoices.get(id).is_none_or(has_ended)
}

/// Whether nothing more happens by itself.
fn has_ended(invoice: &Invoice) -> bool {
    invoice.state().is_settled() || matches!(invoice.state(), InvoiceState::InDoubt { .. })
}

fn code_of(error: &ProviderError) -> String {
    error.code().map_or_else(|| format!("{:?}", error.kind()), str::to_owned)
}

/// The wait before the next attempt: doubled each time up to an hour, spread by a quarter so that tasks that failed
/// together do not come together again. The spread follows from the task, so that a run can be replayed.
fn backoff(first: Duration, attempts: u32, key: &str) -> TimeDelta {
    let doubled = first.saturating_mul(2_u32.saturating_pow(attempts.min(12)));
    let wait = TimeDelta::from_std(doubled).unwrap_or(LONGEST_WAIT).min(LONGEST_WAIT);
    let mut hasher = Sha256::new();
    hasher.update(key.as_bytes());
    hasher.update(attempts.to_be_bytes());
    let spread = i32::from(hasher.finalize().first().copied().unwrap_or(0));
    wait + wait * spread / 1024
}
