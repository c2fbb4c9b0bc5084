//! One pass over the invoices, rows and parts of a split.

use rust_decimal::Decimal;

use super::bound::{Needs, check_bounds, check_group};
use super::{Fault, Violation};
use crate::limits::Basis;
use crate::money::Money;
use crate::plan::split::{
    GroupKey, Grouping, InvoiceSpan, Packing, Part, Row, RowKind, SplitLine, SplitPlan, SplitPolicy, Yields,
};
use crate::tax::Treatment;

const FEN: i128 = 1_000_000;
const ROW_TOLERANCE: i128 = 6 * FEN;
const INVOICE_TOLERANCE: i128 = 127 * FEN;
/// Up to this many lines are ticked off on the stack.
const FEW: usize = 512;
/// Above this a price of 13 decimals may miss the amount by more than 0.01, so none is printed.
const PRINTABLE: i128 = 200_000_000_000;

pub(super) fn fault<T>(fault: Fault, at: usize) -> Result<T, Violation> {
    Err(Violation { fault, at })
}

pub(super) fn ensure(holds: bool, what: Fault, at: usize) -> Result<(), Violation> {
    if holds { Ok(()) } else { fault(what, at) }
}

/// Checks a plan against the lines and the policy it was made for.
///
/// # Errors
/// The first [`Violation`] found.
pub fn check(lines: &[SplitLine], policy: &SplitPolicy, plan: &SplitPlan) -> Result<(), Violation> {
    ensure(plan.policy == *policy, Fault::Policy, 0)?;
    // Most orders are short: their bits need no allocation.
    let mut few = [0; FEW / 64];
    let mut many = Vec::new();
    let seen = if lines.len() <= FEW {
        few.as_mut_slice()
    } else {
        many.resize(lines.len().div_ceil(64), 0);
        many.as_mut_slice()
    };
    let mut check = Check { lines, policy, plan, seen, slots: Vec::new(), cut: Vec::new(), needs: None };
    let (mut invoices, mut rows) = (0_usize, 0_u32);
    for (at, group) in plan.groups.iter().enumerate() {
        let (from, to) = (group.invoices.0 as usize, group.invoices.1 as usize);
        ensure(from == invoices && to > from, Fault::Layout, at)?;
        let mut last_line = 0;
        // One invoice needs no proof.
        check.needs = (to - from > 1).then(|| Needs::new(policy));
        for index in from..to {
            let Some(invoice) = plan.invoices.get(index) else { return fault(Fault::Layout, index) };
            ensure(invoice.rows.0 == rows && invoice.rows.1 > rows, Fault::Layout, index)?;
            rows = invoice.rows.1;
            check.invoice(index, invoice, group.key, &mut last_line)?;
        }
        check_group(at, group, policy, check.needs.as_ref())?;
        invoices = to;
    }
    ensure(invoices == plan.invoices.len() && invoices > 0, Fault::Layout, invoices)?;
    ensure(rows as usize == plan.rows.len(), Fault::Layout, plan.rows.len())?;
    let parts = plan.rows.last().map_or(0, |row| row.parts.1);
    ensure(parts as usize == plan.parts.len(), Fault::Layout, plan.parts.len())?;
    check.lines_are_complete()?;
    check_bounds(plan)
}

/// What the parts of a line that was cut came to.
#[derive(Clone, Copy, Default)]
struct LineSum {
    net: i64,
    tax: i64,
    discount: i64,
    quantity: Decimal,
}

struct Check<'a> {
    lines: &'a [SplitLine],
    policy: &'a SplitPolicy,
    plan: &'a SplitPlan,
    /// One bit for each line that is on an invoice as a whole.
    seen: &'a mut [u64],
    /// By line, where in `cut` its sums are, from 1; empty when no line was cut.
    slots: Vec<u32>,
    /// Sums of the lines that were cut.
    cut: Vec<LineSum>,
    /// What the group at hand needs at least, where it is more than one invoice.
    needs: Option<Needs>,
}

/// Sums of a row or an invoice.
#[derive(Default)]
struct Total {
    net: i64,
    tax: i64,
    drift: i128,
}

fn drift(net: Money, tax: Money, line: &SplitLine) -> i128 {
    match line.treatment() {
        // Tax is not owed on the net amount.
        Treatment::Differential | Treatment::LeaseReduced => 0,
        _ => match (
            net.fen().checked_mul(i64::from(line.rate().millionths())),
            tax.fen().checked_mul(1_000_000),
        ) {
            // In 64 bits where they suffice, for they nearly always do.
            (Some(due), Some(tax)) => i128::from(due) - i128::from(tax),
            _ => i128::from(net.fen()) * i128::from(line.rate().millionths()) - i128::from(tax.fen()) * FEN,
        },
    }
}

#[inline]
fn same_number(a: Option<&Decimal>, b: Option<&Decimal>) -> bool {
    match (a, b) {
        // The same digits and decimals are the same number; others may be.
        (Some(a), Some(b)) => (a.mantissa() == b.mantissa() && a.scale() == b.scale()) || a == b,
        (None, None) => true,
        _ => false,
    }
}

impl Check<'_> {
    fn invoice(
        &mut self,
        index: usize,
        invoice: &InvoiceSpan,
        key: GroupKey,
        last_line: &mut u32,
    ) -> Result<(), Violation> {
        let rows = self.plan.rows(invoice);
        ensure(!rows.is_empty(), Fault::Layout, index)?;
        if let Some(cap) = self.policy.max_rows() {
            ensure(rows.len() <= cap as usize, Fault::RowCap, index)?;
        }
        let alone = key.mixing == Treatment::Differential.mixing_group();
        ensure(!alone || rows.len() == 1, Fault::Group, index)?;
        let mut total = Total::default();
        let mut first_of_row = None;
        let mut part = match rows.first() {
            Some(row) => row.parts.0,
            None => 0,
        };
        ensure(index > 0 || part == 0, Fault::Layout, index)?;
        let mut rest = rows;
        while let [row, behind @ ..] = rest {
            ensure(row.parts.0 == part && row.parts.1 > part, Fault::Layout, index)?;
            part = row.parts.1;
            let discount = behind.first().filter(|next| next.kind == RowKind::Discount);
            let first = self.row(index, row, discount, key, &mut total)?;
            ensure(first_of_row.is_none_or(|last| last < first), Fault::Order, index)?;
            first_of_row = Some(first);
            rest = if discount.is_some() { behind.get(1..).unwrap_or_default() } else { behind };
        }
        if self.policy.packing() == Packing::KeepOrder && !self.policy.merges_equal_lines() {
            let first = self.plan.parts.get(rows.first().map_or(0, |row| row.parts.0) as usize);
            let zero = first.is_some_and(|part| part.gross.is_zero());
            ensure(zero || first.is_some_and(|part| *last_line <= part.line), Fault::Order, index)?;
            *last_line = self.last_with_amount(rows).unwrap_or(*last_line);
        }
        self.invoice_totals(index, invoice, &total)?;
        if let Some(needs) = &mut self.needs {
            needs.invoice(invoice, total.drift);
        }
        // The next invoice goes on with the next part.
        let next = self.plan.rows.get(invoice.rows.1 as usize);
        ensure(next.is_none_or(|row| row.parts.0 == part), Fault::Layout, index)
    }

    fn last_with_amount(&self, rows: &[Row]) -> Option<u32> {
        let parts = rows.iter().rev().flat_map(|row| self.plan.parts(row));
        parts.filter(|part| !part.gross.is_zero()).map(|part| part.line).next()
    }

    fn invoice_totals(&self, index: usize, invoice: &InvoiceSpan, total: &Total) -> Result<(), Violation> {
        let sums = invoice.net.fen() == total.net && invoice.tax.fen() == total.tax;
        ensure(sums, Fault::InvoiceSum, index)?;
        ensure(invoice.net.checked_add(invoice.tax) == Some(invoice.gross), Fault::GrossSum, index)?;
        ensure(invoice.net.is_positive() && !invoice.tax.is_negative(), Fault::Amount, index)?;
        ensure(total.drift.abs() <= INVOICE_TOLERANCE, Fault::InvoiceTolerance, index)?;
        let Some(limit) = self.policy.limit() else { return Ok(()) };
        let amount = match limit.basis() {
            Basis::Net => invoice.net,
            Basis::Gross => invoice.gross,
        };
        ensure(amount <= limit.highest(), Fault::Limit, index)
    }

    /// Checks a row with the discount row behind it, and answers with its first line.
    fn row(
        &mut self,
        index: usize,
        row: &Row,
        discount: Option<&Row>,
        key: GroupKey,
        total: &mut Total,
    ) -> Result<u32, Violation> {
        let parts = self.plan.parts(row);
        if let ([part], None, RowKind::Normal) = (parts, discount, row.kind)
            && let Some(line) = self.lines.get(part.line as usize)
            && self.is_plain(row, part, line)
        {
            return self.plain_row(index, part, line, key, total);
        }
        let Some(first) = parts.first() else { return fault(Fault::Layout, index) };
        let Some(model) = self.lines.get(first.line as usize) else {
            return fault(Fault::UnknownLine, index);
        };
        let (mut net, mut tax, mut taken) = (0_i64, 0_i64, 0_i64);
        let mut last = None;
        for part in parts {
            ensure(last.is_none_or(|last| last < part.line), Fault::Order, index)?;
            last = Some(part.line);
            self.part(index, part, model, key)?;
            let sums = (net.checked_add(part.net.fen()), tax.checked_add(part.tax.fen()));
            let (Some(more_net), Some(more_tax)) = sums else { return fault(Fault::RowSum, index) };
            (net, tax) = (more_net, more_tax);
            taken = taken.saturating_add(part.discount.fen());
        }
        self.quantity(index, row, parts)?;
        self.amounts(index, row, model)?;
        match discount {
            None => {
                ensure(row.kind == RowKind::Normal, Fault::Discount, index)?;
                ensure(taken == 0 || model.treatment() == Treatment::Differential, Fault::Discount, index)?;
                ensure(row.net.fen() == net && row.tax.fen() == tax, Fault::RowSum, index)?;
            }
            Some(discount) => {
                ensure(row.kind == RowKind::Discounted, Fault::Discount, index)?;
                ensure(discount.parts == (row.parts.1, row.parts.1), Fault::Layout, index)?;
                ensure(discount.quantity.is_none(), Fault::Discount, index)?;
                ensure(discount.gross.fen() == -taken, Fault::Discount, index)?;
                self.amounts(index, discount, model)?;
                let nets = row.net.checked_add(discount.net).map(Money::fen) == Some(net);
                let taxes = row.tax.checked_add(discount.tax).map(Money::fen) == Some(tax);
                ensure(nets && taxes, Fault::RowSum, index)?;
            }
        }
        let sums = (total.net.checked_add(net), total.tax.checked_add(tax));
        let (Some(total_net), Some(total_tax)) = sums else { return fault(Fault::InvoiceSum, index) };
        (total.net, total.tax) = (total_net, total_tax);
        total.drift += drift(Money::from_fen(net), Money::from_fen(tax), model);
        Ok(first.line)
    }

    /// Whether a row prints exactly one whole line: what most rows do.
    #[inline]
    fn is_plain(&self, row: &Row, part: &Part, line: &SplitLine) -> bool {
        let amounts = |net, tax| (net, tax) == (line.net(), line.tax());
        amounts(row.net, row.tax)
            && amounts(part.net, part.tax)
            && row.gross == part.gross
            && part.discount.is_zero()
            && line.discount().is_zero()
            && same_number(row.quantity.as_ref(), line.quantity_ref())
            && same_number(part.quantity.as_ref(), line.quantity_ref())
            && row.quantity.as_ref().is_none_or(|quantity| quantity.mantissa() <= PRINTABLE)
    }

    /// The rest of what must hold for a row that is one line.
    #[inline]
    fn plain_row(
        &mut self,
        index: usize,
        part: &Part,
        line: &SplitLine,
        key: GroupKey,
        total: &mut Total,
    ) -> Result<u32, Violation> {
        let at = part.line as usize;
        ensure(self.key(line, part.line) == key, Fault::Group, at)?;
        ensure(part.net.checked_add(part.tax) == Some(part.gross), Fault::GrossSum, at)?;
        ensure(part.net.is_positive() && !part.tax.is_negative(), Fault::Amount, at)?;
        let off = drift(part.net, part.tax, line);
        ensure(off.abs() <= ROW_TOLERANCE, Fault::RowTolerance, index)?;
        let (Some(word), bit) = (self.seen.get_mut(at / 64), 1_u64 << (at % 64)) else {
            return fault(Fault::UnknownLine, at);
        };
        ensure(*word & bit == 0, Fault::PartSum, at)?;
        *word |= bit;
        self.meet(line);
        let sums = (total.net.checked_add(part.net.fen()), total.tax.checked_add(part.tax.fen()));
        let (Some(net), Some(tax)) = sums else { return fault(Fault::InvoiceSum, index) };
        (total.net, total.tax) = (net, tax);
        total.drift += off;
        Ok(part.line)
    }

    /// Counts a line with an amount toward what its group needs, the first time.
    #[inline]
    fn meet(&mut self, line: &SplitLine) {
        if let Some(needs) = &mut self.needs {
            needs.line(line, self.policy);
        }
    }

    /// Signs, gross, and the tolerance of one printed row.
    fn amounts(&self, index: usize, row: &Row, model: &SplitLine) -> Result<(), Violation> {
        let signs = match row.kind {
            RowKind::Normal | RowKind::Discounted => row.net.is_positive() && !row.tax.is_negative(),
            RowKind::Discount => row.net.is_negative() && !row.tax.is_positive(),
        };
        ensure(signs, Fault::Amount, index)?;
        ensure(row.net.checked_add(row.tax) == Some(row.gross), Fault::GrossSum, index)?;
        let off = drift(row.net, row.tax, model);
        ensure(off.abs() <= ROW_TOLERANCE, Fault::RowTolerance, index)
    }

    fn part(&mut self, index: usize, part: &Part, model: &SplitLine, key: GroupKey) -> Result<(), Violation> {
        let at = part.line as usize;
        let Some(line) = self.lines.get(at) else { return fault(Fault::UnknownLine, index) };
        ensure(self.key(line, part.line) == key, Fault::Group, at)?;
        let alike = std::ptr::eq(line, model) || (self.policy.merges_equal_lines() && equal(line, model));
        ensure(alike, Fault::Group, at)?;
        ensure(part.net.checked_add(part.tax) == Some(part.gross), Fault::GrossSum, at)?;
        let positive = part.net.is_positive() || line.gross().is_zero();
        ensure(positive && !part.tax.is_negative() && !part.discount.is_negative(), Fault::Amount, at)?;
        let (Some(word), bit) = (self.seen.get_mut(at / 64), 1_u64 << (at % 64)) else {
            return fault(Fault::UnknownLine, at);
        };
        let whole = part.net == line.net() && part.tax == line.tax() && part.discount == line.discount();
        if whole {
            ensure(same_number(part.quantity.as_ref(), line.quantity_ref()), Fault::Quantity, at)?;
            ensure(*word & bit == 0, Fault::PartSum, at)?;
            *word |= bit;
            if !part.net.is_zero() {
                self.meet(line);
            }
            return Ok(());
        }
        self.cut_part(at, part, line)
    }

    fn cut_part(&mut self, at: usize, part: &Part, line: &SplitLine) -> Result<(), Violation> {
        ensure(part.quantity.is_some() == line.quantity().is_some(), Fault::Quantity, at)?;
        let quantity = part.quantity.unwrap_or_default();
        let some = part.quantity.is_none() || (quantity > Decimal::ZERO);
        ensure(some, Fault::Quantity, at)?;
        if keeps_units(line, self.policy) {
            ensure(quantity.fract().is_zero(), Fault::Quantity, at)?;
        }
        if self.slots.is_empty() {
            self.slots.resize(self.lines.len(), 0);
        }
        let Some(slot) = self.slots.get_mut(at) else { return fault(Fault::UnknownLine, at) };
        if *slot == 0 {
            self.cut.push(LineSum::default());
            *slot = u32::try_from(self.cut.len()).unwrap_or(u32::MAX);
            if let Some(needs) = &mut self.needs {
                needs.line(line, self.policy);
            }
        }
        let Some(sum) = self.cut.get_mut(*slot as usize - 1) else { return fault(Fault::UnknownLine, at) };
        let sums = (
            sum.net.checked_add(part.net.fen()),
            sum.tax.checked_add(part.tax.fen()),
            sum.discount.checked_add(part.discount.fen()),
            sum.quantity.checked_add(quantity),
        );
        let (Some(net), Some(tax), Some(discount), Some(quantity)) = sums else {
            return fault(Fault::PartSum, at);
        };
        *sum = LineSum { net, tax, discount, quantity };
        Ok(())
    }

    fn quantity(&self, index: usize, row: &Row, parts: &[Part]) -> Result<(), Violation> {
        let printed = |part: &Part| match self.policy.yields() {
            Yields::Price => self.lines.get(part.line as usize).and_then(SplitLine::quantity),
            _ => part.quantity,
        };
        let mut parts = parts.iter().map(printed);
        let first = parts.next().flatten();
        let sum = parts.try_fold(first, |sum, next| match (sum, next) {
            (Some(sum), Some(next)) => sum.checked_add(next).map(Some),
            _ => None,
        });
        let Some(sum) = sum else { return fault(Fault::Quantity, index) };
        let printable = |quantity: &Decimal| {
            // Without dividing: a mantissa within the bound is a quantity within the bound.
            quantity.mantissa() <= PRINTABLE || *quantity <= Decimal::from_i128_with_scale(PRINTABLE, 0)
        };
        ensure(same_number(row.quantity.as_ref(), sum.filter(printable).as_ref()), Fault::Quantity, index)
    }

    fn key(&self, line: &SplitLine, index: u32) -> GroupKey {
        let treatment = line.treatment();
        let value = if treatment == Treatment::Differential {
            u64::from(index)
        } else {
            match self.policy.grouping() {
                Grouping::None => 0,
                Grouping::Category => line.code().number(),
                Grouping::Rate => u64::from(line.rate().millionths()),
                Grouping::Treatment => treatment as u64,
                Grouping::CodePrefix(digits) => line.code().prefix(u32::from(digits)).number(),
            }
        };
        GroupKey { mixing: treatment.mixing_group(), value }
    }

    /// Every line is whole on one invoice, or its parts sum to it, or it is left out and comes to nothing.
    fn lines_are_complete(&self) -> Result<(), Violation> {
        if self.cut.is_empty() && self.plan.left_out.is_empty() {
            let seen: u64 = self.seen.iter().map(|word| u64::from(word.count_ones())).sum();
            if usize::try_from(seen) == Ok(self.lines.len()) {
                return Ok(());
            }
        }
        let mut left_out = self.plan.left_out.iter().copied().peekable();
        for (index, line) in (0_u32..).zip(self.lines) {
            let at = index as usize;
            let whole = self.seen.get(at / 64).is_some_and(|word| word >> (at % 64) & 1 == 1);
            let slot = self.slots.get(at).and_then(|slot| slot.checked_sub(1));
            let cut = slot.and_then(|slot| self.cut.get(slot as usize));
            let out = left_out.next_if_eq(&index).is_some();
            match (whole, cut, out) {
                (true, None, false) => {}
                (false, None, true) => ensure(line.gross().is_zero(), Fault::LeftOut, at)?,
                (false, Some(sum), false) => {
                    let amounts = sum.net == line.net().fen() && sum.tax == line.tax().fen();
                    let rest = sum.discount == line.discount().fen()
                        && sum.quantity == line.quantity().unwrap_or_default();
                    ensure(amounts && rest, Fault::PartSum, at)?;
                }
                (false, None, false) => return fault(Fault::LeftOut, at),
                _ => return fault(Fault::PartSum, at),
            }
        }
        ensure(left_out.next().is_none(), Fault::LeftOut, self.lines.len())
    }
}

/// Whether equal lines may be one row: same label, code, rate, treatment and unit price.
fn equal(a: &SplitLine, b: &SplitLine) -> bool {
    let (Some(of_a), Some(of_b)) = (a.quantity(), b.quantity()) else { return false };
    let (of_a, of_b) = (of_a.normalize(), of_b.normalize());
    let scale = of_a.scale().max(of_b.scale());
    let lift = |quantity: Decimal| {
        10_i128.checked_pow(scale - quantity.scale()).and_then(|by| quantity.mantissa().checked_mul(by))
    };
    let (Some(of_a), Some(of_b)) = (lift(of_a), lift(of_b)) else { return false };
    let left = i128::from(a.list().fen()).checked_mul(of_b);
    let right = i128::from(b.list().fen()).checked_mul(of_a);
    let kind = |line: &SplitLine| (line.label(), line.code(), line.rate(), line.treatment());
    kind(a) == kind(b) && left.is_some() && left == right
}

/// Whether a line may only be cut between whole units.
pub(super) fn keeps_units(line: &SplitLine, policy: &SplitPolicy) -> bool {
    whole_units(line, policy).is_some()
}

/// The units of a line that may only be cut between them: the quantity is whole and any one unit fits.
pub(super) fn whole_units(line: &SplitLine, policy: &SplitPolicy) -> Option<i64> {
    let quantity = line.quantity().filter(|_| policy.yields() == Yields::Quantity)?;
    if !quantity.fract().is_zero() {
        return None;
    }
    let units = i64::try_from(quantity.trunc().mantissa()).ok().filter(|units| *units > 0)?;
    let Some(limit) = policy.limit() else { return Some(units) };
    let most = |amount: Money| (i128::from(amount.fen()) + i128::from(units) - 1) / i128::from(units);
    let unit = match limit.basis() {
        Basis::Net => most(line.net()),
        Basis::Gross => most(line.net()) + most(line.tax()),
    };
    (unit <= i128::from(limit.highest().fen())).then_some(units)
}
