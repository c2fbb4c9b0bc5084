//! First fit, the largest first: what in-order packing wastes on units that cannot be cut.

use super::line::SplitLine;
use super::measure::{Atoms, Measure, weight};
use super::pack::{Layout, Packed, Piece};

/// What first fit places at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Block {
    /// Lines that fit on one invoice stay whole.
    Line,
    /// Units, and amounts that can be cut anywhere.
    Unit,
}

/// Rooms of the invoices under construction, with the first that has enough found in logarithmic time.
struct Rooms {
    /// A heap-shaped tree of maxima; the leaves begin at `leaves`.
    most: Vec<i64>,
    leaves: usize,
}

impl Rooms {
    fn new(count: usize) -> Self {
        let leaves = count.next_power_of_two();
        Self { most: vec![-1; leaves * 2], leaves }
    }

    fn get(&self, at: usize) -> i64 {
        self.most.get(self.leaves + at).copied().unwrap_or(-1)
    }

    fn set(&mut self, at: usize, room: i64) {
        let mut node = self.leaves + at;
        let mut value = room;
        while node >= 1 {
            if let Some(most) = self.most.get_mut(node) {
                *most = value;
            }
            if node == 1 {
                break;
            }
            value = value.max(self.most.get(node ^ 1).copied().unwrap_or(-1));
            node /= 2;
        }
    }

    /// The first place from `from` on with room for `need`.
    fn first(&self, from: usize, need: i64) -> Option<usize> {
        let enough = |node: usize| self.most.get(node).is_some_and(|most| *most >= need);
        if from >= self.leaves {
            return None;
        }
        let mut node = self.leaves + from;
        // Up until a subtree to the right has room, then down to its first leaf that has.
        while !enough(node) {
            while node % 2 == 1 {
                node /= 2;
            }
            if node == 0 {
                return None;
            }
            node += 1;
        }
        while node < self.leaves {
            node *= 2;
            if !enough(node) {
                node += 1;
            }
        }
        Some(node - self.leaves)
    }
}

struct Fitting<'a> {
    measure: &'a Measure,
    rooms: Rooms,
    /// Rows left, by invoice opened.
    rows: Vec<u32>,
    most: usize,
    closed_below: u32,
    pieces: Vec<(usize, Piece)>,
}

/// Packs lines first fit in decreasing order into at most `most` invoices; `None` when they do not suffice.
pub(super) fn first_fit(layout: &Layout<'_>, block: Block, most: usize) -> Option<Packed> {
    let (lines, measure) = (layout.lines, layout.measure);
    let mut sorted: Vec<(i64, u32)> = Vec::with_capacity(layout.order.len());
    let mut widest = 1;
    for index in layout.order.indexes() {
        let line = lines.get(index as usize)?;
        widest = widest.max(weight(line));
        let size = measure.size(line);
        let step = if block == Block::Line && size <= measure.capacity {
            size
        } else {
            let Atoms { count, whole_units } = measure.atoms(line);
            if whole_units { size / count } else { 0 }
        };
        sorted.push((-step, index));
    }
    sorted.sort_unstable();
    let pieces = Vec::with_capacity(sorted.len());
    let rooms = Rooms::new(most);
    let mut fitting = Fitting { measure, rooms, rows: Vec::new(), most, closed_below: widest, pieces };
    for (_, index) in sorted {
        fitting.place(index, lines.get(index as usize)?, block)?;
    }
    Some(fitting.packed(lines))
}

impl Fitting<'_> {
    fn place(&mut self, index: u32, line: &SplitLine, block: Block) -> Option<()> {
        let size = self.measure.size(line);
        let rows = weight(line);
        if block == Block::Line && size <= self.measure.capacity {
            let at = self.find(0, size, rows)?;
            self.put(at, Piece::whole(index), size, rows);
            return Some(());
        }
        let atoms = self.measure.atoms(line);
        let (mut from, mut start) = (0, 0);
        while from < atoms.count {
            let before = self.measure.size_at(line, atoms, from);
            let need = self.measure.size_at(line, atoms, from + 1) - before;
            let at = self.find(start, need, rows)?;
            let to = self.measure.furthest(line, atoms, from, self.rooms.get(at));
            // A line is on an invoice once.
            start = at + 1;
            if to == from {
                continue;
            }
            let piece = Piece::between(index, from, to, atoms.count);
            self.put(at, piece, self.measure.size_at(line, atoms, to) - before, rows);
            from = to;
        }
        Some(())
    }

    fn find(&mut self, start: usize, need: i64, rows: u32) -> Option<usize> {
        let mut from = start;
        while let Some(at) = self.rooms.first(from, need.max(0)) {
            if self.rows.get(at).is_some_and(|left| *left >= rows) {
                return Some(at);
            }
            from = at + 1;
        }
        let at = self.rows.len();
        if at >= self.most {
            return None;
        }
        self.rows.push(self.measure.rows);
        self.rooms.set(at, self.measure.capacity);
        Some(at)
    }

    fn put(&mut self, at: usize, piece: Piece, size: i64, rows: u32) {
        let room = self.rooms.get(at) - size;
        if let Some(left) = self.rows.get_mut(at) {
            *left -= rows;
            self.rooms.set(at, if *left < self.closed_below { -1 } else { room });
        }
        self.pieces.push((at, piece));
    }

    fn packed(mut self, lines: &[SplitLine]) -> Packed {
        self.pieces.sort_unstable_by_key(|(at, piece)| (*at, piece.line()));
        let mut packed = Packed { pieces: Vec::with_capacity(self.pieces.len()), sheets: Vec::new() };
        for invoice in self.pieces.chunk_by(|a, b| a.0 == b.0) {
            packed.pieces.extend(invoice.iter().map(|(_, piece)| *piece));
            packed.close(lines);
        }
        packed
    }
}
