//! `fapiao retail`: the closed loop over the CSV files of a folder.

use std::path::PathBuf;

use clap::Args;
use invoice_core::limits::InvoiceLimit;
use invoice_core::money::Money;
use invoice_examples::retail::RetailFeed;
use invoice_examples::run::{Place, RunError, Settings, drive, failed, seller_id};

use crate::provider::Provider;
use crate::{Error, stream};

/// Most named rows that are printed; the summary file has all of them.
const NAMED_ON_SCREEN: usize = 20;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
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
    /// Issue through a service's protocol instead of inside the process: nuonuo:URL, baiwang:URL or wechat:URL of a
    /// loopback bureau. Needs the feature `http`.
    #[arg(long, value_name = "SERVICE:URL")]
    provider: Option<Provider>,
}

impl Arguments {
    /// Runs the subcommand: prints the summary as one line of JSON.
    pub(crate) fn run(&self) -> Result<(), Error> {
        let mut feed = RetailFeed::open(&self.dir, seller_id()?, self.seed).map_err(RunError::from)?;
        let settings = Settings {
            place: self.store.clone(),
            seed: self.seed,
            limit: InvoiceLimit::net_below(self.limit),
            documents: self.documents.clone(),
            bureau: self.provider.as_ref().map(Provider::connect).transpose()?,
        };
        let (summary, _) = drive(settings, &mut feed)?;
        if let Some(path) = &self.summary {
            let text = summary.json().map_err(RunError::Note)?;
            std::fs::write(path, text + "\n").map_err(failed(path))?;
        }
        let shown = summary.with_named_at_most(NAMED_ON_SCREEN).json().map_err(RunError::Note)?;
        stream::print_line(&shown)
    }
}
