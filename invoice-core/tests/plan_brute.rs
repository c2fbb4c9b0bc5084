//! Every order of up to five lines, over three limits and four row caps, against all ways to lay it out.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops where it is wrong")]

use std::collections::HashSet;

use invoice_core::limits::{Bound, InvoiceLimit};
use invoice_core::money::Money;
use invoice_core::plan::certificate::CheckedSplit;
use invoice_core::plan::split::{SplitLine, SplitPolicy, split};
use invoice_core::tax::{TaxRate, Treatment};
use rust_decimal::Decimal;

/// A line of some fen in some units, or one that can be cut anywhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Kind {
    fen: i64,
    units: Option<i64>,
}

const KINDS: [Kind; 6] = [
    Kind { fen: 2, units: None },
    Kind { fen: 5, units: None },
    Kind { fen: 3, units: Some(1) },
    Kind { fen: 6, units: Some(2) },
    Kind { fen: 5, units: Some(3) },
    Kind { fen: 4, units: Some(1) },
];
const LIMITS: [i64; 3] = [4, 6, 7];
const ROWS: [Option<u32>; 4] = [None, Some(1), Some(2), Some(3)];

/// Most lines of an order.
const LINES: usize = 5;

/// How many steps of each line are on an invoice so far.
type State = [u8; LINES];

/// What the first so many steps of a line come to, by their number: its units where the largest fits, else its fen.
fn steps(kind: Kind, limit: i64) -> Vec<i64> {
    let steps = kind.units.filter(|units| (kind.fen + units - 1) / units <= limit).unwrap_or(kind.fen);
    // Halves up.
    (0..=steps).map(|position| (2 * kind.fen * position + steps) / (2 * steps)).collect()
}

/// The fewest invoices, by trying everything: all contents of the first invoice, then of the second, and so on.
fn fewest(kinds: &[Kind], limit: i64, rows: Option<u32>) -> usize {
    let all = All {
        sizes: kinds.iter().map(|kind| steps(*kind, limit)).collect(),
        like_next: kinds.windows(2).map(|pair| pair[0] == pair[1]).chain([false]).collect(),
    };
    let mut done = [0; LINES];
    for (at, sizes) in all.sizes.iter().enumerate() {
        done[at] = u8::try_from(sizes.len() - 1).unwrap();
    }
    let (mut known, mut states) = (HashSet::from([[0; LINES]]), vec![[0; LINES]]);
    for count in 1.. {
        let mut next = Vec::new();
        for state in states {
            all.extend(state, 0, (limit, rows.map_or(i64::MAX, i64::from)), &mut |after| {
                if known.insert(after) {
                    next.push(after);
                }
            });
        }
        if known.contains(&done) {
            return count;
        }
        states = next;
    }
    unreachable!()
}

struct All {
    /// By line, what its first steps come to.
    sizes: Vec<Vec<i64>>,
    /// Whether a line is as the next is: lines come sorted.
    like_next: Vec<bool>,
}

impl All {
    /// Every way to go on with one more invoice.
    fn extend(&self, state: State, at: usize, (room, rows): (i64, i64), each: &mut impl FnMut(State)) {
        let Some(sizes) = self.sizes.get(at) else {
            return each(self.canonical(state));
        };
        self.extend(state, at + 1, (room, rows), each);
        let from = usize::from(state[at]);
        for to in from + 1..sizes.len() {
            let part = sizes[to] - sizes[from];
            if part > room || rows == 0 {
                break;
            }
            // No part is without an amount.
            if part > 0 {
                let mut after = state;
                after[at] = u8::try_from(to).unwrap();
                self.extend(after, at + 1, (room - part, rows - 1), each);
            }
        }
    }

    /// Equal lines are interchangeable.
    fn canonical(&self, mut state: State) -> State {
        let mut from = 0;
        for at in 0..self.sizes.len() {
            if !self.like_next[at] {
                state[from..=at].sort_unstable();
                from = at + 1;
            }
        }
        state
    }
}

fn planned(kinds: &[Kind], limit: i64, rows: Option<u32>) -> (usize, usize) {
    let lines: Vec<SplitLine> = kinds
        .iter()
        .map(|kind| {
            let code = "1060201010000000000".parse().unwrap();
            let amount = Money::from_fen(kind.fen);
            let line = SplitLine::new(code, TaxRate::ZERO, Treatment::Exempt, amount, Money::ZERO).unwrap();
            kind.units.map_or(line, |units| line.with_quantity(Decimal::from(units)))
        })
        .collect();
    let limit = InvoiceLimit::net_below(Money::from_fen(limit)).with_bound(Bound::Inclusive);
    let mut policy = SplitPolicy::new().with_limit(limit);
    if let Some(rows) = rows {
        policy = policy.with_max_rows(rows);
    }
    let plan = split(&lines, &policy).unwrap();
    let plan = CheckedSplit::new(&lines, &policy, plan).unwrap().into_plan();
    (plan.invoices().len(), plan.lower_bound() as usize)
}

fn enumerate(most: usize, from: usize, kinds: &mut Vec<Kind>, each: &mut impl FnMut(&[Kind])) {
    if !kinds.is_empty() {
        each(kinds);
    }
    if kinds.len() < most {
        for (at, kind) in KINDS.iter().enumerate().skip(from) {
            kinds.push(*kind);
            enumerate(most, at, kinds, each);
            kinds.pop();
        }
    }
}

fn compare(most: usize) -> (usize, usize) {
    let (mut cases, mut tight) = (0, 0);
    let mut wrong = Vec::new();
    enumerate(most, 0, &mut Vec::new(), &mut |kinds| {
        let backwards: Vec<Kind> = kinds.iter().rev().copied().collect();
        for (limit, rows) in LIMITS.into_iter().flat_map(|limit| ROWS.map(|rows| (limit, rows))) {
            let best = fewest(kinds, limit, rows);
            for kinds in [kinds, &backwards] {
                let (count, bound) = planned(kinds, limit, rows);
                assert!(bound <= best, "{kinds:?} below {limit} with {rows:?}: bound {bound}, best {best}");
                // The bound that is proved for whole units, without and with a row cap.
                assert!(rows.is_some() || 2 * count <= 4 * bound, "{kinds:?} below {limit}");
                if count != best {
                    wrong.push(format!("{kinds:?} below {limit} with {rows:?}: {count}, best {best}"));
                }
                cases += 1;
                tight += usize::from(bound == best);
            }
        }
    });
    assert!(wrong.is_empty(), "{} of {cases}:\n{}", wrong.len(), wrong[..wrong.len().min(20)].join("\n"));
    (cases, tight)
}

#[test]
fn every_order_of_up_to_five_lines_is_split_into_the_fewest_invoices() {
    let (cases, tight) = compare(LINES);
    assert!(cases > 11_000 && tight * 10 > cases * 7, "{tight} of {cases}");
}
