//! Faces of invoices for the tests of files.
#![allow(dead_code, reason = "not every test file uses everything")]

pub(crate) mod paper;

use chrono::NaiveDate;
use invoice_core::money::Money;
use invoice_core::received::ReceivedKind;
use invoice_core::tax::TaxRate;
use invoice_providers::document::{FaceRate, FaceRow, InvoiceFace};

pub(crate) fn yuan(text: &str) -> Money {
    text.parse().unwrap()
}

/// A row of one piece with 13 % tax.
pub(crate) fn row(name: &str, net: &str, tax: &str) -> FaceRow {
    let mut row = FaceRow::default();
    row.name = name.to_owned();
    row.spec = Some("500g/袋".to_owned());
    row.unit = Some("袋".to_owned());
    (row.quantity, row.unit_price) = (Some(1.into()), Some(net.parse().unwrap()));
    (row.net, row.tax) = (Some(yuan(net)), Some(yuan(tax)));
    row.gross = yuan(net).checked_add(yuan(tax));
    row.rate = FaceRate::Rate(TaxRate::percent(13).unwrap());
    row.code = Some("1030201010000000000".parse().unwrap());
    row
}

/// An ordinary digital invoice of so many rows of 100.00 net and 13.00 tax.
pub(crate) fn face(rows: usize) -> InvoiceFace {
    let mut face = InvoiceFace::new("26442000000000000001".parse().unwrap());
    face.kind = Some(ReceivedKind::DigitalOrdinary);
    face.issued_at = Some("2026-05-01T04:00:00Z".parse().unwrap());
    face.issued_on = NaiveDate::from_ymd_opt(2026, 5, 1);
    face.seller.tax_id = Some("91440300MA5EXAMPL1".to_owned());
    face.seller.name = Some("深圳市样例茶业有限公司".to_owned());
    face.buyer.tax_id = Some("91330100799655058B".to_owned());
    face.buyer.name = Some("杭州示例信息技术有限公司".to_owned());
    face.drawer = Some("王小明".to_owned());
    face.rows = (1..=rows).map(|n| row(&format!("*茶*龙井 {n} 号"), "100.00", "13.00")).collect();
    total(&mut face);
    face
}

/// Fills the totals in from the rows.
pub(crate) fn total(face: &mut InvoiceFace) {
    face.net = Some(face.rows.iter().filter_map(|row| row.net).sum());
    face.tax = Some(face.rows.iter().filter_map(|row| row.tax).sum());
    face.gross = face.net.and_then(|net| net.checked_add(face.tax?));
}

/// Whether this process runs one test alone. If not, runs the test of that name in such a process, because the tests beside
/// it take memory of this one, and fails if it fails.
pub(crate) fn is_alone(name: &str) -> bool {
    const ALONE: &str = "DOCUMENTS_ALONE";
    if std::env::var_os(ALONE).is_some() {
        return true;
    }
    let mut alone = std::process::Command::new(std::env::current_exe().unwrap());
    let done = alone.args(["--exact", name]).env(ALONE, "1").output().unwrap();
    let said = String::from_utf8_lossy(&done.stdout);
    assert!(done.status.success() && said.contains("1 passed"), "{said}");
    false
}

/// What the kernel says of the memory of this process under a name, in kilobytes.
pub(crate) fn memory(name: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with(name)).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}
