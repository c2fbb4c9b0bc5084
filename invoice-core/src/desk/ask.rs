//! Asking: what became of what was sent, and what a red confirmation says by now.

use chrono::{DateTime, TimeDelta, Utc};

use super::account::Call;
use super::step::{Heard, LONGEST_WAIT, Wait, code_of};
use super::{DeskError, InvoiceDesk};
use crate::access::Actor;
use crate::decision::Outcome;
use crate::invoice::{Invoice, InvoiceState, RedAnswer, RedConfirmation, Stage};
use crate::provider::{
    Capability, Effect, ErrorKind, InvoiceProvider, IssueAnswer, ProviderError, QueryAnswer, safe_code,
};

impl InvoiceDesk {
    /// Asks about something that was sent. What the provider does not know is sent again, with the same key and the
    /// same bytes, only when the provider recognises keys or its quiet period is over.
    pub(super) async fn ask(
        &self,
        actor: &Actor,
        invoice: &Invoice,
        provider: &dyn InvoiceProvider,
        (stage, sent_at): (Stage, DateTime<Utc>),
    ) -> Result<Heard, DeskError> {
        if let Err(held) = self.admit(invoice) {
            return Ok(Heard::nothing(held));
        }
        let known = match stage {
            Stage::ApplyRed => match provider.query_confirmation(invoice.key()).await {
                Ok(Some(confirmation)) => {
                    self.ended(actor, invoice, Call::Ask, None).await?;
                    return Ok(Heard::then(Outcome::Confirmation(confirmation), Wait::Now));
                }
                Ok(None) => Ok(QueryAnswer::NotFound),
                // The application itself was refused: no confirmation will come of it.
                Err(error) if (error.kind(), error.effect()) == (ErrorKind::Rejected, Effect::NotApplied) => {
                    Ok(QueryAnswer::Denied { code: code_of(&error) })
                }
                // The application is in a state that is none of a confirmation.
                Err(error) if (error.kind(), error.effect()) == (ErrorKind::Busy, Effect::Applied) => {
                    let poll_after = error.retry_after().unwrap_or(provider.capabilities().poll_after());
                    Ok(QueryAnswer::Unclear { code: code_of(&error), poll_after })
                }
                Err(error) => Err(error),
            },
            Stage::Issue => match invoice.request().filter(|_| !invoice.is_blue()) {
                Some(request) => provider.query_red(request).await,
                None => provider.query(invoice.key()).await,
            },
        };
        self.ended(actor, invoice, Call::Ask, known.as_ref().err()).await?;
        match known {
            Ok(QueryAnswer::Issued(issued)) => Ok(Heard::new(Outcome::Issued(issued))),
            Ok(QueryAnswer::Denied { code }) => Ok(Heard::new(Outcome::Denied { code })),
            Ok(QueryAnswer::Pending { poll_after }) => {
                let accepted =
                    matches!(invoice.state(), InvoiceState::Submitting { .. }).then_some(Outcome::Accepted);
                Ok(Heard { outcome: accepted, again: Wait::After(poll_after) })
            }
            Ok(QueryAnswer::Unclear { code, poll_after }) => {
                let code = safe_code(&code);
                let news = matches!(invoice.state(), InvoiceState::Submitting { .. })
                    || invoice.unclear() != Some(code.as_str());
                let outcome = news.then_some(Outcome::Unclear { code });
                Ok(Heard { outcome, again: Wait::After(poll_after) })
            }
            Ok(QueryAnswer::Stuck { .. }) => self.push_on(actor, invoice, provider).await,
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
            Err(error) => Ok(Heard::nothing(Wait::after(&error))),
        }
    }

    /// Sets going again what is stuck at the provider; where that cannot be done it is asked after till it is doubted.
    async fn push_on(
        &self,
        actor: &Actor,
        invoice: &Invoice,
        provider: &dyn InvoiceProvider,
    ) -> Result<Heard, DeskError> {
        if !provider.capabilities().can(Capability::PushOn) {
            return Ok(Heard::nothing(Wait::Backoff));
        }
        if let Err(held) = self.admit(invoice) {
            return Ok(Heard::nothing(held));
        }
        let answer = provider.push_on(invoice.key()).await;
        self.ended(actor, invoice, Call::Send, answer.as_ref().err()).await?;
        Ok(match answer {
            Ok(IssueAnswer::Issued(issued)) => Heard::new(Outcome::Issued(issued)),
            Ok(IssueAnswer::Accepted { poll_after }) => Heard::nothing(Wait::After(poll_after)),
            // The key counts whatever the error says: only an answer to a query ends it.
            Err(error) => Heard::nothing(Wait::after(&error)),
        })
    }

    /// A red confirmation waits: says what the seller wants said, issues the red once it may be, or looks again.
    pub(super) async fn follow_confirmation(
        &self,
        actor: &Actor,
        invoice: &Invoice,
        provider: &dyn InvoiceProvider,
        (confirmation, answer): (&RedConfirmation, Option<RedAnswer>),
    ) -> Result<Heard, DeskError> {
        let automatic = provider.capabilities().can(Capability::AutomaticRed);
        if let Some(answer) = answer {
            return self.answer_form(actor, invoice, provider, (confirmation, answer)).await;
        }
        if confirmation.state.may_issue() && !automatic {
            return self.send(actor, invoice, provider, Stage::Issue, Some(&confirmation.number)).await;
        }
        if let Err(held) = self.admit(invoice) {
            return Ok(Heard::nothing(held));
        }
        let found = look_up(invoice, provider).await;
        self.ended(actor, invoice, Call::Ask, found.as_ref().err()).await?;
        Ok(match found {
            Ok(Some(found)) => {
                let ready = found.state.may_issue() && !automatic;
                let news = (&found != confirmation).then_some(Outcome::Confirmation(found));
                Heard { outcome: news, again: if ready { Wait::Now } else { Wait::Backoff } }
            }
            Ok(None) => Heard::nothing(Wait::Backoff),
            Err(error) => Heard::nothing(Wait::after(&error)),
        })
    }

    /// Says it; what the confirmation has become is news. Too late or not in turn, the bureau refuses, and what it is by
    /// now is looked up instead.
    async fn answer_form(
        &self,
        actor: &Actor,
        invoice: &Invoice,
        provider: &dyn InvoiceProvider,
        (confirmation, answer): (&RedConfirmation, RedAnswer),
    ) -> Result<Heard, DeskError> {
        if let Err(held) = self.admit(invoice) {
            return Ok(Heard::nothing(held));
        }
        let own = invoice.foreign_form().is_none();
        let said = if own && provider.capabilities().can(Capability::WithdrawConfirmation) {
            provider.withdraw_confirmation(invoice.key()).await
        } else {
            provider.answer_confirmation(&confirmation.number, answer).await
        };
        self.ended(actor, invoice, Call::Send, said.as_ref().err()).await?;
        let refused = match said {
            Ok(said) => return Ok(Heard::then(Outcome::Confirmation(said), Wait::Now)),
            Err(error) if error.effect() == Effect::Unknown => {
                return Ok(Heard::nothing(Wait::after(&error)));
            }
            Err(error) => error,
        };
        if let Err(held) = self.admit(invoice) {
            return Ok(Heard::nothing(held));
        }
        let found = look_up(invoice, provider).await;
        self.ended(actor, invoice, Call::Ask, found.as_ref().err()).await?;
        let news = found.ok().flatten().filter(|found| found.state != confirmation.state);
        Ok(Heard { outcome: news.map(Outcome::Confirmation), again: Wait::after(&refused) })
    }
}

/// What the confirmation of a red is by now: ours is known by our key, the buyer's by its number.
pub(super) async fn look_up(
    invoice: &Invoice,
    provider: &dyn InvoiceProvider,
) -> Result<Option<RedConfirmation>, ProviderError> {
    match invoice.foreign_form() {
        Some(number) => provider.find_confirmation(number).await,
        None => provider.query_confirmation(invoice.key()).await,
    }
}
