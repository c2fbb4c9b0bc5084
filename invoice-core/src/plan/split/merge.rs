//! Lines that share a printed row, and lines that come to nothing.

use std::collections::HashMap;

use rust_decimal::Decimal;

use super::line::SplitLine;
use super::measure::{Measure, prints_discount, weight};
use super::order::Order;
use super::pack::{ALONE, Merged, Packed, Piece, Sheet};
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
pub(super) fn items(lines: &[SplitLine], order: &mut Order) -> Merged {
    let mut merged = Merged { item: vec![ALONE; lines.len()], discounted: Vec::new() };
    let mut open: HashMap<Alike, Gathered> = HashMap::new();
    let mut next = 0_u32;
    for index in order.indexes() {
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
    let mut together: Vec<u32> = order.indexes().collect();
    together.sort_by_key(|&index| merged.item.get(index as usize).copied());
    *order = together.into_iter().collect();
    merged
}

/// The pieces of an invoice, row by row: rows in order of their first line.
pub(super) fn by_row<'a>(pieces: &'a [Piece], merged: &Merged) -> Vec<&'a [Piece]> {
    let item = |piece: &Piece| merged.item(piece.line());
    let mut rows: Vec<&[Piece]> = pieces.chunk_by(|a, b| item(a).is_some() && item(a) == item(b)).collect();
    rows.sort_by_key(|row| row.first().map(Piece::line));
    rows
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
    let mut waiting = Vec::with_capacity(zero.len());
    for &index in zero {
        let printable = lines.get(index as usize).is_some_and(prints_discount);
        if printable { waiting.push(index) } else { left_out.push(index) }
    }
    let mut waiting = waiting.into_iter();
    let mut placed = Packed::default();
    let mut from = 0;
    for &sheet in &packed.sheets {
        let pieces = packed.pieces.get(from..sheet.end).unwrap_or_default();
        let began = placed.pieces.len();
        placed.pieces.extend_from_slice(pieces);
        let rows = pieces.iter().flat_map(|piece| piece.of(lines)).map(weight);
        let mut free = measure.rows.saturating_sub(rows.fold(0, u32::saturating_add));
        while free >= 2
            && let Some(line) = waiting.next()
        {
            placed.pieces.push(Piece::whole(line));
            free -= 2;
        }
        // Merged rows are brought in order later, as a whole.
        if merged.is_empty()
            && let Some(invoice) = placed.pieces.get_mut(began..)
        {
            invoice.sort_by_key(Piece::line);
        }
        placed.sheets.push(Sheet { end: placed.pieces.len(), ..sheet });
        from = sheet.end;
    }
    left_out.extend(waiting);
    placed
}
