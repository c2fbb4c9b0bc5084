//! What each payment could pay.

use std::collections::BTreeMap;

use super::{LeftReason, MatchPolicy, Open, Payment, Why};
use crate::received::likeness;
use crate::search::fold;

/// Steps of the search for sums, for one payment.
const STEPS: usize = 20_000;
/// Most sets of invoices that are kept for one payment.
const MOST: usize = 64;

/// A set of invoices that sums to a payment.
#[derive(Debug, Clone)]
pub(super) struct Choice {
    /// Places among the invoices, ascending.
    pub(super) invoices: Vec<usize>,
    pub(super) why: Why,
    /// Likelier is more.
    pub(super) score: i64,
}

/// What a payment could pay.
pub(super) struct Options {
    pub(super) choices: Vec<Choice>,
    /// Why there is none, or none beside these.
    pub(super) reason: LeftReason,
}

/// An invoice that could be of a payment: its place, how alike the names are, whether it is named, the days between.
#[derive(Clone, Copy)]
struct Candidate {
    invoice: usize,
    fen: i64,
    alike: u32,
    named: bool,
    days: i64,
}

/// How alike two names are is looked up once per pair: a statement names few parties many times.
pub(super) struct Names<'a> {
    known: BTreeMap<(&'a str, &'a str), u32>,
}

impl<'a> Names<'a> {
    pub(super) const fn new() -> Self {
        Self { known: BTreeMap::new() }
    }

    fn alike(&mut self, one: &'a str, other: &'a str) -> u32 {
        *self.known.entry((one, other)).or_insert_with(|| {
            // Names of one character have no pairs to compare.
            if fold(one) == fold(other) && !fold(one).is_empty() { 1000 } else { likeness(one, other) }
        })
    }
}

/// Everything a payment could pay. `order` lists the invoices by day and number, so that the same input in another order
/// gives the same choices.
pub(super) fn options<'a>(
    payment: &'a Payment,
    open: &'a [Open],
    order: &[usize],
    policy: &MatchPolicy,
    names: &mut Names<'a>,
) -> Options {
    let remark: String = payment.remark.chars().filter(|c| !c.is_whitespace()).collect();
    let mut candidates = Vec::new();
    for place in order {
        let Some(invoice) = open.get(*place) else { continue };
        let between = payment.date - invoice.date;
        let in_time = between <= policy.invoice_before && -between <= policy.invoice_after;
        // Money goes one way, and comes back for red invoices only.
        let (fen, whole) = (invoice.gross.fen(), payment.amount.fen());
        if !in_time || fen == 0 || fen.signum() != whole.signum() || fen.abs() > whole.abs() {
            continue;
        }
        let named = names_number(&remark, &invoice.id);
        let alike = names.alike(&payment.party, &invoice.party);
        if named || alike >= policy.alike {
            candidates.push(Candidate { invoice: *place, fen, alike, named, days: between.num_days().abs() });
        }
    }
    if candidates.is_empty() {
        return Options { choices: Vec::new(), reason: LeftReason::NoParty };
    }
    let mut search = Search {
        candidates: &candidates,
        rest: rests(&candidates),
        steps: STEPS,
        found: Vec::new(),
        most: policy.most,
    };
    search.go(0, payment.amount.fen(), &mut Vec::new());
    let cut = search.steps == 0 || search.found.len() >= MOST;
    // What the remark names is a choice, however many other sums there are.
    let named: Vec<Candidate> = candidates.iter().filter(|candidate| candidate.named).copied().collect();
    let sum = named.iter().try_fold(0_i64, |sum, candidate| sum.checked_add(candidate.fen));
    let same =
        |found: &Vec<Candidate>| found.iter().map(|of| of.invoice).eq(named.iter().map(|of| of.invoice));
    let whole = (1..=policy.most).contains(&named.len()) && sum == Some(payment.amount.fen());
    if whole && !search.found.iter().any(same) {
        search.found.insert(0, named);
    }
    let reason = if cut { LeftReason::TooMany } else { LeftReason::NoAmount };
    let others = search.found.len().saturating_sub(1);
    let choices = search.found.iter().map(|set| choice(set, others)).collect();
    Options { choices, reason }
}

/// Whether a remark gives an invoice's number; of one with a code, the eight digits behind it do.
fn names_number(remark: &str, id: &str) -> bool {
    let number = id.rsplit('-').next().unwrap_or(id);
    number.len() >= 8 && remark.contains(number)
}

fn choice(set: &[Candidate], others: usize) -> Choice {
    let count = i64::try_from(set.len()).unwrap_or(i64::MAX).max(1);
    let named = set.iter().filter(|candidate| candidate.named).count();
    let alike = set.iter().map(|candidate| candidate.alike).min().unwrap_or(0);
    let days = set.iter().map(|candidate| candidate.days).max().unwrap_or(0);
    let worth = |c: &Candidate| i64::from(c.alike) + if c.named { 2000 } else { 0 } - c.days;
    let score = set.iter().map(worth).sum::<i64>() / count - 10 * (count - 1);
    let mut invoices: Vec<usize> = set.iter().map(|candidate| candidate.invoice).collect();
    invoices.sort_unstable();
    Choice { invoices, why: Why { alike, named, days, others }, score }
}

/// What all candidates from here on come to, and the least of them: what cannot be reached any more, or was passed, is
/// not tried.
fn rests(candidates: &[Candidate]) -> Vec<(i64, i64)> {
    let mut rests: Vec<(i64, i64)> = candidates
        .iter()
        .rev()
        .scan((0_i64, i64::MAX), |(sum, least), candidate| {
            let amount = candidate.fen.saturating_abs();
            (*sum, *least) = (sum.saturating_add(amount), amount.min(*least));
            Some((*sum, *least))
        })
        .collect();
    rests.reverse();
    rests
}

/// The search for sets of candidates with a given sum, in the order of candidates.
struct Search<'c> {
    candidates: &'c [Candidate],
    rest: Vec<(i64, i64)>,
    steps: usize,
    found: Vec<Vec<Candidate>>,
    most: usize,
}

impl Search<'_> {
    fn go(&mut self, from: usize, left: i64, taken: &mut Vec<Candidate>) {
        if left == 0 {
            self.found.push(taken.clone());
            return;
        }
        if taken.len() == self.most {
            return;
        }
        for next in from..self.candidates.len() {
            let within = |(sum, least): &(i64, i64)| (*least..=*sum).contains(&left.saturating_abs());
            let out_of_reach = !self.rest.get(next).is_some_and(within);
            if out_of_reach || self.steps == 0 || self.found.len() >= MOST {
                return;
            }
            self.steps -= 1;
            let Some(candidate) = self.candidates.get(next).copied() else { return };
            if candidate.fen.saturating_abs() <= left.saturating_abs() {
                taken.push(candidate);
                self.go(next + 1, left - candidate.fen, taken);
                taken.pop();
            }
        }
    }
}
