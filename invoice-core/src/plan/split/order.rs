//! Some lines of the input, in an order.

use super::line::SplitLine;

/// Lines by index, as runs of neighbours: all lines of an order are one run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Order {
    runs: Vec<(u32, u32)>,
    len: usize,
}

impl Order {
    pub(super) fn len(&self) -> usize {
        self.len
    }

    pub(super) fn is_empty(&self) -> bool {
        self.len == 0
    }

    #[inline]
    pub(super) fn push(&mut self, index: u32) {
        self.len += 1;
        match self.runs.last_mut() {
            Some((_, end)) if *end == index => *end += 1,
            _ => self.runs.push((index, index + 1)),
        }
    }

    /// The first `count` lines of the input.
    pub(super) fn all(count: u32) -> Self {
        Self { runs: vec![(0, count)], len: count as usize }
    }

    pub(super) fn indexes(&self) -> impl Iterator<Item = u32> {
        self.runs.iter().flat_map(|&(from, to)| from..to)
    }

    /// Lines that are neighbours, with the index of the first.
    pub(super) fn runs<'a>(&self, lines: &'a [SplitLine]) -> impl Iterator<Item = (u32, &'a [SplitLine])> {
        let run = |&(from, to): &(u32, u32)| Some((from, lines.get(from as usize..to as usize)?));
        self.runs.iter().filter_map(run)
    }
}

impl FromIterator<u32> for Order {
    fn from_iter<I: IntoIterator<Item = u32>>(indexes: I) -> Self {
        let mut order = Self::default();
        indexes.into_iter().for_each(|index| order.push(index));
        order
    }
}
