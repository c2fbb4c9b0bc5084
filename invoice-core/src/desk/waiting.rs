//! What is stuck, on whom and since when: one query over everything that has not ended.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::{DeskError, Found, InvoiceDesk};
use crate::access::{Actor, Verb};
use crate::application::{Application, Outlook, WaitsOn};
use crate::id::ApplicationId;
use crate::invoice::Invoice;
use crate::store::{Kind, MAX_PAGE, Query, Row};

const IN_REVIEW: [&str; 2] = ["pending_review", "in_review"];
const NOT_ENDED: [&str; 6] = ["planned", "submitting", "accepted", "confirming", "in_doubt", "failed"];

/// How much waits on somebody, and what has waited longest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Queue {
    /// How many things.
    pub count: u64,
    /// The one that has waited longest.
    pub oldest: Outlook,
}

impl InvoiceDesk {
    /// What an application and its invoices wait for now; empty when nothing more will happen by itself or by anybody.
    ///
    /// # Errors
    /// `APPLY-03`, `ACCESS-…`; a failing store.
    pub async fn outlook(&self, actor: &Actor, id: &ApplicationId) -> Result<Vec<Outlook>, DeskError> {
        let application = self.application_of(actor, id).await?;
        let mut outlook: Vec<Outlook> = Outlook::of_application(&application).into_iter().collect();
        let own = application.tasks().iter().map(|task| &task.invoice);
        let reds = application.correction().into_iter().flat_map(|correction| &correction.reds);
        let keys: Vec<_> = own.chain(reds.map(|(_, red)| red)).map(|task| self.subject(task)).collect();
        for row in self.inner.store.read(&keys).await?.iter().flatten() {
            outlook.extend(Outlook::of_invoice(&self.open(row)?));
        }
        Ok(outlook)
    }

    /// A page of everything that has not ended, over all buyers and sellers: first what is in review, then the invoice
    /// tasks, then issued paper that is to be printed, mailed or voided, each by ascending id. `after` is the `next` of the page before.
    ///
    /// # Errors
    /// `ACCESS-01`; a failing store.
    pub async fn waiting(
        &self,
        actor: &Actor,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Found<Outlook>, DeskError> {
        self.permit(actor, Verb::Oversee).await?;
        self.everything_waiting(after, limit).await
    }

    pub(super) async fn everything_waiting(
        &self,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Found<Outlook>, DeskError> {
        let reviews = match after.and_then(|after| after.split_once('/')) {
            Some(("invoice", after)) => {
                let tasks = Query::new(&self.inner.tenant, Kind::Invoice).in_states(NOT_ENDED);
                let mut page = self.tasks_waiting(tasks, after, limit).await?;
                page.next = Some(page.next.map_or_else(|| "paper/".to_owned(), |id| format!("invoice/{id}")));
                return Ok(page);
            }
            Some(("paper", after)) => {
                let mut page = self.tasks_waiting(self.paper_waiting(), after, limit).await?;
                page.next = page.next.map(|id| format!("paper/{id}"));
                return Ok(page);
            }
            Some((_, after)) => Some(after),
            None => None,
        };
        let query =
            page_of(Query::new(&self.inner.tenant, Kind::Application).in_states(IN_REVIEW), reviews, limit);
        let page = self.inner.store.find(&query).await?;
        let look = |row: &Row| Ok(Outlook::of_application(&self.open::<Application>(row)?));
        let items =
            page.rows.iter().filter_map(|row| look(row).transpose()).collect::<Result<_, DeskError>>()?;
        let next = page.next.map_or_else(|| "invoice/".to_owned(), |next| format!("application/{next}"));
        Ok(Found { items, next: Some(next) })
    }

    async fn tasks_waiting(
        &self,
        tasks: Query,
        after: &str,
        limit: usize,
    ) -> Result<Found<Outlook>, DeskError> {
        let query = page_of(tasks, Some(after).filter(|after| !after.is_empty()), limit);
        let page = self.inner.store.find(&query).await?;
        let look = |row: &Row| Ok(Outlook::of_invoice(&self.open::<Invoice>(row)?));
        let items =
            page.rows.iter().filter_map(|row| look(row).transpose()).collect::<Result<_, DeskError>>()?;
        Ok(Found { items, next: page.next })
    }

    /// How much has waited since `before` or longer, by who must act. Reads in pages, in constant memory.
    ///
    /// # Errors
    /// `ACCESS-01`; a failing store.
    pub async fn stuck(
        &self,
        actor: &Actor,
        before: DateTime<Utc>,
    ) -> Result<BTreeMap<WaitsOn, Queue>, DeskError> {
        let mut queues: BTreeMap<WaitsOn, Queue> = BTreeMap::new();
        let mut after: Option<String> = None;
        loop {
            let page = self.waiting(actor, after.as_deref(), MAX_PAGE).await?;
            for outlook in page.items.into_iter().filter(|outlook| outlook.since <= before) {
                match queues.get_mut(&outlook.waits_on()) {
                    Some(queue) => {
                        queue.count += 1;
                        if outlook.since < queue.oldest.since {
                            queue.oldest = outlook;
                        }
                    }
                    None => {
                        queues.insert(outlook.waits_on(), Queue { count: 1, oldest: outlook });
                    }
                }
            }
            match page.next {
                Some(next) => after = Some(next),
                None => return Ok(queues),
            }
        }
    }
}

fn page_of(query: Query, after: Option<&str>, limit: usize) -> Query {
    let query = query.limit(limit);
    match after {
        Some(after) => query.after(after),
        None => query,
    }
}
