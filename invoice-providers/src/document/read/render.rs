//! Pages of a PDF as pictures: what is drawn with lines and rectangles, and scans.

use hayro::hayro_interpret::{InterpreterSettings, RenderContent};
use hayro::hayro_syntax::Pdf;
use hayro::hayro_syntax::page::Page;
use hayro::vello_cpu::color::palette::css::WHITE;
use hayro::{PixmapSettings, RenderCache, RenderSettings, render};
use image::GrayImage;
use lopdf::Document;

use super::patience::left_behind;
#[cfg(feature = "recognition")]
use super::patience::{PATIENCE, within};
#[cfg(feature = "recognition")]
use super::pdf;
use super::{bounds, work};
#[cfg(feature = "recognition")]
use crate::document::DocumentError;

/// Most pages that are drawn. Every page of an invoice has its code, and few have more.
const MAX_PAGES: usize = 4;
/// Most pixels of a page: A4 at 200 dots an inch has 3.9 million. Time and memory follow from them.
const PAGE_PIXELS: f32 = 6_000_000.0;
/// Most threads that were left behind when no more pages are drawn.
const MAX_LEFT_BEHIND: usize = 3;

/// What pages are drawn for, and with how many dots an inch.
#[derive(Debug, Clone, Copy)]
pub(in crate::document) enum Purpose {
    /// Codes: 150, so that a module is three dots wide.
    Codes,
    /// Text, as recognisers like it best: 200.
    #[cfg(feature = "recognition")]
    Text,
}

impl Purpose {
    /// Dots for one point of a PDF.
    #[expect(clippy::float_arithmetic, reason = "sizes of a page")]
    const fn scale(self) -> f32 {
        match self {
            Self::Codes => 150.0 / 72.0,
            #[cfg(feature = "recognition")]
            Self::Text => 200.0 / 72.0,
        }
    }
}

/// Draws the first pages, one when it is asked for. A page that cannot be drawn, or not soon, is left out; so are all where
/// too many are still being drawn that were given up.
///
/// What is drawn are the objects as they were read and bounded already, written anew, so that no second reader sees a file
/// that the first has not seen.
pub(in crate::document) fn pages(
    mut document: Document,
    purpose: Purpose,
) -> impl Iterator<Item = GrayImage> {
    bounds::bound(&mut document);
    let all = document.get_pages();
    let little: Vec<bool> =
        all.values().take(MAX_PAGES).map(|page| work::is_little(&document, *page)).collect();
    let mut bytes = Vec::new();
    let saved = document.save_to(&mut bytes);
    drop(document);
    let pdf = saved.ok().filter(|()| left_behind() <= MAX_LEFT_BEHIND).and_then(|()| Pdf::new(bytes).ok());
    little
        .into_iter()
        .enumerate()
        .filter(|(_, little)| *little)
        .filter_map(move |(index, _)| draw(pdf.as_ref()?.pages().get(index)?, purpose))
}

/// The first pages of a file, all at once: for recognition.
#[cfg(feature = "recognition")]
pub(in crate::document) fn pages_of(bytes: Vec<u8>) -> Result<Vec<GrayImage>, DocumentError> {
    within(PATIENCE, move || pdf::open(&bytes).map(|(document, _)| pages(document, Purpose::Text).collect()))
}

#[expect(clippy::float_arithmetic, reason = "sizes of a page: PDF has them as floating point numbers")]
fn draw(page: &Page<'_>, purpose: Purpose) -> Option<GrayImage> {
    let (width, height) = page.render_dimensions();
    let scale = purpose.scale().min((PAGE_PIXELS / (width * height)).sqrt());
    let most = f32::from(u16::MAX);
    // Neither thinner than a pixel nor longer than a picture may be; not numbers are neither.
    if ![width, height].into_iter().all(|side| (1.0..most).contains(&(side * scale))) {
        return None;
    }
    let settings = PixmapSettings { x_scale: scale, y_scale: scale, bg_color: WHITE };
    let cache = RenderCache::new();
    // Of an invoice nothing stands in notes (annotations), and what they draw is not counted.
    let interpreted =
        InterpreterSettings { render_content: RenderContent::PAGE, ..InterpreterSettings::default() };
    let drawn = render(page, &cache, &interpreted, &RenderSettings::default(), &settings);
    let grey = |pixel: [u8; 3]| {
        // As the eye weighs them, in 256ths.
        let sum: u32 =
            pixel.into_iter().zip([77, 150, 29]).map(|(part, weight)| u32::from(part) * weight).sum();
        u8::try_from(sum / 256).unwrap_or(u8::MAX)
    };
    let pixels = drawn.data().iter().map(|pixel| grey([pixel.r, pixel.g, pixel.b])).collect();
    GrayImage::from_raw(u32::from(drawn.width()), u32::from(drawn.height()), pixels)
}
