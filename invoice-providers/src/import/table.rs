//! What a sheet is before anybody reads meaning into it: a head row, and lines of cells under it.

use std::io::Read;

use csv::ReaderBuilder;

/// Why a file as a whole cannot be read. A row that cannot is a result of its own. No variant shows a cell.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImportError {
    /// The head row lacks a column.
    #[error("the head row has no column `{0}`")]
    Column(&'static str),
    /// More rows than are taken.
    #[error("the file has more than {0} rows")]
    TooLong(usize),
    /// More bytes, unpacked or as text of cells, than are taken.
    #[error("the file is larger than {0} bytes once unpacked")]
    TooLarge(u64),
    /// A workbook without a sheet.
    #[error("the workbook has no sheet")]
    NoSheet,
    /// The file ends in the middle, is of another format, or cannot be read.
    #[error("the file cannot be read")]
    File(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// One row below the head, numbered as a spreadsheet does: the head is row 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) number: u32,
    /// The cells, or the place and the code of what keeps the row from being read.
    pub(super) cells: Result<Vec<String>, (String, &'static str)>,
}

impl Line {
    pub(super) fn is_blank(&self) -> bool {
        self.cells.as_ref().is_ok_and(|cells| cells.iter().all(|cell| cell.trim().is_empty()))
    }
}

/// A column's English name and its Chinese ones.
pub(super) type Column = (&'static str, &'static [&'static str]);

/// Where the columns stand.
pub(super) struct Head {
    columns: &'static [Column],
    places: Vec<Option<usize>>,
}

impl Head {
    /// Finds the columns in any order; further ones do not matter.
    pub(super) fn read(
        cells: &[String],
        columns: &'static [Column],
        needed: &[&'static str],
    ) -> Result<Self, ImportError> {
        let place = |(english, chinese): &Column| {
            // Excel begins a UTF-8 file with a byte order mark.
            cells.iter().position(|cell| {
                let cell = cell.trim_start_matches('\u{feff}').trim();
                cell.eq_ignore_ascii_case(english) || chinese.contains(&cell)
            })
        };
        let head = Self { columns, places: columns.iter().map(place).collect() };
        match needed.iter().find(|name| head.at(name).is_none()) {
            Some(missing) => Err(ImportError::Column(missing)),
            None => Ok(head),
        }
    }

    fn at(&self, name: &str) -> Option<usize> {
        let column = self.columns.iter().position(|(english, _)| *english == name)?;
        *self.places.get(column)?
    }

    /// The cell of a column, without blanks around it; empty where there is none.
    pub(super) fn cell<'a>(&self, cells: &'a [String], name: &str) -> &'a str {
        self.at(name).and_then(|at| cells.get(at)).map_or("", |cell| cell.trim())
    }
}

/// The lines of a CSV file, the head first. A row that is not UTF-8 spoils no other.
pub(super) fn csv_lines(file: impl Read) -> impl Iterator<Item = Result<Line, ImportError>> {
    let reader = ReaderBuilder::new().has_headers(false).flexible(true).from_reader(file);
    (1_u32..).zip(reader.into_records()).map(|(number, record)| {
        let cells = match record {
            Ok(record) => Ok(record.iter().map(str::to_owned).collect()),
            Err(error) if matches!(error.kind(), csv::ErrorKind::Utf8 { .. }) => {
                Err(("-".to_owned(), "NOT-UTF-8"))
            }
            Err(error) => return Err(ImportError::File(error.into())),
        };
        Ok(Line { number, cells })
    })
}

/// Takes the head off and gives what is not blank below it, at most `most` lines.
pub(super) fn below_head(
    lines: impl IntoIterator<Item = Result<Line, ImportError>>,
    (columns, needed): (&'static [Column], &[&'static str]),
    most: usize,
) -> Result<(Head, Vec<Line>), ImportError> {
    let mut lines = lines.into_iter();
    let first = lines.next().transpose()?;
    let cells = first.and_then(|line| line.cells.ok()).unwrap_or_default();
    let head = Head::read(&cells, columns, needed)?;
    let mut kept = Vec::new();
    for line in lines {
        let line = line?;
        if line.is_blank() {
            continue;
        }
        if kept.len() == most {
            return Err(ImportError::TooLong(most));
        }
        kept.push(line);
    }
    Ok((head, kept))
}
