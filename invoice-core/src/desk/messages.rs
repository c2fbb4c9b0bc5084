//! From events to the messages that have the next step done.

use chrono::{DateTime, Utc};

use super::InvoiceDesk;
use super::files::wanted;
use super::notices::letter;
use crate::application::ApplicationChange;
use crate::batch::BatchChange;
use crate::decision::{Event, State};
use crate::id::SellerId;
use crate::invoice::{InvoiceChange, InvoiceState, PaperState};
use crate::ledger::BalanceChange;
use crate::notify::NoticeChange;
use crate::periodic::{PeriodicChange, PeriodicState};
use crate::received::ReceivedChange;
use crate::seller::Trigger;
use crate::store::{Key, Message, MessageId};

/// The topic of "look at this invoice and do the next step".
pub(super) const ISSUE: &str = "issue";
/// The topic of "this plan's period is over: apply for it".
pub(super) const PERIOD: &str = "period";
/// The topic of "something happened to this: tell whom it concerns".
pub(super) const NEWS: &str = "news";
/// The topic of "deliver this notice".
pub(super) const LETTER: &str = "letter";
/// The topic of "try the rows of this chunk".
pub(super) const CHUNK: &str = "chunk";
/// The topic of "this order's time has come: apply for it".
pub(super) const APPLY: &str = "apply";

/// The topic of "ask the bureau about this received invoice, if it is time".
pub(super) const VERIFY: &str = "verify";

/// The topic of "have this paper invoice voided".
pub(super) const VOID: &str = "void";

/// The topic of "fetch the files of this invoice".
pub(super) const FILES: &str = "files";

impl InvoiceDesk {
    /// The message that has the files of an invoice fetched once it is issued, where files are kept.
    pub(super) fn files_of(
        &self,
        event: &Event,
        key: &Key,
        state: &State,
        now: DateTime<Utc>,
    ) -> Option<Message> {
        let Event::Invoice(id, InvoiceChange::Issued { .. }) = event else { return None };
        self.inner.originals.as_ref()?;
        let invoice = state.invoices.get(id)?;
        let provider = self.inner.providers.get(invoice.provider())?;
        wanted(invoice, provider.as_ref()).next()?;
        Some(message(FILES, key, invoice.seller(), now))
    }

    /// The message that an event brings about.
    pub(super) fn message_of(
        &self,
        event: &Event,
        key: &Key,
        state: &State,
        now: DateTime<Utc>,
    ) -> Option<Message> {
        match event {
            Event::Invoice(
                _,
                InvoiceChange::Planned(_)
                | InvoiceChange::Requeued
                | InvoiceChange::Rerouted { .. }
                | InvoiceChange::AnswerWanted { .. },
            ) => Some(self.message(key, state, now)),
            Event::Invoice(
                id,
                InvoiceChange::Issued { .. }
                | InvoiceChange::Failed { .. }
                | InvoiceChange::Doubted { .. }
                | InvoiceChange::Voided { .. }
                | InvoiceChange::VoidRefused { .. }
                | InvoiceChange::PaperMoved { to: PaperState::Mailed { .. } },
            ) if !self.inner.notice_routes.is_empty() => {
                Some(message(NEWS, key, state.invoices.get(id)?.seller(), now))
            }
            Event::Invoice(id, InvoiceChange::VoidWanted(_)) => {
                Some(message(VOID, key, state.invoices.get(id)?.seller(), now))
            }
            Event::Application(id, ApplicationChange::Rejected { .. })
                if !self.inner.notice_routes.is_empty() =>
            {
                Some(message(NEWS, key, &state.applications.get(id)?.request().seller, now))
            }
            Event::Received(number, ReceivedChange::Received(_) | ReceivedChange::Known(_))
                if self.inner.verifier.is_some() =>
            {
                Some(message(VERIFY, key, state.received.get(number)?.entity(), now))
            }
            Event::Received(number, ReceivedChange::Moved { .. } | ReceivedChange::Heard { .. })
                if !self.inner.notice_routes.is_empty() =>
            {
                Some(message(NEWS, key, state.received.get(number)?.entity(), now))
            }
            Event::Notice(id, NoticeChange::Made { .. } | NoticeChange::Replayed { .. }) => {
                letter(key, state.notices.get(id)?, now)
            }
            Event::Batch(_, BatchChange::Submitted(_)) => Some(Message {
                id: MessageId::of(CHUNK, key),
                subject: key.clone(),
                lane: "batch".to_owned(),
                not_before: now,
                attempts: 0,
                lease: None,
            }),
            Event::Balance(order, BalanceChange::Received { at }) => {
                let seller = self.inner.sellers.get(state.balances.get(order)?.seller())?;
                let Trigger::AfterReturnWindow(window) = seller.trigger() else { return None };
                seller.automatic()?;
                Some(message(APPLY, key, seller.id(), at.checked_add_signed(window)?.max(now)))
            }
            Event::Periodic(id, change) if !matches!(change, PeriodicChange::Ran { .. }) => {
                let plan = state.plans.get(id).filter(|plan| plan.state() == PeriodicState::Running)?;
                let seller = self.inner.sellers.get(&plan.request().seller)?;
                Some(message(PERIOD, key, seller.id(), plan.due(seller.zone())?))
            }
            _ => None,
        }
    }

    /// The message that has a task looked at now.
    pub(super) fn message(&self, subject: &Key, state: &State, now: DateTime<Utc>) -> Message {
        let invoice = state.invoices.values().find(|invoice| invoice.id().as_str() == subject.id());
        let lane = invoice.map_or_else(String::new, |invoice| invoice.seller().as_str().to_owned());
        Message {
            id: MessageId::of(ISSUE, subject),
            subject: subject.clone(),
            lane,
            not_before: now,
            attempts: 0,
            lease: None,
        }
    }
}

/// A message that nobody holds yet.
pub(super) fn message(topic: &str, subject: &Key, seller: &SellerId, not_before: DateTime<Utc>) -> Message {
    Message {
        id: MessageId::of(topic, subject),
        subject: subject.clone(),
        lane: seller.as_str().to_owned(),
        not_before,
        attempts: 0,
        lease: None,
    }
}

/// Whether a task that was parked for a person goes on by itself: its message is gone, and it needs another.
pub(super) fn leaves_doubt(before: &State, event: &Event) -> bool {
    let Event::Invoice(id, InvoiceChange::ConfirmationSeen { .. }) = event else { return false };
    before.invoices.get(id).is_some_and(|task| matches!(task.state(), InvoiceState::InDoubt { .. }))
}
