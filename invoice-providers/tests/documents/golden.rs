//! Golden documents: what is written stays what it was, to the byte, until somebody means to change it. `GOLDEN=write`
//! writes them anew; look at the difference before it is kept.

use std::io::{Cursor, Read};
use std::path::Path;

use crate::support::{face, total, yuan};
use invoice_core::tax::TaxRate;
use invoice_providers::document::{FaceRate, InvoiceFace, ofd, xml};
use zip::ZipArchive;

fn is_golden(name: &str, bytes: &[u8]) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/documents/golden").join(name);
    if std::env::var_os("GOLDEN").is_some_and(|wish| wish == "write") {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, bytes).unwrap();
    }
    let golden = std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    assert!(golden == bytes, "{name} is not what it was; with GOLDEN=write it becomes what it is now");
}

/// Rows at two rates and one free of tax, a remark and a name with what must be escaped.
fn ordinary() -> InvoiceFace {
    let mut face = face(3);
    face.rows[1].rate = FaceRate::Rate(TaxRate::percent(9).unwrap());
    face.rows[1].tax = Some(yuan("9.00"));
    face.rows[1].gross = Some(yuan("109.00"));
    face.rows[2].rate = FaceRate::Exempt;
    face.rows[2].tax = None;
    face.rows[2].gross = face.rows[2].net;
    face.rows[2].name = "*文化服务*<书展> & 讲座".to_owned();
    face.remark = Some("订单 A-1 & B-2 <合并>".to_owned());
    total(&mut face);
    face
}

/// A red invoice with its confirmation, to a person who has a long name.
fn red() -> InvoiceFace {
    let mut face = face(9);
    face.red = true;
    for row in &mut face.rows {
        let minus =
            |amount: Option<invoice_core::money::Money>| amount.and_then(|amount| amount.checked_neg());
        (row.net, row.tax, row.gross) = (minus(row.net), minus(row.tax), minus(row.gross));
        row.quantity = row.quantity.map(|quantity| -quantity);
    }
    face.buyer.tax_id = None;
    face.buyer.name = Some("阿卜杜热合曼·买买提依明（个人）".to_owned());
    face.blue = Some("26442000000000000002".parse().unwrap());
    face.confirmation = Some("44010526050000000001".to_owned());
    total(&mut face);
    face
}

/// Every entry of an archive, one behind the other.
fn unpacked(bytes: &[u8]) -> Vec<u8> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut all = Vec::new();
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index).unwrap();
        all.extend(format!("== {}\n", entry.name()).bytes());
        entry.read_to_end(&mut all).unwrap();
        all.push(b'\n');
    }
    all
}

#[test]
fn documents_are_what_they_were() {
    for (name, face) in [("ordinary", ordinary()), ("red", red())] {
        is_golden(&format!("{name}.xml"), &xml::write(&face));
        is_golden(&format!("{name}.ofd.txt"), &unpacked(&ofd::write(&face).unwrap()));
    }
}
