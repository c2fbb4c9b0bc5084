use sha2::{Digest, Sha256};

use super::wire::{Line, Totals};
use super::{ArchiveError, MAX_LINE, PAGE, digest};
use crate::id::{TenantId, UnitId};
use crate::store::{Archive, Mode, UnitOfWork};

/// Bytes of bodies that one unit of an import may hold.
const UNIT_BYTES: usize = 4 << 20;

/// Reads a file line by line and compares it with its end, without a store.
#[derive(Debug, Default)]
pub struct Check {
    line: u64,
    tenant: Option<TenantId>,
    totals: Totals,
    ended: bool,
}

impl Check {
    /// Before the first line.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Whose archive it is, as soon as the header was read.
    #[must_use]
    pub const fn tenant(&self) -> Option<&TenantId> {
        self.tenant.as_ref()
    }

    /// What was read so far.
    #[must_use]
    pub const fn totals(&self) -> &Totals {
        &self.totals
    }

    /// The next line, without its line feed.
    ///
    /// # Errors
    /// [`ArchiveError::Malformed`]; [`ArchiveError::Differs`] at the end line.
    pub fn line(&mut self, text: &str) -> Result<(), ArchiveError> {
        self.parse(text).map(drop)
    }

    fn parse(&mut self, text: &str) -> Result<Line, ArchiveError> {
        self.line += 1;
        let malformed = ArchiveError::Malformed { line: self.line };
        let line: Line = match serde_json::from_str(text) {
            Ok(line) if text.len() <= MAX_LINE && !self.ended => line,
            _ => return Err(malformed),
        };
        match (&line, &self.tenant) {
            (Line::Archive(header), None) if header.form == 1 => self.tenant = Some(header.tenant.clone()),
            (Line::Archive(_), _) | (_, None) => return Err(malformed),
            (Line::Page(page), _) if page.totals != self.totals => return Err(malformed),
            (Line::End(said), _) if said != &self.totals => {
                let (found, said) = (Box::new(self.totals.clone()), Box::new(said.clone()));
                return Err(ArchiveError::Differs { found, said });
            }
            (Line::End(_), _) => self.ended = true,
            _ => self.totals.add(&line, text),
        }
        Ok(line)
    }

    /// What the file holds, after its last line.
    ///
    /// # Errors
    /// [`ArchiveError::CutOff`] without an end line.
    pub fn finish(self) -> Result<Totals, ArchiveError> {
        if self.ended { Ok(self.totals) } else { Err(ArchiveError::CutOff { line: self.line }) }
    }
}

/// A tenant on its way into a store.
pub struct Import<'a> {
    store: &'a dyn Archive,
    check: Check,
    unit: Option<UnitOfWork>,
    held: (usize, usize),
    name: Sha256,
}

impl<'a> Import<'a> {
    /// An import. Have the file gone through by [`Check`] first, so that nothing of a damaged one is written.
    #[must_use]
    pub fn new(store: &'a dyn Archive) -> Self {
        Self { store, check: Check::new(), unit: None, held: (0, 0), name: Sha256::new() }
    }

    /// What was read so far: the progress.
    #[must_use]
    pub const fn totals(&self) -> &Totals {
        self.check.totals()
    }

    /// The next line, without its line feed. Writes whenever a page is full.
    ///
    /// # Errors
    /// As [`Check::line`]; a failing store, with a conflict when it holds something else of the tenant.
    pub async fn line(&mut self, text: &str) -> Result<(), ArchiveError> {
        let line = self.check.parse(text)?;
        let malformed = || ArchiveError::Malformed { line: self.check.line };
        let Some(tenant) = self.check.tenant.clone() else { return Err(malformed()) };
        let unit = match &mut self.unit {
            Some(unit) => unit,
            // Named when it is full, by what is in it.
            none => {
                let id = UnitId::from_trusted("archive");
                none.insert(UnitOfWork::new(id, tenant.clone()).restoring())
            }
        };
        match line {
            Line::Archive(_) | Line::Page(_) | Line::End(_) => return Ok(()),
            Line::Row(row) => unit.writes.push(row.write(&tenant)?.ok_or_else(malformed)?),
            Line::Journal(entry) => unit.journal.push(entry.entry(&tenant).ok_or_else(malformed)?),
            Line::Ledger(entry) => unit.entries.push(entry.entry(&tenant).ok_or_else(malformed)?),
            Line::Message(message) => unit.messages.push(message.message(&tenant).ok_or_else(malformed)?),
        }
        self.name.update(text);
        self.name.update("\n");
        self.held = (self.held.0 + 1, self.held.1 + text.len());
        if self.held.0 >= PAGE || self.held.1 >= UNIT_BYTES { self.write().await } else { Ok(()) }
    }

    async fn write(&mut self) -> Result<(), ArchiveError> {
        let name: [u8; 32] = std::mem::take(&mut self.name).finalize().into();
        self.held = (0, 0);
        let Some(mut unit) = self.unit.take() else { return Ok(()) };
        debug_assert_eq!(unit.mode, Mode::Restore);
        let digits: String = crate::audit::hex(&name).chars().take(40).collect();
        unit.id = UnitId::from_trusted(format!("archive-{digits}"));
        let mut outcome = self.store.commit(&unit).await;
        for _ in 0..8 {
            match &outcome {
                Err(error) if error.kind() == crate::store::StoreErrorKind::Unknown => {
                    outcome = self.store.commit(&unit).await;
                }
                _ => break,
            }
        }
        outcome?;
        Ok(())
    }

    /// Writes what is left, and compares the store with the file.
    ///
    /// # Errors
    /// [`ArchiveError::CutOff`], [`ArchiveError::NotTheSame`]; a failing store.
    pub async fn finish(mut self) -> Result<Totals, ArchiveError> {
        self.write().await?;
        let tenant = self.check.tenant.clone();
        let said = self.check.finish()?;
        let Some(tenant) = tenant else { return Err(ArchiveError::CutOff { line: 0 }) };
        let found = digest(self.store, &tenant).await?;
        if found == said {
            return Ok(found);
        }
        Err(ArchiveError::NotTheSame { found: Box::new(found), said: Box::new(said) })
    }
}
