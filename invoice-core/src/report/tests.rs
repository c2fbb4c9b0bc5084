//! Books that agree hold; any single fen changed on either side is found, and the order named.

use chrono::DateTime;
use proptest::prelude::*;
use rust_decimal::Decimal;
use serde_json::Value;

use super::{Amounts, Reconciliation, Told};
use crate::id::{ApplicationId, BuyerId, InvoiceId, LineId, OrderId, RefundId, SellerId};
use crate::ledger::{Balance, BalanceChange, LineOpening, LineShare, RefundedLine, Share};
use crate::money::Money;
use crate::money::rounding::net_of_gross;
use crate::order::Payment;
use crate::plan::red::RedReason;
use crate::tax::TaxRate;

/// What happened to one line, gross in fen: what is red, being taken back, held, issued and kept, and given back.
#[derive(Debug, Clone)]
struct Story {
    percent: u32,
    red: i64,
    reversing: i64,
    held: i64,
    issued: i64,
    refunded: i64,
    open: i64,
}

fn fen(amount: i64) -> Money {
    Money::from_fen(amount)
}

fn share(percent: u32, gross: i64) -> Share {
    let net = net_of_gross(fen(gross), TaxRate::percent(percent).unwrap());
    Share { quantity: Decimal::ZERO, net, tax: fen(gross - net.fen()), gross: fen(gross) }
}

fn told(shares: &[Share]) -> Amounts {
    let mut amounts = Amounts::default();
    shares.iter().for_each(|share| amounts.add(*share));
    amounts
}

/// The account of an order, and what orders, applications and invoices say of it.
fn books(number: usize, lines: &[Story]) -> (Balance, Vec<Told>) {
    let order = OrderId::new(format!("O-{number}")).unwrap();
    let payable = |line: &Story| line.held + line.issued + line.refunded + line.open;
    let opening = (0..).zip(lines).map(|(index, line): (u32, _)| LineOpening {
        line: LineId::new(index.to_string()).unwrap(),
        rate: TaxRate::percent(line.percent).unwrap(),
        quantity: Decimal::ONE,
        payable: fen(payable(line)),
    });
    let each = |of: &dyn Fn(&Story) -> i64| -> Vec<LineShare> {
        let shares = (0..).zip(lines).map(|(line, story)| (line, share(story.percent, of(story))));
        shares.map(|(line, share)| LineShare { line, share }).collect()
    };
    let back = (0..).zip(lines).map(|(line, story)| RefundedLine {
        line,
        amount: fen(story.refunded),
        excluded: Money::ZERO,
        quantity: Decimal::ZERO,
    });
    let posted = |story: &Story| story.issued + story.red + story.reversing;
    let application = ApplicationId::new("A").unwrap();
    let held = |shares| BalanceChange::Reserved { application, shares };
    let total = lines.iter().map(payable).sum();
    let mut balance = None;
    for change in [
        BalanceChange::Opened {
            seller: SellerId::new("S").unwrap(),
            buyer: BuyerId::new("B").unwrap(),
            lines: opening.collect(),
        },
        BalanceChange::Paid {
            payment: Payment::money(DateTime::UNIX_EPOCH, fen(total)),
            excluded: vec![Money::ZERO; lines.len()],
        },
        BalanceChange::Refunded {
            refund: RefundId::new("R").unwrap(),
            reason: RedReason::Returned,
            lines: back.collect(),
        },
        held(each(&posted)),
        BalanceChange::Posted { invoice: InvoiceId::new("I").unwrap(), shares: each(&posted) },
        BalanceChange::Reserved {
            application: ApplicationId::new("A").unwrap(),
            shares: each(&|story| story.held),
        },
        BalanceChange::Reversing { invoice: InvoiceId::new("J").unwrap(), shares: each(&|story| story.red) },
        BalanceChange::Reversed { invoice: InvoiceId::new("J").unwrap(), shares: each(&|story| story.red) },
        BalanceChange::Reversing {
            invoice: InvoiceId::new("K").unwrap(),
            shares: each(&|story| story.reversing),
        },
    ] {
        balance = Balance::evolve(balance, &order, &change);
    }
    let tell = |story: &Story| Told {
        held: told(&[share(story.percent, story.held)]),
        invoiced: told(&[share(story.percent, posted(story))]),
        reversing: told(&[share(story.percent, story.reversing)]),
        red: told(&[share(story.percent, story.red)]),
        payable: Some(fen(payable(story))),
        refunded: Some(fen(story.refunded)),
    };
    (balance.unwrap(), lines.iter().map(tell).collect())
}

fn stories() -> impl Strategy<Value = Vec<Vec<Story>>> {
    let amount = || prop_oneof![1 => Just(0_i64), 3 => 1_i64..100_000];
    let percent = prop::sample::select(vec![13_u32, 9, 6]);
    let line = (percent, amount(), amount(), amount(), amount(), amount(), amount()).prop_map(
        |(percent, red, reversing, held, issued, refunded, open)| Story {
            percent,
            red,
            reversing,
            held,
            issued,
            refunded,
            open,
        },
    );
    prop::collection::vec(prop::collection::vec(line, 1..6), 1..8)
}

fn reconciled(books: &[(Balance, Vec<Told>)]) -> Reconciliation {
    let mut proof = Reconciliation::default();
    books.iter().for_each(|(balance, told)| proof.add(balance, told));
    proof
}

/// Moves an amount of what is told by a fen.
fn move_told(told: &mut Told, which: usize, by: i64) {
    let amounts = [&mut told.held, &mut told.invoiced, &mut told.reversing, &mut told.red];
    if let Some(amounts) = amounts.into_iter().nth(which / 2) {
        let amount = if which.is_multiple_of(2) { &mut amounts.net } else { &mut amounts.tax };
        *amount = fen(amount.fen() + by);
        return;
    }
    let fact = if which == 8 { &mut told.payable } else { &mut told.refunded };
    *fact = fact.map(|amount| fen(amount.fen() + by));
}

/// Moves an amount of an account by a fen, where it is stored.
fn move_account(balance: &Balance, line: usize, which: usize, by: i64) -> Balance {
    let mut stored = serde_json::to_value(balance).unwrap();
    let line = &mut stored["lines"][line];
    let place: &mut Value = match which {
        12 => &mut line["payable"],
        13 => &mut line["refunded"],
        _ => {
            let share = ["reserved", "posted", "reversing", "reversed"][which / 3];
            if line[share].is_null() {
                line[share] = serde_json::to_value(Share::ZERO).unwrap();
            }
            &mut line[share][["n", "t", "g"][which % 3]]
        }
    };
    // Zero is not stored.
    let amount: Money = place.as_str().unwrap_or("0").parse().unwrap();
    *place = Value::String(fen(amount.fen() + by).to_string());
    serde_json::from_value(stored).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn books_that_agree_hold_and_the_totals_are_the_identity(stories in stories()) {
        let books: Vec<_> = stories.iter().enumerate().map(|(number, lines)| books(number, lines)).collect();
        let proof = reconciled(&books);
        prop_assert_eq!(&proof.broken, &None);
        prop_assert_eq!(proof.orders, u64::try_from(stories.len()).unwrap());
        for (rate, totals) in &proof.rates {
            let at_rate = || {
                stories.iter().flatten().filter(|line| TaxRate::percent(line.percent).unwrap() == *rate)
            };
            let sum = |of: fn(&Story) -> i64| at_rate().map(|line| i128::from(of(line))).sum::<i128>();
            let left = totals.paid - totals.excluded - totals.refunded;
            let right = totals.invoiced - totals.red + totals.held + totals.open - totals.excess;
            prop_assert_eq!(left, right);
            prop_assert_eq!(totals.red, sum(|line| line.red));
            prop_assert_eq!(totals.held, sum(|line| line.held));
            prop_assert_eq!(totals.open - totals.excess, sum(|line| line.open - line.reversing));
            prop_assert_eq!(totals.refunded, sum(|line| line.refunded));
        }
    }

    #[test]
    fn any_single_fen_changed_is_found_and_the_order_named(
        stories in stories(),
        (order, line) in (any::<prop::sample::Index>(), any::<prop::sample::Index>()),
        (which, by) in (0_usize..24, prop_oneof![Just(1_i64), Just(-1)]),
    ) {
        let mut books: Vec<_> =
            stories.iter().enumerate().map(|(number, lines)| books(number, lines)).collect();
        let order = order.index(books.len());
        let line = line.index(stories[order].len());
        if which < 14 {
            books[order].0 = move_account(&books[order].0, line, which, by);
        } else {
            move_told(&mut books[order].1[line], which - 14, by);
        }
        let broken = reconciled(&books).broken;
        let broken = broken.ok_or_else(|| TestCaseError::fail(format!("{which} by {by} was not found")))?;
        prop_assert_eq!(broken.order.as_str(), format!("O-{order}"));
        prop_assert!(broken.why.starts_with(&format!("line {line}: ")), "{}", broken.why);
    }
}

/// Each thing that can be wrong has its own words, and the first order is the one that is named.
#[test]
fn what_is_wrong_is_said() {
    let story = || Story { percent: 13, red: 0, reversing: 0, held: 0, issued: 11_300, refunded: 0, open: 0 };
    let (balance, told) = books(7, &[story()]);
    let why = |told: &[Told]| {
        let mut proof = Reconciliation::default();
        proof.add(&balance, told);
        proof.broken.map(|broken| broken.why)
    };
    assert_eq!(why(&told), None);
    let changed = |change: fn(&mut Told)| {
        let mut told = told.clone();
        change(&mut told[0]);
        why(&told).unwrap()
    };
    assert_eq!(
        changed(|told| told.invoiced.tax = fen(1_299)),
        "line 0: invoiced, 100.00 + 13.00 = 113.00 in the account and 100.00 + 12.99 by applications and invoices"
    );
    assert_eq!(
        changed(|told| told.payable = Some(fen(11_299))),
        "line 0: it costs 113.00 in the account and 112.99 in the order"
    );
    assert_eq!(
        changed(|told| told.refunded = Some(fen(1))),
        "line 0: 0.00 given back in the account and 0.01 by refunds"
    );
    assert_eq!(why(&[]).unwrap(), "1 lines in the account, 0 are told of");
    assert_eq!(why(&[told[0], told[0]]).unwrap(), "1 lines in the account, 2 are told of");
    // A refund of what is invoiced, and no red invoice under way.
    let (mut over, told) = books(8, &[Story { refunded: 100, ..story() }]);
    over = move_account(&over, 0, 12, -100);
    let mut proof = Reconciliation::default();
    proof.add(&over, &[Told { payable: None, ..told[0] }]);
    assert_eq!(proof.broken.unwrap().why, "line 0: 1.00 invoiced too much and no red invoice under way");
    assert_eq!(proof.rates[&TaxRate::percent(13).unwrap()].excess, 100);
}
