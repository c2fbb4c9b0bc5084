//! Units: whole, durable, once, and truthful.

use futures_util::FutureExt as _;
use futures_util::future::{join, join_all};

use crate::id::TenantId;
use crate::store::{Commit, Kind, Query, Store, StoreErrorKind, UnitOfWork, Version};
use crate::testkit::store::Subject;
use crate::testkit::store::given::{
    Case, apply, claim, ensure, entry, journal, message, note, read, refused, tenant, unit, version, write,
};

/// A unit with something of everything.
fn full(tenant: &TenantId, id: &str) -> Case<UnitOfWork> {
    let mut unit = unit(tenant, id)?;
    for part in ["a", "b"] {
        let key = note(tenant, &format!("{id}-{part}"));
        unit.writes.push(write(&key, 1, part));
        unit.journal.push(journal(&key, 1, "make")?);
        unit.messages.push(message(&key, 0));
    }
    unit.entries = vec![entry(tenant, id, 1, 100)?, entry(tenant, id, 2, 50)?];
    Ok(unit)
}

/// How many rows, journal entries, ledger entries and due messages there are of [`full`].
async fn parts(store: &dyn Store, tenant: &TenantId, id: &str) -> Case<[usize; 4]> {
    let keys = ["a", "b"].map(|part| note(tenant, &format!("{id}-{part}")));
    let rows = store.read(&keys).await?.iter().flatten().count();
    let mut entries = 0;
    for key in &keys {
        entries += store.journal(key, 0, 10).await?.len();
    }
    let ledger = store.ledger(tenant, None, 1000).await?;
    let ledger = ledger.iter().filter(|entry| entry.order.as_str() == id).count();
    let looked =
        crate::store::Claim { until: super::super::given::at(10), ..claim(tenant, "looker", 10, 1000)? };
    let messages = store.claim(&looked).await?;
    let messages = messages.iter().filter(|message| keys.contains(&message.subject)).count();
    Ok([rows, entries, ledger, messages])
}

pub(crate) async fn whole(subject: &Subject) -> Case {
    let (store, tenant) = (subject.store(), tenant("whole")?);
    apply(&*store, &full(&tenant, "U-1")?).await?;
    let parts = parts(&*store, &tenant, "U-1").await?;
    ensure!(
        parts == [2, 2, 2, 2],
        "of 2 rows, journal entries, ledger entries, messages there are {parts:?}"
    );
    Ok(())
}

pub(crate) async fn refused_whole(subject: &Subject) -> Case {
    let (store, tenant) = (subject.store(), tenant("refused")?);
    let absent = note(&tenant, "absent");
    let mut read_conflict = full(&tenant, "U-1")?;
    read_conflict.expects.push((absent.clone(), Version::new(7)));
    let mut write_conflict = full(&tenant, "U-2")?;
    write_conflict.writes.push(write(&absent, 3, "late"));
    let mut taken = full(&tenant, "U-3")?;
    apply(&*store, &{
        let mut first = unit(&tenant, "U-0")?;
        first.entries.push(entry(&tenant, "taken", 1, 1)?);
        first
    })
    .await?;
    taken.entries.push(entry(&tenant, "taken", 1, 2)?);
    for unit in [&read_conflict, &write_conflict, &taken] {
        refused(&*store, unit, StoreErrorKind::Conflict).await?;
        let parts = parts(&*store, &tenant, unit.id.as_str()).await?;
        ensure!(parts == [0; 4], "of the refused unit {} there are {parts:?} parts", unit.id);
    }
    read_conflict.expects.clear();
    apply(&*store, &read_conflict).await
}

pub(crate) async fn seen_whole(subject: &Subject) -> Case {
    let (store, tenant) = (subject.store(), tenant("seen")?);
    let keys = [note(&tenant, "left"), note(&tenant, "right")];
    for round in 1..=30_u64 {
        let mut step = unit(&tenant, &format!("U-{round}"))?;
        step.writes = keys.iter().map(|key| write(key, round, &round.to_string())).collect();
        let (done, seen) = join(store.commit(&step), store.read(&keys)).await;
        done?;
        let versions: Vec<_> = seen?.iter().map(|row| row.as_ref().map(|row| row.version)).collect();
        ensure!(versions.len() == 2 && versions[0] == versions[1], "one reading saw versions {versions:?}");
    }
    Ok(())
}

pub(crate) async fn reopened(subject: &Subject) -> Case {
    let (store, tenant) = (subject.store(), tenant("durable")?);
    let full = full(&tenant, "U-1")?;
    apply(&*store, &full).await?;
    drop(store);
    if !subject.reopen().await {
        return Ok(());
    }
    let store = subject.store();
    let parts = parts(&*store, &tenant, "U-1").await?;
    ensure!(parts == [2, 2, 2, 2], "after opening again there are {parts:?} parts");
    let again = store.commit(&full).await?;
    ensure!(again == Commit::AlreadyApplied, "after opening again the unit answered {again:?}");
    Ok(())
}

pub(crate) async fn twice(subject: &Subject) -> Case {
    let (store, tenant) = (subject.store(), tenant("twice")?);
    let full = full(&tenant, "U-1")?;
    apply(&*store, &full).await?;
    let again = store.commit(&full).await?;
    ensure!(again == Commit::AlreadyApplied, "the second commit answered {again:?}");
    let parts = parts(&*store, &tenant, "U-1").await?;
    ensure!(parts == [2, 2, 2, 2], "after two commits there are {parts:?} parts");
    Ok(())
}

pub(crate) async fn twice_later(subject: &Subject) -> Case {
    let (store, tenant) = (subject.store(), tenant("later")?);
    let key = note(&tenant, "row");
    let mut units = Vec::new();
    for version in 1..=3_u64 {
        let mut step = unit(&tenant, &format!("U-{version}"))?;
        step.writes.push(write(&key, version, &version.to_string()));
        apply(&*store, &step).await?;
        units.push(step);
    }
    // The same id with other content is still the same unit.
    units[0].writes = vec![write(&note(&tenant, "other"), 1, "other")];
    for step in &units {
        let again = store.commit(step).await?;
        ensure!(again == Commit::AlreadyApplied, "unit {} answered {again:?} later on", step.id);
    }
    ensure!(version(&*store, &key).await? == 3, "a repeated unit changed the row");
    ensure!(read(&*store, &note(&tenant, "other")).await?.is_none(), "a repeated unit wrote a row");
    Ok(())
}

pub(crate) async fn twice_at_once(subject: &Subject) -> Case {
    let (store, tenant) = (subject.store(), tenant("at-once")?);
    let full = full(&tenant, "U-1")?;
    let answers = join_all((0..8).map(|_| store.commit(&full))).await;
    let mut applied = 0;
    for answer in answers {
        applied += usize::from(answer? == Commit::Applied);
    }
    ensure!(applied == 1, "of eight commits of one unit at once {applied} were applied");
    // With no row whose version would tell.
    let mut bare = unit(&tenant, "bare")?;
    bare.entries.push(entry(&tenant, "O-bare", 1, 100)?);
    let answers = join_all((0..8).map(|_| store.commit(&bare))).await;
    let mut applied = 0;
    for answer in answers {
        applied += usize::from(answer? == Commit::Applied);
    }
    ensure!(applied == 1, "of eight commits of one unit without rows at once {applied} were applied");
    Ok(())
}

pub(crate) async fn failure_is_true(subject: &Subject) -> Case {
    let (store, tenant) = (subject.store(), tenant("true")?);
    for number in 0..40 {
        let id = format!("U-{number}");
        let key = note(&tenant, &id);
        let mut step = unit(&tenant, &id)?;
        step.writes.push(write(&key, 1, "x"));
        let outcome = store.commit(&step).await;
        let there = read(&*store, &key).await?.is_some();
        match outcome {
            Ok(_) => ensure!(there, "unit {id} answered Ok and is not there"),
            Err(error) if error.kind() == StoreErrorKind::Unknown => {}
            Err(error) => ensure!(!there, "unit {id} is there and answered {:?}", error.kind()),
        }
    }
    Ok(())
}

/// A caller that goes away at its first wait, and comes back with the same unit.
pub(crate) async fn abandoned(subject: &Subject) -> Case {
    let (store, tenant) = (subject.store(), tenant("abandoned")?);
    for number in 0..20 {
        let id = format!("U-{number}");
        let full = full(&tenant, &id)?;
        let done = store.commit(&full).now_or_never().is_some();
        let again = store.commit(&full).await?;
        ensure!(!done || again == Commit::AlreadyApplied, "unit {id} was applied twice");
        let keys = [note(&tenant, &format!("{id}-a")), note(&tenant, &format!("{id}-b"))];
        let rows = store.read(&keys).await?.iter().flatten().count();
        ensure!(rows == 2, "of the abandoned and repeated unit {id} there are {rows} of 2 rows");
    }
    let found = store.find(&Query::new(&tenant, Kind::Note).limit(1000)).await?.rows.len();
    ensure!(found == 40, "after abandoned commits {found} of 40 rows are found");
    Ok(())
}
