//! A bureau on this machine: `cargo run --example loopback_bureau -- nuonuo`.

use std::process::ExitCode;

fn main() -> ExitCode {
    invoice_loopback::main()
}
