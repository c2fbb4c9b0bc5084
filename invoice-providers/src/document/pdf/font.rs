use std::collections::HashMap;
use std::fmt;
use std::path::Path;
use std::sync::Arc;

use krilla::text::{Font, GlyphId, KrillaGlyph};
use skrifa::instance::{LocationRef, Size};
use skrifa::{FontRef, MetadataProvider};

use super::super::layout::Measure;
use crate::document::{DocumentCode, DocumentError};

/// The variable that names a font file, before any other place is looked at.
pub const FONT_VARIABLE: &str = "INVOICE_FONT";

/// Where packages of distributions put fonts with Chinese characters: Debian's fonts-wqy-microhei and fonts-noto-cjk, and
/// the same of others.
const PLACES: &[&str] = &[
    "/usr/share/fonts/truetype/wqy/wqy-microhei.ttc",
    "/usr/share/fonts/wqy-microhei/wqy-microhei.ttc",
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/noto-cjk/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/google-noto-cjk/NotoSansCJK-Regular.ttc",
];

/// What every usable font must have.
const NEEDED: &str = "发票0123456789¥";
/// Fonts of collections that are tried: the first has the usual proportions.
const MOST_FACES: u32 = 16;
/// Larger than the largest collection of all Chinese, Japanese and Korean weights.
const MAX_BYTES: u64 = 256 * 1024 * 1024;

/// A font with Chinese characters. Clones share it; it can be kept for as many files as one likes.
#[derive(Clone)]
pub struct PdfFont {
    font: Font,
    glyphs: Arc<HashMap<char, (u32, i32)>>,
}

impl PdfFont {
    /// The font file that `INVOICE_FONT` names; without it WenQuanYi Micro Hei (文泉驿微米黑) or Noto Sans CJK where packages
    /// put them.
    ///
    /// # Errors
    /// `DOC-41`, which names the packages, where none is there; `DOC-42` where the one that is named cannot be used.
    pub fn find() -> Result<Self, DocumentError> {
        if let Some(named) = std::env::var_os(FONT_VARIABLE).filter(|named| !named.is_empty()) {
            return Self::open(Path::new(&named)).map_err(|error| error.at(FONT_VARIABLE));
        }
        let found = PLACES.iter().map(Path::new).find(|path| path.is_file());
        Self::open(found.ok_or(DocumentCode::FontMissing)?)
    }

    /// A font file, TrueType or OpenType; of a collection the first font that will do.
    ///
    /// # Errors
    /// `DOC-42` where it cannot be read or lacks characters that every invoice has.
    pub fn open(path: &Path) -> Result<Self, DocumentError> {
        let unreadable = |error| DocumentError::new(DocumentCode::FontUnreadable).because(error);
        if std::fs::metadata(path).map_err(unreadable)?.len() > MAX_BYTES {
            return Err(DocumentCode::FontUnreadable.into());
        }
        Self::new(std::fs::read(path).map_err(unreadable)?)
    }

    /// A font from the bytes of its file.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn new(bytes: Vec<u8>) -> Result<Self, DocumentError> {
        let bytes = Arc::new(bytes);
        (0..MOST_FACES)
            .map_while(|index| Some((index, glyphs(&bytes, index)?)))
            .find(|(_, glyphs)| NEEDED.chars().all(|c| glyphs.contains_key(&c)))
            .and_then(|(index, glyphs)| {
                let font = Font::new(bytes.clone().into(), index)?;
                Some(Self { font, glyphs: Arc::new(glyphs) })
            })
            .ok_or_else(|| DocumentCode::FontUnreadable.into())
    }

    pub(super) fn krilla(&self) -> Font {
        self.font.clone()
    }

    /// A text as glyphs in a row, each with the piece of text it stands for.
    #[expect(
        clippy::float_arithmetic,
        clippy::cast_precision_loss,
        reason = "places on a page: PDF has them as floating point numbers"
    )]
    pub(super) fn glyphs(&self, text: &str) -> Vec<KrillaGlyph> {
        let glyph = |(at, c): (usize, char)| {
            let (glyph, advance) = self.glyph(c);
            let advance = advance as f32 / 1_000.0;
            KrillaGlyph::new(GlyphId::new(glyph), advance, 0.0, 0.0, 0.0, at..at + c.len_utf8(), None)
        };
        text.char_indices().map(glyph).collect()
    }

    /// The box for missing characters is glyph 0, and as wide as a Chinese character.
    fn glyph(&self, c: char) -> (u32, i32) {
        self.glyphs.get(&c).copied().unwrap_or((0, 1_000))
    }
}

impl Measure for PdfFont {
    fn advance(&self, c: char) -> i32 {
        self.glyph(c).1
    }
}

impl fmt::Debug for PdfFont {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PdfFont({} characters)", self.glyphs.len())
    }
}

/// Glyph and advance, in thousandths of an em, of every character of a font.
#[expect(
    clippy::cast_possible_truncation,
    reason = "advances of glyphs come as floating point numbers below a few thousand"
)]
fn glyphs(bytes: &[u8], index: u32) -> Option<HashMap<char, (u32, i32)>> {
    let font = FontRef::from_index(bytes, index).ok()?;
    let size = Size::new(1_000.0);
    let metrics = font.glyph_metrics(size, LocationRef::default());
    let mut glyphs = HashMap::new();
    for (code, glyph) in font.charmap().mappings() {
        let Some(c) = char::from_u32(code) else { continue };
        let advance = metrics.advance_width(glyph).unwrap_or(1_000.0).round();
        glyphs.insert(c, (glyph.to_u32(), advance as i32));
    }
    Some(glyphs)
}
