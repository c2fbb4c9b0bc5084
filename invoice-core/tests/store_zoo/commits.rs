//! Stores that commit wrongly.

use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use chrono::{DateTime, DurationRound as _, TimeDelta, Utc};
use invoice_core::env::Opaque;
use invoice_core::id::UnitId;
use invoice_core::money::Money;
use invoice_core::store::{
    Commit, Key, MemoryStore, Mode, Next, Row, Store, StoreError, StoreErrorKind, UnitOfWork, Version,
};

use crate::flaw::{Answer, Flaw};

fn seconds(at: DateTime<Utc>) -> DateTime<Utc> {
    at.duration_trunc(TimeDelta::seconds(1)).unwrap()
}

async fn current(inner: &MemoryStore, key: &Key) -> Version {
    inner.read(std::slice::from_ref(key)).await.unwrap()[0]
        .as_ref()
        .map_or(Version::ABSENT, |row| row.version)
}

/// Commits a changed copy of each unit.
macro_rules! changes {
    ($($(#[$doc:meta])* $name:ident = |$unit:ident| $change:expr;)*) => {$(
        $(#[$doc])*
        pub(crate) struct $name;

        #[async_trait]
        impl Flaw for $name {
            async fn commit(&self, inner: &MemoryStore, unit: &UnitOfWork) -> Answer<Commit> {
                unit.check()?;
                let mut $unit = unit.clone();
                $change;
                inner.commit(&$unit).await
            }
        }
    )*};
}

changes! {
    /// Knows no rows that come from elsewhere.
    StepsOnly = |unit| unit.mode = Mode::Step;
    /// Gives restored rows versions of its own.
    RestoresFromOne = |unit| if unit.mode == Mode::Restore {
        unit.writes.iter_mut().for_each(|write| write.row.version = Version::new(1));
    };
    /// Rows that were only read are not looked at.
    IgnoresExpects = |unit| unit.expects.clear();
    /// A part of the unit is lost.
    ForgetsLedger = |unit| unit.entries.clear();
    /// Another part.
    ForgetsSecondMessage = |unit| unit.messages.truncate(1);
    /// Amounts are kept in whole yuan.
    RoundedAmounts = |unit| unit.entries.iter_mut().for_each(|entry| {
        entry.net = Money::from_fen(entry.net.fen() / 100 * 100);
    });
    /// A column of too few characters.
    TruncatedText = |unit| unit.journal.iter_mut().for_each(|entry| {
        entry.verb = entry.verb.chars().take(16).collect();
    });
    /// A body of at most 255 bytes.
    TruncatedBody = |unit| unit.writes.iter_mut().for_each(|write| write.row.body.0.truncate(255));
    /// A body as a C string.
    BodyEndsAtZero = |unit| unit.journal.iter_mut().for_each(|entry| {
        entry.body = Opaque(entry.body.0.iter().copied().take_while(|byte| *byte != 0).collect());
    });
    /// Times in whole seconds.
    TruncatedTime = |unit| unit.journal.iter_mut().for_each(|entry| entry.at = seconds(entry.at));
    /// The outbox keeps microseconds.
    TruncatedDue = |unit| unit.messages.iter_mut().for_each(|message| {
        message.not_before = message.not_before.duration_trunc(TimeDelta::microseconds(1)).unwrap();
    });
    /// Tags go away.
    ForgetsTags = |unit| unit.writes.iter_mut().for_each(|write| write.columns.tags.clear());
    /// "Again" is treated like "done".
    SettlesForGood = |unit| unit.settlements.iter_mut().for_each(|settled| settled.next = Next::Done);
    /// The count of attempts begins anew.
    ForgetsAttempts = |unit| unit.settlements.iter_mut().for_each(|settled| {
        if let Next::Again { attempts, .. } = &mut settled.next {
            *attempts = 0;
        }
    });
}

/// The last writer wins.
pub(crate) struct LostUpdate;

#[async_trait]
impl Flaw for LostUpdate {
    async fn commit(&self, inner: &MemoryStore, unit: &UnitOfWork) -> Answer<Commit> {
        let mut unit = unit.clone();
        unit.journal.clear();
        for write in &mut unit.writes {
            write.row.version = current(inner, &write.row.key).await.next();
        }
        inner.commit(&unit).await
    }
}

/// Of a unit that is refused, the rows that could be written stay.
pub(crate) struct TornCommit;

#[async_trait]
impl Flaw for TornCommit {
    async fn commit(&self, inner: &MemoryStore, unit: &UnitOfWork) -> Answer<Commit> {
        let outcome = inner.commit(unit).await;
        if outcome.as_ref().is_err_and(|error| error.kind() == StoreErrorKind::Conflict) {
            for write in &unit.writes {
                let id = UnitId::new(format!("torn-{}", unit.id)).unwrap();
                let mut part = UnitOfWork::new(id, unit.tenant.clone());
                part.writes.push(write.clone());
                inner.commit(&part).await.ok();
            }
        }
        outcome
    }
}

/// What a refused unit wanted to write can be read.
#[derive(Default)]
pub(crate) struct DirtyRead(Mutex<HashMap<Key, Row>>);

#[async_trait]
impl Flaw for DirtyRead {
    async fn read(&self, inner: &MemoryStore, keys: &[Key]) -> Answer<Vec<Option<Row>>> {
        let rows = inner.read(keys).await?;
        let dirty = self.0.lock().unwrap();
        Ok(rows.into_iter().zip(keys).map(|(row, key)| row.or_else(|| dirty.get(key).cloned())).collect())
    }

    async fn commit(&self, inner: &MemoryStore, unit: &UnitOfWork) -> Answer<Commit> {
        let rows = unit.writes.iter().map(|write| (write.row.key.clone(), write.row.clone()));
        self.0.lock().unwrap().extend(rows);
        inner.commit(unit).await
    }
}

/// Unit ids are not kept.
#[derive(Default)]
pub(crate) struct ForgottenUnit(AtomicU64);

#[async_trait]
impl Flaw for ForgottenUnit {
    async fn commit(&self, inner: &MemoryStore, unit: &UnitOfWork) -> Answer<Commit> {
        let mut unit = unit.clone();
        unit.id = UnitId::new(format!("n-{}", self.0.fetch_add(1, Ordering::SeqCst))).unwrap();
        inner.commit(&unit).await
    }
}

/// Looks at versions before it looks whether the unit was applied.
pub(crate) struct VersionsFirst;

#[async_trait]
impl Flaw for VersionsFirst {
    async fn commit(&self, inner: &MemoryStore, unit: &UnitOfWork) -> Answer<Commit> {
        for write in &unit.writes {
            if current(inner, &write.row.key).await.next() != write.row.version {
                return Err(StoreError::new(StoreErrorKind::Conflict, write.row.key.to_string()));
            }
        }
        inner.commit(unit).await
    }
}

/// Now and then the answer is lost, and it says that nothing was written.
#[derive(Default)]
pub(crate) struct SaysNotApplied(AtomicU64);

#[async_trait]
impl Flaw for SaysNotApplied {
    async fn commit(&self, inner: &MemoryStore, unit: &UnitOfWork) -> Answer<Commit> {
        let outcome = inner.commit(unit).await;
        if unit.tenant.as_str() == "true" && self.0.fetch_add(1, Ordering::SeqCst) % 10 == 9 {
            return Err(StoreError::new(StoreErrorKind::Unavailable, "connection lost"));
        }
        outcome
    }
}

/// Says yes and does nothing, once in a while.
#[derive(Default)]
pub(crate) struct SaysApplied(AtomicU64);

#[async_trait]
impl Flaw for SaysApplied {
    async fn commit(&self, inner: &MemoryStore, unit: &UnitOfWork) -> Answer<Commit> {
        if unit.tenant.as_str() == "reads" && self.0.fetch_add(1, Ordering::SeqCst) == 7 {
            return Ok(Commit::Applied);
        }
        inner.commit(unit).await
    }
}

/// Keeps its own count of writes, one ahead.
pub(crate) struct VersionAhead;

#[async_trait]
impl Flaw for VersionAhead {
    async fn read(&self, inner: &MemoryStore, keys: &[Key]) -> Answer<Vec<Option<Row>>> {
        let mut rows = inner.read(keys).await?;
        for row in rows.iter_mut().flatten() {
            row.version = row.version.next();
        }
        Ok(rows)
    }
}

/// Settles whatever is asked, whoever holds it.
pub(crate) struct SettlesWithoutLease;

#[async_trait]
impl Flaw for SettlesWithoutLease {
    async fn commit(&self, inner: &MemoryStore, unit: &UnitOfWork) -> Answer<Commit> {
        match inner.commit(unit).await {
            Err(error) if error.kind() == StoreErrorKind::LeaseLost => {
                let mut unit = unit.clone();
                unit.settlements.clear();
                inner.commit(&unit).await
            }
            outcome => outcome,
        }
    }
}

/// A message that is there already is left as it is.
pub(crate) struct IgnoresWaking;

#[async_trait]
impl Flaw for IgnoresWaking {
    async fn commit(&self, inner: &MemoryStore, unit: &UnitOfWork) -> Answer<Commit> {
        let mut unit = unit.clone();
        if unit.tenant.as_str().starts_with("woken") && unit.id.as_str() != "enqueue" {
            unit.messages.clear();
        }
        inner.commit(&unit).await
    }
}

/// Waking puts the message in anew: the later time may win, and attempts and lane change.
#[derive(Default)]
pub(crate) struct WakeReplaces(Mutex<HashMap<String, DateTime<Utc>>>);

#[async_trait]
impl Flaw for WakeReplaces {
    async fn next_due(
        &self,
        inner: &MemoryStore,
        tenant: &invoice_core::id::TenantId,
    ) -> Answer<Option<DateTime<Utc>>> {
        let replaced = self.0.lock().unwrap().get(tenant.as_str()).copied();
        Ok(inner.next_due(tenant).await?.map(|due| replaced.unwrap_or(due)))
    }

    async fn commit(&self, inner: &MemoryStore, unit: &UnitOfWork) -> Answer<Commit> {
        if unit.tenant.as_str() == "woken" {
            let last = unit.messages.iter().map(|message| message.not_before).next_back();
            self.0.lock().unwrap().extend(last.map(|due| ("woken".to_owned(), due)));
        }
        inner.commit(unit).await
    }
}

/// A ledger position that is taken is skipped without a word.
pub(crate) struct LedgerCollides;

#[async_trait]
impl Flaw for LedgerCollides {
    async fn commit(&self, inner: &MemoryStore, unit: &UnitOfWork) -> Answer<Commit> {
        let entries = inner.ledger(&unit.tenant, None, usize::MAX).await?;
        let mut unit = unit.clone();
        unit.check()?;
        unit.entries.retain(|new| !entries.iter().any(|old| (&old.order, old.seq) == (&new.order, new.seq)));
        inner.commit(&unit).await
    }
}
