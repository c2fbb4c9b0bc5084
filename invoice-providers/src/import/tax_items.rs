use std::io::Read;

use chrono::NaiveDate;
use invoice_core::tax::{TaxCode, TaxRate, TaxTableEntry, Treatment};

use super::table::{Column, Head, ImportError, Line, below_head, csv_lines};

/// Most rows of a file of tax codes; the whole table of the bureau has about 4,200.
pub const MAX_TAX_ITEMS: usize = 20_000;

const COLUMNS: &[Column] = &[
    ("code", &["税收分类编码", "商品和服务税收分类编码", "商品编码", "编码"]),
    ("name", &["货物和劳务名称", "商品和服务名称", "商品名称", "名称"]),
    ("short_name", &["商品和服务分类简称", "分类简称", "简称"]),
    ("rates", &["税率", "增值税税率"]),
    ("treatments", &["征税方式"]),
    ("summary", &["汇总项"]),
    ("valid_from", &["启用时间", "有效期起"]),
    ("valid_to", &["截止时间", "有效期止"]),
];
const NEEDED: &[&str] = &["code", "name", "short_name"];

/// What a file of tax codes came to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct TaxItems {
    /// The codes that could be read, in the order of the file.
    pub entries: Vec<TaxTableEntry>,
    /// Rows that could not: row number, column, and a code such as `TAX-CODE`.
    pub unreadable: Vec<(u32, String, &'static str)>,
}

/// Reads tax codes (税收分类编码) from CSV, one a row, below a head row with Chinese or English names, for
/// [`TaxTable::insert`](invoice_core::tax::TaxTable::insert).
///
/// `rates` and `treatments` may hold several with `、`, `,`, `;` or `/` between them (`13%、9%`); without a treatment a code is
/// taxed as usual. A summary code (汇总项: 是, Y, 1) needs no rate; any other does. Dates are `2026-01-31`, `20260131` or
/// `2026/1/31`, both ends included. A code that stands in the file twice is unreadable the second time.
///
/// # Errors
/// When the head lacks a column, the file has more than [`MAX_TAX_ITEMS`] rows, or reading fails.
pub fn read_tax_items(file: impl Read) -> Result<TaxItems, ImportError> {
    tax_items(csv_lines(file))
}

pub(super) fn tax_items(
    lines: impl IntoIterator<Item = Result<Line, ImportError>>,
) -> Result<TaxItems, ImportError> {
    let (head, lines) = below_head(lines, (COLUMNS, NEEDED), MAX_TAX_ITEMS)?;
    let mut items = TaxItems::default();
    let mut seen = std::collections::BTreeSet::new();
    for line in lines {
        let read = match &line.cells {
            Ok(cells) => entry(&head, cells).map_err(|(column, code)| (column.to_owned(), code)),
            Err(unreadable) => Err(unreadable.clone()),
        };
        match read {
            Ok(entry) if seen.insert(entry.code()) => items.entries.push(entry),
            Ok(_) => items.unreadable.push((line.number, "code".to_owned(), "REPEATED")),
            Err((column, code)) => items.unreadable.push((line.number, column, code)),
        }
    }
    Ok(items)
}

fn entry(head: &Head, cells: &[String]) -> Result<TaxTableEntry, (&'static str, &'static str)> {
    let cell = |name| head.cell(cells, name);
    let code: TaxCode = cell("code").parse().map_err(|_| ("code", "TAX-CODE"))?;
    let name = Some(cell("name")).filter(|name| !name.is_empty()).ok_or(("name", "EMPTY"))?;
    let summary = match cell("summary") {
        "" | "否" | "N" | "n" | "0" | "false" => false,
        "是" | "Y" | "y" | "1" | "true" => true,
        _ => return Err(("summary", "YES-OR-NO")),
    };
    let rates = several(cell("rates")).map(str::parse).collect::<Result<Vec<TaxRate>, _>>();
    let rates = rates.map_err(|_| ("rates", "RATE"))?;
    if rates.is_empty() && !summary {
        return Err(("rates", "EMPTY"));
    }
    let treatments = several(cell("treatments")).map(treatment).collect::<Option<Vec<_>>>();
    let mut treatments = treatments.ok_or(("treatments", "TREATMENT"))?;
    if treatments.is_empty() {
        treatments.push(Treatment::Standard);
    }
    let first = date(cell("valid_from")).ok_or(("valid_from", "DATE"))?;
    let last = date(cell("valid_to")).ok_or(("valid_to", "DATE"))?;
    if first.zip(last).is_some_and(|(first, last)| last < first) {
        return Err(("valid_to", "BEFORE-BEGIN"));
    }
    let entry = TaxTableEntry::new(code, name, cell("short_name"), rates, treatments).between(first, last);
    Ok(if summary { entry.summary() } else { entry })
}

fn several(cell: &str) -> impl Iterator<Item = &str> {
    cell.split(['、', ',', '，', ';', '；', '/']).map(str::trim).filter(|part| !part.is_empty())
}

fn treatment(text: &str) -> Option<Treatment> {
    Some(match text {
        "standard" | "一般计税" | "征税" => Treatment::Standard,
        "zero_rated" | "零税率" => Treatment::ZeroRated,
        "exempt" | "免税" => Treatment::Exempt,
        "not_taxable" | "不征税" => Treatment::NotTaxable,
        "differential" | "差额征税" => Treatment::Differential,
        "lease_reduced" | "按5%减按1.5%" => Treatment::LeaseReduced,
        _ => return None,
    })
}

/// The day, or none where the cell is empty.
fn date(text: &str) -> Option<Option<NaiveDate>> {
    if text.is_empty() {
        return Some(None);
    }
    let text = text.split([' ', 'T']).next().unwrap_or(text);
    let formats = ["%Y-%m-%d", "%Y/%m/%d", "%Y%m%d"];
    formats.iter().find_map(|format| NaiveDate::parse_from_str(text, format).ok()).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_read_with_rates_dates_and_summaries_and_bad_rows_are_kept() {
        let file = "\u{feff}税收分类编码,货物和劳务名称,商品和服务分类简称,增值税税率,汇总项,启用时间,截止时间\n\
            1000000000000000000,货物,,,是,,\n\
            3040201010000000000,软件开发服务,信息技术服务,6%、3%,否,20160501,\n\
            1090511010000000000,智能手机,移动通信设备,13%,N,2016-05-01,2026/4/30\n\
            1090511010000000000,智能手机,移动通信设备,13%,N,,\n\
            109051101,手机,移动通信设备,13%,N,,\n\
            3040201020000000000,电路设计,,,,,\n\
            3040201030000000000,测试,,17.5.1%,,,\n\
            3040201030000000000,测试,,6%,也许,,\n\
            3040201030000000000,测试,,6%,,2026-13-01,\n\
            3040201030000000000,测试,,6%,,2026-02-01,2026-01-01\n\
            3040201030000000000,,,6%,,,\n";
        let items = read_tax_items(file.as_bytes()).unwrap();
        let codes: Vec<_> = items.entries.iter().map(|entry| entry.code().to_string()).collect();
        assert_eq!(codes, ["1000000000000000000", "3040201010000000000", "1090511010000000000"]);
        assert!(items.entries[0].is_summary() && !items.entries[1].is_summary());
        assert_eq!(items.entries[1].rates().len(), 2);
        let on = |text: &str| items.entries[2].holds_on(text.parse().unwrap());
        assert!(on("2016-05-01") && on("2026-04-30") && !on("2026-05-01") && !on("2016-04-30"));
        let bad: Vec<_> =
            items.unreadable.iter().map(|(row, at, code)| format!("{row} {at} {code}")).collect();
        assert_eq!(
            bad,
            [
                "5 code REPEATED",
                "6 code TAX-CODE",
                "7 rates EMPTY",
                "8 rates RATE",
                "9 summary YES-OR-NO",
                "10 valid_from DATE",
                "11 valid_to BEFORE-BEGIN",
                "12 name EMPTY"
            ]
        );
    }

    #[test]
    fn a_summary_code_is_imported_and_refused_on_a_line() {
        use invoice_core::error::RefusalCode;
        use invoice_core::tax::TaxTable;
        let file = "code,name,short_name,summary\n1000000000000000000,货物,货物,Y\n";
        let mut table = TaxTable::with_statutory_rates();
        read_tax_items(file.as_bytes()).unwrap().entries.into_iter().for_each(|entry| table.insert(entry));
        let item = table.get("1000000000000000000".parse().unwrap()).unwrap().item();
        assert_eq!(table.check(&item).unwrap_err().code(), RefusalCode::TaxCodeSummary);
    }
}
