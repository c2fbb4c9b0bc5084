//! From cells to printed rows and shares of lines.

use rust_decimal::Decimal;

use super::line::SplitLine;
use super::measure::{Atoms, Measure, prints_discount};
use super::pack::{Cell, Merged, WHOLE, too_small};
use super::plan::{InvoiceSpan, Part, Row, RowKind, SplitPlan};
use super::policy::Yields;
use crate::error::{Refusal, RefusalCode};
use crate::limits::Basis;
use crate::money::Money;
use crate::money::rounding::{net_of_gross, proportion, quantity_between};
use crate::plan::price::PRINTABLE_QUANTITY;
use crate::tax::Treatment;

/// Writes rows and parts behind each other, invoice by invoice.
pub(super) struct Emitter<'a> {
    lines: &'a [SplitLine],
    measure: &'a Measure,
    plan: &'a mut SplitPlan,
    /// Tax that earlier parts of a line took, where the limit is on gross; empty until a line is cut.
    taken: Vec<i64>,
}

/// Row sums before the row is written.
#[derive(Default)]
struct Sums {
    net: i64,
    tax: i64,
    discount: i64,
    quantity: Option<Decimal>,
}

fn position(length: usize) -> Result<u32, Refusal> {
    u32::try_from(length).map_err(|_| Refusal::new(RefusalCode::AmountOverflow))
}

impl<'a> Emitter<'a> {
    pub(super) fn new(lines: &'a [SplitLine], measure: &'a Measure, plan: &'a mut SplitPlan) -> Self {
        // Exact for lines that are neither cut nor discounted, which is the common case.
        plan.rows.reserve(lines.len());
        plan.parts.reserve(lines.len());
        Self { lines, measure, plan, taken: Vec::new() }
    }

    pub(super) fn plan(&mut self) -> &mut SplitPlan {
        self.plan
    }

    /// Writes one invoice.
    pub(super) fn invoice(&mut self, cells: &[Cell], merged: &Merged) -> Result<(), Refusal> {
        let first = position(self.plan.rows.len())?;
        let mut total = Sums::default();
        if merged.item.is_empty() {
            for cell in cells {
                self.row(std::slice::from_ref(cell), &mut total)?;
            }
        } else {
            for row in cells
                .chunk_by(|a, b| merged.item(a.line).is_some() && merged.item(a.line) == merged.item(b.line))
            {
                self.row(row, &mut total)?;
            }
        }
        self.close(first, &total)
    }

    /// Writes one invoice with all lines, none of them cut.
    pub(super) fn all(&mut self) -> Result<(), Refusal> {
        let mut total = Sums::default();
        for line in 0..position(self.lines.len())? {
            self.row(&[Cell { line, from: 0, to: WHOLE }], &mut total)?;
        }
        self.close(0, &total)
    }

    fn close(&mut self, first: u32, total: &Sums) -> Result<(), Refusal> {
        let end = position(self.plan.rows.len())?;
        self.plan.invoices.push(InvoiceSpan {
            net: Money::from_fen(total.net),
            tax: Money::from_fen(total.tax),
            gross: Money::from_fen(total.net + total.tax),
            rows: (first, end),
        });
        Ok(())
    }

    #[inline]
    fn row(&mut self, cells: &[Cell], total: &mut Sums) -> Result<(), Refusal> {
        if let [Cell { line: index, to: WHOLE, .. }] = *cells
            && let Some(line) = self.lines.get(index as usize)
            && !prints_discount(line)
        {
            return self.whole(index, line, total);
        }
        self.any_row(cells, total)
    }

    /// A row with one line, neither cut nor discounted: what most rows are.
    #[inline]
    fn whole(&mut self, index: u32, line: &SplitLine, total: &mut Sums) -> Result<(), Refusal> {
        let (net, tax, gross) = (line.net(), line.tax(), line.gross());
        let (quantity, discount) = (line.quantity(), line.discount());
        let first = position(self.plan.parts.len())?;
        self.plan.parts.push(Part { line: index, quantity, net, tax, gross, discount });
        let quantity = if line.quantity_ref().is_none_or(is_printable) { quantity } else { None };
        let parts = (first, first + 1);
        self.plan.rows.push(Row { kind: RowKind::Normal, quantity, net, tax, gross, parts });
        total.net += net.fen();
        total.tax += tax.fen();
        Ok(())
    }

    fn any_row(&mut self, cells: &[Cell], total: &mut Sums) -> Result<(), Refusal> {
        let first = position(self.plan.parts.len())?;
        let mut sums = Sums::default();
        let mut model = None;
        for (at, cell) in cells.iter().enumerate() {
            let Some(line) = self.lines.get(cell.line as usize) else { continue };
            let part = self.part(line, cell)?;
            sums.net += part.net.fen();
            sums.tax += part.tax.fen();
            sums.discount += part.discount.fen();
            let printed = match self.plan.policy.yields() {
                Yields::Price => line.quantity(),
                _ => part.quantity,
            };
            sums.quantity = if at == 0 { printed } else { add(sums.quantity, printed) };
            model = Some(line);
            self.plan.parts.push(part);
        }
        let Some(model) = model else { return Ok(()) };
        total.net += sums.net;
        total.tax += sums.tax;
        let end = position(self.plan.parts.len())?;
        let quantity = sums.quantity.filter(is_printable);
        let row = |kind, quantity, net: i64, tax: i64, parts| {
            let (net, tax, gross) = (Money::from_fen(net), Money::from_fen(tax), Money::from_fen(net + tax));
            Row { kind, quantity, net, tax, gross, parts }
        };
        if sums.discount > 0 && model.treatment() != Treatment::Differential {
            let net = net_of_gross(Money::from_fen(sums.discount), model.rate()).fen();
            let tax = sums.discount - net;
            let listed = row(RowKind::Discounted, quantity, sums.net + net, sums.tax + tax, (first, end));
            self.plan.rows.push(listed);
            self.plan.rows.push(row(RowKind::Discount, None, -net, -tax, (end, end)));
        } else {
            self.plan.rows.push(row(RowKind::Normal, quantity, sums.net, sums.tax, (first, end)));
        }
        Ok(())
    }

    fn part(&mut self, line: &SplitLine, cell: &Cell) -> Result<Part, Refusal> {
        if cell.to == WHOLE {
            let (net, tax, gross) = (line.net(), line.tax(), line.gross());
            let (quantity, discount) = (line.quantity(), line.discount());
            return Ok(Part { line: cell.line, quantity, net, tax, gross, discount });
        }
        self.cut(line, cell).ok_or_else(|| too_small(self.measure, cell.line))
    }

    /// The part of a line between two positions, by cumulative rounding. `None` where it would be without net
    /// amount or without quantity.
    fn cut(&mut self, line: &SplitLine, cell: &Cell) -> Option<Part> {
        let atoms = self.measure.atoms(line);
        let between = |total: Money| -> Option<i64> {
            let to = proportion(total, cell.to, atoms.count)?;
            Some(to.fen() - proportion(total, cell.from, atoms.count)?.fen())
        };
        let (net, tax) = match (atoms.whole_units, self.measure.basis) {
            (true, _) => (between(line.net())?, between(line.tax())?),
            (false, Basis::Net) => (cell.to - cell.from, between(line.tax())?),
            (false, Basis::Gross) => {
                let tax = self.tax_of_gross_part(line, cell, atoms)?;
                (cell.to - cell.from - tax, tax)
            }
        };
        let quantity = match line.quantity() {
            None => None,
            Some(_) if atoms.whole_units => Some(Decimal::from(cell.to - cell.from)),
            Some(whole) => Some(quantity_between(whole, cell.from, cell.to, atoms.count)?),
        };
        let money = Money::from_fen;
        let discount = money(between(line.discount())?);
        let part = Part {
            line: cell.line,
            quantity,
            net: money(net),
            tax: money(tax),
            gross: money(net + tax),
            discount,
        };
        (net > 0 && tax >= 0).then_some(part)
    }

    /// The tax of a part of a gross amount: cumulative rounding, moved by a fen where a part of a single fen
    /// would otherwise be all tax.
    fn tax_of_gross_part(&mut self, line: &SplitLine, cell: &Cell, atoms: Atoms) -> Option<i64> {
        if self.taken.is_empty() {
            self.taken.resize(self.lines.len(), 0);
        }
        let taken = self.taken.get_mut(cell.line as usize)?;
        let left = line.tax().fen() - *taken;
        let (size, behind) = (cell.to - cell.from, atoms.count - cell.to);
        let tax = if behind == 0 {
            left
        } else {
            let ideal = proportion(line.tax(), cell.to, atoms.count)?.fen() - *taken;
            // The rest keeps a fen of net as well.
            ideal.max(left - (behind - 1)).max(0).min(size - 1).min(left)
        };
        *taken += tax;
        Some(tax)
    }
}

fn add(sum: Option<Decimal>, more: Option<Decimal>) -> Option<Decimal> {
    sum?.checked_add(more?)
}

#[inline]
fn is_printable(quantity: &Decimal) -> bool {
    // The mantissa is never less than the number.
    quantity.mantissa() <= 200_000_000_000 || *quantity <= PRINTABLE_QUANTITY
}
