use std::fmt;
use std::io::Write;

use invoice_core::report::yuan;

/// A cell of a sheet that is written.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Cell {
    /// Text. One that a spreadsheet would take for a formula gets a quotation mark in front in CSV, and stays text in XLSX.
    Text(String),
    /// An amount of fen, shown in yuan with two decimals.
    Fen(i128),
    /// A count.
    Count(u64),
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

/// As it is shown: texts as they are, amounts in yuan.
impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.pad(text),
            Self::Fen(fen) => f.pad(&yuan(*fen)),
            Self::Count(count) => count.fmt(f),
        }
    }
}

impl Cell {
    /// As text that no spreadsheet runs.
    pub(super) fn shown(&self) -> String {
        match self {
            Self::Text(text) if text.starts_with(['=', '+', '-', '@', '\t', '\r']) => format!("'{text}"),
            cell => cell.to_string(),
        }
    }
}

/// Writes a sheet as CSV, row by row. Begins with a byte order mark, so that spreadsheets read it as UTF-8.
///
/// ```
/// use invoice_providers::import::{Cell, CsvSheet};
/// let mut file = Vec::new();
/// let mut sheet = CsvSheet::new(&mut file)?;
/// sheet.row(&["item".into(), "gross".into()])?;
/// sheet.row(&["=1+2".into(), Cell::Fen(-105)])?;
/// sheet.finish()?;
/// assert_eq!(String::from_utf8_lossy(&file), "\u{feff}item,gross\n'=1+2,-1.05\n");
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct CsvSheet<W: Write>(csv::Writer<W>);

impl<W: Write> CsvSheet<W> {
    /// Begins a file.
    ///
    /// # Errors
    /// When writing fails, as for the other two.
    pub fn new(mut file: W) -> std::io::Result<Self> {
        file.write_all("\u{feff}".as_bytes())?;
        Ok(Self(csv::Writer::from_writer(file)))
    }

    /// Writes a row. All rows have as many cells as the first.
    ///
    /// # Errors
    /// When writing fails or the number of cells is another.
    pub fn row(&mut self, cells: &[Cell]) -> std::io::Result<()> {
        self.0.write_record(cells.iter().map(Cell::shown)).map_err(std::io::Error::other)
    }

    /// Writes what is left.
    ///
    /// # Errors
    /// When writing fails.
    pub fn finish(mut self) -> std::io::Result<()> {
        self.0.flush()
    }
}
