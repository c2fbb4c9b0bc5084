//! Anchoring history, and taking it out for the auditor.

use std::collections::VecDeque;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{DeskError, InvoiceDesk};
use crate::access::{Actor, Verb};
use crate::audit::{Anchor, Entry, Header, Leaf, Line, MAX_LEAVES, RowHead, Writer, hex_text};
use crate::id::UnitId;
use crate::store::{Columns, JournalEntry, Key, Kind, MAX_PAGE, Query, Row, Tag, UnitOfWork, Version, Write};

/// The row that says which anchor is the newest. Only anchoring writes it.
const NEWEST: &str = "newest";
/// The tag of a row that says in which hour it was last written.
const HOUR: &str = "hour";

/// After so long it is quicker to look at every row than at every hour.
const LONG: TimeDelta = TimeDelta::days(31);

/// Which chains a run of anchoring looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AnchorScope {
    /// Those that changed since the last run.
    #[default]
    Changed,
    /// All: once after an import, and whenever there is doubt.
    Everything,
}

/// What a run of anchoring wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnchorReport {
    /// The newest anchor: keep it where nobody who can write to the store can write.
    pub number: u64,
    /// Its hash, as 64 hexadecimal digits.
    pub hash: String,
    /// Anchors written.
    pub anchors: u64,
    /// Chains in them.
    pub chains: u64,
}

/// The body of the row [`NEWEST`].
#[derive(Serialize, Deserialize)]
struct Newest {
    number: u64,
    #[serde(with = "hex_text")]
    hash: [u8; 32],
    /// When the last run that came to its end began.
    covered: Option<DateTime<Utc>>,
}

/// The tag by which a row that was written now is found by the next anchoring.
pub(super) fn hour_tag(now: DateTime<Utc>) -> Tag {
    Tag::new(HOUR, hour(now).to_string())
}

fn hour(at: DateTime<Utc>) -> i64 {
    at.timestamp().div_euclid(3600)
}

/// An entry as the audit sees it.
pub(super) fn seen(entry: &JournalEntry) -> Entry {
    Entry {
        subject: subject(&entry.key),
        seq: entry.seq,
        at: entry.at,
        actor: entry.actor.clone(),
        verb: entry.verb.clone(),
        body: Sha256::digest(&entry.body.0).into(),
        hash: entry.hash,
    }
}

fn subject(key: &Key) -> String {
    format!("{}/{}", key.kind().as_str(), key.id())
}

/// The kinds whose rows have a history, in the order of an export.
fn kinds() -> Vec<Kind> {
    let mut kinds: Vec<Kind> = Kind::ALL.iter().copied().filter(|kind| *kind != Kind::Anchor).collect();
    kinds.sort_unstable_by_key(|kind| kind.as_str());
    kinds
}

/// A run under way.
struct Run {
    at: DateTime<Utc>,
    newest: Option<Newest>,
    version: Version,
    leaves: Vec<Leaf>,
    report: AnchorReport,
}

impl InvoiceDesk {
    /// Anchors the history of everything that changed since the last run, in one anchor or several. Call it at
    /// intervals, such as every hour or every night, from any worker; of two at the same time one is refused with a
    /// conflict of the store, and nothing is lost by that.
    ///
    /// Rows are written by nobody's leave but their own: an anchor is a new row, and only runs of anchoring share one.
    ///
    /// # Errors
    /// `ACCESS-01`; a failing store.
    pub async fn anchor(&self, actor: &Actor, scope: AnchorScope) -> Result<AnchorReport, DeskError> {
        self.permit(actor, Verb::Audit).await?;
        let now = self.inner.clock.now();
        let row =
            self.inner.store.read(&[self.key(Kind::Anchor, NEWEST)]).await?.into_iter().flatten().next();
        let version = row.as_ref().map_or(Version::ABSENT, |row| row.version);
        let newest: Option<Newest> = row.map(|row| self.open(&row)).transpose()?;
        let covered = newest.as_ref().and_then(|newest| newest.covered);
        let report = AnchorReport { number: 0, hash: String::new(), anchors: 0, chains: 0 };
        let mut run = Run { at: now, newest, version, leaves: Vec::new(), report };
        for kind in kinds() {
            let all = Query::new(&self.inner.tenant, kind).limit(MAX_PAGE);
            match covered.filter(|covered| scope == AnchorScope::Changed && now - *covered < LONG) {
                // An hour before, for what was committed late; an hour behind, for clocks that are ahead.
                Some(covered) => {
                    for hour in hour(covered) - 1..=hour(now) + 1 {
                        self.gather(&mut run, all.clone().tagged(HOUR, hour.to_string())).await?;
                    }
                }
                None => self.gather(&mut run, all).await?,
            }
        }
        let rest = std::mem::take(&mut run.leaves);
        self.put_anchor(&mut run, rest, true).await?;
        Ok(run.report)
    }

    /// The heads of all rows of a query that have a history.
    async fn gather(&self, run: &mut Run, mut query: Query) -> Result<(), DeskError> {
        loop {
            let page = self.inner.store.find(&query).await?;
            let rows = page.rows.iter().filter(|row| has_history(row));
            run.leaves.extend(rows.map(|row| Leaf {
                subject: subject(&row.key),
                seq: row.version.number(),
                head: row.head,
            }));
            while run.leaves.len() > MAX_LEAVES {
                let rest = run.leaves.split_off(MAX_LEAVES);
                let full = std::mem::replace(&mut run.leaves, rest);
                self.put_anchor(run, full, false).await?;
            }
            match page.next {
                Some(next) => query = query.after(next),
                None => return Ok(()),
            }
        }
    }

    async fn put_anchor(&self, run: &mut Run, leaves: Vec<Leaf>, closing: bool) -> Result<(), DeskError> {
        let tenant = &self.inner.tenant;
        let previous = run.newest.as_ref().map(|newest| (newest.number, newest.hash));
        let anchor = Anchor::after(tenant, previous, run.at, closing, leaves);
        let before = run.newest.take().and_then(|newest| newest.covered);
        let newest = Newest {
            number: anchor.number,
            hash: anchor.hash,
            covered: if closing { Some(run.at) } else { before },
        };
        let mut unit = UnitOfWork::new(UnitId::new(self.inner.ids.next_id())?, tenant.clone());
        let id = format!("{:012}", anchor.number);
        unit.writes.push(self.anchor_row(&id, Version::ABSENT, &anchor)?);
        unit.writes.push(self.anchor_row(NEWEST, run.version, &newest)?);
        self.commit(&unit).await?;
        run.version = run.version.next();
        run.report.number = anchor.number;
        run.report.hash = crate::audit::hex(&anchor.hash);
        run.report.anchors += 1;
        run.report.chains += u64::try_from(anchor.leaves.len()).unwrap_or(u64::MAX);
        run.newest = Some(newest);
        Ok(())
    }

    fn anchor_row<T: Serialize>(&self, id: &str, before: Version, body: &T) -> Result<Write, DeskError> {
        let key = self.key(Kind::Anchor, id);
        let plain = serde_json::to_vec(body)
            .map_err(|source| DeskError::Unreadable { subject: key.to_string(), source })?;
        let version = before.next();
        let body = self.seal_row(&key, version, &plain)?;
        let row = Row { key, version, head: [0; 32], body };
        Ok(Write { row, columns: Columns { at: Some(self.inner.clock.now()), ..Columns::default() } })
    }

    /// The whole history of the tenant as an [export](crate::audit), to be taken line by line. What happens meanwhile
    /// may be in it or not; what is in it fits together.
    ///
    /// # Errors
    /// `ACCESS-01`; a failing store.
    pub async fn export_audit(&self, actor: &Actor) -> Result<AuditExport, DeskError> {
        self.permit(actor, Verb::Audit).await?;
        let header = Header { form: 1, tenant: self.inner.tenant.clone(), at: self.inner.clock.now() };
        let kinds = std::iter::once(Kind::Anchor).chain(kinds()).collect();
        Ok(AuditExport {
            desk: self.clone(),
            writer: Some(Writer::new()),
            kinds,
            after: None,
            pending: VecDeque::from([Line::Audit(header)]),
            rows: VecDeque::new(),
        })
    }
}

/// Whether a row has journal entries: what adapters and jobs keep has none.
fn has_history(row: &Row) -> bool {
    row.head != [0; 32]
}

/// An export of the audit on its way out.
#[derive(Debug)]
pub struct AuditExport {
    desk: InvoiceDesk,
    writer: Option<Writer>,
    kinds: VecDeque<Kind>,
    after: Option<String>,
    pending: VecDeque<Line>,
    rows: VecDeque<Row>,
}

impl AuditExport {
    /// The next line, without line feed; `None` behind the last.
    ///
    /// # Errors
    /// A failing store.
    pub async fn next_line(&mut self) -> Result<Option<String>, DeskError> {
        loop {
            let unwritable = |source| DeskError::Unreadable { subject: "audit export".to_owned(), source };
            if let (Some(line), Some(writer)) = (self.pending.pop_front(), self.writer.as_mut()) {
                return writer.line(&line).map(Some).map_err(unwritable);
            }
            if let Some(row) = self.rows.pop_front() {
                self.tell(&row).await?;
            } else if !self.more_rows().await? {
                return self.writer.take().map(Writer::end).transpose().map_err(unwritable);
            }
        }
    }

    /// Reads the next page; says whether there was anything left to read.
    async fn more_rows(&mut self) -> Result<bool, DeskError> {
        let Some(kind) = self.kinds.front().copied() else { return Ok(false) };
        let mut query = Query::new(&self.desk.inner.tenant, kind).limit(100);
        if let Some(after) = &self.after {
            query = query.after(after);
        }
        let page = self.desk.inner.store.find(&query).await?;
        self.rows.extend(page.rows);
        self.after = page.next;
        if self.after.is_none() {
            self.kinds.pop_front();
        }
        Ok(true)
    }

    async fn tell(&mut self, row: &Row) -> Result<(), DeskError> {
        if row.key.kind() == Kind::Anchor {
            if row.key.id() != NEWEST {
                self.pending.push_back(Line::Anchor(self.desk.open(row)?));
            }
            return Ok(());
        }
        if !has_history(row) {
            return Ok(());
        }
        let entries = self.desk.history(&row.key).await?;
        // The journal may have gone on since the row was read.
        let known = entries.iter().filter(|entry| entry.seq <= row.version.number());
        self.pending.extend(known.map(|entry| Line::Entry(seen(entry))));
        let version = row.version.number();
        self.pending.push_back(Line::Row(RowHead { subject: subject(&row.key), version, head: row.head }));
        Ok(())
    }
}
