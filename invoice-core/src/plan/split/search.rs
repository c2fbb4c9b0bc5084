//! All ways to lay a few lines on invoices, for when it matters.

use std::collections::HashSet;

use super::line::SplitLine;
use super::measure::{Atoms, Measure, weight};
use super::pack::{Layout, Packed, Piece};

/// Above this many lines a search is hopeless.
pub(super) const LINES: usize = 8;
/// Placements and invoices tried before the search gives up.
const BUDGET: u32 = 20_000;

struct Item<'a> {
    index: u32,
    line: &'a SplitLine,
    atoms: Atoms,
    rows: u32,
}

struct Search<'a> {
    lines: &'a [SplitLine],
    measure: &'a Measure,
    items: Vec<Item<'a>>,
    /// Position reached in each line.
    at: Vec<i64>,
    /// States that were found to fail.
    dead: HashSet<(usize, Vec<i64>)>,
    done: Packed,
    budget: u32,
}

/// An invoice being filled.
#[derive(Clone, Copy)]
struct Space {
    room: i64,
    rows: u32,
}

/// A packing into exactly `count` invoices or fewer; `None` when there is none, or none was found in time.
pub(super) fn search(layout: &Layout<'_>, count: usize) -> Option<Packed> {
    let (lines, measure) = (layout.lines, layout.measure);
    let items: Vec<Item<'_>> = layout
        .order
        .indexes()
        .filter_map(|index| lines.get(index as usize).map(|line| (index, line)))
        .map(|(index, line)| Item { index, line, atoms: measure.atoms(line), rows: weight(line) })
        .collect();
    let at = vec![0; items.len()];
    let (dead, done) = (HashSet::new(), Packed::default());
    let mut search = Search { lines, measure, items, at, dead, done, budget: BUDGET };
    search.invoices(count).then_some(search.done)
}

impl Search<'_> {
    fn size_left(&self, item: usize) -> i64 {
        self.items.get(item).zip(self.at.get(item)).map_or(0, |(item, at)| {
            self.measure.size(item.line) - self.measure.size_at(item.line, item.atoms, *at)
        })
    }

    fn is_done(&self, item: usize) -> bool {
        self.items.get(item).zip(self.at.get(item)).is_none_or(|(item, at)| *at == item.atoms.count)
    }

    /// Lays what is left on at most `count` more invoices.
    fn invoices(&mut self, count: usize) -> bool {
        let open = (0..self.items.len()).filter(|&item| !self.is_done(item));
        let (mut size, mut rows) = (0_i128, 0_u64);
        for item in open {
            size += i128::from(self.size_left(item));
            rows += u64::from(self.items.get(item).map_or(0, |item| item.rows));
        }
        if size == 0 {
            return true;
        }
        let invoices = i128::try_from(count).unwrap_or(0);
        let fits = size <= invoices * i128::from(self.measure.capacity)
            && i128::from(rows) <= invoices * i128::from(self.measure.rows);
        if count == 0 || !fits || self.budget == 0 || self.dead.contains(&(count, self.at.clone())) {
            return false;
        }
        let before = (self.done.pieces.len(), self.done.sheets.len());
        let space = Space { room: self.measure.capacity, rows: self.measure.rows };
        if self.fill(0, space, count) {
            return true;
        }
        self.done.pieces.truncate(before.0);
        self.done.sheets.truncate(before.1);
        self.dead.insert((count, self.at.clone()));
        false
    }

    /// Decides how much of each line from `item` on goes on this invoice, then goes on with the next.
    fn fill(&mut self, item: usize, space: Space, count: usize) -> bool {
        let Some(of) = self.items.get(item) else { return self.fill_up(space, count) };
        let (line, atoms, rows, index) = (of.line, of.atoms, of.rows, of.index);
        let from = self.at.get(item).copied().unwrap_or(0);
        if from < atoms.count && rows <= space.rows {
            let most = if atoms.whole_units {
                self.measure.furthest(line, atoms, from, space.room)
            } else if atoms.count - from <= space.room {
                atoms.count
            } else {
                from
            };
            let mut to = most;
            while to > from && self.budget > 0 {
                self.budget -= 1;
                let size = self.measure.size_at(line, atoms, to) - self.measure.size_at(line, atoms, from);
                let piece = Piece::between(index, from, to, atoms.count);
                let left = Space { room: space.room - size, rows: space.rows - rows };
                self.put(item, to, piece);
                if self.fill(item + 1, left, count) {
                    return true;
                }
                self.take(item, from);
                // Amounts that can be cut go as a whole here, or fill up what is left in the end.
                to = if atoms.whole_units { to - 1 } else { from };
            }
        }
        self.fill(item + 1, space, count)
    }

    /// Fills up with a part of one line that can be cut anywhere, and goes on with the next invoice.
    fn fill_up(&mut self, space: Space, count: usize) -> bool {
        if self.budget == 0 {
            return false;
        }
        self.budget -= 1;
        let mut cut = false;
        for item in 0..self.items.len() {
            let (Some(of), Some(&from)) = (self.items.get(item), self.at.get(item)) else { continue };
            let Item { atoms, rows, index, .. } = *of;
            let left = atoms.count - from;
            if atoms.whole_units
                || left <= space.room
                || space.room == 0
                || rows > space.rows
                || self.began(item)
            {
                continue;
            }
            cut = true;
            let to = from + space.room;
            self.put(item, to, Piece::between(index, from, to, atoms.count));
            if self.close(count) {
                return true;
            }
            self.take(item, from);
        }
        !cut && self.close(count)
    }

    /// Whether a part of the item is on the invoice being filled.
    fn began(&self, item: usize) -> bool {
        let index = self.items.get(item).map(|item| item.index);
        let begun = self.done.pieces.get(self.done.began()..).unwrap_or_default();
        begun.iter().any(|piece| Some(piece.line()) == index)
    }

    fn close(&mut self, count: usize) -> bool {
        let began = self.done.began();
        if began == self.done.pieces.len() {
            return false;
        }
        let pieces = self.done.pieces.clone();
        if let Some(invoice) = self.done.pieces.get_mut(began..) {
            invoice.sort_unstable_by_key(Piece::line);
        }
        self.done.close(self.lines);
        if self.invoices(count - 1) {
            return true;
        }
        self.done.sheets.pop();
        self.done.pieces = pieces;
        false
    }

    fn put(&mut self, item: usize, to: i64, piece: Piece) {
        if let Some(at) = self.at.get_mut(item) {
            *at = to;
        }
        self.done.pieces.push(piece);
    }

    fn take(&mut self, item: usize, from: i64) {
        if let Some(at) = self.at.get_mut(item) {
            *at = from;
        }
        self.done.pieces.pop();
    }
}
