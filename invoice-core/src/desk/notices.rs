//! Telling people: what happened becomes notices, notices are delivered, and jobs look for what should be reminded of.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};

use super::codec::{LETTER, message};
use super::load::Loaded;
use super::pump::Done;
use super::{DeskError, Found, InvoiceDesk};
use crate::access::{Actor, Verb};
use crate::application::{Application, ApplicationState, NextStep, Outlook};
use crate::decision::{Command, Delivery};
use crate::env::{Letter, NotifyError};
use crate::error::{Refusal, RefusalCode};
use crate::id::{ApplicationId, InvoiceId, NoticeId, SellerId};
use crate::invoice::{Invoice, InvoiceState};
use crate::ledger::Balance;
use crate::money::Money;
use crate::notify::{Notice, NoticeEvent, NoticeState, Occasion};
use crate::provider::Capability;
use crate::store::{Key, Kind, MAX_PAGE, Message, Next, Query, Settlement};
use crate::tax::tax_day;

/// What is reminded of, and how early. See [`InvoiceDesk::remind`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Reminders {
    /// An application that has waited this long for a reviewer.
    pub review_after: TimeDelta,
    /// A red confirmation that runs out within this.
    pub confirmation_within: TimeDelta,
    /// An order that can be applied for only this many days more.
    pub deadline_days: i64,
    /// A credit line with less left than this beyond what waits to be issued (net).
    pub credit_below: Money,
}

impl Default for Reminders {
    fn default() -> Self {
        Self {
            review_after: TimeDelta::hours(24),
            confirmation_within: TimeDelta::hours(24),
            deadline_days: 3,
            credit_below: Money::ZERO,
        }
    }
}

impl InvoiceDesk {
    /// Makes the notices of something that happened; what happened, its state says.
    pub(super) async fn serve_news(&self, actor: &Actor, message: &Message) -> Result<Done, DeskError> {
        let Some(lease) = message.lease.clone() else { return Ok(Done::Idle) };
        let occasion = match message.subject.kind() {
            Kind::Invoice => self.row::<Invoice>(&message.subject).await?.as_ref().and_then(of_invoice),
            Kind::Application => {
                self.row::<Application>(&message.subject).await?.as_ref().and_then(of_application)
            }
            _ => None,
        };
        let settlement = Settlement { message: message.id.clone(), lease, next: Next::Done };
        let command = Command::Tell(occasion.into_iter().collect());
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

    async fn row<T: serde::de::DeserializeOwned>(&self, key: &Key) -> Result<Option<T>, DeskError> {
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
        let application = self.application(actor, id).await?;
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

    /// Finds notices by a query of [`Kind::Notice`], such as one in state `dead`. A buyer finds what they were told.
    ///
    /// # Errors
    /// `ACCESS-01`; a failing store.
    pub async fn find_notices(&self, actor: &Actor, query: Query) -> Result<Found<Notice>, DeskError> {
        let (items, next) = self.find::<Notice>(actor, query, Kind::Notice).await?;
        let own = |notice: &Notice| match (actor.buyer_id(), &notice.occasion().buyer) {
            (Some(own), of) => of.as_ref() == Some(own),
            (None, _) => true,
        };
        Ok(Found { items: items.into_iter().filter(own).collect(), next })
    }

    /// Looks for what should be reminded of and makes notices of it, each once a day or once for its date. A host calls it
    /// every hour or so. Returns how many occasions there are; those told before count too.
    ///
    /// # Errors
    /// `ACCESS-01`; a failing store or provider.
    pub async fn remind(&self, actor: &Actor, reminders: &Reminders) -> Result<usize, DeskError> {
        self.permit(actor, Verb::Notices).await?;
        let mut count = self.remind_of_waiting(actor, reminders).await?;
        count += self.remind_of_deadlines(actor, reminders).await?;
        for seller in self.inner.sellers.keys() {
            if let Some(low) = self.credit_low(seller, reminders).await? {
                count += 1;
                self.transact(actor, &Command::Tell(vec![low])).await?;
            }
        }
        Ok(count)
    }

    async fn remind_of_waiting(&self, actor: &Actor, reminders: &Reminders) -> Result<usize, DeskError> {
        let now = self.inner.clock.now();
        let (mut after, mut count) = (None, 0);
        loop {
            let page = self.everything_waiting(after.as_deref(), MAX_PAGE / 4).await?;
            for waits in &page.items {
                let due = match waits.step {
                    NextStep::Review | NextStep::Verdict | NextStep::SecondReview => {
                        now - waits.since >= reminders.review_after
                    }
                    NextStep::Confirm => waits.by.is_some_and(|by| by - now <= reminders.confirmation_within),
                    NextStep::FindOut => true,
                    _ => false,
                };
                if due && let Some(occasion) = self.reminder(waits, now).await? {
                    count += 1;
                    self.transact(actor, &Command::Tell(vec![occasion])).await?;
                }
            }
            match page.next {
                Some(next) => after = Some(next),
                None => return Ok(count),
            }
        }
    }

    async fn reminder(&self, waits: &Outlook, now: DateTime<Utc>) -> Result<Option<Occasion>, DeskError> {
        let Some((kind, id)) = waits.subject.split_once('/') else { return Ok(None) };
        let today = tax_day(now).to_string();
        let (event, fact, once_per, seller) = if kind == "application" {
            let row = self.row::<Application>(&self.key(Kind::Application, id)).await?;
            let Some(application) = row else { return Ok(None) };
            (NoticeEvent::ReviewWaiting, "application", today, application.request().seller.clone())
        } else {
            let row = self.row::<Invoice>(&self.subject(&InvoiceId::new(id)?)).await?;
            let Some(invoice) = row else { return Ok(None) };
            let (event, once_per) = match (waits.step, waits.by) {
                (NextStep::Confirm, Some(by)) => (NoticeEvent::ConfirmationEnding, by.to_rfc3339()),
                _ => (NoticeEvent::InDoubt, today),
            };
            (event, "invoice", once_per, invoice.seller().clone())
        };
        let mut facts = vec![
            (fact.to_owned(), id.to_owned()),
            ("since".to_owned(), moment(waits.since)),
            ("code".to_owned(), waits.code.clone().unwrap_or_else(|| "-".to_owned())),
        ];
        facts.extend(waits.by.map(|by| ("by".to_owned(), moment(by))));
        Ok(Some(Occasion { event, subject: waits.subject.clone(), once_per, buyer: None, seller, facts }))
    }

    async fn remind_of_deadlines(&self, actor: &Actor, reminders: &Reminders) -> Result<usize, DeskError> {
        let today = tax_day(self.inner.clock.now());
        let mut count = 0;
        for seller in self.inner.sellers.values() {
            if seller.deadline() == crate::seller::Deadline::Never {
                continue;
            }
            let mut query = Query::new(&self.inner.tenant, Kind::Balance)
                .of_seller(seller.id())
                .in_states(["open"])
                .limit(MAX_PAGE / 4);
            loop {
                let page = self.inner.store.find(&query).await?;
                for row in &page.rows {
                    let balance: Balance = self.open(row)?;
                    let last = balance.payment().and_then(|paid| seller.deadline().last_day(paid.at));
                    let near = |last: &chrono::NaiveDate| {
                        (0..=reminders.deadline_days).contains(&(*last - today).num_days())
                    };
                    let Some(last) = last.filter(near) else { continue };
                    count += 1;
                    let occasion = Occasion {
                        event: NoticeEvent::DeadlineNear,
                        subject: format!("order/{}", balance.order()),
                        once_per: last.to_string(),
                        buyer: Some(balance.buyer().clone()),
                        seller: seller.id().clone(),
                        facts: facts([("order", balance.order().as_str()), ("by", &last.to_string())]),
                    };
                    self.transact(actor, &Command::Tell(vec![occasion])).await?;
                }
                match page.next {
                    Some(next) => query = query.after(next),
                    None => break,
                }
            }
        }
        Ok(count)
    }

    /// What the credit line of a seller has left beyond what waits to be issued, net: asked from the provider, and forecast
    /// from the desk's own unsent blue invoices. `None` when the line has no end or the provider cannot be asked.
    ///
    /// # Errors
    /// `SELLER-01`, `SELLER-03`, `ACCESS-01`; a failing store or provider.
    pub async fn credit_forecast(
        &self,
        actor: &Actor,
        seller: &SellerId,
    ) -> Result<Option<CreditForecast>, DeskError> {
        self.permit(actor, Verb::Oversee).await?;
        self.forecast(seller).await
    }

    async fn forecast(&self, seller: &SellerId) -> Result<Option<CreditForecast>, DeskError> {
        let configured = self.seller(seller)?;
        let provider = self.provider(configured.provider())?;
        if !provider.capabilities().can(Capability::CreditLine) {
            return Ok(None);
        }
        let line = provider.credit_line(&configured.party().tax_id).await?;
        let Some(available) = line.available else { return Ok(None) };
        let mut pending = Money::ZERO;
        let mut query = Query::new(&self.inner.tenant, Kind::Invoice)
            .of_seller(seller)
            .in_states(["planned", "submitting", "accepted"])
            .limit(MAX_PAGE / 4);
        loop {
            let page = self.inner.store.find(&query).await?;
            for row in &page.rows {
                let invoice: Invoice = self.open(row)?;
                if invoice.is_blue() {
                    pending = pending
                        .checked_add(invoice.net())
                        .ok_or_else(|| Refusal::new(RefusalCode::AmountOverflow))?;
                }
            }
            match page.next {
                Some(next) => query = query.after(next),
                None => return Ok(Some(CreditForecast { total: line.total, available, pending })),
            }
        }
    }

    async fn credit_low(
        &self,
        seller: &SellerId,
        reminders: &Reminders,
    ) -> Result<Option<Occasion>, DeskError> {
        let Some(forecast) = self.forecast(seller).await? else { return Ok(None) };
        if forecast.left() >= reminders.credit_below {
            return Ok(None);
        }
        Ok(Some(Occasion {
            event: NoticeEvent::CreditLow,
            subject: format!("seller/{seller}"),
            once_per: tax_day(self.inner.clock.now()).to_string(),
            buyer: None,
            seller: seller.clone(),
            facts: facts([
                ("seller", seller.as_str()),
                ("available", &forecast.available.to_string()),
                ("pending", &forecast.pending.to_string()),
            ]),
        }))
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

/// What a seller may still issue this month, net.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CreditForecast {
    /// The line of the month.
    pub total: Option<Money>,
    /// What the provider says is left.
    pub available: Money,
    /// What is planned or under way.
    pub pending: Money,
}

impl CreditForecast {
    /// What will be left once everything pending is issued; below zero when it will not do.
    #[must_use]
    pub const fn left(&self) -> Money {
        Money::from_fen(self.available.fen() - self.pending.fen())
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

fn moment(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d %H:%M UTC").to_string()
}

fn facts<const N: usize>(facts: [(&str, &str); N]) -> Vec<(String, String)> {
    facts.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// What is to be told about an invoice in its present state.
fn of_invoice(invoice: &Invoice) -> Option<Occasion> {
    let (event, once_per, mut told) = match (invoice.state(), invoice.is_blue()) {
        (InvoiceState::Issued { issued }, blue) => {
            let event = if blue { NoticeEvent::Issued } else { NoticeEvent::RedIssued };
            let number = issued.number.as_str();
            (event, number.to_owned(), facts([("number", number), ("gross", &invoice.gross().to_string())]))
        }
        (InvoiceState::Failed { code, .. }, _) => {
            (NoticeEvent::Failed, invoice.key().as_str().to_owned(), facts([("code", code)]))
        }
        (InvoiceState::InDoubt { why, since, .. }, _) => {
            (NoticeEvent::InDoubt, tax_day(*since).to_string(), facts([("code", why.as_str())]))
        }
        _ => return None,
    };
    told.push(("invoice".to_owned(), invoice.id().to_string()));
    told.push(("application".to_owned(), invoice.application().to_string()));
    Some(Occasion {
        event,
        subject: format!("invoice/{}", invoice.id()),
        once_per,
        buyer: Some(invoice.buyer().clone()),
        seller: invoice.seller().clone(),
        facts: told,
    })
}

fn of_application(application: &Application) -> Option<Occasion> {
    if application.state() != ApplicationState::Rejected {
        return None;
    }
    let (request, id) = (application.request(), application.id());
    Some(Occasion {
        event: NoticeEvent::Rejected,
        subject: format!("application/{id}"),
        once_per: String::new(),
        buyer: Some(request.buyer.clone()),
        seller: request.seller.clone(),
        facts: facts([("application", id.as_str())]),
    })
}
