//! From pieces to what a plan holds: cells, totals, and the parts of lines that were cut.

use rust_decimal::Decimal;

use super::line::SplitLine;
use super::measure::Measure;
use super::merge;
use super::pack::{Merged, Packed, Piece, Span, too_small};
use super::plan::{Cell, Cut, InvoiceSpan, SplitPlan};
use crate::error::{Refusal, RefusalCode};
use crate::limits::Basis;
use crate::money::Money;
use crate::money::rounding::{proportion, quantity_between};

/// Writes the invoices of a group behind those that are there.
pub(super) fn emit(
    lines: &[SplitLine],
    measure: &Measure,
    merged: &Merged,
    packed: &Packed,
    plan: &mut SplitPlan,
) -> Result<(), Refusal> {
    let mut cuts = cut(lines, measure, &packed.pieces, plan)?;
    plan.invoices.reserve(packed.sheets.len());
    plan.cells.reserve(packed.pieces.len());
    let mut from = 0;
    for sheet in &packed.sheets {
        let pieces = packed.pieces.get(from..sheet.end).unwrap_or_default();
        let first = position(plan.cells.len())?;
        let (mut net, mut tax) = (sheet.net, sheet.tax);
        let mut cell = |piece: &Piece, plan: &mut SplitPlan| {
            let cell = match *piece {
                Piece::Lines { first, count } => Cell::Lines { first, count },
                Piece::Part(span) => {
                    let at = cuts.place(span);
                    if let Some(cut) = plan.cuts.get(at as usize) {
                        net += cut.net.fen();
                        tax += cut.tax.fen();
                    }
                    Cell::Cut(at)
                }
            };
            plan.cells.push(cell);
        };
        if merged.is_empty() {
            pieces.iter().for_each(|piece| cell(piece, plan));
        } else {
            for row in merge::by_row(pieces, merged) {
                if row.len() > 1 {
                    plan.cells.push(Cell::Joined(position(row.len())?));
                }
                row.iter().for_each(|piece| cell(piece, plan));
            }
        }
        let cells = (first, position(plan.cells.len())?);
        plan.invoices.push(InvoiceSpan { net: Money::from_fen(net), tax: Money::from_fen(tax), cells });
        from = sheet.end;
    }
    Ok(())
}

pub(super) fn position(length: usize) -> Result<u32, Refusal> {
    u32::try_from(length).map_err(|_| Refusal::new(RefusalCode::AmountOverflow))
}

/// The parts of a group by line and position, and where the first of them is in the plan.
struct Cuts {
    spans: Vec<Span>,
    first: u32,
}

impl Cuts {
    fn place(&mut self, span: Span) -> u32 {
        let found = self.spans.binary_search_by_key(&(span.line, span.from), |at| (at.line, at.from));
        self.first + found.map_or(0, |at| u32::try_from(at).unwrap_or(u32::MAX))
    }
}

/// Writes the parts of every line that is cut, behind each other.
fn cut(
    lines: &[SplitLine],
    measure: &Measure,
    pieces: &[Piece],
    plan: &mut SplitPlan,
) -> Result<Cuts, Refusal> {
    let first = position(plan.cuts.len())?;
    let part = |piece: &Piece| match piece {
        Piece::Part(span) => Some(*span),
        Piece::Lines { .. } => None,
    };
    let mut spans: Vec<Span> = pieces.iter().filter_map(part).collect();
    position(plan.cuts.len() + spans.len())?;
    spans.sort_unstable_by_key(|span| (span.line, span.from));
    plan.cuts.reserve(spans.len());
    for parts in spans.chunk_by(|a, b| a.line == b.line) {
        let Some((span, line)) = parts.first().and_then(|span| Some((span, lines.get(span.line as usize)?)))
        else {
            continue;
        };
        let mut cutting = Cutting { measure, line, taken: 0 };
        for part in parts {
            plan.cuts.push(cutting.part(part).ok_or_else(|| too_small(measure, span.line))?);
        }
    }
    Ok(Cuts { spans, first })
}

/// A line that is being cut, from its first part to its last.
struct Cutting<'a> {
    measure: &'a Measure,
    line: &'a SplitLine,
    /// Tax that earlier parts took.
    taken: i64,
}

impl Cutting<'_> {
    /// The part of a line between two positions, by cumulative rounding. `None` where it would be without net
    /// amount or without quantity.
    fn part(&mut self, span: &Span) -> Option<Cut> {
        let &Span { line: index, from, to } = span;
        let line = self.line;
        let atoms = self.measure.atoms(line);
        let between = |total: Money| -> Option<i64> {
            Some(proportion(total, to, atoms.count)?.fen() - proportion(total, from, atoms.count)?.fen())
        };
        let (net, tax) = match (atoms.whole_units, self.measure.basis) {
            (true, _) => (between(line.net())?, between(line.tax())?),
            (false, Basis::Net) => (to - from, between(line.tax())?),
            (false, Basis::Gross) => {
                let tax = self.tax_of_gross(from, to, atoms.count)?;
                (to - from - tax, tax)
            }
        };
        self.taken += tax;
        let quantity = match line.quantity() {
            None => None,
            Some(_) if atoms.whole_units => Some(Decimal::from(to - from)),
            Some(whole) => Some(quantity_between(whole, from, to, atoms.count)?),
        };
        let discount = Money::from_fen(between(line.discount())?);
        let cut =
            Cut { line: index, quantity, net: Money::from_fen(net), tax: Money::from_fen(tax), discount };
        (net > 0 && tax >= 0).then_some(cut)
    }

    /// The tax of a part of a gross amount: cumulative rounding, moved by a fen where a part of a single fen
    /// would otherwise be all tax.
    fn tax_of_gross(&self, from: i64, to: i64, count: i64) -> Option<i64> {
        let left = self.line.tax().fen() - self.taken;
        let (size, behind) = (to - from, count - to);
        if behind == 0 {
            return Some(left);
        }
        let ideal = proportion(self.line.tax(), to, count)?.fen() - self.taken;
        // The rest keeps a fen of net as well.
        Some(ideal.max(left - (behind - 1)).max(0).min(size - 1).min(left))
    }
}
