//! `fapiao import`: a folder of files, read and handed in.

use std::fs::File;
use std::io::BufWriter;
use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::Args;
use invoice_examples::run::{failed, progress_bar};
use invoice_providers::import::CsvSheet;
use invoice_received::import::{FileResult, import};
use invoice_received::office::Entity;
use serde_json::json;

use super::OfficeArguments;
use crate::{Error, stream};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The folder: XML, OFD, PDF, PNG and JPEG files, in folders or not.
    dir: PathBuf,
    #[command(flatten)]
    office: OfficeArguments,
    /// A company that invoices are made out to, as ID=TAXID; remembered by the store. Give it several times for several.
    #[arg(long = "entity", value_name = "ID=TAXID", value_parser = super::entity)]
    entities: Vec<Entity>,
    /// Threads that read; as many as the machine has unless given.
    #[arg(long, value_name = "N")]
    workers: Option<NonZeroUsize>,
    /// Also write a result per file, as CSV.
    #[arg(long, value_name = "FILE")]
    results: Option<PathBuf>,
}

impl Arguments {
    /// Prints how many files came to what.
    pub(crate) fn run(&self) -> Result<(), Error> {
        let workers = self.workers.or_else(|| std::thread::available_parallelism().ok());
        let workers = workers.unwrap_or(NonZeroUsize::MIN);
        let mut sheet = None;
        if let Some(path) = &self.results {
            let file = BufWriter::new(File::create(path).map_err(failed(path))?);
            let mut begun = CsvSheet::new(file).map_err(failed(path))?;
            begun.row(&FileResult::head()).map_err(failed(path))?;
            sheet = Some((path, begun));
        }
        let bar = progress_bar(0);
        let summary = self.office.run(self.entities.clone(), async |office, actor| {
            let each = |result: &FileResult| {
                bar.set_length(u64::try_from(result.of).unwrap_or(u64::MAX));
                bar.set_position(u64::try_from(result.done).unwrap_or(u64::MAX));
                match &mut sheet {
                    Some((path, sheet)) => sheet.row(&result.cells()).map_err(failed(path)),
                    None => Ok(()),
                }
            };
            Ok(import(&office, &actor, &self.dir, workers, each).await?)
        });
        bar.finish_and_clear();
        let summary = summary?;
        if let Some((path, sheet)) = sheet {
            sheet.finish().map_err(failed(path))?;
        }
        stream::print_line(&json!(summary).to_string())
    }
}
