//! The file of an invoice: a well-formed subset of the national `EInvoice` XML with the element names of the layout
//! and XML rules (V5.002), marked as a specimen.

use std::fmt::Write as _;

use chrono::{DateTime, FixedOffset, Utc};
use invoice_core::invoice::InvoiceClass;
use invoice_core::tax::Treatment;

use super::books::Invoice;
use super::report::Color;
use super::wire::{Request, Row};

const MARK: &str = "票样：沙箱开具，无法律效力";

fn china(at: DateTime<Utc>, format: &str) -> String {
    const EIGHT_HOURS: i32 = 8 * 3600;
    FixedOffset::east_opt(EIGHT_HOURS).map_or_else(
        || at.format(format).to_string(),
        |zone| at.with_timezone(&zone).format(format).to_string(),
    )
}

/// As the bureau names it: `dzfp_`, the number, the time of issue in China.
pub(super) fn file_name(invoice: &Invoice) -> String {
    format!("dzfp_{}_{}.xml", invoice.entry.number, china(invoice.entry.issued_at, "%Y%m%d%H%M%S"))
}

/// Text that XML 1.0 can carry; control characters have no form in it and become spaces.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

#[derive(Default)]
struct Xml {
    text: String,
    open: Vec<&'static str>,
}

impl Xml {
    fn begin(&mut self, name: &'static str) {
        self.line(&format!("<{name}>"));
        self.open.push(name);
    }

    fn end(&mut self) {
        if let Some(name) = self.open.pop() {
            self.line(&format!("</{name}>"));
        }
    }

    fn leaf(&mut self, name: &str, value: impl AsRef<str>) {
        self.line(&format!("<{name}>{}</{name}>", escape(value.as_ref())));
    }

    fn maybe(&mut self, name: &str, value: Option<&str>) {
        if let Some(value) = value {
            self.leaf(name, value);
        }
    }

    fn line(&mut self, text: &str) {
        // Writing to a string cannot fail.
        let _ = writeln!(self.text, "{:indent$}{text}", "", indent = self.open.len() * 2);
    }
}

pub(super) fn xml(invoice: &Invoice, request: &Request, region: u8) -> Vec<u8> {
    let entry = &invoice.entry;
    let mut xml = Xml::default();
    xml.line("<?xml version=\"1.0\" encoding=\"UTF-8\"?>");
    xml.line(&format!("<!-- {MARK} -->"));
    xml.begin("EInvoice");
    xml.begin("Header");
    xml.leaf("EIid", entry.number.as_str());
    xml.leaf("EInvoiceTag", format!("SWEI{region:02}00"));
    xml.leaf("Version", "0.36");
    xml.begin("InherentLabel");
    xml.leaf("InIssuType", if entry.color == Color::Blue { "Y" } else { "N" });
    xml.leaf("EInvoiceType", entry.kind.as_str());
    let special = entry.kind.class() == InvoiceClass::Special;
    xml.leaf("GeneralOrSpecialVAT", if special { "special" } else { "ordinary" });
    xml.end();
    xml.begin("UndefinedLabel");
    xml.begin("Label");
    xml.leaf("LabelType", "SPECIMEN");
    xml.leaf("LabelName", MARK);
    xml.end();
    xml.end();
    xml.end();
    xml.begin("EInvoiceData");
    parties(&mut xml, request);
    xml.begin("BasicInformation");
    xml.leaf("TotalAmWithoutTax", entry.net.to_string());
    xml.leaf("TotalTaxAm", entry.tax.to_string());
    xml.leaf("TotalTax-includedAmount", entry.gross.to_string());
    xml.leaf("Drawer", &request.seller.drawer);
    xml.leaf("RequestTime", china(entry.issued_at, "%Y-%m-%d %H:%M:%S"));
    xml.end();
    request.rows.iter().for_each(|row| item(&mut xml, row));
    if let Some(red) = &request.red {
        xml.begin("SpecificInformation");
        xml.begin("RedEInvoice");
        xml.leaf("OriginalInvoiceCode", red.blue.as_str());
        xml.maybe("CreditNoteNumber", red.confirmation.as_deref());
        xml.end();
        xml.end();
    }
    if let Some(remark) = &request.remark {
        xml.begin("AdditionalInformation");
        xml.leaf("Remark", remark);
        xml.end();
    }
    xml.end();
    xml.begin("TaxSupervisionInfo");
    xml.leaf("InvoiceNumber", entry.number.as_str());
    xml.leaf("IssueTime", china(entry.issued_at, "%Y-%m-%d"));
    xml.leaf("TaxBureauCode", format!("{region:02}000000"));
    xml.leaf("TaxBureauName", "沙箱税务局");
    xml.end();
    xml.end();
    xml.text.into_bytes()
}

fn parties(xml: &mut Xml, request: &Request) {
    xml.begin("SellerInformation");
    xml.leaf("SellerIdNum", &request.seller.tax_id);
    xml.leaf("SellerName", &request.seller.name);
    xml.end();
    let buyer = &request.title;
    xml.begin("BuyerInformation");
    xml.maybe("BuyerIdNum", buyer.tax_id.as_deref());
    let person = buyer.kind == super::wire::BuyerKind::Person;
    xml.leaf("BuyerName", if person { format!("{}（个人）", buyer.name) } else { buyer.name.clone() });
    xml.maybe("BuyerTelNum", buyer.phone.as_deref());
    xml.maybe("BuyerAddr", buyer.address.as_deref());
    xml.maybe("BuyerBankName", buyer.bank.as_deref());
    xml.maybe("BuyerBankAccNum", buyer.account.as_deref());
    xml.end();
}

/// Rate and tax as they are printed.
fn printed(row: &Row) -> (String, String) {
    match row.item.treatment {
        Treatment::Exempt => ("免税".to_owned(), "***".to_owned()),
        Treatment::NotTaxable => ("不征税".to_owned(), String::new()),
        Treatment::Differential => ("***".to_owned(), row.tax.to_string()),
        _ => (row.item.rate.to_string(), row.tax.to_string()),
    }
}

fn item(xml: &mut Xml, row: &Row) {
    let (rate, tax) = printed(row);
    xml.begin("IssuItemInformation");
    xml.leaf("ItemName", format!("*{}*{}", row.item.short_name, row.name));
    xml.maybe("SpecMod", row.spec.as_deref());
    xml.maybe("MeaUnits", row.unit.as_deref());
    xml.maybe("Quantity", row.quantity.map(|quantity| quantity.normalize().to_string()).as_deref());
    xml.maybe("UnPrice", row.unit_price.map(|price| price.normalize().to_string()).as_deref());
    xml.leaf("Amount", row.net.to_string());
    xml.leaf("TaxRate", rate);
    xml.leaf("ComTaxAm", tax);
    xml.leaf("TotaltaxIncludedAmount", row.gross.to_string());
    xml.leaf("TaxClassificationCode", row.item.code.to_string());
    xml.end();
}
