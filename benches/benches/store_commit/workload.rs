//! A typical unit: three rows of 700 bytes, three journal and four ledger entries, a message in, a message out.

use chrono::{DateTime, TimeDelta, Utc};
use invoice_core::env::Opaque;
use invoice_core::id::{ActorId, LineId, OrderId, SellerId, TenantId, UnitId, WorkerId};
use invoice_core::money::Money;
use invoice_core::store::{
    Claim, Columns, EntryKind, JournalEntry, Key, Kind, LedgerEntry, Message, MessageId, Next, Query, Row,
    Settlement, Store, Tag, UnitOfWork, Version, Write,
};
use invoice_core::tax::TaxRate;

fn tenant() -> TenantId {
    TenantId::new("shop-1").unwrap()
}

fn now() -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::days(20_000)
}

fn body(number: usize, size: usize) -> Opaque {
    Opaque((0..size).map(|at| u8::try_from((number * 31 + at * 7) % 251).unwrap()).collect())
}

fn message(id: &str) -> Message {
    let subject = Key::new(&tenant(), Kind::Invoice, id);
    Message {
        id: MessageId::of("issue", &subject),
        subject,
        lane: "seller-1".to_owned(),
        not_before: now(),
        attempts: 0,
        lease: None,
    }
}

/// Enqueues and leases a message for each unit, and gives the units that settle them.
pub(crate) async fn prepare<S: Store + ?Sized>(store: &S, units: usize) -> Vec<UnitOfWork> {
    prepare_from(store, 0, units).await
}

/// The same, for units that are numbered from `from` on.
pub(crate) async fn prepare_from<S: Store + ?Sized>(store: &S, from: usize, units: usize) -> Vec<UnitOfWork> {
    let ids: Vec<String> = (from..from + units).map(|n| format!("before-{n:08}")).collect();
    for (number, part) in ids.chunks(500).enumerate() {
        let mut unit = UnitOfWork::new(UnitId::new(format!("prepare-{from}-{number}")).unwrap(), tenant());
        unit.messages = part.iter().map(|id| message(id)).collect();
        store.commit(&unit).await.unwrap();
    }
    let held = claim(store, units).await;
    assert_eq!(held.len(), units);
    held.into_iter().enumerate().map(|(number, held)| unit(from + number, held)).collect()
}

pub(crate) async fn claim<S: Store + ?Sized>(store: &S, limit: usize) -> Vec<Message> {
    let claim = Claim {
        tenant: tenant(),
        worker: WorkerId::new("worker").unwrap(),
        now: now(),
        until: now() + TimeDelta::hours(1),
        limit,
        paused_lanes: Vec::new(),
    };
    store.claim(&claim).await.unwrap()
}

/// Settles what was claimed.
pub(crate) async fn done<S: Store + ?Sized>(store: &S, id: &str, held: Vec<Message>) {
    let mut unit = UnitOfWork::new(UnitId::new(id).unwrap(), tenant());
    let settled =
        |held: Message| Settlement { message: held.id, lease: held.lease.unwrap(), next: Next::Done };
    unit.settlements = held.into_iter().map(settled).collect();
    store.commit(&unit).await.unwrap();
}

/// Settles the messages that so many units left behind.
pub(crate) async fn settle<S: Store + ?Sized>(store: &S, from: usize, units: usize) {
    let mut left = units;
    while left > 0 {
        let held = claim(store, left.min(1000)).await;
        assert!(!held.is_empty());
        left -= held.len();
        done(store, &format!("settle-{from}-{left}"), held).await;
    }
}

/// A hundred messages that wait.
pub(crate) async fn enqueue<S: Store + ?Sized>(store: &S, there: usize, round: usize) {
    let mut unit = UnitOfWork::new(UnitId::new(format!("enqueue-{there}-{round}")).unwrap(), tenant());
    unit.messages = (0..100).map(|n| message(&format!("waits-{there}-{round}-{n}"))).collect();
    store.commit(&unit).await.unwrap();
}

/// The last application is there, and no message is left.
pub(crate) async fn assert_growth<S: Store + ?Sized>(store: &S, units: usize) {
    let last = Key::new(&tenant(), Kind::Application, format!("A-{:012}", units - 1));
    assert!(store.read(&[last]).await.unwrap()[0].is_some());
    assert_eq!(store.next_due(&tenant()).await.unwrap(), None);
}

fn unit(number: usize, held: Message) -> UnitOfWork {
    let id = |prefix: &str| format!("{prefix}-{number:012}");
    let mut unit = UnitOfWork::new(UnitId::new(id("U")).unwrap(), tenant());
    for (prefix, kind) in [("A", Kind::Application), ("B", Kind::Balance), ("I", Kind::Invoice)] {
        let key = Key::new(&tenant(), kind, id(prefix));
        let row = Row { key: key.clone(), version: Version::new(1), head: [7; 32], body: body(number, 700) };
        let columns = Columns {
            seller: Some(SellerId::new("seller-1").unwrap()),
            state: Some("submitting"),
            at: Some(now()),
            net: Money::from_fen(10_000),
            tax: Money::from_fen(1_300),
            gross: Money::from_fen(11_300),
            tags: vec![Tag::new("order", id("O"))],
        };
        unit.writes.push(Write { row, columns });
        unit.journal.push(JournalEntry {
            key,
            seq: 1,
            at: now(),
            actor: ActorId::new("clerk").unwrap(),
            verb: "apply".to_owned(),
            body: body(number, 200),
            hash: [9; 32],
        });
    }
    for seq in 1..=4 {
        unit.entries.push(LedgerEntry {
            tenant: tenant(),
            order: OrderId::new(id("O")).unwrap(),
            seq,
            line: LineId::new("1").unwrap(),
            kind: EntryKind::Reserve,
            cause: id("A"),
            rate: TaxRate::percent(13).unwrap(),
            net: Money::from_fen(10_000),
            tax: Money::from_fen(1_300),
            gross: Money::from_fen(11_300),
            at: now(),
        });
    }
    unit.messages.push(message(&id("I")));
    unit.settlements.push(Settlement { message: held.id, lease: held.lease.unwrap(), next: Next::Done });
    unit
}

/// Every row, journal entry, ledger entry and message of so many units is there, and no settled message.
pub(crate) async fn assert_rows<S: Store + ?Sized>(store: &S, units: usize) {
    for kind in [Kind::Application, Kind::Balance, Kind::Invoice] {
        let (mut rows, mut after) = (0, None::<String>);
        loop {
            let query = Query::new(&tenant(), kind).in_states(["submitting"]).limit(1000);
            let page = store.find(&if let Some(id) = after { query.after(id) } else { query }).await.unwrap();
            rows += page.rows.len();
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(rows, units, "{kind:?}");
    }
    let (mut entries, mut after) = (0, None);
    loop {
        let page = store.ledger(&tenant(), after.clone(), 4000).await.unwrap();
        entries += page.len();
        match page.last() {
            Some(last) => after = Some((last.order.clone(), last.seq)),
            None => break,
        }
    }
    assert_eq!(entries, units * 4);
    let last = Key::new(&tenant(), Kind::Invoice, format!("I-{:012}", units - 1));
    assert_eq!(store.journal(&last, 0, 10).await.unwrap().len(), 1);
    let claim = Claim {
        tenant: tenant(),
        worker: WorkerId::new("counter").unwrap(),
        now: now() + TimeDelta::hours(2),
        until: now() + TimeDelta::hours(3),
        limit: units * 2,
        paused_lanes: Vec::new(),
    };
    assert_eq!(store.claim(&claim).await.unwrap().len(), units);
}
