use chrono::{DateTime, Utc};

use super::{DeskError, InvoiceDesk};
use crate::access::Actor;
use crate::env::Place;
use crate::id::{ActorId, ApplicationId};
use crate::store::{JournalEntry, Key, Kind};

/// One thing that happened to an application or one of its invoices. No personal data: support may see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimelineEntry {
    /// When.
    pub at: DateTime<Utc>,
    /// Who.
    pub actor: ActorId,
    /// The verb.
    pub verb: String,
    /// To what: `application/…` or `invoice/…`.
    pub subject: String,
    /// What happened, as the names of the changes.
    pub changes: Vec<String>,
}

/// Journal entries read at a time.
const PAGE: usize = 500;

impl InvoiceDesk {
    /// Everything that happened to an application and its invoices, oldest first.
    ///
    /// # Errors
    /// `APPLY-03`, `ACCESS-…`; a failing store.
    pub async fn timeline(&self, actor: &Actor, id: &ApplicationId) -> Result<Vec<TimelineEntry>, DeskError> {
        let application = self.application(actor, id).await?;
        let mut entries = Vec::new();
        let keys = application.tasks().iter().map(|task| self.subject(&task.invoice));
        for key in std::iter::once(self.key(Kind::Application, id.as_str())).chain(keys) {
            for entry in self.history(&key).await? {
                entries.push(self.told(&entry)?);
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

    fn told(&self, entry: &JournalEntry) -> Result<TimelineEntry, DeskError> {
        let subject = format!("{}/{}", entry.key.kind().as_str(), entry.key.id());
        let row = format!("{subject}/{}", entry.seq);
        let place = Place { tenant: &self.inner.tenant, column: "journal", row: &row };
        let plain = self
            .inner
            .cipher
            .open(&place, &entry.body.0)
            .map_err(|source| DeskError::Cipher { subject: row.clone(), source })?;
        let events: Vec<serde_json::Value> = serde_json::from_slice(&plain)
            .map_err(|source| DeskError::Unreadable { subject: row.clone(), source })?;
        let changes = events.iter().filter_map(change_name).collect();
        Ok(TimelineEntry {
            at: entry.at,
            actor: entry.actor.clone(),
            verb: entry.verb.clone(),
            subject,
            changes,
        })
    }
}

/// `{"invoice": [id, {"issued": …}]}` is `issued`; `{"invoice": [id, "accepted"]}` is `accepted`.
fn change_name(event: &serde_json::Value) -> Option<String> {
    let (aggregate, body) = event.as_object()?.iter().next()?;
    match body.get(1) {
        Some(serde_json::Value::String(change)) => Some(change.clone()),
        Some(change) => change.as_object()?.keys().next().cloned(),
        None => Some(format!("{aggregate} recorded")),
    }
}
