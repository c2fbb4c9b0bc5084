//! Pages of a PDF as pictures: what is drawn with lines and rectangles, and scans.

use hayro::hayro_interpret::InterpreterSettings;
use hayro::hayro_syntax::Pdf;
use hayro::hayro_syntax::page::Page;
use hayro::vello_cpu::color::palette::css::WHITE;
use hayro::{PixmapSettings, RenderCache, RenderSettings, render};
use image::GrayImage;
use lopdf::{Document, Object, Stream};

#[cfg(feature = "recognition")]
use super::pdf;
use super::pdf::MAX_STREAM;
use super::picture::{self, MAX_PIXELS};
#[cfg(feature = "recognition")]
use crate::document::DocumentError;

/// Most pages that are drawn. Every page of an invoice has its code, and few have more.
const MAX_PAGES: usize = 4;
/// Most pixels of a page: A4 at 200 dots an inch has 3.9 million. Time and memory follow from them.
const PAGE_PIXELS: f32 = 6_000_000.0;
/// Most columns of a fax.
const MAX_COLUMNS: i64 = 20_000;
/// Longest side of a picture within a page's own drawing. Such pictures should have no more than some thousand bytes.
const MAX_INLINE: u32 = 4_096;

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

/// Draws the first pages, one when it is asked for. A page that cannot be drawn is left out.
///
/// What is drawn are the objects as they were read and bounded already, written anew, so that no second reader sees a file
/// that the first has not seen.
pub(in crate::document) fn pages(
    mut document: Document,
    purpose: Purpose,
) -> impl Iterator<Item = GrayImage> {
    for object in document.objects.values_mut() {
        if matches!(object, Object::Stream(stream) if !is_bounded(stream)) {
            *object = Object::Null;
        }
    }
    let mut bytes = Vec::new();
    let saved = document.save_to(&mut bytes);
    drop(document);
    let pdf = saved.ok().and_then(|()| Pdf::new(bytes).ok());
    let count = pdf.as_ref().map_or(0, |pdf| pdf.pages().len().min(MAX_PAGES));
    (0..count).filter_map(move |index| draw(pdf.as_ref()?.pages().get(index)?, purpose))
}

/// The first pages of a file, all at once: for recognition.
#[cfg(feature = "recognition")]
pub(in crate::document) fn pages_of(bytes: Vec<u8>) -> Result<Vec<GrayImage>, DocumentError> {
    pdf::patiently(move || pdf::open(&bytes).map(|(document, _)| pages(document, Purpose::Text).collect()))
}

/// Whether a stream unpacks to no more than is read elsewhere. What says its size only when it is unpacked, or in another
/// object, is not drawn.
fn is_bounded(stream: &Stream) -> bool {
    let side = |key: &[u8]| stream.dict.get(key).map_or(Some(0), |value| value.as_i64().ok());
    let pixels = side(b"Width").zip(side(b"Height")).map(|(width, height)| width.saturating_mul(height));
    let few = pixels.is_some_and(|pixels| u64::try_from(pixels).is_ok_and(|pixels| pixels <= MAX_PIXELS));
    let filters = match stream.dict.has(b"Filter") {
        true => stream.filters().ok(),
        false => Some(Vec::new()),
    };
    let Some(filters) = filters.filter(|_| few) else { return false };
    let drawn = |bytes: &[u8]| bytes.len() <= MAX_STREAM && inline_pictures_are_small(bytes);
    match filters.as_slice() {
        [] => drawn(&stream.content),
        [b"CCITTFaxDecode"] => columns(stream).is_some_and(|columns| columns <= MAX_COLUMNS),
        [b"DCTDecode"] => picture::is_small(&stream.content).unwrap_or(false),
        [.., b"CCITTFaxDecode" | b"DCTDecode" | b"JBIG2Decode" | b"JPXDecode" | b"Crypt"] => false,
        _ => stream.get_plain_content_with_limit(MAX_STREAM).is_ok_and(|bytes| drawn(&bytes)),
    }
}

/// Whether every picture that stands within a drawing (between BI and ID) says plainly that it is small. What only looks
/// like the beginning of one counts as well.
fn inline_pictures_are_small(drawing: &[u8]) -> bool {
    let mut rest = drawing;
    while let Some(at) = rest.windows(2).position(|two| two == b"BI") {
        let (before, from) = rest.split_at(at);
        rest = from.get(2..).unwrap_or_default();
        let blank = |byte: Option<&u8>| byte.is_none_or(|byte| !byte.is_ascii_alphanumeric());
        if blank(before.last()) && blank(rest.first()) && !is_small(rest) {
            return false;
        }
    }
    true
}

/// Whether what stands before ID are names and values, of which width and height are small, and no packing has a size of
/// its own.
fn is_small(picture: &[u8]) -> bool {
    const LONGEST: usize = 1_024;
    let head = picture.get(..LONGEST).unwrap_or(picture);
    let Some(end) = head.windows(2).position(|two| two == b"ID") else { return false };
    let Some(head) = head.get(..end).and_then(|head| std::str::from_utf8(head).ok()) else { return false };
    let own_size = ["#", "DCT", "JPX", "JBIG2", "Columns"].iter().any(|word| head.contains(word));
    let spaced = head.replace('/', " /");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let side = |names: [&str; 2]| {
        let mut pairs = words.windows(2).filter(|pair| pair.first().is_some_and(|name| names.contains(name)));
        let value = pairs.next()?.get(1)?.parse::<u32>().ok()?;
        // Given twice, either may count.
        pairs.next().is_none().then_some(value)
    };
    let sides = [side(["/W", "/Width"]), side(["/H", "/Height"])];
    !own_size && sides.iter().all(|side| side.is_some_and(|side| side <= MAX_INLINE))
}

/// Columns of a fax, which its picture need not agree with.
fn columns(stream: &Stream) -> Option<i64> {
    const USUAL: i64 = 1_728;
    let Ok(parameters) = stream.dict.get(b"DecodeParms") else { return Some(USUAL) };
    parameters.as_dict().ok()?.get(b"Columns").map_or(Some(USUAL), |columns| columns.as_i64().ok())
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
    let drawn = render(page, &cache, &InterpreterSettings::default(), &RenderSettings::default(), &settings);
    let grey = |pixel: [u8; 3]| {
        // As the eye weighs them, in 256ths.
        let sum: u32 =
            pixel.into_iter().zip([77, 150, 29]).map(|(part, weight)| u32::from(part) * weight).sum();
        u8::try_from(sum / 256).unwrap_or(u8::MAX)
    };
    let pixels = drawn.data().iter().map(|pixel| grey([pixel.r, pixel.g, pixel.b])).collect();
    GrayImage::from_raw(u32::from(drawn.width()), u32::from(drawn.height()), pixels)
}
