//! How far a run has come, as a note in the same store as everything else.

use chrono::NaiveDate;
use invoice_core::env::Opaque;
use invoice_core::id::{TenantId, UnitId};
use invoice_core::store::{Columns, Key, Kind, Row, Store, UnitOfWork, Version, Write};
use serde::{Deserialize, Serialize};

use super::RunError;

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Note {
    source: String,
    starts: u32,
    done: Option<NaiveDate>,
}

/// The note, as it stands in the store.
#[derive(Debug, Clone)]
pub(super) struct Progress {
    key: Key,
    tenant: TenantId,
    version: Version,
    note: Note,
}

impl Progress {
    /// Reads the note, or begins one, and counts this start.
    pub(super) async fn begin(store: &dyn Store, tenant: &TenantId, source: &str) -> Result<Self, RunError> {
        let key = Key::new(tenant, Kind::Note, "closed-loop");
        let row = store.read(std::slice::from_ref(&key)).await?.into_iter().flatten().next();
        let (version, mut note) = match row {
            Some(row) => (row.version, serde_json::from_slice::<Note>(&row.body.0).map_err(RunError::Note)?),
            None => (Version::ABSENT, Note { source: source.to_owned(), starts: 0, done: None }),
        };
        if note.source != source {
            return Err(RunError::OtherRun { found: note.source });
        }
        note.starts += 1;
        let mut progress = Self { key, tenant: tenant.clone(), version, note };
        progress.write(store).await?;
        Ok(progress)
    }

    /// Which start this is, from 1.
    pub(super) const fn start(&self) -> u32 {
        self.note.starts
    }

    /// Whether everything of this day was done before.
    pub(super) fn is_done(&self, date: NaiveDate) -> bool {
        self.note.done.is_some_and(|done| date <= done)
    }

    /// Notes that everything of this day is done.
    pub(super) async fn finish(&mut self, store: &dyn Store, date: NaiveDate) -> Result<(), RunError> {
        self.note.done = Some(date);
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
