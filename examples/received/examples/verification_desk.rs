//! A group of companies receives what `closed_loop` has issued: files are read, duplicates found, the bureau asked, invoices
//! booked, reimbursed once, matched with the bank, reported and archived.
//!
//! ```text
//! cargo run --release -p invoice-received --example verification_desk [CLOSED_LOOP [OUT]]
//! ```
//!
//! `CLOSED_LOOP` is the output of the closed loop (`out/closed_loop`), which is run when it is not there; `OUT` is where
//! everything of this story goes (`out/verification_desk`). Started again it finds everything done and changes nothing.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use invoice_examples::closed_loop;
use invoice_examples::run::{failed, told};
use invoice_examples::story::Done;
use invoice_received::story::tell;

fn run() -> Done {
    let mut arguments = std::env::args_os().skip(1).map(PathBuf::from);
    let closed = arguments.next().unwrap_or_else(|| "out/closed_loop".into());
    let out = arguments.next().unwrap_or_else(|| "out/verification_desk".into());
    if !closed.join("documents").is_dir() {
        use clap::Parser;
        let options =
            closed_loop::Options::parse_from(["closed_loop".as_ref(), "--out".as_ref(), closed.as_os_str()]);
        if closed_loop::main(&options) != ExitCode::SUCCESS {
            return Err("the closed loop stopped".into());
        }
    }
    std::fs::create_dir_all(&out).map_err(failed(&out))?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(failed(Path::new("the runtime")))?;
    runtime.block_on(tell(&closed, &out)).map(drop)
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprint!("{}", told(&*error));
            ExitCode::FAILURE
        }
    }
}
