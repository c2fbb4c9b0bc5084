use std::io::{Cursor, Read, Seek, Write};

use calamine::{DataRef, Reader, Xlsx};
use invoice_core::batch::{BatchRow, MAX_ROWS, RowResult};
use rust_xlsxwriter::{Format, Workbook};
use zip::ZipArchive;

use super::results::{HEAD, cells};
use super::rows::applications;
use super::sheet::Cell;
use super::statement::{StatementRow, statement};
use super::table::{ImportError, Line};
use super::tax_items::{TaxItems, tax_items};

/// Most bytes of a workbook once unpacked, over all its parts, and of the text of its cells.
pub const MAX_UNPACKED: u64 = 128 * 1024 * 1024;
/// Most parts of a workbook.
const MAX_PARTS: usize = 1_000;
/// Columns that are looked at.
const MAX_COLUMNS: u32 = 64;
/// Most bytes of a cell.
const MAX_CELL: usize = 2_000;
/// From here on, in fen, an amount would lose digits.
const MOST: u128 = 1_000_000_000_000_000;
/// From here on a number in a cell has lost digits: Excel keeps 15.
const MANY_DIGITS: f64 = 1e15;

/// Reads applications from the first sheet of an XLSX workbook, as [`read_applications`](super::read_applications) does
/// from CSV.
///
/// Cells are taken as they are stored: amounts may be numbers, ids should be text. A number of 16 digits or more makes its
/// row unreadable (`AS-NUMBER`), because Excel has already changed its last digits; so do a cell with an error
/// (`CELL-ERROR`) and one that is too long (`TOO-LONG`). What a formula shows is read, formulas are not run.
///
/// # Errors
/// When the file is no workbook, is damaged or larger than [`MAX_UNPACKED`] once unpacked, and as the other reader.
pub fn read_applications_xlsx(file: impl Read + Seek) -> Result<Vec<BatchRow>, ImportError> {
    applications(lines(file)?.into_iter().map(Ok))
}

/// Reads tax codes from the first sheet of an XLSX workbook, as [`read_tax_items`](super::read_tax_items) does from CSV.
///
/// # Errors
/// As [`read_applications_xlsx`].
pub fn read_tax_items_xlsx(file: impl Read + Seek) -> Result<TaxItems, ImportError> {
    tax_items(lines(file)?.into_iter().map(Ok))
}

/// Reads a bank statement from the first sheet of an XLSX workbook, as [`read_statement`](super::read_statement) does from
/// CSV. Days may be text or cells that Excel keeps as dates.
///
/// # Errors
/// As [`read_applications_xlsx`].
pub fn read_statement_xlsx(file: impl Read + Seek) -> Result<Vec<StatementRow>, ImportError> {
    statement(lines(file)?.into_iter().map(Ok))
}

/// Writes results as an XLSX workbook to hand back, with the columns of [`write_results`](super::write_results). Every cell
/// is text, so none is a formula.
///
/// # Errors
/// When writing fails, or there are more results than a sheet has rows.
pub fn write_results_xlsx<'a>(
    file: impl Write,
    results: impl IntoIterator<Item = &'a (u32, RowResult)>,
) -> std::io::Result<()> {
    let rows = results.into_iter().map(|(number, result)| cells(*number, result).map(Cell::from).into());
    write_sheets_xlsx(file, [("results", std::iter::once(HEAD.map(Cell::from).into()).chain(rows))])
}

/// Writes sheets as an XLSX workbook: each with its name, of at most 31 characters and without `[]:*?/\\`, and its rows.
/// Texts are text, so none is a formula; amounts are numbers, as accounts add them up, while Excel keeps all their digits
/// (up to 9,999,999,999,999.99 yuan), and text beyond.
///
/// # Errors
/// When writing fails, a name is none, or there are more rows than a sheet has.
pub fn write_sheets_xlsx<'a, R>(
    mut file: impl Write,
    sheets: impl IntoIterator<Item = (&'a str, R)>,
) -> std::io::Result<()>
where
    R: IntoIterator<Item = Vec<Cell>>,
{
    let (mut book, amount) = (Workbook::new(), Format::new().set_num_format("#,##0.00"));
    for (name, rows) in sheets {
        let sheet = book.add_worksheet();
        sheet.set_name(name).map_err(std::io::Error::other)?;
        for (row, cells) in (0_u32..).zip(rows) {
            for (column, cell) in (0_u16..).zip(cells) {
                match (&cell, number(&cell)) {
                    (Cell::Fen(_), Some(number)) => {
                        sheet.write_number_with_format(row, column, number, &amount)
                    }
                    (Cell::Count(_), Some(number)) => sheet.write_number(row, column, number),
                    (Cell::Text(text), _) => sheet.write_string(row, column, text),
                    (cell, _) => sheet.write_string(row, column, cell.shown()),
                }
                .map_err(std::io::Error::other)?;
            }
        }
    }
    file.write_all(&book.save_to_buffer().map_err(std::io::Error::other)?)
}

/// The number of a cell, where a workbook, whose numbers are floating point ones, shows exactly its digits.
fn number(cell: &Cell) -> Option<f64> {
    let most = match cell {
        Cell::Fen(fen) => fen.unsigned_abs(),
        Cell::Count(count) => u128::from(*count),
        Cell::Text(_) => return None,
    };
    if most >= MOST { None } else { cell.shown().parse().ok() }
}

fn broken(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> ImportError {
    ImportError::File(error.into())
}

/// The lines of the first sheet, the head first.
fn lines(mut file: impl Read + Seek) -> Result<Vec<Line>, ImportError> {
    // The packed file is kept once, so that what is measured is what is read.
    let mut packed = Vec::new();
    let read = file.by_ref().take(MAX_UNPACKED + 1).read_to_end(&mut packed).map_err(broken)?;
    if u64::try_from(read).unwrap_or(u64::MAX) > MAX_UNPACKED {
        return Err(ImportError::TooLarge(MAX_UNPACKED));
    }
    measure(&packed)?;
    let mut book = Xlsx::new(Cursor::new(packed)).map_err(broken)?;
    let sheet = book.sheet_names().into_iter().next().ok_or(ImportError::NoSheet)?;
    let mut reader = book.worksheet_cells_reader(&sheet).map_err(broken)?;
    let mut sheet = Sheet::default();
    while let Some(cell) = reader.next_cell().map_err(broken)? {
        sheet.take(cell.get_position(), cell.get_value())?;
    }
    Ok(sheet.lines)
}

/// Unpacks every part into nothing: what a part says of its size is only what it says.
fn measure(packed: &[u8]) -> Result<(), ImportError> {
    let mut archive = ZipArchive::new(Cursor::new(packed)).map_err(broken)?;
    if archive.len() > MAX_PARTS {
        return Err(ImportError::TooLarge(MAX_UNPACKED));
    }
    let mut left = MAX_UNPACKED;
    for index in 0..archive.len() {
        let part = archive.by_index(index).map_err(broken)?;
        let size = std::io::copy(&mut part.take(left + 1), &mut std::io::sink()).map_err(broken)?;
        left = left.checked_sub(size).ok_or(ImportError::TooLarge(MAX_UNPACKED))?;
    }
    Ok(())
}

/// The lines read so far. Cells come row by row; blank rows have none.
#[derive(Default)]
struct Sheet {
    lines: Vec<Line>,
    bytes: u64,
}

impl Sheet {
    fn take(&mut self, (row, column): (u32, u32), value: &DataRef<'_>) -> Result<(), ImportError> {
        if column >= MAX_COLUMNS || matches!(value, DataRef::Empty) {
            return Ok(());
        }
        let number = row.saturating_add(1);
        match self.lines.last().map(|line| line.number) {
            Some(last) if last == number => {}
            Some(last) if last > number => return Err(broken("rows are not in order")),
            // The head is row 1, whatever is above it.
            _ if self.lines.len() > MAX_ROWS => return Err(ImportError::TooLong(MAX_ROWS)),
            _ => self.lines.push(Line { number, cells: Ok(Vec::new()) }),
        }
        let Some(line) = self.lines.last_mut() else { return Ok(()) };
        let Ok(cells) = &mut line.cells else { return Ok(()) };
        match text(value) {
            Ok(text) => {
                self.bytes += u64::try_from(text.len()).unwrap_or(u64::MAX);
                if self.bytes > MAX_UNPACKED {
                    return Err(ImportError::TooLarge(MAX_UNPACKED));
                }
                let at = column as usize;
                if cells.len() <= at {
                    cells.resize(at + 1, String::new());
                }
                if let Some(cell) = cells.get_mut(at) {
                    *cell = text;
                }
            }
            Err(code) => line.cells = Err((letters(column), code)),
        }
        Ok(())
    }
}

/// What a cell holds, as text.
fn text(value: &DataRef<'_>) -> Result<String, &'static str> {
    let text = match value {
        DataRef::Empty => "",
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => text,
        DataRef::SharedString(text) => text,
        DataRef::Bool(truth) => return Ok(truth.to_string()),
        DataRef::Int(number) => return Ok(number.to_string()),
        DataRef::Float(number) if number.abs() < MANY_DIGITS => return Ok(number.to_string()),
        DataRef::Float(_) => return Err("AS-NUMBER"),
        DataRef::DateTime(moment) => {
            let (year, month, day, ..) = moment.to_ymd_hms_milli();
            return Ok(format!("{year:04}-{month:02}-{day:02}"));
        }
        DataRef::Error(_) => return Err("CELL-ERROR"),
    };
    if text.len() > MAX_CELL { Err("TOO-LONG") } else { Ok(text.to_owned()) }
}

/// The letters of a column, as a spreadsheet shows them.
fn letters(column: u32) -> String {
    let letter = |index: u32| char::from(b'A' + u8::try_from(index % 26).unwrap_or(0));
    match column / 26 {
        0 => letter(column).to_string(),
        before => [letter(before - 1), letter(column)].iter().collect(),
    }
}

#[cfg(test)]
mod tests {
    use invoice_core::application::Scope;
    use invoice_core::batch::RowWish;
    use invoice_core::id::ApplicationId;
    use proptest::prelude::{ProptestConfig, any, prop_assert_eq, proptest};
    use zip::write::SimpleFileOptions;
    use zip::{CompressionMethod, ZipWriter};

    use super::*;

    const COLUMNS: [&str; 7] = ["开票主体", "购买方账号", "订单号", "票种", "抬头", "税号", "金额"];

    fn workbook(rows: &[[&str; 7]], furnish: impl FnOnce(&mut rust_xlsxwriter::Worksheet)) -> Vec<u8> {
        let mut book = Workbook::new();
        let sheet = book.add_worksheet();
        for (row, cells) in (0..).zip(std::iter::once(&COLUMNS).chain(rows)) {
            for (column, cell) in (0..).zip(cells).filter(|(_, cell)| !cell.is_empty()) {
                sheet.write_string(row, column, *cell).unwrap();
            }
        }
        furnish(sheet);
        book.save_to_buffer().unwrap()
    }

    fn read(file: &[u8]) -> Result<Vec<BatchRow>, ImportError> {
        read_applications_xlsx(Cursor::new(file))
    }

    #[test]
    fn a_workbook_is_read_as_a_csv_file_is() {
        let rows = [
            ["shop", "b1", "A-1", "数电普票", "张三", "", "12.30"],
            ["", "", "", "", "", "", ""],
            ["shop", "b1", "A-2+A-3", "digital_special", "华为技术有限公司", "914403001922038216", ""],
            ["shop", "b1", "A-4", "普票", "张三", "", ""],
        ];
        let csv: Vec<String> = rows.iter().map(|row| row.join(",")).collect();
        let csv = format!("{}\n{}\n", COLUMNS.join(","), csv.join("\n"));
        let from_csv = super::super::read_applications(csv.as_bytes()).unwrap();
        let from_xlsx = read(&workbook(&rows, |_| {})).unwrap();
        assert_eq!(from_xlsx, from_csv);
        assert_eq!(from_xlsx.iter().map(|row| row.number).collect::<Vec<_>>(), [2, 4, 5]);
    }

    #[test]
    fn numbers_are_amounts_to_the_fen_and_never_ids_that_lost_digits() {
        let row = ["shop", "b1", "A-1", "数电普票", "张三", "", ""];
        let file = workbook(&[row; 5], |sheet| {
            sheet.write_number(1, 6, 1234567.89).unwrap();
            sheet.write_number(2, 6, 0.1 + 0.2).unwrap();
            sheet.write_number(3, 5, 914403001922038216_f64).unwrap();
            sheet.write_string(4, 6, "x".repeat(MAX_CELL + 1)).unwrap();
            sheet.write_number(5, 6, 100).unwrap();
        });
        let rows = read(&file).unwrap();
        let told: Vec<String> = rows
            .iter()
            .map(|row| match &row.wish {
                RowWish::Apply(request) => match &request.orders[0].scope {
                    Scope::Amount(amount) => format!("{} {amount}", row.number),
                    other => format!("{} {other:?}", row.number),
                },
                RowWish::Unreadable { column, code } => format!("{} {column} {code}", row.number),
            })
            .collect();
        assert_eq!(told, ["2 1234567.89", "3 amount AMOUNT", "4 F AS-NUMBER", "5 G TOO-LONG", "6 100.00"]);
    }

    #[test]
    fn results_are_handed_back_as_text() {
        let results = [
            (
                2,
                RowResult::Accepted {
                    application: ApplicationId::new("=1+2").unwrap(),
                    state: invoice_core::application::ApplicationState::PendingReview,
                },
            ),
            (3, RowResult::Repeats { row: 2 }),
        ];
        let mut file = Vec::new();
        write_results_xlsx(&mut file, &results).unwrap();
        let lines = lines(Cursor::new(file)).unwrap();
        let cells: Vec<_> = lines.into_iter().map(|line| line.cells.unwrap().join("|")).collect();
        assert_eq!(
            cells,
            ["row|result|application|detail", "2|accepted|=1+2|pending_review", "3|repeats||row 2"]
        );
    }

    #[test]
    fn amounts_are_numbers_to_the_fen_and_texts_never_formulas() {
        let amounts =
            [0, -1, 105, 100_000_000_000_001, 999_999_999_999_999, 1_000_000_000_000_000, i128::MAX];
        let rows = amounts.map(|fen| vec![Cell::from("=1+2"), Cell::Fen(fen), Cell::Count(7)]);
        let mut file = Vec::new();
        write_sheets_xlsx(&mut file, [("一", rows.clone()), ("二", rows)]).unwrap();
        let mut book = Xlsx::new(Cursor::new(file.clone())).unwrap();
        assert_eq!(book.sheet_names(), ["一", "二"]);
        let sheet = book.worksheet_range("二").unwrap();
        for (row, fen) in sheet.rows().zip(amounts) {
            assert_eq!(row[0].to_string(), "=1+2");
            let shown = row[1].to_string();
            // More than an amount can be.
            if fen == i128::MAX {
                assert_eq!(shown.replace('.', ""), fen.to_string());
                continue;
            }
            let yuan: invoice_core::money::Money = shown.parse().unwrap();
            assert_eq!(i128::from(yuan.fen()), fen);
            assert_eq!(matches!(row[1], calamine::Data::Float(_)), fen.unsigned_abs() < MOST, "{fen}");
        }
        assert!(book.worksheet_formula("二").unwrap().is_empty());
        assert!(write_sheets_xlsx(&mut file, [("a/b", Vec::<Vec<Cell>>::new())]).is_err());
    }

    /// A ZIP whose only part is so many zeros.
    fn zeros(bytes: u64) -> Vec<u8> {
        let mut packed = ZipWriter::new(Cursor::new(Vec::new()));
        let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
        packed.start_file("xl/worksheets/sheet1.xml", options).unwrap();
        let block = vec![0_u8; 1 << 20];
        for _ in 0..bytes >> 20 {
            packed.write_all(&block).unwrap();
        }
        packed.finish().unwrap().into_inner()
    }

    #[test]
    fn a_bomb_is_refused_before_anything_reads_it() {
        let bomb = zeros(MAX_UNPACKED + (2 << 20));
        assert!(bomb.len() < 1 << 20, "{}", bomb.len());
        assert!(matches!(read(&bomb), Err(ImportError::TooLarge(_))));
    }

    #[test]
    fn a_sheet_as_wide_and_as_long_as_can_be_costs_nothing() {
        let file = workbook(&[["shop", "b1", "A-1", "数电普票", "张三", "", ""]], |sheet| {
            sheet.write_string(1_048_575, 16_383, "x").unwrap();
        });
        assert_eq!(read(&file).unwrap().len(), 1);
    }

    #[test]
    fn too_many_rows_and_no_rows_are_said_to_be_so() {
        let file = workbook(&[], |sheet| {
            for row in 1..=u32::try_from(MAX_ROWS).unwrap() + 1 {
                sheet.write_string(row, 0, "x").unwrap();
            }
        });
        assert!(matches!(read(&file), Err(ImportError::TooLong(_))));
        assert!(read(&workbook(&[], |_| {})).unwrap().is_empty());
        for other in [&b""[..], b"seller,buyer\n", b"PK\x03\x04"] {
            assert!(matches!(read(other), Err(ImportError::File(_))));
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]

        #[test]
        fn a_damaged_workbook_is_an_error_or_rows_and_never_more(
            damage in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
            cut in any::<prop::sample::Index>(),
        ) {
            let mut file = workbook(&[["shop", "b1", "A-1", "数电普票", "张三", "", "1.00"]], |_| {});
            for (at, byte) in damage {
                let at = at.index(file.len());
                file[at] = byte;
            }
            if let Ok(rows) = read(&file) {
                prop_assert_eq!(rows.len().min(1), rows.len());
            }
            file.truncate(cut.index(file.len()));
            let _ = read(&file);
        }
    }

    use proptest::prelude::prop;
}
