//! The reference store: everything in memory, under one lock.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::{
    Archive, Claim, Columns, Commit, JournalEntry, Key, Kind, Lease, LedgerEntry, Message, MessageId, Next,
    Page, Query, Row, Store, StoreError, StoreErrorKind, Sum, SumQuery, Summand, UnitOfWork, Version, Write,
};
use crate::id::{OrderId, TenantId, UnitId};

/// Keeps everything in memory. For tests, previews and as the reference of the contract; it is durable only as
/// long as it lives.
#[derive(Debug, Default)]
pub struct MemoryStore {
    tables: Mutex<Tables>,
}

#[derive(Debug, Default)]
struct Tables {
    rows: BTreeMap<Key, (Row, Columns)>,
    journal: BTreeMap<(Key, u64), JournalEntry>,
    ledger: BTreeMap<(TenantId, OrderId, u64), LedgerEntry>,
    outbox: BTreeMap<(TenantId, MessageId), Message>,
    units: BTreeSet<(TenantId, UnitId)>,
}

impl MemoryStore {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    // A panic while the lock was held cannot have left half a unit: units are checked before the first change.
    fn tables(&self) -> MutexGuard<'_, Tables> {
        self.tables.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Tables {
    fn version(&self, key: &Key) -> Version {
        self.rows.get(key).map_or(Version::ABSENT, |(row, _)| row.version)
    }

    fn check(&self, unit: &UnitOfWork) -> Result<(), StoreError> {
        let conflict = |key: &Key| Err(StoreError::new(StoreErrorKind::Conflict, key.to_string()));
        for (key, version) in &unit.expects {
            if self.version(key) != *version {
                return conflict(key);
            }
        }
        for write in &unit.writes {
            if self.version(&write.row.key) != unit.before(write) {
                return conflict(&write.row.key);
            }
        }
        for entry in &unit.journal {
            if self.journal.contains_key(&(entry.key.clone(), entry.seq)) {
                return conflict(&entry.key);
            }
        }
        for entry in &unit.entries {
            if self.ledger.contains_key(&(entry.tenant.clone(), entry.order.clone(), entry.seq)) {
                return Err(StoreError::new(
                    StoreErrorKind::Conflict,
                    format!("ledger of order {}", entry.order),
                ));
            }
        }
        for settlement in &unit.settlements {
            let held = self.outbox.get(&(unit.tenant.clone(), settlement.message.clone()));
            if held.and_then(|message| message.lease.as_ref()) != Some(&settlement.lease) {
                return Err(StoreError::new(StoreErrorKind::LeaseLost, settlement.message.to_string()));
            }
        }
        Ok(())
    }

    fn apply(&mut self, unit: &UnitOfWork) {
        for write in &unit.writes {
            self.rows.insert(write.row.key.clone(), (write.row.clone(), write.columns.clone()));
        }
        for entry in &unit.journal {
            self.journal.insert((entry.key.clone(), entry.seq), entry.clone());
        }
        for entry in &unit.entries {
            self.ledger.insert((entry.tenant.clone(), entry.order.clone(), entry.seq), entry.clone());
        }
        for settlement in &unit.settlements {
            let id = (unit.tenant.clone(), settlement.message.clone());
            match settlement.next {
                Next::Done => {
                    self.outbox.remove(&id);
                }
                Next::Again { not_before, attempts } => {
                    if let Some(message) = self.outbox.get_mut(&id) {
                        (message.not_before, message.attempts, message.lease) = (not_before, attempts, None);
                    }
                }
            }
        }
        for message in &unit.messages {
            let id = (unit.tenant.clone(), message.id.clone());
            match self.outbox.get_mut(&id) {
                Some(waiting) => waiting.not_before = waiting.not_before.min(message.not_before),
                None => {
                    self.outbox.insert(id, message.clone());
                }
            }
        }
        self.units.insert((unit.tenant.clone(), unit.id.clone()));
    }
}

#[async_trait]
impl Archive for MemoryStore {
    async fn rows(
        &self,
        tenant: &TenantId,
        kind: Kind,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Write>, StoreError> {
        let tables = self.tables();
        Ok(tables
            .rows
            .range(Key::new(tenant, kind, after.unwrap_or_default())..)
            .take_while(|(key, _)| key.tenant() == tenant && key.kind() == kind)
            .filter(|(key, _)| after != Some(key.id()))
            .map(|(_, (row, columns))| Write { row: row.clone(), columns: columns.clone() })
            .take(limit)
            .collect())
    }

    async fn messages(
        &self,
        tenant: &TenantId,
        after: Option<&MessageId>,
        limit: usize,
    ) -> Result<Vec<Message>, StoreError> {
        let tables = self.tables();
        Ok(tables
            .outbox
            .iter()
            .filter(|((owner, id), _)| owner == tenant && after.is_none_or(|after| id > after))
            .map(|(_, message)| message.clone())
            .take(limit)
            .collect())
    }
}

#[async_trait]
impl Store for MemoryStore {
    async fn read(&self, keys: &[Key]) -> Result<Vec<Option<Row>>, StoreError> {
        let tables = self.tables();
        Ok(keys.iter().map(|key| tables.rows.get(key).map(|(row, _)| row.clone())).collect())
    }

    async fn find(&self, query: &Query) -> Result<Page, StoreError> {
        let tables = self.tables();
        let meets = |columns: &Columns| {
            query.seller.as_ref().is_none_or(|seller| columns.seller.as_ref() == Some(seller))
                && (query.states.is_empty()
                    || columns.state.is_some_and(|state| query.states.contains(&state)))
                && query.tag.as_ref().is_none_or(|tag| columns.tags.iter().any(|own| own.is_like(tag)))
        };
        let from = Key::new(&query.tenant, query.kind, query.after.as_deref().unwrap_or_default());
        let mut rows: Vec<Row> = tables
            .rows
            .range(from..)
            .take_while(|(key, _)| key.tenant() == &query.tenant && key.kind() == query.kind)
            .filter(|(key, (_, columns))| query.after.as_deref() != Some(key.id()) && meets(columns))
            .map(|(_, (row, _))| row.clone())
            .take(query.limit + 1)
            .collect();
        let more = rows.len() > query.limit;
        rows.truncate(query.limit);
        let next = rows.last().filter(|_| more).map(|row| row.key.id().to_owned());
        Ok(Page { rows, next })
    }

    async fn commit(&self, unit: &UnitOfWork) -> Result<Commit, StoreError> {
        unit.check()?;
        let mut tables = self.tables();
        if tables.units.contains(&(unit.tenant.clone(), unit.id.clone())) {
            return Ok(Commit::AlreadyApplied);
        }
        tables.check(unit)?;
        tables.apply(unit);
        Ok(Commit::Applied)
    }

    async fn claim(&self, claim: &Claim) -> Result<Vec<Message>, StoreError> {
        let mut tables = self.tables();
        let mut due: Vec<(DateTime<Utc>, MessageId)> = tables
            .outbox
            .iter()
            .filter(|((tenant, _), message)| {
                tenant == &claim.tenant
                    && message.due() <= claim.now
                    && !claim.paused_lanes.contains(&message.lane)
            })
            .map(|((_, id), message)| (message.due(), id.clone()))
            .collect();
        due.sort_unstable();
        due.truncate(claim.limit);
        let lease = Lease { worker: claim.worker.clone(), until: claim.until };
        let mut claimed = Vec::with_capacity(due.len());
        for (_, id) in due {
            if let Some(message) = tables.outbox.get_mut(&(claim.tenant.clone(), id)) {
                message.lease = Some(lease.clone());
                claimed.push(message.clone());
            }
        }
        Ok(claimed)
    }

    async fn next_due(&self, tenant: &TenantId) -> Result<Option<DateTime<Utc>>, StoreError> {
        let tables = self.tables();
        Ok(tables
            .outbox
            .iter()
            .filter(|((owner, _), _)| owner == tenant)
            .map(|(_, message)| message.due())
            .min())
    }

    async fn journal(&self, key: &Key, after: u64, limit: usize) -> Result<Vec<JournalEntry>, StoreError> {
        let tables = self.tables();
        let from = (key.clone(), after.saturating_add(1));
        Ok(tables
            .journal
            .range(from..)
            .take_while(|((of, _), _)| of == key)
            .map(|(_, entry)| entry.clone())
            .take(limit)
            .collect())
    }

    async fn ledger(
        &self,
        tenant: &TenantId,
        after: Option<(OrderId, u64)>,
        limit: usize,
    ) -> Result<Vec<LedgerEntry>, StoreError> {
        let tables = self.tables();
        let behind = |entry: &&LedgerEntry| {
            after.as_ref().is_none_or(|(order, seq)| (&entry.order, entry.seq) > (order, *seq))
        };
        Ok(tables
            .ledger
            .values()
            .filter(|entry| &entry.tenant == tenant)
            .filter(behind)
            .take(limit)
            .cloned()
            .collect())
    }

    async fn sums(&self, query: &SumQuery) -> Result<Vec<Sum>, StoreError> {
        let tables = self.tables();
        let from = Key::new(&query.tenant, query.kind, "");
        let rows = tables.rows.range(from..);
        let rows = rows.take_while(|(key, _)| key.tenant() == &query.tenant && key.kind() == query.kind);
        let tags = rows.flat_map(|(_, (_, columns))| &columns.tags);
        let mut sums: BTreeMap<&str, (u64, Summand)> = BTreeMap::new();
        for tag in tags.filter(|tag| tag.name == query.name && query.wants(&tag.value)) {
            let (rows, amounts) = sums.entry(&tag.value).or_default();
            *rows += 1;
            let beyond = || StoreError::new(StoreErrorKind::Corrupt, format!("the sum of {}", tag.name));
            *amounts = amounts.checked_add(tag.amounts).ok_or_else(beyond)?;
        }
        let sum =
            |(value, (rows, amounts)): (&str, (u64, Summand))| Sum { value: value.to_owned(), rows, amounts };
        Ok(sums.into_iter().take(query.limit).map(sum).collect())
    }
}
