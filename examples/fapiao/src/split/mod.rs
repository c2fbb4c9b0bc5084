//! `fapiao split` (拆票): an order as JSON becomes planned invoices as JSON.
//!
//! Input: `{"lines":[{"id","name","tax_code","rate","unit","quantity","gross","discount"}]}`. `gross` is the gross
//! amount **before** discount, `discount` the gross discount (none when absent). Amounts and quantities are decimal
//! strings; plain JSON numbers are read digit by digit as they are written, and an exponent is refused. A rate is
//! `"0.13"` or `"13%"`. Unknown fields are ignored. `quantity` may be absent; `id` defaults to the position of the
//! line, from 1. Lines without `tax_code` count as one category together. A code that begins with 6, or the rate
//! `"不征税"`, is not taxable and never mixed with others.
//!
//! Output: `{"invoices":[…],"lower_bound"}`, or `{"faults":[{"code","message","line"}]}` when the order cannot be read
//! or planned. A discounted line gives its row before discount and, behind it, its discount row; both name it as
//! `source`, and its rows sum to the amount after discount. Lines that come to nothing never cause an invoice; those
//! that stand on none are named by `"left_out"`, which is absent when there are none.

mod answer;
mod documents;
mod order;
#[cfg(test)]
mod random_orders;

use clap::{Args, ValueEnum};
use invoice_core::error::{Language, Refusal};
use invoice_core::limits::{Basis, InvoiceLimit};
use invoice_core::money::Money;
use invoice_core::plan::certificate::CheckedSplit;
use invoice_core::plan::split::{Grouping, SplitPolicy, split as plan_split};
use serde_json::{Value, json};

use crate::{Error, stream};
use documents::documents;
use order::Order;

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
        stream::print_all(documents(&text).map(|document| match document {
            Ok(order) => split(order, &options),
            Err(error) => json!({ "faults": [Fault::unreadable(&error, options.language).json()] }),
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

/// One thing wrong with the input.
struct Fault {
    code: &'static str,
    message: String,
    /// The line, from 1.
    line: Option<usize>,
}

impl Fault {
    /// `INPUT-01`: no order at all.
    fn unreadable(error: &serde_json::Error, language: Language) -> Self {
        let message = match language {
            Language::ZhCn => format!("不是可读取的订单（应为含 lines 的 JSON 对象）：{error}"),
            Language::ZhTw => format!("不是可讀取的訂單（應為含 lines 的 JSON 物件）：{error}"),
            Language::En => format!("This is no order, a JSON object with lines: {error}"),
        };
        Self { code: "INPUT-01", message, line: None }
    }

    /// `INPUT-02`: a field of a line.
    fn field(field: &str, line: usize, language: Language) -> Self {
        let message = match language {
            Language::ZhCn => format!("字段 {field} 缺失或无法读取。"),
            Language::ZhTw => format!("欄位 {field} 缺失或無法讀取。"),
            Language::En => format!("Field {field} is missing or cannot be read."),
        };
        Self { code: "INPUT-02", message, line: Some(line) }
    }

    /// `INPUT-03`: two lines with the same id, whose parts nobody could tell apart.
    fn repeated(id: &str, line: usize, language: Language) -> Self {
        let message = match language {
            Language::ZhCn => format!("行 id {id} 重复。"),
            Language::ZhTw => format!("行 id {id} 重複。"),
            Language::En => format!("The line id {id} occurs before."),
        };
        Self { code: "INPUT-03", message, line: Some(line) }
    }

    /// What the planner refuses; lines are counted from 1 there too.
    fn of_refusal(refusal: &Refusal, line: Option<usize>, language: Language) -> Self {
        let named = refusal.facts().find(|(name, _)| *name == "line").and_then(|(_, line)| line.parse().ok());
        // A tax code is no position.
        let line = line.or(named.filter(|line| *line < 1_000_000_000));
        Self { code: refusal.code().as_str(), message: refusal.message(language), line }
    }

    fn json(&self) -> Value {
        let mut fault = json!({ "code": self.code, "message": self.message });
        if let (Some(line), Some(fields)) = (self.line, fault.as_object_mut()) {
            fields.insert("line".to_owned(), json!(line));
        }
        fault
    }
}

/// Plans the invoices of one order.
fn split(order: &str, options: &Options) -> Value {
    match planned(order, options) {
        Ok(output) => output,
        Err(faults) => json!({ "faults": faults.iter().map(Fault::json).collect::<Vec<_>>() }),
    }
}

fn planned(order: &str, options: &Options) -> Result<Value, Vec<Fault>> {
    let order = Order::read(order, options.language)?;
    let mut policy = SplitPolicy::new().with_grouping(options.grouping);
    if let Some(limit) = options.limit {
        policy = policy.with_limit(limit);
    }
    if let Some(rows) = options.max_rows {
        policy = policy.with_max_rows(rows);
    }
    let lines = order.lines();
    let checked = plan_split(lines, &policy).and_then(|plan| CheckedSplit::new(lines, &policy, plan));
    let checked = checked.map_err(|refusal| vec![Fault::of_refusal(&refusal, None, options.language)])?;
    Ok(answer::json(&order, &checked))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(limit: i64) -> Options {
        let limit = Money::from_yuan(limit).map(InvoiceLimit::net_below);
        Options { limit, language: Language::En, ..Options::default() }
    }

    fn codes(answer: &Value) -> Vec<(String, u64)> {
        let faults = answer["faults"].as_array().unwrap_or_else(|| panic!("{answer}"));
        let code = |fault: &Value| fault["code"].as_str().unwrap().to_owned();
        faults.iter().map(|fault| (code(fault), fault["line"].as_u64().unwrap_or(0))).collect()
    }

    /// The code that an order of one line is refused with.
    fn refused(line: &str) -> String {
        let answer = split(&format!("{{\"lines\":[{line}]}}"), &options(10_000));
        let codes = codes(&answer);
        assert_eq!(codes.len(), 1, "{line}: {answer}");
        assert!(!answer["faults"][0]["message"].as_str().unwrap().is_empty());
        codes[0].0.clone()
    }

    #[test]
    fn a_discounted_line_gives_two_rows_that_sum_to_what_is_paid() {
        let order = json!({ "lines": [
            { "id": "a", "rate": "13%", "quantity": "2", "gross": "113.00", "discount": "11.30", "colour": "red" },
            { "id": "b", "rate": "0.06", "gross": "10.60" },
        ] });
        let split = split(&order.to_string(), &options(10_000));
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
            { "id": "c", "rate": "0.13", "gross": "1.00" },
            7,
        ] });
        let named = |code: &str, line| (code.to_owned(), line);
        assert_eq!(
            codes(&split(&order.to_string(), &options(10_000))),
            [
                named("INPUT-02", 1),
                named("INPUT-02", 2),
                named("SPLIT-02", 3),
                named("INPUT-02", 4),
                named("INPUT-03", 5),
                named("INPUT-02", 6)
            ]
        );
        for no_order in ["[]", "7", "{}", "{\"lines\":{}}", "{\"lines\":null}", "{\"lines\":[],\"lines\":[]}"]
        {
            assert_eq!(codes(&split(no_order, &options(1))), [named("INPUT-01", 0)], "{no_order}");
        }
        assert_eq!(codes(&split("{\"lines\":[]}", &options(1))), [named("SPLIT-01", 0)]);
    }

    #[test]
    fn every_bad_field_is_refused() {
        let good = [
            ("tax_code", "\"1050201010000000000\""),
            ("rate", "\"13%\""),
            ("quantity", "3"),
            ("gross", "113.00"),
        ];
        let line = |field: &str, value: &str| {
            let fields = good.iter().filter(|(name, _)| *name != field).map(|(name, value)| (*name, *value));
            let fields = fields.chain([(field, value)]).filter(|(_, value)| !value.is_empty());
            let fields: Vec<String> = fields.map(|(name, value)| format!("\"{name}\":{value}")).collect();
            format!("{{{}}}", fields.join(","))
        };
        for (field, value, code) in [
            ("tax_code", "\"105020101\"", "INPUT-02"),
            ("tax_code", "\"105020101000000000X\"", "INPUT-02"),
            ("tax_code", "[]", "INPUT-02"),
            ("rate", "", "INPUT-02"),
            ("rate", "null", "INPUT-02"),
            ("rate", "13", "INPUT-02"),
            ("rate", "\"-13%\"", "INPUT-02"),
            ("rate", "\"0.13 \\u0000\"", "INPUT-02"),
            ("rate", "\"13％\"", "INPUT-02"),
            ("rate", "1e-1", "INPUT-02"),
            ("gross", "", "INPUT-02"),
            ("gross", "1e3", "INPUT-02"),
            ("gross", "\"1_000\"", "INPUT-02"),
            ("gross", "\"1,000.00\"", "INPUT-02"),
            ("gross", "12.345", "INPUT-02"),
            ("gross", "true", "INPUT-02"),
            ("gross", "\"NaN\"", "INPUT-02"),
            ("gross", "92233720368547758.08", "INPUT-02"),
            ("gross", "-1", "SPLIT-02"),
            ("gross", "0", "SPLIT-01"),
            ("discount", "113.01", "SPLIT-02"),
            ("discount", "-0.01", "SPLIT-02"),
            ("discount", "113", "SPLIT-01"),
            ("discount", "1.001", "INPUT-02"),
            ("quantity", "0", "SPLIT-02"),
            ("quantity", "-3", "SPLIT-02"),
            ("quantity", "3e0", "INPUT-02"),
            ("quantity", "\"three\"", "INPUT-02"),
            ("quantity", "\"1.000000000000000000000000000001\"", "INPUT-02"),
        ] {
            assert_eq!(refused(&line(field, value)), code, "{field} {value}");
        }
    }

    #[test]
    fn numbers_are_read_as_they_are_written() {
        // More digits than a binary fraction holds.
        let order = "{\"lines\":[{\"id\":1,\"rate\":0.13,\"quantity\":1.000000000000000000001,\"gross\":12345678901234567.89}]}";
        let options = Options { limit: None, ..options(1) };
        let answer = split(order, &options);
        assert_eq!(answer["invoices"][0]["gross"], "12345678901234567.89");
        assert_eq!(answer["invoices"][0]["lines"][0]["quantity"], "1.000000000000000000001");
        assert_eq!(answer["invoices"][0]["lines"][0]["source"], 1);
    }

    #[test]
    fn a_limit_that_nothing_fits_under_is_refused_and_one_piece_is_cut() {
        let order = "{\"lines\":[{\"rate\":\"13%\",\"quantity\":1,\"gross\":\"25000.00\"}]}";
        let tiny = Options { limit: Some(InvoiceLimit::net_below(Money::from_fen(1))), ..options(1) };
        assert_eq!(codes(&split(order, &tiny))[0].0, "SPLIT-03");
        let answer = split(order, &options(10_000));
        let invoices = answer["invoices"].as_array().unwrap();
        assert_eq!((invoices.len(), answer["lower_bound"].as_u64()), (3, Some(3)));
        let row = |row: usize| invoices[row]["lines"][0]["quantity"].as_str().unwrap().to_owned();
        let quantities = (0..3).map(|at| row(at).parse::<rust_decimal::Decimal>().unwrap());
        assert_eq!(quantities.sum::<rust_decimal::Decimal>(), 1.into());
    }

    #[test]
    fn lines_that_come_to_nothing_are_named() {
        let order = "{\"lines\":[{\"id\":\"a\",\"rate\":\"13%\",\"gross\":\"0\"},{\"id\":\"b\",\"rate\":\"13%\",\"gross\":\"5\"}]}";
        let answer = split(order, &options(10_000));
        assert_eq!((&answer["left_out"], &answer["lower_bound"]), (&json!(["a"]), &json!(1)));
    }
}
