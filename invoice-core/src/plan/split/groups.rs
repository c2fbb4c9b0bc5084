use std::collections::HashMap;

use super::line::SplitLine;
use super::order::Order;
use super::plan::GroupKey;
use super::policy::SplitPolicy;
use super::survey::{Survey, companion, company, key};

/// The lines of one group.
pub(super) struct Members {
    pub(super) key: GroupKey,
    /// Lines with an amount, in order.
    pub(super) lines: Order,
    /// Lines that come to nothing, in order.
    pub(super) zero: Vec<u32>,
}

/// Up to this many groups are looked up one after the other, which is faster than hashing.
const FEW: usize = 12;

/// Lines by group, in order of the first line of each; lines without an amount are apart.
pub(super) fn groups(lines: &[SplitLine], policy: &SplitPolicy, survey: &Survey) -> Vec<Members> {
    let count = u32::try_from(lines.len()).unwrap_or(u32::MAX);
    if let Some(key) = survey.only {
        let zero = survey.zero.clone();
        let mut skipped = zero.iter().copied().peekable();
        let lines = if zero.is_empty() {
            Order::all(count)
        } else {
            (0..count).filter(|index| skipped.next_if_eq(index).is_none()).collect()
        };
        return vec![Members { key, lines, zero }];
    }
    let company = company(lines);
    let mut groups: Vec<Members> = Vec::new();
    let mut known: HashMap<GroupKey, usize> = HashMap::new();
    let mut at = 0;
    for (index, line) in (0_u32..).zip(lines) {
        let mut key = key(line, index, policy.grouping());
        key.mixing = companion(key.mixing, company);
        if groups.get(at).is_none_or(|group| group.key != key) {
            let found = if groups.len() <= FEW {
                groups.iter().position(|group| group.key == key)
            } else {
                if known.is_empty() {
                    known.extend(groups.iter().enumerate().map(|(at, group)| (group.key, at)));
                }
                known.get(&key).copied()
            };
            at = found.unwrap_or(groups.len());
            if found.is_none() {
                groups.push(Members { key, lines: Order::default(), zero: Vec::new() });
                if !known.is_empty() {
                    known.insert(key, at);
                }
            }
        }
        if let Some(group) = groups.get_mut(at) {
            if line.gross().is_zero() { group.zero.push(index) } else { group.lines.push(index) }
        }
    }
    groups
}
