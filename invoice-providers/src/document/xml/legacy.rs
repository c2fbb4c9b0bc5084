//! The XML inside files of legacy electronic invoices (税控电子发票), `original_invoice.xml`: elements with the prefix `fp`.

use invoice_core::invoice::InvoiceNumber;
use invoice_core::received::ReceivedKind;
use invoice_validate::qr;

use super::tree::Element;
use super::values::{amount, day, number, rate, read, text};
use crate::document::face::{FaceParty, FaceRow, InvoiceFace};
use crate::document::{DocumentCode, DocumentError};

pub(super) fn is_invoice(root: &Element) -> bool {
    root.child("InvoiceNo").is_some() && root.child("EInvoiceData").is_none()
}

pub(super) fn face(root: &Element) -> Result<InvoiceFace, DocumentError> {
    let mut face = InvoiceFace::new(invoice_number(root)?);
    let payload = root.text_of("GraphCode").and_then(|payload| qr::parse(payload).ok());
    face.kind = payload.and_then(|payload| ReceivedKind::of_qr(&payload));
    face.issued_on = read(root, "IssueDate", day)?;
    face.check_code = text(root, "InvoiceCheckCode");
    face.seller = party(root, "Seller");
    face.buyer = party(root, "Buyer");
    face.net = read(root, "TaxExclusiveTotalAmount", amount)?;
    face.tax = read(root, "TaxTotalAmount", amount)?;
    face.gross = read(root, "TaxInclusiveTotalAmount", amount)?;
    face.red = face.gross.is_some_and(|gross| gross.is_negative());
    face.drawer = text(root, "InvoiceClerk");
    face.remark = text(root, "Note");
    let mut items = Vec::new();
    root.all("GoodsInfo", &mut items);
    face.rows = items.into_iter().map(row).collect::<Result<_, _>>()?;
    Ok(face)
}

/// Code and number, or a digital number alone.
fn invoice_number(root: &Element) -> Result<InvoiceNumber, DocumentError> {
    let number = root.text_of("InvoiceNo").unwrap_or_default();
    let whole = match root.text_of("InvoiceCode") {
        Some(code) => format!("{code}-{number}"),
        None => number.to_owned(),
    };
    whole.parse().map_err(|_| DocumentCode::NumberUnreadable.into())
}

/// Address and phone are one text here, bank and account another: they are kept whole.
fn party(root: &Element, side: &str) -> FaceParty {
    FaceParty {
        tax_id: text(root, &format!("{side}TaxID")),
        name: text(root, &format!("{side}Name")),
        address: text(root, &format!("{side}AddrTel")),
        bank: text(root, &format!("{side}FinancialAccount")),
        ..FaceParty::default()
    }
}

fn row(item: &Element) -> Result<FaceRow, DocumentError> {
    Ok(FaceRow {
        name: text(item, "Item").unwrap_or_default(),
        spec: text(item, "Specification"),
        unit: text(item, "MeasurementDimension"),
        quantity: read(item, "Quantity", number)?,
        unit_price: read(item, "Price", number)?,
        net: read(item, "Amount", amount)?,
        rate: read(item, "TaxScheme", rate)?.unwrap_or_default(),
        tax: read(item, "TaxAmount", amount)?,
        ..FaceRow::default()
    })
}
