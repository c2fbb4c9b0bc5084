//! The `fapiao` command line: tools for Chinese VAT invoices (发票).
//!
//! A subcommand is a file of its own, with its arguments and its `run`, and one line in `Command` and in
//! `Command::run`. Those that read standard input print one JSON object a line, refusals included, and the exit
//! status is 0 unless the input cannot be read.

mod archive;
mod audit;
mod capital;
mod check_id;
mod error;
mod faults;
mod incident;
#[cfg(feature = "http")]
mod over_http;
mod provider;
mod qr;
mod retail;
mod shop;
mod split;
mod stream;
mod title;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use invoice_examples::run::told;

pub use error::Error;

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
    Split(split::Arguments),
    /// Run the closed loop over the CSV files of a folder in the form of the "Online Retail" dataset.
    Retail(retail::Arguments),
    /// Anchor, export and verify the history of a tenant.
    Audit(audit::Arguments),
    /// Seal a folder of received invoices, or verify a sealed one.
    Archive(archive::Arguments),
    /// Take out an incident bundle, or replay one.
    Incident(incident::Arguments),
    /// Write amounts in capitals (大写金额), one a line.
    Capital(capital::Arguments),
    /// Read the QR payloads of invoices, one a line.
    Qr,
    /// Find the fields of pasted title texts (抬头), a blank line between two.
    Title,
}

impl Command {
    fn run(&self) -> Result<(), Error> {
        match self {
            Self::CheckId => check_id::run(),
            Self::Split(arguments) => arguments.run(),
            Self::Retail(arguments) => arguments.run(),
            Self::Audit(arguments) => arguments.run(),
            Self::Archive(arguments) => arguments.run(),
            Self::Incident(arguments) => arguments.run(),
            Self::Capital(arguments) => arguments.run(),
            Self::Qr => qr::run(),
            Self::Title => title::run(),
        }
    }
}

/// Runs the command line.
#[must_use]
pub fn main() -> ExitCode {
    match Cli::parse().command.run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if error.is_closed_pipe() => ExitCode::SUCCESS,
        Err(error) => {
            eprint!("{}", told(&error));
            ExitCode::FAILURE
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_arguments_are_well_formed() {
        use clap::CommandFactory;
        Cli::command().debug_assert();
    }
}
