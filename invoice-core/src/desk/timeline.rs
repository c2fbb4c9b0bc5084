use std::fmt;

use chrono::{DateTime, Utc};

use super::{DeskError, InvoiceDesk};
use crate::access::{Actor, Verb};
use crate::id::{ActorId, ApplicationId};
use crate::store::{JournalEntry, Key, Kind};

/// One thing that happened to an application or one of its invoices. Support sees no personal data in it; `Debug` shows
/// none to anybody.
#[derive(Clone, PartialEq, Eq)]
pub struct TimelineEntry {
    /// When.
    pub at: DateTime<Utc>,
    /// Who.
    pub actor: ActorId,
    /// The verb.
    pub verb: String,
    /// To what: `application/…`, `invoice/…` or `ticket/…`.
    pub subject: String,
    /// What happened, as the names of the changes; `unclear` is followed by the provider's code.
    pub changes: Vec<String>,
    /// Why, when the actor or the command said it; only for who may audit, because people write names into it.
    pub why: Option<String>,
}

impl fmt::Debug for TimelineEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TimelineEntry")
            .field("at", &self.at)
            .field("actor", &self.actor)
            .field("verb", &self.verb)
            .field("subject", &self.subject)
            .field("changes", &self.changes)
            .finish_non_exhaustive()
    }
}

/// Journal entries read at a time.
const PAGE: usize = 500;

impl InvoiceDesk {
    /// Everything that happened to an application, its invoices and its tickets, oldest first.
    ///
    /// # Errors
    /// `APPLY-03`, `ACCESS-…`; a failing store.
    pub async fn timeline(&self, actor: &Actor, id: &ApplicationId) -> Result<Vec<TimelineEntry>, DeskError> {
        let application = self.application_of(actor, id).await?;
        let mut entries = Vec::new();
        let keys = application.tasks().iter().map(|task| self.subject(&task.invoice));
        let tickets = self.tickets_about(id).await?;
        for key in std::iter::once(self.key(Kind::Application, id.as_str())).chain(keys).chain(tickets) {
            for entry in self.history(&key).await? {
                entries.push(self.told(actor, &entry)?);
            }
        }
        entries.sort_by_key(|entry| entry.at);
        Ok(entries)
    }

    /// The whole journal of a row.
    pub(super) async fn history(&self, key: &Key) -> Result<Vec<JournalEntry>, DeskError> {
        let mut entries = Vec::new();
        loop {
            let after = entries.last().map_or(0, |entry: &JournalEntry| entry.seq);
            let page = self.inner.store.journal(key, after, PAGE).await?;
            let last = page.len() < PAGE;
            entries.extend(page);
            if last {
                return Ok(entries);
            }
        }
    }

    fn told(&self, actor: &Actor, entry: &JournalEntry) -> Result<TimelineEntry, DeskError> {
        let recorded = self.recorded::<serde_json::Value>(entry)?;
        Ok(TimelineEntry {
            at: entry.at,
            actor: entry.actor.clone(),
            verb: entry.verb.clone(),
            subject: format!("{}/{}", entry.key.kind().as_str(), entry.key.id()),
            changes: recorded.events.iter().filter_map(change_name).collect(),
            why: recorded.why.filter(|_| self.inner.permissions.check(actor, Verb::Audit).is_ok()),
        })
    }
}

/// `{"invoice": [id, {"issued": …}]}` is `issued`; `{"invoice": [id, "accepted"]}` is `accepted`. A state that nobody
/// knows is told with the provider's code of it.
fn change_name(event: &serde_json::Value) -> Option<String> {
    let (aggregate, body) = event.as_object()?.iter().next()?;
    match body.get(1) {
        Some(serde_json::Value::String(change)) => Some(change.clone()),
        Some(change) => {
            let (name, said) = change.as_object()?.iter().next()?;
            let code = said.get("code").and_then(serde_json::Value::as_str).filter(|_| name == "unclear");
            Some(code.map_or_else(|| name.clone(), |code| format!("{name} {code}")))
        }
        None => Some(format!("{aggregate} recorded")),
    }
}
