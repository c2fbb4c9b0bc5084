//! PDF: attachments, pictures, the text layer, and with the feature `render` what is drawn. A PDF is read in a thread of its
//! own with a deep stack, and given up after a while: parsers of PDF have been made to recurse and to spin before.

use std::collections::BTreeSet;
use std::time::Duration;

use image::GrayImage;
use lopdf::{Document, LoadOptions, Object, ObjectId, Stream};

use super::fields::Fields;
use super::patience::{PATIENCE, within};
use super::picture;
use crate::document::face::InvoiceFace;
use crate::document::xml::{self, tree::Element};
use crate::document::{DocumentCode, DocumentError};

/// Most bytes of one stream, unpacked.
pub(super) const MAX_STREAM: usize = 32 * 1024 * 1024;
/// Most attachments and pictures that are looked at.
const MAX_STREAMS: usize = 64;
/// Most pages whose text is read, and objects that a file may have.
const MAX_PAGES: usize = 200;
const MAX_OBJECTS: usize = 200_000;

/// What a PDF says.
#[derive(Default)]
struct Read {
    face: Option<InvoiceFace>,
    codes: Vec<String>,
    text: String,
}

/// Reads a PDF.
pub(super) fn read(bytes: Vec<u8>, fields: &mut Fields) -> Result<(), DocumentError> {
    #[cfg(feature = "render")]
    let drawn = |document| {
        let pages = super::render::pages(document, super::render::Purpose::Codes);
        pages.flat_map(picture::in_grey).find(|code| is_ours(code))
    };
    #[cfg(not(feature = "render"))]
    let drawn = |_| None;
    let read = read_and_draw(bytes, PATIENCE, drawn)?;
    if let Some(face) = &read.face {
        fields.face(face);
    }
    fields.codes(&read.codes);
    fields.text(&read.text);
    Ok(())
}

/// What can be read, then, where no code of an invoice was among it, what is seen once it is drawn: whether that works or
/// not, the rest was read.
fn read_and_draw(
    bytes: Vec<u8>,
    patience: Duration,
    drawn: impl FnOnce(Document) -> Option<String> + Send + 'static,
) -> Result<Read, DocumentError> {
    let (mut read, document) = within(PATIENCE, move || read_here(&bytes))?;
    if !read.codes.iter().any(|code| is_ours(code)) {
        // Not drawn is as without a code.
        read.codes.extend(within(patience, move || Ok(drawn(document))).ok().flatten());
    }
    Ok(read)
}

fn is_ours(code: &str) -> bool {
    invoice_validate::qr::is_valid(code)
}

/// The objects of a file that is not encrypted, and the numbers of its pages.
pub(super) fn open(bytes: &[u8]) -> Result<(Document, Vec<u32>), DocumentError> {
    let broken = |error| DocumentError::new(DocumentCode::PdfBroken).because(error);
    let options = LoadOptions::with_max_decompressed_size(MAX_STREAM);
    let document = match Document::load_mem_with_options(bytes, options) {
        Ok(document) => document,
        Err(lopdf::Error::InvalidPassword | lopdf::Error::Decryption(_)) => {
            return Err(DocumentCode::PdfEncrypted.into());
        }
        Err(error) => return Err(broken(error)),
    };
    if document.is_encrypted() {
        return Err(DocumentCode::PdfEncrypted.into());
    }
    let pages: Vec<u32> = document.get_pages().into_keys().collect();
    if document.objects.len() > MAX_OBJECTS || pages.len() > MAX_PAGES {
        return Err(DocumentCode::PdfTooMany.into());
    }
    Ok((document, pages))
}

fn read_here(bytes: &[u8]) -> Result<(Read, Document), DocumentError> {
    let (document, pages) = open(bytes)?;
    let mut read = Read { face: attached(&document)?, ..Read::default() };
    for stream in pictures(&document) {
        read.codes.extend(codes(stream));
    }
    // A page without readable text may have a picture or an attachment all the same.
    let texts = document.extract_text_chunks_with_limit(&pages, MAX_STREAM);
    read.text = texts.into_iter().flatten().collect::<Vec<_>>().concat();
    Ok((read, document))
}

/// The first attachment that is an invoice. Whatever its name: seen were `0` and names of taxonomies.
fn attached(document: &Document) -> Result<Option<InvoiceFace>, DocumentError> {
    for stream in attachments(document).into_iter().take(MAX_STREAMS) {
        let Ok(bytes) = stream.get_plain_content_with_limit(MAX_STREAM) else { continue };
        let opening = bytes.iter().find(|byte| !byte.is_ascii_whitespace());
        if bytes.len() > xml::MAX_BYTES || !matches!(opening, Some(b'<' | 0xef)) {
            continue;
        }
        match Element::parse(&bytes).and_then(|root| xml::face(&root)) {
            Ok(face) => return Ok(Some(face)),
            Err(error) if error.code() == DocumentCode::NotAnInvoice => {}
            Err(error) => return Err(error.at("attachment")),
        }
    }
    Ok(None)
}

fn attachments(document: &Document) -> Vec<&Stream> {
    let mut ids: BTreeSet<ObjectId> = BTreeSet::new();
    for (id, object) in &document.objects {
        match object {
            Object::Stream(stream) if stream.dict.has_type(b"EmbeddedFile") => {
                ids.insert(*id);
            }
            Object::Dictionary(file) => {
                let embedded = file.get(b"EF").ok().and_then(|files| files.as_dict().ok());
                let files = embedded.into_iter().flat_map(|files| files.iter());
                ids.extend(files.filter_map(|(_, file)| file.as_reference().ok()));
            }
            _ => {}
        }
    }
    ids.into_iter().filter_map(|id| document.get_object(id).ok()?.as_stream().ok()).collect()
}

fn pictures(document: &Document) -> impl Iterator<Item = &Stream> {
    let streams = document.objects.values().filter_map(|object| object.as_stream().ok());
    let is_picture = |stream: &&Stream| {
        stream.dict.get(b"Subtype").and_then(Object::as_name).is_ok_and(|name| name == b"Image")
    };
    streams.filter(is_picture).take(MAX_STREAMS)
}

/// QR codes in a picture on a page: a JPEG, or pixels of one component or of RGB. Others are not looked at. Where colours
/// come from a palette the darker one may have the higher number.
fn codes(stream: &Stream) -> Vec<String> {
    let last = stream.filters().ok().and_then(|filters| filters.last().map(|filter| filter.to_vec()));
    if last.as_deref() == Some(b"DCTDecode") {
        return picture::codes(&stream.content).unwrap_or_default();
    }
    let Some(mut grey) = grey(stream) else { return Vec::new() };
    let found = picture::in_grey(grey.clone());
    if !found.is_empty() {
        return found;
    }
    grey.iter_mut().for_each(|pixel| *pixel = u8::MAX - *pixel);
    picture::in_grey(grey)
}

fn grey(stream: &Stream) -> Option<GrayImage> {
    let number = |key: &[u8]| stream.dict.get(key).ok().and_then(|value| value.as_i64().ok());
    let (width, height) = (u32::try_from(number(b"Width")?).ok()?, u32::try_from(number(b"Height")?).ok()?);
    if u64::from(width) * u64::from(height) > picture::MAX_PIXELS {
        return None;
    }
    // A mask has one bit and does not say so.
    let bits = usize::try_from(number(b"BitsPerComponent").unwrap_or(1)).ok()?;
    let bytes = stream.get_plain_content_with_limit(MAX_STREAM).ok()?;
    let (columns, lines) = (usize::try_from(width).ok()?, usize::try_from(height).ok()?);
    let line = columns.checked_mul(bits)?.div_ceil(8);
    let mut pixels: Vec<u8> = if bits == 8 && bytes.len() >= columns * lines * 3 {
        // Green carries most of what the eye calls light.
        bytes.chunks_exact(3).take(columns * lines).filter_map(|rgb| rgb.get(1).copied()).collect()
    } else if matches!(bits, 1 | 2 | 4 | 8) && bytes.len() >= line * lines {
        let pixel = |y: usize, x: usize| {
            let byte = bytes.get(y * line + x * bits / 8)?;
            let shift = 8 - bits - x * bits % 8;
            Some(byte >> shift & (u8::MAX >> (8 - bits)))
        };
        let all = (0..lines).flat_map(|y| (0..columns).map(move |x| (y, x)));
        all.map(|(y, x)| pixel(y, x)).collect::<Option<_>>()?
    } else {
        return None;
    };
    stretch(&mut pixels);
    GrayImage::from_raw(width, height, pixels)
}

/// From black to white, whatever numbers there are: those of a palette may be 0 and 1.
fn stretch(pixels: &mut [u8]) {
    let (Some(low), Some(high)) = (pixels.iter().min().copied(), pixels.iter().max().copied()) else {
        return;
    };
    let range = u16::from(high - low).max(1);
    for pixel in pixels {
        let wide = u16::from(*pixel - low) * u16::from(u8::MAX) / range;
        *pixel = u8::try_from(wide).unwrap_or(u8::MAX);
    }
}

#[cfg(test)]
mod tests {
    use lopdf::{Dictionary, dictionary};

    use super::*;

    fn saying(text: &str) -> Vec<u8> {
        let mut document = Document::with_version("1.7");
        let font = document
            .add_object(dictionary! { "Type" => "Font", "Subtype" => "Type1", "BaseFont" => "Courier" });
        let drawing = format!("BT /F1 12 Tf 50 700 Td ({text}) Tj ET");
        let contents = document.add_object(Stream::new(Dictionary::new(), drawing.into_bytes()));
        let tree = document.new_object_id();
        let page = document.add_object(dictionary! {
            "Type" => "Page", "Parent" => tree, "Contents" => contents,
            "Resources" => dictionary! { "Font" => dictionary! { "F1" => font } },
        });
        let pages = dictionary! { "Type" => "Pages", "Kids" => vec![page.into()], "Count" => 1 };
        document.objects.insert(tree, Object::Dictionary(pages));
        let catalog = document.add_object(dictionary! { "Type" => "Catalog", "Pages" => tree });
        document.trailer.set("Root", catalog);
        let mut bytes = Vec::new();
        document.save_to(&mut bytes).unwrap();
        bytes
    }

    /// Whoever draws may panic or spin: what was read before stays read.
    #[test]
    fn a_page_that_cannot_be_drawn_is_read_all_the_same() {
        let bytes = saying("26332000004021728676");
        let read = |patience, drawn: fn(Document) -> Option<String>| {
            read_and_draw(bytes.clone(), patience, drawn).unwrap()
        };
        let good = read(PATIENCE, |_| Some("seen".to_owned()));
        assert_eq!(good.codes, ["seen"]);
        let broken = read(PATIENCE, |_| panic!("while drawing"));
        assert!(broken.text.contains("26332000004021728676") && broken.codes.is_empty());

        let slow = read(Duration::from_millis(10), |_| {
            std::thread::sleep(Duration::from_millis(200));
            Some("too late".to_owned())
        });
        assert!(slow.text.contains("26332000004021728676") && slow.codes.is_empty());
    }
}
