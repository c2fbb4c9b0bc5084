use std::collections::VecDeque;

use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};

use super::wire::{Header, JournalLine, LedgerLine, Line, MessageLine, PageEnd, Place, RowLine, Totals};
use super::{ArchiveError, PAGE};
use crate::id::TenantId;
use crate::store::{Archive, Kind, MessageId, Write};

/// Rows of one page: each brings its journal.
const ROWS: usize = 100;

/// The kinds in the order of a file.
fn kinds() -> VecDeque<Kind> {
    let mut kinds: Vec<Kind> = Kind::ALL.to_vec();
    kinds.sort_unstable_by_key(|kind| kind.as_str());
    kinds.into()
}

/// What comes next.
#[derive(Debug, Clone)]
enum Stage {
    Rows(VecDeque<Kind>, Option<String>),
    Ledger(Option<(crate::id::OrderId, u64)>),
    Outbox(Option<MessageId>),
    End,
    Done,
}

/// A tenant on its way out of a store.
pub struct Export<'a> {
    store: &'a dyn Archive,
    tenant: TenantId,
    header: Option<Header>,
    stage: Stage,
    totals: Totals,
    versions: [u8; 32],
}

/// Where an export that was interrupted goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    tenant: TenantId,
    page: Option<PageEnd>,
    bytes: u64,
}

impl Checkpoint {
    /// How many bytes of the file are to be kept; what follows is to be cut off and written again.
    #[must_use]
    pub const fn bytes(&self) -> u64 {
        self.bytes
    }
}

/// Looks for the last checkpoint of a file, line by line.
#[derive(Debug, Clone, Default)]
pub struct Scan {
    bytes: u64,
    checkpoint: Option<Checkpoint>,
}

impl Scan {
    /// The next line, with its line feed if it has one.
    pub fn line(&mut self, text: &[u8]) {
        self.bytes += u64::try_from(text.len()).unwrap_or(u64::MAX);
        let Some(text) = text.strip_suffix(b"\n") else { return };
        match (serde_json::from_slice(text), &mut self.checkpoint) {
            (Ok(Line::Archive(header)), none @ None) => {
                *none = Some(Checkpoint { tenant: header.tenant, page: None, bytes: self.bytes });
            }
            (Ok(Line::Page(page)), Some(checkpoint)) => {
                (checkpoint.page, checkpoint.bytes) = (Some(page), self.bytes)
            }
            _ => {}
        }
    }

    /// The last checkpoint; `None` when the file has not even a header.
    #[must_use]
    pub fn checkpoint(self) -> Option<Checkpoint> {
        self.checkpoint
    }
}

impl<'a> Export<'a> {
    /// An export of all that a store keeps of a tenant. `at` is only written into the header.
    #[must_use]
    pub fn new(store: &'a dyn Archive, tenant: &TenantId, at: DateTime<Utc>) -> Self {
        Self {
            store,
            tenant: tenant.clone(),
            header: Some(Header { form: 1, tenant: tenant.clone(), at }),
            stage: Stage::Rows(kinds(), None),
            totals: Totals::default(),
            versions: [0; 32],
        }
    }

    /// Goes on behind a checkpoint, of the same store and with nobody writing to it since.
    #[must_use]
    pub fn resume(store: &'a dyn Archive, checkpoint: Checkpoint) -> Self {
        let mut export = Self::new(store, &checkpoint.tenant, DateTime::UNIX_EPOCH);
        export.header = None;
        if let Some(page) = checkpoint.page {
            export.stage = match page.at {
                Place::Row(kind, id) => {
                    let left = kinds().into_iter().skip_while(|left| left.as_str() != kind).collect();
                    Stage::Rows(left, Some(id))
                }
                Place::Ledger(order, seq) => Stage::Ledger(Some((order, seq))),
                Place::Message(id) => Stage::Outbox(Some(MessageId::from_text(&id))),
            };
            (export.totals, export.versions) = (page.totals, page.versions);
        }
        export
    }

    /// What was written so far: the progress.
    #[must_use]
    pub const fn totals(&self) -> &Totals {
        &self.totals
    }

    /// The next lines, each with its line feed; `None` behind the last.
    ///
    /// # Errors
    /// A failing store; [`ArchiveError::Moved`] instead of the end when rows changed meanwhile.
    pub async fn next_lines(&mut self) -> Result<Option<String>, ArchiveError> {
        let mut text = String::new();
        if let Some(header) = self.header.take() {
            self.push(&mut text, &Line::Archive(header))?;
        }
        loop {
            match self.stage.clone() {
                Stage::Rows(mut kinds, after) => match kinds.front().copied() {
                    None => self.stage = Stage::Ledger(None),
                    Some(kind) => {
                        let page = self.store.rows(&self.tenant, kind, after.as_deref(), ROWS).await?;
                        if let Some(last) = page.last() {
                            let place = Place::Row(kind.as_str().to_owned(), last.row.key.id().to_owned());
                            self.stage = Stage::Rows(kinds, Some(last.row.key.id().to_owned()));
                            self.row_lines(&mut text, &page).await?;
                            return self.page(text, place).map(Some);
                        }
                        kinds.pop_front();
                        self.stage = Stage::Rows(kinds, None);
                    }
                },
                Stage::Ledger(after) => {
                    let page = self.store.ledger(&self.tenant, after, PAGE).await?;
                    let Some(last) = page.last() else {
                        self.stage = Stage::Outbox(None);
                        continue;
                    };
                    let last = (last.order.clone(), last.seq);
                    self.stage = Stage::Ledger(Some(last.clone()));
                    for entry in &page {
                        self.push(&mut text, &Line::Ledger(LedgerLine::of(entry)))?;
                    }
                    return self.page(text, Place::Ledger(last.0, last.1)).map(Some);
                }
                Stage::Outbox(after) => {
                    let page = self.store.messages(&self.tenant, after.as_ref(), PAGE).await?;
                    let Some(last) = page.last().map(|last| last.id.clone()) else {
                        self.stage = Stage::End;
                        continue;
                    };
                    self.stage = Stage::Outbox(Some(last.clone()));
                    for message in &page {
                        self.push(&mut text, &Line::Message(MessageLine::of(message)))?;
                    }
                    return self.page(text, Place::Message(last.as_str().to_owned())).map(Some);
                }
                Stage::End => {
                    if self.versions_now().await? != self.versions {
                        return Err(ArchiveError::Moved);
                    }
                    self.stage = Stage::Done;
                    self.push(&mut text, &Line::End(self.totals.clone()))?;
                    return Ok(Some(text));
                }
                Stage::Done => return Ok(None),
            }
        }
    }

    async fn row_lines(&mut self, text: &mut String, page: &[Write]) -> Result<(), ArchiveError> {
        for write in page {
            self.versions = stepped(&self.versions, write);
            self.push(text, &Line::Row(RowLine::of(write)))?;
            let mut after = 0;
            loop {
                let entries = self.store.journal(&write.row.key, after, PAGE).await?;
                for entry in &entries {
                    self.push(text, &Line::Journal(JournalLine::of(entry)))?;
                    after = entry.seq;
                }
                if entries.len() < PAGE {
                    break;
                }
            }
        }
        Ok(())
    }

    /// The versions of all rows as they are now.
    async fn versions_now(&self) -> Result<[u8; 32], ArchiveError> {
        let mut versions = [0; 32];
        for kind in kinds() {
            let mut after: Option<String> = None;
            loop {
                let page = self.store.rows(&self.tenant, kind, after.as_deref(), ROWS).await?;
                versions = page.iter().fold(versions, |versions, write| stepped(&versions, write));
                match page.last() {
                    Some(last) => after = Some(last.row.key.id().to_owned()),
                    None => break,
                }
            }
        }
        Ok(versions)
    }

    fn page(&mut self, mut text: String, at: Place) -> Result<String, ArchiveError> {
        let page = PageEnd { at, totals: self.totals.clone(), versions: self.versions };
        self.push(&mut text, &Line::Page(page))?;
        Ok(text)
    }

    fn push(&mut self, text: &mut String, line: &Line) -> Result<(), ArchiveError> {
        // Only a time that no text can say fails here.
        let written = serde_json::to_string(line)
            .map_err(|_| ArchiveError::Malformed { line: self.totals.records() + 1 })?;
        self.totals.add(line, &written);
        text.push_str(&written);
        text.push('\n');
        Ok(())
    }
}

fn stepped(versions: &[u8; 32], write: &Write) -> [u8; 32] {
    let mut hasher = Sha256::new();
    hasher.update(versions);
    hasher.update(write.row.key.to_string());
    hasher.update([0]);
    hasher.update(write.row.version.number().to_be_bytes());
    hasher.update(write.row.head);
    hasher.finalize().into()
}
