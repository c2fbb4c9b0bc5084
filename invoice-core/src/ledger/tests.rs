//! Two actors apply, issue, fail, refund, take back and apply again, step by step between each other, on one order:
//! after every step no line is over-invoiced, the parts are the whole, and the books agree.

use std::env;

use chrono::DateTime;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use rust_decimal::Decimal;

use super::{Balance, BalanceChange, LineOpening, LineShare, RefundedLine, Share};
use crate::id::{ApplicationId, BuyerId, InvoiceId, LineId, OrderId, RefundId, SellerId};
use crate::limits::InvoiceLimit;
use crate::money::Money;
use crate::order::Payment;
use crate::plan::certificate::{CheckedSplit, check_red};
use crate::plan::red::{BlueInvoice, BluePart, BlueRow, Flushed, RedDemand, RedExtent, RedReason, plan_red};
use crate::plan::split::{SplitLine, SplitPolicy, split};
use crate::report::{Reconciliation, Told};
use crate::tax::{TaxRate, Treatment};

const REASON: RedReason = RedReason::Allowance;

fn fen(amount: i64) -> Money {
    Money::from_fen(amount)
}

/// One line of the order: gross, per cent, and what of it was paid by a tender that cannot be invoiced.
type Sold = (i64, u32, i64);

/// What one actor does next: which step, on which line, how many thousandths of what is there, and whether it works out.
#[derive(Debug, Clone, Copy)]
struct Deed {
    actor: usize,
    step: u8,
    line: usize,
    thousandths: i64,
    succeeds: bool,
}

/// A red invoice under way: its blue invoice and what it takes, by line.
struct Red {
    blue: usize,
    shares: Vec<LineShare>,
}

struct World {
    order: OrderId,
    balance: Balance,
    rates: Vec<TaxRate>,
    /// What each actor has applied for and not heard of.
    waiting: [Vec<LineShare>; 2],
    blues: Vec<Vec<BluePart>>,
    reds: Vec<Red>,
    /// Σ blue and Σ red, by line.
    totals: Vec<(Share, Share)>,
}

fn world(lines: &[Sold]) -> World {
    let order = OrderId::new("O").unwrap();
    let rates: Vec<TaxRate> = lines.iter().map(|line| TaxRate::percent(line.1).unwrap()).collect();
    let opening = lines.iter().enumerate().map(|(at, &(gross, percent, _))| LineOpening {
        line: LineId::new(at.to_string()).unwrap(),
        rate: TaxRate::percent(percent).unwrap(),
        quantity: Decimal::ONE,
        payable: fen(gross),
    });
    let opened = BalanceChange::Opened {
        seller: SellerId::new("S").unwrap(),
        buyer: BuyerId::new("B").unwrap(),
        lines: opening.collect(),
    };
    let balance = Balance::evolve(None, &order, &opened).unwrap();
    let totals = vec![(Share::ZERO, Share::ZERO); lines.len()];
    let mut world =
        World { order, balance, rates, waiting: [vec![], vec![]], blues: vec![], reds: vec![], totals };
    world.fold(&BalanceChange::Paid {
        payment: Payment::money(DateTime::UNIX_EPOCH, lines.iter().map(|line| fen(line.0)).sum()),
        excluded: lines.iter().map(|line| fen(line.2)).collect(),
    });
    world
}

impl World {
    fn fold(&mut self, change: &BalanceChange) {
        self.balance = Balance::evolve(Some(self.balance.clone()), &self.order, change).unwrap();
    }

    fn step(&mut self, deed: Deed) {
        let line = deed.line % self.rates.len();
        let part = |of: Money| fen(of.fen() * deed.thousandths / 1_000);
        let application = ApplicationId::new("A").unwrap();
        match deed.step {
            0 | 1 => {
                let account = &self.balance.lines()[line];
                let Ok(share) = account.share_of(&self.order, part(account.free())) else { return };
                let share = LineShare { line: u32::try_from(line).unwrap(), share };
                self.fold(&BalanceChange::Reserved { application, shares: vec![share] });
                self.waiting[deed.actor].push(share);
            }
            2 => {
                let waiting = &mut self.waiting[deed.actor];
                if waiting.is_empty() {
                    return;
                }
                let share = waiting.remove(0);
                if deed.succeeds {
                    self.issue(share);
                } else {
                    self.fold(&BalanceChange::Released { application, shares: vec![share] });
                }
            }
            3 => {
                let amount = part(self.balance.lines()[line].refundable());
                self.refund(line, amount);
            }
            _ => {
                if self.reds.is_empty() {
                    return;
                }
                let red = self.reds.remove(line % self.reds.len());
                self.answer(red, deed.succeeds);
            }
        }
    }

    /// The bureau issues what a share is split into.
    fn issue(&mut self, share: LineShare) {
        let of = share.share;
        let rate = self.rates[share.line as usize];
        let code = "1040201990000000000".parse().unwrap();
        let line = SplitLine::new(code, rate, Treatment::Standard, of.gross, Money::ZERO).unwrap();
        let lines = [line.with_net(of.net).unwrap()];
        let policy = SplitPolicy::new().with_limit(InvoiceLimit::net_below(fen(30_000)));
        let checked = CheckedSplit::new(&lines, &policy, split(&lines, &policy).unwrap()).unwrap();
        let mut left = of;
        for invoice in checked.plan().invoices() {
            let quantity = if left.gross == invoice.gross() { left.quantity } else { Decimal::ZERO };
            let posted = Share { quantity, net: invoice.net(), tax: invoice.tax(), gross: invoice.gross() };
            left = left.checked_sub(posted).unwrap();
            let shares = vec![LineShare { line: share.line, share: posted }];
            self.fold(&BalanceChange::Posted { invoice: InvoiceId::new("I").unwrap(), shares });
            self.totals[share.line as usize].0.add(posted);
            self.blues.push(vec![BluePart::new(share.line, None, posted.net, posted.tax, posted.gross)]);
        }
        assert!(left.is_zero(), "the invoices are the share");
    }

    fn refund(&mut self, line: usize, amount: Money) {
        if amount.is_zero() {
            return;
        }
        let excluded = self.balance.lines()[line].excluded_part(amount);
        let back =
            RefundedLine { line: u32::try_from(line).unwrap(), amount, excluded, quantity: Decimal::ZERO };
        let refund = RefundId::new("R").unwrap();
        self.fold(&BalanceChange::Refunded { refund, reason: REASON, lines: vec![back] });
        self.settle(line);
    }

    /// What waits is given up before anything is taken back.
    fn settle(&mut self, line: usize) {
        let application = || ApplicationId::new("A").unwrap();
        for actor in 0..2 {
            while self.balance.lines()[line].excess().is_positive()
                && let Some(at) = self.waiting[actor].iter().position(|share| share.line as usize == line)
            {
                let share = self.waiting[actor].remove(at);
                self.fold(&BalanceChange::Released { application: application(), shares: vec![share] });
            }
        }
        let gross = self.balance.lines()[line].excess();
        if gross.is_zero() {
            return;
        }
        let rows = |parts: &Vec<BluePart>| BlueInvoice::new(vec![BlueRow::new(1, None, parts.clone())]);
        let blues: Vec<BlueInvoice> = self.blues.iter().map(rows).collect();
        let demands = [RedDemand { line: u32::try_from(line).unwrap(), gross, quantity: None }];
        let plan = plan_red(&blues, &demands, REASON, RedExtent::Minimal).unwrap();
        check_red(&blues, &demands, REASON, RedExtent::Minimal, &plan).unwrap();
        assert!(plan.unmet().is_empty(), "what is invoiced too much is on some invoice");
        for form in plan.forms() {
            let blue = form.blue as usize;
            let part = form.rows[0].parts[0];
            let share = Share { quantity: Decimal::ZERO, net: part.net, tax: part.tax, gross: part.gross };
            let shares = vec![LineShare { line: part.line, share }];
            self.flush(blue, share, 1);
            self.fold(&BalanceChange::Reversing {
                invoice: InvoiceId::new("J").unwrap(),
                shares: shares.clone(),
            });
            self.reds.push(Red { blue, shares });
        }
    }

    fn flush(&mut self, blue: usize, share: Share, sign: i64) {
        let part = &mut self.blues[blue][0];
        let moved = |amount: Money, by: Money| fen(amount.fen() + sign * by.fen());
        let Flushed { quantity, net, tax, gross } = part.flushed;
        part.flushed = Flushed {
            quantity,
            net: moved(net, share.net),
            tax: moved(tax, share.tax),
            gross: moved(gross, share.gross),
        };
    }

    /// The bureau has issued a red invoice, or never will.
    fn answer(&mut self, red: Red, succeeds: bool) {
        let (invoice, shares) = (InvoiceId::new("J").unwrap(), red.shares.clone());
        let LineShare { line, share } = red.shares[0];
        if succeeds {
            self.totals[line as usize].1.add(share);
            self.fold(&BalanceChange::Reversed { invoice, shares });
        } else {
            self.flush(red.blue, share, -1);
            self.fold(&BalanceChange::ReversalDropped { invoice, shares });
            self.settle(line as usize);
        }
    }

    /// Invariants 1, 2 and 5.
    fn holds(&self) -> Result<(), TestCaseError> {
        let mut told = vec![Told::default(); self.rates.len()];
        for share in self.waiting.iter().flatten() {
            told[share.line as usize].held.add(share.share);
        }
        for red in self.reds.iter().flat_map(|red| &red.shares) {
            told[red.line as usize].reversing.add(red.share);
        }
        for ((line, told), (blue, red)) in self.balance.lines().iter().zip(&mut told).zip(&self.totals) {
            told.invoiced.add(*blue);
            told.red.add(*red);
            let (taken, under_way) = (line.taken().gross.fen(), line.reversing().gross.fen());
            prop_assert!(taken - under_way <= line.entitled().fen(), "over-invoiced");
        }
        let mut proof = Reconciliation::default();
        proof.add(&self.balance, &told);
        prop_assert_eq!(proof.broken, None);
        Ok(())
    }
}

fn deeds() -> impl Strategy<Value = (Vec<Sold>, Vec<Deed>)> {
    let line = (2_i64..90_000, prop::sample::select(vec![0_u32, 1, 3, 6, 9, 13]), 0_i64..3);
    let line = line.prop_map(|(gross, percent, excluded)| (gross, percent, gross * excluded / 5));
    let deed = (0_usize..2, 0_u8..6, 0_usize..3, prop_oneof![1_i64..=1_000, Just(1_000)], any::<bool>());
    let deed = deed.prop_map(|(actor, step, line, thousandths, succeeds)| Deed {
        actor,
        step,
        line,
        thousandths,
        succeeds,
    });
    (prop::collection::vec(line, 1..4), prop::collection::vec(deed, 1..40))
}

fn run((lines, deeds): (Vec<Sold>, Vec<Deed>)) -> Result<(), TestCaseError> {
    let mut world = world(&lines);
    for deed in deeds {
        world.step(deed);
        world.holds()?;
    }
    // Everything is refunded, and every answer comes.
    for line in 0..lines.len() {
        let rest = world.balance.lines()[line].refundable();
        world.refund(line, rest);
        world.holds()?;
    }
    while let Some(red) = world.reds.pop() {
        world.answer(red, true);
        world.holds()?;
    }
    prop_assert!(world.waiting.iter().all(Vec::is_empty));
    for (blue, red) in &world.totals {
        prop_assert_eq!((blue.net, blue.tax, blue.gross), (red.net, red.tax, red.gross));
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10_000, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn two_actors_never_over_invoice_and_all_reds_are_the_blue(case in deeds()) {
        run(case)?;
    }
}

/// The long job: see `docs/proof.md`.
#[test]
#[ignore = "long: a million cases"]
fn a_million_sequences_of_two_actors_keep_the_books() {
    let cases = env::var("PLAN_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(1_000_000);
    let config = ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() };
    TestRunner::new(config).run(&deeds(), run).unwrap();
}
