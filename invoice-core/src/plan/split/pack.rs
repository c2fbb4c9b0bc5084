//! Laying the lines of one group on invoices in order.

use super::line::SplitLine;
use super::measure::{Measure, weight};
use super::survey::{FEN, INVOICE_TOLERANCE, drift};
use crate::error::{Refusal, RefusalCode};

/// A line, or the part of it between two positions, on an invoice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cell {
    pub(super) line: u32,
    pub(super) from: i64,
    /// [`WHOLE`] where the line is not cut.
    pub(super) to: i64,
}

/// The end of a line that is not cut.
pub(super) const WHOLE: i64 = i64::MAX;

/// Cells by invoice.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Packed {
    pub(super) cells: Vec<Cell>,
    /// Where the cells of each invoice end.
    pub(super) ends: Vec<usize>,
}

impl Packed {
    pub(super) fn invoices(&self) -> usize {
        self.ends.len()
    }

    /// Ends the invoice that is being filled.
    pub(super) fn close(&mut self) {
        self.ends.push(self.cells.len());
    }
}

/// Lines that print as one row when they share an invoice, by line.
#[derive(Debug, Default)]
pub(super) struct Merged {
    /// The item of each line; empty when nothing is merged.
    pub(super) item: Vec<u32>,
    /// Whether each item prints a discount row.
    pub(super) discounted: Vec<bool>,
}

/// The item of a line that never shares a row.
pub(super) const ALONE: u32 = u32::MAX;

impl Merged {
    pub(super) fn item(&self, line: u32) -> Option<u32> {
        self.item.get(line as usize).copied().filter(|item| *item != ALONE)
    }

    fn rows(&self, line: u32, of: &SplitLine) -> u32 {
        match self.item(line).and_then(|item| self.discounted.get(item as usize)) {
            Some(discounted) => 1 + u32::from(*discounted),
            None => weight(of),
        }
    }
}

/// When a line is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cut {
    /// Only when it is more than one invoice holds.
    Oversize,
    /// Wherever an invoice has room.
    ToFill,
}

struct Filling<'a> {
    measure: &'a Measure,
    calm: bool,
    packed: Packed,
    began: usize,
    room: i64,
    rows: u32,
    drift: i64,
}

/// What is left of the tolerance for whole lines: an invoice begins and ends with at most one part each, which
/// cumulative rounding moves by less than 3 fen.
const DRIFT: i64 = INVOICE_TOLERANCE - 6 * FEN;

impl Filling<'_> {
    fn is_empty(&self) -> bool {
        self.packed.cells.len() == self.began
    }

    fn next(&mut self) {
        self.packed.close();
        self.began = self.packed.cells.len();
        (self.room, self.rows, self.drift) = (self.measure.capacity, self.measure.rows, 0);
    }

    fn tolerates(&self, drift: i64) -> bool {
        self.calm || self.is_empty() || (self.drift + drift).abs() <= DRIFT
    }

    fn push(&mut self, cell: Cell, size: i64, rows: u32, drift: i64) {
        self.packed.cells.push(cell);
        self.room -= size;
        self.rows -= rows;
        self.drift += drift;
    }
}

/// Lays lines on invoices in the order given, into the space of a packing that is not needed any more.
pub(super) fn in_order(
    lines: &[SplitLine],
    order: &[u32],
    measure: &Measure,
    merged: &Merged,
    calm: bool,
    cut: Cut,
    mut packed: Packed,
) -> Result<Packed, Refusal> {
    packed.cells.clear();
    packed.ends.clear();
    packed.cells.reserve(order.len());
    let (room, rows) = (measure.capacity, measure.rows);
    let mut filling = Filling { measure, calm, packed, began: 0, room, rows, drift: 0 };
    let mut last = None;
    for &index in order {
        let Some(line) = lines.get(index as usize) else { continue };
        let item = merged.item(index);
        let joins = item.is_some() && item == last;
        last = item;
        let own = merged.rows(index, line);
        let rows = if joins && !filling.is_empty() { 0 } else { own };
        let size = measure.size(line);
        let drift = if calm { 0 } else { drift(line) };
        let whole = Cell { line: index, from: 0, to: WHOLE };
        if size <= filling.room && rows <= filling.rows && filling.tolerates(drift) {
            filling.push(whole, size, rows, drift);
        } else if cut == Cut::Oversize && size <= measure.capacity {
            filling.next();
            filling.push(whole, size, own, drift);
        } else {
            cut_line(&mut filling, index, line, (rows, own), drift)?;
        }
    }
    filling.next();
    Ok(filling.packed)
}

/// Fills invoices with one line until it is used up.
fn cut_line(
    filling: &mut Filling<'_>,
    index: u32,
    line: &SplitLine,
    (mut rows, own): (u32, u32),
    drift: i64,
) -> Result<(), Refusal> {
    let measure = filling.measure;
    let atoms = measure.atoms(line);
    let mut from = 0;
    loop {
        let mut to = from;
        // A part is allowed the whole line's drift: an upper bound that only matters near the tolerance.
        if rows <= filling.rows && filling.tolerates(drift) {
            to = measure.furthest(line, atoms, from, filling.room);
        }
        if to > from {
            let size = measure.size_at(line, atoms, to) - measure.size_at(line, atoms, from);
            let cell =
                Cell { line: index, from, to: if to == atoms.count && from == 0 { WHOLE } else { to } };
            filling.push(cell, size, rows, drift);
            if to == atoms.count {
                return Ok(());
            }
            from = to;
        } else if filling.is_empty() {
            return Err(too_small(measure, index));
        }
        filling.next();
        rows = own;
    }
}

pub(super) fn too_small(measure: &Measure, line: u32) -> Refusal {
    Refusal::new(RefusalCode::SplitLimitTooSmall)
        .with("limit", crate::money::Money::from_fen(measure.capacity))
        .with("line", u64::from(line) + 1)
}
