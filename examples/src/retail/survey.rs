//! The first look at a folder: which rows belong to which day.
//!
//! Files may be named and sorted in any way, one may hold a year or a day, and the rows of an order may lie far apart.
//! So everything is read twice: first to learn where the rows of each day stand and what cannot be read, then day by
//! day. What is kept between are places in files, one for rows that lie together.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use chrono::{NaiveDate, NaiveDateTime};

use super::csv::{CsvFile, Place};
use crate::feed::{FeedError, Named};

/// Rows that stand together in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    /// The file, as an index.
    pub(super) file: usize,
    /// From where to where.
    pub(super) place: Place,
}

/// What stands where.
#[derive(Debug, Default)]
pub(super) struct Survey {
    /// The files, by name.
    pub(super) files: Vec<PathBuf>,
    /// The rows of each day. A row belongs to the day of the earliest row of its `InvoiceNo`.
    pub(super) days: BTreeMap<NaiveDate, Vec<Span>>,
    /// Rows, good or bad.
    pub(super) rows: u64,
    /// Rows that can be read.
    pub(super) good: u64,
    /// What cannot be read.
    pub(super) faults: Vec<Named>,
}

/// Rows of one `InvoiceNo` that stand together.
struct Run {
    invoice: usize,
    span: Span,
}

#[derive(Default)]
struct Runs {
    runs: Vec<Run>,
    /// By `InvoiceNo`, the index of its earliest time.
    invoices: HashMap<String, usize>,
    earliest: Vec<NaiveDateTime>,
}

impl Survey {
    /// Looks at the CSV files of a folder.
    ///
    /// # Errors
    /// When the folder or a file cannot be read, or there is no CSV file.
    pub(super) fn of(folder: &Path) -> Result<Self, FeedError> {
        let mut survey = Self { files: files(folder)?, ..Self::default() };
        let mut runs = Runs::default();
        for (index, path) in survey.files.iter().enumerate() {
            let mut file = match CsvFile::open(path)? {
                Ok(file) => file,
                Err(named) => {
                    survey.faults.push(named);
                    continue;
                }
            };
            while let Some((place, fields)) = file.next()? {
                survey.rows += 1;
                let row = fields.and_then(|fields| file.columns().read(&fields, String::new()));
                match row {
                    Ok(row) => {
                        survey.good += 1;
                        runs.add(row.invoice, row.when, Span { file: index, place });
                    }
                    Err(fault) => survey.faults.push(fault.at(file.shown(place))),
                }
            }
        }
        for (date, span) in runs.dated() {
            survey.days.entry(date).or_default().push(span);
        }
        Ok(survey)
    }
}

impl Runs {
    fn add(&mut self, invoice: String, when: NaiveDateTime, span: Span) {
        let fresh = self.earliest.len();
        let invoice = *self.invoices.entry(invoice).or_insert(fresh);
        match self.earliest.get_mut(invoice) {
            Some(earliest) => *earliest = when.min(*earliest),
            None => self.earliest.push(when),
        }
        match self.runs.last_mut() {
            Some(last) if last.invoice == invoice && last.span.file == span.file => {
                last.span.place.to = span.place.to;
            }
            _ => self.runs.push(Run { invoice, span }),
        }
    }

    /// Spans with their days, in the order of the files; those that touch are one.
    fn dated(self) -> Vec<(NaiveDate, Span)> {
        let mut dated: Vec<(NaiveDate, Span)> = Vec::new();
        for run in self.runs {
            let Some(date) = self.earliest.get(run.invoice).map(NaiveDateTime::date) else { continue };
            match dated.last_mut() {
                Some((last, span))
                    if *last == date
                        && span.file == run.span.file
                        && span.place.to == run.span.place.from =>
                {
                    span.place.to = run.span.place.to;
                }
                _ => dated.push((date, run.span)),
            }
        }
        dated
    }
}

/// The CSV files of a folder by name.
fn files(folder: &Path) -> Result<Vec<PathBuf>, FeedError> {
    let shown = || folder.display().to_string();
    let unreadable = |source| FeedError::Unreadable { path: shown(), source };
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        let csv = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("csv"));
        if csv && path.is_file() {
            files.push(path);
        }
    }
    if files.is_empty() {
        return Err(FeedError::NothingThere { path: shown() });
    }
    files.sort();
    Ok(files)
}
