//! Our validators and our arithmetic beside other crates: what each answers case by case, and how long it takes.
//!
//! ```text
//! cargo run --release --example versus_peers            # a million inputs
//! cargo run --release --example versus_peers -- 20000   # fewer
//! ```
//!
//! The other crates are in `benches/peers`, a workspace with a lock file of its own: one of them brings an HTTP client and
//! a second cryptography for rustls, which nothing else here should build or be linked with. This program has cargo build
//! and run that one; the first time it fetches the crates.

use std::env;
use std::path::Path;
use std::process::{Command, ExitCode};

fn main() -> ExitCode {
    let top = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(["run", "--release", "--quiet", "--locked", "--manifest-path"]);
    command.arg(top.join("benches/peers/Cargo.toml")).arg("--target-dir").arg(top.join("target/peers"));
    match command.arg("--").args(env::args_os().skip(1)).status() {
        Ok(status) if status.success() => ExitCode::SUCCESS,
        Ok(status) => {
            eprintln!("benches/peers ended with {status}");
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("cargo cannot be run: {error}");
            ExitCode::FAILURE
        }
    }
}
