//! Writing the national `EInvoice` XML.

use std::fmt::Write as _;

use chrono::{DateTime, FixedOffset, Utc};
use invoice_core::invoice::InvoiceClass;
use invoice_core::money::{Money, decimal_text};
use invoice_core::provider::DocumentFormat;
use invoice_core::received::ReceivedKind;
use invoice_validate::capital;

use crate::document::SPECIMEN;
use crate::document::face::{FaceParty, FaceRate, FaceRow, InvoiceFace};

/// The version of the layout that is written (version 0.36 of the element list in the layout rules V5.002).
pub const VERSION: &str = "0.36";

/// Type of the label that marks a file as a specimen.
pub(super) const SPECIMEN_LABEL: &str = "SPECIMEN";

/// A moment in China.
fn china(at: DateTime<Utc>, format: &str) -> String {
    const EIGHT_HOURS: i32 = 8 * 3600;
    FixedOffset::east_opt(EIGHT_HOURS).map_or_else(
        || at.format(format).to_string(),
        |zone| at.with_timezone(&zone).format(format).to_string(),
    )
}

/// The name of a file in a format, as the bureau names it: `dzfp_`, the number, the time of issue in China; without the time
/// where it is not known.
#[must_use]
pub fn file_name(face: &InvoiceFace, format: DocumentFormat) -> String {
    let (number, ending) = (&face.number, format.extension());
    match face.issued_at {
        Some(at) => format!("dzfp_{number}_{}.{ending}", china(at, "%Y%m%d%H%M%S")),
        None => format!("dzfp_{number}.{ending}"),
    }
}

/// Writes the face as national XML in UTF-8, marked as a specimen (票样): the file that counts is the bureau's.
///
/// Characters that XML 1.0 cannot carry become spaces.
#[must_use]
pub fn write(face: &InvoiceFace) -> Vec<u8> {
    let mut xml = Xml::default();
    xml.line("<?xml version=\"1.0\" encoding=\"UTF-8\"?>");
    xml.line(&format!("<!-- {SPECIMEN} -->"));
    xml.within("EInvoice", |xml| {
        xml.within("Header", |xml| header(xml, face));
        xml.within("EInvoiceData", |xml| data(xml, face));
        xml.within("TaxSupervisionInfo", |xml| {
            xml.leaf("InvoiceNumber", face.number.as_str());
            xml.maybe("IssueTime", face.issued_on.map(|day| day.to_string()).as_deref());
            if let Some((region, name)) = &face.bureau {
                xml.leaf("TaxBureauCode", &format!("{region}000000"));
                xml.leaf("TaxBureauName", name);
            }
        });
    });
    xml.text.into_bytes()
}

fn header(xml: &mut Xml, face: &InvoiceFace) {
    xml.leaf("EIid", face.number.as_str());
    if let Some((region, _)) = &face.bureau {
        xml.leaf("EInvoiceTag", &format!("SWEI{region}00"));
    }
    xml.leaf("Version", VERSION);
    xml.within("InherentLabel", |xml| {
        label(xml, "InIssuType", if face.red { "N" } else { "Y" }, "是否蓝字发票标志");
        if let Some(kind) = face.kind {
            label(xml, "EInvoiceType", "01", kind_name(kind));
            if let Some(issued) = kind.issued() {
                let (code, name) = class_label(issued.class());
                label(xml, "GeneralOrSpecialVAT", code, name);
            }
        }
    });
    xml.within("UndefinedLabel", |xml| {
        xml.within("Label", |xml| {
            xml.leaf("LabelType", SPECIMEN_LABEL);
            xml.leaf("LabelName", SPECIMEN);
        });
    });
}

fn label(xml: &mut Xml, name: &'static str, code: &str, text: &str) {
    xml.within(name, |xml| {
        xml.leaf("LabelCode", code);
        xml.leaf("LabelName", text);
    });
}

/// Only digital electronic invoices have a national XML; another kind keeps its name in a specimen.
fn kind_name(kind: ReceivedKind) -> &'static str {
    match kind {
        ReceivedKind::DigitalSpecial | ReceivedKind::DigitalOrdinary => "电子发票",
        _ => kind.as_str(),
    }
}

/// `GeneralOrSpecialVAT` as real files have it.
pub(super) const fn class_label(class: InvoiceClass) -> (&'static str, &'static str) {
    match class {
        InvoiceClass::Special => ("01", "增值税专用发票"),
        InvoiceClass::Ordinary => ("02", "普通发票"),
    }
}

fn data(xml: &mut Xml, face: &InvoiceFace) {
    xml.within("SellerInformation", |xml| {
        let FaceParty { tax_id, name, address, phone, bank, account } = &face.seller;
        xml.maybe("SellerIdNum", tax_id.as_deref());
        xml.maybe("SellerName", name.as_deref());
        xml.maybe("SellerAddr", address.as_deref());
        xml.maybe("SellerTelNum", phone.as_deref());
        xml.maybe("SellerBankName", bank.as_deref());
        xml.maybe("SellerBankAccNum", account.as_deref());
    });
    xml.within("BuyerInformation", |xml| {
        let FaceParty { tax_id, name, address, phone, bank, account } = &face.buyer;
        xml.maybe("BuyerIdNum", tax_id.as_deref());
        xml.maybe("BuyerName", name.as_deref());
        xml.maybe("BuyerTelNum", phone.as_deref());
        xml.maybe("BuyerAddr", address.as_deref());
        xml.maybe("BuyerBankName", bank.as_deref());
        xml.maybe("BuyerBankAccNum", account.as_deref());
    });
    xml.within("BasicInformation", |xml| {
        xml.amount("TotalAmWithoutTax", face.net);
        xml.amount("TotalTaxAm", face.tax);
        xml.amount("TotalTax-includedAmount", face.gross);
        let capitals = face.gross.map(|gross| capital::to_string(gross.fen()));
        xml.maybe("TotalTax-includedAmountInChinese", capitals.as_deref());
        xml.maybe("Drawer", face.drawer.as_deref());
        xml.maybe("RequestTime", face.issued_at.map(|at| china(at, "%Y-%m-%d %H:%M:%S")).as_deref());
    });
    face.rows.iter().for_each(|row| xml.within("IssuItemInformation", |xml| item(xml, row)));
    if face.blue.is_some() || face.confirmation.is_some() {
        xml.within("SpecificInformation", |xml| {
            xml.within("RedEInvoice", |xml| {
                xml.maybe("OriginalInvoiceCode", face.blue.as_ref().map(|blue| blue.as_str()));
                xml.maybe("CreditNoteNumber", face.confirmation.as_deref());
            });
        });
    }
    if let Some(remark) = &face.remark {
        xml.within("AdditionalInformation", |xml| xml.leaf("Remark", remark));
    }
}

fn item(xml: &mut Xml, row: &FaceRow) {
    let number = |number| decimal_text::format(number);
    xml.leaf("ItemName", &row.name);
    xml.maybe("SpecMod", row.spec.as_deref());
    xml.maybe("MeaUnits", row.unit.as_deref());
    xml.maybe("Quantity", row.quantity.map(number).as_deref());
    xml.maybe("UnPrice", row.unit_price.map(number).as_deref());
    xml.amount("Amount", row.net);
    let rate = match row.rate {
        FaceRate::Rate(rate) => rate.to_string(),
        other => other.words().to_owned(),
    };
    xml.leaf("TaxRate", &rate);
    let tax = row.tax.map_or_else(|| row.rate.instead_of_tax().to_owned(), |tax| tax.to_string());
    xml.leaf("ComTaxAm", &tax);
    xml.amount("TotaltaxIncludedAmount", row.gross);
    xml.maybe("TaxClassificationCode", row.code.map(|code| code.to_string()).as_deref());
}

/// Text that XML 1.0 can carry; control characters have no form in it and become spaces.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            '\n' | '\t' => out.push(c),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

#[derive(Default)]
struct Xml {
    text: String,
    depth: usize,
}

impl Xml {
    fn within(&mut self, name: &'static str, inner: impl FnOnce(&mut Self)) {
        self.line(&format!("<{name}>"));
        self.depth += 1;
        inner(self);
        self.depth -= 1;
        self.line(&format!("</{name}>"));
    }

    fn leaf(&mut self, name: &str, value: &str) {
        self.line(&format!("<{name}>{}</{name}>", escape(value)));
    }

    fn maybe(&mut self, name: &str, value: Option<&str>) {
        if let Some(value) = value {
            self.leaf(name, value);
        }
    }

    fn amount(&mut self, name: &str, amount: Option<Money>) {
        self.maybe(name, amount.map(|amount| amount.to_string()).as_deref());
    }

    fn line(&mut self, text: &str) {
        // Writing to a string cannot fail.
        let _ = writeln!(self.text, "{:indent$}{text}", "", indent = self.depth * 2);
    }
}
