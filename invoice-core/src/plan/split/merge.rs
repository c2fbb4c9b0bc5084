//! Lines that share a printed row, and lines that come to nothing.

use std::collections::HashMap;

use rust_decimal::Decimal;

use super::line::SplitLine;
use super::measure::{Measure, prints_discount, weight};
use super::pack::{ALONE, Cell, Merged, Packed, WHOLE};
use super::survey::{FEN, drift};
use crate::tax::{TaxCode, TaxRate, Treatment};

/// What equal lines have in common; the price is a fraction in lowest terms.
#[derive(PartialEq, Eq, Hash)]
struct Alike {
    label: u32,
    code: TaxCode,
    rate: TaxRate,
    treatment: Treatment,
    price: (u128, u128),
}

/// An item being gathered.
struct Gathered {
    item: u32,
    drift: i64,
    quantity: Decimal,
}

/// The rounding a merged row may gather before the next begins: 0.06 yuan is tolerated, and a cut moves it by
/// less than 0.03.
const GATHER: i64 = 3 * FEN;

fn greatest_common_divisor(mut a: u128, mut b: u128) -> u128 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a.max(1)
}

fn price(line: &SplitLine) -> Option<(u128, u128)> {
    let quantity = line.quantity()?;
    let list = u128::try_from(line.list().fen()).ok()?.checked_mul(10_u128.checked_pow(quantity.scale())?)?;
    let quantity = u128::try_from(quantity.mantissa()).ok()?;
    let divisor = greatest_common_divisor(list, quantity);
    Some((list / divisor, quantity / divisor))
}

/// Finds the items among the lines of a group and brings the lines of each together, in order of its first.
pub(super) fn items(lines: &[SplitLine], order: &mut [u32]) -> Merged {
    let mut merged = Merged { item: vec![ALONE; lines.len()], discounted: Vec::new() };
    let mut open: HashMap<Alike, Gathered> = HashMap::new();
    let mut next = 0_u32;
    for &index in order.iter() {
        let Some(line) = lines.get(index as usize) else { continue };
        let alike = price(line).filter(|_| line.treatment() != Treatment::Differential).map(|price| Alike {
            label: line.label(),
            code: line.code(),
            rate: line.rate(),
            treatment: line.treatment(),
            price,
        });
        let item = match alike {
            None => None,
            Some(alike) => {
                let drift = drift(line);
                let quantity = line.quantity().unwrap_or_default();
                let gathered =
                    open.entry(alike).or_insert(Gathered { item: next, drift: 0, quantity: Decimal::ZERO });
                let sum = gathered.quantity.checked_add(quantity);
                let full = gathered.item != next && (gathered.drift + drift).abs() > GATHER;
                match sum {
                    Some(sum) if !full => (gathered.drift, gathered.quantity) = (gathered.drift + drift, sum),
                    _ => *gathered = Gathered { item: next, drift, quantity },
                }
                Some(gathered.item)
            }
        };
        let item = item.unwrap_or(next);
        if item == next {
            merged.discounted.push(false);
            next += 1;
        }
        if let Some(place) = merged.item.get_mut(index as usize) {
            *place = item;
        }
        if prints_discount(line)
            && let Some(discounted) = merged.discounted.get_mut(item as usize)
        {
            *discounted = true;
        }
    }
    order.sort_by_key(|&index| merged.item.get(index as usize).copied());
    merged
}

/// The cells of an invoice with the rows in order of their first line.
pub(super) fn by_row(cells: &[Cell], merged: &Merged) -> Vec<Cell> {
    let item = |cell: &Cell| merged.item(cell.line);
    let mut rows: Vec<&[Cell]> = cells.chunk_by(|a, b| item(a).is_some() && item(a) == item(b)).collect();
    rows.sort_by_key(|row| row.first().map(|cell| cell.line));
    rows.concat()
}

/// Puts lines that come to nothing beside others of their group where two rows are free, and leaves out the
/// rest. They never cause another invoice.
pub(super) fn place_zero_lines(
    packed: Packed,
    zero: &[u32],
    lines: &[SplitLine],
    measure: &Measure,
    merged: &Merged,
    left_out: &mut Vec<u32>,
) -> Packed {
    if zero.is_empty() {
        return packed;
    }
    let rows = |cell: &Cell| lines.get(cell.line as usize).map_or(2, weight);
    let mut waiting = Vec::with_capacity(zero.len());
    for &index in zero {
        let printable = lines
            .get(index as usize)
            .is_some_and(|line| line.discount().is_positive() && line.treatment() != Treatment::Differential);
        if printable { waiting.push(index) } else { left_out.push(index) }
    }
    let mut waiting = waiting.into_iter();
    let mut placed = Packed { cells: Vec::with_capacity(packed.cells.len() + zero.len()), ends: Vec::new() };
    let mut from = 0;
    for &end in &packed.ends {
        let cells = packed.cells.get(from..end).unwrap_or_default();
        let began = placed.cells.len();
        placed.cells.extend_from_slice(cells);
        let mut free = measure.rows.saturating_sub(cells.iter().map(rows).fold(0, u32::saturating_add));
        while free >= 2
            && let Some(line) = waiting.next()
        {
            placed.cells.push(Cell { line, from: 0, to: WHOLE });
            free -= 2;
        }
        // Merged rows are brought in order later, as a whole.
        if merged.item.is_empty()
            && let Some(invoice) = placed.cells.get_mut(began..)
        {
            invoice.sort_by_key(|cell| cell.line);
        }
        placed.close();
        from = end;
    }
    left_out.extend(waiting);
    placed
}
