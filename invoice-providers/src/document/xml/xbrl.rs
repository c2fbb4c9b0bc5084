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

/// The number of an itinerary (航空运输电子客票行程单), which also says that it is one.
const AIR_NUMBER: &str = "ElectronicInvoiceAirTransportReceiptNumber";

/// Names of a field, in the taxonomies of digital invoices (einv), of rail tickets (rai) and of itineraries (atr).
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
    const NUMBER: &[&str] = &["InvoiceNumber", "EIid", "ElectronicInvoiceRailwayETicketNumber", AIR_NUMBER];
    let mut face = InvoiceFace::new(invoice_number(root, NUMBER)?);
    let air = root.text_of(AIR_NUMBER).is_some();
    face.kind = match root.text_of("TypeOfVoucher") {
        _ if air => Some(ReceivedKind::AirItinerary),
        Some(name) if name.contains("铁路") => Some(ReceivedKind::RailTicket),
        Some(name) if name.contains("航空") => Some(ReceivedKind::AirItinerary),
        _ => None,
    };
    face.issued_on = first(root, &["IssueTime", "DateOfIssue", "IssueDate", "RequestTime"], day)?;
    face.issued_at = read(root, "RequestTime", moment)?;
    face.net = first(root, &["TotalAmWithoutTax", "TotalAmountExcludingTax"], amount)?;
    face.tax = first(root, &["TotalTaxAm", "TaxAmount", "VatTaxAmount"], amount)?;
    // The fare (票价) of an itinerary is net, and only a part: fuel surcharge (燃油附加费) and, without tax, the civil
    // aviation development fund (民航发展基金) come to it. What is paid is the total.
    let gross = if air { "TotalAmount" } else { "Fare" };
    face.gross = first(root, &["TotalTax-includedAmount", gross], amount)?;
    let either = |names: &[&str]| names.iter().find_map(|name| text(root, name));
    face.seller = FaceParty {
        tax_id: either(&["SellerIdNum", "UnifiedSocialCreditCodeOfSeller"]),
        name: either(&["SellerName", "NameOfSeller", "IssueParty"]),
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
