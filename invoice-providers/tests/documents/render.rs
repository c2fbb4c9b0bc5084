//! Pages of PDF that are drawn: codes that are lines, and what is not drawn because nobody knows how large it becomes.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "helpers of tests")]

use crate::support::paper::{PAYLOAD, Pdf, code};
use crate::support::{face, is_alone, memory, yuan};
use invoice_core::received::{Evidence, ReceivedField, ReceivedInvoice, ReceivedKind};
use invoice_providers::document::DocumentCode;
use invoice_providers::document::read;
use lopdf::{Object, Stream, dictionary};

fn read(bytes: &[u8]) -> Result<ReceivedInvoice, DocumentCode> {
    read::read(bytes).map_err(|error| error.code())
}

/// A QR code as rectangles, each module so many points wide.
fn rectangles(payload: &str, module: u32) -> String {
    let picture = code(payload, 1);
    let dark = picture.enumerate_pixels().filter(|(.., pixel)| pixel.0[0] < 128);
    let rectangle =
        |(x, y, _): (u32, u32, _)| format!("{} {} {module} {module} re\n", 50 + x * module, 800 - y * module);
    format!("0 0 0 rg\n{}f\n", dark.map(rectangle).collect::<String>())
}

#[test]
fn qr_codes_that_a_page_draws_are_read() {
    let empty = || String::from("0 0 1 rg 0 0 595 842 re f\n");
    let drawn = || rectangles(PAYLOAD, 2);
    for (name, pages, found) in [
        ("alone", vec![drawn()], true),
        ("large", vec![rectangles(PAYLOAD, 9)], true),
        ("on the second page", vec![empty(), drawn()], true),
        ("beyond what is drawn", vec![empty(), empty(), empty(), empty(), drawn()], false),
        ("another code before it", vec![rectangles("https://example.org", 2), drawn()], true),
        ("as ink of the same colour", vec![drawn().replace("0 0 0 rg", "1 1 1 rg")], false),
    ] {
        let read = read(&Pdf::of(&pages).bytes());
        if !found {
            assert_eq!(read, Err(DocumentCode::NoInvoice), "{name}");
            continue;
        }
        let invoice = read.unwrap_or_else(|code| panic!("{name}: {code:?}"));
        assert_eq!(invoice.number().as_str(), "26332000004021728676", "{name}");
        assert_eq!(invoice.gross(), Some(yuan("458.89")), "{name}");
        assert_eq!(invoice.evidence(ReceivedField::Gross), Some(Evidence::QrCode), "{name}");
    }
    for turn in [90, 180, 270] {
        let turned = Pdf::of(&[drawn()]).paged("Rotate", &Object::from(turn));
        assert_eq!(read(&turned.bytes()).unwrap().kind(), ReceivedKind::DigitalOrdinary, "{turn}");
    }
}

#[test]
fn a_drawn_code_wins_over_the_text_beside_it() {
    let text = "BT /F1 12 Tf 50 700 Td (26332000004021728677 2026-05-15) Tj ET\n";
    let both = Pdf::of(&[rectangles(PAYLOAD, 2) + text]);
    let invoice = read(&both.bytes()).unwrap();
    assert_eq!(invoice.number().as_str(), "26332000004021728676");
    assert_eq!(invoice.evidence(ReceivedField::Number), Some(Evidence::QrCode));
    assert!(invoice.is_disputed(ReceivedField::Number));
}

/// Pages of impossible sizes, and pictures that say that they are larger than any memory: not drawn, and no harm.
#[test]
fn pages_that_cannot_be_drawn_are_left_out() {
    if !is_alone("render::pages_that_cannot_be_drawn_are_left_out") {
        return;
    }
    let drawn = rectangles(PAYLOAD, 2);
    let sizes: [[f32; 4]; 6] = [
        [0.0, 0.0, 1.0e9, 1.0e9],
        [0.0, 0.0, 0.0, 0.0],
        [0.0, 0.0, 1.0e-9, 1.0e9],
        [0.0, 0.0, -5.0, 1.0e20],
        [f32::MIN, f32::MIN, f32::MAX, f32::MAX],
        [5.0e8, 5.0e8, 5.0e8, 5.0e8],
    ];
    for size in sizes {
        let sides = size.map(Object::Real).to_vec();
        let pdf = Pdf::of(std::slice::from_ref(&drawn)).paged("MediaBox", &Object::Array(sides));
        // Whoever draws may take another size instead.
        let read = read(&pdf.bytes());
        assert!(matches!(read, Ok(_) | Err(DocumentCode::NoInvoice)), "{size:?}: {read:?}");
    }
    let before = memory("VmHWM:");
    for filter in ["JBIG2Decode", "JPXDecode", "CCITTFaxDecode", "DCTDecode", "FlateDecode", ""] {
        let mut pdf = Pdf::of(&["q 500 0 0 500 0 0 cm /Im Do Q\n".to_owned() + &drawn]);
        let mut picture = dictionary! {
            "Type" => "XObject", "Subtype" => "Image", "Width" => 60_000, "Height" => 60_000,
            "BitsPerComponent" => 8, "ColorSpace" => "DeviceRGB",
        };
        if !filter.is_empty() {
            picture.set("Filter", filter);
        }
        let picture = pdf.document.add_object(Stream::new(picture, vec![0; 100]).with_compression(false));
        let pdf = pdf.paged(
            "Resources",
            &Object::Dictionary(dictionary! { "XObject" => dictionary! { "Im" => picture } }),
        );
        let invoice = read(&pdf.bytes()).unwrap_or_else(|code| panic!("{filter}: {code:?}"));
        assert_eq!(invoice.evidence(ReceivedField::Number), Some(Evidence::QrCode), "{filter}");
    }
    for (inline, is_drawn) in [
        ("BI /W 3 /H 3 /BPC 8 /CS /G ID 012345678 EI", true),
        ("BI /W 60000 /H 60000 /BPC 8 /CS /RGB ID 0123456789 EI", false),
        ("BI/W 60000/H 60000/BPC 1/CS/G/F/Fl ID 0123456789 EI", false),
        ("BI /#57 60000 /H 60000 /BPC 1 /CS /G ID 0123456789 EI", false),
        ("BI /W 3 /H 3 /W 60000 /H 60000 /BPC 1 /CS /G ID 0123456789 EI", false),
        ("BI /W 3 /H 3 /F /DCT ID 0123456789 EI", false),
        ("BI /W 1 /H 1 /BPC 1 /CS /G /X /ID /W 60000 /H 60000 ID x EI", false),
        ("BI /W 60000", false),
    ] {
        let page = format!("q 0 0 0 0 0 0 cm {inline} Q\n{drawn}");
        let read = read(&Pdf::of(&[page]).bytes());
        assert_eq!(read.is_ok(), is_drawn, "{inline}");
    }
    let grown = memory("VmHWM:").saturating_sub(before) / 1_024;
    assert!(grown < 1_500, "drawing took {grown} MB");
}

/// Pictures whose short names say another size than the long ones, which are checked elsewhere; and a fax of many columns.
#[test]
fn pictures_of_two_sizes_are_left_out() {
    if !is_alone("render::pictures_of_two_sizes_are_left_out") {
        return;
    }
    let drawn = rectangles(PAYLOAD, 2);
    let before = memory("VmHWM:");
    let wide = dictionary! { "K" => -1, "Columns" => 2_000_000_000 };
    let ways: [&[(&str, Object)]; 4] = [
        &[("W", 60_000.into()), ("H", 60_000.into())],
        &[("F", "CCITTFaxDecode".into()), ("DP", Object::Dictionary(wide.clone()))],
        &[("Filter", "CCITTFaxDecode".into()), ("DecodeParms", Object::Dictionary(wide))],
        &[("Filter", "CCITTFaxDecode".into()), ("Height", 40_000_000.into())],
    ];
    for way in ways {
        let mut picture = dictionary! {
            "Type" => "XObject", "Subtype" => "Image", "Width" => 1, "Height" => 1, "BitsPerComponent" => 1,
            "ColorSpace" => "DeviceGray",
        };
        for (key, value) in way {
            picture.set(*key, value.clone());
        }
        let mut pdf = Pdf::of(&["q 5 0 0 5 0 0 cm /Im Do Q\n".to_owned() + &drawn]);
        let picture = pdf.document.add_object(Stream::new(picture, vec![0; 100]).with_compression(false));
        let named = dictionary! { "XObject" => dictionary! { "Im" => picture } };
        let invoice = read(&pdf.paged("Resources", &Object::Dictionary(named)).bytes());
        assert_eq!(invoice.unwrap().evidence(ReceivedField::Number), Some(Evidence::QrCode), "{way:?}");
    }
    let grown = memory("VmHWM:").saturating_sub(before) / 1_024;
    assert!(grown < 300, "drawing took {grown} MB");
}

/// A scan in two stripes, of which neither shows the code. Their pixels look like the beginning of a picture.
#[test]
fn scans_are_drawn_whatever_their_pixels_look_like() {
    let whole = code(PAYLOAD, 8);
    let (width, height) = whole.dimensions();
    let mut pdf = Pdf::of(&["q 300 0 0 150 50 450 cm /A Do Q q 300 0 0 150 50 300 cm /B Do Q\n".to_owned()]);
    let mut named = lopdf::Dictionary::new();
    for (name, from) in [("A", 0), ("B", height / 2)] {
        let mut pixels = image::imageops::crop_imm(&whole, 0, from, width, height / 2).to_image().into_raw();
        pixels[..4].copy_from_slice(b" BI ");
        let dictionary = dictionary! {
            "Type" => "XObject", "Subtype" => "Image", "Width" => i64::from(width), "Height" => i64::from(height / 2),
            "BitsPerComponent" => 8, "ColorSpace" => "DeviceGray",
        };
        let mut stripe = Stream::new(dictionary, pixels);
        stripe.compress().unwrap();
        named.set(name, pdf.document.add_object(stripe));
    }
    let resources = dictionary! { "XObject" => named };
    let invoice = read(&pdf.paged("Resources", &Object::Dictionary(resources)).bytes()).unwrap();
    assert_eq!(invoice.evidence(ReceivedField::Number), Some(Evidence::QrCode));
}

/// Thirty forms of which each draws the next twice: the page would be drawn for years, and what is attached is read.
#[test]
fn what_is_drawn_without_end_is_not_drawn_and_the_rest_is_read() {
    let begun = std::time::Instant::now();
    let face = face(1);
    let attached = |forms: usize| {
        let mut pdf = Pdf::of(&["/F Do\n".to_owned() + &rectangles(PAYLOAD, 2)]);
        let mut form = None;
        for _ in 0..forms {
            let named =
                form.map_or_else(lopdf::Dictionary::new, |next: lopdf::ObjectId| dictionary! { "F" => next });
            let drawing = if form.is_some() { "/F Do /F Do" } else { "0 0 1 1 re f" };
            let dictionary = dictionary! {
                "Type" => "XObject", "Subtype" => "Form", "BBox" => vec![0.into(), 0.into(), 9.into(), 9.into()],
                "Resources" => dictionary! { "XObject" => named },
            };
            form = Some(pdf.document.add_object(Stream::new(dictionary, drawing.as_bytes().to_vec())));
        }
        let named = dictionary! { "XObject" => dictionary! { "F" => form.unwrap() } };
        pdf.paged("Resources", &Object::Dictionary(named))
    };
    // Few are drawn, and the code beside them is seen.
    let few = read(&attached(5).bytes()).unwrap();
    assert_eq!(few.evidence(ReceivedField::Number), Some(Evidence::QrCode));
    let many = read(&attached(30).attached(&invoice_providers::document::xml::write(&face)).bytes()).unwrap();
    assert_eq!(many.number(), &face.number);
    assert_eq!(many.evidence(ReceivedField::Number), Some(Evidence::Structured));
    assert_eq!(read(&attached(30).bytes()), Err(DocumentCode::NoInvoice));
    assert!(begun.elapsed().as_secs() < 30, "{:?}", begun.elapsed());
}
