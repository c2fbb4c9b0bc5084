//! `fapiao split` (拆票): an order as JSON becomes planned invoices as JSON.
//!
//! Input: `{"lines":[{"id","name","tax_code","rate","unit","quantity","gross","discount"}]}`. `gross` is the gross
//! amount **before** discount, `discount` the gross discount (none when absent). Amounts and quantities are decimal
//! strings; plain JSON numbers are read as they are written. A rate is `"0.13"` or `"13%"`. Unknown fields are ignored.
//! `quantity` may be absent; `id` defaults to the position of the line, from 1. Lines without `tax_code` count as one
//! category together. A code that begins with 6, or the rate `"不征税"`, is not taxable and never mixed with others.
//!
//! Output: `{"invoices":[…],"lower_bound"}`, or `{"faults":[{"code","message","line"}]}` when the order cannot be read
//! or planned. A discounted line gives its row before discount and, behind it, its discount row; both name it as
//! `source`, and its rows sum to the amount after discount.

mod documents;

use clap::{Args, ValueEnum};
use invoice_core::error::{Language, Refusal};
use invoice_core::limits::{Basis, InvoiceLimit};
use invoice_core::money::{Money, decimal_text};
use invoice_core::plan::certificate::CheckedSplit;
use invoice_core::plan::price::{DECIMALS, unit_price};
use invoice_core::plan::split::{Grouping, Row, SplitLine, SplitPolicy, split as plan_split};
use invoice_core::tax::{TaxCode, TaxRate, Treatment};
use rust_decimal::Decimal;
use serde_json::{Value, json};

use crate::{Error, stream};
use documents::documents;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The most one invoice may come to, exclusive; no limit unless given.
    #[arg(long, value_name = "YUAN")]
    limit: Option<Money>,
    /// What the limit is compared with.
    #[arg(long, value_enum, default_value_t = BasisArg::Net)]
    basis: BasisArg,
    /// Which lines may share an invoice.
    #[arg(long, value_enum, default_value_t = GroupArg::Category)]
    group_by: GroupArg,
    /// The most printed rows of one invoice, discount rows counted.
    #[arg(long, value_name = "N")]
    max_lines: Option<u32>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum BasisArg {
    Net,
    Gross,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum GroupArg {
    Category,
    Rate,
    None,
}

impl Arguments {
    /// Runs the subcommand.
    pub(crate) fn run(&self) -> Result<(), Error> {
        let options = self.options();
        let text = stream::whole_input()?;
        stream::print_all(documents(&text).into_iter().map(|order| match order {
            Ok(order) => split(&order, &options),
            Err(message) => json!({ "faults": [{ "code": "INPUT-01", "message": message }] }),
        }))
    }

    fn options(&self) -> Options {
        let basis = match self.basis {
            BasisArg::Net => Basis::Net,
            BasisArg::Gross => Basis::Gross,
        };
        let grouping = match self.group_by {
            GroupArg::Category => Grouping::Category,
            GroupArg::Rate => Grouping::Rate,
            GroupArg::None => Grouping::None,
        };
        let limit = self.limit.map(|limit| InvoiceLimit::net_below(limit).with_basis(basis));
        Options { limit, grouping, max_rows: self.max_lines, language: Language::default() }
    }
}

/// How to split.
#[derive(Debug, Clone, Copy, Default)]
struct Options {
    limit: Option<InvoiceLimit>,
    grouping: Grouping,
    max_rows: Option<u32>,
    language: Language,
}

/// The category of lines that name none: the head of the chapter of goods, which no real line is sold under.
const NO_CODE: &str = "1000000000000000000";

/// One thing wrong with the input.
struct Fault {
    code: &'static str,
    message: String,
    line: Option<usize>,
}

impl Fault {
    fn json(&self) -> Value {
        let mut fault = json!({ "code": self.code, "message": self.message });
        if let (Some(line), Some(fields)) = (self.line, fault.as_object_mut()) {
            fields.insert("line".to_owned(), json!(line));
        }
        fault
    }
}

/// Plans the invoices of one order.
fn split(input: &Value, options: &Options) -> Value {
    match planned(input, options) {
        Ok(output) => output,
        Err(faults) => json!({ "faults": faults.iter().map(Fault::json).collect::<Vec<_>>() }),
    }
}

fn planned(input: &Value, options: &Options) -> Result<Value, Vec<Fault>> {
    let Some(given) = input.get("lines").and_then(Value::as_array) else {
        let message = unreadable(options.language, "lines");
        return Err(vec![Fault { code: "INPUT-01", message, line: None }]);
    };
    let (mut lines, mut faults) = (Vec::with_capacity(given.len()), Vec::new());
    for (at, value) in given.iter().enumerate() {
        match line(value, at + 1, options.language) {
            Ok(line) => lines.push(line),
            Err(fault) => faults.push(fault),
        }
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    let mut policy = SplitPolicy::new().with_grouping(options.grouping);
    if let Some(limit) = options.limit {
        policy = policy.with_limit(limit);
    }
    if let Some(rows) = options.max_rows {
        policy = policy.with_max_rows(rows);
    }
    let checked = plan_split(&lines, &policy).and_then(|plan| CheckedSplit::new(&lines, &policy, plan));
    let checked = checked.map_err(|refusal| vec![of_refusal(&refusal, None, options.language)])?;
    Ok(output(given, &checked))
}

fn of_refusal(refusal: &Refusal, line: Option<usize>, language: Language) -> Fault {
    let named = refusal.facts().find(|(name, _)| *name == "line").and_then(|(_, line)| line.parse().ok());
    // A tax code is no position.
    let line = line.or(named.filter(|line| *line < 1_000_000_000));
    Fault { code: refusal.code().as_str(), message: refusal.message(language), line }
}

fn unreadable(language: Language, field: &str) -> String {
    match language {
        Language::ZhCn => format!("字段 {field} 缺失或无法读取。"),
        Language::ZhTw => format!("欄位 {field} 缺失或無法讀取。"),
        Language::En => format!("Field {field} is missing or cannot be read."),
    }
}

/// The text of a string or a number; `None` when absent, null or anything else.
fn text(value: &Value, field: &str) -> Option<String> {
    match value.get(field)? {
        Value::String(text) => Some(text.trim().to_owned()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn is_absent(value: &Value, field: &str) -> bool {
    value.get(field).is_none_or(Value::is_null) || value.get(field).and_then(Value::as_str) == Some("")
}

fn line(value: &Value, position: usize, language: Language) -> Result<SplitLine, Fault> {
    let bad =
        |field: &str| Fault { code: "INPUT-02", message: unreadable(language, field), line: Some(position) };
    let read = |field: &'static str| text(value, field).ok_or_else(|| bad(field));
    let code = if is_absent(value, "tax_code") { NO_CODE.to_owned() } else { read("tax_code")? };
    let code: TaxCode = code.parse().map_err(|_| bad("tax_code"))?;
    let (rate, treatment) = rate(&read("rate")?, code).ok_or_else(|| bad("rate"))?;
    let gross: Money = read("gross")?.parse().map_err(|_| bad("gross"))?;
    let discount: Money = match is_absent(value, "discount") {
        true => Money::ZERO,
        false => read("discount")?.parse().map_err(|_| bad("discount"))?,
    };
    let line = SplitLine::new(code, rate, treatment, gross, discount)
        .map_err(|refusal| of_refusal(&refusal, Some(position), language))?;
    if is_absent(value, "quantity") {
        return Ok(line);
    }
    let quantity = decimal_text::parse(&read("quantity")?).ok_or_else(|| bad("quantity"))?;
    Ok(line.with_quantity(quantity))
}

fn rate(text: &str, code: TaxCode) -> Option<(TaxRate, Treatment)> {
    let (rate, zero) = match text {
        "免税" => (TaxRate::ZERO, Treatment::Exempt),
        "不征税" => (TaxRate::ZERO, Treatment::NotTaxable),
        _ => (text.parse().ok()?, Treatment::ZeroRated),
    };
    let treatment = match (rate == TaxRate::ZERO, code.chapter()) {
        (false, _) => Treatment::Standard,
        (true, 6) => Treatment::NotTaxable,
        (true, _) => zero,
    };
    Some((rate, treatment))
}

fn output(given: &[Value], checked: &CheckedSplit<'_>) -> Value {
    let plan = checked.plan();
    let invoices: Vec<Value> = plan
        .invoices()
        .iter()
        .map(|invoice| {
            let mut source = 0;
            let mut rows = Vec::new();
            for row in checked.rows(invoice) {
                // A discount row belongs to the row above it.
                source = row.parts().next().map_or(source, |part| part.line() as usize);
                rows.push(row_json(&row, source, given, checked.lines()));
            }
            json!({ "net": invoice.net(), "tax": invoice.tax(), "gross": invoice.gross(), "lines": rows })
        })
        .collect();
    json!({ "invoices": invoices, "lower_bound": plan.lower_bound() })
}

fn row_json(row: &Row<'_>, source: usize, given: &[Value], lines: &[SplitLine]) -> Value {
    let id = given.get(source).and_then(|line| line.get("id")).filter(|id| !id.is_null());
    let number = |number: Option<Decimal>| number.map(decimal_text::format);
    let price = row.quantity().and_then(|quantity| unit_price(row.net(), quantity, DECIMALS));
    json!({
        "source": id.cloned().unwrap_or_else(|| json!(source + 1)),
        "quantity": number(row.quantity()),
        "unit_price": number(price),
        "net": row.net(),
        "tax": row.tax(),
        "gross": row.gross(),
        "rate": lines.get(source).map(SplitLine::rate),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(limit: i64) -> Options {
        let limit = Money::from_yuan(limit).map(InvoiceLimit::net_below);
        Options { limit, language: Language::En, ..Options::default() }
    }

    #[test]
    fn a_discounted_line_gives_two_rows_that_sum_to_what_is_paid() {
        let order = json!({ "lines": [
            { "id": "a", "rate": "13%", "quantity": "2", "gross": "113.00", "discount": "11.30", "colour": "red" },
            { "id": "b", "rate": "0.06", "gross": "10.60" },
        ] });
        let split = split(&order, &options(10_000));
        let lines = split["invoices"][0]["lines"].as_array().unwrap();
        let of = |at: usize, field: &str| lines[at][field].as_str().unwrap_or("-").to_owned();
        assert_eq!([of(0, "source"), of(1, "source"), of(2, "source")], ["a", "a", "b"]);
        assert_eq!([of(0, "net"), of(1, "net"), of(2, "net")], ["100.00", "-10.00", "10.00"]);
        assert_eq!([of(0, "unit_price"), of(1, "unit_price"), of(1, "quantity")], ["50", "-", "-"]);
        assert_eq!(of(0, "rate"), "0.13");
        assert_eq!(split["invoices"][0]["gross"], "112.30");
        assert_eq!(split["lower_bound"], 1);
    }

    #[test]
    fn what_cannot_be_read_is_named_by_line_and_field() {
        let order = json!({ "lines": [
            { "id": "a", "rate": "13", "gross": "1" },
            { "id": "b", "rate": "0.13", "gross": "1.234" },
            { "id": "c", "rate": "0.13", "gross": "1.00", "discount": "2.00" },
            { "id": "d", "rate": "0.13" },
        ] });
        let faults = split(&order, &options(10_000));
        let faults = faults["faults"].as_array().unwrap();
        let codes: Vec<_> = faults.iter().map(|fault| (&fault["code"], &fault["line"])).collect();
        assert_eq!(
            format!("{codes:?}"),
            r#"[(String("INPUT-02"), Number(1)), (String("INPUT-02"), Number(2)), (String("SPLIT-02"), Number(3)), (String("INPUT-02"), Number(4))]"#
        );
        assert_eq!(split(&json!([]), &options(1))["faults"][0]["code"], "INPUT-01");
        assert_eq!(split(&json!({ "lines": [] }), &options(1))["faults"][0]["code"], "SPLIT-01");
    }
}
