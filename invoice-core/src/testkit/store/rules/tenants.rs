//! Tenants do not meet, even where everything has the same name.

use crate::id::TenantId;
use crate::store::{Kind, Next, Query, StoreErrorKind, Tag, UnitOfWork};
use crate::testkit::store::Subject;
use crate::testkit::store::given::{
    Case, apply, claim, ensure, entry, journal, message, note, read, refused, settle, tenant, unit, version,
    write,
};

fn same(tenant: &TenantId, body: &str, fen: i64) -> Case<UnitOfWork> {
    let key = note(tenant, "row");
    let mut made = unit(tenant, "U-1")?;
    made.writes.push(write(&key, 1, body));
    made.writes[0].columns.state = Some("open");
    made.writes[0].columns.tags = vec![Tag::new("order", "O-1")];
    made.journal.push(journal(&key, 1, body)?);
    made.entries.push(entry(tenant, "O-1", 1, fen)?);
    made.messages.push(message(&key, 0));
    Ok(made)
}

pub(crate) async fn reading(subject: &Subject) -> Case {
    // One name begins with the other: a store that glues names together mixes them up.
    let (store, mine, other) = (subject.store(), tenant("mine")?, tenant("mine-too")?);
    apply(&*store, &same(&mine, "mine", 1)?).await?;
    ensure!(read(&*store, &note(&other, "row")).await?.is_none(), "a row is read through another tenant");
    let queries = |tenant: &TenantId| {
        let all = Query::new(tenant, Kind::Note);
        [all.clone(), all.clone().in_states(["open"]), all.tagged("order", "O-1")]
    };
    for query in queries(&other) {
        ensure!(store.find(&query).await?.rows.is_empty(), "a row is found through another tenant");
    }
    ensure!(
        store.journal(&note(&other, "row"), 0, 9).await?.is_empty(),
        "a journal is read through another tenant"
    );
    ensure!(store.ledger(&other, None, 9).await?.is_empty(), "a ledger is read through another tenant");
    apply(&*store, &same(&other, "other", 2)?).await?;
    for (tenant, body, fen) in [(&mine, "mine", 1), (&other, "other", 2)] {
        let row = read(&*store, &note(tenant, "row")).await?;
        ensure!(
            row.is_some_and(|row| row.body.0 == body.as_bytes()),
            "{tenant} reads a row of another tenant"
        );
        for query in queries(tenant) {
            let rows = store.find(&query).await?.rows;
            ensure!(rows.len() == 1 && rows[0].key.tenant() == tenant, "{tenant} finds {} rows", rows.len());
        }
        let ledger = store.ledger(tenant, None, 9).await?;
        ensure!(ledger.len() == 1 && ledger[0].net.fen() == fen, "{tenant} reads {ledger:?}");
    }
    Ok(())
}

pub(crate) async fn outbox(subject: &Subject) -> Case {
    let (store, mine, other) = (subject.store(), tenant("box")?, tenant("box-too")?);
    apply(&*store, &same(&mine, "mine", 1)?).await?;
    ensure!(store.next_due(&other).await?.is_none(), "a message is due for another tenant");
    ensure!(
        store.claim(&claim(&other, "w", 5, 9)?).await?.is_empty(),
        "a message is claimed by another tenant"
    );
    apply(&*store, &same(&other, "other", 1)?).await?;
    let claimed = store.claim(&claim(&mine, "w", 5, 9)?).await?;
    ensure!(claimed.len() == 1 && claimed[0].subject.tenant() == &mine, "{mine} claimed {claimed:?}");
    let mut foreign = unit(&other, "foreign")?;
    foreign.settlements.push(settle(&claimed[0], Next::Done)?);
    refused(&*store, &foreign, StoreErrorKind::LeaseLost).await?;
    let theirs = store.claim(&claim(&other, "w", 5, 9)?).await?;
    ensure!(theirs.len() == 1, "a claim of {mine} took a message of {other}");
    let mut own = unit(&mine, "own")?;
    own.settlements.push(settle(&claimed[0], Next::Done)?);
    apply(&*store, &own).await?;
    let left = store.next_due(&other).await?;
    ensure!(left.is_some(), "settling a message of {mine} settled one of {other}");
    Ok(())
}

pub(crate) async fn units(subject: &Subject) -> Case {
    let (store, mine, other) = (subject.store(), tenant("units")?, tenant("units-too")?);
    apply(&*store, &same(&mine, "mine", 1)?).await?;
    apply(&*store, &same(&other, "other", 1)?).await?;
    let mut mixed = unit(&mine, "mixed")?;
    mixed.writes.push(write(&note(&other, "row"), 2, "overwritten"));
    refused(&*store, &mixed, StoreErrorKind::Invalid).await?;
    ensure!(version(&*store, &note(&other, "row")).await? == 1, "a row was written through another tenant");
    Ok(())
}
