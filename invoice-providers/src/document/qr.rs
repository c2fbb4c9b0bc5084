//! The QR code of an invoice (二维码): what is put into it, and how it is drawn.

use chrono::Datelike;
use invoice_core::received::ReceivedKind;
use invoice_validate::Date;
use invoice_validate::qr::{self, Crc, Payload, QrKind};
use qrcode::{Color, EcLevel, QrCode};

use super::face::InvoiceFace;
use super::layout::Mark;
use super::{DocumentCode, DocumentError};

/// The type in the payload (layout rules V5.002, section six, and legacy samples). A digital invoice on paper has the type
/// of its class, and a code.
const fn type_code(kind: ReceivedKind) -> Option<&'static str> {
    Some(match kind {
        ReceivedKind::DigitalSpecial | ReceivedKind::DigitalSpecialPaper => "31",
        ReceivedKind::DigitalOrdinary | ReceivedKind::DigitalOrdinaryPaper => "32",
        ReceivedKind::LegacySpecialPaper => "01",
        ReceivedKind::LegacyOrdinaryPaper => "04",
        ReceivedKind::LegacySpecial => "08",
        ReceivedKind::LegacyOrdinary => "10",
        _ => return None,
    })
}

/// The payload of a face; `None` where kind, day or amount is not known.
pub(super) fn payload(face: &InvoiceFace) -> Option<String> {
    let type_code = type_code(face.kind?)?;
    let (code, number) = face.number.as_str().split_once('-').unwrap_or(("", face.number.as_str()));
    // Tax included on digital files, excluded on everything with a code.
    let amount = if code.is_empty() { face.gross } else { face.net };
    let day = face.issued_on?;
    Some(qr::format(&Payload {
        kind: QrKind::of(type_code, code),
        type_code,
        code,
        number,
        amount_fen: amount?.fen(),
        date: Date::parse(&format!("{:04}-{:02}-{:02}", day.year(), day.month(), day.day()))?,
        check_code: face.check_code.as_deref().unwrap_or_default(),
        crc: Crc::Absent,
    }))
}

/// Draws the code into a square of a side: dark modules that stand side by side are one block.
pub(super) fn draw(
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
                let (x, y) = (left + place(x), top + place(y));
                marks.push(Mark::Block { x, y, width: place(run.len()), height: place(1) });
            }
            x += run.len();
        }
    }
    Ok(())
}
