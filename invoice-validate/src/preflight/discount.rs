//! Discount pairs: a discounted row, and directly below it the discount.

use super::request::{Direction, Request};
use super::row::{Row, RowKind};
use crate::rule::preflight as rule;
use crate::{Fault, Report};

pub(super) fn check(index: usize, request: &Request<'_>, report: &mut Report) {
    let row = &request.rows[index];
    if row.kind != RowKind::Normal && request.direction == Direction::Red {
        report.push(Fault::new(&rule::DISCOUNT_ON_RED).at("kind"));
        return;
    }
    match row.kind {
        RowKind::Normal => {}
        RowKind::Discounted => {
            let next = request.rows.get(index + 1);
            if next.is_none_or(|next| next.kind != RowKind::Discount) {
                report.push(Fault::new(&rule::DISCOUNT_MISSING).at("kind"));
            }
        }
        RowKind::Discount => {
            let above = index.checked_sub(1).and_then(|above| request.rows.get(above));
            discount(row, above.filter(|above| above.kind == RowKind::Discounted), report);
        }
    }
}

fn discount(row: &Row<'_>, discounted: Option<&Row<'_>>, report: &mut Report) {
    for (path, amount) in [("net", row.net), ("tax", row.tax)] {
        // A discount of a few cents may have no tax.
        if amount > 0 || (amount == 0 && path == "net") {
            report.push(Fault::new(&rule::DISCOUNT_SIGN).at(path));
        }
    }
    let empty = [("spec", row.spec), ("unit", row.unit), ("quantity", row.quantity), ("price", row.price)];
    for (path, _) in empty.into_iter().filter(|(_, value)| !value.is_empty()) {
        report.push(Fault::new(&rule::DISCOUNT_FIELDS).at(path));
    }
    let Some(above) = discounted else {
        report.push(Fault::new(&rule::DISCOUNT_ORDER).at("kind"));
        return;
    };
    let same = [
        ("name", row.name == above.name && row.short_name == above.short_name),
        ("code", row.code == above.code),
        ("rate", row.rate == above.rate),
        ("treatment", row.treatment == above.treatment),
    ];
    for (path, _) in same.into_iter().filter(|(_, same)| !same) {
        report.push(Fault::new(&rule::DISCOUNT_DIFFERS).at(path));
    }
    if row.net.unsigned_abs() > above.net.unsigned_abs() {
        report.push(Fault::new(&rule::DISCOUNT_LARGER).at("net"));
    }
}
