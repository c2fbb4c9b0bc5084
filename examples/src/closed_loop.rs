//! The `closed_loop` program.
//!
//! Everything it keeps lies in its output folder: `state.db` (with `state.db.key`, the key that seals names and tax
//! IDs in it, and `state.db.bureau`, the sandbox bureau's own books) and `documents`. Killed at any moment and started
//! again on the same folder it goes on where it was; with `--fresh` it begins anew.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;
use invoice_core::limits::InvoiceLimit;
use invoice_core::money::Money;

use crate::feed::Feed;
use crate::retail::RetailFeed;
use crate::run::{Place, RunError, Settings, drive, failed, seller_id, told};
use crate::shop::ShopFeed;
use crate::summary::Summary;

/// Runs a shop from orders to reconciled invoices.
#[derive(Debug, Clone, Parser)]
#[command(name = "closed_loop", version, about)]
pub struct Options {
    /// A folder with CSV files of the "Online Retail" dataset, instead of the made-up shop.
    #[arg(long, value_name = "DIR")]
    pub orders: Option<PathBuf>,
    /// Where state and documents go. A run that was stopped goes on from there.
    #[arg(long, value_name = "DIR", default_value = "out/closed_loop")]
    pub out: PathBuf,
    /// Begin anew: remove what an earlier run left in the output folder.
    #[arg(long)]
    pub fresh: bool,
    /// The seed of everything that is made up.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// The most one invoice may come to, net, exclusive.
    #[arg(long, value_name = "YUAN", default_value = "10000")]
    pub limit: Money,
    /// Orders a day of the made-up shop.
    #[arg(long, value_name = "N", default_value_t = 60)]
    pub orders_a_day: u32,
    /// Keep state in memory instead of SQLite: nothing can be continued.
    #[arg(long)]
    pub memory: bool,
    /// Also write the numbers as JSON.
    #[arg(long, value_name = "FILE")]
    pub summary: Option<PathBuf>,
}

/// Runs the program: exit status 0 when the books agree.
#[must_use]
pub fn main(options: &Options) -> ExitCode {
    match start(options) {
        Ok((summary, shown)) => {
            println!("{shown}");
            println!("  {}", options.out.join("documents").display());
            if summary.reconciled { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Err(error) => {
            eprint!("{}", told(&error));
            ExitCode::FAILURE
        }
    }
}

fn start(options: &Options) -> Result<(Summary, String), RunError> {
    let documents = options.out.join("documents");
    let place = if options.memory { Place::Memory } else { Place::Sqlite(options.out.join("state.db")) };
    if options.fresh || options.memory {
        for file in place.files() {
            remove(&file)?;
        }
        remove(&documents)?;
    }
    std::fs::create_dir_all(&options.out).map_err(failed(&options.out))?;
    let mut feed: Box<dyn Feed> = match &options.orders {
        Some(folder) => Box::new(RetailFeed::open(folder, seller_id()?, options.seed)?),
        None => Box::new(ShopFeed::new(options.seed, seller_id()?, options.orders_a_day)?),
    };
    let limit = InvoiceLimit::net_below(options.limit);
    let settings = Settings { place, seed: options.seed, limit, documents: Some(documents), bureau: None };
    let (summary, shown) = drive(settings, feed.as_mut())?;
    if let Some(path) = &options.summary {
        let text = summary.json().map_err(RunError::Note)?;
        std::fs::write(path, text + "\n").map_err(failed(path))?;
    }
    Ok((summary, shown))
}

/// Removes a file or a folder, unless it is gone already.
fn remove(path: &Path) -> Result<(), RunError> {
    let removed = if path.is_dir() { std::fs::remove_dir_all(path) } else { std::fs::remove_file(path) };
    match removed {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(failed(path)(error)),
        _ => Ok(()),
    }
}
