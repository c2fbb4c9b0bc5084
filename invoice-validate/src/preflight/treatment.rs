//! Exempt, not taxable, zero rate, differential: what each asks of its row and of its neighbours.

use super::request::Request;
use super::row::{Row, RowKind, Treatment};
use crate::rule::preflight as rule;
use crate::{Fault, InvoiceClass, Report};

/// Summary code of telecom operators; its rows may stand beside anything.
const TELECOM_SUMMARY: &str = "3030000000000000000";

pub(super) fn check(row: &Row<'_>, request: &Request<'_>, report: &mut Report) {
    let zero = row.rate == 0 && row.tax == 0;
    match row.treatment {
        Treatment::Taxable if row.rate == 0 => report.push(Fault::new(&rule::RATE_ZERO_UNMARKED).at("rate")),
        Treatment::ZeroRated | Treatment::Exempt | Treatment::NotTaxable if !zero => {
            let path = if row.rate == 0 { "tax" } else { "rate" };
            report.push(Fault::new(&rule::TREATMENT_RATE).at(path));
        }
        _ => {}
    }
    if request.class == InvoiceClass::Special {
        match row.treatment {
            Treatment::NotTaxable => report.push(Fault::new(&rule::NOT_TAXABLE_SPECIAL).at("treatment")),
            Treatment::Exempt => report.push(Fault::new(&rule::EXEMPT_SPECIAL).at("treatment")),
            _ => {}
        }
    }
    if row.code.starts_with('6') && row.treatment != Treatment::NotTaxable {
        report.push(Fault::new(&rule::CODE_NOT_TAXABLE).at("treatment"));
    }
    differential(row, request, report);
}

fn differential(row: &Row<'_>, request: &Request<'_>, report: &mut Report) {
    let (deduction, least) = match row.treatment {
        Treatment::DifferentialFull { deduction } => (deduction, 0),
        Treatment::DifferentialNet { deduction } => (deduction, 1),
        _ => return,
    };
    if request.rows.len() != 1 || row.kind != RowKind::Normal {
        report.push(Fault::new(&rule::DIFFERENTIAL_ROWS).at("treatment"));
    }
    let gross = i128::from(row.net.unsigned_abs()) + i128::from(row.tax.unsigned_abs());
    if deduction < least || i128::from(deduction) > gross {
        report.push(Fault::new(&rule::DIFFERENTIAL_DEDUCTION).at("treatment"));
    }
}

/// Rows that are not taxable stand among themselves, with the published exceptions: water charges (6110)
/// and the telecom summary beside anything, the aviation fund (6130) beside air passenger transport.
pub(super) fn check_mixing(request: &Request<'_>, report: &mut Report) {
    let free = |row: &Row<'_>| row.code.starts_with("6110") || row.code == TELECOM_SUMMARY;
    let not_taxable = |row: &Row<'_>| row.treatment == Treatment::NotTaxable;
    if !request.rows.iter().any(|row| !not_taxable(row) && !free(row)) {
        return;
    }
    let stays_apart = |row: &Row<'_>| not_taxable(row) && !free(row);
    let fund = |row: &Row<'_>| row.code.starts_with("6130");
    let hard = request.rows.iter().position(|row| stays_apart(row) && !fund(row));
    let soft = || request.rows.iter().position(stays_apart);
    let found = hard.map(|index| (index, &rule::NOT_TAXABLE_MIXED));
    if let Some((index, rule)) = found.or_else(|| soft().map(|index| (index, &rule::NOT_TAXABLE_MIXED_MAYBE)))
    {
        report.push(Fault::new(rule).at(&format!("lines[{index}].treatment")));
    }
}
