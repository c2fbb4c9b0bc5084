//! Whatever is changed in a plan, the checker refuses it.

use std::collections::{HashMap, HashSet};
use std::env;

use proptest::prelude::*;
use rust_decimal::Decimal;

use super::{Fault, check, check_red};
use crate::limits::InvoiceLimit;
use crate::money::Money;
use crate::plan::red::{
    BlueInvoice, BluePart, BlueRow, RedDemand, RedExtent, RedPlan, RedReason, WholeBecause, plan_red,
};
use crate::plan::split::{
    BoundKind, Cell, Grouping, Part, Row, RowKind, SplitLine, SplitPlan, SplitPolicy, Yields, split,
};
use crate::tax::{TaxRate, Treatment};

/// Ten thousand; the long job sets `PLAN_CASES`, see `docs/proof.md`.
fn cases() -> u32 {
    env::var("PLAN_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(10_000)
}

fn more(money: &mut Money, by: i64) {
    *money = Money::from_fen(money.fen() + by);
}

fn other(quantity: &mut Option<Decimal>, by: i64) {
    *quantity = match *quantity {
        Some(quantity) if by > 0 => Some(quantity + Decimal::new(by, 6)),
        Some(_) => None,
        None => Some(Decimal::ONE),
    };
}

/// What can be changed in a plan: every field of everything it holds, and what it holds left out, doubled, swapped.
const MUTATIONS: u8 = 33;
const SWAPPED_CELLS: u8 = 19;

/// Whether two plans print the same invoices of equal lines, and the second books every line in full: as a part of one
/// line and as much of an equal one may change places.
fn prints_the_same(lines: &[SplitLine], plan: &SplitPlan, other: &SplitPlan) -> bool {
    let kind = |line: u32| {
        let line = &lines[line as usize];
        (line.code(), line.rate(), line.treatment(), line.label())
    };
    let print = |plan: &SplitPlan| -> Vec<_> {
        let rows = |invoice| plan.rows(lines, invoice);
        let row = |row: Row<'_>| {
            let kinds: Vec<_> = row.parts().map(|part| kind(part.line)).collect();
            (row.kind(), row.quantity(), row.net(), row.tax(), kinds)
        };
        plan.invoices.iter().map(|invoice| (*invoice, rows(invoice).map(row).collect::<Vec<_>>())).collect()
    };
    let booked = |at: u32| {
        let rows = other.invoices.iter().flat_map(|invoice| other.rows(lines, invoice));
        let parts: Vec<Part> = rows.flat_map(|row| row.parts().collect::<Vec<_>>()).collect();
        let parts = || parts.iter().filter(|part| part.line == at);
        let sum = |of: fn(&Part) -> Money| parts().map(of).sum::<Money>();
        let quantity: Option<Decimal> = parts().map(|part| part.quantity).sum();
        let line = &lines[at as usize];
        (sum(|part| part.net), sum(|part| part.tax), sum(|part| part.discount))
            == (line.net(), line.tax(), line.discount())
            && quantity == line.quantity()
    };
    let mut printed =
        (0..u32::try_from(lines.len()).unwrap()).filter(|line| !other.left_out().contains(line));
    print(plan) == print(other) && printed.all(booked)
}

/// Changes one field; `false` where there is none of the kind.
fn mutate(plan: &mut SplitPlan, field: u8, at: usize, by: i64) -> bool {
    let step = u32::try_from(by.unsigned_abs()).unwrap();
    let (invoices, cells, groups) = (plan.invoices.len(), plan.cells.len(), plan.groups.len());
    let invoice = &mut plan.invoices[at % invoices];
    let group = &mut plan.groups[at % groups];
    match field {
        0 => more(&mut invoice.net, by),
        1 => more(&mut invoice.tax, by),
        2 => invoice.cells.0 += step,
        3 => invoice.cells.1 = invoice.cells.1.wrapping_sub(step),
        4 => group.bound += step,
        5 => {
            let other = group.why == BoundKind::Tolerance;
            group.why = if other { BoundKind::Rows } else { BoundKind::Tolerance };
        }
        6 => group.key.value += u64::from(step),
        7 => group.key.mixing ^= 1,
        8 => group.invoices.1 += step,
        9 => group.invoices.0 += step,
        10 => plan.lower_bound = plan.lower_bound.wrapping_add_signed(i32::try_from(by).unwrap()),
        11 => plan.left_out.push(step),
        12 => plan.policy = plan.policy.with_max_rows(7_777),
        13 => drop(plan.cells.pop()),
        14 => drop(plan.invoices.pop()),
        15 => drop(plan.groups.pop()),
        16 => plan.cells.push(plan.cells[at % cells]),
        17 => plan.groups.push(plan.groups[at % groups]),
        18 if invoices > 1 => plan.invoices.swap(at % invoices, (at + 1) % invoices),
        SWAPPED_CELLS if cells > 1 => plan.cells.swap(at % cells, (at + 1) % cells),
        20 => {
            // A cell more, joined with what comes next.
            let (at, end) = (at % cells, u32::try_from(cells).unwrap() + 1);
            plan.cells.insert(at, Cell::Joined(step));
            plan.invoices.last_mut().unwrap().cells.1 = end;
        }
        21 => match &mut plan.cells[at % cells] {
            Cell::Lines { first, .. } => *first += step,
            Cell::Cut(cut) => *cut += step,
            Cell::Joined(count) => *count += step,
        },
        22 => match &mut plan.cells[at % cells] {
            Cell::Lines { count, .. } | Cell::Joined(count) => *count = count.wrapping_sub(step),
            Cell::Cut(cut) => *cut = cut.wrapping_sub(step),
        },
        23 => plan.cells[at % cells] = Cell::Cut(step),
        24 => plan.cells[at % cells] = Cell::Lines { first: step, count: 1 },
        _ => return mutate_cut(plan, field, at, by),
    }
    true
}

/// Changes a part of a line that was cut.
fn mutate_cut(plan: &mut SplitPlan, field: u8, at: usize, by: i64) -> bool {
    let cuts = plan.cuts.len();
    if cuts == 0 {
        return false;
    }
    let cut = &mut plan.cuts[at % cuts];
    match field {
        25 => cut.line += u32::try_from(by.unsigned_abs()).unwrap(),
        26 => more(&mut cut.net, by),
        27 => more(&mut cut.tax, by),
        28 => more(&mut cut.discount, by),
        29 => other(&mut cut.quantity, by),
        30 => drop(plan.cuts.pop()),
        31 => plan.cuts.push(plan.cuts[at % cuts]),
        32 => {
            // A fen moved from one part of a line to the next: the line holds, the invoices do not.
            more(&mut cut.net, by);
            more(&mut plan.cuts[(at + 1) % cuts].net, -by);
        }
        _ => return false,
    }
    true
}

fn lines() -> impl Strategy<Value = Vec<SplitLine>> {
    let line = (1_i64..3_000_000, 0_u8..5, 0_usize..3, prop::option::of(1_i64..40));
    let line = line.prop_map(|(list, off, code, units)| {
        let code = ["1040201990000000000", "1060201010000000000", "3070401000000000000"][code];
        let discount = if off == 0 { list / 3 } else { 0 };
        let rate = TaxRate::percent(13).unwrap();
        let (list, discount) = (Money::from_fen(list), Money::from_fen(discount));
        let line = SplitLine::new(code.parse().unwrap(), rate, Treatment::Standard, list, discount).unwrap();
        units.map_or(line, |units| line.with_quantity(Decimal::from(units)))
    });
    // Some lines come again at the same price, so that there are rows to merge; twice as much of them, because a plan
    // in which two equal lines change places is as good.
    (prop::collection::vec(line, 1..7), 0_usize..3).prop_map(|(mut lines, again)| {
        for at in 0..again.min(lines.len()) {
            let line = lines[at];
            let twice = |amount: Money| Money::from_fen(amount.fen() * 2);
            let (list, discount) = (twice(line.list()), twice(line.discount()));
            let more = SplitLine::new(line.code(), line.rate(), line.treatment(), list, discount).unwrap();
            let quantity = line.quantity().map(|quantity| quantity * Decimal::TWO);
            lines.push(quantity.map_or(more, |quantity| more.with_quantity(quantity)));
        }
        lines
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn every_mutated_plan_is_refused(
        lines in lines(),
        kind in (any::<bool>(), any::<bool>(), any::<bool>(), 0_u8..3, prop::option::of(2_u32..6)),
        (field, at, by) in (0..MUTATIONS, 0_usize..64, prop_oneof![1_i64..4, -3_i64..0]),
    ) {
        let (limited, grouped, merged, yields, rows) = kind;
        let yields = [Yields::Quantity, Yields::FractionOfQuantity, Yields::Price][usize::from(yields)];
        let mut policy = SplitPolicy::new().with_yields(yields);
        if limited {
            policy = policy.with_limit(InvoiceLimit::WAN_1);
        }
        if merged {
            policy = policy.merging_equal_lines();
        }
        if grouped {
            policy = policy.with_grouping(Grouping::Category);
        }
        if let Some(rows) = rows {
            policy = policy.with_max_rows(rows);
        }
        let plan = split(&lines, &policy).unwrap();
        prop_assert_eq!(check(&lines, &policy, &plan), Ok(()));
        let mut mutant = plan.clone();
        if mutate(&mut mutant, field, at, by) && mutant != plan && check(&lines, &policy, &mutant).is_ok() {
            let same = field == SWAPPED_CELLS && prints_the_same(&lines, &plan, &mutant);
            prop_assert!(same, "field {} accepted", field);
        }
    }
}

/// 50.00 of 3 for 300.00, printed as one piece: the sums hold, the price of the blue row does not.
#[test]
fn a_quantity_off_the_blue_price_is_refused() {
    let fen = Money::from_fen;
    let three = Some(Decimal::from(3));
    let part = BluePart::new(0, three, fen(26_549), fen(3_451), fen(30_000));
    let blues = [BlueInvoice::new(vec![BlueRow::new(1, three, vec![part])])];
    for (gross, quantity, fault) in [
        (5_000, Some(Decimal::ONE), Fault::Price),
        (10_000, Some(Decimal::new(10_002, 4)), Fault::Price),
        (10_000, None, Fault::Quantity),
        (10_000, three, Fault::Quantity),
    ] {
        let demands = [RedDemand { line: 0, gross: fen(gross), quantity: Some(Decimal::ONE) }];
        for reason in [RedReason::Returned, RedReason::Allowance] {
            let none = (reason == RedReason::Allowance).then_some(RedDemand { quantity: None, ..demands[0] });
            let demands = none.map_or(demands, |demand| [demand]);
            let mut plan = plan_red(&blues, &demands, reason, RedExtent::Minimal).unwrap();
            let row = &mut plan.forms[0].rows[0];
            if (row.quantity, row.parts[0].quantity) == (quantity, quantity) {
                continue;
            }
            (row.quantity, row.parts[0].quantity) = (quantity, quantity);
            let given = check_red(&blues, &demands, reason, RedExtent::Minimal, &plan);
            let fault = if reason == RedReason::Allowance { Fault::Quantity } else { fault };
            assert_eq!(given.map_err(|violation| violation.fault), Err(fault), "{quantity:?} {reason:?}");
        }
    }
}

/// Rule 12 of the twenty: the discount row follows its row, has the same code and rate, and no quantity; a plan holds
/// no discount rows of its own, so that there is none to change or to move.
#[test]
fn a_discount_row_follows_its_row_and_has_no_quantity() {
    let rate = TaxRate::percent(13).unwrap();
    let line = |list, discount| {
        let (list, discount) = (Money::from_fen(list), Money::from_fen(discount));
        let code = "1040201990000000000".parse().unwrap();
        SplitLine::new(code, rate, Treatment::Standard, list, discount).unwrap().with_quantity(Decimal::TWO)
    };
    let (lines, policy) = (vec![line(10_000, 1_000), line(500, 0)], SplitPolicy::new());
    let plan = split(&lines, &policy).unwrap();
    assert_eq!(check(&lines, &policy, &plan), Ok(()));
    let printed = plan.rows(&lines, &plan.invoices[0]);
    let printed: Vec<_> = printed.map(|row| (row.kind(), row.quantity(), row.gross().fen())).collect();
    let two = Some(Decimal::TWO);
    assert_eq!(
        printed,
        [(RowKind::Discounted, two, 10_000), (RowKind::Discount, None, -1_000), (RowKind::Normal, two, 500)]
    );
}

/// A plan is refused for other lines than its own: any field of any line changed.
#[test]
fn a_plan_of_other_lines_is_refused() {
    let rate = |percent| TaxRate::percent(percent).unwrap();
    let fen = Money::from_fen;
    let new = |percent, treatment, list, discount| {
        let code = "1040201990000000000".parse().unwrap();
        SplitLine::new(code, rate(percent), treatment, fen(list), fen(discount)).unwrap()
    };
    let standard = |list, discount| new(13, Treatment::Standard, list, discount);
    let lines =
        [standard(10_000, 1_000), standard(500_000, 0).with_quantity(Decimal::from(7)), standard(500, 0)];
    let policy = SplitPolicy::new().with_limit(InvoiceLimit::net_below(fen(100_000)));
    let plan = split(&lines, &policy).unwrap();
    assert_eq!(check(&lines, &policy, &plan), Ok(()));
    for (at, line) in [
        (0, standard(10_001, 1_000)),
        (0, standard(10_000, 999)),
        (0, new(9, Treatment::Standard, 10_000, 1_000)),
        (1, standard(500_000, 0)),
        (1, standard(500_000, 0).with_quantity(Decimal::from(8))),
        (1, standard(500_000, 100).with_quantity(Decimal::from(7))),
        (2, new(13, Treatment::Differential, 500, 0)),
        (2, new(0, Treatment::NotTaxable, 500, 0)),
        (2, standard(500, 0).with_net(fen(441)).unwrap()),
        (2, standard(500, 0).with_quantity(Decimal::ZERO)),
        (2, standard(500, 0).with_quantity(-Decimal::ONE)),
        (2, standard(0, 0)),
    ] {
        let mut other = lines;
        other[at] = line;
        assert!(check(&other, &policy, &plan).is_err(), "{at}: {line:?}");
    }
    assert!(check(&lines[..2], &policy, &plan).is_err());
    assert!(check(&[lines.as_slice(), &lines[2..]].concat(), &policy, &plan).is_err());
}

/// Changes one field of a red plan; `false` where there is none of the kind.
fn mutate_red(plan: &mut RedPlan, field: u8, at: usize, by: i64) -> bool {
    let step = u32::try_from(by.unsigned_abs()).unwrap();
    let forms = plan.forms.len();
    if forms == 0 {
        return false;
    }
    let form = &mut plan.forms[at % forms];
    let rows = form.rows.len();
    match field {
        0 => form.blue += step,
        1 => form.full = !form.full,
        2 => form.rows[at % rows].row += step,
        3 => other(&mut form.rows[at % rows].quantity, by),
        4 => more(&mut form.rows[at % rows].net, by),
        5 => more(&mut form.rows[at % rows].tax, by),
        6 => more(&mut form.rows[at % rows].gross, by),
        7 => form.rows[at % rows].parts[0].line += step,
        8 => more(&mut form.rows[at % rows].parts[0].net, by),
        9 => more(&mut form.rows[at % rows].parts[0].tax, by),
        10 => more(&mut form.rows[at % rows].parts[0].gross, by),
        11 => other(&mut form.rows[at % rows].parts[0].quantity, by),
        12 => drop(form.rows.pop()),
        13 => drop(form.rows[at % rows].parts.pop()),
        14 => drop(plan.forms.pop()),
        15 => plan.lower_bound += step,
        16 => plan.unmet.push(RedDemand { line: 77, gross: Money::from_fen(1), quantity: None }),
        17 => drop(plan.unmet.pop()),
        18 => plan.forced.push(step + 70),
        19 => drop(plan.forced.pop()),
        20 => drop(plan.witness.pop()),
        21 => {
            let form = plan.forms[at % forms].clone();
            plan.forms.push(form);
        }
        22 => form.whole = Some(WholeBecause::Rejected),
        // Of the same amounts, another row: the next, or the one before.
        23 => form.rows[at % rows].row = form.rows[at % rows].row.wrapping_sub(1),
        24 => drop(plan.followed.pop()),
        25 => plan.followed.push((form.blue, form.rows[at % rows].row)),
        26 => match plan.followed.as_mut_slice() {
            [] => return false,
            followed => followed[at % followed.len()].1 += step,
        },
        _ => return false,
    }
    true
}

/// Whether a plan meets the demands of blue invoices that nothing was flushed of, counted without the checker: no share
/// gives more than it has, each line comes to what is demanded of it or to all there is, at most one part of a line
/// is cut, and every quantity keeps the price of its row within 0.01.
fn meets(blues: &[BlueInvoice], demands: &[RedDemand], extent: RedExtent, plan: &RedPlan) -> bool {
    let mut red: HashMap<u32, i64> = HashMap::new();
    let mut cut: HashMap<u32, usize> = HashMap::new();
    let mut printed = HashSet::new();
    for form in &plan.forms {
        let rows = blues[form.blue as usize].rows();
        let whole = form.rows.len() == rows.len()
            && form.rows.iter().zip(rows).all(|(red, blue)| red.gross == blue.parts()[0].gross);
        if form.full != whole || (extent == RedExtent::WholeInvoice && !whole) {
            return false;
        }
        for row in &form.rows {
            let share = rows[row.row as usize].parts()[0];
            let [part] = row.parts.as_slice() else { return false };
            let (Some(of), Some(quantity)) = (share.quantity, row.quantity) else { return false };
            let off = Decimal::from(share.net.fen()) * quantity - Decimal::from(row.net.fen()) * of;
            let within = part.net <= share.net && part.tax <= share.tax && quantity <= of && off.abs() <= of;
            let same = (part.quantity, part.net, part.tax, part.gross)
                == (row.quantity, row.net, row.tax, row.gross)
                && part.net.checked_add(part.tax) == Some(part.gross);
            if part.line != share.line || !within || !same || !printed.insert((form.blue, row.row)) {
                return false;
            }
            *red.entry(part.line).or_default() += part.gross.fen();
            *cut.entry(part.line).or_default() += usize::from(part.gross < share.gross);
        }
    }
    let of_line = |line: u32| {
        let parts = blues.iter().flat_map(BlueInvoice::rows).flat_map(BlueRow::parts);
        let open: i64 = parts.filter(|part| part.line == line).map(|part| part.gross.fen()).sum();
        let wanted = demands.iter().filter(|demand| demand.line == line);
        let wanted: i64 = wanted.map(|demand| demand.gross.fen()).sum();
        let unmet = plan.unmet.iter().filter(|unmet| unmet.line == line).map(|unmet| unmet.gross.fen());
        let (red, unmet) = (red.get(&line).copied().unwrap_or(0), unmet.sum::<i64>());
        let met = wanted.min(open);
        unmet == wanted - met && if extent == RedExtent::Minimal { red == met } else { red >= met }
    };
    (0..5).all(of_line) && cut.values().all(|count| *count <= 1)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn every_mutated_red_plan_is_refused(
        blues in prop::collection::vec(prop::collection::vec((0_u32..5, 1_i64..9, 100_i64..9_000), 1..4), 1..5),
        demands in prop::collection::vec((0_u32..5, 1_i64..20_000, prop::option::of(1_i64..9)), 1..4),
        whole in any::<bool>(),
        (field, at, by) in (0_u8..27, 0_usize..64, prop_oneof![1_i64..5, -4_i64..-1]),
    ) {
        let fen = Money::from_fen;
        let blues: Vec<BlueInvoice> = blues
            .into_iter()
            .map(|rows| {
                let rows = rows.into_iter().map(|(line, units, net)| {
                    let part = BluePart::new(line, Some(units.into()), fen(net), fen(net / 8), fen(net + net / 8));
                    BlueRow::new(1, Some(units.into()), vec![part])
                });
                BlueInvoice::new(rows.collect())
            })
            .collect();
        let demands: Vec<RedDemand> =
            demands.into_iter().map(|(line, gross, units)| RedDemand { line, gross: fen(gross), quantity: units.map(Decimal::from) }).collect();
        let extent = if whole { RedExtent::WholeInvoice } else { RedExtent::Minimal };
        let plan = plan_red(&blues, &demands, RedReason::Returned, extent).unwrap();
        prop_assert_eq!(check_red(&blues, &demands, RedReason::Returned, extent, &plan), Ok(()));
        let mut mutant = plan.clone();
        let changed = mutate_red(&mut mutant, field, at, by) && mutant != plan;
        if changed && check_red(&blues, &demands, RedReason::Returned, extent, &mutant).is_ok() {
            // Another row or invoice may print as much of the same line: then it must be as good a plan.
            let moved = [0, 2, 23].contains(&field);
            let good = moved && mutant.forms.len() == plan.forms.len() && meets(&blues, &demands, extent, &mutant);
            prop_assert!(good, "field {} accepted\n{:?}\n{:?}", field, plan, mutant);
        }
    }
}
