use std::io::Read;

use chrono::NaiveDate;
use invoice_core::money::Money;
use invoice_core::statement::Payment;

use super::table::{Column, Head, ImportError, Line, below_head, csv_lines};

/// Most rows of a statement.
pub const MAX_STATEMENT_ROWS: usize = 200_000;

const COLUMNS: &[Column] = &[
    ("date", &["交易日期", "记账日期", "交易时间", "日期"]),
    ("in", &["贷方发生额", "收入金额", "收入", "贷方金额"]),
    ("out", &["借方发生额", "支出金额", "支出", "借方金额"]),
    ("party", &["对方户名", "对方账户名称", "对方名称", "交易对方"]),
    ("remark", &["摘要", "附言", "用途", "备注"]),
];
const NEEDED: &[&str] = &["date", "in", "out", "party"];

/// Which way the money went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// To us: it pays issued invoices.
    In,
    /// From us: it pays received ones.
    Out,
}

/// A row of a bank statement.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum StatementRow {
    /// A payment.
    Payment(Way, Payment),
    /// It cannot be read.
    Unreadable {
        /// The row, as a spreadsheet counts: the head is row 1.
        row: u32,
        /// The column.
        column: String,
        /// Why, as a code.
        code: &'static str,
    },
}

/// Reads a bank statement (银行对账单) from CSV below a head row, with English column names or those that banks use.
///
/// `in` and `out` (贷方、借方 as the bank sees them) are amounts in yuan with at most two decimals, of which one is empty or
/// zero; commas and `¥` are passed over. `date` is a day such as 2026-05-20, 20260520, 2026/5/20 or 2026年5月20日; a time
/// behind it is passed over. Below zero is what a bank writes for a payment that was undone.
///
/// # Errors
/// When the head lacks a column, there are more than [`MAX_STATEMENT_ROWS`] rows, or reading fails.
pub fn read_statement(file: impl Read) -> Result<Vec<StatementRow>, ImportError> {
    statement(csv_lines(file))
}

pub(super) fn statement(
    lines: impl IntoIterator<Item = Result<Line, ImportError>>,
) -> Result<Vec<StatementRow>, ImportError> {
    let (head, lines) = below_head(lines, (COLUMNS, NEEDED), MAX_STATEMENT_ROWS)?;
    let row = |line: Line| {
        let row = line.number;
        let unreadable =
            |column: &str, code| StatementRow::Unreadable { row, column: column.to_owned(), code };
        match line.cells {
            Err((column, code)) => unreadable(&column, code),
            Ok(cells) => match payment(&head, row, &cells) {
                Ok((way, payment)) => StatementRow::Payment(way, payment),
                Err((column, code)) => unreadable(column, code),
            },
        }
    };
    Ok(lines.into_iter().map(row).collect())
}

fn payment(head: &Head, row: u32, cells: &[String]) -> Result<(Way, Payment), (&'static str, &'static str)> {
    let cell = |name| head.cell(cells, name);
    let date = day(cell("date")).ok_or(("date", "DATE"))?;
    let came = amount(cell("in")).ok_or(("in", "AMOUNT"))?;
    let went = amount(cell("out")).ok_or(("out", "AMOUNT"))?;
    let (way, amount) = match (came.is_zero(), went.is_zero()) {
        (false, true) => (Way::In, came),
        (true, false) => (Way::Out, went),
        (true, true) => return Err(("out", "NO-AMOUNT")),
        (false, false) => return Err(("out", "TWO-AMOUNTS")),
    };
    Ok((way, Payment::new(row, date, amount, cell("party")).with_remark(cell("remark"))))
}

/// An amount with or without commas and currency sign; nothing is zero.
fn amount(text: &str) -> Option<Money> {
    let plain: String =
        text.chars().filter(|c| !matches!(c, ',' | '，' | '¥' | '￥') && !c.is_whitespace()).collect();
    if plain.is_empty() || plain == "-" { Some(Money::ZERO) } else { plain.parse().ok() }
}

fn day(text: &str) -> Option<NaiveDate> {
    let date = text.split(|c: char| c.is_whitespace() || c == 'T').next().unwrap_or_default();
    if date.len() == 8 && date.bytes().all(|byte| byte.is_ascii_digit()) {
        return NaiveDate::parse_from_str(date, "%Y%m%d").ok();
    }
    let mut parts = date.trim_end_matches('日').split(['-', '/', '.', '年', '月']);
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    let digits =
        |text: &str, most: usize| text.len() <= most && text.bytes().all(|byte| byte.is_ascii_digit());
    let number = |text: &str| text.parse().ok().filter(|_| digits(text, 2));
    let year = year.parse().ok().filter(|_| year.len() == 4 && digits(year, 4))?;
    if parts.next().is_some() { None } else { NaiveDate::from_ymd_opt(year, number(month)?, number(day)?) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_is_read_with_the_words_of_banks_and_bad_rows_are_kept() {
        let file = "\u{feff}交易日期,借方发生额,贷方发生额,余额,对方户名,摘要\n\
            2026-05-20 10:11:12,\"1,234.56\",,9,杭州示例餐饮有限公司,货款\n\
            20260521,0.00,￥80,9,王某,\n\
            2026/5/2,-12.00,-,9,退款,\n\
            2026年5月2日,1,,9,某,\n\
            ,,,,,\n\
            2026-02-30,1,,9,某,\n\
            2026-05-20,1.234,,9,某,\n\
            2026-05-20,1,1,9,某,\n\
            2026-05-20,,,9,某,\n";
        let told: Vec<String> = read_statement(file.as_bytes())
            .unwrap()
            .iter()
            .map(|row| match row {
                StatementRow::Payment(way, paid) => {
                    format!("{} {way:?} {} {}", paid.row(), paid.date(), paid.amount())
                }
                StatementRow::Unreadable { row, column, code } => format!("{row} {column} {code}"),
            })
            .collect();
        assert_eq!(
            told,
            [
                "2 Out 2026-05-20 1234.56",
                "3 In 2026-05-21 80.00",
                "4 Out 2026-05-02 -12.00",
                "5 Out 2026-05-02 1.00",
                "7 date DATE",
                "8 out AMOUNT",
                "9 out TWO-AMOUNTS",
                "10 out NO-AMOUNT"
            ]
        );
    }

    #[test]
    fn days_are_days_and_nothing_else_is() {
        for bad in
            ["", "5/20/2026", "2026-13-01", "26-05-01", "2026-05", "2026-05-01-02", "2026-+5-01", "45000"]
        {
            assert_eq!(day(bad), None, "{bad}");
        }
    }
}
