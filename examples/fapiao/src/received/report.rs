//! `fapiao report`: what received invoices come to.

use std::path::PathBuf;

use clap::Args;
use invoice_core::report::GroupBy;
use invoice_core::report::voucher::Accounts;
use invoice_received::report::Report;
use invoice_received::search::parse;
use invoice_received::vouchers::write_vouchers;
use serde_json::json;

use super::OfficeArguments;
use crate::{Error, stream};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Which invoices, as for `fapiao search`; all unless given.
    query: Vec<String>,
    #[command(flatten)]
    office: OfficeArguments,
    /// By what they are added up: month (also period), quarter, year, rate, state, seller, category, kind or entity.
    #[arg(long, default_value = "month", value_parser = group)]
    by: GroupBy,
    /// Also write a year as a page with charts.
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// The year of that page; the last there is unless given.
    #[arg(long)]
    year: Option<i32>,
    /// Also write the groups as CSV.
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,
    /// Also write groups, months, categories and input tax as XLSX.
    #[arg(long, value_name = "FILE")]
    xlsx: Option<PathBuf>,
    /// Also write the vouchers of what is booked or paid, as XLSX where the name ends so, as CSV otherwise.
    #[arg(long, value_name = "FILE")]
    vouchers: Option<PathBuf>,
}

fn group(text: &str) -> Result<GroupBy, String> {
    let name = if text == "period" { "month" } else { text };
    let names = || GroupBy::ALL.iter().map(|by| by.as_str()).collect::<Vec<_>>().join(", ");
    GroupBy::from_name(name).ok_or_else(|| format!("one of {} is needed", names()))
}

impl Arguments {
    /// Prints the groups, one a line, and the input tax.
    pub(crate) fn run(&self) -> Result<(), Error> {
        let (query, _) = parse(&self.query.join(" ")).map_err(|fault| Error::Query(fault.to_string()))?;
        self.office.run(Vec::new(), async |office, actor| {
            let report = Report::gather(&office, &actor, &query, self.by).await?;
            if let Some(path) = &self.html {
                report.write_html(path, self.year)?;
            }
            if let Some(path) = &self.csv {
                report.write_csv(path)?;
            }
            if let Some(path) = &self.xlsx {
                report.write_xlsx(path)?;
            }
            if let Some(path) = &self.vouchers {
                write_vouchers(&office, &actor, (&query, &Accounts::default()), path).await?;
            }
            let summary = json!({ "invoices": report.invoices(), "input_tax": report.input_tax() });
            stream::print_all(report.lines().into_iter().chain([summary]))
        })
    }
}
