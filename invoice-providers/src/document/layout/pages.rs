//! How rows spread over pages.

use super::form::{FULL_LINES, MOST_LINES};
use super::text::{Measure, SIZES, broken};
use super::{Notice, Page, body, head};
use crate::document::face::{FaceRow, InvoiceFace};
use crate::document::{DocumentCode, DocumentError};

/// Most rows of an invoice that is printed: the bureau's interface takes 5,000 at most.
const MAX_ROWS: usize = 5_000;
/// Most characters of a name or a specification that is printed.
const MAX_TEXT: usize = 2_000;

/// A row, or as much of it as stands on one page, as lines.
pub(super) struct Printed<'a> {
    pub(super) row: &'a FaceRow,
    pub(super) names: Vec<String>,
    pub(super) specs: Vec<String>,
    /// Whether it begins here: numbers stand on its first line.
    pub(super) begins: bool,
}

impl Printed<'_> {
    pub(super) fn lines(&self) -> usize {
        self.names.len().max(self.specs.len()).max(1)
    }
}

/// Which page of how many.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sheet {
    pub(super) number: usize,
    pub(super) of: usize,
}

impl Sheet {
    pub(super) const fn is_last(self) -> bool {
        self.number == self.of
    }

    pub(super) const fn is_only(self) -> bool {
        self.of == 1
    }
}

/// The pages of a face.
pub(in crate::document) fn pages(
    face: &InvoiceFace,
    notice: &Notice,
    measure: &dyn Measure,
) -> Result<Vec<Page>, DocumentError> {
    if face.rows.len() > MAX_ROWS {
        return Err(DocumentCode::TooManyRows.into());
    }
    let mut printed = Vec::new();
    for (row, place) in face.rows.iter().zip(1..) {
        if row.name.len().max(row.spec.as_ref().map_or(0, String::len)) > MAX_TEXT {
            return Err(DocumentError::new(DocumentCode::FieldUnreadable).at(format!("row {place}")));
        }
        print(row, measure, &mut printed);
    }
    let sheets = spread(printed);
    let of = sheets.len();
    let made = sheets.into_iter().zip(1..).map(|(rows, number)| {
        let sheet = Sheet { number, of };
        let mut marks = head::across(notice.across, measure, body::height(&rows, sheet));
        marks.extend(head::head(face, sheet, notice, measure)?);
        let height = body::body(face, &rows, sheet, measure, &mut marks);
        Ok(Page { width: super::form::PAGE, height, marks })
    });
    made.collect()
}

/// Breaks a row into lines; one that would not fit any page goes on as another.
fn print<'a>(row: &'a FaceRow, measure: &dyn Measure, printed: &mut Vec<Printed<'a>>) {
    let wrapped = |text: &str, column| broken(measure, text, SIZES[0], body::text_width(column));
    let (names, specs) = (wrapped(&row.name, 0), wrapped(row.spec.as_deref().unwrap_or_default(), 1));
    let pieces = names.len().max(specs.len()).div_ceil(MOST_LINES - 1).max(1);
    for piece in 0..pieces {
        let cut = |lines: &[String]| {
            let (from, most) = (piece * (MOST_LINES - 1), MOST_LINES - 1);
            lines.iter().skip(from).take(most).cloned().collect()
        };
        printed.push(Printed { row, names: cut(&names), specs: cut(&specs), begins: piece == 0 });
    }
}

/// One page where all fit; otherwise full pages, and a last one that has at least one row and room for capitals, remark
/// and 小计.
fn spread(printed: Vec<Printed<'_>>) -> Vec<Vec<Printed<'_>>> {
    let mut left: usize = printed.iter().map(Printed::lines).sum();
    if left <= MOST_LINES {
        return vec![printed];
    }
    let mut sheets = Vec::new();
    let mut rows = printed.into_iter().peekable();
    while left >= MOST_LINES {
        let mut sheet = Vec::new();
        let mut lines = 0;
        // The last row always stays for the last page.
        while let Some(row) = rows.next_if(|row| lines + row.lines() <= FULL_LINES && row.lines() < left) {
            lines += row.lines();
            left -= row.lines();
            sheet.push(row);
        }
        if sheet.is_empty() {
            break;
        }
        sheets.push(sheet);
    }
    sheets.push(rows.collect());
    sheets
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(counts: &[usize]) -> Vec<Vec<usize>> {
        let row = FaceRow::default();
        let printed = counts.iter().map(|count| Printed {
            row: &row,
            names: vec![String::new(); *count],
            specs: Vec::new(),
            begins: true,
        });
        spread(printed.collect()).iter().map(|sheet| sheet.iter().map(Printed::lines).collect()).collect()
    }

    /// Every number of rows, low and high ones: none is lost, no page overflows, the last has room for what only it has.
    #[test]
    fn rows_spread_over_pages_that_hold_them() {
        for high in [1, 2, 3, 7, 41] {
            for count in 0..150 {
                let counts: Vec<usize> = (0..count).map(|n| if n % 3 == 0 { high } else { 1 }).collect();
                let sheets = lines(&counts);
                assert_eq!(sheets.concat(), counts);
                let sums: Vec<usize> = sheets.iter().map(|sheet| sheet.iter().sum()).collect();
                let Some((last, full)) = sums.split_last() else { panic!("no page") };
                assert!(full.iter().all(|sum| *sum <= FULL_LINES), "{sums:?}");
                let most = if full.is_empty() { MOST_LINES } else { MOST_LINES - 1 };
                assert!(*last <= most && (*last > 0 || count == 0), "{sums:?}");
            }
        }
        assert_eq!(lines(&[1; 42]).len(), 1);
        assert_eq!(lines(&[1; 43]).iter().map(Vec::len).collect::<Vec<_>>(), [42, 1]);
        assert_eq!(lines(&[1; 60]).iter().map(Vec::len).collect::<Vec<_>>(), [47, 13]);
    }
}
