//! What the program tesseract really recognises on pictures of our own specimens, good ones and bad ones; and that a program
//! that hangs, babbles or fails does no harm.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "helpers of tests")]

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::programs::{missing, program, run};
use crate::support::paper::encoded;
use crate::support::{face, yuan};
use image::{GrayImage, ImageFormat, Luma};
use invoice_core::money::Money;
use invoice_core::received::ReceivedField as F;
use invoice_core::received::{Evidence, ReceivedKind};
use invoice_providers::document::pdf::{self, PdfFont};
use invoice_providers::document::recognition::{
    self, Doubt, Layout, Picture, RecognizedFields, Recognizer, Tesseract,
};
use invoice_providers::document::{DocumentCode, InvoiceFace};
use invoice_validate::uscc;

/// The program, the font and pdftoppm; loudly nothing where one is missing.
fn tools() -> Option<(Tesseract, PdfFont)> {
    let Ok(font) = PdfFont::find() else {
        missing("a font with Chinese characters");
        return None;
    };
    program("pdftoppm")?;
    match Tesseract::find() {
        Ok(tesseract) => Some((tesseract, font)),
        Err(error) => {
            assert_eq!(error.code(), DocumentCode::RecognizerMissing);
            missing("tesseract with chi_sim");
            None
        }
    }
}

/// A specimen whose tax IDs pass their check.
fn specimen(rows: usize) -> InvoiceFace {
    let mut face = face(rows);
    let inner = uscc::organisation::check_character("MA5EXAMP").unwrap();
    let body = format!("91440300MA5EXAMP{inner}");
    face.seller.tax_id = Some(format!("{body}{}", uscc::check_character(&body).unwrap()));
    face
}

/// A rendered page, as another program draws it.
fn drawn(name: &str, face: &InvoiceFace, font: &PdfFont, dots: u32) -> GrayImage {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("document_tesseract");
    std::fs::create_dir_all(&folder).unwrap();
    let pdf = folder.join(format!("{name}.pdf"));
    std::fs::write(&pdf, pdf::write(face, font).unwrap()).unwrap();
    let png = folder.join(name);
    let arguments = [
        "-png",
        "-gray",
        "-singlefile",
        "-r",
        &dots.to_string(),
        pdf.to_str().unwrap(),
        png.to_str().unwrap(),
    ];
    run(&program("pdftoppm").unwrap(), &arguments);
    image::open(png.with_extension("png")).unwrap().into_luma8()
}

fn map(picture: &GrayImage, pixel: impl Fn(u32, u32) -> u8) -> GrayImage {
    GrayImage::from_fn(picture.width(), picture.height(), |x, y| Luma([pixel(x, y)]))
}

/// Turned by a degree around its middle: sine and cosine in 65,536ths.
fn turned(picture: &GrayImage) -> GrayImage {
    const SINE: i64 = 1_144;
    const COSINE: i64 = 65_526;
    let (half_x, half_y) = (i64::from(picture.width() / 2), i64::from(picture.height() / 2));
    map(picture, |x, y| {
        let (x, y) = (i64::from(x) - half_x, i64::from(y) - half_y);
        let (from_x, from_y) = (x * COSINE + y * SINE, y * COSINE - x * SINE);
        // Between four pixels, in 256ths.
        let (left, top) = ((from_x >> 16) + half_x, (from_y >> 16) + half_y);
        let (right, below) = ((from_x >> 8) & 255, (from_y >> 8) & 255);
        let at = |x: i64, y: i64| {
            let place = u32::try_from(x).ok().zip(u32::try_from(y).ok());
            place
                .and_then(|(x, y)| picture.get_pixel_checked(x, y))
                .map_or(255, |pixel| i64::from(pixel.0[0]))
        };
        let upper = at(left, top) * (256 - right) + at(left + 1, top) * right;
        let lower = at(left, top + 1) * (256 - right) + at(left + 1, top + 1) * right;
        u8::try_from((upper * (256 - below) + lower * below) >> 16).unwrap()
    })
}

/// The mean of nine pixels.
fn blurred(picture: &GrayImage) -> GrayImage {
    map(picture, |x, y| {
        let at = |dx: u32, dy: u32| {
            let (x, y) = ((x + dx).saturating_sub(1), (y + dy).saturating_sub(1));
            picture.get_pixel_checked(x, y).map_or(255, |pixel| u32::from(pixel.0[0]))
        };
        let sum: u32 = (0..9).map(|n| at(n % 3, n / 3)).sum();
        u8::try_from(sum / 9).unwrap()
    })
}

/// Up to 40 of 255 added or taken away, always the same.
fn noisy(picture: &GrayImage) -> GrayImage {
    map(picture, |x, y| {
        let mixed = (x.wrapping_mul(0x9E37_79B9) ^ y.wrapping_mul(0x85EB_CA6B)).wrapping_mul(0xC2B2_AE35);
        let change = i32::try_from((mixed >> 20) % 81).unwrap() - 40;
        u8::try_from((i32::from(picture.get_pixel(x, y).0[0]) + change).clamp(0, 255)).unwrap()
    })
}

/// Ink at 110 on paper at 170.
fn faded(picture: &GrayImage) -> GrayImage {
    map(picture, |x, y| u8::try_from(110 + u32::from(picture.get_pixel(x, y).0[0]) * 60 / 255).unwrap())
}

/// Through a JPEG of the usual quality.
fn packed(picture: &GrayImage) -> GrayImage {
    image::load_from_memory(&encoded(picture, ImageFormat::Jpeg)).unwrap().into_luma8()
}

fn readings(tesseract: &Tesseract, picture: &GrayImage) -> [RecognizedFields; 2] {
    let picture = Picture::from_pixels(picture.width(), picture.height(), picture.as_raw().clone()).unwrap();
    [Layout::Block, Layout::Page].map(|layout| {
        RecognizedFields::of(&tesseract.clone().with_layout(layout).recognize(&picture).unwrap())
    })
}

/// What is right on a picture: the field and its text.
fn printed(face: &InvoiceFace) -> Vec<(F, String)> {
    let amount = |amount: Option<Money>| amount.unwrap().to_string();
    vec![
        (F::Number, face.number.to_string()),
        (F::Kind, face.kind.unwrap().to_string()),
        (F::Date, face.issued_on.unwrap().to_string()),
        (F::Net, amount(face.net)),
        (F::Tax, amount(face.tax)),
        (F::Gross, amount(face.gross)),
        (F::SellerName, face.seller.name.clone().unwrap()),
        (F::SellerTaxId, face.seller.tax_id.clone().unwrap()),
        (F::BuyerName, face.buyer.name.clone().unwrap()),
        (F::BuyerTaxId, face.buyer.tax_id.clone().unwrap()),
    ]
}

/// Whether somebody who reads the doubts would look at a field.
fn is_doubted(fields: &RecognizedFields, field: F) -> bool {
    let amount = matches!(field, F::Net | F::Tax | F::Gross);
    fields.doubts().iter().any(|doubt| match doubt {
        Doubt::AmountsDoNotSum => amount,
        Doubt::CapitalsDiffer => field == F::Gross,
        Doubt::YearDiffers => matches!(field, F::Number | F::Date),
        Doubt::Repaired(of) | Doubt::CheckFails(of) | Doubt::ReadingsDiffer(of) => *of == field,
        _ => false,
    })
}

/// Below this somebody should look in any case.
const UNSURE: u8 = 60;

/// Good pictures and bad ones, with 200 and 300 dots an inch. Of each field what is right, what is missing, and what is wrong:
/// wrong only where it is doubted or unsure.
#[test]
fn what_is_recognised_is_right_or_doubtful_on_good_and_bad_pictures() {
    let Some((tesseract, font)) = tools() else { return };
    let face = specimen(3);
    let printed = printed(&face);
    let mut wrong = Vec::new();
    for dots in [200, 300] {
        let page = drawn(&format!("page{dots}"), &face, &font, dots);
        let pictures = [
            ("as drawn", page.clone(), 9),
            ("turned by a degree", turned(&page), 9),
            ("blurred", blurred(&page), 9),
            ("noisy", noisy(&page), 7),
            ("faded", faded(&page), 8),
            ("packed as JPEG", packed(&page), 9),
            ("all of this", packed(&faded(&noisy(&blurred(&turned(&page))))), 7),
        ];
        // Large pictures take long: the best and the worst will do.
        let looked_at = |name: &str| dots == 200 || matches!(name, "as drawn" | "all of this");
        for (name, picture, fewest) in pictures.into_iter().filter(|(name, ..)| looked_at(name)) {
            let [block, page] = readings(&tesseract, &picture);
            let fields = block.also(page);
            let mut right = Vec::new();
            for (field, text) in &printed {
                match fields.get(*field) {
                    Some(read) if read.text() == text => right.push(*field),
                    Some(read) if read.confidence() >= UNSURE && !is_doubted(&fields, *field) => {
                        wrong.push(format!("{dots} {name}: {} is {}", field.as_str(), read.text()));
                    }
                    _ => {}
                }
            }
            eprintln!(
                "{dots} dots, {name}: {} of {} right, {:?}",
                right.len(),
                printed.len(),
                fields.doubts()
            );
            assert!(right.len() >= fewest, "{dots} {name}: {right:?} of {fields:?}");
            // What can be checked by itself is there in every picture.
            assert!(right.contains(&F::BuyerTaxId) && right.contains(&F::Date), "{dots} {name}: {right:?}");
        }
    }
    assert!(wrong.is_empty(), "wrong, and nobody would look: {wrong:#?}");
}

/// A whole picture with code and text: the code's fields are the code's, the rest is recognised.
#[test]
fn the_code_wins_and_the_text_says_the_rest() {
    let Some((tesseract, font)) = tools() else { return };
    let face = specimen(2);
    let page = tesseract.clone().with_layout(Layout::Page);
    let picture = encoded(&drawn("whole", &face, &font, 200), ImageFormat::Png);
    let read = recognition::read(&picture, &[&tesseract, &page]).unwrap();
    let invoice = &read.invoice;
    assert_eq!((invoice.number(), invoice.kind()), (&face.number, ReceivedKind::DigitalOrdinary));
    assert_eq!(invoice.gross(), face.gross);
    for field in [F::Number, F::Gross, F::Date] {
        assert_eq!(invoice.evidence(field), Some(Evidence::QrCode), "{field:?}");
    }
    assert_eq!((invoice.net(), invoice.tax()), (face.net, face.tax));
    assert_eq!(invoice.buyer_tax_id(), face.buyer.tax_id.as_deref());
    for field in [F::Net, F::BuyerTaxId, F::BuyerName] {
        assert_eq!(invoice.evidence(field), Some(Evidence::Text), "{field:?}");
    }
    // A page whose text says another total than its code, as nobody but a forger makes it.
    let mut forged = face.clone();
    forged.gross = Some(yuan("998.00"));
    let mut drawn_over = drawn("forged", &forged, &font, 200);
    let code = drawn("honest", &face, &font, 200);
    let millimetre = code.width() / 210;
    image::imageops::replace(
        &mut drawn_over,
        &image::imageops::crop_imm(&code, 0, 0, 30 * millimetre, 28 * millimetre).to_image(),
        0,
        0,
    );
    let forged = recognition::read(&encoded(&drawn_over, ImageFormat::Png), &[&tesseract, &page]).unwrap();
    assert_eq!(forged.invoice.gross(), face.gross);
    assert!(forged.invoice.is_disputed(F::Gross), "{:?}", forged.invoice);
    assert!(forged.fields.doubts().contains(&Doubt::AmountsDoNotSum), "{:?}", forged.fields.doubts());
}

/// A PDF that is nothing but a scan: its page is drawn, then recognised.
#[cfg(feature = "render")]
#[test]
fn a_scan_in_a_pdf_is_recognised() {
    use lopdf::{Dictionary, Document, Object, Stream, dictionary};
    let Some((tesseract, font)) = tools() else { return };
    let face = specimen(1);
    let mut picture = drawn("scanned", &face, &font, 200);
    // Without its code, as it is where a stamp lies over it.
    let millimetre = picture.width() / 210;
    for (x, y) in (0..30 * millimetre).flat_map(|x| (0..29 * millimetre).map(move |y| (x, y))) {
        picture.put_pixel(x, y, Luma([255]));
    }
    let mut document = Document::with_version("1.7");
    let scan = document.add_object(
        Stream::new(
            dictionary! {
                "Type" => "XObject", "Subtype" => "Image", "Width" => i64::from(picture.width()),
                "Height" => i64::from(picture.height()), "BitsPerComponent" => 8, "ColorSpace" => "DeviceGray",
                "Filter" => "DCTDecode",
            },
            encoded(&picture, ImageFormat::Jpeg),
        )
        .with_compression(false),
    );
    let (width, height) = (595, 595 * i64::from(picture.height()) / i64::from(picture.width()));
    let drawing = format!("q {width} 0 0 {height} 0 0 cm /Im Do Q");
    let contents = document.add_object(Stream::new(Dictionary::new(), drawing.into_bytes()));
    let tree = document.new_object_id();
    let page = document.add_object(dictionary! {
        "Type" => "Page", "Parent" => tree, "Contents" => contents,
        "Resources" => dictionary! { "XObject" => dictionary! { "Im" => scan } },
        "MediaBox" => vec![0.into(), 0.into(), width.into(), height.into()],
    });
    let pages = dictionary! { "Type" => "Pages", "Kids" => vec![page.into()], "Count" => 1 };
    document.objects.insert(tree, Object::Dictionary(pages));
    let catalog = document.add_object(dictionary! { "Type" => "Catalog", "Pages" => tree });
    document.trailer.set("Root", catalog);
    let mut bytes = Vec::new();
    document.save_to(&mut bytes).unwrap();

    let layouts = [tesseract.clone(), tesseract.with_layout(Layout::Page)];
    let read = recognition::read(&bytes, &[&layouts[0], &layouts[1]]).unwrap();
    assert_eq!(read.invoice.number(), &face.number);
    assert_eq!((read.invoice.net(), read.invoice.gross()), (face.net, face.gross));
    assert_eq!(read.invoice.evidence(F::Number), Some(Evidence::Text));
}

/// A program that is a script: what it does when it is asked for a picture.
fn script(name: &str, picture: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("document_tesseract");
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join(name);
    let listed = "[ \"$1\" = --list-langs ] && { echo chi_sim; exit 0; }";
    std::fs::write(&path, format!("#!/bin/sh\n{listed}\n{picture}\n")).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    path
}

#[test]
fn a_program_that_hangs_babbles_or_fails_is_an_error_and_does_not_outlive_it() {
    const HEAD: &str = "printf 'level\\tpage_num\\n'";
    let picture = Picture::from_pixels(2_000, 2_000, vec![255; 4_000_000]).unwrap();
    let pid = Path::new(env!("CARGO_TARGET_TMPDIR")).join("document_tesseract/pid");
    let own = format!("echo $$ > {}", pid.display());
    for (name, does, want) in [
        // Neither reads what it is given nor ends.
        ("hangs", "exec sleep 1000".to_owned(), Err(DocumentCode::OutOfTime)),
        ("says it all and hangs", format!("{HEAD}; exec >&-; exec sleep 1000"), Err(DocumentCode::OutOfTime)),
        ("babbles", "exec yes".to_owned(), Err(DocumentCode::RecognizerFailed)),
        ("fails", format!("{HEAD}; exit 3"), Err(DocumentCode::RecognizerFailed)),
        ("fails silently", "exit 1".to_owned(), Err(DocumentCode::RecognizerFailed)),
        ("says nothing", "cat >/dev/null".to_owned(), Err(DocumentCode::RecognizerFailed)),
        ("no text", "cat >/dev/null; printf '\\377\\376'".to_owned(), Err(DocumentCode::RecognizerFailed)),
        ("sees nothing", format!("cat >/dev/null; {HEAD}"), Ok(0)),
        (
            "sees a word",
            format!("{HEAD}; printf '5\\t1\\t1\\t1\\t1\\t1\\t1\\t2\\t3\\t4\\t95.5\\tx\\n'"),
            Ok(1),
        ),
        // Only what it needs is in its environment.
        ("looks around", format!("[ -z \"$CARGO_MANIFEST_DIR$HOME\" ] || exit 1; {HEAD}"), Ok(0)),
    ] {
        let path = script(name, &format!("{own}\n{does}"));
        let begun = Instant::now();
        let tesseract = Tesseract::at(path).unwrap().with_patience(Duration::from_secs(3));
        let seen = tesseract.recognize(&picture).map(|words| words.len()).map_err(|error| error.code());
        assert_eq!(seen, want, "{name}");
        assert!(begun.elapsed() < Duration::from_secs(20), "{name}");
        let process = std::fs::read_to_string(&pid).unwrap();
        assert!(!Path::new("/proc").join(process.trim()).exists(), "{name} goes on");
    }
    let missing = |path: PathBuf| Tesseract::at(path).unwrap_err();
    assert_eq!(missing("/nowhere/tesseract".into()).code(), DocumentCode::RecognizerMissing);
    let path = script("another language", "");
    let listed = std::fs::read_to_string(&path).unwrap().replace("chi_sim", "eng");
    std::fs::write(&path, listed).unwrap();
    let error = missing(path);
    assert_eq!((error.code(), error.place()), (DocumentCode::RecognizerMissing, Some("chi_sim")));
    assert!(error.to_string().contains("tesseract-ocr-chi-sim"), "{error}");
}
