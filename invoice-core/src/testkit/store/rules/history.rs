//! What is appended stays, in order.

use futures_util::future::join_all;

use crate::id::OrderId;
use crate::store::{Key, Mode, StoreErrorKind};
use crate::testkit::store::Subject;
use crate::testkit::store::given::{
    Case, apply, ensure, entry, journal as noted, note, order, refused, tenant, unit, write,
};

pub(crate) async fn journal(subject: &Subject) -> Case {
    let (store, tenant) = (subject.store(), tenant("journal")?);
    let keys: [Key; 2] = [note(&tenant, "a"), note(&tenant, "a-1")];
    for version in 1..=12_u64 {
        let mut step = unit(&tenant, &format!("U-{version}"))?;
        for key in &keys {
            step.writes.push(write(key, version, "x"));
            step.journal.push(noted(key, version, key.id())?);
        }
        apply(&*store, &step).await?;
    }
    for key in &keys {
        for (after, limit) in [(0, 100), (0, 5), (5, 5), (11, 5), (12, 5), (0, usize::MAX)] {
            let entries = store.journal(key, after, limit).await?;
            let seqs: Vec<u64> = entries.iter().map(|entry| entry.seq).collect();
            let expected: Vec<u64> = (after + 1..=12).take(limit).collect();
            ensure!(seqs == expected, "entries of {key} after {after}, at most {limit}: {seqs:?}");
            ensure!(
                entries.iter().all(|entry| &entry.key == key && entry.verb == key.id()),
                "entries of another key"
            );
        }
    }
    Ok(())
}

pub(crate) async fn ledger(subject: &Subject) -> Case {
    let (store, tenant) = (subject.store(), tenant("ledger")?);
    let mut expected = Vec::new();
    for (number, name) in ["O-2", "O-10", "O-1", "o-1"].into_iter().enumerate() {
        for seq in [2, 1, 10, 9] {
            let mut step = unit(&tenant, &format!("U-{number}-{seq}"))?;
            step.entries.push(entry(&tenant, name, seq, 5)?);
            apply(&*store, &step).await?;
            expected.push((order(name)?, seq));
        }
    }
    expected.sort_unstable();
    for limit in [1, 3, 16, 100, usize::MAX] {
        let (mut walked, mut after) = (Vec::<(OrderId, u64)>::new(), None);
        loop {
            let page = store.ledger(&tenant, after.clone(), limit).await?;
            ensure!(page.len() <= limit, "{} entries, asked for {limit}", page.len());
            walked.extend(page.iter().map(|entry| (entry.order.clone(), entry.seq)));
            ensure!(walked.len() <= 99, "the ledger does not come to an end");
            match walked.last() {
                Some(last) if page.len() == limit => after = Some(last.clone()),
                _ => break,
            }
        }
        ensure!(walked == expected, "the ledger by {limit}: {walked:?}, expected {expected:?}");
    }
    Ok(())
}

pub(crate) async fn positions(subject: &Subject) -> Case {
    let (store, tenant) = (subject.store(), tenant("positions")?);
    let key = note(&tenant, "row");
    let mut first = unit(&tenant, "first")?;
    first.writes.push(write(&key, 1, "first"));
    first.journal.push(noted(&key, 1, "first")?);
    first.entries.push(entry(&tenant, "O-1", 1, 100)?);
    apply(&*store, &first).await?;
    let mut ledger = unit(&tenant, "ledger")?;
    ledger.entries.push(entry(&tenant, "O-1", 1, 999)?);
    refused(&*store, &ledger, StoreErrorKind::Conflict).await?;
    let mut journal = unit(&tenant, "journal")?;
    journal.writes.push(write(&key, 1, "rewritten"));
    journal.journal.push(noted(&key, 1, "rewritten")?);
    refused(&*store, &journal, StoreErrorKind::Conflict).await?;
    // Where there is no row to tell.
    let mut restored = unit(&tenant, "restored")?;
    restored.mode = Mode::Restore;
    restored.journal.push(noted(&key, 1, "rewritten")?);
    refused(&*store, &restored, StoreErrorKind::Conflict).await?;
    for id in ["doubled-ledger", "doubled-journal"] {
        let mut doubled = unit(&tenant, id)?;
        doubled.writes.push(write(&key, 2, id));
        doubled.journal.push(noted(&key, 2, "one")?);
        match id {
            "doubled-ledger" => {
                doubled.entries = vec![entry(&tenant, "O-2", 1, 1)?, entry(&tenant, "O-2", 1, 2)?];
            }
            _ => doubled.journal.push(noted(&key, 2, "other")?),
        }
        refused(&*store, &doubled, StoreErrorKind::Invalid).await?;
    }
    ensure!(store.ledger(&tenant, None, 9).await? == first.entries, "a ledger entry was changed");
    ensure!(store.journal(&key, 0, 9).await? == first.journal, "a journal entry was changed");
    Ok(())
}

/// Eight units that want the same ledger position, and nothing else of each other.
pub(crate) async fn one_position(subject: &Subject) -> Case {
    let (store, tenant) = (subject.store(), tenant("position")?);
    let mut units = Vec::new();
    for number in 0..8 {
        let mut wants = unit(&tenant, &format!("U-{number}"))?;
        wants.entries.push(entry(&tenant, "O-1", 1, number)?);
        units.push(wants);
    }
    let answers = join_all(units.iter().map(|unit| store.commit(unit))).await;
    let refused = answers.iter().filter_map(|answer| answer.as_ref().err());
    let refused = refused.filter(|error| error.kind() == StoreErrorKind::Conflict).count();
    ensure!(refused == 7, "of eight units that want one ledger position {refused} were refused");
    let kept = store.ledger(&tenant, None, 9).await?;
    ensure!(kept.len() == 1, "one ledger position has {} entries", kept.len());
    Ok(())
}
