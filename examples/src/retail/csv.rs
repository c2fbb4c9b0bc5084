//! A CSV file, record by record, with the place of each.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use super::row::{Columns, Fault};
use crate::feed::{FeedError, Named};

/// Longest line that is read; a longer one is skipped and named.
const LONGEST_LINE: u64 = 64 * 1024;
/// Most lines that one record may run over.
const MOST_JOINED: usize = 8;

/// Where a record stands in its file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    /// The first byte.
    pub(super) from: u64,
    /// The first byte behind it.
    pub(super) to: u64,
    /// The number of its first line, from 1.
    pub(super) line: u64,
}

/// The fields of a record, or why they cannot be told apart.
pub(super) type Fields = Result<Vec<String>, Fault>;

/// One line; `None` instead of its text when it is too long.
#[derive(Debug)]
struct Line {
    text: Option<String>,
    place: Place,
}

/// An open file behind its header.
///
/// Text that is not UTF-8 is read as Latin-1, line by line. A quote that is never closed costs its own row, not the
/// rest of the file: a field may run over line ends only when the joined lines make a full row.
#[derive(Debug)]
pub(super) struct CsvFile {
    path: PathBuf,
    name: String,
    columns: Columns,
    lines: Lines,
}

#[derive(Debug)]
struct Lines {
    input: BufReader<File>,
    /// Read before their turn while lines were joined.
    ahead: VecDeque<Line>,
    /// Where the next line begins that is read from the file.
    next: Place,
}

impl CsvFile {
    /// Opens a file and reads its header; the inner error when nothing can be read without one.
    pub(super) fn open(path: &Path) -> Result<Result<Self, Named>, FeedError> {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let unreadable = |source| FeedError::Unreadable { path: path.display().to_string(), source };
        let input = BufReader::new(File::open(path).map_err(unreadable)?);
        let next = Place { from: 0, to: 0, line: 1 };
        let mut lines = Lines { input, ahead: VecDeque::new(), next };
        let header = loop {
            match lines.next().map_err(unreadable)? {
                Some(line) if line.is_blank() => {}
                other => break other,
            }
        };
        let number = header.as_ref().map_or(1, |line| line.place.line);
        let columns = header.map_or_else(|| Ok(Vec::new()), |line| line.fields());
        Ok(match columns.and_then(|fields| Columns::of_header(&fields)) {
            Ok(columns) => Ok(Self { path: path.to_owned(), name, columns, lines }),
            Err(fault) => Err(fault.at(format!("{name}:{number}"))),
        })
    }

    /// Which column stands where.
    pub(super) const fn columns(&self) -> &Columns {
        &self.columns
    }

    /// A place in words: `file:line`.
    pub(super) fn shown(&self, place: Place) -> String {
        format!("{}:{}", self.name, place.line)
    }

    /// Goes to a place that an earlier reading gave.
    pub(super) fn seek(&mut self, place: Place) -> Result<(), FeedError> {
        self.lines.seek(place).map_err(|source| self.unreadable(source))
    }

    /// The next record that is not blank; `None` at the end.
    pub(super) fn next(&mut self) -> Result<Option<(Place, Fields)>, FeedError> {
        let columns = self.columns.count();
        self.lines.record(columns).map_err(|source| self.unreadable(source))
    }

    fn unreadable(&self, source: io::Error) -> FeedError {
        FeedError::Unreadable { path: self.path.display().to_string(), source }
    }
}

impl Line {
    fn is_blank(&self) -> bool {
        self.text.as_ref().is_some_and(|text| text.trim().is_empty())
    }

    fn fields(&self) -> Fields {
        let too_long = || Fault::new("RETAIL-14", "the line is longer than 64 KiB");
        self.text.as_deref().ok_or_else(too_long).and_then(split)
    }
}

impl Lines {
    fn seek(&mut self, place: Place) -> io::Result<()> {
        self.ahead.clear();
        let here = self.next.from;
        self.next = Place { to: place.from, ..place };
        // Within what is buffered already this costs nothing.
        match (i64::try_from(here), i64::try_from(place.from)) {
            (Ok(here), Ok(there)) => self.input.seek_relative(there - here),
            _ => self.input.seek(SeekFrom::Start(place.from)).map(drop),
        }
    }

    fn next(&mut self) -> io::Result<Option<Line>> {
        match self.ahead.pop_front() {
            Some(line) => Ok(Some(line)),
            None => self.read(),
        }
    }

    fn read(&mut self) -> io::Result<Option<Line>> {
        let mut bytes = Vec::new();
        let mut count = self.input.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut bytes)?;
        if count == 0 {
            return Ok(None);
        }
        let whole = bytes.last() == Some(&b'\n') || bytes.len() < usize::try_from(LONGEST_LINE).unwrap_or(0);
        if !whole {
            count += self.input.skip_until(b'\n')?;
        }
        let Place { from, line, .. } = self.next;
        let to = from + u64::try_from(count).unwrap_or_default();
        self.next = Place { from: to, to, line: line + 1 };
        while bytes.last().is_some_and(|byte| matches!(byte, b'\n' | b'\r')) {
            bytes.pop();
        }
        let text = || match String::from_utf8(bytes) {
            Ok(text) => text,
            Err(latin) => latin.into_bytes().into_iter().map(char::from).collect(),
        };
        Ok(Some(Line { text: whole.then(text), place: Place { from, to, line } }))
    }

    fn record(&mut self, columns: usize) -> io::Result<Option<(Place, Fields)>> {
        let line = loop {
            match self.next()? {
                Some(line) if line.is_blank() => {}
                Some(line) => break line,
                None => return Ok(None),
            }
        };
        let fields = line.fields();
        match (&fields, line.text) {
            (Err(_), Some(text)) => {
                let joined = self.join(text, columns)?;
                let to = joined.as_ref().map_or(line.place.to, |(to, _)| *to);
                let fields = joined.map_or(fields, |(_, fields)| Ok(fields));
                Ok(Some((Place { to, ..line.place }, fields)))
            }
            _ => Ok(Some((line.place, fields))),
        }
    }

    /// Joins a line whose quote is open with those behind it, when that makes a full row: its end, and its fields.
    fn join(&mut self, mut text: String, columns: usize) -> io::Result<Option<(u64, Vec<String>)>> {
        let mut taken = Vec::new();
        while taken.len() + 1 < MOST_JOINED {
            let Some(next) = self.next()? else { break };
            let more = next.text.clone();
            let to = next.place.to;
            taken.push(next);
            let Some(more) = more else { break };
            text.push(' ');
            text.push_str(&more);
            match split(&text) {
                Ok(fields) if fields.len() == columns => return Ok(Some((to, fields))),
                Ok(_) => break,
                Err(_) => {}
            }
        }
        for line in taken.into_iter().rev() {
            self.ahead.push_front(line);
        }
        Ok(None)
    }
}

/// The fields of a line (RFC 4180): quotes around a field, doubled within.
fn split(line: &str) -> Fields {
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

    const HEADER: &str =
        "\u{feff}InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\r\n";

    fn records(body: &[u8]) -> Vec<(u64, Result<String, &'static str>)> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv");
        std::fs::write(&path, [HEADER.as_bytes(), body].concat()).unwrap();
        let mut file = CsvFile::open(&path).unwrap().unwrap();
        let mut found = Vec::new();
        let mut places = Vec::new();
        while let Some((place, fields)) = file.next().unwrap() {
            found.push((place.line, fields.map(|fields| fields.join("|")).map_err(|fault| fault.code)));
            places.push(place);
        }
        // Whatever order they are asked for in, the same records stand at the same places.
        for (place, (line, want)) in places.iter().zip(&found).rev() {
            file.seek(*place).unwrap();
            let (again, fields) = file.next().unwrap().unwrap();
            let fields = fields.map(|fields| fields.join("|")).map_err(|fault| fault.code);
            assert_eq!((again, &fields), (*place, want), "line {line}");
        }
        found
    }

    #[test]
    fn a_field_may_run_over_lines_and_an_open_quote_costs_its_own_row() {
        let body = b"1,2,\"three\r\nlines, \nlong\",4,5,6,7,8\r\n\r\n1,2,\"open,4,5,6,7,8\n1,2,3,4,5,6,7,8";
        let want = [
            (2, Ok("1|2|three lines,  long|4|5|6|7|8".to_owned())),
            (6, Err("RETAIL-09")),
            (7, Ok("1|2|3|4|5|6|7|8".to_owned())),
        ];
        assert_eq!(records(body), want);
    }

    #[test]
    fn a_line_without_end_is_skipped_and_named_and_other_bytes_are_latin() {
        let mut body = vec![b'x'; 300_000];
        body.extend(b"\n1,2,\xa340 CAF\xc9,4,5,6,7,8\n");
        assert_eq!(records(&body), [(2, Err("RETAIL-14")), (3, Ok("1|2|£40 CAFÉ|4|5|6|7|8".to_owned()))]);
    }

    #[test]
    fn a_file_without_a_header_is_named() {
        let folder = tempfile::tempdir().unwrap();
        for (text, line) in [("", 1), ("\n\nno,header\n1,2\n", 3)] {
            let path = folder.path().join("b.csv");
            std::fs::write(&path, text).unwrap();
            let named = CsvFile::open(&path).unwrap().unwrap_err();
            assert_eq!((named.code, named.at), ("RETAIL-08", format!("b.csv:{line}")));
        }
    }
}
