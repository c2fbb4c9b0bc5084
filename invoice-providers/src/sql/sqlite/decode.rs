//! Rows of SQLite as values of the store. Each reads by position, beginning at `from`.

use invoice_core::env::Opaque;
use invoice_core::id::{ActorId, LineId, OrderId, TenantId, WorkerId};
use invoice_core::money::Money;
use invoice_core::store::{
    EntryKind, JournalEntry, Key, Kind, Lease, LedgerEntry, Message, MessageId, Row, Version,
};
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;

use crate::sql::convert::time;

type Decoded<T> = Result<T, sqlx::Error>;

fn bad(error: impl std::error::Error + Send + Sync + 'static) -> sqlx::Error {
    sqlx::Error::Decode(Box::new(error))
}

fn unsigned(row: &SqliteRow, at: usize) -> Decoded<u64> {
    u64::try_from(row.try_get::<i64, _>(at)?).map_err(bad)
}

fn hash(row: &SqliteRow, at: usize) -> Decoded<[u8; 32]> {
    row.try_get::<&[u8], _>(at)?.try_into().map_err(bad)
}

fn body(row: &SqliteRow, at: usize) -> Decoded<Opaque> {
    Ok(Opaque(row.try_get(at)?))
}

fn money(row: &SqliteRow, at: usize) -> Decoded<Money> {
    Ok(Money::from_fen(row.try_get(at)?))
}

fn kind(row: &SqliteRow, at: usize) -> Decoded<Kind> {
    Kind::from_name(row.try_get(at)?).ok_or_else(|| sqlx::Error::Decode("a kind of row".into()))
}

macro_rules! id {
    ($id:ident, $row:expr, $at:expr) => {
        $id::new($row.try_get::<&str, _>($at)?).map_err(bad)?
    };
}

pub(super) fn key(row: &SqliteRow, from: usize) -> Decoded<Key> {
    Ok(Key::new(&id!(TenantId, row, from), kind(row, from + 1)?, row.try_get::<&str, _>(from + 2)?))
}

/// tenant, kind, id, version, head, body
pub(super) fn row(row: &SqliteRow, from: usize) -> Decoded<Row> {
    Ok(Row {
        key: key(row, from)?,
        version: Version::new(unsigned(row, from + 3)?),
        head: hash(row, from + 4)?,
        body: body(row, from + 5)?,
    })
}

/// tenant, kind, id, seq, at, actor, verb, hash, body
pub(super) fn journal_entry(row: &SqliteRow) -> Decoded<JournalEntry> {
    Ok(JournalEntry {
        key: key(row, 0)?,
        seq: unsigned(row, 3)?,
        at: time(row.try_get(4)?),
        actor: id!(ActorId, row, 5),
        verb: row.try_get(6)?,
        hash: hash(row, 7)?,
        body: body(row, 8)?,
    })
}

/// tenant, order_id, seq, line, kind, cause, rate, net, tax, gross, at
pub(super) fn ledger_entry(row: &SqliteRow) -> Decoded<LedgerEntry> {
    let kind = EntryKind::from_name(row.try_get(4)?);
    Ok(LedgerEntry {
        tenant: id!(TenantId, row, 0),
        order: id!(OrderId, row, 1),
        seq: unsigned(row, 2)?,
        line: id!(LineId, row, 3),
        kind: kind.ok_or_else(|| sqlx::Error::Decode("a kind of ledger entry".into()))?,
        cause: row.try_get(5)?,
        rate: row.try_get::<&str, _>(6)?.parse().map_err(bad)?,
        net: money(row, 7)?,
        tax: money(row, 8)?,
        gross: money(row, 9)?,
        at: time(row.try_get(10)?),
    })
}

/// tenant, id, not_before, subject_kind, subject_id, lane, attempts, worker, until
pub(super) fn message(row: &SqliteRow, from: usize) -> Decoded<Message> {
    let lease = match (row.try_get::<Option<&str>, _>(from + 7)?, row.try_get::<Option<i64>, _>(from + 8)?) {
        (Some(worker), Some(until)) => {
            Some(Lease { worker: WorkerId::new(worker).map_err(bad)?, until: time(until) })
        }
        _ => None,
    };
    Ok(Message {
        id: MessageId::from_text(row.try_get(from + 1)?),
        subject: Key::new(&id!(TenantId, row, from), kind(row, from + 3)?, row.try_get::<&str, _>(from + 4)?),
        lane: row.try_get(from + 5)?,
        not_before: time(row.try_get(from + 2)?),
        attempts: u32::try_from(row.try_get::<i64, _>(from + 6)?).map_err(bad)?,
        lease,
    })
}
