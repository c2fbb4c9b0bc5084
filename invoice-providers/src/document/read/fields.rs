//! Fields of one invoice, from wherever they were read.

use invoice_core::received::{
    Evidence, ReceivedBuilder, ReceivedInvoice, ReceivedKind, ReceivedRow, SourceFile,
};
use invoice_core::tax::{TaxRate, Treatment};
use invoice_validate::qr;

use super::text::Printed;
use crate::document::face::{FaceRate, FaceRow, InvoiceFace};
use crate::document::{DocumentCode, DocumentError};

#[derive(Default)]
pub(in crate::document) struct Fields {
    builder: ReceivedBuilder,
    kind_known: bool,
    structured: bool,
    has_text: bool,
    anything: bool,
    /// The number that a QR code says, without the code before it.
    coded: Option<String>,
}

impl Fields {
    fn set(&mut self, with: impl FnOnce(ReceivedBuilder) -> ReceivedBuilder) {
        self.anything = true;
        self.builder = with(std::mem::take(&mut self.builder));
    }

    /// Offers a value where there is one.
    fn maybe<T>(
        &mut self,
        value: Option<T>,
        evidence: Evidence,
        with: impl FnOnce(ReceivedBuilder, T, Evidence) -> ReceivedBuilder,
    ) {
        if let Some(value) = value {
            self.set(|builder| with(builder, value, evidence));
        }
    }

    fn kind(&mut self, kind: Option<ReceivedKind>, evidence: Evidence) {
        self.kind_known |= kind.is_some();
        self.maybe(kind, evidence, ReceivedBuilder::kind);
    }

    /// What structured data says.
    pub(super) fn face(&mut self, face: &InvoiceFace) {
        const FROM: Evidence = Evidence::Structured;
        self.structured = true;
        self.set(|builder| builder.number(face.number.clone(), FROM));
        self.kind(face.kind, FROM);
        self.maybe(face.issued_on, FROM, ReceivedBuilder::date);
        self.maybe(face.net, FROM, ReceivedBuilder::net);
        self.maybe(face.tax, FROM, ReceivedBuilder::tax);
        self.maybe(face.gross, FROM, ReceivedBuilder::gross);
        let code = face.check_code.as_ref().and_then(|code| code.parse().ok());
        self.maybe(code, FROM, ReceivedBuilder::check_code);
        self.maybe(face.seller.name.as_deref(), FROM, ReceivedBuilder::seller_name);
        self.maybe(face.seller.tax_id.as_deref(), FROM, ReceivedBuilder::seller_tax_id);
        self.maybe(face.buyer.name.as_deref(), FROM, ReceivedBuilder::buyer_name);
        self.maybe(face.buyer.tax_id.as_deref(), FROM, ReceivedBuilder::buyer_tax_id);
        self.maybe(face.remark.as_deref(), FROM, ReceivedBuilder::remark);
        let rows = face.rows.iter().map(row).collect();
        self.set(|builder| builder.rows(rows, FROM));
    }

    /// What QR codes say: the first that is one of an invoice.
    pub(super) fn codes(&mut self, codes: &[String]) {
        let Some(payload) = codes.iter().find_map(|code| qr::parse(code).ok()) else { return };
        self.kind_known |= ReceivedKind::of_qr(&payload).is_some();
        self.coded = Some(payload.number.to_owned());
        self.set(|builder| builder.qr(&payload));
    }

    /// What the text of the pages says. Beside structured data only what has one form is compared: names are broken into
    /// lines, and would be disputed for nothing.
    pub(super) fn text(&mut self, text: &str) {
        const FROM: Evidence = Evidence::Text;
        self.has_text |= !text.trim().is_empty();
        let printed = Printed::read(text);
        self.maybe(printed.number, FROM, ReceivedBuilder::number);
        self.kind(printed.kind, FROM);
        self.maybe(printed.date, FROM, ReceivedBuilder::date);
        self.maybe(printed.net, FROM, ReceivedBuilder::net);
        self.maybe(printed.tax, FROM, ReceivedBuilder::tax);
        self.maybe(printed.gross, FROM, ReceivedBuilder::gross);
        let code = printed.check_code.and_then(|code| code.parse().ok());
        self.maybe(code, FROM, ReceivedBuilder::check_code);
        if self.structured {
            return;
        }
        let [buyer, seller] = printed.names;
        self.maybe(buyer.as_deref(), FROM, ReceivedBuilder::buyer_name);
        self.maybe(seller.as_deref(), FROM, ReceivedBuilder::seller_name);
        let [buyer, seller] = printed.tax_ids;
        self.maybe(buyer.as_deref(), FROM, ReceivedBuilder::buyer_tax_id);
        self.maybe(seller.as_deref(), FROM, ReceivedBuilder::seller_tax_id);
    }

    /// Whether nothing but pictures could say more.
    #[cfg(feature = "recognition")]
    pub(in crate::document) const fn wants_recognition(&self) -> bool {
        !self.structured && !self.has_text
    }

    /// Whether a number that was recognised is another than the one that a QR code says.
    #[cfg(feature = "recognition")]
    pub(in crate::document) fn is_of_another(&self, number: &str) -> bool {
        self.coded.as_ref().is_some_and(|coded| !number.ends_with(coded.as_str()))
    }

    /// What was recognised in pictures.
    #[cfg(feature = "recognition")]
    pub(in crate::document) fn recognized(&mut self, read: &crate::document::recognition::RecognizedFields) {
        use invoice_core::received::ReceivedField;
        self.anything |= read.iter().next().is_some();
        self.kind_known |= read.get(ReceivedField::Kind).is_some();
        self.builder = read.offer(std::mem::take(&mut self.builder));
    }

    /// The invoice. A kind that nothing says is [`ReceivedKind::Other`], with the weakest evidence.
    pub(in crate::document) fn finish(
        mut self,
        source: SourceFile,
    ) -> Result<ReceivedInvoice, DocumentError> {
        if !self.anything {
            return Err(DocumentCode::NoInvoice.into());
        }
        if !self.kind_known {
            self.set(|builder| builder.kind(ReceivedKind::Other, Evidence::Text));
        }
        let built = self.builder.source(source).build();
        built.map_err(|refusal| DocumentError::new(DocumentCode::NoInvoice).because(refusal))
    }
}

fn row(face: &FaceRow) -> ReceivedRow {
    let mut row = ReceivedRow::new(face.name.clone());
    if let Some(spec) = &face.spec {
        row = row.with_spec(spec.clone());
    }
    if let Some(unit) = &face.unit {
        row = row.with_unit(unit.clone());
    }
    if let Some(quantity) = face.quantity {
        row = row.with_quantity(quantity);
    }
    if let Some(price) = face.unit_price {
        row = row.with_price(price);
    }
    if let Some(net) = face.net {
        row = row.with_net(net);
    }
    if let Some(tax) = face.tax {
        row = row.with_tax(tax);
    }
    if let Some(code) = face.code {
        row = row.with_code(code);
    }
    let treated = match face.rate {
        FaceRate::Rate(TaxRate::ZERO) => Some((TaxRate::ZERO, Treatment::ZeroRated)),
        FaceRate::Rate(rate) => Some((rate, Treatment::Standard)),
        FaceRate::Exempt => Some((TaxRate::ZERO, Treatment::Exempt)),
        FaceRate::NotTaxable => Some((TaxRate::ZERO, Treatment::NotTaxable)),
        // Asterisks say nothing of a rate.
        FaceRate::Blank | FaceRate::Differential | FaceRate::Telecom => None,
    };
    match treated {
        Some((rate, treatment)) => row.with_rate(rate, treatment),
        None => row,
    }
}
