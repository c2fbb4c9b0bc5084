//! Reports that are sent by themselves (定时报告): once for each company and period.

use chrono::{Days, NaiveDate};

use super::load::Loaded;
use super::occasions::facts;
use super::{DeskError, InvoiceDesk};
use crate::access::{Actor, Verb};
use crate::decision::Command;
use crate::id::SellerId;
use crate::notify::{NoticeEvent, Occasion};
use crate::periodic::{Period, Rhythm, midnight};
use crate::received::{ReceivedQuery, ReceivedState};
use crate::report::received::Deduction;
use crate::report::{GroupBy, Totals, yuan};

/// Which periods are reported on, and when. See [`InvoiceDesk::send_reports`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReportSchedule {
    /// How long a period is.
    pub rhythm: Rhythm,
    /// A day of the first period.
    pub from: NaiveDate,
    /// Days after the end of a period before it is reported on, so that what arrives late is in it.
    pub wait_days: u32,
}

impl ReportSchedule {
    /// Every period from that of a day on, on the day after its end.
    #[must_use]
    pub const fn new(rhythm: Rhythm, from: NaiveDate) -> Self {
        Self { rhythm, from, wait_days: 0 }
    }

    /// Sets how many days are waited after the end of a period.
    #[must_use]
    pub const fn waiting(mut self, days: u32) -> Self {
        self.wait_days = days;
        self
    }
}

impl InvoiceDesk {
    /// Tells what every company received in each period that is over, through the notifiers that are told
    /// [`NoticeEvent::ReportReady`]: how many invoices, their gross total, the tax, what of it can be deducted, and how many
    /// are not verified. A host calls it every hour or so.
    ///
    /// A period is told of once, whoever calls, however often and at one moment: the notice's id is made of company and period,
    /// and it is delivered by the outbox. Periods that were missed are caught up with, oldest first; what arrives for a period
    /// after it was told of is in the reports only. Returns how many were found to be told of: of several callers at one moment
    /// each may count one that another was first with.
    ///
    /// # Errors
    /// `ACCESS-01` without [`Verb::Notices`] or [`Verb::Summarize`]; a failing store.
    pub async fn send_reports(&self, actor: &Actor, schedule: &ReportSchedule) -> Result<usize, DeskError> {
        self.permit(actor, Verb::Notices).await?;
        let mut made = 0;
        for (entity, seller) in &self.inner.sellers {
            let mut period = Period::containing(schedule.rhythm, schedule.from);
            while let Some((first, end)) = period.first_day().zip(period.end_day()) {
                let due = end.checked_add_days(Days::new(u64::from(schedule.wait_days)));
                let due = due.and_then(|day| midnight(day, seller.zone()));
                if due.is_none_or(|due| self.inner.clock.now() < due) {
                    break;
                }
                let occasion = Occasion {
                    event: NoticeEvent::ReportReady,
                    subject: format!("seller/{entity}"),
                    once_per: period.to_string(),
                    buyer: None,
                    seller: entity.clone(),
                    facts: Vec::new(),
                };
                if self.is_untold(&occasion).await? {
                    let last = end.pred_opt().unwrap_or(first);
                    let facts = self.summary(actor, entity, (first, last), period).await?;
                    self.transact(actor, &Command::Tell(vec![Occasion { facts, ..occasion }])).await?;
                    made += 1;
                }
                period = period.next();
            }
        }
        Ok(made)
    }

    /// Whether some notifier that is to be told of it was not.
    async fn is_untold(&self, occasion: &Occasion) -> Result<bool, DeskError> {
        let mut loaded = Loaded::default();
        self.around_occasions(&mut loaded, std::slice::from_ref(occasion)).await?;
        Ok(loaded.rows.len() > loaded.state.notices.len())
    }

    async fn summary(
        &self,
        actor: &Actor,
        entity: &SellerId,
        (first, last): (NaiveDate, NaiveDate),
        period: Period,
    ) -> Result<Vec<(String, String)>, DeskError> {
        let query = ReceivedQuery::new().entity(entity.clone()).between(first, last);
        let report = self.report_received(actor, &query, GroupBy::State).await?;
        let state = |wanted: ReceivedState| {
            let mut states = report.groups().groups();
            states.find(|(state, _)| *state == wanted.as_str()).map_or_else(Totals::default, |(_, of)| *of)
        };
        // What was declined is not what was received.
        let totals = Totals::sum(
            ReceivedState::ALL.iter().filter(|state| **state != ReceivedState::Declined).map(|of| state(*of)),
        );
        let input = report.input_tax();
        Ok(facts([
            ("seller", entity.as_str()),
            ("period", &period.to_string()),
            ("count", &totals.invoices.to_string()),
            ("gross", &yuan(totals.gross)),
            ("tax", &yuan(totals.tax)),
            ("deductible", &yuan(input.of(Deduction::Deductible).tax)),
            ("open", &state(ReceivedState::Received).invoices.to_string()),
        ]))
    }
}
