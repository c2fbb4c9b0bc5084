//! Standard input and output.

use std::io::{BufRead, Read, Write};

use serde_json::Value;

use crate::Error;

fn input(source: std::io::Error) -> Error {
    Error::Stream { name: "standard input", source }
}

fn output(source: std::io::Error) -> Error {
    Error::Stream { name: "standard output", source }
}

/// Answers every line of standard input that is not blank with a line of JSON.
///
/// A line may hold bytes that are no UTF-8: they are shown as replacement characters, and found wrong as such.
pub(crate) fn each_line(answer: impl Fn(&str) -> Value) -> Result<(), Error> {
    let mut lines = std::io::stdin().lock();
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    let mut bytes = Vec::new();
    while lines.read_until(b'\n', &mut bytes).map_err(input)? > 0 {
        let line = String::from_utf8_lossy(&bytes);
        let line = line.strip_suffix('\n').unwrap_or(&line);
        let line = line.strip_suffix('\r').unwrap_or(line);
        if !line.trim().is_empty() {
            writeln!(out, "{}", answer(line)).map_err(output)?;
        }
        bytes.clear();
    }
    out.flush().map_err(output)
}

/// All of standard input as text.
pub(crate) fn whole_input() -> Result<String, Error> {
    let mut bytes = Vec::new();
    std::io::stdin().lock().read_to_end(&mut bytes).map_err(input)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Prints one line of JSON for each.
pub(crate) fn print_all(answers: impl IntoIterator<Item = Value>) -> Result<(), Error> {
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    for answer in answers {
        writeln!(out, "{answer}").map_err(output)?;
    }
    out.flush().map_err(output)
}

/// Prints one line of text.
pub(crate) fn print_line(line: &str) -> Result<(), Error> {
    writeln!(std::io::stdout().lock(), "{line}").map_err(output)
}
