//! Random days at the bureau: whatever is asked of it and whatever goes wrong, its books add up.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "helpers of tests")]

use std::cell::Cell;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use crate::support::{clock, key, prepared};
use invoice_core::money::Money;
use invoice_core::provider::{Capability, InvoiceProvider, IssueRequest, QueryAnswer};
use invoice_core::testkit::provider::{ManualClock, SAMPLE_SELLER, SampleRequest};
use invoice_providers::sandbox::{Color, FaultPlan, IssuedEntry, RedRule, Repeat, SandboxBureau};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;

#[derive(Debug, Clone)]
enum Step {
    Blue { key: u8, rows: Vec<(i64, i64)>, discount: bool },
    Form { blue: u8, reason: u8, part: i64 },
    Red { form: u8 },
    Buyer { confirms: bool },
    Withdraw { form: u8 },
    Wait { hours: u64 },
    Query { key: u8 },
}

/// Mostly those that goods can have.
fn reason() -> impl Strategy<Value = u8> {
    prop_oneof![3 => Just(1_u8), 3 => Just(2), 1 => Just(3), 5 => Just(4)]
}

fn step() -> impl Strategy<Value = Step> {
    let rows = proptest::collection::vec((1_i64..9, 1_i64..30_000), 1..4);
    prop_oneof![
        4 => (0_u8..20, rows, any::<bool>()).prop_map(|(key, rows, discount)| Step::Blue { key, rows, discount }),
        4 => (any::<u8>(), reason(), 1_i64..4).prop_map(|(blue, reason, part)| Step::Form { blue, reason, part }),
        5 => any::<u8>().prop_map(|form| Step::Red { form }),
        2 => any::<bool>().prop_map(|confirms| Step::Buyer { confirms }),
        1 => any::<u8>().prop_map(|form| Step::Withdraw { form }),
        1 => (1_u64..400).prop_map(|hours| Step::Wait { hours }),
        1 => (0_u8..20).prop_map(|key| Step::Query { key }),
    ]
}

#[derive(Debug, Clone, Copy)]
struct Personality {
    seed: u64,
    rule: RedRule,
    repeat: Repeat,
    delay: u64,
    automatic: bool,
}

fn personality() -> impl Strategy<Value = Personality> {
    let rule = prop_oneof![Just(RedRule::Direct), Just(RedRule::SellerOnly), Just(RedRule::BuyerConfirms)];
    let repeat = prop_oneof![Just(Repeat::SameAnswer), Just(Repeat::Refuse), Just(Repeat::IssueAgain)];
    (any::<u64>(), rule, repeat, 0_u64..2, any::<bool>()).prop_map(
        |(seed, rule, repeat, delay, automatic)| Personality { seed, rule, repeat, delay, automatic },
    )
}

fn open(personality: Personality, clock: &Arc<ManualClock>, path: &Path) -> SandboxBureau {
    let Personality { seed, rule, repeat, delay, automatic } = personality;
    let bureau = SandboxBureau::builder(seed, clock.clone())
        .red(rule)
        .repeat(repeat)
        .asynchronous(Duration::from_secs(delay * 60))
        .default_credit_line(Some("1500.00".parse().unwrap()))
        .faults(FaultPlan::rough(40));
    let bureau = if automatic { bureau.automatic_red() } else { bureau };
    bureau.open(path).unwrap()
}

#[derive(Default)]
struct Shop {
    blues: BTreeMap<u8, IssueRequest>,
    forms: Vec<SampleRequest>,
}

impl Shop {
    async fn take(&mut self, bureau: &SandboxBureau, clock: &ManualClock, step: &Step) {
        match step {
            Step::Blue { key, rows, discount } => {
                let sample = rows.iter().fold(SampleRequest::new(format!("b{key}")), |sample, row| {
                    sample.line(row.0, &Money::from_fen(row.1 + 20).to_string())
                });
                let sample = if *discount { sample.discount("0.13") } else { sample };
                let request = self.blues.entry(*key).or_insert_with(|| sample.build());
                let _ = bureau.issue(&prepared(request)).await;
            }
            Step::Form { blue, reason, part } => {
                let entries: Vec<_> = bureau.issued().filter(|entry| entry.color == Color::Blue).collect();
                if entries.is_empty() {
                    return;
                }
                let entry = &entries[usize::from(*blue) % entries.len()];
                let Some(request) = self.blues.values().find(|request| *request.key() == entry.key) else {
                    return;
                };
                let (name, reason) = (format!("f{}", self.forms.len()), format!("0{reason}"));
                let form = SampleRequest::red_of(name, request, &entry.number, &reason);
                let form = form.rows(|rows| {
                    for row in rows.iter_mut().filter(|_| reason == "04") {
                        let share = |amount: Money| Money::from_fen(amount.fen() / part);
                        (row.net, row.tax) = (share(row.net), share(row.tax));
                        row.gross = row.net.checked_add(row.tax).unwrap();
                    }
                    if reason == "02" && *part > 1 {
                        rows.truncate(1);
                    }
                });
                let _ = bureau.apply_red(&prepared(&form.clone().build())).await;
                self.forms.push(form);
            }
            Step::Red { form } => {
                if self.forms.is_empty() {
                    return;
                }
                // Mostly the latest.
                let index = self.forms.len() - 1 - usize::from(*form % 4) % self.forms.len();
                let mut red = self.forms[index].clone();
                if let Ok(Some(found)) = bureau.query_confirmation(&key(&format!("f{index}"))).await {
                    red = red.confirmed(format!("r{index}"), found.number);
                }
                let _ = bureau.issue_red(&prepared(&red.build())).await;
            }
            Step::Buyer { confirms } => {
                for open in bureau.open_confirmations() {
                    let _ = match confirms {
                        true => bureau.buyer_confirms(&open.number),
                        false => bureau.buyer_refuses(&open.number),
                    };
                }
            }
            Step::Withdraw { form } => {
                let _ = bureau.withdraw_confirmation(&key(&format!("f{form}"))).await;
            }
            Step::Wait { hours } => clock.advance(Duration::from_secs(hours * 3600)),
            Step::Query { key: name } => {
                let _ = bureau.query(&key(&format!("b{name}"))).await;
            }
        }
    }
}

async fn audit(bureau: &SandboxBureau) {
    let entries: Vec<IssuedEntry> = bureau.issued().collect();
    let mut numbers: Vec<_> = entries.iter().map(|entry| &entry.number).collect();
    numbers.sort();
    numbers.dedup();
    assert_eq!(numbers.len(), entries.len(), "a number was given twice");
    for entry in &entries {
        assert_eq!(entry.net.checked_add(entry.tax), Some(entry.gross));
        if bureau.capabilities().can(Capability::Idempotent) {
            assert_eq!(bureau.invoices_of(&entry.key), 1, "{}", entry.key);
        }
        if entry.color == Color::Blue {
            let mut left = (entry.net, entry.tax);
            for red in entries.iter().filter(|red| red.blue.as_ref() == Some(&entry.number)) {
                left = (left.0.checked_add(red.net).unwrap(), left.1.checked_add(red.tax).unwrap());
            }
            assert!(!left.0.is_negative() && !left.1.is_negative(), "{} is over-reversed", entry.number);
            let rows = bureau.rows_left(&entry.number);
            let sums = (rows.iter().map(|row| row.net).sum(), rows.iter().map(|row| row.tax).sum());
            assert_eq!(sums, left);
            for row in rows {
                assert!(!row.net.is_negative() && !row.tax.is_negative());
                assert!(
                    row.quantity.is_none_or(|quantity| !quantity.is_sign_negative() || quantity.is_zero())
                );
            }
        }
    }
    let credit = bureau.credit_line(SAMPLE_SELLER).await.unwrap();
    let available = credit.available.unwrap();
    assert!(!available.is_negative() && available <= credit.total.unwrap(), "{credit:?}");
}

/// All that can be seen of a bureau from outside.
async fn picture(bureau: &SandboxBureau) -> String {
    bureau.set_faults(FaultPlan::none());
    let entries: Vec<IssuedEntry> = bureau.issued().collect();
    let mut text = format!("{entries:?}{:?}", bureau.credit_line(SAMPLE_SELLER).await.unwrap());
    for index in 0..80 {
        for letter in ["b", "f", "r"] {
            let key = key(&format!("{letter}{index}"));
            text += &format!("{:?}", bureau.query(&key).await.unwrap_or(QueryAnswer::NotFound));
            text += &format!("{:?}", bureau.query_confirmation(&key).await.unwrap_or_default());
        }
    }
    let left: Vec<_> = entries.iter().map(|entry| bureau.rows_left(&entry.number)).collect();
    text + &format!("{left:?}{:?}", bureau.open_confirmations())
}

#[test]
fn the_books_add_up_and_survive_the_process() {
    let config = ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() };
    let days = (personality(), proptest::collection::vec(step(), 1..80), 0_usize..80);
    let reds = Cell::new(0);
    let run = TestRunner::new(config).run(&days, |(personality, steps, restart)| {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("bureau.jsonl");
            let clock = clock();
            let mut bureau = open(personality, &clock, &path);
            let mut shop = Shop::default();
            for (index, step) in steps.iter().enumerate() {
                shop.take(&bureau, &clock, step).await;
                if index == restart {
                    drop(bureau);
                    bureau = open(personality, &clock, &path);
                }
                audit(&bureau).await;
            }
            // What is locked for a while lives in the process only; let it run out before comparing.
            clock.advance(Duration::from_secs(3600));
            reds.set(reds.get() + bureau.totals().red_count);
            let before = picture(&bureau).await;
            drop(bureau);
            let bureau = open(personality, &clock, &path);
            assert_eq!(picture(&bureau).await, before);
            drop(bureau);
            cut_everywhere(personality, &clock, &path).await;
        });
        Ok(())
    });
    run.unwrap();
    assert!(reds.get() > 30, "only {} red invoices: the days are too dull", reds.get());
}

/// Any prefix of the last record opens as if it had not been written.
async fn cut_everywhere(personality: Personality, clock: &Arc<ManualClock>, path: &Path) {
    let whole = std::fs::read(path).unwrap();
    let starts: Vec<usize> =
        whole.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at + 1).collect();
    let [.., last, _end] = starts.as_slice() else { return };
    std::fs::write(path, &whole[..*last]).unwrap();
    let without = picture(&open(personality, clock, path)).await;
    for cut in (last + 1..whole.len()).step_by(97).chain([whole.len() - 1]) {
        std::fs::write(path, &whole[..cut]).unwrap();
        let bureau = open(personality, clock, path);
        assert_eq!(picture(&bureau).await, without, "cut at {cut}");
        audit(&bureau).await;
    }
}
