//! `fapiao archive export`: the originals of a folder of the books, sealed.

use std::path::PathBuf;

use clap::Args;
use invoice_core::audit::hex;
use invoice_received::export::export;
use invoice_received::search::parse;
use serde_json::json;

use super::OfficeArguments;
use crate::{Error, stream};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Which invoices, as for `fapiao search`, such as folder:2026-05 or from:2026-05-01 to:2026-05-31.
    #[arg(required = true)]
    query: Vec<String>,
    #[command(flatten)]
    office: OfficeArguments,
    /// The folder that is made and sealed; it must not be there yet.
    #[arg(long, value_name = "DIR")]
    to: PathBuf,
}

impl Arguments {
    /// Prints what is in it and the last hash of its list, to be kept elsewhere.
    pub(crate) fn run(&self) -> Result<(), Error> {
        let (query, _) = parse(&self.query.join(" ")).map_err(|fault| Error::Query(fault.to_string()))?;
        self.office.run(Vec::new(), async |office, actor| {
            let exported = export(&office, &actor, &query, &self.to).await?;
            let told = json!({
                "invoices": exported.invoices, "files": exported.files, "without_file": exported.without_file,
                "head": hex(&exported.sealed.head), "keep_until": exported.sealed.keep_until,
            });
            stream::print_line(&told.to_string())
        })
    }
}
