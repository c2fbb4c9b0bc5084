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

use std::fmt;

use crate::rule::preflight as rule;
use crate::text::{self, Field, Limits};
use crate::title::{self, TitleContext, TitleFields};
use crate::{ChannelProfile, Date, Fault, InvoiceClass, Report};

mod decimal;
mod discount;
mod row;
mod tolerance;
mod totals;
mod treatment;

pub use row::{Row, RowKind, Treatment};
pub use tolerance::Tolerances;
pub use totals::Totals;

/// Blue or red.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Direction {
    /// 蓝字: amounts are positive.
    #[default]
    Blue,
    /// 红字: amounts are negative, and there are only normal rows.
    Red,
}

/// Everything of a request that can be judged without asking anyone.
#[derive(Clone, Copy)]
pub struct Request<'a> {
    /// Special or ordinary.
    pub class: InvoiceClass,
    /// Blue or red.
    pub direction: Direction,
    /// The way to the bureau.
    pub channel: ChannelProfile,
    /// Issue date, for dated rules; without it the newest hold.
    pub date: Option<Date>,
    /// The buyer; left out when [`crate::title::check`] was already asked.
    pub title: Option<(TitleFields<'a>, TitleContext<'a>)>,
    /// The rows in the order they will be printed.
    pub rows: &'a [Row<'a>],
    /// Totals as they will be sent.
    pub totals: Totals,
    /// Remark (备注).
    pub remark: &'a str,
    /// Issuer (开票人).
    pub issuer: &'a str,
    /// Payee (收款人).
    pub payee: &'a str,
    /// Reviewer (复核人).
    pub reviewer: &'a str,
}

impl fmt::Debug for Request<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("class", &self.class)
            .field("direction", &self.direction)
            .field("channel", &self.channel)
            .field("rows", &self.rows.len())
            .finish_non_exhaustive()
    }
}

impl<'a> Request<'a> {
    /// A blue request by direct connection, without title and texts.
    pub fn new(class: InvoiceClass, rows: &'a [Row<'a>], totals: Totals) -> Self {
        Request {
            class,
            direction: Direction::Blue,
            channel: ChannelProfile::Bureau,
            date: None,
            title: None,
            rows,
            totals,
            remark: "",
            issuer: "",
            payee: "",
            reviewer: "",
        }
    }

    pub(crate) fn limits(&self) -> &'static Limits {
        self.date.map_or_else(|| Limits::current(self.channel), |day| Limits::on(self.channel, day))
    }

    pub(crate) fn tolerances(&self) -> &'static Tolerances {
        self.date.map_or_else(Tolerances::current, Tolerances::on)
    }

    /// The sign amounts have: 1 on blue, −1 on red.
    pub(crate) fn sign(&self) -> i64 {
        match self.direction {
            Direction::Blue => 1,
            Direction::Red => -1,
        }
    }
}

/// Whether the request may be sent.
pub fn is_valid(request: &Request<'_>) -> bool {
    check(request).is_valid()
}

/// All findings: title, rows in order, totals, texts.
pub fn check(request: &Request<'_>) -> Report {
    let mut report = Report::new();
    let limits = request.limits();
    if let Some((fields, context)) = &request.title {
        report.merge("", title::check(fields, context));
    }
    count(request.rows.len(), limits, &mut report);
    for (index, row) in request.rows.iter().enumerate() {
        let mut own = Report::new();
        row::check(row, request, &mut own);
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
