//! A list of findings.

use std::fmt;

use crate::{Fault, Severity};

/// Everything a validator found; empty, and without an allocation, for a clean value.
///
/// ```
/// use invoice_validate::{Report, tax_id};
/// let mut all = Report::new();
/// all.merge("title.tax_id", tax_id::check("12345"));
/// assert!(!all.is_valid());
/// assert_eq!(all.faults()[0].path(), "title.tax_id");
/// assert!(all.into_result().is_err());
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(transparent))]
#[must_use = "a report says whether the value may be used"]
pub struct Report {
    faults: Vec<Fault>,
}

impl Report {
    /// An empty report.
    pub const fn new() -> Self {
        Report { faults: Vec::new() }
    }

    /// All findings, in the order they were made.
    pub fn faults(&self) -> &[Fault] {
        &self.faults
    }

    /// No finding at all, not even a hint.
    pub fn is_empty(&self) -> bool {
        self.faults.is_empty()
    }

    /// No finding of severity [`Severity::Error`].
    pub fn is_valid(&self) -> bool {
        self.errors().next().is_none()
    }

    /// The findings that make the value invalid.
    pub fn errors(&self) -> impl Iterator<Item = &Fault> {
        self.faults.iter().filter(|fault| fault.severity() == Severity::Error)
    }

    /// Adds one finding.
    pub fn push(&mut self, fault: Fault) {
        self.faults.push(fault);
    }

    /// Adds the findings of a part under its path.
    pub fn merge(&mut self, prefix: &str, part: Report) {
        self.faults.extend(part.faults.into_iter().map(|fault| fault.at(prefix)));
    }

    /// Puts `prefix` before every path.
    pub fn at(self, prefix: &str) -> Self {
        let mut out = Report::new();
        out.merge(prefix, self);
        out
    }

    /// The report itself as an error when it is not valid; warnings and hints are dropped otherwise.
    pub fn into_result(self) -> Result<(), Report> {
        if self.is_valid() { Ok(()) } else { Err(self) }
    }

    /// The findings by value.
    pub fn into_faults(self) -> Vec<Fault> {
        self.faults
    }
}

impl From<Fault> for Report {
    fn from(fault: Fault) -> Self {
        Report { faults: vec![fault] }
    }
}

impl FromIterator<Fault> for Report {
    fn from_iter<I: IntoIterator<Item = Fault>>(faults: I) -> Self {
        Report { faults: faults.into_iter().collect() }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.faults.is_empty() {
            return f.write_str("nothing found");
        }
        for (index, fault) in self.faults.iter().enumerate() {
            if index > 0 {
                f.write_str("; ")?;
            }
            write!(f, "{fault}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Report {}
