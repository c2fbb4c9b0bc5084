//! The `fapiao` command line; see `fapiao --help`.

use std::process::ExitCode;

fn main() -> ExitCode {
    invoice_fapiao::main()
}
