//! XBRL instances of the accounting standard for electronic vouchers (电子凭证会计数据标准, 财会〔2025〕9号), which issuers put
//! into the files of rail tickets and others, and receivers' software exports. Known by the namespace of its taxonomy:
//! attachments have any name, also just `0`.

use invoice_core::received::ReceivedKind;

use super::read::invoice_number;
use super::tree::Element;
use super::values::{amount, day, moment, read, text};
use crate::document::DocumentError;
use crate::document::face::{FaceParty, InvoiceFace};

/// What the namespaces of all taxonomies begin with.
pub(in crate::document) const TAXONOMY: &str = "http://xbrl.mof.gov.cn/taxonomy/";

pub(super) fn is_instance(root: &Element) -> bool {
    root.attributes.iter().any(|(key, value)| key.starts_with("xmlns") && value.starts_with(TAXONOMY))
}

/// Names of a field, in the taxonomies of digital invoices (einv) and of rail tickets (rai).
fn first<T>(
    root: &Element,
    names: &[&str],
    value: impl Fn(&str) -> Option<Option<T>>,
) -> Result<Option<T>, DocumentError> {
    for name in names {
        if let Some(found) = read(root, name, &value)? {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

pub(super) fn face(root: &Element) -> Result<InvoiceFace, DocumentError> {
    const NUMBER: &[&str] = &["InvoiceNumber", "EIid", "ElectronicInvoiceRailwayETicketNumber"];
    let mut face = InvoiceFace::new(invoice_number(root, NUMBER)?);
    face.kind = match root.text_of("TypeOfVoucher") {
        Some(name) if name.contains("铁路") => Some(ReceivedKind::RailTicket),
        Some(name) if name.contains("航空") => Some(ReceivedKind::AirItinerary),
        _ => None,
    };
    face.issued_on = first(root, &["IssueTime", "DateOfIssue", "RequestTime"], day)?;
    face.issued_at = read(root, "RequestTime", moment)?;
    face.net = first(root, &["TotalAmWithoutTax", "TotalAmountExcludingTax"], amount)?;
    face.tax = first(root, &["TotalTaxAm", "TaxAmount"], amount)?;
    face.gross = first(root, &["TotalTax-includedAmount", "Fare"], amount)?;
    let either = |names: &[&str]| names.iter().find_map(|name| text(root, name));
    face.seller = FaceParty {
        tax_id: either(&["SellerIdNum"]),
        name: either(&["SellerName", "IssueParty"]),
        ..FaceParty::default()
    };
    face.buyer = FaceParty {
        tax_id: either(&["BuyerIdNum", "UnifiedSocialCreditCodeOfPurchaser"]),
        name: either(&["BuyerName", "NameOfPurchaser"]),
        ..FaceParty::default()
    };
    face.drawer = text(root, "Drawer");
    face.red = match root.text_of("WhetherEinvoiceIsRedEinvoice") {
        Some(said) => said == "true",
        None => face.gross.is_some_and(|gross| gross.is_negative()),
    };
    Ok(face)
}
