//! Versions: who goes on from where.

use futures_util::future::join_all;

use crate::store::{StoreErrorKind, Version};
use crate::testkit::store::Subject;
use crate::testkit::store::given::{
    Case, apply, ensure, journal, message, note, read, refused, tenant, unit, version, write,
};

pub(crate) async fn write_conflicts(subject: &Subject) -> Case {
    let (store, tenant) = (subject.store(), tenant("writes")?);
    let key = note(&tenant, "row");
    let attempt = |id: &str, version: u64| -> Case<_> {
        let mut attempt = unit(&tenant, id)?;
        attempt.writes.push(write(&key, version, id));
        Ok(attempt)
    };
    refused(&*store, &attempt("too-early", 2)?, StoreErrorKind::Conflict).await?;
    apply(&*store, &attempt("first", 1)?).await?;
    refused(&*store, &attempt("again", 1)?, StoreErrorKind::Conflict).await?;
    refused(&*store, &attempt("skips", 3)?, StoreErrorKind::Conflict).await?;
    apply(&*store, &attempt("second", 2)?).await?;
    refused(&*store, &attempt("lost-update", 2)?, StoreErrorKind::Conflict).await?;
    let body = read(&*store, &key).await?.map(|row| row.body.0);
    ensure!(body.as_deref() == Some(b"second"), "a refused write changed the row");
    Ok(())
}

pub(crate) async fn read_conflicts(subject: &Subject) -> Case {
    let (store, tenant) = (subject.store(), tenant("expects")?);
    let (key, other) = (note(&tenant, "read"), note(&tenant, "written"));
    let mut first = unit(&tenant, "first")?;
    first.writes.push(write(&key, 1, "x"));
    apply(&*store, &first).await?;
    for (id, expected) in [("absent", 0), ("behind", 2)] {
        let mut attempt = unit(&tenant, id)?;
        attempt.expects.push((key.clone(), Version::new(expected)));
        attempt.writes.push(write(&other, 1, id));
        refused(&*store, &attempt, StoreErrorKind::Conflict).await?;
    }
    let mut good = unit(&tenant, "good")?;
    good.expects = vec![(key, Version::new(1)), (note(&tenant, "nothing"), Version::ABSENT)];
    good.writes.push(write(&other, 1, "good"));
    apply(&*store, &good).await
}

pub(crate) async fn one_winner(subject: &Subject) -> Case {
    let (store, tenant) = (subject.store(), tenant("winner")?);
    let key = note(&tenant, "hot");
    for step in 1..=5_u64 {
        let mut units = Vec::new();
        for caller in 0..16 {
            let mut attempt = unit(&tenant, &format!("U-{step}-{caller}"))?;
            attempt.writes.push(write(&key, step, &format!("{step} by {caller}")));
            units.push(attempt);
        }
        let answers = join_all(units.iter().map(|unit| store.commit(unit))).await;
        let mut winners = Vec::new();
        for (unit, answer) in units.iter().zip(answers) {
            match answer {
                Ok(_) => winners.push(unit),
                Err(error) => ensure!(
                    error.kind() == StoreErrorKind::Conflict,
                    "a caller that lost a race got {:?}",
                    error.kind()
                ),
            }
        }
        ensure!(winners.len() == 1, "{} of 16 went on from version {}", winners.len(), step - 1);
        let row = read(&*store, &key).await?;
        ensure!(row.as_ref() == Some(&winners[0].writes[0].row), "the row is not what the winner wrote");
    }
    Ok(())
}

pub(crate) async fn steps(subject: &Subject) -> Case {
    let (store, tenant) = (subject.store(), tenant("steps")?);
    let (key, other) = (note(&tenant, "row"), note(&tenant, "other"));
    ensure!(version(&*store, &key).await? == 0, "a row that was never written is there");
    for step in 1..=5_u64 {
        let mut unit = unit(&tenant, &format!("U-{step}"))?;
        unit.writes.push(write(&key, step, "x"));
        if step == 3 {
            unit.writes.push(write(&other, 1, "y"));
        }
        apply(&*store, &unit).await?;
        let now = version(&*store, &key).await?;
        ensure!(now == step, "written at expected version {}, the row is at {now}", step - 1);
    }
    ensure!(version(&*store, &other).await? == 1, "a row is at another version than it was written");
    Ok(())
}

pub(crate) async fn restored(subject: &Subject) -> Case {
    let (store, tenant) = (subject.store(), tenant("restored")?);
    let (key, other) = (note(&tenant, "row"), note(&tenant, "other"));
    let mut first = unit(&tenant, "first")?;
    first.writes.push(write(&key, 1, "x"));
    apply(&*store, &first).await?;
    for version in [1, 2, 7] {
        let mut over = unit(&tenant, &format!("over-{version}"))?;
        over.writes.push(write(&key, version, "over"));
        refused(&*store, &over.restoring(), StoreErrorKind::Conflict).await?;
    }
    let mut far = unit(&tenant, "far")?.restoring();
    far.writes.push(write(&other, 7, "far"));
    for seq in 1..=7 {
        far.journal.push(journal(&other, seq, "make")?);
    }
    let mut held = message(&other, 0);
    held.attempts = 3;
    far.messages.push(held);
    apply(&*store, &far).await?;
    ensure!(
        read(&*store, &other).await?.as_ref() == Some(&far.writes[0].row),
        "a restored row is not as it was given"
    );
    ensure!(store.journal(&other, 0, 9).await? == far.journal, "a restored journal is not as it was given");
    let mut step = unit(&tenant, "step")?;
    step.writes.push(write(&other, 8, "on"));
    apply(&*store, &step).await
}
