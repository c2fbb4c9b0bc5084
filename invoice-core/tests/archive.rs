//! Export and import: exact, resumable, and no damage goes unnoticed.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops where it is wrong"
)]
#![cfg(feature = "testkit")]

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use invoice_core::archive::{ArchiveError, Check, Export, Import, Scan};
use invoice_core::env::Opaque;
use invoice_core::id::{OrderId, TenantId, UnitId};
use invoice_core::store::{
    Archive, Claim, Columns, Commit, JournalEntry, Key, Kind, LedgerEntry, MemoryStore, Message, MessageId,
    Mode, Page, Query, Row, Store, StoreError, Sum, SumQuery, UnitOfWork, Version, Write,
};
use invoice_core::testkit::{archive, block_on};

#[test]
fn the_memory_store_keeps_the_archive_contract() {
    block_on(archive::check(&MemoryStore::new())).unwrap();
}

/// A store with one thing done wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Flaw {
    Overwrites,
    ForgetsTags,
    ForgetsLeases,
    StartsAtVersionOne,
    SkipsBehindAPage,
    MixesTenants,
    LosesJournal,
    LosesAmounts,
    RepeatsUnits,
}

struct Broken(MemoryStore, Flaw);

impl Broken {
    fn is(&self, flaw: Flaw) -> bool {
        self.1 == flaw
    }
}

#[async_trait]
impl Store for Broken {
    async fn read(&self, keys: &[Key]) -> Result<Vec<Option<Row>>, StoreError> {
        self.0.read(keys).await
    }

    async fn find(&self, query: &Query) -> Result<Page, StoreError> {
        self.0.find(query).await
    }

    async fn commit(&self, unit: &UnitOfWork) -> Result<Commit, StoreError> {
        let mut unit = unit.clone();
        if unit.mode == Mode::Restore {
            if self.is(Flaw::RepeatsUnits) {
                let number = unit.id.as_str().len() + unit.writes.len();
                unit.id = UnitId::new(format!("{number}-{:p}", &raw const unit)).unwrap();
            }
            for write in &mut unit.writes {
                if self.is(Flaw::StartsAtVersionOne) {
                    write.row.version = Version::new(1);
                }
                if self.is(Flaw::ForgetsTags) {
                    write.columns.tags.clear();
                }
                if self.is(Flaw::LosesAmounts) {
                    write.columns.tax = invoice_core::money::Money::ZERO;
                }
            }
            if self.is(Flaw::ForgetsLeases) {
                unit.messages.iter_mut().for_each(|message| message.lease = None);
            }
            if self.is(Flaw::LosesJournal) {
                unit.journal.clear();
            }
            if self.is(Flaw::Overwrites) {
                let keys: Vec<Key> = unit.writes.iter().map(|write| write.row.key.clone()).collect();
                let there = self.0.read(&keys).await?.into_iter().flatten().count();
                if there > 0 {
                    return Ok(Commit::Applied);
                }
            }
        }
        self.0.commit(&unit).await
    }

    async fn claim(&self, claim: &Claim) -> Result<Vec<Message>, StoreError> {
        self.0.claim(claim).await
    }

    async fn next_due(&self, tenant: &TenantId) -> Result<Option<DateTime<Utc>>, StoreError> {
        self.0.next_due(tenant).await
    }

    async fn journal(&self, key: &Key, after: u64, limit: usize) -> Result<Vec<JournalEntry>, StoreError> {
        self.0.journal(key, after, limit).await
    }

    async fn ledger(
        &self,
        tenant: &TenantId,
        after: Option<(OrderId, u64)>,
        limit: usize,
    ) -> Result<Vec<LedgerEntry>, StoreError> {
        self.0.ledger(tenant, after, limit).await
    }

    async fn sums(&self, query: &SumQuery) -> Result<Vec<Sum>, StoreError> {
        self.0.sums(query).await
    }
}

#[async_trait]
impl Archive for Broken {
    async fn rows(
        &self,
        tenant: &TenantId,
        kind: Kind,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Write>, StoreError> {
        let skipped = after.filter(|_| self.is(Flaw::SkipsBehindAPage)).map(|after| format!("{after}0~"));
        let mut rows = self.0.rows(tenant, kind, skipped.as_deref().or(after), limit).await?;
        if after.is_some() && self.is(Flaw::SkipsBehindAPage) && !rows.is_empty() {
            rows.remove(0);
        }
        Ok(rows)
    }

    async fn messages(
        &self,
        tenant: &TenantId,
        after: Option<&MessageId>,
        limit: usize,
    ) -> Result<Vec<Message>, StoreError> {
        let other = TenantId::new("archive-2").unwrap();
        let tenant = if self.is(Flaw::MixesTenants) { &other } else { tenant };
        self.0.messages(tenant, after, limit).await
    }
}

#[test]
fn a_broken_archive_is_caught() {
    for flaw in [
        Flaw::Overwrites,
        Flaw::ForgetsTags,
        Flaw::ForgetsLeases,
        Flaw::StartsAtVersionOne,
        Flaw::SkipsBehindAPage,
        Flaw::MixesTenants,
        Flaw::LosesJournal,
        Flaw::LosesAmounts,
        Flaw::RepeatsUnits,
    ] {
        let outcome = block_on(archive::check(&Broken(MemoryStore::new(), flaw)));
        assert!(outcome.is_err(), "{flaw:?} was not caught");
    }
}

fn tenant() -> TenantId {
    TenantId::new("t1").unwrap()
}

fn written(store: &MemoryStore, id: &str, version: u64) {
    let mut unit = UnitOfWork::new(UnitId::new(format!("{id}-{version}")).unwrap(), tenant());
    let key = Key::new(&tenant(), Kind::Note, id);
    let row = Row { key, version: Version::new(version), head: [0; 32], body: Opaque(vec![7; 20]) };
    unit.writes.push(Write { row, columns: Columns::default() });
    block_on(store.commit(&unit)).unwrap();
}

fn filled(rows: u32) -> MemoryStore {
    let store = MemoryStore::new();
    (0..rows).for_each(|number| written(&store, &format!("N-{number:05}"), 1));
    store
}

fn pages(mut export: Export<'_>) -> Vec<String> {
    std::iter::from_fn(|| block_on(export.next_lines()).unwrap()).collect()
}

#[test]
fn an_export_cut_anywhere_goes_on_to_the_same_file() {
    let store = filled(350);
    let whole = pages(Export::new(&store, &tenant(), DateTime::UNIX_EPOCH)).concat();
    let mut resumed = 0;
    for cut in (0..whole.len()).step_by(2503).chain([whole.len() - 1]) {
        let mut scan = Scan::default();
        whole.as_bytes()[..cut].split_inclusive(|byte| *byte == b'\n').for_each(|line| scan.line(line));
        let Some(checkpoint) = scan.checkpoint() else { continue };
        let kept = usize::try_from(checkpoint.bytes()).unwrap();
        let rest = pages(Export::resume(&store, checkpoint)).concat();
        assert_eq!(format!("{}{rest}", &whole[..kept]), whole, "cut at {cut}");
        resumed += usize::from(kept > 100);
    }
    assert!(resumed > 10, "only {resumed} cuts lay behind a page");
}

#[test]
fn rows_that_change_during_an_export_are_noticed() {
    for (id, version) in [("N-00000", 2), ("N-00349", 2), ("N-00100x", 1), ("O", 1)] {
        let store = filled(350);
        let mut export = Export::new(&store, &tenant(), DateTime::UNIX_EPOCH);
        block_on(export.next_lines()).unwrap();
        block_on(export.next_lines()).unwrap();
        written(&store, id, version);
        let moved = loop {
            match block_on(export.next_lines()) {
                Ok(Some(_)) => {}
                Ok(None) => break false,
                Err(error) => break matches!(error, ArchiveError::Moved),
            }
        };
        // What was read after the change is as it is at the end; what was read before is not.
        let early = ["N-00000", "N-00100x"].contains(&id);
        assert_eq!(moved, early, "{id}");
    }
}

#[test]
fn every_damage_to_a_file_is_refused() {
    let store = filled(5);
    let whole = pages(Export::new(&store, &tenant(), DateTime::UNIX_EPOCH)).concat();
    let read = |file: &[u8]| -> Result<(), ArchiveError> {
        let mut check = Check::new();
        for line in file.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            check.line(std::str::from_utf8(line).map_err(|_| ArchiveError::Malformed { line: 0 })?)?;
        }
        check.finish().map(drop)
    };
    read(whole.as_bytes()).unwrap();
    let header = whole.find('\n').unwrap();
    for at in header + 1..whole.len() - 1 {
        let mut bytes = whole.clone().into_bytes();
        bytes[at] ^= 1;
        // In a checkpoint's place, which only says where to go on, nothing rests on what it says.
        let of_place = whole[..at]
            .rfind('\n')
            .is_some_and(|line| whole[line + 1..].starts_with(r#"{"page":{"at""#))
            || whole[..at].rfind("\"versions\"").is_some_and(|versions| !whole[versions..at].contains('\n'));
        assert!(read(&bytes).is_err() || of_place, "a flipped bit at {at} went unnoticed");
    }
    let lines: Vec<&str> = whole.lines().collect();
    for at in 0..lines.len() {
        let mut fewer = lines.clone();
        fewer.remove(at);
        let of_page = lines[at].starts_with(r#"{"page""#);
        assert!(read(fewer.join("\n").as_bytes()).is_err() || of_page, "line {at} was removed unnoticed");
        let mut more = lines.clone();
        more.insert(at, lines[at]);
        assert!(read(more.join("\n").as_bytes()).is_err() || of_page, "line {at} was doubled unnoticed");
        assert!(read(lines[..at].join("\n").as_bytes()).is_err(), "cut before line {at} unnoticed");
    }
    assert!(read(b"").is_err());
}

#[test]
fn a_tenant_that_is_there_already_is_not_mixed_with_another() {
    let source = filled(20);
    let whole = pages(Export::new(&source, &tenant(), DateTime::UNIX_EPOCH)).concat();
    let target = MemoryStore::new();
    written(&target, "Z", 1);
    let mut import = Import::new(&target);
    whole.lines().for_each(|line| block_on(import.line(line)).unwrap());
    let error = block_on(import.finish()).unwrap_err();
    assert!(matches!(error, ArchiveError::NotTheSame { .. }), "{error}");
    assert_eq!(error.code(), "ARCHIVE-05");
}
