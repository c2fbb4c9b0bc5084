//! What stands within the frame, and below it.

use invoice_core::money::{Money, decimal_text};
use invoice_validate::capital;

use super::form::{
    BAND, CAPITALS, FOOT, FULL_LINES, GAP, LEFT, LINE, NARROW, PARTIES, REMARK, RIGHT, ROWS, STROKE, room,
};
use super::pages::{Printed, Sheet};
use super::text::{Align, Measure, Place, SIZES, points};
use super::{Ink, MM, Mark};
use crate::document::face::{FaceParty, FaceRate, InvoiceFace};

/// The columns: name, width in millimetres, where values stand (layout rules 1.5).
const COLUMNS: [(&str, i32, Align); 8] = [
    ("项目名称", 37, Align::Left),
    ("规格型号", 24, Align::Left),
    ("单 位", 12, Align::Centre),
    ("数 量", 25, Align::Right),
    ("单 价", 25, Align::Right),
    ("金 额", 26, Align::Right),
    ("税率/征收率", 25, Align::Centre),
    ("税 额", 27, Align::Right),
];
const NET: usize = 5;
const TAX: usize = 7;

fn column(index: usize, ink: Ink) -> Place {
    let before: i32 = COLUMNS.iter().take(index).map(|(_, width, _)| width * MM).sum();
    let (width, align) =
        COLUMNS.get(index).map_or((0, Align::Left), |(_, width, align)| (width * MM, *align));
    Place::new(LEFT + before + GAP, width - 2 * GAP, align, ink)
}

/// Width of text in a column.
pub(super) fn text_width(index: usize) -> i32 {
    column(index, Ink::Value).width
}

/// Lines of rows that the page has room for.
fn lines_of(rows: &[Printed<'_>], sheet: Sheet) -> i32 {
    let lines = rows.iter().map(Printed::lines).sum();
    i32::try_from(if sheet.is_last() { room(lines) } else { FULL_LINES }).unwrap_or(i32::MAX)
}

/// Where the line under the totals is.
fn totals_end(rows: &[Printed<'_>], sheet: Sheet) -> i32 {
    let bands = if sheet.is_only() { 2 } else { 3 };
    ROWS + bands * BAND + lines_of(rows, sheet) * LINE
}

/// Height of the page.
pub(super) fn height(rows: &[Printed<'_>], sheet: Sheet) -> i32 {
    let last = if sheet.is_last() { CAPITALS + REMARK } else { 0 };
    totals_end(rows, sheet) + last + FOOT
}

/// Draws frame and contents; gives the height of the page.
pub(super) fn body(
    face: &InvoiceFace,
    rows: &[Printed<'_>],
    sheet: Sheet,
    measure: &dyn Measure,
    marks: &mut Vec<Mark>,
) -> i32 {
    let height = height(rows, sheet);
    let (totals, bottom) = (totals_end(rows, sheet), height - FOOT);
    let mut line = |from, to| marks.push(Mark::Line { from, to, width: STROKE });
    for y in [PARTIES, ROWS, totals, bottom] {
        line((LEFT, y), (RIGHT, y));
    }
    for x in [LEFT, RIGHT] {
        line((x, PARTIES), (x, bottom));
    }
    let middle = LEFT + NARROW + 94 * MM + MM / 2;
    for x in [LEFT + NARROW, middle, middle + NARROW] {
        line((x, PARTIES), (x, ROWS));
    }
    party(&face.buyer, "购买方信息", LEFT, measure, marks);
    party(&face.seller, "销售方信息", middle, measure, marks);
    table(rows, measure, marks);
    let mut base = totals - BAND;
    totals_line("合　　计", (face.net, face.tax), base, measure, marks);
    if !sheet.is_only() {
        base -= BAND;
        let begun = || rows.iter().filter(|printed| printed.begins).map(|printed| printed.row);
        let sums = (begun().filter_map(|row| row.net).sum(), begun().filter_map(|row| row.tax).sum());
        totals_line("小　　计", (Some(sums.0), Some(sums.1)), base, measure, marks);
    }
    if sheet.is_last() {
        capitals(face, totals, measure, marks);
        remark(face, totals + CAPITALS, measure, marks);
    }
    let drawer = format!("开票人：{}", face.drawer.as_deref().unwrap_or_default());
    let place = Place::new(LEFT + 12 * MM, 80 * MM, Align::Left, Ink::Value);
    marks.push(place.fitted(measure, &drawer, height - 8 * MM));
    height
}

/// A name written downwards in its narrow column.
fn downwards(text: &str, (x, top, height): (i32, i32, i32), measure: &dyn Measure, marks: &mut Vec<Mark>) {
    let count = i32::try_from(text.chars().count()).unwrap_or(1).max(1);
    let step = (height / (count + 1)).min(4 * MM);
    let first = top + (height - step * (count - 1)) / 2 + SIZES[0] / 3;
    let place = Place::new(x, NARROW, Align::Centre, Ink::Form);
    for (c, index) in text.chars().zip(0..) {
        marks.push(place.line(measure, c.encode_utf8(&mut [0; 4]), SIZES[0], first + step * index));
    }
}

fn party(party: &FaceParty, name: &str, x: i32, measure: &dyn Measure, marks: &mut Vec<Mark>) {
    downwards(name, (x, PARTIES, ROWS - PARTIES), measure, marks);
    let inner = x + NARROW + GAP;
    let label = |width| Place::new(inner, width, Align::Left, Ink::Form);
    marks.push(label(12 * MM).line(measure, "名称：", SIZES[0], PARTIES + 8 * MM));
    let value = Place::new(inner + 11 * MM, 94 * MM - 13 * MM, Align::Left, Ink::Value);
    let text = party.name.as_deref().unwrap_or_default();
    marks.extend(value.filled(measure, text, PARTIES + 4_850, 9 * MM));
    let base = ROWS - 5 * MM;
    marks.push(label(46 * MM).line(measure, "统一社会信用代码/纳税人识别号：", points(80), base));
    let value = Place::new(inner + 44 * MM, 48 * MM, Align::Left, Ink::Value);
    marks.push(value.fitted(measure, party.tax_id.as_deref().unwrap_or_default(), base));
}

fn table(rows: &[Printed<'_>], measure: &dyn Measure, marks: &mut Vec<Mark>) {
    for (index, (name, ..)) in COLUMNS.iter().enumerate() {
        let mut place = column(index, Ink::Form);
        if place.align == Align::Left {
            place.align = Align::Centre;
        }
        marks.push(place.line(measure, name, SIZES[0], ROWS + 3_500));
    }
    let mut top = ROWS + BAND;
    for printed in rows {
        let base = |index: i32| top + LINE * index + 3_300;
        for (lines, index) in [(&printed.names, 0), (&printed.specs, 1)] {
            let place = column(index, Ink::Value);
            marks.extend(lines.iter().zip(0..).map(|(text, n)| place.line(measure, text, SIZES[0], base(n))));
        }
        if printed.begins {
            let cells = cells(printed);
            let filled = cells.iter().zip(2..).filter(|(text, _)| !text.is_empty());
            marks
                .extend(filled.map(|(text, index)| column(index, Ink::Value).fitted(measure, text, base(0))));
        }
        top += LINE * i32::try_from(printed.lines()).unwrap_or(1);
    }
}

/// Unit to tax as printed.
fn cells(printed: &Printed<'_>) -> [String; 6] {
    let row = printed.row;
    let number = |number: Option<_>| number.map(decimal_text::format).unwrap_or_default();
    let amount = |amount: Option<Money>| amount.map(|amount| amount.to_string());
    let zero = row.rate == FaceRate::Rate(invoice_core::tax::TaxRate::ZERO);
    let tax = match row.tax {
        Some(Money::ZERO) if zero => "0".to_owned(),
        tax => amount(tax).unwrap_or_else(|| row.rate.instead_of_tax().to_owned()),
    };
    let unit = row.unit.clone().unwrap_or_default();
    let net = amount(row.net).unwrap_or_default();
    [unit, number(row.quantity), number(row.unit_price), net, row.rate.printed(), tax]
}

fn totals_line(
    name: &str,
    (net, tax): (Option<Money>, Option<Money>),
    top: i32,
    measure: &dyn Measure,
    marks: &mut Vec<Mark>,
) {
    let mut place = column(0, Ink::Form);
    place.align = Align::Centre;
    marks.push(place.line(measure, name, SIZES[0], top + 3_300));
    for (index, amount) in [(NET, net), (TAX, tax)] {
        if let Some(amount) = amount {
            marks.push(column(index, Ink::Value).fitted(measure, &format!("¥{amount}"), top + 3_300));
        }
    }
}

fn capitals(face: &InvoiceFace, top: i32, measure: &dyn Measure, marks: &mut Vec<Mark>) {
    let (first, second) = (LEFT + 42 * MM, LEFT + 130 * MM);
    let bottom = top + CAPITALS;
    marks.push(Mark::Line { from: (LEFT, bottom), to: (RIGHT, bottom), width: STROKE });
    marks.push(Mark::Line { from: (first, top), to: (first, bottom), width: STROKE });
    let base = top + 5_200;
    let name = Place::new(LEFT, 42 * MM, Align::Centre, Ink::Form);
    marks.push(name.line(measure, "价税合计（大写）", SIZES[0], base));
    let small = Place::new(second, 20 * MM, Align::Left, Ink::Form);
    marks.push(small.line(measure, "（小写）", SIZES[0], base));
    if let Some(gross) = face.gross {
        let text = format!("⊗ {}", capital::to_string(gross.fen()));
        let place = Place::new(first + 3 * GAP, second - first - 4 * GAP, Align::Left, Ink::Value);
        marks.push(place.fitted(measure, &text, base));
        let place = Place::new(second + 15 * MM, RIGHT - second - 17 * MM, Align::Left, Ink::Value);
        marks.push(place.fitted(measure, &format!("¥{gross}"), base));
    }
}

fn remark(face: &InvoiceFace, top: i32, measure: &dyn Measure, marks: &mut Vec<Mark>) {
    let x = LEFT + NARROW;
    marks.push(Mark::Line { from: (x, top), to: (x, top + REMARK), width: STROKE });
    downwards("备注", (LEFT, top, REMARK), measure, marks);
    let mut text = String::new();
    if let Some(blue) = face.blue.as_ref().filter(|blue| !contains(face.remark.as_deref(), blue.as_str())) {
        text = format!("被红冲蓝字数电发票号码：{blue}");
        if let Some(confirmation) = &face.confirmation {
            text = format!("{text}    红字发票信息确认单编号：{confirmation}");
        }
        text.push('\n');
    }
    text.push_str(face.remark.as_deref().unwrap_or_default());
    let place = Place::new(x + 2 * GAP, RIGHT - x - 4 * GAP, Align::Left, Ink::Value);
    marks.extend(place.filled(measure, &text, top + GAP, REMARK - 2 * GAP));
}

fn contains(text: Option<&str>, part: &str) -> bool {
    text.is_some_and(|text| text.contains(part))
}
