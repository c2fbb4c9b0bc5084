//! The closed loop (发票闭环): orders in, invoices out, refunds taken back by red invoices, what they free applied for
//! again, and the books proved at the end.
//!
//! ```text
//! cargo run --release --example closed_loop                     # a made-up Chinese shop
//! cargo run --release --example closed_loop -- --orders DIR     # CSV files of the "Online Retail" dataset
//! ```

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    invoice_examples::closed_loop::main(&invoice_examples::closed_loop::Options::parse())
}
