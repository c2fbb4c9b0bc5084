use std::fmt;

use invoice_core::invoice::{InvoiceClass, InvoiceNumber};
use invoice_core::received::ReceivedKind;
use sha2::{Digest, Sha256};

use super::tree::Element;
use super::values::{amount, day, moment, number, rate, read, text};
use super::write::{SPECIMEN_LABEL, class_label};
use super::{legacy, xbrl};
use crate::document::face::{FaceParty, FaceRow, InvoiceFace};
use crate::document::{DocumentCode, DocumentError};

/// Most bytes of an XML file. A thousand rows are about half a megabyte.
pub const MAX_BYTES: usize = 16 * 1024 * 1024;

/// An XML file as it arrived, and what it says. `Debug` shows what the face shows.
///
/// ```
/// use invoice_core::money::Money;
/// use invoice_providers::document::{DocumentCode, InvoiceFace, xml};
///
/// let mut face = InvoiceFace::new("26442000000000000001".parse()?);
/// face.gross = Some(Money::from_fen(11_300));
/// let file = xml::XmlFile::read(xml::write(&face))?;
/// assert_eq!(file.face(), &face);
/// assert!(file.is_specimen());
///
/// let broken = xml::XmlFile::read(b"<EInvoice><Header>".to_vec()).unwrap_err();
/// assert_eq!(broken.code(), DocumentCode::XmlBroken);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct XmlFile {
    bytes: Vec<u8>,
    digest: [u8; 32],
    version: Option<String>,
    specimen: bool,
    face: InvoiceFace,
}

impl XmlFile {
    /// Reads a file and keeps it.
    ///
    /// # Errors
    /// `DOC-01` above [`MAX_BYTES`], `DOC-11` to `DOC-15` where the file is no XML that is read, `DOC-16` where it is no
    /// invoice, `DOC-17` without a number, `DOC-18` with the name of a field that does not hold what it should.
    pub fn read(bytes: Vec<u8>) -> Result<Self, DocumentError> {
        if bytes.len() > MAX_BYTES {
            return Err(DocumentCode::TooLarge.into());
        }
        let root = Element::parse(&bytes)?;
        let face = face(&root)?;
        let mut labels = Vec::new();
        root.all("LabelType", &mut labels);
        let specimen = labels.iter().any(|label| label.text == SPECIMEN_LABEL);
        let version = root.child("Header").and_then(|header| text(header, "Version"));
        let digest = Sha256::digest(&bytes).into();
        Ok(Self { bytes, digest, version, specimen, face })
    }

    /// What stands on the invoice.
    #[must_use]
    pub const fn face(&self) -> &InvoiceFace {
        &self.face
    }

    /// The bytes as they arrived: they are what has to be kept for years, not a copy that was written again.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// SHA-256 of the bytes.
    #[must_use]
    pub const fn digest(&self) -> &[u8; 32] {
        &self.digest
    }

    /// The version of the layout that a national XML says it has.
    #[must_use]
    pub fn version(&self) -> Option<&str> {
        self.version.as_deref()
    }

    /// Whether it is marked as a specimen (票样), as every file is that this library writes.
    #[must_use]
    pub const fn is_specimen(&self) -> bool {
        self.specimen
    }

    /// The face alone.
    #[must_use]
    pub fn into_face(self) -> InvoiceFace {
        self.face
    }
}

impl fmt::Debug for XmlFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("XmlFile")
            .field("bytes", &self.bytes.len())
            .field("face", &self.face)
            .finish_non_exhaustive()
    }
}

/// Reads whichever of the three structured forms it is.
pub(in crate::document) fn face(root: &Element) -> Result<InvoiceFace, DocumentError> {
    if xbrl::is_instance(root) {
        xbrl::face(root)
    } else if legacy::is_invoice(root) {
        legacy::face(root)
    } else if root.child("EInvoiceData").is_some() || root.child("TaxSupervisionInfo").is_some() {
        national(root)
    } else {
        Err(DocumentCode::NotAnInvoice.into())
    }
}

/// The number in the first of these elements that has one.
pub(super) fn invoice_number(root: &Element, names: &[&str]) -> Result<InvoiceNumber, DocumentError> {
    let found = names.iter().find_map(|name| root.text_of(name));
    found.and_then(|text| text.parse().ok()).ok_or_else(|| DocumentCode::NumberUnreadable.into())
}

fn national(root: &Element) -> Result<InvoiceFace, DocumentError> {
    let mut face = InvoiceFace::new(invoice_number(root, &["InvoiceNumber", "EIid"])?);
    face.kind = kind(root);
    face.issued_on = match read(root, "IssueTime", day)? {
        Some(day) => Some(day),
        None => read(root, "RequestTime", day)?,
    };
    face.issued_at = read(root, "RequestTime", moment)?;
    let nothing = Element::default();
    let seller = root.find("SellerInformation").unwrap_or(&nothing);
    face.seller = FaceParty {
        tax_id: text(seller, "SellerIdNum"),
        name: text(seller, "SellerName"),
        address: text(seller, "SellerAddr"),
        phone: text(seller, "SellerTelNum"),
        bank: text(seller, "SellerBankName"),
        account: text(seller, "SellerBankAccNum"),
    };
    let buyer = root.find("BuyerInformation").unwrap_or(&nothing);
    face.buyer = FaceParty {
        tax_id: text(buyer, "BuyerIdNum"),
        name: text(buyer, "BuyerName"),
        address: text(buyer, "BuyerAddr"),
        phone: text(buyer, "BuyerTelNum"),
        bank: text(buyer, "BuyerBankName"),
        account: text(buyer, "BuyerBankAccNum"),
    };
    let basic = root.find("BasicInformation").unwrap_or(&nothing);
    face.net = read(basic, "TotalAmWithoutTax", amount)?;
    face.tax = read(basic, "TotalTaxAm", amount)?;
    face.gross = read(basic, "TotalTax-includedAmount", amount)?;
    face.drawer = text(basic, "Drawer");
    let mut items = Vec::new();
    root.all("IssuItemInformation", &mut items);
    face.rows = items
        .into_iter()
        // An element that only says that there is no row.
        .filter(|item| !item.children.is_empty())
        .zip(1..)
        .map(|(item, place): (_, u32)| row(item).map_err(|error| row_error(error, place)))
        .collect::<Result<_, _>>()?;
    let red = root.find("RedEInvoice").unwrap_or(&nothing);
    face.blue = red.text_of("OriginalInvoiceCode").and_then(|text| text.parse().ok());
    face.confirmation = text(red, "CreditNoteNumber");
    face.remark = root.find("AdditionalInformation").and_then(|more| text(more, "Remark"));
    face.red = match root.find("InIssuType").map(label) {
        Some("Y") => false,
        Some("N") => true,
        _ => face.gross.is_some_and(|gross| gross.is_negative()),
    };
    let region = root.text_of("TaxBureauCode").and_then(region);
    face.bureau = region.zip(text(root, "TaxBureauName"));
    Ok(face)
}

/// Two digits of a bureau's code. Its code has eleven digits, sometimes with a 1 in front.
fn region(code: &str) -> Option<String> {
    let from = usize::from(code.len() == 11 && code.starts_with('1'));
    code.get(from..from + 2).filter(|two| two.bytes().all(|byte| byte.is_ascii_digit())).map(str::to_owned)
}

fn row_error(error: DocumentError, place: u32) -> DocumentError {
    let name = error.place().unwrap_or_default().to_owned();
    DocumentError::new(error.code()).at(format!("row {place}, {name}"))
}

/// A label's code, whether it stands in an element of its own or not.
fn label(element: &Element) -> &str {
    element.child("LabelCode").map_or(element.text.as_str(), |code| code.text.as_str())
}

fn kind(root: &Element) -> Option<ReceivedKind> {
    if let Some(named) = root.find("EInvoiceType") {
        let text = named.child("LabelName").unwrap_or(named).text.as_str();
        if let Ok(kind) = text.parse() {
            return Some(kind);
        }
    }
    let class = root.find("GeneralOrSpecialVAT")?;
    let name = class.text_of("LabelName").unwrap_or(&class.text);
    let is = |class_wanted| {
        let (code, _) = class_label(class_wanted);
        label(class) == code
    };
    if name.contains("专用") || name.is_empty() && is(InvoiceClass::Special) {
        Some(ReceivedKind::DigitalSpecial)
    } else if name.contains("普通") || name.is_empty() && is(InvoiceClass::Ordinary) {
        Some(ReceivedKind::DigitalOrdinary)
    } else {
        None
    }
}

fn row(item: &Element) -> Result<FaceRow, DocumentError> {
    Ok(FaceRow {
        name: text(item, "ItemName").unwrap_or_default(),
        spec: text(item, "SpecMod"),
        unit: text(item, "MeaUnits"),
        quantity: read(item, "Quantity", number)?,
        unit_price: read(item, "UnPrice", number)?,
        net: read(item, "Amount", amount)?,
        rate: read(item, "TaxRate", rate)?.unwrap_or_default(),
        tax: read(item, "ComTaxAm", amount)?,
        gross: read(item, "TotaltaxIncludedAmount", amount)?,
        code: item.text_of("TaxClassificationCode").and_then(|text| text.parse().ok()),
    })
}
