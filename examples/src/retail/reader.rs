//! Rows of the CSV files of a folder, one after the other.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

use super::row::{Columns, Fault, Row};
use crate::feed::{FeedError, Named};

/// Reads rows in the order of file names and lines, holding one line at a time.
///
/// Text that is not UTF-8 is read as Latin-1. A quote that is never closed costs its own row, not the rest of the
/// file: a field may run over a line end only when the joined lines make a full row.
#[derive(Debug)]
pub struct Reader {
    files: VecDeque<PathBuf>,
    open: Option<Open>,
    read: u64,
    whole: u64,
}

#[derive(Debug)]
struct Open {
    name: String,
    path: PathBuf,
    lines: BufReader<File>,
    columns: Option<Columns>,
    /// Read ahead while joining, and to be read next.
    ahead: Option<String>,
    number: u64,
}

impl Reader {
    /// The CSV files of a folder.
    ///
    /// # Errors
    /// When the folder cannot be read or holds no CSV file.
    pub fn open(folder: &Path) -> Result<Self, FeedError> {
        let shown = || folder.display().to_string();
        let unreadable = |source| FeedError::Unreadable { path: shown(), source };
        let mut files = Vec::new();
        let mut whole = 0;
        for entry in std::fs::read_dir(folder).map_err(unreadable)? {
            let entry = entry.map_err(unreadable)?;
            let path = entry.path();
            let csv = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("csv"));
            if csv && path.is_file() {
                whole += entry.metadata().map_err(unreadable)?.len();
                files.push(path);
            }
        }
        if files.is_empty() {
            return Err(FeedError::NothingThere { path: shown() });
        }
        files.sort();
        Ok(Self { files: files.into(), open: None, read: 0, whole })
    }

    /// Bytes read, and bytes in all.
    #[must_use]
    pub const fn position(&self) -> (u64, u64) {
        (self.read, self.whole)
    }

    /// The next row, or what is wrong with it; `None` after the last.
    ///
    /// # Errors
    /// When a file cannot be read.
    pub fn next_row(&mut self) -> Result<Option<Result<Row, Named>>, FeedError> {
        loop {
            let Some(open) = &mut self.open else {
                let Some(path) = self.files.pop_front() else { return Ok(None) };
                self.open = Some(Open::new(path)?);
                continue;
            };
            let Some(line) = open.line(&mut self.read)? else {
                self.open = None;
                continue;
            };
            if line.trim().is_empty() {
                continue;
            }
            if let Some(columns) = open.columns.clone() {
                return open.row(&columns, line, &mut self.read).map(Some);
            }
            match split(&line).and_then(|fields| Columns::of_header(&fields)) {
                Ok(columns) => open.columns = Some(columns),
                // Without a header nothing in the file can be read.
                Err(fault) => {
                    let named = fault.at(open.place());
                    self.open = None;
                    return Ok(Some(Err(named)));
                }
            }
        }
    }
}

impl Open {
    fn new(path: PathBuf) -> Result<Self, FeedError> {
        let file = File::open(&path)
            .map_err(|source| FeedError::Unreadable { path: path.display().to_string(), source })?;
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Ok(Self { name, path, lines: BufReader::new(file), columns: None, ahead: None, number: 0 })
    }

    fn place(&self) -> String {
        format!("{}:{}", self.name, self.number)
    }

    fn line(&mut self, read: &mut u64) -> Result<Option<String>, FeedError> {
        self.number += 1;
        if let Some(line) = self.ahead.take() {
            return Ok(Some(line));
        }
        let mut bytes = Vec::new();
        let count = self
            .lines
            .read_until(b'\n', &mut bytes)
            .map_err(|source| FeedError::Unreadable { path: self.path.display().to_string(), source })?;
        if count == 0 {
            return Ok(None);
        }
        *read += u64::try_from(count).unwrap_or_default();
        while bytes.last().is_some_and(|byte| matches!(byte, b'\n' | b'\r')) {
            bytes.pop();
        }
        Ok(Some(match String::from_utf8(bytes) {
            Ok(text) => text,
            Err(latin) => latin.into_bytes().into_iter().map(char::from).collect(),
        }))
    }

    fn row(
        &mut self,
        columns: &Columns,
        line: String,
        read: &mut u64,
    ) -> Result<Result<Row, Named>, FeedError> {
        let at = self.place();
        let fields = match split(&line) {
            Ok(fields) => Ok(fields),
            Err(fault) => match self.line(read)? {
                Some(next) => match split(&format!("{line} {next}")) {
                    Ok(fields) if fields.len() == columns.count() => Ok(fields),
                    _ => {
                        self.number -= 1;
                        self.ahead = Some(next);
                        Err(fault)
                    }
                },
                None => Err(fault),
            },
        };
        Ok(fields.and_then(|fields| columns.read(&fields, at.clone())).map_err(|fault| fault.at(at)))
    }
}

/// The fields of a line (RFC 4180): quotes around a field, doubled within.
fn split(line: &str) -> Result<Vec<String>, Fault> {
    let mut fields = Vec::with_capacity(8);
    let mut field = String::new();
    let mut quoted = false;
    let mut chars = line.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                field.push('"');
            }
            '"' if quoted => quoted = false,
            '"' if field.is_empty() => quoted = true,
            ',' if !quoted => fields.push(std::mem::take(&mut field)),
            c => field.push(c),
        }
    }
    if quoted {
        return Err(Fault::new("RETAIL-09", "a quote is not closed"));
    }
    fields.push(field);
    Ok(fields)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_split_at_commas_outside_quotes() {
        for (line, want) in [
            ("a,b", vec!["a", "b"]),
            ("a,,", vec!["a", "", ""]),
            ("\"a,b\",c", vec!["a,b", "c"]),
            ("\"a \"\"b\"\"\",c", vec!["a \"b\"", "c"]),
            ("6\" RULER,c", vec!["6\" RULER", "c"]),
        ] {
            assert_eq!(split(line).unwrap(), want, "{line}");
        }
        assert_eq!(split("a,\"b").unwrap_err().code, "RETAIL-09");
    }
}
