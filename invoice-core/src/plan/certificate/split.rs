//! One pass over the invoices and rows of a split.

use rust_decimal::Decimal;

use super::bound::{Needs, check_bounds, check_group};
use super::fault::{Fault, Violation, ensure, fault};
use super::line::{drift, equal, grouped_by, stands_beside_anything};
use super::seen::{Bits, check_complete, check_cuts};
use crate::limits::Basis;
use crate::money::Money;
use crate::plan::split::{
    Cell, Group, GroupKey, InvoiceSpan, Packing, Row, RowKind, Rows, SplitLine, SplitPlan, SplitPolicy,
    Yields, span,
};
use crate::tax::Treatment;

const FEN: i128 = 1_000_000;
const ROW_TOLERANCE: i128 = 6 * FEN;
const INVOICE_TOLERANCE: i128 = 127 * FEN;
/// Above this a price of 13 decimals may miss the amount by more than 0.01, so none is printed.
const PRINTABLE: i128 = 200_000_000_000;

/// Checks a plan against the lines and the policy it was made for.
///
/// # Errors
/// The first [`Violation`] found.
pub fn check(lines: &[SplitLine], policy: &SplitPolicy, plan: &SplitPlan) -> Result<(), Violation> {
    ensure(plan.policy == *policy, Fault::Policy, 0)?;
    let mut check = Check {
        lines,
        policy,
        plan,
        seen: Bits::new(lines.len()),
        used: Bits::new(plan.cuts.len()),
        ordinary: None,
        needs: None,
        last: 0,
    };
    check_cuts(lines, policy, plan, &mut check.seen)?;
    let (mut invoices, mut cells) = (0_usize, 0_u32);
    for (at, group) in plan.groups.iter().enumerate() {
        let (from, to) = (group.invoices.0 as usize, group.invoices.1 as usize);
        ensure(from == invoices && to > from, Fault::Layout, at)?;
        check.last = 0;
        // One invoice needs no proof.
        check.needs = (to - from > 1).then(|| Needs::new(policy));
        for index in from..to {
            let Some(invoice) = plan.invoices.get(index) else { return fault(Fault::Layout, index) };
            ensure(invoice.cells.0 == cells && invoice.cells.1 > cells, Fault::Layout, index)?;
            cells = invoice.cells.1;
            check.invoice(index, invoice, group)?;
        }
        check_group(at, group, policy, check.needs.as_ref())?;
        invoices = to;
    }
    ensure(invoices == plan.invoices.len() && invoices > 0, Fault::Layout, invoices)?;
    ensure(cells as usize == plan.cells.len(), Fault::Layout, plan.cells.len())?;
    ensure(check.used.is_full(), Fault::Layout, plan.cuts.len())?;
    check_complete(lines, plan, &mut check.seen)?;
    check_bounds(plan)
}

struct Check<'a> {
    lines: &'a [SplitLine],
    policy: &'a SplitPolicy,
    plan: &'a SplitPlan,
    /// Lines that are on an invoice, or were cut.
    seen: Bits,
    /// Parts of cut lines that are on an invoice.
    used: Bits,
    /// Whether some line mixes as ordinary lines do, once somebody asked.
    ordinary: Option<bool>,
    /// What the group at hand needs at least, where it is more than one invoice.
    needs: Option<Needs>,
    /// The last line with an amount in this group.
    last: u32,
}

/// Sums of an invoice, and where its last row began.
#[derive(Default)]
struct Total {
    net: i64,
    tax: i64,
    drift: i128,
    rows: u64,
    first_of_row: Option<u32>,
}

impl Total {
    fn add(&mut self, at: usize, net: i64, tax: i64, off: i128) -> Result<(), Violation> {
        let sums = self.net.checked_add(net).zip(self.tax.checked_add(tax));
        let Some((net, tax)) = sums else { return fault(Fault::InvoiceSum, at) };
        (self.net, self.tax) = (net, tax);
        self.drift += off;
        Ok(())
    }

    /// Rows lie in the order of their first lines.
    fn begin_row(&mut self, index: usize, first: u32) -> Result<(), Violation> {
        ensure(self.first_of_row.is_none_or(|last| last < first), Fault::Order, index)?;
        self.first_of_row = Some(first);
        self.rows += 1;
        Ok(())
    }
}

/// A share of a line as the plan has it.
struct Share<'a> {
    line: u32,
    of: &'a SplitLine,
    quantity: Option<Decimal>,
    net: Money,
    tax: Money,
    discount: Money,
}

/// The shares of one row together.
struct Shares<'a> {
    first: u32,
    model: &'a SplitLine,
    printed: Option<Decimal>,
    net: i64,
    tax: i64,
    taken: i64,
}

impl Shares<'_> {
    fn add(&mut self, printed: Option<Decimal>, net: i64, tax: i64, taken: i64) -> Option<()> {
        self.net = self.net.checked_add(net)?;
        self.tax = self.tax.checked_add(tax)?;
        self.taken = self.taken.checked_add(taken)?;
        self.printed = match (self.printed, printed) {
            (Some(sum), Some(more)) => Some(sum.checked_add(more)?),
            _ => None,
        };
        Some(())
    }
}

impl<'a> Check<'a> {
    fn invoice(&mut self, index: usize, invoice: &InvoiceSpan, group: &Group) -> Result<(), Violation> {
        let mut rest = self.plan.cells.get(span(invoice.cells)).unwrap_or_default();
        let mut total = Total::default();
        let before = self.last;
        let first = self.first_line(rest);
        while let Some(cell) = rest.first() {
            let length = match *cell {
                Cell::Joined(count) => (count as usize).saturating_add(1),
                Cell::Lines { .. } | Cell::Cut(_) => 1,
            };
            let Some((row, behind)) = rest.split_at_checked(length) else {
                return fault(Fault::Layout, index);
            };
            match *cell {
                Cell::Lines { first, count } => {
                    self.meet_lines(first, count)?;
                    self.lines(index, first, count, group.key, &mut total)?;
                }
                Cell::Cut(_) => self.row(index, row, row, group.key, &mut total)?,
                Cell::Joined(count) => {
                    ensure(self.policy.merges_equal_lines() && count > 1, Fault::Group, index)?;
                    let printed = row.get(1..).unwrap_or_default();
                    for cell in printed {
                        if let Cell::Lines { first, count } = *cell {
                            self.meet_lines(first, count)?;
                        }
                    }
                    self.row(index, row, printed, group.key, &mut total)?;
                }
            }
            rest = behind;
        }
        if self.policy.packing() == Packing::KeepOrder && !self.policy.merges_equal_lines() {
            let zero = first
                .and_then(|first| self.lines.get(first as usize))
                .is_some_and(|line| line.gross().is_zero());
            ensure(zero || first.is_some_and(|first| before <= first), Fault::Order, index)?;
        }
        if let Some(cap) = self.policy.max_rows() {
            ensure(total.rows <= u64::from(cap), Fault::RowCap, index)?;
        }
        let alone = group.key.mixing == Treatment::Differential.mixing_group();
        ensure(!alone || total.rows == 1, Fault::Group, index)?;
        self.invoice_totals(index, invoice, &total)?;
        if let Some(needs) = &mut self.needs {
            needs.invoice(invoice, total.drift);
        }
        Ok(())
    }

    /// Whole lines are on one invoice, once.
    fn meet_lines(&mut self, first: u32, count: u32) -> Result<(), Violation> {
        let met = count > 0 && self.seen.add_run(first as usize, count as usize);
        ensure(met, Fault::PartSum, first as usize)
    }

    fn first_line(&self, cells: &[Cell]) -> Option<u32> {
        cells.iter().find_map(|cell| match *cell {
            Cell::Lines { first, .. } => Some(first),
            Cell::Cut(at) => self.plan.cuts.get(at as usize).map(|cut| cut.line),
            Cell::Joined(_) => None,
        })
    }

    fn invoice_totals(&self, index: usize, invoice: &InvoiceSpan, total: &Total) -> Result<(), Violation> {
        let sums = invoice.net.fen() == total.net && invoice.tax.fen() == total.tax;
        ensure(sums, Fault::InvoiceSum, index)?;
        ensure(invoice.net.checked_add(invoice.tax) == Some(invoice.gross()), Fault::GrossSum, index)?;
        ensure(invoice.net.is_positive() && !invoice.tax.is_negative(), Fault::Amount, index)?;
        ensure(total.drift.abs() <= INVOICE_TOLERANCE, Fault::InvoiceTolerance, index)?;
        let Some(limit) = self.policy.limit() else { return Ok(()) };
        let amount = match limit.basis() {
            Basis::Net => invoice.net,
            Basis::Gross => invoice.gross(),
        };
        ensure(amount <= limit.highest(), Fault::Limit, index)
    }

    /// Whole lines, each a row of its own.
    fn lines(
        &mut self,
        index: usize,
        first: u32,
        count: u32,
        key: GroupKey,
        total: &mut Total,
    ) -> Result<(), Violation> {
        let Some(run) = self.run(first, count) else { return fault(Fault::UnknownLine, first as usize) };
        ensure(total.first_of_row.is_none_or(|last| last < first), Fault::Order, index)?;
        for (at, line) in (first..).zip(run) {
            // A line without discount is its own row, in every field: what most are.
            let plain = line.discount().is_zero()
                && line.quantity_ref().is_none_or(|quantity| (1..=PRINTABLE).contains(&quantity.mantissa()));
            if !plain {
                let row = [Cell::Lines { first: at, count: 1 }];
                self.row(index, &row, &row, key, total)?;
                continue;
            }
            total.rows += 1;
            let (net, tax) = (line.net(), line.tax());
            ensure(self.key(line, at) == key, Fault::Group, at as usize)?;
            ensure(net.is_positive() && !tax.is_negative(), Fault::Amount, at as usize)?;
            let off = drift(net, tax, line);
            ensure(off.abs() <= ROW_TOLERANCE, Fault::RowTolerance, index)?;
            if let Some(needs) = &mut self.needs {
                needs.line(line, self.policy);
            }
            self.last = at;
            total.add(index, net.fen(), tax.fen(), off)?;
        }
        total.first_of_row = first.checked_add(count - 1);
        Ok(())
    }

    fn run(&self, first: u32, count: u32) -> Option<&'a [SplitLine]> {
        let end = first.checked_add(count).filter(|_| count > 0)?;
        self.lines.get(first as usize..end as usize)
    }

    /// Any other row, with its discount row: as the plan has it, and the cells it prints.
    fn row(
        &mut self,
        index: usize,
        row: &[Cell],
        cells: &[Cell],
        key: GroupKey,
        total: &mut Total,
    ) -> Result<(), Violation> {
        let mut rows = Rows::new(self.plan, self.lines, row);
        let Some(row) = rows.next() else { return fault(Fault::Layout, index) };
        let discount = rows.next();
        ensure(rows.next().is_none(), Fault::Layout, index)?;
        let Shares { first, model, printed, net, tax, taken } = self.shares(index, cells, &row, key)?;
        total.begin_row(index, first)?;
        let printable = |quantity: &Decimal| *quantity <= Decimal::from_i128_with_scale(PRINTABLE, 0);
        ensure(row.quantity == printed.filter(printable), Fault::Quantity, index)?;
        amounts(index, &row, model)?;
        match discount {
            None => {
                ensure(row.kind == RowKind::Normal, Fault::Discount, index)?;
                ensure(taken == 0 || model.treatment() == Treatment::Differential, Fault::Discount, index)?;
                ensure((row.net.fen(), row.tax.fen()) == (net, tax), Fault::RowSum, index)?;
            }
            Some(discount) => {
                total.rows += 1;
                let kinds = (row.kind, discount.kind) == (RowKind::Discounted, RowKind::Discount);
                ensure(kinds && model.treatment() != Treatment::Differential, Fault::Discount, index)?;
                let bare = discount.quantity.is_none() && discount.parts().next().is_none();
                ensure(bare && discount.gross().fen() == -taken, Fault::Discount, index)?;
                amounts(index, &discount, model)?;
                let nets = row.net.checked_add(discount.net).map(Money::fen) == Some(net);
                let taxes = row.tax.checked_add(discount.tax).map(Money::fen) == Some(tax);
                ensure(nets && taxes, Fault::RowSum, index)?;
            }
        }
        total.add(index, net, tax, drift(Money::from_fen(net), Money::from_fen(tax), model))
    }

    /// What a row prints, share by share, each of them what the row says it prints.
    fn shares(
        &mut self,
        index: usize,
        cells: &[Cell],
        row: &Row<'_>,
        key: GroupKey,
    ) -> Result<Shares<'a>, Violation> {
        let mut parts = row.parts();
        let mut all: Option<(Shares<'a>, u32)> = None;
        for cell in cells {
            let (place, count) = match *cell {
                Cell::Lines { first, count } => (first, count),
                Cell::Cut(at) => (at, 1),
                Cell::Joined(_) => return fault(Fault::Layout, index),
            };
            for step in 0..count {
                let share = self.share(index, *cell, place.checked_add(step))?;
                let at = share.line as usize;
                ensure(self.key(share.of, share.line) == key, Fault::Group, at)?;
                let as_printed = parts.next().is_some_and(|part| {
                    (part.line, part.quantity, part.net, part.tax, part.discount)
                        == (share.line, share.quantity, share.net, share.tax, share.discount)
                });
                ensure(as_printed, Fault::PartSum, at)?;
                if !share.of.gross().is_zero() {
                    self.last = share.line;
                }
                let printed = match self.policy.yields() {
                    Yields::Price => share.of.quantity(),
                    Yields::Quantity | Yields::FractionOfQuantity => share.quantity,
                };
                let (net, tax, taken) = (share.net.fen(), share.tax.fen(), share.discount.fen());
                match &mut all {
                    None => {
                        let (first, model) = (share.line, share.of);
                        all = Some((Shares { first, model, printed, net, tax, taken }, first));
                    }
                    Some((sums, last)) => {
                        ensure(*last < share.line, Fault::Order, index)?;
                        ensure(equal(sums.model, share.of), Fault::Group, at)?;
                        *last = share.line;
                        ensure(sums.add(printed, net, tax, taken).is_some(), Fault::RowSum, index)?;
                    }
                }
            }
        }
        ensure(parts.next().is_none(), Fault::PartSum, index)?;
        all.map(|(sums, _)| sums).ok_or(Violation { fault: Fault::Layout, at: index })
    }

    /// A share of a row, met for the first time: a whole line, or the next part of a line that was cut.
    fn share(&mut self, index: usize, cell: Cell, place: Option<u32>) -> Result<Share<'a>, Violation> {
        let Some(place) = place else { return fault(Fault::UnknownLine, index) };
        let at = place as usize;
        if let Cell::Cut(_) = cell {
            let Some(cut) = self.plan.cuts.get(at) else { return fault(Fault::Layout, index) };
            let before = at.checked_sub(1).and_then(|before| self.plan.cuts.get(before));
            let begins = before.is_none_or(|before| before.line != cut.line);
            // The parts of a line are on invoices in their order.
            ensure(self.used.add(at) && (begins || self.used.has(at - 1)), Fault::Order, at)?;
            let Some(of) = self.lines.get(cut.line as usize) else { return fault(Fault::UnknownLine, at) };
            if begins {
                self.meet(of);
            }
            let (line, quantity, net, tax, discount) =
                (cut.line, cut.quantity, cut.net, cut.tax, cut.discount);
            return Ok(Share { line, of, quantity, net, tax, discount });
        }
        let Some(of) = self.lines.get(at) else { return fault(Fault::UnknownLine, at) };
        let positive = of.net().is_positive() || of.gross().is_zero();
        ensure(positive && !of.tax().is_negative(), Fault::Amount, at)?;
        ensure(of.quantity().is_none_or(|quantity| quantity > Decimal::ZERO), Fault::Quantity, at)?;
        if !of.net().is_zero() {
            self.meet(of);
        }
        let (quantity, discount) = (of.quantity(), of.discount());
        Ok(Share { line: place, of, quantity, net: of.net(), tax: of.tax(), discount })
    }

    /// Counts a line with an amount toward what its group needs, the first time.
    fn meet(&mut self, line: &SplitLine) {
        if let Some(needs) = &mut self.needs {
            needs.line(line, self.policy);
        }
    }

    /// What a line must have in common with the others on its invoice.
    #[inline]
    fn key(&mut self, line: &SplitLine, at: u32) -> GroupKey {
        let mixing = if stands_beside_anything(line) && self.has_ordinary_lines() {
            Treatment::Standard.mixing_group()
        } else {
            line.treatment().mixing_group()
        };
        GroupKey { mixing, value: grouped_by(line, at, self.policy) }
    }

    fn has_ordinary_lines(&mut self) -> bool {
        let ordinary = Treatment::Standard.mixing_group();
        let lines = self.lines;
        *self
            .ordinary
            .get_or_insert_with(|| lines.iter().any(|line| line.treatment().mixing_group() == ordinary))
    }
}

/// Signs and the tolerance of one printed row.
fn amounts(index: usize, row: &Row<'_>, model: &SplitLine) -> Result<(), Violation> {
    let signs = match row.kind {
        RowKind::Normal | RowKind::Discounted => row.net.is_positive() && !row.tax.is_negative(),
        RowKind::Discount => row.net.is_negative() && !row.tax.is_positive(),
    };
    ensure(signs, Fault::Amount, index)?;
    ensure(row.net.checked_add(row.tax) == Some(row.gross()), Fault::GrossSum, index)?;
    ensure(drift(row.net, row.tax, model).abs() <= ROW_TOLERANCE, Fault::RowTolerance, index)
}
