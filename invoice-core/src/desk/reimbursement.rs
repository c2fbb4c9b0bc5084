//! Reminding of received invoices that must be reimbursed soon.

use chrono::{Days, NaiveDate};

use super::occasions::facts;
use super::{DeskError, InvoiceDesk, Reminders};
use crate::access::Actor;
use crate::decision::Command;
use crate::notify::{NoticeEvent, Occasion};
use crate::received::{ReceivedRecord, ReceivedState};
use crate::store::{Kind, MAX_PAGE, Query};
use crate::tax::tax_day;

/// The states in which the money is still to be given back.
const OPEN: [ReceivedState; 3] = [ReceivedState::Received, ReceivedState::Verified, ReceivedState::Booked];

impl InvoiceDesk {
    /// Tells of every received invoice whose last day for reimbursement is near, once for that day.
    pub(super) async fn remind_of_reimbursements(
        &self,
        actor: &Actor,
        reminders: &Reminders,
    ) -> Result<usize, DeskError> {
        let Some(allowed) = reminders.reimburse_within_days else { return Ok(0) };
        let today = tax_day(self.inner.clock.now());
        let near = |last: &NaiveDate| (0..=reminders.deadline_days).contains(&(*last - today).num_days());
        let mut query = Query::new(&self.inner.tenant, Kind::Received)
            .in_states(OPEN.map(ReceivedState::as_str))
            .limit(MAX_PAGE / 4);
        let mut count = 0;
        loop {
            let page = self.inner.store.find(&query).await?;
            for row in &page.rows {
                let record: ReceivedRecord = self.open(row)?;
                let last = record.invoice().date().checked_add_days(Days::new(allowed));
                let Some(last) = last.filter(near) else { continue };
                count += 1;
                let number = record.number().as_str();
                let told =
                    [("number", number), ("state", record.state().as_str()), ("by", &last.to_string())];
                let occasion = Occasion {
                    event: NoticeEvent::ReimbursementDue,
                    subject: format!("received/{number}"),
                    once_per: last.to_string(),
                    buyer: None,
                    seller: record.entity().clone(),
                    facts: facts(told),
                };
                self.transact(actor, &Command::Tell(vec![occasion])).await?;
            }
            match page.next {
                Some(next) => query = query.after(next),
                None => return Ok(count),
            }
        }
    }
}
