//! Reading what arrives: every format, the evidence of each field, what is hostile, and whole folders.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "helpers of tests")]

use std::io::Cursor;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use crate::support::paper::{PAYLOAD, Pdf, code, encoded};
use crate::support::{face, is_alone, memory, yuan};
use image::{GrayImage, ImageFormat, Luma, imageops};
use invoice_core::received::{Evidence, ReceivedField, ReceivedInvoice, ReceivedKind, SourceFormat};
use invoice_providers::document::read::{self, Found, ImportCounts, format_of};
use invoice_providers::document::{DocumentCode, ofd, xml};
use lopdf::Object;
use proptest::prelude::*;

fn read(bytes: &[u8]) -> Result<ReceivedInvoice, DocumentCode> {
    read::read(bytes).map_err(|error| error.code())
}

#[test]
fn structured_files_are_read_whole() {
    let face = face(3);
    for (bytes, format) in
        [(xml::write(&face), SourceFormat::Xml), (ofd::write(&face).unwrap(), SourceFormat::Ofd)]
    {
        assert_eq!(format_of(&bytes), Some(format));
        let invoice = read(&bytes).unwrap();
        assert_eq!((invoice.number(), invoice.kind()), (&face.number, ReceivedKind::DigitalOrdinary));
        assert_eq!((invoice.net(), invoice.tax(), invoice.gross()), (face.net, face.tax, face.gross));
        assert_eq!(invoice.buyer_name(), face.buyer.name.as_deref());
        assert_eq!(invoice.seller_tax_id(), face.seller.tax_id.as_deref());
        assert_eq!(invoice.rows().len(), 3);
        assert_eq!(invoice.rows()[0].net(), Some(yuan("100.00")));
        for field in [
            ReceivedField::Number,
            ReceivedField::Gross,
            ReceivedField::Date,
            ReceivedField::BuyerName,
            ReceivedField::Rows,
        ] {
            assert_eq!(invoice.evidence(field), Some(Evidence::Structured), "{field:?}");
        }
        // The page of the OFD says the same as its copy.
        assert_eq!(invoice.disputed().count(), 0, "{invoice:?}");
        assert_eq!(invoice.sources().next().unwrap().format(), format);
    }
}

/// Without a structured copy the text of an OFD is read, and is only text.
#[test]
fn the_text_of_an_ofd_is_read() {
    let face = face(60);
    let written = ofd::write(&face).unwrap();
    let mut zip = zip::ZipArchive::new(Cursor::new(&written)).unwrap();
    let mut out = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for index in 0..zip.len() {
        let entry = zip.by_index_raw(index).unwrap();
        if !entry.name().contains("Attachs") {
            out.raw_copy_file(entry).unwrap();
        }
    }
    let invoice = read(&out.finish().unwrap().into_inner()).unwrap();
    assert_eq!((invoice.number(), invoice.kind()), (&face.number, ReceivedKind::DigitalOrdinary));
    assert_eq!((invoice.net(), invoice.tax(), invoice.gross()), (face.net, face.tax, face.gross));
    assert_eq!(
        (invoice.buyer_name(), invoice.seller_name()),
        (face.buyer.name.as_deref(), face.seller.name.as_deref())
    );
    assert_eq!(invoice.evidence(ReceivedField::Gross), Some(Evidence::Text));
}

#[cfg(feature = "pdf")]
#[test]
fn the_text_of_a_specimen_pdf_is_read() {
    use invoice_providers::document::pdf::{self, PdfFont};
    let Ok(font) = PdfFont::find() else {
        eprintln!("\n==== SKIPPED: no font with Chinese characters ====\n");
        return;
    };
    for rows in [1, 60] {
        let face = face(rows);
        let invoice = read(&pdf::write(&face, &font).unwrap()).unwrap();
        assert_eq!((invoice.number(), invoice.kind()), (&face.number, ReceivedKind::DigitalOrdinary));
        assert_eq!((invoice.net(), invoice.tax(), invoice.gross()), (face.net, face.tax, face.gross));
        assert_eq!(Some(invoice.date()), face.issued_on);
        assert_eq!(invoice.buyer_name(), face.buyer.name.as_deref());
        assert_eq!(invoice.seller_tax_id(), face.seller.tax_id.as_deref());
        // Its code is drawn with rectangles.
        assert_eq!(invoice.evidence(ReceivedField::Number), Some(Evidence::QrCode));
        assert_eq!(invoice.evidence(ReceivedField::Net), Some(Evidence::Text));
        assert_eq!(invoice.disputed().count(), 0);
    }
}

#[test]
fn qr_codes_in_pictures_are_read() {
    let small = code(PAYLOAD, 4);
    let large = code(PAYLOAD, 45);
    // As a part of a page, turned and with noise over it.
    let mut page = GrayImage::from_pixel(900, 600, Luma([240]));
    imageops::overlay(&mut page, &imageops::rotate90(&code(PAYLOAD, 5)), 60, 80);
    for (index, pixel) in page.pixels_mut().enumerate() {
        pixel.0[0] = pixel.0[0].saturating_sub(u8::try_from(index * 7 % 23).unwrap());
    }
    for picture in [&small, &large, &page] {
        for format in [ImageFormat::Png, ImageFormat::Jpeg] {
            let invoice = read(&encoded(picture, format)).unwrap();
            assert_eq!(invoice.number().as_str(), "26332000004021728676");
            assert_eq!(invoice.gross(), Some(yuan("458.89")));
            assert_eq!(invoice.evidence(ReceivedField::Gross), Some(Evidence::QrCode));
        }
    }
    let blank = GrayImage::from_pixel(300, 300, Luma([255]));
    assert_eq!(read(&encoded(&blank, ImageFormat::Png)), Err(DocumentCode::NoInvoice));
    assert_eq!(
        read(&encoded(&code("https://example.org", 4), ImageFormat::Png)),
        Err(DocumentCode::NoInvoice)
    );
}

#[test]
fn qr_codes_in_pictures_of_few_colours_are_read() {
    for (dark, bits) in [(0, 1), (1, 1), (0, 2), (1, 4), (0, 8), (1, 8)] {
        let pdf = Pdf::new(&[]).indexed(&code(PAYLOAD, 3), dark, bits);
        let invoice = read(&pdf.bytes()).unwrap_or_else(|code| panic!("{dark} in {bits} bits: {code:?}"));
        assert_eq!(invoice.evidence(ReceivedField::Number), Some(Evidence::QrCode));
    }
    // Fewer bytes than the picture has pixels.
    let mut short = Pdf::new(&[]).indexed(&code(PAYLOAD, 3), 0, 8);
    for object in short.document.objects.values_mut() {
        if let Object::Stream(stream) = object {
            stream.content.truncate(100);
        }
    }
    assert_eq!(read(&short.bytes()), Err(DocumentCode::NoInvoice));
}

/// Structured data over the QR code over the text, and what differs is disputed.
#[test]
fn the_stronger_evidence_wins_and_the_rest_is_remembered() {
    let text = ["26332000004021728676", "2026-05-15"];
    assert_eq!(read(&Pdf::new(&text).bytes()), Err(DocumentCode::NoInvoice));

    for pdf in [Pdf::new(&text).pictured(&code(PAYLOAD, 4)), Pdf::new(&text).photographed(&code(PAYLOAD, 6))]
    {
        let invoice = read(&pdf.bytes()).unwrap();
        assert_eq!(invoice.evidence(ReceivedField::Number), Some(Evidence::QrCode));
        assert_eq!(invoice.disputed().count(), 0);
    }
    let other = Pdf::new(&["26332000004021728677"]).pictured(&code(PAYLOAD, 4));
    let invoice = read(&other.bytes()).unwrap();
    assert_eq!(invoice.number().as_str(), "26332000004021728676");
    assert!(invoice.is_disputed(ReceivedField::Number));

    let face = face(2);
    let payload =
        PAYLOAD.replace("26332000004021728676", face.number.as_str()).replace("20260515", "20260501");
    let both = Pdf::new(&[]).pictured(&code(&payload, 4)).attached(&xml::write(&face));
    let invoice = read(&both.bytes()).unwrap();
    assert_eq!((invoice.number(), invoice.gross()), (&face.number, face.gross));
    assert_eq!(invoice.evidence(ReceivedField::Gross), Some(Evidence::Structured));
    assert!(invoice.is_disputed(ReceivedField::Gross) && !invoice.is_disputed(ReceivedField::Number));
}

#[test]
fn an_xbrl_attachment_is_found_whatever_its_name() {
    let rail = r#"<xbrl xmlns:rai="http://xbrl.mof.gov.cn/taxonomy/2021-11-30/rai"><rai:TypeOfVoucher>电子发票（铁路电子客票）</rai:TypeOfVoucher><rai:ElectronicInvoiceRailwayETicketNumber>26419000000000000214</rai:ElectronicInvoiceRailwayETicketNumber><rai:DateOfIssue>2026-07-11</rai:DateOfIssue><rai:Fare>272.50</rai:Fare><rai:TaxAmount>22.50</rai:TaxAmount></xbrl>"#;
    let pdf = Pdf::new(&[]).attached(b"<other/>").attached(b"\x89PNG").attached(rail.as_bytes());
    let invoice = read(&pdf.bytes()).unwrap();
    assert_eq!(invoice.kind(), ReceivedKind::RailTicket);
    // The third of three amounts follows from the other two.
    assert_eq!(invoice.net(), Some(yuan("250.00")));
}

/// What is paid for a flight has parts that are not taxed: the fare is neither the total nor what was paid without tax.
#[test]
fn an_itinerary_is_read_by_its_own_names() {
    let air = r#"<xbrl xmlns:atr="http://xbrl.mof.gov.cn/taxonomy/2023-12-31/atr"><atr:ElectronicInvoiceAirTransportReceiptNumber>26119000000000000305</atr:ElectronicInvoiceAirTransportReceiptNumber><atr:IssueDate>2026-07-11</atr:IssueDate><atr:ETicketNumber>7812345678901</atr:ETicketNumber><atr:Fare>550.46</atr:Fare><atr:FuelSurcharge>9.17</atr:FuelSurcharge><atr:VatTaxAmount>50.37</atr:VatTaxAmount><atr:CivilAviationDevelopmentFund>50.00</atr:CivilAviationDevelopmentFund><atr:TotalAmount>660.00</atr:TotalAmount><atr:NameOfSeller>某某航空有限公司</atr:NameOfSeller><atr:IssueParty>某某票务</atr:IssueParty><atr:NameOfPurchaser>杭州示例信息技术有限公司</atr:NameOfPurchaser><atr:UnifiedSocialCreditCodeOfPurchaser>91330100799655058B</atr:UnifiedSocialCreditCodeOfPurchaser></xbrl>"#;
    let invoice = read(&Pdf::new(&[]).attached(air.as_bytes()).bytes()).unwrap();
    assert_eq!(invoice.kind(), ReceivedKind::AirItinerary);
    assert_eq!(invoice.number().as_str(), "26119000000000000305");
    assert_eq!(invoice.date().to_string(), "2026-07-11");
    let amounts = [invoice.net(), invoice.tax(), invoice.gross()];
    assert_eq!(amounts, ["609.63", "50.37", "660.00"].map(|text| Some(yuan(text))));
    assert_eq!(
        (invoice.seller_name(), invoice.buyer_tax_id()),
        (Some("某某航空有限公司"), Some("91330100799655058B"))
    );
    assert_eq!(invoice.evidence(ReceivedField::Tax), Some(Evidence::Structured));
}

#[test]
fn hostile_files_are_refused_by_code() {
    let pdf = Pdf::new(&["26332000004021728676"]).pictured(&code(PAYLOAD, 4)).bytes();
    for cut in (0..pdf.len()).step_by(211) {
        let _ = read(&pdf[..cut]);
    }
    assert_eq!(read(b"%PDF-1.7 nothing"), Err(DocumentCode::PdfBroken));
    // An attachment of 40 MB in 40 kB.
    let bomb = Pdf::new(&["26332000004021728676"]).attached(&vec![b' '; 40_000_000]);
    assert_eq!(read(&bomb.bytes()), Err(DocumentCode::NoInvoice));
    let huge = GrayImage::new(8_000, 6_000);
    assert_eq!(read(&encoded(&huge, ImageFormat::Png)), Err(DocumentCode::PictureTooLarge));
    let png = encoded(&code(PAYLOAD, 4), ImageFormat::Png);
    assert_eq!(read(&png[..png.len() / 2]), Err(DocumentCode::PictureBroken));
    let entity = Pdf::new(&[]).attached(b"<!DOCTYPE a [<!ENTITY b 'c'>]><EInvoice>&b;</EInvoice>");
    assert_eq!(read(&entity.bytes()), Err(DocumentCode::XmlDeclares));
    for other in [&b""[..], b"GIF89a", b"\0\0\0\0", b"plain text"] {
        assert_eq!(read(other), Err(DocumentCode::FormatUnknown));
    }
    assert_eq!(read(&vec![0; read::MAX_BYTES + 1]), Err(DocumentCode::TooLarge));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn no_bytes_are_a_panic(
        magic in prop::sample::select(vec![&b"%PDF-1.4\n1 0 obj\n"[..], b"PK\x03\x04", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"<EInvoice>"]),
        bytes in prop::collection::vec(any::<u8>(), 0..400),
    ) {
        prop_assert!(read(&[magic, &bytes].concat()).is_err());
    }
}

fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("document_read").join(name);
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(folder.join("sub")).unwrap();
    folder
}

#[test]
fn a_folder_gives_a_result_per_file_in_order_and_finds_duplicates() {
    let folder = folder("mixed");
    let (one, mut other) = (face(1), face(2));
    other.number = "26442000000000000002".parse().unwrap();
    let files: [(&str, Vec<u8>); 7] = [
        ("1.xml", xml::write(&one)),
        ("2 copy of 1.xml", xml::write(&one)),
        ("3 broken.pdf", b"%PDF-1.7 nothing".to_vec()),
        ("4.ofd", ofd::write(&one).unwrap()),
        ("5 named.wrongly.pdf", xml::write(&other)),
        ("6.txt", b"no invoice".to_vec()),
        ("sub/7.png", encoded(&code(PAYLOAD, 4), ImageFormat::Png)),
    ];
    for (name, bytes) in &files {
        std::fs::write(folder.join(name), bytes).unwrap();
    }
    std::os::unix::fs::symlink(&folder, folder.join("sub/endless")).unwrap();
    for workers in [1, 2, 7] {
        let mut seen = Vec::new();
        let counts = read::import(&folder, NonZeroUsize::new(workers).unwrap(), |imported| {
            assert_eq!((imported.done, imported.of), (seen.len() + 1, files.len()));
            let name = imported.path.strip_prefix(&folder).unwrap().display().to_string();
            let of = |first: &PathBuf| first.file_name().unwrap().display().to_string();
            let found = match &imported.found {
                Found::Invoice(invoice) => invoice.number().to_string(),
                Found::SameBytes { first } => format!("bytes of {}", of(first)),
                Found::SameInvoice { first, invoice } => format!("{} of {}", invoice.number(), of(first)),
                Found::Unreadable(error) => error.code().as_str().to_owned(),
                _ => unreachable!(),
            };
            seen.push((name, found));
        });
        let want = [
            ("1.xml", "26442000000000000001"),
            ("2 copy of 1.xml", "bytes of 1.xml"),
            ("3 broken.pdf", "DOC-31"),
            ("4.ofd", "26442000000000000001 of 1.xml"),
            ("5 named.wrongly.pdf", "26442000000000000002"),
            ("6.txt", "DOC-02"),
            ("sub/7.png", "26332000004021728676"),
        ];
        assert_eq!(seen, want.map(|(name, found)| (name.to_owned(), found.to_owned())));
        let mut wanted = ImportCounts::default();
        (wanted.invoices, wanted.same_bytes, wanted.same_invoice, wanted.unreadable) = (3, 1, 1, 2);
        assert_eq!(counts.unwrap(), wanted);
    }
    let nowhere = read::import(&folder.join("nowhere"), NonZeroUsize::MIN, |_| {}).unwrap_err();
    assert_eq!(nowhere.code(), DocumentCode::Unreadable);
}

#[test]
fn ten_thousand_files_take_no_more_memory_than_a_thousand() {
    if !is_alone("read::ten_thousand_files_take_no_more_memory_than_a_thousand") {
        return;
    }
    const FILES: usize = 10_000;
    let folder = folder("many");
    let mut face = face(8);
    for number in 0..FILES {
        face.number = format!("264420000000000{number:05}").parse().unwrap();
        std::fs::write(folder.join(format!("{number:05}.xml")), xml::write(&face)).unwrap();
    }
    let (mut early, mut size) = (0, 0);
    let counts = read::import(&folder, NonZeroUsize::new(2).unwrap(), |imported| {
        if imported.done == FILES / 10 {
            early = memory("VmRSS:");
        }
        size = std::fs::metadata(&imported.path).unwrap().len();
    });
    let late = memory("VmRSS:");
    assert_eq!(counts.unwrap().invoices, FILES);
    let all = size * u64::try_from(FILES).unwrap() / 1_024;
    // Nine thousand files are 40 MB; paths and digests of them are one or two.
    assert!(all > 30_000, "the files are only {all} kB, which proves nothing");
    assert!(late < early + 8_000, "{early} kB after a tenth, {late} kB at the end");
    std::fs::remove_dir_all(&folder).unwrap();
}
