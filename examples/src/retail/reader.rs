//! The rows of a folder of CSV files, day by day.

use std::path::Path;

use chrono::NaiveDate;
use sha2::{Digest, Sha256};

use super::csv::CsvFile;
use super::row::Row;
use super::survey::{Span, Survey};
use crate::feed::{FeedError, Named};

/// Gives the rows of one day after the other and holds no more than those.
#[derive(Debug)]
pub struct Reader {
    survey: Survey,
    open: Option<(usize, CsvFile)>,
    given: u64,
    digest: Sha256,
}

impl Reader {
    /// Looks through the CSV files of a folder.
    ///
    /// # Errors
    /// When the folder or a file cannot be read, or there is no CSV file.
    pub fn open(folder: &Path) -> Result<Self, FeedError> {
        Ok(Self { survey: Survey::of(folder)?, open: None, given: 0, digest: Sha256::new() })
    }

    /// Rows given, and rows in all.
    #[must_use]
    pub const fn position(&self) -> (u64, u64) {
        (self.given, self.survey.good)
    }

    /// Rows in all files, those that cannot be read among them.
    #[must_use]
    pub const fn rows(&self) -> u64 {
        self.survey.rows
    }

    /// What cannot be read, by name.
    #[must_use]
    pub fn faults(&self) -> &[Named] {
        &self.survey.faults
    }

    /// A digest of all rows given so far.
    #[must_use]
    pub fn digest(&self) -> String {
        let digest: [u8; 32] = self.digest.clone().finalize().into();
        digest.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// The rows of the next day, in the order of the files; `None` after the last.
    ///
    /// # Errors
    /// When a file cannot be read.
    pub fn next_day(&mut self) -> Result<Option<(NaiveDate, Vec<Row>)>, FeedError> {
        let Some((date, spans)) = self.survey.days.pop_first() else { return Ok(None) };
        let mut rows = Vec::new();
        for span in spans {
            self.read(span, &mut rows)?;
        }
        self.given += u64::try_from(rows.len()).unwrap_or_default();
        Ok(Some((date, rows)))
    }

    fn read(&mut self, span: Span, rows: &mut Vec<Row>) -> Result<(), FeedError> {
        if self.open.as_ref().is_none_or(|(index, _)| *index != span.file) {
            let Some(path) = self.survey.files.get(span.file) else { return Ok(()) };
            self.open = CsvFile::open(path)?.ok().map(|file| (span.file, file));
        }
        let Some((_, file)) = &mut self.open else { return Ok(()) };
        file.seek(span.place)?;
        while let Some((place, fields)) = file.next()? {
            if place.from >= span.place.to {
                break;
            }
            // What cannot be read was named by the survey.
            let Ok(fields) = fields else { continue };
            for field in &fields {
                self.digest.update(field.as_bytes());
                self.digest.update([0]);
            }
            if let Ok(row) = file.columns().read(&fields, file.shown(place)) {
                rows.push(row);
            }
        }
        Ok(())
    }
}
