//! Whatever is changed in a plan, the checker refuses it.

use proptest::prelude::*;
use rust_decimal::Decimal;

use super::{Fault, check, check_red};
use crate::limits::InvoiceLimit;
use crate::money::Money;
use crate::plan::red::{
    BlueInvoice, BluePart, BlueRow, RedDemand, RedExtent, RedPlan, RedReason, RedRow, plan_red,
};
use crate::plan::split::{BoundKind, Grouping, RowKind, SplitLine, SplitPlan, SplitPolicy, Yields, split};
use crate::tax::{TaxRate, Treatment};

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

/// Changes one field; `false` where there is none of the kind.
fn mutate(plan: &mut SplitPlan, field: u8, at: usize, by: i64) -> bool {
    let (invoices, rows, parts) = (plan.invoices.len(), plan.rows.len(), plan.parts.len());
    let step = u32::try_from(by.unsigned_abs()).unwrap();
    let invoice = &mut plan.invoices[at % invoices];
    let row = &mut plan.rows[at % rows];
    let part = &mut plan.parts[at % parts];
    match field {
        0 => more(&mut invoice.net, by),
        1 => more(&mut invoice.tax, by),
        2 => more(&mut invoice.gross, by),
        3 => invoice.rows.0 += step,
        4 => invoice.rows.1 = invoice.rows.1.wrapping_sub(step),
        5 => more(&mut row.net, by),
        6 => more(&mut row.tax, by),
        7 => more(&mut row.gross, by),
        8 => other(&mut row.quantity, by),
        9 => row.parts.0 += step,
        10 => row.parts.1 = row.parts.1.wrapping_sub(step),
        11 => {
            row.kind = match row.kind {
                RowKind::Normal | RowKind::Discount => RowKind::Discounted,
                RowKind::Discounted => RowKind::Normal,
            }
        }
        12 => part.line += step,
        13 => more(&mut part.net, by),
        14 => more(&mut part.tax, by),
        15 => more(&mut part.gross, by),
        16 => more(&mut part.discount, by),
        17 => other(&mut part.quantity, by),
        18 => plan.lower_bound = plan.lower_bound.wrapping_add_signed(i32::try_from(by).unwrap()),
        19 => {
            let at = at % plan.groups.len();
            plan.groups[at].bound += step;
        }
        20 => {
            let at = at % plan.groups.len();
            let why = &mut plan.groups[at].why;
            *why = if *why == BoundKind::Tolerance { BoundKind::Rows } else { BoundKind::Tolerance };
        }
        21 => {
            let at = at % plan.groups.len();
            plan.groups[at].key.value += u64::from(step);
        }
        22 => {
            let at = at % plan.groups.len();
            plan.groups[at].invoices.1 += step;
        }
        23 => plan.left_out.push(step),
        24 => plan.policy = plan.policy.with_max_rows(7_777),
        25 => drop(plan.rows.pop()),
        26 => drop(plan.parts.pop()),
        27 => drop(plan.invoices.pop()),
        28 => drop(plan.groups.pop()),
        29 => {
            let row = plan.rows[at % rows];
            plan.rows.push(row);
        }
        30 if invoices > 1 => plan.invoices.swap(at % invoices, (at + 1) % invoices),
        31 => {
            // A fen moved from tax to net, wherever it is summed: the sums hold, the line does not.
            let invoice = plan.invoices.iter_mut().find(|invoice| invoice.rows.0 == 0).unwrap();
            (invoice.net, invoice.tax) =
                (Money::from_fen(invoice.net.fen() + by), Money::from_fen(invoice.tax.fen() - by));
            let (row, part) = (&mut plan.rows[0], &mut plan.parts[0]);
            for (net, tax) in [(&mut row.net, &mut row.tax), (&mut part.net, &mut part.tax)] {
                (*net, *tax) = (Money::from_fen(net.fen() + by), Money::from_fen(tax.fen() - by));
            }
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
    prop::collection::vec(line, 1..8)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10_000, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn every_mutated_plan_is_refused(
        lines in lines(),
        kind in (any::<bool>(), any::<bool>(), 0_u8..3, prop::option::of(2_u32..6)),
        (field, at, by) in (0_u8..32, 0_usize..64, prop_oneof![1_i64..4, -3_i64..0]),
    ) {
        let (limited, grouped, yields, rows) = kind;
        let yields = [Yields::Quantity, Yields::FractionOfQuantity, Yields::Price][usize::from(yields)];
        let mut policy = SplitPolicy::new().with_yields(yields);
        if limited {
            policy = policy.with_limit(InvoiceLimit::WAN_1);
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
        if mutate(&mut mutant, field, at, by) && mutant != plan {
            prop_assert!(check(&lines, &policy, &mutant).is_err(), "field {} accepted", field);
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

/// A line of 100.00 with a discount of 10.00: the discount row has no quantity, and follows its row.
fn discounted() -> (Vec<SplitLine>, SplitPolicy, SplitPlan) {
    let rate = TaxRate::percent(13).unwrap();
    let line = |list, discount| {
        let (list, discount) = (Money::from_fen(list), Money::from_fen(discount));
        let code = "1040201990000000000".parse().unwrap();
        SplitLine::new(code, rate, Treatment::Standard, list, discount).unwrap().with_quantity(Decimal::TWO)
    };
    let (lines, policy) = (vec![line(10_000, 1_000), line(500, 0)], SplitPolicy::new());
    let plan = split(&lines, &policy).unwrap();
    assert_eq!(check(&lines, &policy, &plan), Ok(()));
    let kinds: Vec<_> = plan.rows.iter().map(|row| row.kind).collect();
    assert_eq!(kinds, [RowKind::Discounted, RowKind::Discount, RowKind::Normal]);
    (lines, policy, plan)
}

/// Rule 12 of the twenty: with a quantity on the discount row.
#[test]
fn a_quantity_on_the_discount_row_is_refused() {
    let (lines, policy, mut plan) = discounted();
    plan.rows[1].quantity = Some(Decimal::ONE);
    assert_eq!(check(&lines, &policy, &plan).unwrap_err().fault, Fault::Discount);
}

/// Rule 12 of the twenty: with the discount row above its row. However the spans of parts are then laid, and also
/// at the end of the invoice.
#[test]
fn a_discount_row_in_swapped_order_is_refused() {
    let (lines, policy, plan) = discounted();
    let mut swapped = plan.clone();
    swapped.rows.swap(0, 1);
    assert!(check(&lines, &policy, &swapped).is_err());
    swapped.rows[0].parts = (0, 0);
    assert!(check(&lines, &policy, &swapped).is_err());
    (swapped.rows[0].parts, swapped.rows[1].parts) = ((0, 1), (1, 1));
    assert!(check(&lines, &policy, &swapped).is_err());
    let mut last = plan;
    last.rows.swap(1, 2);
    last.rows[1].parts = (1, 2);
    last.rows[2].parts = (2, 2);
    assert!(check(&lines, &policy, &last).is_err());
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
        _ => return false,
    }
    true
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10_000, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn every_mutated_red_plan_is_refused(
        blues in prop::collection::vec(prop::collection::vec((0_u32..5, 1_i64..9, 100_i64..9_000), 1..4), 1..5),
        demands in prop::collection::vec((0_u32..5, 1_i64..20_000), 1..4),
        whole in any::<bool>(),
        (field, at, by) in (0_u8..22, 0_usize..64, prop_oneof![2_i64..5, -4_i64..-1]),
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
            demands.into_iter().map(|(line, gross)| RedDemand { line, gross: fen(gross), quantity: None }).collect();
        let extent = if whole { RedExtent::WholeInvoice } else { RedExtent::Minimal };
        let plan = plan_red(&blues, &demands, RedReason::Returned, extent).unwrap();
        prop_assert_eq!(check_red(&blues, &demands, RedReason::Returned, extent, &plan), Ok(()));
        let mut mutant = plan.clone();
        let changed = mutate_red(&mut mutant, field, at, by) && mutant != plan;
        // Another row or invoice with the same lines makes another plan that holds.
        let elsewhere = (field == 0 || field == 2)
            && mutant.forms.iter().all(|form| {
                let printed = |red: &RedRow| -> bool {
                    let row = blues.get(form.blue as usize).and_then(|blue| blue.rows().get(red.row as usize));
                    row.is_some_and(|row| red.parts.iter().all(|part| row.parts()[0].line == part.line))
                };
                form.rows.iter().all(printed)
            });
        if changed && !elsewhere {
            let accepted = check_red(&blues, &demands, RedReason::Returned, extent, &mutant).is_ok();
            prop_assert!(!accepted, "field {} accepted\n{:?}\n{:?}", field, plan, mutant);
        }
    }
}
