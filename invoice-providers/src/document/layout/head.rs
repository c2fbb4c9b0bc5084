//! What stands above the frame, and the notice that this is no voucher.

use chrono::Datelike;
use invoice_core::received::ReceivedKind;

use super::form::{PAGE, STROKE};
use super::pages::Sheet;
use super::text::{Align, Measure, Place, points};
use super::{Ink, MM, Mark, Notice};
use crate::document::face::{FaceRate, InvoiceFace};
use crate::document::{DocumentError, qr};

/// The words across the page, before anything else is drawn: behind the rows, and every 70 mm below.
pub(super) fn across(words: &str, measure: &dyn Measure, height: i32) -> Vec<Mark> {
    let place = Place::new(0, PAGE, Align::Centre, Ink::Faint);
    let lines = (0..).map(|line| 79 * MM + line * 70 * MM).take_while(|y| *y < height - 50 * MM);
    lines.map(|y| place.line(measure, words, points(440), y)).collect()
}

pub(super) fn head(
    face: &InvoiceFace,
    sheet: Sheet,
    notice: &Notice,
    measure: &dyn Measure,
) -> Result<Vec<Mark>, DocumentError> {
    let mut marks = Vec::new();
    let centre = |ink| Place::new(0, PAGE, Align::Centre, ink);
    marks.push(centre(Ink::Form).line(measure, title(face.kind), points(200), 14 * MM));
    // Two lines of 73 mm, a millimetre apart.
    for y in [18 * MM, 19 * MM] {
        let from = (PAGE - 73 * MM) / 2;
        marks.push(Mark::Line { from: (from, y), to: (from + 73 * MM, y), width: STROKE });
    }
    marks.push(centre(Ink::Notice).line(measure, &notice.above, points(110), 25 * MM));
    if let Some(payload) = qr::payload(face) {
        qr::draw(&payload, (7 * MM, 6 * MM), 20 * MM, &mut marks)?;
    }
    let labels = Place::new(29 * MM, 28 * MM, Align::Left, Ink::Form);
    for (text, y) in labels_of(face).into_iter().zip([11 * MM, 17 * MM]) {
        marks.push(labels.line(measure, text, points(120), y));
    }
    let mut lines = Vec::new();
    let number = face.number.as_str();
    match number.split_once('-') {
        Some((code, number)) => {
            lines.extend([("发票代码：", code.to_owned()), ("发票号码：", number.to_owned())])
        }
        None => lines.push(("发票号码：", number.to_owned())),
    }
    let day = face.issued_on.map(|day| format!("{}年{:02}月{:02}日", day.year(), day.month(), day.day()));
    lines.push(("开票日期：", day.unwrap_or_default()));
    let names = Place::new(153 * MM, 18 * MM, Align::Left, Ink::Form);
    let values = Place::new(169 * MM, 37 * MM, Align::Left, Ink::Value);
    for ((name, value), y) in lines.iter().zip([14 * MM, 20 * MM, 26 * MM]) {
        marks.push(names.line(measure, name, points(90), y));
        marks.push(values.fitted(measure, value, y));
    }
    if !sheet.is_only() {
        let text = format!("共 {} 页 第 {} 页", sheet.of, sheet.number);
        let place = Place::new(153 * MM, 52 * MM, Align::Right, Ink::Value);
        marks.push(place.line(measure, &text, points(90), 28 * MM + MM / 2));
    }
    Ok(marks)
}

/// The title (票头) of a kind.
const fn title(kind: Option<ReceivedKind>) -> &'static str {
    match kind {
        None | Some(ReceivedKind::Other) => "电子发票",
        Some(ReceivedKind::DigitalSpecial) => "电子发票（增值税专用发票）",
        Some(ReceivedKind::DigitalOrdinary) => "电子发票（普通发票）",
        Some(kind) => kind.chinese(),
    }
}

/// What stands beside the QR code.
fn labels_of(face: &InvoiceFace) -> Vec<&'static str> {
    let differential = face.rows.iter().any(|row| row.rate == FaceRate::Differential);
    [(face.red, "红字发票"), (differential, "差额征税")]
        .into_iter()
        .filter_map(|(holds, label)| holds.then_some(label))
        .collect()
}
