use serde::{Deserialize, Serialize};

use crate::audit::hex_text;

/// Where a field of a received invoice was read. Stronger is smaller: where two places differ, the first of this list
/// that has the field is believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Evidence {
    /// A structured file: XML, the XML or XBRL inside an OFD or PDF, the answer of a verification.
    Structured,
    /// The QR code (二维码).
    QrCode,
    /// A person typed it in, looking at the invoice.
    Typed,
    /// The text of a page: a PDF's text layer, or recognised from a picture.
    Text,
}

/// A field of a received invoice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ReceivedField {
    /// The number, with its code where the kind has one.
    Number,
    /// The 20-digit number that a digital paper invoice has beside code and number.
    DigitalNumber,
    /// The kind.
    Kind,
    /// The date of issue.
    Date,
    /// The total without tax (合计金额).
    Net,
    /// The total tax (合计税额).
    Tax,
    /// The total with tax (价税合计).
    Gross,
    /// The seller's name.
    SellerName,
    /// The seller's tax ID.
    SellerTaxId,
    /// The buyer's name.
    BuyerName,
    /// The buyer's tax ID.
    BuyerTaxId,
    /// The check code (校验码).
    CheckCode,
    /// The rows.
    Rows,
    /// The remark (备注).
    Remark,
}

impl ReceivedField {
    /// The stable name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Number => "number",
            Self::DigitalNumber => "digital_number",
            Self::Kind => "kind",
            Self::Date => "date",
            Self::Net => "net",
            Self::Tax => "tax",
            Self::Gross => "gross",
            Self::SellerName => "seller_name",
            Self::SellerTaxId => "seller_tax_id",
            Self::BuyerName => "buyer_name",
            Self::BuyerTaxId => "buyer_tax_id",
            Self::CheckCode => "check_code",
            Self::Rows => "rows",
            Self::Remark => "remark",
        }
    }
}

/// What sort of file an invoice was read from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum SourceFormat {
    /// The national XML.
    Xml,
    /// OFD.
    Ofd,
    /// PDF.
    Pdf,
    /// A picture: PNG, JPEG.
    Picture,
}

impl SourceFormat {
    /// The stable name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Xml => "xml",
            Self::Ofd => "ofd",
            Self::Pdf => "pdf",
            Self::Picture => "picture",
        }
    }
}

/// A file that an invoice was read from, by the SHA-256 of its bytes. No name: people put names of people into it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SourceFile {
    format: SourceFormat,
    #[serde(with = "hex_text")]
    digest: [u8; 32],
}

impl SourceFile {
    /// A file of this format with this SHA-256.
    #[must_use]
    pub const fn new(format: SourceFormat, digest: [u8; 32]) -> Self {
        Self { format, digest }
    }

    /// Its format.
    #[must_use]
    pub const fn format(&self) -> SourceFormat {
        self.format
    }

    /// The SHA-256 of its bytes as they arrived.
    #[must_use]
    pub const fn digest(&self) -> &[u8; 32] {
        &self.digest
    }
}
