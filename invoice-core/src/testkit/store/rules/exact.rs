//! Everything comes back as it went in.

use chrono::{DateTime, TimeDelta, Utc};

use crate::env::Opaque;
use crate::id::{ActorId, LineId, OrderId};
use crate::money::Money;
use crate::store::{EntryKind, Kind, LedgerEntry, MessageId};
use crate::tax::TaxRate;
use crate::testkit::store::Subject;
use crate::testkit::store::given::{
    Case, apply, at, claim, ensure, entry, journal, message, note, read, tenant, unit, write,
};

const NAME: &str = "北京某某科技有限公司「测试」’\u{1F9FE}\n\t\\\"%_;--";

pub(crate) async fn bodies(subject: &Subject) -> Case {
    let (store, tenant) = (subject.store(), tenant("bodies")?);
    let every: Vec<u8> = (0..=255).collect();
    let bodies = [Vec::new(), vec![0], every.clone(), NAME.as_bytes().to_vec(), every.repeat(300)];
    for (number, body) in bodies.into_iter().enumerate() {
        let key = note(&tenant, &format!("N-{number}"));
        let mut unit = unit(&tenant, &format!("U-{number}"))?;
        let mut row = write(&key, 1, "");
        row.row.body = Opaque(body.clone());
        row.row.head = std::array::from_fn(|at| u8::try_from(at * 7 + number).unwrap_or(255));
        let mut noted = journal(&key, 1, "make")?;
        (noted.body, noted.hash) = (Opaque(body), row.row.head);
        unit.writes.push(row);
        unit.journal.push(noted);
        apply(&*store, &unit).await?;
        ensure!(
            read(&*store, &key).await?.as_ref() == Some(&unit.writes[0].row),
            "body {number} came back changed"
        );
        let noted = store.journal(&key, 0, 10).await?;
        ensure!(noted == unit.journal, "the body of journal entry {number} came back changed");
    }
    Ok(())
}

pub(crate) async fn texts(subject: &Subject) -> Case {
    let (store, tenant) = (subject.store(), tenant("texts")?);
    let longest = "~".repeat(crate::id::MAX_CHARS);
    for (number, id) in ["007", "1e3", "a'b\"c\\d%_", longest.as_str()].into_iter().enumerate() {
        let key = note(&tenant, id);
        let mut unit = unit(&tenant, &format!("U-{number}"))?;
        unit.writes.push(write(&key, 1, "x"));
        let mut noted = journal(&key, 1, NAME)?;
        noted.actor = ActorId::new(id)?;
        unit.journal.push(noted);
        let mut posted = entry(&tenant, id, 1, 1)?;
        (posted.line, posted.cause) = (LineId::new(id)?, NAME.repeat(20));
        unit.entries.push(posted);
        let mut waiting = message(&key, 0);
        (waiting.id, waiting.lane) = (MessageId::from_text(&format!("m/{id}")), format!("{NAME}{id}"));
        unit.messages.push(waiting);
        apply(&*store, &unit).await?;
        ensure!(store.journal(&key, 0, 9).await? == unit.journal, "a journal entry came back changed ({id})");
        let before = (OrderId::new(id)?, 0);
        let posted = store.ledger(&tenant, Some(before.clone()), 1).await?;
        ensure!(posted == unit.entries, "a ledger entry came back changed ({id})");
        let mut claimed = store.claim(&claim(&tenant, "w", 1, 9)?).await?;
        claimed.iter_mut().for_each(|message| message.lease = None);
        ensure!(claimed == unit.messages, "a message came back changed ({id})");
        let page = store.find(&crate::store::Query::new(&tenant, Kind::Note).limit(1000)).await?;
        ensure!(page.rows.iter().any(|row| row.key == key), "the row {id} is not found under its id");
    }
    Ok(())
}

pub(crate) async fn amounts(subject: &Subject) -> Case {
    let (store, tenant) = (subject.store(), tenant("amounts")?);
    let mut posted = unit(&tenant, "U-1")?;
    let fens = [0, 1, -1, 99, 101, 123_456_789_012_345_678, i64::MAX, i64::MIN, i64::MAX - 1];
    let rates = [0, 1, 15_000, 130_000, 999_999, 1_000_000].into_iter().cycle();
    let kinds = EntryKind::ALL.iter().copied().cycle();
    for (seq, ((fen, rate), kind)) in (1..).zip(fens.into_iter().zip(rates).zip(kinds)) {
        posted.entries.push(LedgerEntry {
            kind,
            rate: TaxRate::from_millionths(rate).unwrap_or_default(),
            tax: Money::from_fen(fen / 3),
            gross: Money::from_fen(fen / 2),
            ..entry(&tenant, "O-1", seq, fen)?
        });
    }
    apply(&*store, &posted).await?;
    ensure!(store.ledger(&tenant, None, 100).await? == posted.entries, "amounts or rates came back changed");
    Ok(())
}

pub(crate) async fn times(subject: &Subject) -> Case {
    let (store, tenant) = (subject.store(), tenant("times")?);
    let key = note(&tenant, "row");
    let nanos = [0, 1, 999, 1_000, 123_456_789, 999_999_999];
    let times: Vec<DateTime<Utc>> = nanos
        .into_iter()
        .map(|nanos| at(0) + TimeDelta::nanoseconds(nanos))
        .chain([DateTime::UNIX_EPOCH, DateTime::UNIX_EPOCH - TimeDelta::nanoseconds(1), at(3_000_000_000)])
        .collect();
    for (version, time) in (1..).zip(times) {
        let mut unit = unit(&tenant, &format!("U-{version}"))?;
        unit.writes.push(write(&key, version, "x"));
        unit.writes[0].columns.at = Some(time);
        let mut noted = journal(&key, version, "step")?;
        noted.at = time;
        unit.journal.push(noted);
        let mut posted = entry(&tenant, "O-1", version, 1)?;
        posted.at = time;
        unit.entries.push(posted);
        let subject = note(&tenant, &format!("M-{version}"));
        let mut waiting = message(&subject, 0);
        waiting.not_before = time;
        unit.messages.push(waiting);
        apply(&*store, &unit).await?;
        let noted = store.journal(&key, version - 1, 1).await?;
        ensure!(noted == unit.journal, "the time {time} of a journal entry came back changed");
        let posted = store.ledger(&tenant, Some((OrderId::new("O-1")?, version - 1)), 1).await?;
        ensure!(posted == unit.entries, "the time {time} of a ledger entry came back changed");
        let due = store.next_due(&tenant).await?;
        ensure!(due == Some(time), "due at {time}, said to be due at {due:?}");
        let ask = crate::store::Claim {
            now: time,
            until: time + TimeDelta::nanoseconds(7),
            ..claim(&tenant, "w", 0, 9)?
        };
        let claimed = store.claim(&ask).await?;
        ensure!(
            claimed.len() == 1 && claimed[0].not_before == time,
            "a message due at {time} came back changed"
        );
        let lease = claimed[0].lease.as_ref().map(|lease| lease.until);
        ensure!(lease == Some(ask.until), "a lease until {} came back as {lease:?}", ask.until);
        let mut done = super::super::given::unit(&tenant, &format!("done-{version}"))?;
        done.settlements.push(super::super::given::settle(&claimed[0], crate::store::Next::Done)?);
        apply(&*store, &done).await?;
    }
    Ok(())
}
