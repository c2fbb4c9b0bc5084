//! The outbox: leases, settling, waking.

use chrono::{DateTime, Utc};
use futures_util::future::join_all;

use crate::id::TenantId;
use crate::store::{Claim, Message, Next, Store, StoreErrorKind};
use crate::testkit::store::Subject;
use crate::testkit::store::given::{
    Case, apply, at, claim, ensure, message, note, read, refused, settle, tenant, unit, write,
};

/// Enqueues messages named `M-n`, due at these seconds.
async fn enqueue(store: &dyn Store, tenant: &TenantId, dues: &[i64]) -> Case {
    let mut made = unit(tenant, "enqueue")?;
    made.messages = (0..).zip(dues).map(|(n, due)| message(&note(tenant, &format!("M-{n}")), *due)).collect();
    apply(store, &made).await
}

fn names(messages: &[Message]) -> Vec<&str> {
    messages.iter().map(|message| message.subject.id()).collect()
}

async fn claimed(
    store: &dyn Store,
    tenant: &TenantId,
    who: &str,
    now: i64,
    limit: usize,
) -> Case<Vec<Message>> {
    let ask = claim(tenant, who, now, limit)?;
    let messages = store.claim(&ask).await?;
    ensure!(messages.len() <= limit, "claimed {} of at most {limit}", messages.len());
    for message in &messages {
        let lease = message.lease.as_ref();
        let given = lease.is_some_and(|lease| lease.worker == ask.worker && lease.until == ask.until);
        ensure!(given, "message {} carries {lease:?}, asked until {}", message.id, ask.until);
    }
    Ok(messages)
}

pub(crate) async fn order(subject: &Subject) -> Case {
    let (store, tenant) = (subject.store(), tenant("order")?);
    enqueue(&*store, &tenant, &[50, 10, 40, 20, 30, 999]).await?;
    let first = claimed(&*store, &tenant, "w", 45, 3).await?;
    ensure!(names(&first) == ["M-1", "M-3", "M-4"], "given out first: {:?}", names(&first));
    let second = claimed(&*store, &tenant, "w", 45, 3).await?;
    ensure!(names(&second) == ["M-2"], "given out next: {:?} (M-0 is due at 50)", names(&second));
    let third = claimed(&*store, &tenant, "w", 50, 3).await?;
    ensure!(names(&third) == ["M-0"], "due at this very moment: {:?}", names(&third));
    // Leases that ended, at 105 and 110, queue behind what became due before that, and before what did after.
    let mut meanwhile = unit(&tenant, "meanwhile")?;
    meanwhile.messages = vec![message(&note(&tenant, "M-6"), 104), message(&note(&tenant, "M-7"), 106)];
    apply(&*store, &meanwhile).await?;
    let again = claimed(&*store, &tenant, "w2", 999, 7).await?;
    let queued = ["M-6", "M-1", "M-2", "M-3", "M-4", "M-7", "M-0"];
    ensure!(names(&again) == queued, "given out again: {:?}", names(&again));
    let mut odd = unit(&tenant, "odd")?;
    odd.messages = ODD.iter().map(|id| message(&note(&tenant, id), 5)).collect();
    apply(&*store, &odd).await?;
    let given = claimed(&*store, &tenant, "w3", 45, 99).await?;
    let lost = ODD.iter().find(|id| !names(&given).contains(id));
    ensure!(lost.is_none(), "a message of an odd name was not given out: {lost:?}");
    Ok(())
}

/// What some list of names could take for a part of itself.
const ODD: &[&str] = &["a,b", "{c}", "d\"e", "f\\g", "h'i", "NULL", "发票 \u{1F9FE}", " "];

pub(crate) async fn one_holder(subject: &Subject) -> Case {
    let (store, tenant) = (subject.store(), tenant("holder")?);
    enqueue(&*store, &tenant, &[0; 30]).await?;
    let asks = (0..8).map(|n| claim(&tenant, &format!("w{n}"), 10, 5)).collect::<Case<Vec<Claim>>>()?;
    let mut given = Vec::new();
    for messages in join_all(asks.iter().map(|ask| store.claim(ask))).await {
        given.extend(messages?.into_iter().map(|message| message.id));
    }
    given.sort_unstable();
    given.dedup();
    ensure!(given.len() == 30, "eight workers at once were given {} of 30 different messages", given.len());
    ensure!(
        claimed(&*store, &tenant, "late", 69, 99).await?.is_empty(),
        "a held message was given to another worker"
    );
    let after = claimed(&*store, &tenant, "late", 70, 99).await?.len();
    ensure!(after == 30, "when the leases ended, {after} of 30 were given out");
    Ok(())
}

pub(crate) async fn lanes(subject: &Subject) -> Case {
    let (store, tenant) = (subject.store(), tenant("lanes")?);
    let mut made = unit(&tenant, "enqueue")?;
    for n in 0..9 {
        let mut waiting = message(&note(&tenant, &format!("M-{n}")), n);
        waiting.lane = format!("lane-{}", n % 3);
        made.messages.push(waiting);
    }
    apply(&*store, &made).await?;
    let mut ask = claim(&tenant, "w", 50, 4)?;
    ask.paused_lanes = vec!["lane-0".to_owned(), "lane-1".to_owned(), "no such lane".to_owned()];
    let given = store.claim(&ask).await?;
    ensure!(names(&given) == ["M-2", "M-5", "M-8"], "with two lanes paused: {:?}", names(&given));
    let rest = claimed(&*store, &tenant, "w", 50, 99).await?.len();
    ensure!(rest == 6, "with no lane paused, {rest} of the other 6");
    Ok(())
}

pub(crate) async fn due(subject: &Subject) -> Case {
    let (store, tenant) = (subject.store(), tenant("due")?);
    let expect = async |what: &str, expected: Option<DateTime<Utc>>| -> Case {
        let due = store.next_due(&tenant).await?;
        ensure!(due == expected, "{what}: next due {due:?}, expected {expected:?}");
        Ok(())
    };
    expect("an empty outbox", None).await?;
    enqueue(&*store, &tenant, &[30, 20]).await?;
    expect("two waiting", Some(at(20))).await?;
    let first = claimed(&*store, &tenant, "w", 25, 1).await?;
    expect("one held until 85", Some(at(30))).await?;
    let second = claimed(&*store, &tenant, "w", 40, 1).await?;
    ensure!(first.len() == 1 && second.len() == 1, "a due message was not given out");
    expect("held until 85 and 100", Some(at(85))).await?;
    let mut done = unit(&tenant, "done")?;
    done.settlements = vec![
        settle(&first[0], Next::Done)?,
        settle(&second[0], Next::Again { not_before: at(300), attempts: 1 })?,
    ];
    apply(&*store, &done).await?;
    expect("one again at 300", Some(at(300))).await?;
    // A lease that ends before the message was due makes it due no sooner.
    let mut ask = claim(&tenant, "w", 310, 1)?;
    ask.until = at(290);
    ensure!(store.claim(&ask).await?.len() == 1, "a due message was not given out");
    expect("due since 300, held until 290", Some(at(300))).await
}

pub(crate) async fn settled(subject: &Subject) -> Case {
    let (store, tenant) = (subject.store(), tenant("settled")?);
    enqueue(&*store, &tenant, &[0, 1]).await?;
    let held = claimed(&*store, &tenant, "w", 10, 9).await?;
    ensure!(held.len() == 2, "a due message was not given out");
    let mut done = unit(&tenant, "done")?;
    done.settlements = vec![
        settle(&held[0], Next::Done)?,
        settle(&held[1], Next::Again { not_before: at(200), attempts: 3 })?,
    ];
    apply(&*store, &done).await?;
    ensure!(
        claimed(&*store, &tenant, "w", 199, 9).await?.is_empty(),
        "a settled message was given out before its time"
    );
    let again = claimed(&*store, &tenant, "w", 200, 9).await?;
    ensure!(names(&again) == ["M-1"], "after settling: {:?}", names(&again));
    ensure!(again[0].attempts == 3, "settled with 3 attempts, came back with {}", again[0].attempts);
    Ok(())
}

pub(crate) async fn lost_lease(subject: &Subject) -> Case {
    let (store, tenant) = (subject.store(), tenant("lost")?);
    enqueue(&*store, &tenant, &[0]).await?;
    let old = claimed(&*store, &tenant, "old", 10, 9).await?;
    let new = claimed(&*store, &tenant, "new", 70, 9).await?;
    ensure!(old.len() == 1 && new.len() == 1, "a due message was not given out");
    let row = note(&tenant, "row");
    let attempt = |id: &str, held: &Message| -> Case<_> {
        let mut attempt = unit(&tenant, id)?;
        attempt.writes.push(write(&row, 1, id));
        attempt.settlements.push(settle(held, Next::Done)?);
        Ok(attempt)
    };
    refused(&*store, &attempt("late", &old[0])?, StoreErrorKind::LeaseLost).await?;
    let mut stranger = new[0].clone();
    if let Some(lease) = &mut stranger.lease {
        lease.worker = super::super::given::worker("stranger")?;
    }
    refused(&*store, &attempt("stranger", &stranger)?, StoreErrorKind::LeaseLost).await?;
    ensure!(read(&*store, &row).await?.is_none(), "a unit that lost its lease wrote a row");
    apply(&*store, &attempt("good", &new[0])?).await?;
    ensure!(store.next_due(&tenant).await?.is_none(), "a message that is done is still there");
    Ok(())
}

pub(crate) async fn settled_once(subject: &Subject) -> Case {
    let (store, tenant) = (subject.store(), tenant("once")?);
    enqueue(&*store, &tenant, &[0]).await?;
    let held = claimed(&*store, &tenant, "w", 10, 9).await?;
    ensure!(held.len() == 1, "a due message was not given out");
    let mut units = Vec::new();
    for n in 0..8 {
        let mut attempt = unit(&tenant, &format!("U-{n}"))?;
        attempt.writes.push(write(&note(&tenant, &format!("N-{n}")), 1, "x"));
        let next = if n % 2 == 0 { Next::Done } else { Next::Again { not_before: at(500), attempts: 1 } };
        attempt.settlements.push(settle(&held[0], next)?);
        units.push(attempt);
    }
    let answers = join_all(units.iter().map(|unit| store.commit(unit))).await;
    let lost = answers.iter().filter_map(|answer| answer.as_ref().err());
    let lost = lost.filter(|error| error.kind() == StoreErrorKind::LeaseLost).count();
    ensure!(lost == 7, "of eight units that settle one lease {lost} lost it");
    Ok(())
}

pub(crate) async fn woken(subject: &Subject) -> Case {
    let (store, tenant) = (subject.store(), tenant("woken")?);
    enqueue(&*store, &tenant, &[100]).await?;
    for (id, due, expected) in [("later", 200, 100), ("earlier", 50, 50), ("same", 50, 50), ("late", 60, 50)]
    {
        let mut wake = unit(&tenant, id)?;
        let mut call = message(&note(&tenant, "M-0"), due);
        (call.lane, call.attempts) = ("another lane".to_owned(), 9);
        wake.messages.push(call);
        apply(&*store, &wake).await?;
        let due = store.next_due(&tenant).await?;
        ensure!(due == Some(at(expected)), "woken {id}: due {due:?}, expected {}", at(expected));
    }
    let held = claimed(&*store, &tenant, "w", 55, 9).await?;
    ensure!(held.len() == 1, "a woken message is there {} times", held.len());
    let unchanged = held[0].attempts == 0 && held[0].lane == "seller-1";
    ensure!(unchanged, "waking changed attempts or lane: {:?}", held[0]);
    // A message may have been there before the row it is about.
    let mut early = unit(&tenant, "early")?;
    early.messages = vec![message(&note(&tenant, "M-1"), 100)];
    apply(&*store, &early).await?;
    let mut made = unit(&tenant, "made")?;
    made.writes = vec![write(&note(&tenant, "M-1"), 1, "made")];
    made.messages = vec![message(&note(&tenant, "M-1"), 70)];
    apply(&*store, &made).await?;
    let given = claimed(&*store, &tenant, "w", 70, 9).await?;
    ensure!(names(&given) == ["M-1"], "woken as its row was made: {:?}", names(&given));
    Ok(())
}

pub(crate) async fn woken_while_held(subject: &Subject) -> Case {
    let (store, tenant) = (subject.store(), tenant("woken-held")?);
    enqueue(&*store, &tenant, &[5]).await?;
    let held = claimed(&*store, &tenant, "w", 10, 9).await?;
    ensure!(held.len() == 1, "a due message was not given out");
    let mut wake = unit(&tenant, "wake")?;
    wake.messages.push(message(&note(&tenant, "M-0"), 1));
    apply(&*store, &wake).await?;
    ensure!(claimed(&*store, &tenant, "thief", 20, 9).await?.is_empty(), "waking took a lease away");
    let mut again = unit(&tenant, "again")?;
    again.settlements.push(settle(&held[0], Next::Again { not_before: at(400), attempts: 2 })?);
    again.messages.push(message(&note(&tenant, "M-0"), 300));
    apply(&*store, &again).await?;
    let due = store.next_due(&tenant).await?;
    ensure!(due == Some(at(300)), "settled until 400 and woken at 300: due {due:?}");
    Ok(())
}
