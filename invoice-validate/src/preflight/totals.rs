//! Totals against rows.

use super::request::Request;
use super::row::Treatment;
use super::tolerance::yuan;
use crate::rule::preflight as rule;
use crate::{Fault, Report};

pub(super) fn check(request: &Request<'_>, report: &mut Report) {
    let tolerances = request.tolerances();
    let totals = request.totals;
    let (net, tax, gross) = (i128::from(totals.net), i128::from(totals.tax), i128::from(totals.gross));
    if gross != net + tax {
        report.push(Fault::new(&rule::SUM_GROSS).at("totals.gross"));
    }
    let sign = i128::from(request.sign());
    for (path, wrong) in
        [("totals.net", net * sign <= 0), ("totals.tax", tax * sign < 0), ("totals.gross", gross * sign <= 0)]
    {
        if wrong {
            report.push(Fault::new(&rule::TOTAL_SIGN).at(path));
        }
    }
    let sum_net: i128 = request.rows.iter().map(|row| i128::from(row.net)).sum();
    if (sum_net - net).abs() > i128::from(tolerances.total_net) {
        report.push(Fault::new(&rule::SUM_NET).with_expected(yuan(tolerances.total_net)).at("totals.net"));
    }
    let sum_line_tax: i128 = request.rows.iter().map(|row| i128::from(row.tax)).sum();
    if sum_line_tax != tax {
        report.push(Fault::new(&rule::SUM_LINE_TAX).at("totals.tax"));
    }
    // In hundred-millionths of a yuan, so that nothing is rounded.
    let million = 1_000_000;
    let taxed = |treatment: Treatment| !treatment.is_differential();
    let exact: i128 = request
        .rows
        .iter()
        .map(|row| match row.treatment {
            treatment if taxed(treatment) => i128::from(row.net) * i128::from(row.rate),
            _ => i128::from(row.tax) * million,
        })
        .sum();
    if (exact - tax * million).abs() > i128::from(tolerances.total_tax) * million {
        report.push(Fault::new(&rule::SUM_TAX).with_expected(yuan(tolerances.total_tax)).at("totals.tax"));
    }
}
