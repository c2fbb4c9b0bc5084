//! How far a run has come, as a note in the same store as everything else.

use chrono::NaiveDate;
use invoice_core::env::Opaque;
use invoice_core::id::{TenantId, UnitId};
use invoice_core::store::{Columns, Key, Kind, Row, Store, UnitOfWork, Version, Write};
use serde::{Deserialize, Serialize};

use super::RunError;
use crate::feed::Day;

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Note {
    source: String,
    starts: u32,
    /// The last day of which everything is done.
    done: Option<Done>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Done {
    date: NaiveDate,
    /// Of everything that was given until then.
    digest: String,
}

/// The note, as it stands in the store.
#[derive(Debug, Clone)]
pub(super) struct Progress {
    key: Key,
    tenant: TenantId,
    version: Version,
    note: Note,
    /// Whether the last day that is done was given again.
    met: bool,
}

impl Progress {
    /// Reads the note, or makes a new one. Nothing is written yet.
    pub(super) async fn read(store: &dyn Store, tenant: &TenantId, source: &str) -> Result<Self, RunError> {
        let key = Key::new(tenant, Kind::Note, "closed-loop");
        let row = store.read(std::slice::from_ref(&key)).await?.into_iter().flatten().next();
        let (version, note) = match row {
            Some(row) => (row.version, serde_json::from_slice::<Note>(&row.body.0).map_err(RunError::Note)?),
            None => (Version::ABSENT, Note { source: source.to_owned(), starts: 0, done: None }),
        };
        if note.source != source {
            return Err(RunError::OtherRun { found: note.source });
        }
        let met = note.done.is_none();
        Ok(Self { key, tenant: tenant.clone(), version, note, met })
    }

    /// Counts this start, from 1. Only for whoever has the bureau's books, which one process has at a time: two
    /// starts with the same number would name their units of work alike.
    pub(super) async fn start(&mut self, store: &dyn Store) -> Result<u32, RunError> {
        self.note.starts += 1;
        self.write(store).await?;
        Ok(self.note.starts)
    }

    /// Whether everything of this day was done before.
    ///
    /// # Errors
    /// When what was given until the last day that is done is not what was given then.
    pub(super) fn is_done(&mut self, day: &Day) -> Result<bool, RunError> {
        match &self.note.done {
            Some(done) if day.date < done.date => return Ok(true),
            Some(done) if day.date == done.date => self.met = day.digest == done.digest,
            _ => {}
        }
        self.ended()?;
        Ok(self.note.done.as_ref().is_some_and(|done| day.date == done.date))
    }

    /// What must be true after the last day.
    ///
    /// # Errors
    /// As [`Progress::is_done`].
    pub(super) fn ended(&self) -> Result<(), RunError> {
        match &self.note.done {
            Some(done) if !self.met => Err(RunError::OtherOrders { until: done.date }),
            _ => Ok(()),
        }
    }

    /// Notes that everything of this day is done.
    pub(super) async fn finish(&mut self, store: &dyn Store, day: &Day) -> Result<(), RunError> {
        self.note.done = Some(Done { date: day.date, digest: day.digest.clone() });
        self.met = true;
        self.write(store).await
    }

    async fn write(&mut self, store: &dyn Store) -> Result<(), RunError> {
        let version = self.version.next();
        let id = UnitId::new(format!("closed-loop-note-{}-{}", self.note.starts, version.number()))?;
        let mut unit = UnitOfWork::new(id, self.tenant.clone());
        let body = Opaque(serde_json::to_vec(&self.note).map_err(RunError::Note)?);
        let row = Row { key: self.key.clone(), version, head: [0; 32], body };
        unit.writes.push(Write { row, columns: Columns::default() });
        store.commit(&unit).await?;
        self.version = version;
        Ok(())
    }
}
