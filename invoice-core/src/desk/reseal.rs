//! Sealing rows again under the newest key.

use super::audit::hour_tag;
use super::journal::Told;
use super::{DeskError, InvoiceDesk};
use crate::access::{Actor, Verb};
use crate::id::UnitId;
use crate::store::{Archive, Kind, MAX_PAGE, Row, StoreErrorKind, UnitOfWork, Write};

/// Where a run of re-sealing goes on: behind a row of a kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResealCursor {
    kind: Kind,
    after: String,
}

impl ResealCursor {
    /// As text `kind/id`, to be kept between runs of a program.
    #[must_use]
    pub fn to_text(&self) -> String {
        format!("{}/{}", self.kind.as_str(), self.after)
    }

    /// From [`ResealCursor::to_text`].
    #[must_use]
    pub fn from_text(text: &str) -> Option<Self> {
        let (kind, after) = text.split_once('/')?;
        Some(Self { kind: Kind::from_name(kind)?, after: after.to_owned() })
    }
}

/// What a page of re-sealing did.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ResealReport {
    /// Rows looked at.
    pub looked_at: u64,
    /// Rows sealed again.
    pub resealed: u64,
    /// Rows that somebody else wrote meanwhile, under the newest key by that.
    pub overtaken: u64,
    /// Where to go on; `None` at the end.
    pub next: Option<ResealCursor>,
}

impl InvoiceDesk {
    /// Seals the next rows again that are not under the newest key, at most `limit` looked at. Call it until it says
    /// that there is no next; a run that was interrupted goes on from its last cursor, or from the beginning: what is
    /// done stays done. Runs beside everything else.
    ///
    /// `rows` is the desk's own store. Each row is written as a new version with a journal entry `reseal` and nothing
    /// in it, so that the history tells who did it and when. Journal entries themselves are never written again: an
    /// older key stays needed for those it sealed, as long as the tenant is there.
    ///
    /// # Errors
    /// `ACCESS-01`; a failing store; a row that cannot be opened.
    pub async fn reseal(
        &self,
        actor: &Actor,
        rows: &dyn Archive,
        from: Option<&ResealCursor>,
        limit: usize,
    ) -> Result<ResealReport, DeskError> {
        self.permit(actor, Verb::Reseal).await?;
        let limit = limit.clamp(1, MAX_PAGE);
        let mut report = ResealReport::default();
        let begin = from.map_or(0, |from| Kind::ALL.iter().position(|kind| *kind == from.kind).unwrap_or(0));
        let mut after = from.map(|from| from.after.clone());
        for kind in Kind::ALL.iter().skip(begin) {
            let page = rows.rows(&self.inner.tenant, *kind, after.as_deref(), limit).await?;
            after = None;
            for write in &page {
                report.looked_at += 1;
                self.reseal_row(actor, write, &mut report).await?;
            }
            if let Some(last) = page.last() {
                let next = ResealCursor { kind: *kind, after: last.row.key.id().to_owned() };
                report.next = Some(next);
                return Ok(report);
            }
        }
        Ok(report)
    }

    async fn reseal_row(
        &self,
        actor: &Actor,
        old: &Write,
        report: &mut ResealReport,
    ) -> Result<(), DeskError> {
        let (key, cipher) = (&old.row.key, &self.inner.cipher);
        let current = cipher.is_current(&self.inner.tenant, &old.row.body.0);
        if current.map_err(|source| DeskError::Cipher { subject: key.to_string(), source })? {
            return Ok(());
        }
        let plain = self.plain(&old.row)?;
        let version = old.row.version.next();
        let mut unit = UnitOfWork::new(UnitId::new(self.inner.ids.next_id())?, self.inner.tenant.clone());
        let mut row = Row { version, body: self.seal_row(key, version, &plain)?, ..old.row.clone() };
        let mut columns = old.columns.clone();
        // What has no history, such as an anchor or a note of an adapter, is given none.
        if old.row.head != [0; 32] {
            let told = Told::<()> { why: actor.reason(), events: &[] };
            let now = self.inner.clock.now();
            let entry = self.entry(key, version, &old.row.head, &told, (actor, "reseal", now))?;
            row.head = entry.hash;
            let hour = hour_tag(now);
            columns.tags.retain(|tag| tag.name != hour.name);
            columns.tags.push(hour);
            unit.journal.push(entry);
        }
        unit.writes.push(Write { row, columns });
        match self.commit(&unit).await {
            Ok(_) => report.resealed += 1,
            Err(error) if error.kind() == StoreErrorKind::Conflict => report.overtaken += 1,
            Err(error) => return Err(error.into()),
        }
        Ok(())
    }
}
