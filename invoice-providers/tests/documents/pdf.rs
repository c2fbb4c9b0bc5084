//! Rendered PDF: well formed by qpdf, text as pdftotext sees it, pages as many as the rows need, never without its mark.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "helpers of tests")]

use std::path::{Path, PathBuf};

use crate::programs::{missing, program, run};
use crate::support::{face, row, total, yuan};
use invoice_core::money::Money;
use invoice_core::received::ReceivedKind;
use invoice_providers::document::pdf::{self, PdfFont};
use invoice_providers::document::{DocumentCode, FaceRate, InvoiceFace};

fn font() -> Option<PdfFont> {
    match PdfFont::find() {
        Ok(font) => Some(font),
        Err(error) => {
            assert_eq!(error.code(), DocumentCode::FontMissing);
            missing("a font with Chinese characters");
            None
        }
    }
}

/// The rendered file; kept where `INVOICE_TEST_KEEP` names a folder, to be looked at.
fn rendered(name: &str, face: &InvoiceFace, font: &PdfFont) -> (PathBuf, Vec<u8>) {
    let folder = std::env::var_os("INVOICE_TEST_KEEP")
        .map_or_else(|| Path::new(env!("CARGO_TARGET_TMPDIR")).join("document_pdf"), PathBuf::from);
    std::fs::create_dir_all(&folder).unwrap();
    let bytes = pdf::write(face, font).unwrap();
    let path = folder.join(format!("{name}.pdf"));
    std::fs::write(&path, &bytes).unwrap();
    (path, bytes)
}

/// Text of each page in the order in which it is drawn, without the blanks between glyphs and columns.
fn text_pages(path: &Path) -> Option<Vec<String>> {
    let text = run(&program("pdftotext")?, &["-raw", path.to_str().unwrap(), "-"]);
    let pages = text.split('\u{c}').map(|page| page.split_whitespace().collect());
    Some(pages.filter(|page: &String| !page.is_empty()).collect())
}

fn faces() -> Vec<(&'static str, InvoiceFace, usize)> {
    let mut long = face(3);
    long.rows[1].name = "*软件*企业资源计划管理系统（含供应链、生产、财务、人力资源模块）三年期订阅授权及实施服务费 Enterprise-Edition-2026.05-Build-1234567890".to_owned();
    long.rows[1].spec = Some("SKU-2026-ABCDEFGHIJKLMNOPQRSTUVWXYZ-0123456789".to_owned());
    long.rows[2].name = "*玩具*生日快乐 🎂🎈 礼盒".to_owned();
    long.rows[2].quantity = Some("0.3333333333333333333333".parse().unwrap());
    long.rows[2].unit_price = Some("123456.7890123456789".parse().unwrap());
    long.buyer.name = Some("新疆维吾尔自治区伊犁哈萨克自治州某某某某某某某某某某农业科技发展股份有限公司乌鲁木齐高新技术产业开发区第一分公司".to_owned());
    long.remark = Some("合同编号：HT-2026-000123；项目地点：某省某市某区某路 123 号；".repeat(8));

    let mut discount = face(2);
    let mut row = row("*茶*龙井 2 号", "-20.00", "-2.60");
    (row.spec, row.unit, row.quantity, row.unit_price) = (None, None, None, None);
    discount.rows.push(row);
    total(&mut discount);

    let mut red = face(2);
    red.red = true;
    red.blue = Some("25442000000000000009".parse().unwrap());
    red.confirmation = Some("44030326051002615708".to_owned());
    for row in &mut red.rows {
        row.quantity = row.quantity.map(|quantity| -quantity);
        (row.net, row.tax) = (row.net.and_then(Money::checked_neg), row.tax.and_then(Money::checked_neg));
    }
    total(&mut red);

    let mut special = face(4);
    special.kind = Some(ReceivedKind::DigitalSpecial);
    for (row, rate) in
        special.rows.iter_mut().zip([FaceRate::Exempt, FaceRate::NotTaxable, FaceRate::Differential])
    {
        (row.rate, row.tax) = (rate, None);
    }
    total(&mut special);

    vec![
        ("one", face(1), 1),
        ("eight", face(8), 1),
        ("nine", face(9), 1),
        ("forty_two", face(42), 1),
        ("forty_three", face(43), 2),
        ("sixty", face(60), 2),
        ("long", long, 1),
        ("discount", discount, 1),
        ("red", red, 1),
        ("special", special, 1),
        ("nothing", InvoiceFace::new("033001800111-25672225".parse().unwrap()), 1),
    ]
}

#[test]
fn every_page_says_what_it_is_and_what_stands_on_it() {
    let Some(font) = font() else { return };
    for (name, face, count) in faces() {
        let (path, bytes) = rendered(name, &face, &font);
        if let Some(qpdf) = program("qpdf") {
            run(&qpdf, &["--check", path.to_str().unwrap()]);
        }
        // The font is a subset: the whole one has five million bytes.
        assert!(bytes.len() < 200_000, "{name}: {} bytes", bytes.len());
        let Some(pages) = text_pages(&path) else { continue };
        assert_eq!(pages.len(), count, "{name}");
        for page in &pages {
            assert!(page.contains("票样·非税务凭证"), "{name}: {page}");
            assert!(page.contains("购买方信息") || page.contains("名称："), "{name}: {page}");
            assert!(page.contains(face.number.as_str().rsplit('-').next().unwrap()), "{name}");
            assert_eq!(page.contains("小计"), count > 1, "{name}");
            assert!(page.contains("合计"), "{name}");
        }
        let (last, others) = pages.split_last().unwrap();
        assert!(last.contains("价税合计（大写）"), "{name}");
        assert!(others.iter().all(|page| !page.contains("价税合计")), "{name}");
        let all = pages.concat();
        if let Some(gross) = face.gross {
            assert!(last.contains(&format!("¥{gross}")), "{name}: {last}");
            let capitals = invoice_validate::capital::to_string(gross.fen());
            assert!(last.contains(&capitals), "{name}: {last}");
        }
        let rows = (1..=face.rows.len()).map(|n| format!("龙井{n}号"));
        for row in rows.filter(|_| !matches!(name, "long" | "discount")) {
            assert!(all.contains(&row), "{name}: {row} is not on {all}");
        }
    }
}

/// Each page's 小计, and their sum on all pages: 合计.
#[test]
fn sums_of_pages_are_the_sum_of_the_invoice() {
    let Some(font) = font() else { return };
    let mut face = face(100);
    for (row, fen) in face.rows.iter_mut().zip(1_i64..) {
        (row.net, row.tax) = (Some(Money::from_fen(fen * 137)), Some(Money::from_fen(fen * 11)));
    }
    total(&mut face);
    let Some(pages) = text_pages(&rendered("sums", &face, &font).0) else { return };
    assert_eq!(pages.len(), 3);
    let amounts = |page: &str, name: &str| -> Vec<Money> {
        let from = page.find(name).unwrap();
        let amount = |text: &str| text.split_at(text.find('.').unwrap() + 3).0.parse().unwrap();
        page[from..].split('¥').skip(1).take(2).map(amount).collect()
    };
    let mut sums = [Money::ZERO; 2];
    for page in &pages {
        for (sum, part) in sums.iter_mut().zip(amounts(page, "小计")) {
            *sum = sum.checked_add(part).unwrap();
        }
        assert_eq!(amounts(page, "合计"), [face.net.unwrap(), face.tax.unwrap()]);
    }
    assert_eq!(sums, [face.net.unwrap(), face.tax.unwrap()]);
}

#[test]
fn the_same_face_gives_the_same_bytes() {
    let Some(font) = font() else { return };
    assert_eq!(pdf::write(&face(3), &font).unwrap(), pdf::write(&face(3), &font.clone()).unwrap());
}

#[test]
fn what_cannot_be_printed_is_an_error() {
    let Some(font) = font() else { return };
    let mut many = face(0);
    many.rows = vec![row("*茶*茶", "1.00", "0.13"); 5_001];
    assert_eq!(pdf::write(&many, &font).unwrap_err().code(), DocumentCode::TooManyRows);
    let mut long = face(1);
    long.rows[0].name = "长".repeat(1_000);
    let error = pdf::write(&long, &font).unwrap_err();
    assert_eq!((error.code(), error.place()), (DocumentCode::FieldUnreadable, Some("row 1")));
    let mut names = face(1);
    names.buyer.name = Some("很长的名称".repeat(5_000));
    names.remark = Some("很长的备注\n".repeat(5_000));
    names.rows[0].unit = Some("单位".repeat(5_000));
    names.gross = Some(yuan("-92233720368547758.08"));
    assert!(pdf::write(&names, &font).is_ok());
}

#[test]
fn a_font_that_will_not_do_is_refused() {
    for bytes in [Vec::new(), b"no font".to_vec(), vec![0; 10_000]] {
        assert_eq!(PdfFont::new(bytes).unwrap_err().code(), DocumentCode::FontUnreadable);
    }
    let nowhere = Path::new("/nowhere/font.ttc");
    assert_eq!(PdfFont::open(nowhere).unwrap_err().code(), DocumentCode::FontUnreadable);
    let message = invoice_providers::document::DocumentError::from(DocumentCode::FontMissing).to_string();
    assert!(message.contains("fonts-wqy-microhei") && message.contains("INVOICE_FONT"), "{message}");
}

/// A copy says what it is on every page and not that it is a specimen; what was never on paper has none.
#[test]
fn a_copy_is_of_paper_and_says_so_on_every_page() {
    let mut sheet = face(60);
    let Some(font) = font() else { return };
    assert_eq!(pdf::write_copy(&sheet, "T-1", &font).unwrap_err().code(), DocumentCode::NoCopy);
    sheet.kind = Some(ReceivedKind::LegacySpecialPaper);
    for reference in [String::new(), "1".repeat(41)] {
        assert_eq!(pdf::write_copy(&sheet, &reference, &font).unwrap_err().code(), DocumentCode::NoCopy);
    }
    let folder = std::env::var_os("INVOICE_TEST_KEEP")
        .map_or_else(|| Path::new(env!("CARGO_TARGET_TMPDIR")).join("document_pdf"), PathBuf::from);
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join("copy.pdf");
    std::fs::write(&path, pdf::write_copy(&sheet, "LOST-2026-7", &font).unwrap()).unwrap();
    if let Some(pages) = text_pages(&path) {
        assert_eq!(pages.len(), 2);
        for page in pages {
            assert!(page.contains("记账联复印件·与原件核对一致·编号LOST-2026-7"), "{page}");
            assert!(!page.contains("票样"), "{page}");
        }
    }
}
