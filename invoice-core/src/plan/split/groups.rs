use std::collections::HashMap;

use super::line::SplitLine;
use super::plan::GroupKey;
use super::policy::SplitPolicy;
use super::survey::{Survey, key};

/// Lines by group, in order of the first line of each; lines without an amount are apart.
pub(super) struct Groups {
    pub(super) groups: Vec<Members>,
}

/// The lines of one group.
pub(super) struct Members {
    pub(super) key: GroupKey,
    /// Lines with an amount, in order.
    pub(super) lines: Vec<u32>,
    /// Lines that come to nothing, in order.
    pub(super) zero: Vec<u32>,
}

/// Up to this many groups are looked up one after the other, which is faster than hashing.
const FEW: usize = 12;

pub(super) fn groups(lines: &[SplitLine], policy: &SplitPolicy, survey: &Survey) -> Groups {
    let count = u32::try_from(lines.len()).unwrap_or(u32::MAX);
    if let Some(key) = survey.only {
        let (zero, lines) = if survey.zero.is_empty() {
            (Vec::new(), (0..count).collect())
        } else {
            (0_u32..).zip(lines).map(|(index, line)| (index, line.gross().is_zero())).fold(
                (Vec::new(), Vec::new()),
                |mut sorted, (index, zero)| {
                    if zero {
                        sorted.0.push(index)
                    } else {
                        sorted.1.push(index)
                    }
                    sorted
                },
            )
        };
        return Groups { groups: vec![Members { key, lines, zero }] };
    }
    let mut groups: Vec<Members> = Vec::new();
    let mut known: HashMap<GroupKey, usize> = HashMap::new();
    let mut at = 0;
    for (index, line) in (0_u32..).zip(lines) {
        let key = key(line, index, policy.grouping());
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
                groups.push(Members { key, lines: Vec::new(), zero: Vec::new() });
                if !known.is_empty() {
                    known.insert(key, at);
                }
            }
        }
        if let Some(group) = groups.get_mut(at) {
            if line.gross().is_zero() { group.zero.push(index) } else { group.lines.push(index) }
        }
    }
    Groups { groups }
}
