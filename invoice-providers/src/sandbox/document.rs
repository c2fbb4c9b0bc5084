//! The file of an invoice: national `EInvoice` XML, marked as a specimen.

use invoice_core::tax::{TaxItem, tax_day};

use super::books::Invoice;
use super::report::Color;
use super::wire::{BuyerKind, Request, Row};
use crate::document::{FaceParty, FaceRow, InvoiceFace};

/// What stands on an invoice. The region is that of the bureau.
pub(super) fn face(invoice: &Invoice, request: &Request, region: u8) -> InvoiceFace {
    let entry = &invoice.entry;
    let mut face = InvoiceFace::new(entry.number.clone());
    face.kind = Some(entry.kind.into());
    face.red = entry.color == Color::Red;
    face.issued_on = Some(tax_day(entry.issued_at));
    face.issued_at = Some(entry.issued_at);
    face.seller = FaceParty::seller(&request.seller.tax_id, &request.seller.name);
    face.buyer = buyer(request);
    face.rows = request.rows.iter().map(row).collect();
    (face.net, face.tax, face.gross) = (Some(entry.net), Some(entry.tax), Some(entry.gross));
    face.drawer = Some(request.seller.drawer.clone());
    face.remark = request.remark.clone();
    face.blue = request.red.as_ref().map(|red| red.blue.clone());
    face.confirmation = request.red.as_ref().and_then(|red| red.confirmation.clone());
    face.bureau = Some((format!("{region:02}"), "沙箱税务局".to_owned()));
    face
}

fn buyer(request: &Request) -> FaceParty {
    let title = &request.title;
    let name = match title.kind {
        BuyerKind::Person => FaceParty::person(&title.name),
        _ => title.name.clone(),
    };
    FaceParty {
        tax_id: title.tax_id.clone(),
        name: Some(name),
        address: title.address.clone(),
        phone: title.phone.clone(),
        bank: title.bank.clone(),
        account: title.account.clone(),
    }
}

fn row(row: &Row) -> FaceRow {
    let item = TaxItem::new(row.item.code, &row.item.short_name, row.item.rate, row.item.treatment);
    let amounts = (row.net, row.tax, row.gross);
    let mut out = FaceRow::priced(&item, &row.name, row.quantity, amounts);
    (out.spec, out.unit, out.unit_price) = (row.spec.clone(), row.unit.clone(), row.unit_price);
    out
}
