//! Laying the lines of one group on invoices in order.

use super::line::SplitLine;
use super::measure::{Measure, weight};
use super::order::Order;
use super::survey::{WHOLE_TOLERANCE, drift};
use crate::error::{Refusal, RefusalCode};

/// What lies on an invoice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Piece {
    /// Whole lines that are neighbours.
    Lines {
        /// Index of the first.
        first: u32,
        /// How many.
        count: u32,
    },
    /// The part of a line between two positions.
    Part(Span),
}

/// The part of a line between two positions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) line: u32,
    pub(super) from: i64,
    pub(super) to: i64,
}

impl Piece {
    pub(super) const fn whole(line: u32) -> Self {
        Self::Lines { first: line, count: 1 }
    }

    /// A line between two of its `count` positions.
    pub(super) fn between(line: u32, from: i64, to: i64, count: i64) -> Self {
        if from == 0 && to == count { Self::whole(line) } else { Self::Part(Span { line, from, to }) }
    }

    /// Its line, or the first of them.
    pub(super) const fn line(&self) -> u32 {
        match self {
            Self::Lines { first, .. } => *first,
            Self::Part(span) => span.line,
        }
    }

    /// Its lines.
    pub(super) fn of<'a>(&self, lines: &'a [SplitLine]) -> &'a [SplitLine] {
        let (from, count) = match *self {
            Self::Lines { first, count } => (first as usize, count as usize),
            Self::Part(span) => (span.line as usize, 1),
        };
        lines.get(from..from + count).unwrap_or_default()
    }
}

/// Where the pieces of an invoice end, and what its whole lines come to, in fen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Sheet {
    pub(super) end: usize,
    pub(super) net: i64,
    pub(super) tax: i64,
}

/// Pieces by invoice.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Packed {
    pub(super) pieces: Vec<Piece>,
    pub(super) sheets: Vec<Sheet>,
}

impl Packed {
    pub(super) fn invoices(&self) -> usize {
        self.sheets.len()
    }

    /// Where the pieces of the invoice that is being filled begin.
    pub(super) fn began(&self) -> usize {
        self.sheets.last().map_or(0, |sheet| sheet.end)
    }

    /// Ends the invoice that is being filled, and sums what lies on it whole.
    pub(super) fn close(&mut self, lines: &[SplitLine]) {
        let pieces = self.pieces.get(self.began()..).unwrap_or_default();
        let mut sheet = Sheet { end: self.pieces.len(), net: 0, tax: 0 };
        for piece in pieces.iter().filter(|piece| matches!(piece, Piece::Lines { .. })) {
            for line in piece.of(lines) {
                sheet.net += line.net().fen();
                sheet.tax += line.tax().fen();
            }
        }
        self.sheets.push(sheet);
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
    pub(super) fn is_empty(&self) -> bool {
        self.item.is_empty()
    }

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

/// How much room invoices may leave empty so that the next line need not be cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Spare {
    /// As much as it takes: only lines that are more than one invoice holds are cut.
    Any,
    /// So much over all invoices; a packing that leaves more is given up.
    UpTo(i128),
    /// None: every invoice is filled as far as a line can be cut.
    Nothing,
}

/// A group, and how it is laid out.
#[derive(Clone, Copy)]
pub(super) struct Layout<'a> {
    pub(super) lines: &'a [SplitLine],
    pub(super) order: &'a Order,
    pub(super) measure: &'a Measure,
    pub(super) merged: &'a Merged,
    /// Whether no invoice can come near the tolerance of its tax.
    pub(super) calm: bool,
}

struct Filling<'a> {
    layout: &'a Layout<'a>,
    packed: Packed,
    began: usize,
    room: i64,
    rows: u32,
    drift: i64,
    net: i64,
    tax: i64,
    spare: Spare,
    /// Whether an invoice ended that had room for what came next, but no row or tolerance.
    pressed: bool,
    /// Whether an invoice ended for want of room.
    crowded: bool,
}

/// What in-order packing came to.
pub(super) struct Laid {
    /// `None` where it was given up.
    pub(super) packed: Option<Packed>,
    /// Whether rows or tolerance ended an invoice before its room did.
    pub(super) pressed: bool,
    /// Whether an invoice ended for want of room: if none did, to cut other lines changes nothing.
    pub(super) crowded: bool,
}

impl Filling<'_> {
    fn laid(&self, packed: Option<Packed>) -> Laid {
        Laid { packed, pressed: self.pressed, crowded: self.crowded }
    }

    fn is_empty(&self) -> bool {
        self.packed.pieces.len() == self.began
    }

    /// Ends the invoice. `false` where that leaves more room empty than there is to spare.
    fn next(&mut self) -> bool {
        let end = self.packed.pieces.len();
        self.packed.sheets.push(Sheet { end, net: self.net, tax: self.tax });
        if let Spare::UpTo(left) = &mut self.spare {
            *left -= i128::from(self.room);
        }
        self.began = end;
        let measure = self.layout.measure;
        (self.room, self.rows, self.drift) = (measure.capacity, measure.rows, 0);
        (self.net, self.tax) = (0, 0);
        !matches!(self.spare, Spare::UpTo(left) if left < 0)
    }

    fn may_leave_room(&self) -> bool {
        match self.spare {
            Spare::Any => true,
            Spare::UpTo(left) => left >= i128::from(self.room),
            Spare::Nothing => false,
        }
    }

    #[inline]
    fn tolerates(&self, drift: i64) -> bool {
        self.layout.calm || self.is_empty() || (self.drift + drift).abs() <= WHOLE_TOLERANCE
    }

    #[inline]
    fn put_whole(&mut self, index: u32, line: &SplitLine, size: i64, rows: u32, drift: i64) {
        self.net += line.net().fen();
        self.tax += line.tax().fen();
        self.take(size, rows, drift);
        // Merged lines are told apart one by one.
        if self.packed.pieces.len() > self.began
            && self.layout.merged.is_empty()
            && let Some(Piece::Lines { first, count }) = self.packed.pieces.last_mut()
            && *first + *count == index
        {
            *count += 1;
        } else {
            self.packed.pieces.push(Piece::whole(index));
        }
    }

    #[inline]
    fn take(&mut self, size: i64, rows: u32, drift: i64) {
        self.room -= size;
        self.rows -= rows;
        self.drift += drift;
    }

    /// Lays one line. `false` where the packing is to be given up.
    #[inline]
    fn lay(&mut self, index: u32, line: &SplitLine, joins: bool) -> Result<bool, Refusal> {
        let layout = self.layout;
        let own = layout.merged.rows(index, line);
        let rows = if joins && !self.is_empty() { 0 } else { own };
        let size = layout.measure.size(line);
        let drift = if layout.calm { 0 } else { drift(line) };
        if size <= self.room && rows <= self.rows && self.tolerates(drift) {
            self.put_whole(index, line, size, rows, drift);
            return Ok(true);
        }
        self.pressed |= size <= self.room;
        self.crowded |= size > self.room;
        if size <= layout.measure.capacity && self.may_leave_room() {
            let goes_on = self.next();
            self.put_whole(index, line, size, own, drift);
            return Ok(goes_on);
        }
        self.cut(index, line, (rows, own), drift)
    }

    /// Fills invoices with one line until it is used up.
    fn cut(
        &mut self,
        index: u32,
        line: &SplitLine,
        (mut rows, own): (u32, u32),
        drift: i64,
    ) -> Result<bool, Refusal> {
        let measure = self.layout.measure;
        let atoms = measure.atoms(line);
        let mut from = 0;
        loop {
            let mut to = from;
            // A part is allowed the whole line's drift: an upper bound that only matters near the tolerance.
            if rows <= self.rows && self.tolerates(drift) {
                to = measure.furthest(line, atoms, from, self.room);
            } else {
                self.pressed = true;
            }
            if (from, to) == (0, atoms.count) {
                self.put_whole(index, line, measure.size(line), rows, drift);
                return Ok(true);
            }
            if to > from {
                let size = measure.size_at(line, atoms, to) - measure.size_at(line, atoms, from);
                self.packed.pieces.push(Piece::Part(Span { line: index, from, to }));
                self.take(size, rows, drift);
                if to == atoms.count {
                    return Ok(true);
                }
                from = to;
            } else if self.is_empty() {
                return Err(too_small(measure, index));
            }
            if !self.next() {
                return Ok(false);
            }
            rows = own;
        }
    }
}

/// Lays lines on invoices in the order given, into the space of a packing that is not needed any more.
pub(super) fn in_order(layout: &Layout<'_>, spare: Spare, mut space: Packed) -> Result<Laid, Refusal> {
    space.pieces.clear();
    space.sheets.clear();
    let (room, rows) = (layout.measure.capacity, layout.measure.rows);
    let mut filling = Filling {
        layout,
        packed: space,
        began: 0,
        room,
        rows,
        drift: 0,
        net: 0,
        tax: 0,
        spare,
        pressed: false,
        crowded: false,
    };
    let mut last = None;
    for (first, run) in layout.order.runs(layout.lines) {
        for (index, line) in (first..).zip(run) {
            let item = layout.merged.item(index);
            let joins = item.is_some() && item == last;
            last = item;
            if !filling.lay(index, line, joins)? {
                return Ok(filling.laid(None));
            }
        }
    }
    // What the last invoice leaves is no waste.
    filling.spare = Spare::Any;
    filling.next();
    let packed = std::mem::take(&mut filling.packed);
    Ok(filling.laid(Some(packed)))
}

pub(super) fn too_small(measure: &Measure, line: u32) -> Refusal {
    Refusal::new(RefusalCode::SplitLimitTooSmall)
        .with("limit", crate::money::Money::from_fen(measure.capacity))
        .with("line", u64::from(line) + 1)
}
