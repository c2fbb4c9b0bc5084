//! Small words for units and what is in them.

use std::fmt;

use chrono::{DateTime, TimeDelta, Utc};

use crate::env::Opaque;
use crate::error::Refusal;
use crate::id::{ActorId, LineId, OrderId, SellerId, TenantId, UnitId, WorkerId};
use crate::money::Money;
use crate::store::{
    Claim, Columns, Commit, EntryKind, JournalEntry, Key, Kind, LedgerEntry, Message, MessageId, Next, Row,
    Settlement, Store, StoreError, StoreErrorKind, UnitOfWork, Version, Write,
};
use crate::tax::TaxRate;

/// Why a case failed.
#[derive(Debug)]
pub(super) struct Broken(pub(super) String);

pub(super) type Case<T = ()> = Result<T, Broken>;

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<StoreError> for Broken {
    fn from(error: StoreError) -> Self {
        Self(format!("an unexpected error: {error}"))
    }
}

impl From<Refusal> for Broken {
    fn from(refusal: Refusal) -> Self {
        Self(format!("the case itself is malformed: {refusal:?}"))
    }
}

macro_rules! ensure {
    ($condition:expr, $($what:tt)+) => {
        if !$condition {
            return Err($crate::testkit::store::given::Broken(format!($($what)+)));
        }
    };
}
pub(super) use ensure;

pub(super) fn tenant(name: &str) -> Case<TenantId> {
    Ok(TenantId::new(name)?)
}

pub(super) fn worker(name: &str) -> Case<WorkerId> {
    Ok(WorkerId::new(name)?)
}

pub(super) fn seller(name: &str) -> Case<SellerId> {
    Ok(SellerId::new(name)?)
}

pub(super) fn order(name: &str) -> Case<OrderId> {
    Ok(OrderId::new(name)?)
}

/// A moment, in seconds after the beginning of the story.
pub(super) fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::seconds(1_780_000_000) + TimeDelta::seconds(seconds)
}

pub(super) fn unit(tenant: &TenantId, id: &str) -> Case<UnitOfWork> {
    Ok(UnitOfWork::new(UnitId::new(id)?, tenant.clone()))
}

pub(super) fn note(tenant: &TenantId, id: &str) -> Key {
    Key::new(tenant, Kind::Note, id)
}

pub(super) fn write(key: &Key, version: u64, body: &str) -> Write {
    let row = Row {
        key: key.clone(),
        version: Version::new(version),
        head: [u8::try_from(version % 251).unwrap_or_default(); 32],
        body: Opaque(body.as_bytes().to_vec()),
    };
    Write { row, columns: Columns::default() }
}

pub(super) fn journal(key: &Key, seq: u64, verb: &str) -> Case<JournalEntry> {
    Ok(JournalEntry {
        key: key.clone(),
        seq,
        at: at(60),
        actor: ActorId::new("clerk")?,
        verb: verb.to_owned(),
        body: Opaque(format!("{verb} {seq}").into_bytes()),
        hash: [u8::try_from(seq % 251).unwrap_or_default(); 32],
    })
}

pub(super) fn entry(tenant: &TenantId, order: &str, seq: u64, fen: i64) -> Case<LedgerEntry> {
    Ok(LedgerEntry {
        tenant: tenant.clone(),
        order: OrderId::new(order)?,
        seq,
        line: LineId::new("1")?,
        kind: EntryKind::Paid,
        cause: "R-1".to_owned(),
        rate: TaxRate::from_millionths(130_000).unwrap_or_default(),
        net: Money::from_fen(fen),
        tax: Money::ZERO,
        gross: Money::from_fen(fen),
        at: at(0),
    })
}

pub(super) fn message(subject: &Key, due: i64) -> Message {
    Message {
        id: MessageId::of("issue", subject),
        subject: subject.clone(),
        lane: "seller-1".to_owned(),
        not_before: at(due),
        attempts: 0,
        lease: None,
    }
}

pub(super) fn claim(tenant: &TenantId, who: &str, now: i64, limit: usize) -> Case<Claim> {
    Ok(Claim {
        tenant: tenant.clone(),
        worker: worker(who)?,
        now: at(now),
        until: at(now + 60),
        limit,
        paused_lanes: Vec::new(),
    })
}

/// Settles a message under the lease it was claimed with.
pub(super) fn settle(message: &Message, next: Next) -> Case<Settlement> {
    let Some(lease) = message.lease.clone() else {
        return Err(Broken(format!("a claimed message {} carries no lease", message.id)));
    };
    Ok(Settlement { message: message.id.clone(), lease, next })
}

/// Commits a unit that must apply.
pub(super) async fn apply(store: &dyn Store, unit: &UnitOfWork) -> Case {
    let done = store.commit(unit).await?;
    ensure!(done == Commit::Applied, "unit {} answered {done:?} at its first commit", unit.id);
    Ok(())
}

/// Commits a unit that must be refused.
pub(super) async fn refused(store: &dyn Store, unit: &UnitOfWork, kind: StoreErrorKind) -> Case {
    match store.commit(unit).await {
        Err(error) if error.kind() == kind => Ok(()),
        other => Err(Broken(format!("unit {} should fail with {kind:?}, got {other:?}", unit.id))),
    }
}

/// The row of a key, alone.
pub(super) async fn read(store: &dyn Store, key: &Key) -> Case<Option<Row>> {
    let mut rows = store.read(std::slice::from_ref(key)).await?;
    ensure!(rows.len() == 1, "asked for one key, got {} answers", rows.len());
    Ok(rows.pop().flatten())
}

/// The version of a key.
pub(super) async fn version(store: &dyn Store, key: &Key) -> Case<u64> {
    Ok(read(store, key).await?.map_or(0, |row| row.version.number()))
}
