//! An invoice rendered as PDF, in the layout that people know, marked as a specimen on every page.
//!
//! The layout is that of the bureau's rules (数字化电子发票版式及XML规范 V5.002): 210 mm wide, title, QR code, buyer and seller,
//! rows, 合计, 价税合计 in capitals and figures, remark, drawer; up to eight lines of rows on 140 mm, more on a higher page, and
//! beyond 42 lines on several pages with 小计 on each. Long texts are broken or made smaller. There is no seal.
//!
//! A font with Chinese characters comes from the system, see [`PdfFont::find`], and is embedded as a subset of what is
//! printed. Characters that it does not have, such as emoji, show as its box for missing ones; text extraction still gives
//! them.
//!
//! ```no_run
//! use invoice_providers::document::InvoiceFace;
//! use invoice_providers::document::pdf::{self, PdfFont};
//!
//! let font = PdfFont::find()?;
//! let face = InvoiceFace::new("26442000000000000001".parse()?);
//! std::fs::write("specimen.pdf", pdf::write(&face, &font)?)?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod font;

use krilla::Document;
use krilla::color::rgb;
use krilla::geom::{PathBuilder, Point, Rect};
use krilla::metadata::Metadata;
use krilla::num::NormalizedF32;
use krilla::page::PageSettings;
use krilla::paint::{Fill, FillRule, Stroke};
use krilla::surface::Surface;

pub use font::{FONT_VARIABLE, PdfFont};

use invoice_core::received::ReceivedKind;

use super::face::InvoiceFace;
use super::layout::{Ink, Mark, Notice, Page, pages};
use super::{DocumentCode, DocumentError, SPECIMEN};

/// Points, as PDF has them, in place of micrometres.
#[expect(
    clippy::float_arithmetic,
    clippy::cast_precision_loss,
    reason = "places on a page: PDF has them as floating point numbers"
)]
fn points(micrometres: i32) -> f32 {
    micrometres as f32 * 72.0 / 25_400.0
}

/// Renders a face. The same face and font give the same bytes.
///
/// # Errors
/// `DOC-43` above 5,000 rows, `DOC-18` for a name of more than 2,000 bytes, `DOC-45` where the file could not be put
/// together.
pub fn write(face: &InvoiceFace, font: &PdfFont) -> Result<Vec<u8>, DocumentError> {
    rendered(face, &Notice::specimen(), SPECIMEN, font)
}

/// Renders the copy (记账联复印件) of the seller's own sheet for a buyer who has lost the paper invoice. Every page says what
/// it is, that it agrees with the original, and the reference it was handed out under. It counts once it is stamped by
/// hand with the seller's invoice seal (发票专用章).
///
/// # Errors
/// As [`write()`]; `DOC-46` for an invoice whose kind is not one of paper that a desk issues, or a reference that is empty or has
/// more than 40 characters.
pub fn write_copy(face: &InvoiceFace, reference: &str, font: &PdfFont) -> Result<Vec<u8>, DocumentError> {
    let paper = face.kind.is_some_and(|kind| {
        use ReceivedKind as Kind;
        matches!(
            kind,
            Kind::DigitalSpecialPaper
                | Kind::DigitalOrdinaryPaper
                | Kind::LegacySpecialPaper
                | Kind::LegacyOrdinaryPaper
        )
    });
    if !paper || reference.is_empty() || reference.chars().count() > 40 {
        return Err(DocumentCode::NoCopy.into());
    }
    rendered(face, &Notice::copy(reference), "记账联复印件", font)
}

fn rendered(
    face: &InvoiceFace,
    notice: &Notice,
    title: &str,
    font: &PdfFont,
) -> Result<Vec<u8>, DocumentError> {
    let mut document = Document::new();
    for page in pages(face, notice, font)? {
        draw(&mut document, &page, font)?;
    }
    let title = format!("{title} {}", face.number);
    document.set_metadata(Metadata::new().title(title).language("zh-CN".to_owned()));
    document
        .finish()
        .map_err(|error| DocumentError::new(DocumentCode::NotWritten).because(format!("{error:?}")))
}

fn draw(document: &mut Document, page: &Page, font: &PdfFont) -> Result<(), DocumentError> {
    let size = PageSettings::from_wh(points(page.width), points(page.height));
    let mut sheet = document.start_page_with(size.ok_or(DocumentCode::NotWritten)?);
    let mut surface = sheet.surface();
    for mark in &page.marks {
        put(&mut surface, mark, font);
    }
    surface.finish();
    sheet.finish();
    Ok(())
}

fn put(surface: &mut Surface<'_>, mark: &Mark, font: &PdfFont) {
    match mark {
        Mark::Text { x, y, size, ink, text } => {
            surface.set_fill(Some(fill(*ink)));
            surface.set_stroke(None);
            let glyphs = font.glyphs(text);
            let start = Point::from_xy(points(*x), points(*y));
            surface.draw_glyphs(start, &glyphs, font.krilla(), text, points(*size), false);
        }
        Mark::Line { from, to, width } => {
            let mut path = PathBuilder::new();
            path.move_to(points(from.0), points(from.1));
            path.line_to(points(to.0), points(to.1));
            surface.set_fill(None);
            let width = points(*width);
            surface.set_stroke(Some(Stroke { paint: color(Ink::Form).into(), width, ..Stroke::default() }));
            if let Some(path) = path.finish() {
                surface.draw_path(&path);
            }
        }
        Mark::Block { x, y, width, height } => {
            surface.set_fill(Some(fill(Ink::Value)));
            surface.set_stroke(None);
            let mut path = PathBuilder::new();
            if let Some(rect) = Rect::from_xywh(points(*x), points(*y), points(*width), points(*height)) {
                path.push_rect(rect);
            }
            if let Some(path) = path.finish() {
                surface.draw_path(&path);
            }
        }
    }
}

fn color(ink: Ink) -> rgb::Color {
    let [red, green, blue] = ink.rgb();
    rgb::Color::new(red, green, blue)
}

fn fill(ink: Ink) -> Fill {
    Fill { paint: color(ink).into(), opacity: NormalizedF32::ONE, rule: FillRule::default() }
}
