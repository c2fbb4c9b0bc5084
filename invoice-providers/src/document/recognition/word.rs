use std::fmt;

use image::GrayImage;

use crate::document::read::picture;
use crate::document::{DocumentCode, DocumentError};

/// Most characters of a word that are looked at.
const MAX_CHARS: usize = 200;

/// A picture without colours, as recognisers see it.
#[derive(Clone)]
pub struct Picture(GrayImage);

impl Picture {
    /// Opens a PNG or JPEG.
    ///
    /// # Errors
    /// `DOC-51` where it cannot be read, `DOC-52` where it has more than 40 million pixels.
    pub fn open(bytes: &[u8]) -> Result<Self, DocumentError> {
        picture::grey(bytes).map(Self)
    }

    /// A picture of pixels, line by line from the top, 0 being black.
    ///
    /// # Errors
    /// `DOC-51` where there are not as many pixels as the sides say, `DOC-52` above 40 million.
    pub fn from_pixels(width: u32, height: u32, pixels: Vec<u8>) -> Result<Self, DocumentError> {
        let count = u64::from(width) * u64::from(height);
        if count > picture::MAX_PIXELS {
            return Err(DocumentCode::PictureTooLarge.into());
        }
        if u64::try_from(pixels.len()) != Ok(count) {
            return Err(DocumentCode::PictureBroken.into());
        }
        GrayImage::from_raw(width, height, pixels).map(Self).ok_or_else(|| DocumentCode::PictureBroken.into())
    }

    /// Pixels from left to right.
    #[must_use]
    pub fn width(&self) -> u32 {
        self.0.width()
    }

    /// Pixels from top to bottom.
    #[must_use]
    pub fn height(&self) -> u32 {
        self.0.height()
    }

    /// The pixels, line by line from the top, 0 being black.
    #[must_use]
    pub fn pixels(&self) -> &[u8] {
        self.0.as_raw()
    }
}

#[cfg(feature = "render")]
impl From<GrayImage> for Picture {
    fn from(picture: GrayImage) -> Self {
        Self(picture)
    }
}

/// Its size; what is on it may be personal data.
impl fmt::Debug for Picture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Picture({} x {})", self.width(), self.height())
    }
}

/// Where something stands in a picture, in pixels from its upper left corner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Bounds {
    left: u32,
    top: u32,
    width: u32,
    height: u32,
}

impl Bounds {
    /// The upper left corner, and how far it reaches from there.
    #[must_use]
    pub const fn new(left: u32, top: u32, width: u32, height: u32) -> Self {
        Self { left, top, width, height }
    }

    /// The left edge.
    #[must_use]
    pub const fn left(self) -> u32 {
        self.left
    }

    /// The right edge.
    #[must_use]
    pub const fn right(self) -> u32 {
        self.left.saturating_add(self.width)
    }

    /// The upper edge.
    #[must_use]
    pub const fn top(self) -> u32 {
        self.top
    }

    /// How high it is.
    #[must_use]
    pub const fn height(self) -> u32 {
        self.height
    }

    /// Halfway down.
    pub(super) const fn middle(self) -> u32 {
        self.top.saturating_add(self.height / 2)
    }
}

/// A word, or part of one, that was recognised. Personal data: `Debug` shows none of the text.
#[derive(Clone, PartialEq, Eq)]
pub struct Word {
    text: String,
    confidence: u8,
    bounds: Bounds,
}

impl Word {
    /// A word: the first 200 characters of its text, how sure the recogniser is in hundredths (more are a hundred), and
    /// its place.
    #[must_use]
    pub fn new(text: &str, confidence: u8, bounds: Bounds) -> Self {
        Self { text: text.trim().chars().take(MAX_CHARS).collect(), confidence: confidence.min(100), bounds }
    }

    /// What was recognised.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// How sure the recogniser is, from 0 to 100.
    #[must_use]
    pub const fn confidence(&self) -> u8 {
        self.confidence
    }

    /// Where it stands.
    #[must_use]
    pub const fn bounds(&self) -> Bounds {
        self.bounds
    }
}

impl fmt::Debug for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Word")
            .field("chars", &self.text.chars().count())
            .field("confidence", &self.confidence)
            .field("bounds", &self.bounds)
            .finish()
    }
}
