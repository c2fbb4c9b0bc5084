//! The fewest blue invoices that have what is wanted of every line.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, HashSet};

/// Blue invoices chosen, and what proves that fewer would not do.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Cover {
    /// By index.
    pub(super) blues: Vec<u32>,
    pub(super) lower_bound: u32,
    pub(super) forced: Vec<u32>,
    pub(super) witness: Vec<u32>,
}

/// What is left of the problem once forced invoices are in.
struct Problem {
    /// Still wanted of each demand.
    wanted: Vec<i64>,
    /// By demand: the blue invoices, fullest first.
    of_demand: Vec<Vec<(u32, i64)>>,
    /// By blue invoice: the demands, in order.
    of_blue: HashMap<u32, Vec<(u32, i64)>>,
}

/// Chooses among `edges`, `(demand, blue, gross)` by blue. `wanted` is never more than the edges have.
pub(super) fn choose(edges: &[(u32, u32, i64)], wanted: &[i64]) -> Cover {
    let mut cover = Cover { forced: forced(edges, wanted), ..Cover::default() };
    let problem = Problem::new(edges, wanted, &cover.forced);
    cover.blues.clone_from(&cover.forced);
    cover.lower_bound = u32::try_from(cover.forced.len()).unwrap_or(u32::MAX);
    for component in problem.components() {
        let (witness, bound) = problem.witness(&component);
        cover.witness.extend(witness);
        cover.lower_bound = cover.lower_bound.saturating_add(bound);
        cover.blues.extend(problem.solve(&component, bound));
    }
    cover.blues.sort_unstable();
    cover.witness.sort_unstable();
    cover
}

/// Blue invoices without which some line could not be met, by index.
fn forced(edges: &[(u32, u32, i64)], wanted: &[i64]) -> Vec<u32> {
    let mut open = vec![0_i64; wanted.len()];
    for (demand, _, gross) in edges {
        if let Some(sum) = open.get_mut(*demand as usize) {
            *sum = sum.saturating_add(*gross);
        }
    }
    let needed = |(demand, _, gross): &&(u32, u32, i64)| {
        let at = *demand as usize;
        open.get(at).zip(wanted.get(at)).is_some_and(|(open, wanted)| open - gross < *wanted)
    };
    let mut forced: Vec<u32> = edges.iter().filter(needed).map(|(_, blue, _)| *blue).collect();
    forced.dedup();
    forced
}

impl Problem {
    fn new(edges: &[(u32, u32, i64)], wanted: &[i64], forced: &[u32]) -> Self {
        let mut wanted = wanted.to_vec();
        let is_forced = |blue: u32| forced.binary_search(&blue).is_ok();
        for (demand, blue, gross) in edges {
            if is_forced(*blue)
                && let Some(wanted) = wanted.get_mut(*demand as usize)
            {
                *wanted = wanted.saturating_sub(*gross).max(0);
            }
        }
        let mut of_demand = vec![Vec::new(); wanted.len()];
        let mut of_blue: HashMap<u32, Vec<(u32, i64)>> = HashMap::new();
        for (demand, blue, gross) in edges {
            let at = *demand as usize;
            if is_forced(*blue) || wanted.get(at).is_none_or(|wanted| *wanted == 0) {
                continue;
            }
            if let Some(list) = of_demand.get_mut(at) {
                list.push((*blue, *gross));
            }
            of_blue.entry(*blue).or_default().push((*demand, *gross));
        }
        for list in &mut of_demand {
            list.sort_by_key(|(blue, gross)| (-gross, *blue));
        }
        Self { wanted, of_demand, of_blue }
    }

    /// Demands that are still open, in groups that have no blue invoice in common.
    fn components(&self) -> Vec<Vec<u32>> {
        let mut met = vec![false; self.wanted.len()];
        let mut components = Vec::new();
        for (start, wanted) in (0_u32..).zip(&self.wanted) {
            if *wanted == 0 || met.get(start as usize).is_none_or(|met| *met) {
                continue;
            }
            let (mut component, mut stack) = (Vec::new(), vec![start]);
            let mut blues_met = HashSet::new();
            while let Some(demand) = stack.pop() {
                if met.get_mut(demand as usize).is_none_or(|met| std::mem::replace(met, true)) {
                    continue;
                }
                component.push(demand);
                for (blue, _) in self.blues_of(demand) {
                    if blues_met.insert(*blue) {
                        stack.extend(self.demands_of(*blue).iter().map(|(demand, _)| *demand));
                    }
                }
            }
            component.sort_unstable();
            components.push(component);
        }
        components
    }

    fn blues_of(&self, demand: u32) -> &[(u32, i64)] {
        self.of_demand.get(demand as usize).map_or(&[], Vec::as_slice)
    }

    fn demands_of(&self, blue: u32) -> &[(u32, i64)] {
        self.of_blue.get(&blue).map_or(&[], Vec::as_slice)
    }

    fn wanted(&self, demand: u32) -> i64 {
        self.wanted.get(demand as usize).copied().unwrap_or(0)
    }

    /// How many blue invoices one demand needs: the fullest first.
    fn needs(&self, demand: u32) -> usize {
        let mut left = self.wanted(demand);
        self.blues_of(demand)
            .iter()
            .take_while(|(_, gross)| {
                let more = left > 0;
                left = left.saturating_sub(*gross);
                more
            })
            .count()
    }

    /// Demands without a common blue invoice, those that need most first, and how many invoices they need.
    fn witness(&self, component: &[u32]) -> (Vec<u32>, u32) {
        let mut by_need: Vec<(usize, u32)> =
            component.iter().map(|&demand| (self.needs(demand), demand)).collect();
        by_need.sort_unstable_by_key(|(needs, demand)| (Reverse(*needs), *demand));
        let mut used = HashSet::new();
        let (mut witness, mut bound) = (Vec::new(), 0_usize);
        for (needs, demand) in by_need {
            let blues = self.blues_of(demand);
            if blues.iter().any(|(blue, _)| used.contains(blue)) {
                continue;
            }
            used.extend(blues.iter().map(|(blue, _)| *blue));
            witness.push(demand);
            bound += needs;
        }
        (witness, u32::try_from(bound).unwrap_or(u32::MAX))
    }

    fn solve(&self, component: &[u32], bound: u32) -> Vec<u32> {
        if let [demand] = component {
            return self.blues_of(*demand).iter().take(self.needs(*demand)).map(|(blue, _)| *blue).collect();
        }
        let greedy = self.greedy(component);
        if greedy.len() <= bound as usize {
            return greedy;
        }
        let mut search = Search::new(self, component);
        for count in bound as usize..greedy.len() {
            if let Some(found) = search.within(count) {
                return found;
            }
        }
        greedy
    }

    /// Takes the blue invoice that meets most of what is left, until all is met, then drops those that turned
    /// out not to be needed.
    fn greedy(&self, component: &[u32]) -> Vec<u32> {
        let mut left: HashMap<u32, i64> =
            component.iter().map(|&demand| (demand, self.wanted(demand))).collect();
        let gain = |left: &HashMap<u32, i64>, blue: u32| -> i64 {
            self.demands_of(blue)
                .iter()
                .map(|(demand, gross)| left.get(demand).map_or(0, |left| (*left).max(0).min(*gross)))
                .fold(0, i64::saturating_add)
        };
        let mut blues: Vec<u32> =
            component.iter().flat_map(|&demand| self.blues_of(demand)).map(|(blue, _)| *blue).collect();
        blues.sort_unstable();
        blues.dedup();
        let mut heap: BinaryHeap<_> = blues.iter().map(|&blue| (gain(&left, blue), Reverse(blue))).collect();
        let mut chosen = Vec::new();
        // Gains only shrink, so a stale top is put back with its gain of now.
        while let Some((stale, Reverse(blue))) = heap.pop() {
            let now = gain(&left, blue);
            if now == 0 {
                continue;
            }
            if now < stale {
                heap.push((now, Reverse(blue)));
                continue;
            }
            for (demand, gross) in self.demands_of(blue) {
                if let Some(left) = left.get_mut(demand) {
                    *left -= gross;
                }
            }
            chosen.push(blue);
        }
        // What is left is now below zero by what was taken too much.
        for at in (0..chosen.len()).rev() {
            let Some(&blue) = chosen.get(at) else { continue };
            let spare = |(demand, gross): &(u32, i64)| left.get(demand).is_none_or(|left| left + gross <= 0);
            if self.demands_of(blue).iter().all(spare) {
                for (demand, gross) in self.demands_of(blue) {
                    if let Some(left) = left.get_mut(demand) {
                        *left += gross;
                    }
                }
                chosen.remove(at);
            }
        }
        chosen
    }
}

/// Invoices tried before a search gives up.
const BUDGET: u32 = 50_000;

/// All ways to meet the demands of one component.
struct Search<'a> {
    problem: &'a Problem,
    left: HashMap<u32, i64>,
    component: &'a [u32],
    /// Blue invoices that are in, or were tried in vain above.
    refused: HashSet<u32>,
    chosen: Vec<u32>,
    budget: u32,
}

impl<'a> Search<'a> {
    fn new(problem: &'a Problem, component: &'a [u32]) -> Self {
        let left = component.iter().map(|&demand| (demand, problem.wanted(demand))).collect();
        let (refused, chosen) = (HashSet::new(), Vec::new());
        Self { problem, left, component, refused, chosen, budget: BUDGET }
    }

    fn within(&mut self, count: usize) -> Option<Vec<u32>> {
        self.decide(count).then(|| self.chosen.clone())
    }

    /// Meets what is left with at most `count` more blue invoices: the demand with the fewest ways goes first, one
    /// of its invoices must be in, and those tried in vain are out for the rest.
    fn decide(&mut self, count: usize) -> bool {
        let Some(ways) = self.hardest(count) else { return true };
        if count == 0 || ways.is_empty() || self.budget == 0 {
            return false;
        }
        self.budget -= 1;
        let mut tried = Vec::new();
        for blue in ways {
            self.apply(blue, -1);
            self.chosen.push(blue);
            self.refused.insert(blue);
            if self.decide(count - 1) {
                return true;
            }
            self.chosen.pop();
            self.apply(blue, 1);
            tried.push(blue);
        }
        for blue in tried {
            self.refused.remove(&blue);
        }
        false
    }

    /// The open demand with the fewest blue invoices left to try, or one that cannot be met with `count`.
    fn hardest(&self, count: usize) -> Option<Vec<u32>> {
        let mut best: Option<Vec<u32>> = None;
        for &demand in self.component {
            let mut missing = self.left.get(&demand).copied().unwrap_or(0);
            if missing <= 0 {
                continue;
            }
            let free = |(blue, _): &&(u32, i64)| !self.refused.contains(blue);
            let ways: Vec<(u32, i64)> = self.problem.blues_of(demand).iter().filter(free).copied().collect();
            // The fullest come first: where they do not suffice, nothing does.
            missing -= ways.iter().take(count).map(|(_, gross)| *gross).fold(0, i64::saturating_add);
            if missing > 0 {
                return Some(Vec::new());
            }
            if best.as_ref().is_none_or(|fewest| ways.len() < fewest.len()) {
                best = Some(ways.into_iter().map(|(blue, _)| blue).collect());
            }
        }
        best
    }

    fn apply(&mut self, blue: u32, sign: i64) {
        for (demand, gross) in self.problem.demands_of(blue) {
            if let Some(left) = self.left.get_mut(demand) {
                *left += gross * sign;
            }
        }
    }
}
