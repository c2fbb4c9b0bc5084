//! The QR code of an invoice (二维码): which kind it says, what is put into it, how it is drawn.

#[cfg(any(feature = "pdf", feature = "ofd"))]
pub(super) use drawn::draw;
use invoice_core::invoice::InvoiceKind;
use invoice_validate::qr::QrKind;
#[cfg(any(feature = "pdf", feature = "ofd"))]
pub(super) use payload::payload;

/// Type codes of the payload, with the kinds that the desk knows (layout rules V5.002, section six, and legacy samples).
/// A digital invoice on paper has the type of its class and a code.
const KINDS: &[(QrKind, &str, InvoiceKind)] = &[
    (QrKind::DigitalSpecial, "31", InvoiceKind::DIGITAL_SPECIAL),
    (QrKind::DigitalOrdinary, "32", InvoiceKind::DIGITAL_ORDINARY),
    (QrKind::DigitalPaperSpecial, "31", InvoiceKind::DIGITAL_SPECIAL_PAPER),
    (QrKind::DigitalPaperOrdinary, "32", InvoiceKind::DIGITAL_ORDINARY_PAPER),
    (QrKind::LegacySpecial, "01", InvoiceKind::LEGACY_SPECIAL_PAPER),
    (QrKind::LegacyOrdinary, "04", InvoiceKind::LEGACY_ORDINARY_PAPER),
    (QrKind::LegacyElectronicSpecial, "08", InvoiceKind::LEGACY_SPECIAL),
    (QrKind::LegacyElectronicOrdinary, "10", InvoiceKind::LEGACY_ORDINARY),
];

/// The kind a payload says; `None` for vehicles, tolls and rolls, which the desk does not issue.
#[cfg(feature = "xml")]
pub(super) fn kind_of(kind: QrKind) -> Option<InvoiceKind> {
    KINDS.iter().find(|(known, ..)| *known == kind).map(|(.., kind)| *kind)
}

#[cfg(any(feature = "pdf", feature = "ofd"))]
mod payload {
    use chrono::Datelike;
    use invoice_validate::Date;
    use invoice_validate::qr::{self, Crc, Payload};

    use super::KINDS;
    use crate::document::face::InvoiceFace;

    /// The payload of a face; `None` where kind, day or amount is not known.
    pub(in crate::document) fn payload(face: &InvoiceFace) -> Option<String> {
        let kind = face.kind?;
        let (qr_kind, type_code, _) = KINDS.iter().find(|(.., known)| *known == kind)?;
        let (code, number) = face.number.as_str().split_once('-').unwrap_or(("", face.number.as_str()));
        // Tax included on digital files, excluded on everything with a code.
        let amount = if code.is_empty() { face.gross } else { face.net };
        let day = face.issued_on?;
        Some(qr::format(&Payload {
            kind: *qr_kind,
            type_code,
            code,
            number,
            amount_fen: amount?.fen(),
            date: Date::parse(&format!("{:04}-{:02}-{:02}", day.year(), day.month(), day.day()))?,
            check_code: face.check_code.as_deref().unwrap_or_default(),
            crc: Crc::Absent,
        }))
    }
}

#[cfg(any(feature = "pdf", feature = "ofd"))]
mod drawn {
    use qrcode::{Color, EcLevel, QrCode};

    use crate::document::layout::Mark;
    use crate::document::{DocumentCode, DocumentError};

    /// Draws the code into a square of a side: dark modules that stand side by side are one block.
    pub(in crate::document) fn draw(
        payload: &str,
        (left, top): (i32, i32),
        side: i32,
        marks: &mut Vec<Mark>,
    ) -> Result<(), DocumentError> {
        let code = QrCode::with_error_correction_level(payload, EcLevel::M)
            .map_err(|error| DocumentError::new(DocumentCode::NotWritten).because(error))?;
        let count = i32::try_from(code.width()).unwrap_or(i32::MAX);
        let place = |index: usize| side / count * i32::try_from(index).unwrap_or_default();
        for (y, line) in code.to_colors().chunks(code.width()).enumerate() {
            let mut x = 0;
            for run in line.chunk_by(|a, b| a == b) {
                if run.first() == Some(&Color::Dark) {
                    marks.push(Mark::Block {
                        x: left + place(x),
                        y: top + place(y),
                        width: place(run.len()),
                        height: place(1),
                    });
                }
                x += run.len();
            }
        }
        Ok(())
    }
}
