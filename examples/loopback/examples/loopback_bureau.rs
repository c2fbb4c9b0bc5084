//! A bureau on this machine: `cargo run -p invoice-loopback --example loopback_bureau -- nuonuo`.

use std::process::ExitCode;

fn main() -> ExitCode {
    invoice_loopback::main()
}
