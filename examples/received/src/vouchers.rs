//! Accounting vouchers (记账凭证) of booked and paid invoices, as CSV or XLSX for whatever keeps the accounts.

use std::fs::File;
use std::io::BufWriter;
use std::path::Path;

use invoice_core::access::Actor;
use invoice_core::received::{ReceivedQuery, ReceivedRecord};
use invoice_core::report::voucher::{Accounts, Voucher};
use invoice_examples::run::{RunError, failed};
use invoice_providers::import::{Cell, CsvSheet, write_sheets_xlsx};

use crate::office::Office;

fn head() -> [Cell; 7] {
    ["日期", "凭证号", "摘要", "科目编码", "科目名称", "借方金额", "贷方金额"].map(Cell::from)
}

/// A row for each line of a voucher.
fn rows(voucher: &Voucher) -> impl Iterator<Item = [Cell; 7]> + '_ {
    voucher.lines().iter().map(|line| {
        [
            voucher.day().to_string().into(),
            voucher.number().into(),
            voucher.summary().into(),
            line.account().code().into(),
            line.account().name().into(),
            Cell::Fen(line.debit().fen().into()),
            Cell::Fen(line.credit().fen().into()),
        ]
    })
}

/// Writes the vouchers of every invoice that a query finds and that is booked or paid: as XLSX where the name of the file ends
/// in `.xlsx`, as CSV otherwise. CSV is written row by row; a workbook is put together in memory. Returns how many there are.
///
/// # Errors
/// `ACCESS-01`; a failing store; when the file cannot be written.
pub async fn write_vouchers(
    office: &Office,
    actor: &Actor,
    (query, accounts): (&ReceivedQuery, &Accounts),
    path: &Path,
) -> Result<u64, RunError> {
    let file = BufWriter::new(File::create(path).map_err(failed(path))?);
    let mut count = 0;
    let of = |record: &ReceivedRecord| {
        [Voucher::of_booking(record, accounts), Voucher::of_payment(record, accounts)].into_iter().flatten()
    };
    if path.extension().is_some_and(|end| end == "xlsx") {
        let mut all = vec![Vec::from(head())];
        let keep = |record: &ReceivedRecord| {
            for voucher in of(record) {
                all.extend(rows(&voucher).map(Vec::from));
                count += 1;
            }
            Ok::<_, RunError>(())
        };
        office.desk.fold_received(actor, query, keep).await?;
        write_sheets_xlsx(file, [("凭证", all)]).map_err(failed(path))?;
        return Ok(count);
    }
    let mut sheet = CsvSheet::new(file).map_err(failed(path))?;
    sheet.row(&head()).map_err(failed(path))?;
    let write = |record: &ReceivedRecord| {
        for voucher in of(record) {
            rows(&voucher).try_for_each(|row| sheet.row(&row)).map_err(failed(path))?;
            count += 1;
        }
        Ok::<_, RunError>(())
    };
    office.desk.fold_received(actor, query, write).await?;
    sheet.finish().map_err(failed(path))?;
    Ok(count)
}
