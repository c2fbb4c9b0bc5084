//! Proves that a store keeps the contract of [`Archive`], with a tenant that another store holds.

use chrono::{DateTime, Utc};

use crate::archive::{Export, Import, Totals, digest};
use crate::env::Opaque;
use crate::id::{ActorId, LineId, OrderId, SellerId, TenantId, UnitId, WorkerId};
use crate::money::Money;
use crate::store::{
    Archive, Claim, Columns, EntryKind, JournalEntry, Key, Kind, LedgerEntry, MemoryStore, Message,
    MessageId, Query, Row, Store, StoreErrorKind, Summand, Tag, UnitOfWork, Version, Write,
};
use crate::tax::TaxRate;

type Checked = Result<(), String>;

macro_rules! ensure {
    ($holds:expr, $($what:tt)*) => { if !$holds { return Err(format!($($what)*)) } };
}

fn told(error: impl std::error::Error) -> String {
    error.to_string()
}

/// Checks all of it: what a tenant holds is exported, imported into `store`, exported from there again, and worked
/// with.
///
/// # Errors
/// The first thing that was not as the contract says.
pub async fn check(store: &dyn Archive) -> Checked {
    let source = MemoryStore::new();
    let tenant = TenantId::new("archive").map_err(told)?;
    fill(&source, &tenant, 0).await?;
    let other = TenantId::new("archive-2").map_err(told)?;
    fill(store, &other, 1).await?;
    let apart = digest(store, &other).await.map_err(told)?;
    let file = export(&source, &tenant).await?;

    // Cut off after every so many lines, and run again: as good as once.
    let lines: Vec<&str> = file.lines().collect();
    for upto in [1, 2, lines.len() / 2, lines.len() - 1] {
        let mut import = Import::new(store);
        for line in lines.iter().take(upto) {
            import.line(line).await.map_err(told)?;
        }
    }
    let totals = import(store, &lines).await?;
    let whole = digest(&source, &tenant).await.map_err(told)?;
    ensure!(totals == whole, "imported {totals}, exported {whole}");
    ensure!(export(store, &tenant).await? == file, "what is exported again is another file");
    let again = import(store, &lines).await?;
    ensure!(again == whole, "a second import changed something");
    let untouched = digest(store, &other).await.map_err(told)?;
    ensure!(untouched == apart, "another tenant changed: {apart} became {untouched}");
    goes_on(store, &tenant).await?;
    never_over(store, &tenant).await
}

async fn export(store: &dyn Archive, tenant: &TenantId) -> Result<String, String> {
    let mut export = Export::new(store, tenant, DateTime::UNIX_EPOCH);
    let mut file = String::new();
    while let Some(lines) = export.next_lines().await.map_err(told)? {
        file.push_str(&lines);
    }
    Ok(file)
}

async fn import(store: &dyn Archive, lines: &[&str]) -> Result<Totals, String> {
    let mut import = Import::new(store);
    for line in lines {
        import.line(line).await.map_err(told)?;
    }
    import.finish().await.map_err(told)
}

fn moment(second: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_790_000_000 + second, 123_456_789).unwrap_or_default()
}

/// A tenant with rows at several versions, all kinds of columns, a ledger, a leased and a waiting message.
async fn fill<S: Store + ?Sized>(store: &S, tenant: &TenantId, salt: u32) -> Checked {
    let id = |text: String| UnitId::new(text).map_err(told);
    for number in 0..420_u32 {
        let kind = if number < 180 { Kind::ALL[number as usize % Kind::ALL.len()] } else { Kind::Note };
        let key = Key::new(tenant, kind, format!("N-{number:04}"));
        for version in 1..=u64::from(1 + number / 9 % 3) {
            let mut unit = UnitOfWork::new(id(format!("U-{number}-{version}"))?, tenant.clone());
            let body = format!("{number}/{version} \u{1F9FE}").repeat(1 + number as usize % 7);
            let head = [u8::try_from(version).unwrap_or(1); 32];
            let columns = Columns {
                seller: (number % 2 == 0).then(|| SellerId::new("s1")).transpose().map_err(told)?,
                state: (number % 3 == 0).then_some("open"),
                at: (number % 5 != 0).then(|| moment(number.into())),
                net: Money::from_fen(i64::from(number)),
                tax: Money::from_fen(-1),
                gross: Money::from_fen(i64::from(number) - 1),
                tags: (0..number % 4)
                    .map(|tag| {
                        let amounts = Summand { net: Money::from_fen(tag.into()), ..Summand::ZERO };
                        Tag::new("order", format!("v{version}-{tag}")).with_amounts(amounts)
                    })
                    .collect(),
            };
            let row = Row {
                key: key.clone(),
                version: Version::new(version),
                head,
                body: Opaque(body.clone().into()),
            };
            unit.writes.push(Write { row, columns });
            unit.journal.push(JournalEntry {
                key: key.clone(),
                seq: version,
                at: moment(number.into()),
                actor: ActorId::new("rita").map_err(told)?,
                verb: "note \u{53D1}".to_owned(),
                body: Opaque(body.into()),
                hash: head,
            });
            unit.entries.push(LedgerEntry {
                tenant: tenant.clone(),
                order: OrderId::new(format!("O-{}", number % 9)).map_err(told)?,
                seq: u64::from(number) * 10 + version,
                line: LineId::new("1").map_err(told)?,
                kind: EntryKind::ALL[number as usize % EntryKind::ALL.len()],
                cause: "cause".to_owned(),
                rate: TaxRate::percent(13).unwrap_or_default(),
                net: Money::from_fen(1),
                tax: Money::from_fen(2),
                gross: Money::from_fen(3),
                at: moment(0),
            });
            if version == 1 && number % 2 == 0 {
                unit.messages.push(Message {
                    id: MessageId::of("look", &key),
                    subject: key.clone(),
                    lane: "lane \u{53D1}".to_owned(),
                    not_before: moment(number.into()),
                    attempts: number + salt,
                    lease: None,
                });
            }
            store.commit(&unit).await.map_err(told)?;
        }
    }
    let worker = WorkerId::new("w1").map_err(told)?;
    let (now, until) = (moment(10), moment(70));
    let claim = Claim { tenant: tenant.clone(), worker, now, until, limit: 5, paused_lanes: Vec::new() };
    store.claim(&claim).await.map_err(told)?;
    Ok(())
}

/// What was imported can be found by its tags and written on with the next version, and leases hold.
async fn goes_on(store: &dyn Archive, tenant: &TenantId) -> Checked {
    let rows = store.rows(tenant, Kind::Order, None, 1000).await.map_err(told)?;
    let three = rows.iter().find(|write| write.row.version.number() == 3 && !write.columns.tags.is_empty());
    let Some(write) = three else { return Err("no order of three versions with a tag came back".to_owned()) };
    let tag = &write.columns.tags[0];
    let query = Query::new(tenant, Kind::Order).tagged("order", tag.value.clone()).limit(1000);
    let found = store.find(&query).await.map_err(told)?.rows;
    ensure!(found.contains(&write.row), "a restored row is not found by its tag");
    let mut next = write.clone();
    next.row.version = write.row.version.next();
    next.columns.tags.clear();
    let mut unit = UnitOfWork::new(UnitId::new("after").map_err(told)?, tenant.clone());
    unit.writes.push(next);
    store.commit(&unit).await.map_err(told)?;
    let found = store.find(&query).await.map_err(told)?.rows;
    ensure!(!found.iter().any(|row| row.key == write.row.key), "a tag outlived the row's next version");
    let leased = store.messages(tenant, None, 10_000).await.map_err(told)?;
    let leased = leased.iter().filter(|message| message.lease.is_some()).count();
    ensure!(leased == 5, "{leased} messages are leased, 5 were");
    let worker = WorkerId::new("w2").map_err(told)?;
    let (now, until) = (moment(20), moment(80));
    let claim = Claim { tenant: tenant.clone(), worker, now, until, limit: 10_000, paused_lanes: Vec::new() };
    let claimed = store.claim(&claim).await.map_err(told)?;
    ensure!(
        claimed.iter().all(|message| message.not_before <= now),
        "a message was given out before it was due"
    );
    ensure!(claimed.len() == 6, "{} messages were claimed beside 5 leased ones, 6 were due", claimed.len());
    Ok(())
}

/// A restoring unit never overwrites, whatever its versions.
async fn never_over(store: &dyn Archive, tenant: &TenantId) -> Checked {
    let rows = store.rows(tenant, Kind::Refund, None, 10).await.map_err(told)?;
    let Some(write) = rows.first() else { return Err("no refund came back".to_owned()) };
    for version in [1, write.row.version.number(), write.row.version.number() + 1, 99] {
        let mut unit = UnitOfWork::new(UnitId::new(format!("over-{version}")).map_err(told)?, tenant.clone());
        let mut over = write.clone();
        over.row.version = Version::new(version);
        unit.writes.push(over);
        let outcome = store.commit(&unit.restoring()).await;
        let conflict = outcome.as_ref().is_err_and(|error| error.kind() == StoreErrorKind::Conflict);
        ensure!(conflict, "restoring a row that is there at version {version}: {outcome:?}");
    }
    let still = store.read(std::slice::from_ref(&write.row.key)).await.map_err(told)?;
    ensure!(still == [Some(write.row.clone())], "a refused unit changed a row");
    Ok(())
}
