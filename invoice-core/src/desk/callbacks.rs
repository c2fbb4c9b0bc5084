//! Callbacks: what a provider tells by itself.

use super::messages::ISSUE;
use super::{DeskError, InvoiceDesk};
use crate::access::{Actor, Verb};
use crate::decision::{Command, Outcome};
use crate::id::{IntentKey, ProviderId};
use crate::invoice::{Invoice, InvoiceState};
use crate::provider::{CallbackEvent, CallbackOutcome, QueryAnswer, safe_code};
use crate::store::{Key, Kind, Message, MessageId, Query, UnitOfWork};

impl InvoiceDesk {
    /// Takes in a callback and returns what to answer with. A verified one counts like the answer to a query; any
    /// other only makes the desk ask. Doubled, late and early callbacks change nothing.
    ///
    /// # Errors
    /// `SELLER-03` for an unknown provider; a callback that is not the provider's; a failing store.
    pub async fn callback(
        &self,
        actor: &Actor,
        provider: &ProviderId,
        headers: &[(String, String)],
        body: &[u8],
    ) -> Result<Vec<u8>, DeskError> {
        self.permit(actor, Verb::Pump).await?;
        let now = self.inner.clock.now();
        match self.provider(provider)?.parse_callback(headers, body, now)? {
            CallbackOutcome::Verified { events, reply } => {
                for event in events {
                    self.take_news(actor, provider, event).await?;
                }
                Ok(reply)
            }
            CallbackOutcome::Hint { keys, reply } => {
                for key in keys {
                    for invoice in self.tasks_of_key(&key).await? {
                        self.wake(&invoice).await?;
                    }
                }
                Ok(reply)
            }
        }
    }

    /// What a verified callback tells counts like the answer to a query.
    async fn take_news(
        &self,
        actor: &Actor,
        provider: &ProviderId,
        event: CallbackEvent,
    ) -> Result<(), DeskError> {
        let (key, outcome) = match event {
            CallbackEvent::Intent { key, answer: QueryAnswer::Issued(issued) } => {
                (key, Some(Outcome::Issued(issued)))
            }
            CallbackEvent::Intent { key, answer: QueryAnswer::Denied { code } } => {
                (key, Some(Outcome::Denied { code }))
            }
            CallbackEvent::Intent { key, answer: QueryAnswer::Unclear { code, .. } } => {
                (key, Some(Outcome::Unclear { code: safe_code(&code) }))
            }
            CallbackEvent::Intent { key, .. } => (key, None),
            CallbackEvent::Confirmation { key, confirmation } => {
                (key, Some(Outcome::Confirmation(confirmation)))
            }
            CallbackEvent::RedForms => return Ok(()),
        };
        for invoice in self.tasks_of_key(&key).await? {
            match &outcome {
                // What another provider says of a key that was moved away from it counts no more.
                Some(outcome) if invoice.key() == &key && invoice.provider() == provider => {
                    let (id, key) = (invoice.id().clone(), key.clone());
                    let command = Command::Learn { invoice: id, key, outcome: outcome.clone() };
                    self.transact(actor, &command).await?;
                }
                _ => self.wake(&invoice).await?,
            }
        }
        Ok(())
    }

    async fn tasks_of_key(&self, key: &IntentKey) -> Result<Vec<Invoice>, DeskError> {
        let query = Query::new(&self.inner.tenant, Kind::Invoice).tagged("key", key.as_str());
        let page = self.inner.store.find(&query).await?;
        page.rows.iter().map(|row| self.open(row)).collect()
    }

    /// Has a task looked at now.
    async fn wake(&self, invoice: &Invoice) -> Result<(), DeskError> {
        if invoice.state().is_settled() || matches!(invoice.state(), InvoiceState::InDoubt { .. }) {
            return Ok(());
        }
        let subject: Key = self.key(Kind::Invoice, invoice.id().as_str());
        let id = crate::id::UnitId::new(self.inner.ids.next_id())?;
        let mut unit = UnitOfWork::new(id, self.inner.tenant.clone());
        let lane = invoice.seller().as_str().to_owned();
        let not_before = self.inner.clock.now();
        unit.messages.push(Message {
            id: MessageId::of(ISSUE, &subject),
            subject,
            lane,
            not_before,
            attempts: 0,
            lease: None,
        });
        self.commit(&unit).await?;
        Ok(())
    }
}
