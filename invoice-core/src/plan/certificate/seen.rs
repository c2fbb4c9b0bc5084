//! Every line once, and every part of a line that was cut once.

use rust_decimal::Decimal;

use super::fault::{Fault, Violation, ensure, fault};
use super::line::whole_units;
use crate::plan::split::{Cut, SplitLine, SplitPlan, SplitPolicy};

/// Up to this many bits are kept on the stack: most orders are short.
const FEW: usize = 512;

/// A set of indexes below a length.
pub(super) struct Bits {
    few: [u64; FEW / 64],
    many: Vec<u64>,
    length: usize,
    count: usize,
}

impl Bits {
    pub(super) fn new(length: usize) -> Self {
        let many = if length > FEW { vec![0; length.div_ceil(64)] } else { Vec::new() };
        Self { few: [0; FEW / 64], many, length, count: 0 }
    }

    fn words(&mut self) -> &mut [u64] {
        if self.many.is_empty() { &mut self.few } else { &mut self.many }
    }

    /// Adds an index that is below the length and not in the set; `false` for any other.
    pub(super) fn add(&mut self, at: usize) -> bool {
        self.add_run(at, 1)
    }

    /// Adds `count` indexes from `first` on; `false` where one is not below the length, or in the set.
    pub(super) fn add_run(&mut self, first: usize, count: usize) -> bool {
        let Some(end) = first.checked_add(count).filter(|end| *end <= self.length) else { return false };
        let mut at = first;
        while at < end {
            let bits = (64 - at % 64).min(end - at);
            let mask = u64::MAX >> (64 - bits) << (at % 64);
            match self.words().get_mut(at / 64) {
                Some(word) if *word & mask == 0 => *word |= mask,
                _ => return false,
            }
            at += bits;
        }
        self.count += count;
        true
    }

    pub(super) fn has(&self, at: usize) -> bool {
        let words = if self.many.is_empty() { self.few.as_slice() } else { self.many.as_slice() };
        words.get(at / 64).is_some_and(|word| word >> (at % 64) & 1 == 1)
    }

    pub(super) fn is_full(&self) -> bool {
        self.count == self.length
    }
}

/// The parts of each line that was cut lie behind each other, are sound, and sum to the line.
pub(super) fn check_cuts(
    lines: &[SplitLine],
    policy: &SplitPolicy,
    plan: &SplitPlan,
    seen: &mut Bits,
) -> Result<(), Violation> {
    for parts in plan.cuts.chunk_by(|a, b| a.line == b.line) {
        let Some(index) = parts.first().map(|part| part.line as usize) else { continue };
        let Some(line) = lines.get(index) else { return fault(Fault::UnknownLine, index) };
        ensure(parts.len() > 1 && seen.add(index), Fault::PartSum, index)?;
        let units = whole_units(line, policy).is_some();
        let (mut net, mut tax, mut discount) = (0_i128, 0_i128, 0_i128);
        let mut quantity = line.quantity().map(|_| Decimal::ZERO);
        for part in parts {
            let &Cut { net: own_net, tax: own_tax, discount: own_discount, .. } = part;
            let signs = own_net.is_positive() && !own_tax.is_negative() && !own_discount.is_negative();
            ensure(signs, Fault::Amount, index)?;
            net += i128::from(own_net.fen());
            tax += i128::from(own_tax.fen());
            discount += i128::from(own_discount.fen());
            quantity = match (quantity, part.quantity) {
                (None, None) => None,
                (Some(sum), Some(own)) => {
                    ensure(own > Decimal::ZERO, Fault::Quantity, index)?;
                    ensure(!units || own.fract().is_zero(), Fault::Quantity, index)?;
                    Some(sum.checked_add(own).ok_or(Violation { fault: Fault::PartSum, at: index })?)
                }
                _ => return fault(Fault::Quantity, index),
            };
        }
        let amounts = (net, tax) == (i128::from(line.net().fen()), i128::from(line.tax().fen()));
        let rest = discount == i128::from(line.discount().fen()) && quantity == line.quantity();
        ensure(amounts && rest, Fault::PartSum, index)?;
    }
    Ok(())
}

/// Every line is on an invoice or left out, and what is left out comes to nothing.
pub(super) fn check_complete(
    lines: &[SplitLine],
    plan: &SplitPlan,
    seen: &mut Bits,
) -> Result<(), Violation> {
    ensure(plan.left_out.is_sorted(), Fault::LeftOut, 0)?;
    for &index in &plan.left_out {
        let at = index as usize;
        let nothing = lines.get(at).is_some_and(|line| line.gross().is_zero());
        ensure(nothing && seen.add(at), Fault::LeftOut, at)?;
    }
    ensure(seen.is_full(), Fault::LeftOut, lines.len())
}
