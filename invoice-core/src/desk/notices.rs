//! Telling people: what happened becomes notices, and notices are delivered.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};

use super::load::Loaded;
use super::messages::{LETTER, message};
use super::occasions::{of_application, of_invoice, of_paper, of_received};
use super::pump::Done;
use super::{DeskError, Found, InvoiceDesk};
use crate::access::{Actor, Verb};
use crate::application::Application;
use crate::decision::{Command, Delivery};
use crate::env::{Letter, NotifyError};
use crate::error::{Refusal, RefusalCode};
use crate::id::{ApplicationId, NoticeId};
use crate::invoice::Invoice;
use crate::notify::{Notice, NoticeEvent, NoticeState, Occasion};
use crate::received::ReceivedRecord;
use crate::store::{Key, Kind, Message, Next, Query, Settlement};

impl InvoiceDesk {
    /// Makes the notices of something that happened; what happened, its state says.
    pub(super) async fn serve_news(&self, actor: &Actor, message: &Message) -> Result<Done, DeskError> {
        let Some(lease) = message.lease.clone() else { return Ok(Done::Idle) };
        let mut occasions: Vec<Occasion> = Vec::new();
        match message.subject.kind() {
            Kind::Invoice => {
                if let Some(invoice) = self.row::<Invoice>(&message.subject).await? {
                    occasions.extend(of_invoice(&invoice));
                    occasions.extend(of_paper(&invoice));
                }
            }
            Kind::Received => {
                let record = self.row::<ReceivedRecord>(&message.subject).await?;
                occasions.extend(record.iter().flat_map(of_received));
            }
            Kind::Application => {
                let application = self.row::<Application>(&message.subject).await?;
                occasions.extend(application.as_ref().and_then(of_application));
            }
            _ => {}
        }
        let settlement = Settlement { message: message.id.clone(), lease, next: Next::Done };
        let command = Command::Tell(occasions);
        self.transact_settling(actor, &command, |_| Some(settlement.clone())).await?;
        Ok(Done::Served)
    }

    /// Delivers a notice: one try.
    pub(super) async fn serve_letter(&self, actor: &Actor, message: &Message) -> Result<Done, DeskError> {
        let Some(lease) = message.lease.clone() else { return Ok(Done::Idle) };
        let id = NoticeId::new(message.subject.id())?;
        let notice = self.row::<Notice>(&message.subject).await?;
        let delivery = match notice.filter(|notice| *notice.state() == NoticeState::Pending) {
            None => Delivery::Taken, // Nothing to do: the decision changes nothing.
            Some(notice) => self.deliver(&notice).await,
        };
        let now = self.inner.clock.now();
        let settled = |state: &crate::decision::State| {
            let pending = state.notices.get(&id).filter(|notice| *notice.state() == NoticeState::Pending);
            let next = pending.map_or(Next::Done, |notice| Next::Again {
                not_before: now + pause(notice.missed()),
                attempts: notice.missed(),
            });
            Some(Settlement { message: message.id.clone(), lease: lease.clone(), next })
        };
        self.transact_settling(actor, &Command::Delivered { notice: id.clone(), delivery }, settled).await?;
        Ok(Done::Served)
    }

    async fn deliver(&self, notice: &Notice) -> Delivery {
        let Some(notifier) = self.inner.notifiers.get(notice.notifier()) else {
            return Delivery::Later("NO-NOTIFIER".to_owned());
        };
        match notifier.deliver(&Letter::new(notice)).await {
            Ok(()) => Delivery::Taken,
            Err(NotifyError::Later { code }) => Delivery::Later(code),
            Err(NotifyError::Never { code }) => Delivery::Never(code),
        }
    }

    pub(super) async fn row<T: serde::de::DeserializeOwned>(
        &self,
        key: &Key,
    ) -> Result<Option<T>, DeskError> {
        let row = self.inner.store.read(std::slice::from_ref(key)).await?.into_iter().flatten().next();
        row.map(|row| self.open(&row)).transpose()
    }

    /// Sends the issued invoices of an application to their buyer again (补发). `once_per` tells one request from another:
    /// the same again is fine. Returns how many invoices are told about.
    ///
    /// # Errors
    /// `NOTICE-03` when no notifier tells it, `APPLY-03`, `APPLY-05` when nothing is issued, `ACCESS-…`; a failing store.
    pub async fn resend_invoices(
        &self,
        actor: &Actor,
        id: &ApplicationId,
        once_per: &str,
    ) -> Result<usize, DeskError> {
        self.permit(actor, Verb::Resend).await?;
        let application = self.application_of(actor, id).await?;
        if !self.inner.notice_routes.iter().any(|route| route.events.contains(&NoticeEvent::Resent)) {
            return Err(Refusal::new(RefusalCode::NoticeRoute)
                .with("event", NoticeEvent::Resent.as_str())
                .into());
        }
        let mut occasions = Vec::new();
        for task in application.tasks().iter().filter(|task| task.red_of.is_none()) {
            let invoice = self.row::<Invoice>(&self.subject(&task.invoice)).await?;
            let standing = |invoice: &Invoice| invoice.flushed_gross() < invoice.gross();
            if let Some(occasion) = invoice.filter(standing).as_ref().and_then(of_invoice) {
                let event = NoticeEvent::Resent;
                occasions.push(Occasion { event, once_per: once_per.to_owned(), ..occasion });
            }
        }
        occasions.retain(|occasion| occasion.facts.iter().any(|(name, _)| name == "number"));
        if occasions.is_empty() {
            let state = application.state().as_str();
            let refusal = Refusal::new(RefusalCode::ApplicationState).with("application", id);
            return Err(refusal.with("state", state).with("verb", "resend").into());
        }
        self.transact(actor, &Command::Tell(occasions.clone())).await?;
        Ok(occasions.len())
    }

    /// Has a dead letter tried again.
    ///
    /// # Errors
    /// `NOTICE-01`, `NOTICE-02` when it has arrived, `ACCESS-01`; a failing store.
    pub async fn replay(&self, actor: &Actor, notice: &NoticeId) -> Result<(), DeskError> {
        self.transact(actor, &Command::Replay(notice.clone())).await.map(drop)
    }

    /// Finds notices by a query of [`Kind::Notice`], such as one in state `dead`. A buyer finds what they were told; who may
    /// not read things whole does not see the numbers of invoices.
    ///
    /// # Errors
    /// `ACCESS-01`; a failing store.
    pub async fn find_notices(&self, actor: &Actor, query: Query) -> Result<Found<Notice>, DeskError> {
        let (items, next) = self.find::<Notice>(actor, query, Kind::Notice).await?;
        let own = |notice: &Notice| match (actor.buyer_id(), &notice.occasion().buyer) {
            (Some(own), of) => of.as_ref() == Some(own),
            (None, _) => true,
        };
        let whole = self.inner.permissions.allows(actor.role(), Verb::ReadWhole);
        let shown = |notice: Notice| if whole { notice } else { notice.masked() };
        Ok(Found { items: items.into_iter().filter(own).map(shown).collect(), next })
    }

    /// The notices that the occasions of a command would make, as far as they are there.
    pub(super) async fn around_occasions(
        &self,
        loaded: &mut Loaded,
        occasions: &[Occasion],
    ) -> Result<(), DeskError> {
        let routes = &self.inner.notice_routes;
        let mut ids: BTreeMap<NoticeId, ()> = BTreeMap::new();
        for occasion in occasions {
            for route in routes.iter().filter(|route| route.events.contains(&occasion.event)) {
                ids.insert(occasion.notice_id(&route.notifier), ());
            }
        }
        self.notices(loaded, ids.into_keys().collect()).await
    }

    pub(super) async fn notices(&self, loaded: &mut Loaded, ids: Vec<NoticeId>) -> Result<(), DeskError> {
        let keys = ids.iter().map(|id| self.key(Kind::Notice, id.as_str())).collect();
        for row in self.fetch(loaded, keys).await? {
            let notice: Notice = self.open(&row)?;
            loaded.state.notices.insert(notice.id().clone(), notice);
        }
        Ok(())
    }
}

/// The message that has a notice delivered now.
pub(super) fn letter(key: &Key, notice: &Notice, now: DateTime<Utc>) -> Option<Message> {
    (*notice.state() == NoticeState::Pending).then(|| message(LETTER, key, &notice.occasion().seller, now))
}

/// A minute, doubled with every miss up to an hour.
fn pause(missed: u32) -> TimeDelta {
    TimeDelta::minutes(1_i64 << missed.saturating_sub(1).min(6)).min(TimeDelta::hours(1))
}
