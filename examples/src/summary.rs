//! What a run came to: numbers for a program, a table for a person.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use invoice_core::desk::RateTotals;
use serde::Serialize;

use crate::feed::{Named, Tally};
use crate::run::Books;

/// The numbers of a run. Amounts are decimal strings in yuan, gross.
///
/// `gross_paid` leaves out what may never be invoiced (fees, gift cards spent), so that
/// `gross_paid − gross_refunded = gross_invoiced − gross_red + gross_open` holds to the cent; what was left out stands
/// in `details`.
#[derive(Debug, Clone, Serialize)]
pub struct Summary {
    /// Orders read.
    pub orders: u64,
    /// Rows read, or order lines of a generated shop.
    pub lines: u64,
    /// Refunds read.
    pub refunds: u64,
    /// Of those, matched with purchases in every part.
    pub refunds_matched: u64,
    /// Of those, not matched, or only in part.
    pub refunds_unmatched: u64,
    /// Applications accepted.
    pub applications: u64,
    /// Blue invoices issued.
    pub invoices_blue: u64,
    /// Red invoices issued.
    pub invoices_red: u64,
    /// Paid for what may be invoiced.
    pub gross_paid: String,
    /// Given back.
    pub gross_refunded: String,
    /// On blue invoices.
    pub gross_invoiced: String,
    /// On red invoices.
    pub gross_red: String,
    /// Can still be applied for, or is held by applications under way.
    pub gross_open: String,
    /// Whether every order agrees with its invoices, and the desk with the bureau.
    pub reconciled: bool,
    /// How long it took.
    pub elapsed_ms: u64,
    /// Orders in a second.
    pub orders_per_second: u64,
    /// Everything else.
    pub details: Details,
}

/// Further numbers, and everything that was not taken as it stood, by name.
#[derive(Debug, Clone, Serialize)]
pub struct Details {
    /// Orders of which at least one line is a sale.
    pub orders_recorded: u64,
    /// Rows that could not be read.
    pub faults: u64,
    /// Rows that were read but are no sale.
    pub rows_left_out: u64,
    /// Refunds of which a part was matched and a part was not.
    pub refunds_partly: u64,
    /// What was not matched.
    pub gross_unmatched: String,
    /// Paid, in whatever tender and for whatever.
    pub gross_paid_all: String,
    /// Of that, what may never be invoiced, less what of it went back.
    pub gross_excluded: String,
    /// Held for applications under way.
    pub gross_held: String,
    /// Invoiced beyond what may be, red invoices under way.
    pub gross_excess: String,
    /// Applications that apply again for what a red invoice freed.
    pub applied_again: u64,
    /// What they came to.
    pub gross_applied_again: String,
    /// Invoices that would have been one but for the limit.
    pub cuts: u64,
    /// Applications that are not at an end, by state.
    pub waiting: BTreeMap<&'static str, u64>,
    /// Invoices that are not at an end, by state.
    pub stuck: BTreeMap<&'static str, u64>,
    /// What the desk refused, by code: how often, and the first sentence.
    pub refused: BTreeMap<String, (u64, String)>,
    /// The first order whose account does not agree, and why.
    pub broken: Option<String>,
    /// The first invoice in which desk and bureau differ.
    pub difference: Option<String>,
    /// How many entries `named` had before it was cut.
    pub named_count: u64,
    /// Rows and refunds that were not taken as they stood.
    pub named: Vec<Named>,
}

/// Fen as a decimal string of yuan.
#[must_use]
pub fn yuan(fen: i128) -> String {
    let sign = if fen < 0 { "-" } else { "" };
    let fen = fen.unsigned_abs();
    format!("{sign}{}.{:02}", fen / 100, fen % 100)
}

fn count(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

impl Summary {
    /// Puts the numbers together.
    #[must_use]
    pub fn new(tally: &Tally, books: &Books, elapsed: Duration) -> Self {
        let total = |part: fn(&RateTotals) -> i128| books.proof.rates.values().map(part).sum::<i128>();
        let (held, excess) = (total(|rate| rate.held), total(|rate| rate.excess));
        let (paid, excluded) = (total(|rate| rate.paid), total(|rate| rate.excluded));
        let elapsed_ms = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX);
        let blue = books.blue_total();
        Self {
            orders: tally.orders,
            lines: tally.lines,
            refunds: tally.refunds,
            refunds_matched: tally.refunds_matched,
            refunds_unmatched: tally.refunds_unmatched,
            applications: books.applications.count,
            invoices_blue: blue.count,
            invoices_red: books.red.count,
            gross_paid: yuan(paid - excluded),
            gross_refunded: yuan(total(|rate| rate.refunded)),
            gross_invoiced: yuan(total(|rate| rate.invoiced)),
            gross_red: yuan(total(|rate| rate.red)),
            gross_open: yuan(total(|rate| rate.open) + held - excess),
            reconciled: books.reconciled(),
            elapsed_ms,
            orders_per_second: tally.orders.saturating_mul(1000) / elapsed_ms.max(1),
            details: Details {
                orders_recorded: books.proof.orders,
                faults: tally.faults,
                rows_left_out: tally.left_out,
                refunds_partly: tally.refunds_partly,
                gross_unmatched: yuan(tally.fen_unmatched),
                gross_paid_all: yuan(paid),
                gross_excluded: yuan(excluded),
                gross_held: yuan(held),
                gross_excess: yuan(excess),
                applied_again: books.applied_again.count,
                gross_applied_again: yuan(books.applied_again.fen),
                cuts: books.cuts,
                waiting: books.waiting.clone(),
                stuck: books.stuck.clone(),
                refused: books.refused.clone(),
                broken: books.proof.broken.as_ref().map(|at| format!("{}: {}", at.order, at.why)),
                difference: books.difference.clone(),
                named_count: count(tally.named.len()),
                named: tally.named.clone(),
            },
        }
    }

    /// The same numbers with at most this many named rows, for a screen.
    #[must_use]
    pub fn with_named_at_most(mut self, most: usize) -> Self {
        self.details.named.truncate(most);
        self
    }

    /// One line of JSON.
    ///
    /// # Errors
    /// Never: every value has a JSON form.
    pub fn json(&self) -> serde_json::Result<String> {
        serde_json::to_string(self)
    }
}

/// The table at the end of a run.
#[must_use]
pub fn table(summary: &Summary, books: &Books) -> String {
    let mut out = String::new();
    let mut line = |label: &str, count: Option<u64>, amount: &str| {
        let count = count.map_or_else(String::new, |count| count.to_string());
        let pad = 36_usize.saturating_sub(width(label));
        // Writing to a string cannot fail.
        let _ = writeln!(out, "  {label}{:pad$}{count:>10}{amount:>20}", "");
    };
    let details = &summary.details;
    line("", Some(0).filter(|_| false), "CNY incl. tax");
    line("订单 orders read", Some(summary.orders), "");
    line("  已登记 recorded and paid", Some(details.orders_recorded), &details.gross_paid_all);
    line("  不可开票 never invoiced", None, &details.gross_excluded);
    line("申请单 applications", Some(summary.applications), "");
    for (category, counted) in &books.blue {
        let label = format!("  {} {}", category.name, percent(category.rate.millionths()));
        line(&label, Some(counted.count), &yuan(counted.fen));
    }
    line("蓝票 blue invoices", Some(summary.invoices_blue), &summary.gross_invoiced);
    line("  限额拆票 cuts by limit", Some(details.cuts), "");
    line("退款 refunds read", Some(summary.refunds), "");
    line("  已匹配 matched", Some(summary.refunds_matched), &summary.gross_refunded);
    line("  未匹配 not (fully) matched", Some(summary.refunds_unmatched), &details.gross_unmatched);
    line("红票 red invoices", Some(summary.invoices_red), &summary.gross_red);
    line("再次申请 applied for again", Some(details.applied_again), &details.gross_applied_again);
    line("尚可开票 still open", None, &summary.gross_open);
    line("不可读的行 rows not readable", Some(details.faults), "");
    line("未计入的行 rows left out", Some(details.rows_left_out), "");
    proof(&mut out, books);
    problems(&mut out, summary);
    out
}

fn percent(millionths: u32) -> String {
    let (whole, rest) = (millionths / 10_000, millionths % 10_000);
    if rest == 0 { format!("{whole}%") } else { format!("{whole}.{:04}%", rest).replace("0%", "%") }
}

/// Columns on a screen: Chinese characters take two.
fn width(text: &str) -> usize {
    text.chars().map(|c| if c.is_ascii() { 1 } else { 2 }).sum()
}

fn proof(out: &mut String, books: &Books) {
    let _ = writeln!(out, "\n  对账 paid − excluded − refunded = invoiced − red + held + open − excess");
    for (rate, of) in &books.proof.rates {
        let left = of.paid - of.excluded - of.refunded;
        let right = of.invoiced - of.red + of.held + of.open - of.excess;
        let mark = if left == right { "=" } else { "≠" };
        let _ = writeln!(
            out,
            "  {:>5}  {} − {} − {} {mark} {} − {} + {} + {} − {}",
            percent(rate.millionths()),
            yuan(of.paid),
            yuan(of.excluded),
            yuan(of.refunded),
            yuan(of.invoiced),
            yuan(of.red),
            yuan(of.held),
            yuan(of.open),
            yuan(of.excess)
        );
    }
    let said = |agrees: bool| if agrees { "相符 agrees to the cent" } else { "不符 DOES NOT AGREE" };
    let _ = writeln!(out, "  订单与发票 orders and invoices   {}", said(books.proof.holds()));
    let _ = writeln!(
        out,
        "  系统与税局 desk and bureau       {} (bureau: {} blue {}, {} red {})",
        said(books.difference.is_none()),
        books.bureau.blue_count,
        books.bureau.blue_gross,
        books.bureau.red_count,
        books.bureau.red_gross
    );
}

fn problems(out: &mut String, summary: &Summary) {
    let details = &summary.details;
    for why in details.broken.iter().chain(&details.difference) {
        let _ = writeln!(out, "  {why}");
    }
    for (state, count) in &details.waiting {
        let _ = writeln!(out, "  申请单未完结 applications {state}: {count}");
    }
    for (state, count) in &details.stuck {
        let _ = writeln!(out, "  发票未完结 invoices {state}: {count}");
    }
    for (code, (count, first)) in &details.refused {
        let _ = writeln!(out, "  拒绝 refused {code}: {count}, first: {first}");
    }
    let _ = writeln!(
        out,
        "\n  {} orders in {}.{:03} s, {} orders/s",
        summary.orders,
        summary.elapsed_ms / 1000,
        summary.elapsed_ms % 1000,
        summary.orders_per_second
    );
}
