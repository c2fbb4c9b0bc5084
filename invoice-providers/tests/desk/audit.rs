//! The desk's history: anchored, exported, and every change to what is stored named by the verifier.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "what tests share")]

use std::time::Duration;

use crate::desk_support::*;
use invoice_core::access::{Actor, Role};
use invoice_core::audit::{FaultKind, KnownAnchor, Verdict, Verifier, unhex};
use invoice_core::desk::AnchorScope;
use invoice_core::error::RefusalCode;
use invoice_core::id::{ActorId, TenantId, UnitId};
use invoice_core::store::{Kind, Query, UnitOfWork, Write};

async fn export(shop: &Shop) -> Vec<String> {
    let mut export = shop.desk.export_audit(&shop.finance).await.unwrap();
    let mut lines = vec![];
    while let Some(line) = export.next_line().await.unwrap() {
        lines.push(line);
    }
    lines
}

fn verdict(lines: &[String], known: Option<KnownAnchor>) -> Verdict {
    let verifier = Verifier::new();
    let mut verifier = known.map_or(Verifier::new(), |known| verifier.expecting(known));
    lines.iter().for_each(|line| verifier.line(line.as_bytes()));
    verifier.finish()
}

async fn busy_day(shop: &Shop, name: &str) {
    let order = shop.sell(&format!("A-{name}"), vec![line("1", BOOK, 2, "40.00")]).await;
    shop.apply(&format!("P-{name}"), &[&order]).await;
    shop.settle().await;
    shop.refund(&format!("R-{name}"), &order, &[("1", "20.00", Some(1))]).await.unwrap();
    shop.settle().await;
}

#[tokio::test]
async fn history_is_anchored_and_verified_from_its_export_alone() {
    let shop = Shop::new();
    busy_day(&shop, "1").await;
    let first = shop.desk.anchor(&shop.system, AnchorScope::Changed).await.unwrap();
    assert!(first.number == 1 && first.chains >= 5, "{first:?}");
    shop.clock.advance(Duration::from_secs(86_400));
    busy_day(&shop, "2").await;
    let before = verdict(&export(&shop).await, None);
    assert!(before.holds() && before.uncovered > 5, "{before:?}");
    let second = shop.desk.anchor(&shop.system, AnchorScope::Changed).await.unwrap();
    assert!(second.chains >= 5 && second.chains < 2 * first.chains + 3, "only what changed: {second:?}");
    let known = KnownAnchor { number: second.number, hash: unhex(&second.hash).unwrap() };
    let lines = export(&shop).await;
    let whole = verdict(&lines, Some(known));
    assert!(whole.holds(), "{:?}", whole.faults);
    assert_eq!((whole.uncovered, whole.newest), (0, Some(known)));
    assert!(whole.counts.entries > 20 && whole.counts.anchors == 2, "{whole:?}");

    // Every line but the header, taken out: named.
    for (at, taken) in lines.iter().enumerate().skip(1) {
        let mut fewer = lines.clone();
        fewer.remove(at);
        let verdict = verdict(&fewer, Some(known));
        assert!(!verdict.holds(), "{taken}");
    }
    // Everything again, from the beginning.
    let all = shop.desk.anchor(&shop.system, AnchorScope::Everything).await.unwrap();
    assert!(all.chains >= first.chains + 4, "{all:?}");
    assert!(verdict(&export(&shop).await, Some(known)).holds());
}

#[tokio::test]
async fn a_row_rolled_back_in_the_store_is_named() {
    let shop = Shop::new();
    busy_day(&shop, "1").await;
    shop.desk.anchor(&shop.system, AnchorScope::Changed).await.unwrap();
    assert!(verdict(&export(&shop).await, None).holds());
    // Somebody with the database writes a row without saying so.
    let query = Query::new(&TenantId::new("t1").unwrap(), Kind::Application);
    let row = shop.store.find(&query).await.unwrap().rows.remove(0);
    let mut unit = UnitOfWork::new(UnitId::new("bent").unwrap(), TenantId::new("t1").unwrap());
    let mut next = row.clone();
    next.version = row.version.next();
    unit.writes.push(Write { row: next, columns: Default::default() });
    shop.store.commit(&unit).await.unwrap();
    let verdict = verdict(&export(&shop).await, None);
    let fault = &verdict.faults[0];
    assert_eq!((fault.kind(), fault.subject()), (FaultKind::EntryMissing, Some("application/P-1")));
}

#[tokio::test]
async fn the_first_anchor_of_many_chains_is_several_and_an_idle_run_says_that_nothing_changed() {
    let shop = Shop::new();
    for number in 0..400 {
        shop.sell(&format!("A-{number}"), vec![line("1", BOOK, 1, "10.00")]).await;
    }
    // An order and its account each.
    let first = shop.desk.anchor(&shop.system, AnchorScope::Changed).await.unwrap();
    assert_eq!((first.anchors, first.chains), (1, 800));
    for number in 400..900 {
        shop.sell(&format!("A-{number}"), vec![line("1", BOOK, 1, "10.00")]).await;
    }
    let second = shop.desk.anchor(&shop.system, AnchorScope::Everything).await.unwrap();
    assert_eq!((second.anchors, second.chains), (2, 1800));
    shop.clock.advance(Duration::from_secs(3 * 86_400));
    shop.desk.anchor(&shop.system, AnchorScope::Changed).await.unwrap();
    shop.clock.advance(Duration::from_secs(3 * 86_400));
    let idle = shop.desk.anchor(&shop.system, AnchorScope::Changed).await.unwrap();
    assert_eq!((idle.anchors, idle.chains), (1, 0));
    let whole = verdict(&export(&shop).await, None);
    assert!(whole.holds() && whole.uncovered == 0, "{whole:?}");
}

#[tokio::test]
async fn who_when_and_why_are_in_the_history_and_why_is_for_who_may_audit() {
    let shop = Shop::new();
    let order = shop.sell("A-1", vec![line("1", BOOK, 1, "60000.00")]).await;
    shop.apply("P-1", &[&order]).await;
    let why = "客户王小明来电，工单 4711";
    let reviewer = shop.reviewer.clone().because(why);
    assert!(!format!("{reviewer:?}").contains("王小明"));
    shop.desk.approve(&reviewer, &application_id("P-1")).await.unwrap();
    let timeline = async |actor: &Actor| shop.desk.timeline(actor, &application_id("P-1")).await.unwrap();
    let told = timeline(&shop.finance).await;
    let approved = told.iter().find(|entry| entry.verb == "approve").unwrap();
    assert_eq!((approved.actor.as_str(), approved.why.as_deref()), ("rita", Some(why)));
    assert!(!format!("{told:?}").contains("王小明"));
    let support = Actor::staff(ActorId::new("sue").unwrap(), Role::Support);
    assert!(timeline(&support).await.iter().all(|entry| entry.why.is_none()));
    let refused = shop.desk.anchor(&support, AnchorScope::Changed).await.unwrap_err();
    assert_eq!(code(&refused), RefusalCode::NotPermitted);
    assert!(shop.desk.export_audit(&support).await.is_err());
}
