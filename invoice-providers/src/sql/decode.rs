//! Rows that came back as values of the store. Each reads by position, beginning at `from`.

use invoice_core::env::Opaque;
use invoice_core::id::{ActorId, LineId, OrderId, TenantId, WorkerId};
use invoice_core::money::Money;
use invoice_core::store::{
    EntryKind, JournalEntry, Key, Kind, Lease, LedgerEntry, Message, MessageId, Row, Sum, Summand, Version,
};

use super::convert::time;
use super::driver::Cells;

type Decoded<T> = Result<T, sqlx::Error>;

pub(crate) fn bad(error: impl std::error::Error + Send + Sync + 'static) -> sqlx::Error {
    sqlx::Error::Decode(Box::new(error))
}

pub(crate) fn unsigned(row: &impl Cells, at: usize) -> Decoded<u64> {
    u64::try_from(row.int(at)?).map_err(bad)
}

fn hash(row: &impl Cells, at: usize) -> Decoded<[u8; 32]> {
    row.bytes(at)?.try_into().map_err(bad)
}

fn money(row: &impl Cells, at: usize) -> Decoded<Money> {
    Ok(Money::from_fen(row.int(at)?))
}

fn kind(row: &impl Cells, at: usize) -> Decoded<Kind> {
    Kind::from_name(row.text(at)?).ok_or_else(|| sqlx::Error::Decode("a kind of row".into()))
}

macro_rules! id {
    ($id:ident, $row:expr, $at:expr) => {
        $id::new($row.text($at)?).map_err(bad)?
    };
}

/// version, head, body
pub(crate) fn row(key: Key, row: &impl Cells, from: usize) -> Decoded<Row> {
    Ok(Row {
        key,
        version: Version::new(unsigned(row, from)?),
        head: hash(row, from + 1)?,
        body: Opaque(row.bytes(from + 2)?.to_vec()),
    })
}

/// seq, at, actor, verb, hash, body
pub(crate) fn journal_entry(key: &Key, row: &impl Cells) -> Decoded<JournalEntry> {
    Ok(JournalEntry {
        key: key.clone(),
        seq: unsigned(row, 0)?,
        at: time(row.int(1)?),
        actor: id!(ActorId, row, 2),
        verb: row.text(3)?.to_owned(),
        hash: hash(row, 4)?,
        body: Opaque(row.bytes(5)?.to_vec()),
    })
}

/// value, rows, net, tax, gross
pub(crate) fn sum(row: &impl Cells) -> Decoded<Sum> {
    Ok(Sum {
        value: row.text(0)?.to_owned(),
        rows: unsigned(row, 1)?,
        amounts: Summand { net: money(row, 2)?, tax: money(row, 3)?, gross: money(row, 4)? },
    })
}

/// order_id, seq, line, kind, cause, rate, net, tax, gross, at
pub(crate) fn ledger_entry(tenant: &TenantId, row: &impl Cells) -> Decoded<LedgerEntry> {
    let kind = EntryKind::from_name(row.text(3)?);
    Ok(LedgerEntry {
        tenant: tenant.clone(),
        order: id!(OrderId, row, 0),
        seq: unsigned(row, 1)?,
        line: id!(LineId, row, 2),
        kind: kind.ok_or_else(|| sqlx::Error::Decode("a kind of ledger entry".into()))?,
        cause: row.text(4)?.to_owned(),
        rate: row.text(5)?.parse().map_err(bad)?,
        net: money(row, 6)?,
        tax: money(row, 7)?,
        gross: money(row, 8)?,
        at: time(row.int(9)?),
    })
}

/// The columns of [`MESSAGE`](super::table::MESSAGE).
pub(crate) fn message(tenant: &TenantId, row: &impl Cells, from: usize) -> Decoded<Message> {
    let lease = match (row.text_or_none(from + 6)?, row.int_or_none(from + 7)?) {
        (Some(worker), Some(until)) => {
            Some(Lease { worker: WorkerId::new(worker).map_err(bad)?, until: time(until) })
        }
        _ => None,
    };
    Ok(Message {
        id: MessageId::from_text(row.text(from)?),
        subject: Key::new(tenant, kind(row, from + 2)?, row.text(from + 3)?),
        lane: row.text(from + 4)?.to_owned(),
        not_before: time(row.int(from + 1)?),
        attempts: u32::try_from(row.int(from + 5)?).map_err(bad)?,
        lease,
    })
}
