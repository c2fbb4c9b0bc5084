//! Arguments, standard input, standard output.

use std::io::{BufRead, Read, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand, ValueEnum};
use invoice_core::error::Language;
use invoice_core::limits::{Basis, InvoiceLimit};
use invoice_core::money::Money;
use invoice_core::plan::split::Grouping;
use serde_json::{Value, json};

use super::split::{SplitOptions, split};
use super::validate::{self, Direction};
use crate::closed_loop::{drive, failed, tell};
use crate::retail::RetailFeed;
use crate::run::{Place, RunError, Settings, seller_id};

/// Most named rows that are printed; the summary file has all of them.
const NAMED_ON_SCREEN: usize = 20;

/// Tools for Chinese VAT invoices (发票). Each reads standard input and prints one JSON object a line; what cannot be
/// read or is refused becomes an object too, and the exit status stays 0.
#[derive(Debug, Parser)]
#[command(name = "fapiao", version, about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Check tax IDs and credit codes (税号), one a line.
    CheckId,
    /// Split orders (拆票): one JSON object a line, or any JSON objects one after the other.
    Split(SplitArgs),
    /// Run the closed loop over the CSV files of a folder in the form of the "Online Retail" dataset.
    Retail(RetailArgs),
    /// Write amounts in capitals (大写金额), one a line.
    Capital {
        /// Read capitals instead.
        #[arg(long)]
        parse: bool,
    },
    /// Read the QR payloads of invoices, one a line.
    Qr,
    /// Find the fields of pasted title texts (抬头), a blank line between two.
    Title,
}

#[derive(Debug, Args)]
struct SplitArgs {
    /// The most one invoice may come to, exclusive; no limit unless given.
    #[arg(long, value_name = "YUAN")]
    limit: Option<Money>,
    /// What the limit is compared with.
    #[arg(long, value_enum, default_value_t = BasisArg::Net)]
    basis: BasisArg,
    /// Which lines may share an invoice.
    #[arg(long, value_enum, default_value_t = GroupArg::Category)]
    group_by: GroupArg,
    /// The most printed rows of one invoice, discount rows counted.
    #[arg(long, value_name = "N")]
    max_lines: Option<u32>,
}

#[derive(Debug, Args)]
struct RetailArgs {
    /// The folder.
    dir: PathBuf,
    /// Where state lives: sqlite:FILE or memory:. A run that was stopped goes on from there.
    #[arg(long, value_name = "STORE")]
    store: Place,
    /// The most one invoice may come to, net, exclusive.
    #[arg(long, value_name = "YUAN", default_value = "10000")]
    limit: Money,
    /// The seed of everything that is made up.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Also write the summary, with every named row, to a file.
    #[arg(long, value_name = "FILE")]
    summary: Option<PathBuf>,
    /// Also write the issued documents to a folder.
    #[arg(long, value_name = "DIR")]
    documents: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum BasisArg {
    Net,
    Gross,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum GroupArg {
    Category,
    Rate,
    None,
}

/// Runs the command line.
#[must_use]
pub fn main() -> ExitCode {
    let result = match Cli::parse().command {
        Command::CheckId => each_line(validate::check_id),
        Command::Split(args) => each_order(&args),
        Command::Retail(args) => retail(&args),
        Command::Capital { parse } => {
            let direction = if parse { Direction::Parse } else { Direction::Write };
            each_line(|line| validate::capital(line, direction))
        }
        Command::Qr => each_line(validate::qr),
        Command::Title => each_block(),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        // Whoever reads has seen enough, as `head` does.
        Err(RunError::File { source, .. }) if source.kind() == std::io::ErrorKind::BrokenPipe => {
            ExitCode::SUCCESS
        }
        Err(error) => {
            tell(&error);
            ExitCode::FAILURE
        }
    }
}

fn io(what: &'static str) -> impl Fn(std::io::Error) -> RunError {
    move |source| RunError::File { path: what.to_owned(), source }
}

fn print(out: &mut impl Write, value: &Value) -> Result<(), RunError> {
    writeln!(out, "{value}").map_err(io("standard output"))
}

/// A line may hold bytes that are no UTF-8: they are shown as replacement characters, and found wrong as such.
fn each_line(answer: impl Fn(&str) -> Value) -> Result<(), RunError> {
    let mut input = std::io::stdin().lock();
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    let mut bytes = Vec::new();
    while input.read_until(b'\n', &mut bytes).map_err(io("standard input"))? > 0 {
        let line = String::from_utf8_lossy(&bytes);
        let line = line.strip_suffix('\n').unwrap_or(&line);
        let line = line.strip_suffix('\r').unwrap_or(line);
        if !line.trim().is_empty() {
            print(&mut out, &answer(line))?;
        }
        bytes.clear();
    }
    out.flush().map_err(io("standard output"))
}

fn whole_input() -> Result<String, RunError> {
    let mut bytes = Vec::new();
    std::io::stdin().lock().read_to_end(&mut bytes).map_err(io("standard input"))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn each_block() -> Result<(), RunError> {
    let text = whole_input()?;
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    for block in validate::blocks(&text) {
        print(&mut out, &validate::title(&block))?;
    }
    out.flush().map_err(io("standard output"))
}

fn each_order(args: &SplitArgs) -> Result<(), RunError> {
    let basis = match args.basis {
        BasisArg::Net => Basis::Net,
        BasisArg::Gross => Basis::Gross,
    };
    let grouping = match args.group_by {
        GroupArg::Category => Grouping::Category,
        GroupArg::Rate => Grouping::Rate,
        GroupArg::None => Grouping::None,
    };
    let limit = args.limit.map(|limit| InvoiceLimit::net_below(limit).with_basis(basis));
    let options = SplitOptions { limit, grouping, max_rows: args.max_lines, language: Language::default() };
    let text = whole_input()?;
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    for order in orders(&text) {
        let answer = match order {
            Ok(order) => split(&order, &options),
            Err(message) => json!({ "faults": [{ "code": "INPUT-01", "message": message }] }),
        };
        print(&mut out, &answer)?;
    }
    out.flush().map_err(io("standard output"))
}

/// Orders one after the other, each over as many lines as it likes. What is no JSON costs its own line: reading goes
/// on behind it.
fn orders(text: &str) -> Vec<Result<Value, String>> {
    let mut found = Vec::new();
    let mut rest = text.trim_start_matches('\u{feff}');
    while !rest.trim_start().is_empty() {
        rest = rest.trim_start();
        let mut stream = serde_json::Deserializer::from_str(rest).into_iter::<Value>();
        let (read, behind) = match stream.next() {
            Some(Ok(value)) => (Ok(value), stream.byte_offset()),
            Some(Err(error)) => {
                let line = rest.find('\n').map_or(rest.len(), |at| at + 1);
                (Err(format!("not a JSON object: {error}")), line)
            }
            None => break,
        };
        rest = rest.get(behind..).unwrap_or_default();
        match read {
            // A document may be a list of orders.
            Ok(Value::Array(list)) => found.extend(list.into_iter().map(Ok)),
            other => found.push(other),
        }
    }
    found
}

fn retail(args: &RetailArgs) -> Result<(), RunError> {
    let mut feed = RetailFeed::open(&args.dir, seller_id()?, args.seed)?;
    let settings = Settings {
        place: args.store.clone(),
        seed: args.seed,
        limit: InvoiceLimit::net_below(args.limit),
        documents: args.documents.clone(),
    };
    let (summary, _) = drive(settings, &mut feed)?;
    if let Some(path) = &args.summary {
        let text = summary.json().map_err(RunError::Note)?;
        std::fs::write(path, text + "\n").map_err(failed(path))?;
    }
    let shown = summary.with_named_at_most(NAMED_ON_SCREEN).json().map_err(RunError::Note)?;
    let mut out = std::io::stdout().lock();
    writeln!(out, "{shown}").map_err(io("standard output"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_are_read_one_a_line_or_spread_over_lines_and_a_bad_line_costs_itself_alone() {
        let found = orders("{\"a\":1}\n{\n  \"b\": 2\n}\nnonsense\n{\"c\":3}{\"d\":4}\n[{\"e\":5}]\n");
        let good: Vec<bool> = found.iter().map(Result::is_ok).collect();
        assert_eq!(good, [true, true, false, true, true, true]);
    }

    #[test]
    fn the_arguments_are_well_formed() {
        use clap::CommandFactory;
        Cli::command().debug_assert();
    }
}
