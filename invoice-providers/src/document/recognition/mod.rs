//! Recognition (文字识别) of invoices on paper: words in a picture, and the fields of an invoice that they are.
//!
//! A [`Recognizer`] is a port: it gives the words that it sees in a picture, with their places and how sure it is. Which
//! fields the words are is decided here, by [`RecognizedFields::of`], for any of them. With the feature `tesseract` there
//! is one, [`Tesseract`].
//!
//! Recognised text is the weakest evidence there is: [`read()`] believes structured data, a QR code and a text layer first.
//! Nothing is guessed and no amount is made to fit: what cannot be right is a [`Doubt`], for a person to look at. Rows are
//! not recognised, nor is the second line of a name.
//!
//! ```
//! use invoice_core::received::ReceivedField;
//! use invoice_providers::document::recognition::{Bounds, Doubt, RecognizedFields, Word};
//!
//! let word = |text, left, top| Word::new(text, 90, Bounds::new(left, top, 200, 20));
//! let fields = RecognizedFields::of(&[
//!     word("合计", 10, 100), word("¥100.00", 500, 100), word("¥18.00", 800, 101),
//!     word("（小写）", 500, 150), word("¥113.00", 710, 150),
//! ]);
//! assert_eq!(fields.get(ReceivedField::Gross).map(|field| field.text()), Some("113.00"));
//! // 18.00 may be 13.00, or the other two may be wrong.
//! assert_eq!(fields.doubts(), [Doubt::AmountsDoNotSum]);
//! ```

mod doubt;
mod fields;
mod find;
mod lines;
#[cfg(feature = "tesseract")]
mod tesseract;
mod word;

use invoice_core::received::{ReceivedField, ReceivedInvoice, SourceFile, SourceFormat};
use sha2::{Digest, Sha256};

pub use doubt::Doubt;
pub use fields::{REPAIRED, RecognizedField, RecognizedFields};
#[cfg(feature = "tesseract")]
pub use tesseract::{Layout, Tesseract};
pub use word::{Bounds, Picture, Word};

use super::read::{self, Gathered};
use super::{DocumentCode, DocumentError};

/// Recognises text in pictures.
///
/// # Contract
/// 1. One call looks at one picture and comes to its end by itself: after a time that the implementor limits, with an error.
/// 2. Words are given once each, in any order, with their places in the pixels of the picture.
/// 3. A picture without text gives no words, not an error.
/// 4. Neither errors nor logs hold what was recognised.
pub trait Recognizer: Send + Sync {
    /// The words in a picture.
    ///
    /// # Errors
    /// `DOC-05` when it takes too long, `DOC-61` and `DOC-62` when the recogniser is not there or fails.
    fn recognize(&self, picture: &Picture) -> Result<Vec<Word>, DocumentError>;
}

/// An invoice that was read with the help of recognition.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Recognition {
    /// The invoice. What was recognised has [`Evidence::Text`](invoice_core::received::Evidence::Text).
    pub invoice: ReceivedInvoice,
    /// What was recognised, with how sure and what is doubtful about it; nothing where no picture had to be looked at.
    pub fields: RecognizedFields,
}

/// Reads a file as [`document::read::read`](super::read::read) does, and recognises the text in pictures and, with the
/// feature `render`, on the first pages of a PDF that has no text layer.
///
/// Several recognisers, or one in several layouts, look at the same picture: the surest value of each field is taken, and
/// where they differ it is disputed.
///
/// Pages are one invoice where their numbers are the same; a page without a number belongs to the one before it.
///
/// # Errors
/// Those of reading, and those of the recognisers. Pages of which one has another number than the others, or none and
/// another date or total, are `DOC-03`. A file whose pages cannot be drawn is `DOC-05` where it says nothing else. Amounts that were only recognised and do not sum are `DOC-03`, with
/// `RECEIVED-03` as its source: then [`RecognizedFields::of`] still says what each word was.
pub fn read(bytes: &[u8], recognizers: &[&dyn Recognizer]) -> Result<Recognition, DocumentError> {
    let Gathered { format, mut fields } = read::gather(bytes)?;
    let mut recognized = RecognizedFields::default();
    let mut undrawn = None;
    if fields.wants_recognition() {
        let pictures = pictures(bytes, format).unwrap_or_else(|error| {
            undrawn = Some(error);
            Vec::new()
        });
        let mut pages = Vec::new();
        for picture in &pictures {
            let mut page = RecognizedFields::default();
            for recognizer in recognizers {
                page = page.also(RecognizedFields::of(&recognizer.recognize(picture)?));
            }
            pages.push(page);
        }
        recognized = joined(pages, |number| fields.is_of_another(number))?;
        fields.recognized(&recognized);
    }
    let finished = fields.finish(SourceFile::new(format, Sha256::digest(bytes).into()));
    let invoice = finished.map_err(|error| undrawn.unwrap_or(error))?;
    Ok(Recognition { invoice, fields: recognized })
}

/// The fields of an invoice from its pages. What stands on pages before the first with a number is of no invoice that could
/// be told.
fn joined(
    pages: Vec<RecognizedFields>,
    is_of_another: impl Fn(&str) -> bool,
) -> Result<RecognizedFields, DocumentError> {
    let text = |page: &RecognizedFields, field| page.get(field).map(|read| read.text().to_owned());
    let number = |page: &RecognizedFields| text(page, ReceivedField::Number);
    let several = pages.len() > 1;
    let mut all: Option<RecognizedFields> = None;
    for page in pages {
        let differ = |known: &RecognizedFields, field| {
            text(known, field).zip(text(&page, field)).is_some_and(|(known, other)| known != other)
        };
        let named = number(&page);
        let mut apart = several && named.as_deref().is_some_and(&is_of_another);
        if let Some(known) = &all {
            apart |= match (number(known), &named) {
                (_, None) => {
                    [ReceivedField::Date, ReceivedField::Gross].into_iter().any(|field| differ(known, field))
                }
                _ => differ(known, ReceivedField::Number),
            };
        }
        if apart {
            return Err(DocumentError::new(DocumentCode::NoInvoice).at("pages of several invoices"));
        }
        all = Some(match all {
            Some(known) if number(&known).is_some() || named.is_none() => known.also(page),
            _ => page,
        });
    }
    Ok(all.unwrap_or_default())
}

fn pictures(bytes: &[u8], format: SourceFormat) -> Result<Vec<Picture>, DocumentError> {
    match format {
        SourceFormat::Picture => Ok(vec![Picture::open(bytes)?]),
        #[cfg(feature = "render")]
        SourceFormat::Pdf => {
            Ok(read::render::pages_of(bytes.to_vec())?.into_iter().map(Picture::from).collect())
        }
        _ => Ok(Vec::new()),
    }
}
