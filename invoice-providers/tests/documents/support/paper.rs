//! Pictures of codes, and PDF put together by hand.

use std::io::Cursor;

use image::{GrayImage, ImageFormat, Luma};
use lopdf::{Dictionary, Document, Object, Stream, dictionary};
use qrcode::{Color, QrCode};

/// What the code of an ordinary digital invoice says.
pub(crate) const PAYLOAD: &str = "01,32,,26332000004021728676,458.89,20260515,,3050";

/// A QR code as it is printed, with so many pixels a module and a margin.
pub(crate) fn code(payload: &str, scale: u32) -> GrayImage {
    let code = QrCode::new(payload).unwrap();
    let width = u32::try_from(code.width()).unwrap();
    let colors = code.to_colors();
    let side = (width + 8) * scale;
    GrayImage::from_fn(side, side, |x, y| {
        let (x, y) = ((x / scale).checked_sub(4), (y / scale).checked_sub(4));
        let inside = x.zip(y).filter(|(x, y)| *x < width && *y < width);
        let dark =
            inside.is_some_and(|(x, y)| colors[usize::try_from(y * width + x).unwrap()] == Color::Dark);
        Luma([if dark { 20 } else { 235 }])
    })
}

pub(crate) fn encoded(picture: &GrayImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

/// A PDF of one page with a line of text for each, and further objects.
pub(crate) struct Pdf {
    pub(crate) document: Document,
}

impl Pdf {
    pub(crate) fn new(lines: &[&str]) -> Self {
        Self::of(&[lines.iter().map(|line| format!("BT /F1 12 Tf 50 700 Td ({line}) Tj ET\n")).collect()])
    }

    /// Pages that draw this.
    pub(crate) fn of(pages: &[String]) -> Self {
        let mut document = Document::with_version("1.7");
        let font = document
            .add_object(dictionary! { "Type" => "Font", "Subtype" => "Type1", "BaseFont" => "Courier" });
        let tree = document.new_object_id();
        let mut kids = Vec::new();
        for drawn in pages {
            let contents = document.add_object(Stream::new(Dictionary::new(), drawn.clone().into_bytes()));
            let resources = dictionary! { "Font" => dictionary! { "F1" => font } };
            let page = document.add_object(dictionary! {
                "Type" => "Page", "Parent" => tree, "Contents" => contents, "Resources" => resources,
                "MediaBox" => vec![0.into(), 0.into(), 595.into(), 842.into()],
            });
            kids.push(Object::from(page));
        }
        let count = i64::try_from(kids.len()).unwrap();
        let pages = dictionary! { "Type" => "Pages", "Kids" => kids, "Count" => count };
        document.objects.insert(tree, Object::Dictionary(pages));
        let catalog = document.add_object(dictionary! { "Type" => "Catalog", "Pages" => tree });
        document.trailer.set("Root", catalog);
        Self { document }
    }

    /// Sets something in every page.
    pub(crate) fn paged(mut self, key: &str, value: &Object) -> Self {
        for object in self.document.objects.values_mut() {
            if let Object::Dictionary(page) = object
                && page.has_type(b"Page")
            {
                page.set(key, value.clone());
            }
        }
        self
    }

    /// An attachment without a word about its type, as rail tickets have it: known by its contents only.
    pub(crate) fn attached(mut self, bytes: &[u8]) -> Self {
        let mut stream = Stream::new(Dictionary::new(), bytes.to_vec());
        stream.compress().unwrap();
        let file = self.document.add_object(stream);
        let name = Object::string_literal("0");
        self.document.add_object(dictionary! { "F" => name, "EF" => dictionary! { "F" => file } });
        self
    }

    pub(crate) fn pictured(mut self, picture: &GrayImage) -> Self {
        let dictionary = dictionary! {
            "Type" => "XObject", "Subtype" => "Image", "Width" => i64::from(picture.width()),
            "Height" => i64::from(picture.height()), "BitsPerComponent" => 8, "ColorSpace" => "DeviceGray",
        };
        let mut stream = Stream::new(dictionary, picture.as_raw().clone());
        stream.compress().unwrap();
        self.document.add_object(stream);
        self
    }

    /// With a palette of two colours, `dark` being the number of the darker one, in so many bits.
    pub(crate) fn indexed(mut self, picture: &GrayImage, dark: u8, bits: u8) -> Self {
        let mut bytes = Vec::new();
        for line in picture.rows() {
            let numbers: Vec<u8> = line.map(|pixel| if pixel.0[0] < 128 { dark } else { 1 - dark }).collect();
            let packed = numbers.chunks(usize::from(8 / bits)).map(|chunk| {
                chunk.iter().zip(1..).fold(0, |byte, (number, place)| byte | number << (8 - bits * place))
            });
            bytes.extend(packed);
        }
        let dictionary = dictionary! {
            "Type" => "XObject", "Subtype" => "Image", "Width" => i64::from(picture.width()),
            "Height" => i64::from(picture.height()), "BitsPerComponent" => i64::from(bits),
        };
        self.document.add_object(Stream::new(dictionary, bytes));
        self
    }

    pub(crate) fn photographed(mut self, picture: &GrayImage) -> Self {
        let dictionary = dictionary! {
            "Type" => "XObject", "Subtype" => "Image", "Width" => i64::from(picture.width()),
            "Height" => i64::from(picture.height()), "BitsPerComponent" => 8, "Filter" => "DCTDecode",
        };
        self.document
            .add_object(Stream::new(dictionary, encoded(picture, ImageFormat::Jpeg)).with_compression(false));
        self
    }

    pub(crate) fn bytes(mut self) -> Vec<u8> {
        let mut bytes = Vec::new();
        self.document.save_to(&mut bytes).unwrap();
        bytes
    }
}
