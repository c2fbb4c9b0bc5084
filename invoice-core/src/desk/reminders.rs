//! Reminders: what waits too long, runs out, or runs low.

use chrono::{DateTime, TimeDelta, Utc};

use super::occasions::{facts, moment};
use super::{DeskError, InvoiceDesk};
use crate::access::{Actor, Verb};
use crate::application::{Application, NextStep, Outlook};
use crate::decision::Command;
use crate::id::{InvoiceId, SellerId};
use crate::invoice::Invoice;
use crate::ledger::Balance;
use crate::money::Money;
use crate::notify::{NoticeEvent, Occasion};
use crate::store::{Kind, MAX_PAGE, Query};
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
    /// The days after its issue within which a received invoice must be reimbursed, by the rules of the house; it is
    /// reminded of when `deadline_days` or fewer are left. `None` for no such rule.
    pub reimburse_within_days: Option<u64>,
    /// A credit line with less left than this beyond what waits to be issued (net).
    pub credit_below: Money,
    /// A stock of invoice numbers with fewer left than this.
    pub stock_below: u64,
}

impl Default for Reminders {
    fn default() -> Self {
        Self {
            review_after: TimeDelta::hours(24),
            confirmation_within: TimeDelta::hours(24),
            deadline_days: 3,
            reimburse_within_days: None,
            credit_below: Money::ZERO,
            stock_below: 100,
        }
    }
}
impl InvoiceDesk {
    /// Looks for what should be reminded of and makes notices of it, each once a day or once for its date. A host calls it
    /// every hour or so. Returns how many occasions there are; those told before count too.
    ///
    /// # Errors
    /// `ACCESS-01`; a failing store or provider.
    pub async fn remind(&self, actor: &Actor, reminders: &Reminders) -> Result<usize, DeskError> {
        self.permit(actor, Verb::Notices).await?;
        let mut count = self.remind_of_waiting(actor, reminders).await?;
        count += self.remind_of_deadlines(actor, reminders).await?;
        count += self.remind_of_reimbursements(actor, reminders).await?;
        for seller in self.inner.sellers.keys() {
            let mut low: Vec<Occasion> = self.credit_low(seller, reminders).await?.into_iter().collect();
            low.extend(self.stock_low(seller, reminders).await?);
            count += low.len();
            if !low.is_empty() {
                self.transact(actor, &Command::Tell(low)).await?;
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

    async fn stock_low(&self, seller: &SellerId, reminders: &Reminders) -> Result<Vec<Occasion>, DeskError> {
        let today = tax_day(self.inner.clock.now());
        let stocks = self.stock_of(seller).await?.into_iter();
        let low = stocks.filter(|stock| stock.left < reminders.stock_below).map(|stock| Occasion {
            event: NoticeEvent::StockLow,
            subject: format!("seller/{seller}"),
            once_per: format!("{today}/{}", stock.kind),
            buyer: None,
            seller: seller.clone(),
            facts: facts([
                ("seller", seller.as_str()),
                ("kind", stock.kind.as_str()),
                ("left", &stock.left.to_string()),
            ]),
        });
        Ok(low.collect())
    }
}
