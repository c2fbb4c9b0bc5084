//! A whole issue request before it is sent: would the bureau's intake take it?
//!
//! Source of the rules: 乐企数字化电子发票（基础版）开票能力说明文档 V4.000 and 数字化电子发票版式及
//! XML规范 V5.002; numbers that may change stand in [`Tolerances`] and [`crate::text::Limits`] with their
//! dates. Rows are borrowed and amounts are i64 fen, rates millionths: a valid request is checked without
//! allocating. Paths count rows from 0: `lines[3].tax`.
//!
//! ```
//! use invoice_validate::preflight::{self, Request, Row, RowKind, Totals};
//! use invoice_validate::InvoiceClass;
//! let row = Row { name: "图书", short_name: "印刷品", code: "1060201010000000000", rate: 90_000,
//!     net: 10_000, tax: 900, ..Row::default() };
//! let rows = [row];
//! let request = Request::new(InvoiceClass::Ordinary, &rows, Totals { net: 10_000, tax: 900, gross: 10_900 });
//! assert!(preflight::check(&request).is_valid());
//!
//! let wrong = [Row { tax: 907, ..row }];
//! let request = Request::new(InvoiceClass::Ordinary, &wrong, Totals { net: 10_000, tax: 907, gross: 10_907 });
//! let report = preflight::check(&request);
//! assert_eq!(report.faults()[0].path(), "lines[0].tax");
//! ```

use crate::rule::preflight as rule;
use crate::text::{self, Field, Limits};
use crate::title;
use crate::{Fault, Report};

mod decimal;
mod discount;
mod line;
mod request;
mod row;
mod tolerance;
mod totals;
mod treatment;

pub use request::{Direction, Request, Totals};
pub use row::{Row, RowKind, Treatment};
pub use tolerance::Tolerances;

/// Whether the request may be sent.
pub fn is_valid(request: &Request<'_>) -> bool {
    check(request).is_valid()
}

/// All findings: title, rows in order, totals, texts.
pub fn check(request: &Request<'_>) -> Report {
    let mut report = Report::new();
    let limits = request.limits();
    if let Some((fields, context)) = &request.title {
        // The request says what is issued, by which way and when; the context only who buys and sells.
        let mut context = *context;
        (context.class, context.channel) = (request.class, request.channel);
        context.today = request.date.or(context.today);
        report.merge("", title::check(fields, &context));
    }
    count(request.rows.len(), limits, &mut report);
    for (index, row) in request.rows.iter().enumerate() {
        let mut own = Report::new();
        line::check(row, request, &mut own);
        treatment::check(row, request, &mut own);
        discount::check(index, request, &mut own);
        if !own.is_empty() {
            report.merge(&format!("lines[{index}]"), own);
        }
    }
    treatment::check_mixing(request, &mut report);
    totals::check(request, &mut report);
    texts(request, limits, &mut report);
    report
}

fn count(rows: usize, limits: &Limits, report: &mut Report) {
    if rows == 0 {
        report.push(Fault::new(&rule::NO_LINES).at("lines"));
    } else if rows > limits.max_lines {
        report
            .push(Fault::new(&rule::TOO_MANY_LINES).with_expected(limits.max_lines.to_string()).at("lines"));
    } else if rows > limits.advised_lines {
        report
            .push(Fault::new(&rule::MANY_LINES).with_expected(limits.advised_lines.to_string()).at("lines"));
    }
}

fn texts(request: &Request<'_>, limits: &Limits, report: &mut Report) {
    let remark = match request.direction {
        Direction::Blue => Field::Remark,
        Direction::Red => Field::RedRemark,
    };
    let fields = [
        ("remark", request.remark, remark),
        ("issuer", request.issuer, Field::Issuer),
        ("payee", request.payee, Field::Payee),
        ("reviewer", request.reviewer, Field::Reviewer),
    ];
    for (path, value, field) in fields {
        if !value.is_empty() {
            report.merge(path, text::check_with(value, field, limits));
        }
    }
}
