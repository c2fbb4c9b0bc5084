//! Reports of received invoices: groups, input tax and a year, as CSV, XLSX and HTML.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use invoice_core::access::Actor;
use invoice_core::received::{ReceivedQuery, ReceivedState};
use invoice_core::report::chart;
use invoice_core::report::received::{ReceivedReport, ReceivedYear};
use invoice_core::report::{GroupBy, GroupReport, Totals, UNKNOWN};
use invoice_examples::run::{RunError, failed};
use invoice_providers::import::{Cell, CsvSheet, write_sheets_xlsx};
use serde_json::{Value, json};

use crate::office::Office;

/// What the received invoices of a query come to.
#[derive(Debug, Clone)]
pub struct Report(ReceivedReport);

impl Report {
    /// Adds up what a query finds.
    ///
    /// # Errors
    /// `ACCESS-01`; a failing store.
    pub async fn gather(
        office: &Office,
        actor: &Actor,
        query: &ReceivedQuery,
        by: GroupBy,
    ) -> Result<Self, RunError> {
        Ok(Self(office.desk.report_received(actor, query, by).await?))
    }

    /// How many invoices there are.
    #[must_use]
    pub const fn invoices(&self) -> u64 {
        self.0.invoices()
    }

    /// The groups as JSON, one each.
    #[must_use]
    pub fn lines(&self) -> Vec<Value> {
        let by = self.0.groups().by().as_str();
        let line = |(key, totals): (&str, &Totals)| {
            let yuan = |fen| Cell::Fen(fen).to_string();
            json!({
                by: key, "invoices": totals.invoices, "net": yuan(totals.net), "tax": yuan(totals.tax),
                "gross": yuan(totals.gross),
            })
        };
        self.0.groups().groups().map(line).collect()
    }

    /// Writes the groups as CSV.
    ///
    /// # Errors
    /// When the file cannot be written, as for the other two.
    pub fn write_csv(&self, path: &Path) -> Result<(), RunError> {
        let file = BufWriter::new(File::create(path).map_err(failed(path))?);
        let write = || {
            let mut sheet = CsvSheet::new(file)?;
            for row in rows(self.0.groups()) {
                sheet.row(&row)?;
            }
            sheet.finish()
        };
        write().map_err(failed(path))
    }

    /// Writes groups, months, categories and input tax as XLSX.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write_xlsx(&self, path: &Path) -> Result<(), RunError> {
        let mut sheets = vec![(format!("按{}", self.0.groups().by().chinese()), rows(self.0.groups()))];
        for (year, of) in self.0.years() {
            sheets.push((format!("{year} 月份"), rows(of.months())));
            sheets.push((format!("{year} 类别"), rows(of.categories())));
        }
        let fates = self.0.input_tax().all().map(|(fate, totals)| row(fate.chinese(), totals));
        sheets.push(("进项税额".to_owned(), std::iter::once(head("抵扣")).chain(fates).collect()));
        let file = File::create(path).map_err(failed(path))?;
        let sheets = sheets.iter().map(|(name, rows)| (name.as_str(), rows.iter().cloned()));
        write_sheets_xlsx(file, sheets).map_err(failed(path))
    }

    /// Writes a year (年度报告) as one HTML page with charts; the last year there is unless one is named.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write_html(&self, path: &Path, year: Option<i32>) -> Result<(), RunError> {
        let year = year.or_else(|| self.0.years().next_back().map(|last| last.0)).unwrap_or_default();
        let empty = ReceivedYear::default();
        let of = self.0.years().find(|(known, _)| *known == year).map_or(&empty, |(_, of)| of);
        let mut file = File::create(path).map_err(failed(path))?;
        file.write_all(chart::year("收票报告", year, of.months(), of.categories()).as_bytes())
            .map_err(failed(path))
    }

    /// The input tax that can be deducted and the rest, as JSON.
    #[must_use]
    pub fn input_tax(&self) -> Value {
        let fates = self.0.input_tax().all().map(|(fate, totals)| {
            let told = json!({ "invoices": totals.invoices, "tax": Cell::Fen(totals.tax).to_string() });
            (fate.as_str().to_owned(), told)
        });
        Value::Object(fates.collect())
    }
}

fn head(what: &str) -> Vec<Cell> {
    [what, "张数", "不含税", "税额", "价税合计"].map(Cell::from).into()
}

fn row(key: &str, totals: &Totals) -> Vec<Cell> {
    let Totals { invoices, net, tax, gross } = *totals;
    vec![key.into(), Cell::Count(invoices), Cell::Fen(net), Cell::Fen(tax), Cell::Fen(gross)]
}

fn rows(report: &GroupReport) -> Vec<Vec<Cell>> {
    let named = |key: &str| match report.by() {
        _ if key == UNKNOWN => "未知".to_owned(),
        GroupBy::State => {
            let state = ReceivedState::ALL.iter().find(|state| state.as_str() == key);
            state.map_or(key, |state| state.chinese()).to_owned()
        }
        _ => key.to_owned(),
    };
    let groups = report.groups().map(|(key, totals)| row(&named(key), totals));
    std::iter::once(head(report.by().chinese())).chain(groups).collect()
}
