//! Which of the choices are taken.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::options::{Choice, Names, Options, options};
use super::{LeftReason, Match, MatchPolicy, Matching, Open, Payment};

/// A group is searched through when it has at most so many payments, and at most so many ways were looked at.
const SMALL: usize = 12;
const WAYS: usize = 200_000;

/// How often what is left is gone through again, where a round could not look at everything.
const ROUNDS: usize = 32;

/// Finds which payments pay which invoices. Amounts are exact; every invoice and every payment is used at most once; the
/// same input in another order gives the same matches, when numbers and rows are unique.
#[must_use]
pub fn match_payments(payments: &[Payment], open: &[Open], policy: &MatchPolicy) -> Matching {
    let mut order: Vec<usize> = (0..open.len()).collect();
    order.sort_by_key(|place| open.get(*place).map(|invoice| (invoice.date, invoice.id.as_str())));
    let mut turns: Vec<usize> = (0..payments.len()).collect();
    turns.sort_by_key(|place| payments.get(*place).map(|payment| (payment.date, payment.row)));
    let mut names = Names::new();
    let mut matching = Matching::default();
    let mut left: BTreeMap<usize, LeftReason> = BTreeMap::new();
    for _ in 0..ROUNDS {
        let mut all: BTreeMap<usize, Options> = BTreeMap::new();
        for place in &turns {
            if let Some(payment) = payments.get(*place) {
                all.insert(*place, options(payment, open, &order, policy, &mut names));
            }
        }
        let (mut used, mut matched) = (BTreeSet::new(), BTreeSet::new());
        for group in groups(&turns, &all) {
            for (payment, choice) in exact(&group, &all).unwrap_or_else(|| greedy(&group, &all)) {
                used.extend(choice.invoices.iter().copied());
                matched.insert(payment);
                matching.matches.push(Match { payment, invoices: choice.invoices.clone(), why: choice.why });
            }
        }
        order.retain(|place| !used.contains(place));
        turns.retain(|place| !matched.contains(place));
        for place in &turns {
            let reason = all.get(place).map_or(LeftReason::NoParty, |options| match options.reason {
                LeftReason::NoAmount if !options.choices.is_empty() => LeftReason::Taken,
                reason => reason,
            });
            // What was taken in an earlier round looks like nothing in a later one.
            left.entry(*place).and_modify(|known| *known = (*known).max(reason)).or_insert(reason);
        }
        let cut = |place: &usize| all.get(place).is_some_and(|options| options.reason == LeftReason::TooMany);
        if matched.is_empty() || !turns.iter().any(cut) {
            break;
        }
    }
    matching.matches.sort_by_key(Match::payment);
    left.retain(|place, _| turns.contains(place));
    matching.payments_left = left.into_iter().collect();
    order.sort_unstable();
    matching.invoices_left = order;
    matching
}

/// Payments that could pay a common invoice, in their turn.
fn groups(turns: &[usize], all: &BTreeMap<usize, Options>) -> Vec<Vec<usize>> {
    let mut group_of: BTreeMap<usize, usize> = BTreeMap::new();
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for payment in turns {
        let choices = all.get(payment).map_or(&[][..], |options| &options.choices);
        let invoices: BTreeSet<usize> =
            choices.iter().flat_map(|choice| choice.invoices.iter().copied()).collect();
        let touched: BTreeSet<usize> =
            invoices.iter().filter_map(|invoice| group_of.get(invoice).copied()).collect();
        let home = touched.first().copied().unwrap_or(groups.len());
        if home == groups.len() {
            groups.push(Vec::new());
        }
        for other in touched.into_iter().skip(1) {
            let moved = groups.get_mut(other).map(std::mem::take).unwrap_or_default();
            if let Some(group) = groups.get_mut(home) {
                group.extend(moved);
            }
            group_of.values_mut().filter(|group| **group == other).for_each(|group| *group = home);
        }
        group_of.extend(invoices.into_iter().map(|invoice| (invoice, home)));
        if let Some(group) = groups.get_mut(home) {
            group.push(*payment);
        }
    }
    groups
}

type Chosen<'o> = Vec<(usize, &'o Choice)>;

/// The most payments, and of these ways the likeliest; `None` when there is too much to try, or a list of choices was cut.
fn exact<'o>(group: &[usize], all: &'o BTreeMap<usize, Options>) -> Option<Chosen<'o>> {
    let cut = |payment: &usize| all.get(payment).is_some_and(|o| o.reason == LeftReason::TooMany);
    if group.len() > SMALL || group.iter().any(cut) {
        return None;
    }
    let mut search = Ways { group, all, ways: WAYS, taken: Vec::new(), used: BTreeSet::new(), best: None };
    search.go(0);
    if search.ways == 0 { None } else { search.best.map(|(_, _, chosen)| chosen) }
}

struct Ways<'g, 'o> {
    group: &'g [usize],
    all: &'o BTreeMap<usize, Options>,
    ways: usize,
    taken: Chosen<'o>,
    used: BTreeSet<usize>,
    best: Option<(usize, i64, Chosen<'o>)>,
}

impl Ways<'_, '_> {
    fn go(&mut self, turn: usize) {
        if self.ways == 0 {
            return;
        }
        self.ways -= 1;
        let possible = self.taken.len() + (self.group.len() - turn);
        if self.best.as_ref().is_some_and(|(count, ..)| possible < *count) {
            return;
        }
        let Some(payment) = self.group.get(turn) else {
            let score: i64 = self.taken.iter().map(|(_, choice)| choice.score).sum();
            // Equal ways: the first found stays, and they are found in an order of their own.
            if self.best.as_ref().is_none_or(|(count, best, _)| (*count, *best) < (self.taken.len(), score)) {
                self.best = Some((self.taken.len(), score, self.taken.clone()));
            }
            return;
        };
        let choices = self.all.get(payment).map_or(&[][..], |options| &options.choices);
        for choice in choices {
            if choice.invoices.iter().any(|invoice| self.used.contains(invoice)) {
                continue;
            }
            self.used.extend(&choice.invoices);
            self.taken.push((*payment, choice));
            self.go(turn + 1);
            self.taken.pop();
            choice.invoices.iter().for_each(|invoice| {
                self.used.remove(invoice);
            });
        }
        self.go(turn + 1);
    }
}

/// The likeliest first.
fn greedy<'o>(group: &[usize], all: &'o BTreeMap<usize, Options>) -> Chosen<'o> {
    let mut ranked: Vec<(i64, usize, usize, &Choice)> = Vec::new();
    for (turn, payment) in group.iter().enumerate() {
        let choices = all.get(payment).map_or(&[][..], |options| &options.choices);
        ranked.extend(choices.iter().map(|choice| (choice.score, turn, *payment, choice)));
    }
    ranked.sort_by_key(|(score, turn, ..)| (Reverse(*score), *turn));
    let (mut chosen, mut paid) = (Vec::new(), BTreeSet::new());
    let mut used: BTreeSet<usize> = BTreeSet::new();
    for (.., payment, choice) in ranked {
        if paid.contains(&payment) || choice.invoices.iter().any(|invoice| used.contains(invoice)) {
            continue;
        }
        paid.insert(payment);
        used.extend(&choice.invoices);
        chosen.push((payment, choice));
    }
    chosen
}
