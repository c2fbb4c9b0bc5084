//! Units that write two rows, a journal entry each and a ledger entry, so that half a unit or a double one shows.
#![allow(dead_code, reason = "not every test file uses everything")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "what tests share")]

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use invoice_core::env::Opaque;
use invoice_core::id::{ActorId, LineId, OrderId, TenantId, UnitId};
use invoice_core::money::Money;
use invoice_core::store::{
    Columns, Commit, EntryKind, JournalEntry, Key, Kind, LedgerEntry, Query, Row, Store, StoreError,
    StoreErrorKind, UnitOfWork, Version, Write,
};
use invoice_core::tax::TaxRate;

pub(crate) fn tenant() -> TenantId {
    TenantId::new("t").unwrap()
}

pub(crate) fn key(id: &str) -> Key {
    Key::new(&tenant(), Kind::Note, id)
}

fn row(unit: &mut UnitOfWork, id: &str, version: u64) {
    let row = Row { key: key(id), version: Version::new(version), head: [1; 32], body: Opaque(vec![7; 500]) };
    unit.journal.push(JournalEntry {
        key: row.key.clone(),
        seq: version,
        at: chrono::DateTime::UNIX_EPOCH,
        actor: ActorId::new("a").unwrap(),
        verb: "make".to_owned(),
        body: Opaque::default(),
        hash: [1; 32],
    });
    unit.writes.push(Write { row, columns: Columns::default() });
}

/// A unit that writes `id-l` and `id-r`.
pub(crate) fn pair(id: &str) -> UnitOfWork {
    let mut unit = UnitOfWork::new(UnitId::new(id).unwrap(), tenant());
    row(&mut unit, &format!("{id}-l"), 1);
    row(&mut unit, &format!("{id}-r"), 1);
    unit.entries.push(LedgerEntry {
        tenant: tenant(),
        order: OrderId::new(id).unwrap(),
        seq: 1,
        line: LineId::new("1").unwrap(),
        kind: EntryKind::Paid,
        cause: id.to_owned(),
        rate: TaxRate::ZERO,
        net: Money::from_fen(1),
        tax: Money::ZERO,
        gross: Money::from_fen(1),
        at: chrono::DateTime::UNIX_EPOCH,
    });
    unit
}

/// A unit that writes one row at a version.
pub(crate) fn step(unit: &str, id: &str, version: u64) -> UnitOfWork {
    let mut unit = UnitOfWork::new(UnitId::new(unit).unwrap(), tenant());
    row(&mut unit, id, version);
    unit
}

/// Every row's id, page by page.
pub(crate) async fn ids(store: &dyn Store) -> BTreeSet<String> {
    let (mut found, mut after) = (BTreeSet::new(), None::<String>);
    loop {
        let query = Query::new(&tenant(), Kind::Note).limit(1000);
        let page = store.find(&if let Some(id) = after { query.after(id) } else { query }).await.unwrap();
        found.extend(page.rows.iter().map(|row| row.key.id().to_owned()));
        after = page.next;
        if after.is_none() {
            return found;
        }
    }
}

/// What was confirmed is there, nothing is there by half, and nothing twice.
pub(crate) async fn prove(store: &dyn Store, confirmed: &BTreeSet<String>) {
    let found = ids(store).await;
    for id in confirmed {
        assert!(found.contains(&format!("{id}-l")) && found.contains(&format!("{id}-r")), "{id} is lost");
        assert_eq!(store.commit(&pair(id)).await.unwrap(), Commit::AlreadyApplied, "{id}");
    }
    for row in &found {
        let (id, side) = row.split_at(row.len() - 1);
        let other = format!("{id}{}", if side == "l" { "r" } else { "l" });
        assert!(found.contains(&other), "{row} without {other}: half a unit");
        assert_eq!(store.journal(&key(row), 0, 9).await.unwrap().len(), 1, "{row} without its journal");
    }
    let (mut entries, mut after) = (0, None);
    loop {
        let part = store.ledger(&tenant(), after, 1000).await.unwrap();
        entries += part.len();
        match part.last() {
            Some(last) => after = Some((last.order.clone(), last.seq)),
            None => break,
        }
    }
    assert_eq!(entries * 2, found.len(), "rows and ledger do not agree");
}

/// Callers that never give up: each unit is committed again until it is confirmed.
pub(crate) struct Load {
    stop: Arc<AtomicBool>,
    confirmed: Arc<AtomicUsize>,
    /// How often an answer was an error.
    pub(crate) troubles: Arc<AtomicUsize>,
    callers: Vec<tokio::task::JoinHandle<BTreeSet<String>>>,
}

impl Load {
    pub(crate) fn on(store: &Arc<dyn Store>, callers: usize) -> Self {
        let (stop, confirmed) = (Arc::<AtomicBool>::default(), Arc::<AtomicUsize>::default());
        let troubles = Arc::<AtomicUsize>::default();
        let callers = (0..callers)
            .map(|caller| {
                let (store, stop) = (Arc::clone(store), Arc::clone(&stop));
                let (confirmed, troubles) = (Arc::clone(&confirmed), Arc::clone(&troubles));
                tokio::spawn(async move {
                    let mut mine = BTreeSet::new();
                    while !stop.load(Ordering::SeqCst) {
                        let id = format!("{caller}-{:06}", mine.len());
                        insist(&*store, &pair(&id), &troubles).await;
                        confirmed.fetch_add(1, Ordering::SeqCst);
                        mine.insert(id);
                    }
                    mine
                })
            })
            .collect();
        Self { stop, confirmed, troubles, callers }
    }

    /// Waits until so many more are confirmed.
    pub(crate) async fn more(&self, units: usize) {
        let goal = self.confirmed.load(Ordering::SeqCst) + units;
        while self.confirmed.load(Ordering::SeqCst) < goal {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    pub(crate) async fn end(self) -> BTreeSet<String> {
        self.stop.store(true, Ordering::SeqCst);
        let mut all = BTreeSet::new();
        for caller in self.callers {
            all.extend(caller.await.unwrap());
        }
        all
    }
}

async fn insist(store: &dyn Store, unit: &UnitOfWork, troubles: &AtomicUsize) {
    let mut unknown = false;
    loop {
        match store.commit(unit).await {
            Ok(Commit::Applied) => return,
            Ok(Commit::AlreadyApplied) => {
                assert!(unknown, "{}: applied already, though every answer said that it was not", unit.id);
                return;
            }
            Err(error) => {
                unknown |= error.kind() == StoreErrorKind::Unknown;
                temporary(&error);
                troubles.fetch_add(1, Ordering::SeqCst);
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
    }
}

/// A fault outside is nothing else than that.
pub(crate) fn temporary(error: &StoreError) {
    let kind = error.kind();
    assert!(matches!(kind, StoreErrorKind::Unavailable | StoreErrorKind::Unknown), "{error}: {:?}", error);
}
