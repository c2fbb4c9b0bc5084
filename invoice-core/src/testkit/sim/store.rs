//! The store of a run: the memory store behind faults.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};

use super::fault::Fault;
use super::mutation::Mutation;
use super::world::{Gate, Shared};
use crate::id::{OrderId, TenantId};
use crate::money::Money;
use crate::store::{
    Claim, Commit, EntryKind, JournalEntry, Key, LedgerEntry, MemoryStore, Message, Next, Page, Query, Row,
    Store, StoreError, StoreErrorKind, Sum, SumQuery, UnitOfWork, Version,
};

pub(super) struct SimStore {
    pub(super) inner: Arc<MemoryStore>,
    pub(super) world: Shared,
}

fn failed(kind: StoreErrorKind) -> StoreError {
    StoreError::new(kind, "weather")
}

impl SimStore {
    /// Before the effect: stand still, then perhaps no store.
    async fn reach(&self) -> Result<(), StoreError> {
        self.world.gate(Gate::BeforeStore).await;
        let mut world = self.world.lock();
        let often = world.weather.store;
        if world.strikes(Fault::StoreUnavailable, often) {
            return Err(failed(StoreErrorKind::Unavailable));
        }
        Ok(())
    }

    /// Spoils a unit on its way into the store, as a planted bug asks.
    async fn spoiled(&self, unit: &UnitOfWork, mutation: Mutation) -> UnitOfWork {
        let mut unit = unit.clone();
        match mutation {
            Mutation::NoReadCheck => unit.expects.clear(),
            Mutation::NoVersionCheck => self.overwrite(&mut unit).await,
            Mutation::WakeLost => unit.messages.clear(),
            Mutation::SettlementForgotten => unit.settlements.clear(),
            Mutation::SettledForGood => {
                for settlement in &mut unit.settlements {
                    settlement.next = Next::Done;
                }
            }
            Mutation::LedgerForgotten => {
                unit.entries.retain(|entry| entry.kind != EntryKind::Void);
            }
            Mutation::LedgerRounded => {
                for entry in &mut unit.entries {
                    entry.gross = Money::from_fen(entry.gross.fen() / 10 * 10);
                }
            }
            Mutation::DoublePosting => {
                let posts = unit.entries.iter().filter(|entry| entry.kind == EntryKind::Post).cloned();
                let twice: Vec<_> =
                    posts.map(|entry| LedgerEntry { seq: entry.seq + 1_000_000, ..entry }).collect();
                unit.entries.extend(twice);
            }
            Mutation::JournalForgotten => {
                unit.journal.pop();
            }
            Mutation::JournalForged => {
                for entry in &mut unit.journal {
                    if entry.verb == "refund" {
                        entry.body.0 = b"[]".to_vec();
                    }
                }
            }
            _ => {}
        }
        unit
    }

    /// Makes a unit fit whatever is stored, so that the last writer wins.
    async fn overwrite(&self, unit: &mut UnitOfWork) {
        unit.expects.clear();
        let keys: Vec<Key> = unit.writes.iter().map(|write| write.row.key.clone()).collect();
        let stored = self.inner.read(&keys).await.unwrap_or_default();
        for (write, stored) in unit.writes.iter_mut().zip(stored) {
            let version = stored.map_or(Version::ABSENT, |row| row.version).next();
            for entry in unit.journal.iter_mut().filter(|entry| entry.key == write.row.key) {
                entry.seq = version.number();
            }
            write.row.version = version;
        }
        for entry in &mut unit.entries {
            let taken = self.inner.ledger(&entry.tenant, None, usize::MAX).await.unwrap_or_default();
            let last = taken.iter().filter(|known| known.order == entry.order).map(|known| known.seq).max();
            entry.seq = entry.seq.max(last.unwrap_or(0) + entry.seq);
        }
    }

    async fn apply(&self, unit: &UnitOfWork) -> Result<Commit, StoreError> {
        let mutation = self.world.lock().mutation;
        let result = match mutation {
            Some(mutation) => {
                let spoiled = self.spoiled(unit, mutation).await;
                let result = self.inner.commit(&spoiled).await;
                self.audit(&spoiled, &unit.expects, &result);
                match result {
                    Ok(Commit::AlreadyApplied) if mutation == Mutation::UnitTwice => {
                        let mut again = unit.clone();
                        again.id = crate::id::UnitId::from_trusted(format!("{}-again", unit.id));
                        again.settlements.clear();
                        self.overwrite(&mut again).await;
                        let result = self.inner.commit(&again).await;
                        self.audit(&again, &[], &result);
                        result
                    }
                    Err(error) if mutation == Mutation::TornCommit && !unit.messages.is_empty() => {
                        let mut part = UnitOfWork::new(unit.id.clone(), unit.tenant.clone());
                        part.entries.clone_from(&unit.entries);
                        let torn = self.inner.commit(&part).await;
                        self.audit(&part, &[], &torn);
                        Err(error)
                    }
                    other => other,
                }
            }
            None => {
                let result = self.inner.commit(unit).await;
                self.audit(unit, &unit.expects, &result);
                result
            }
        };
        if result.as_ref().is_err_and(|error| error.kind() == StoreErrorKind::LeaseLost) {
            self.world.lock().tally.count(Fault::LeaseLost);
        }
        result
    }

    fn audit(&self, unit: &UnitOfWork, asked: &[(Key, Version)], result: &Result<Commit, StoreError>) {
        if matches!(result, Ok(Commit::Applied)) {
            let mut world = self.world.lock();
            let world = &mut *world;
            world.note(|| told(unit));
            world.auditor.relied_on(asked);
            world.auditor.committed(unit);
            world.audit_keys();
            for _ in 0..std::mem::take(&mut world.auditor.moved) {
                world.tally.count(Fault::Moved);
            }
        }
    }
}

#[async_trait]
impl Store for SimStore {
    async fn read(&self, keys: &[Key]) -> Result<Vec<Option<Row>>, StoreError> {
        self.reach().await?;
        let torn = {
            let mut world = self.world.lock();
            let often = world.weather.store;
            keys.len() > 1 && world.strikes(Fault::TornRead, often * 4)
        };
        if !torn {
            return self.inner.read(keys).await;
        }
        let (first, second) = keys.split_at(keys.len() / 2);
        let mut rows = self.inner.read(first).await?;
        self.world.gate(Gate::AfterStore).await;
        rows.extend(self.inner.read(second).await?);
        Ok(rows)
    }

    async fn find(&self, query: &Query) -> Result<Page, StoreError> {
        self.reach().await?;
        self.inner.find(query).await
    }

    async fn commit(&self, unit: &UnitOfWork) -> Result<Commit, StoreError> {
        self.reach().await?;
        let (conflict, lost, silent) = {
            let mut world = self.world.lock();
            let often = world.weather.store;
            let conflict = world.strikes(Fault::StoreConflict, often);
            let lost = !conflict && world.strikes(Fault::CommitLost, often);
            (conflict, lost, !conflict && !lost && world.strikes(Fault::AcknowledgementLost, often))
        };
        if conflict {
            return Err(failed(StoreErrorKind::Conflict));
        }
        let first = self.world.lock().mutated(Mutation::SettledFirst) && !unit.writes.is_empty();
        let mut rest = unit.clone();
        if first && unit.settlements.iter().any(|settlement| settlement.next == Next::Done) {
            let mut early = UnitOfWork::new(
                crate::id::UnitId::from_trusted(format!("{}-early", unit.id)),
                unit.tenant.clone(),
            );
            early.settlements = std::mem::take(&mut rest.settlements);
            let _ = self.apply(&early).await;
            self.world.gate(Gate::AfterStore).await;
        }
        let result = if lost { Err(failed(StoreErrorKind::Unknown)) } else { self.apply(&rest).await };
        self.world.gate(Gate::AfterStore).await;
        if silent && result.is_ok() { Err(failed(StoreErrorKind::Unknown)) } else { result }
    }

    async fn claim(&self, claim: &Claim) -> Result<Vec<Message>, StoreError> {
        self.reach().await?;
        let mutation = self.world.lock().mutation;
        let mut claim = claim.clone();
        if mutation == Some(Mutation::LeaseIgnored) {
            // Anything leased before now + 60 s counts as free.
            claim.now += TimeDelta::seconds(60);
        }
        {
            let mut world = self.world.lock();
            if world.mutated(Mutation::PauseForAll) && !claim.paused_lanes.is_empty() {
                claim.paused_lanes = ["shop-a", "shop-b"].map(str::to_owned).to_vec();
            }
            let now = world.now;
            claim.paused_lanes.iter().for_each(|lane| world.auditor.rests(lane, now));
        }
        let mut messages = self.inner.claim(&claim).await?;
        {
            let mut world = self.world.lock();
            if mutation == Some(Mutation::LeaseForEver) {
                messages.retain(|message| !world.auditor.was_leased(&message.id));
            }
            let world = &mut *world;
            let now = world.now;
            world.auditor.claimed(&messages, now);
        }
        self.world.gate(Gate::AfterStore).await;
        Ok(messages)
    }

    async fn next_due(&self, tenant: &TenantId) -> Result<Option<DateTime<Utc>>, StoreError> {
        self.inner.next_due(tenant).await
    }

    async fn journal(&self, key: &Key, after: u64, limit: usize) -> Result<Vec<JournalEntry>, StoreError> {
        self.reach().await?;
        self.inner.journal(key, after, limit).await
    }

    async fn ledger(
        &self,
        tenant: &TenantId,
        after: Option<(OrderId, u64)>,
        limit: usize,
    ) -> Result<Vec<LedgerEntry>, StoreError> {
        self.reach().await?;
        self.inner.ledger(tenant, after, limit).await
    }

    async fn sums(&self, query: &SumQuery) -> Result<Vec<Sum>, StoreError> {
        self.inner.sums(query).await
    }
}

/// A unit in one line.
fn told(unit: &UnitOfWork) -> String {
    use std::fmt::Write;
    let verb = unit.journal.first().map_or("-", |entry| entry.verb.as_str());
    let mut line = format!("  unit {} {verb}:", unit.id);
    // Writing to a string cannot fail.
    for write in &unit.writes {
        let state = write.columns.state.unwrap_or("-");
        let _ = write!(line, " {}/{}={state}", write.row.key.kind().as_str(), write.row.key.id());
    }
    for entry in &unit.entries {
        let _ = write!(
            line,
            " [{} {} {}:{} {}]",
            entry.kind.as_str(),
            entry.gross,
            entry.order,
            entry.line.as_str(),
            entry.cause
        );
    }
    for settlement in &unit.settlements {
        let _ = write!(line, " settle {} {:?}", settlement.message, settlement.next);
    }
    for message in &unit.messages {
        let _ = write!(line, " enqueue {}", message.id);
    }
    line
}
