//! `fapiao search`: received invoices by any of their fields.

use clap::Args;
use invoice_received::search::{parse, search};
use serde_json::json;

use super::OfficeArguments;
use crate::{Error, stream};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// What is looked for: a number, part of a name, or field:value with name, goods, tax, tag, folder, number, kind, state,
    /// entity, by, from, to, least and most. Everything given must hold; nothing finds all.
    query: Vec<String>,
    #[command(flatten)]
    office: OfficeArguments,
    /// Most invoices that are shown.
    #[arg(long, value_name = "N", default_value_t = 20)]
    limit: usize,
}

impl Arguments {
    /// Prints an invoice a line; when a name finds none, invoices of names like it and names that begin like it.
    pub(crate) fn run(&self) -> Result<(), Error> {
        let query = parse(&self.query.join(" ")).map_err(|fault| Error::Query(fault.to_string()))?;
        self.office.run(Vec::new(), async |office, actor| {
            let results = search(&office, &actor, &query, self.limit).await?;
            stream::print_all(results.found)?;
            stream::print_all(results.alike.into_iter().map(|alike| json!({ "alike": alike })))?;
            stream::print_all(results.suggested.into_iter().map(|name| json!({ "suggested": name })))?;
            if results.more { stream::print_all([json!({ "more": true })]) } else { Ok(()) }
        })
    }
}
