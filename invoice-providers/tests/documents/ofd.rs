//! OFD: what is written is read again and opens elsewhere; bombs, tricks and broken archives are refused by code.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "helpers of tests")]

use std::io::{Cursor, Write as _};
use std::path::Path;
use std::process::Command;

use crate::support::face;
use invoice_providers::document::ofd::{self, MAX_ENTRIES, OfdFile};
use invoice_providers::document::{DocumentCode, InvoiceFace, xml};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

fn archive(entries: &[(&str, &[u8])]) -> Vec<u8> {
    packed(CompressionMethod::Deflated, entries)
}

fn packed(method: CompressionMethod, entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in entries {
        let options = SimpleFileOptions::default().compression_method(method);
        zip.start_file(*name, options).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

const ROOT: &[u8] = b"<ofd:OFD xmlns:ofd=\"http://www.ofdspec.org/2016\"/>";

fn code(bytes: Vec<u8>) -> Result<Option<InvoiceFace>, DocumentCode> {
    OfdFile::read(bytes).map(|file| file.face().cloned()).map_err(|error| error.code())
}

#[test]
fn what_is_written_is_read_again() {
    for rows in [0, 1, 8, 9, 60] {
        let face = face(rows);
        let bytes = ofd::write(&face).unwrap();
        let file = OfdFile::read(bytes.clone()).unwrap();
        assert_eq!(file.face(), Some(&face));
        assert_eq!(file.bytes(), bytes);
        let text = file.text();
        let pages = text.matches("开票日期：").count();
        assert_eq!(pages, if rows > 42 { 2 } else { 1 });
        // In the place of the seal, and across the rows.
        assert!(text.matches("票样 · 非税务凭证").count() >= 2 * pages, "{text}");
        assert!(rows == 0 || text.contains(&format!("*茶*龙井 {rows} 号")), "{text}");
        assert_eq!(bytes, ofd::write(&face).unwrap());
    }
}

/// The structured copy is known by what it is, in any folder and under any name.
#[test]
fn the_structured_copy_is_found_wherever_it_is() {
    let face = face(2);
    let data = xml::write(&face);
    for name in [
        "Doc_0/Attachs/original_invoice.xml",
        "Doc_0/Other/original_invoice.xml",
        "Doc_12/Attachs/0",
        "发票.xml",
    ] {
        let file = archive(&[("OFD.xml", ROOT), ("Doc_0/Res/seal.esl", b"\0\0"), (name, &data)]);
        assert_eq!(code(file), Ok(Some(face.clone())), "{name}");
    }
    let rail = r#"<xbrl xmlns:rai="http://xbrl.mof.gov.cn/taxonomy/2021-11-30/rai"><rai:ElectronicInvoiceRailwayETicketNumber>26419000000000000214</rai:ElectronicInvoiceRailwayETicketNumber><rai:Fare>272.50</rai:Fare></xbrl>"#;
    let file = archive(&[("OFD.xml", ROOT), ("Doc_0/Attachs/0", rail.as_bytes())]);
    assert_eq!(code(file).unwrap().unwrap().number.as_str(), "26419000000000000214");
    assert_eq!(code(archive(&[("OFD.xml", ROOT), ("Doc_0/Document.xml", b"<ofd:Document/>")])), Ok(None));
}

#[test]
fn bombs_are_refused_before_they_go_off() {
    let zeros = vec![b' '; 16 * 1024 * 1024];
    let ratio = archive(&[("OFD.xml", ROOT), ("Doc_0/Attachs/original_invoice.xml", &zeros)]);
    assert!(ratio.len() < 100_000);
    assert_eq!(code(ratio), Err(DocumentCode::ArchiveRatio));

    // Each entry within the ratio, and not packed at all; together more than is read. The file itself is small enough.
    let part = vec![b'x'; 9 * 1024 * 1024];
    let names: Vec<String> = (0..7).map(|n| format!("Doc_0/{n}.xml")).collect();
    let mut entries: Vec<(&str, &[u8])> = vec![("OFD.xml", ROOT)];
    entries.extend(names.iter().map(|name| (name.as_str(), part.as_slice())));
    let mut file = packed(CompressionMethod::Stored, &entries);
    assert_eq!(code(file.clone()), Ok(None));
    entries.push(("Doc_0/7.xml", &part));
    file = packed(CompressionMethod::Stored, &entries);
    assert_eq!(code(file), Err(DocumentCode::TooLarge));
    let noise: Vec<u8> =
        (0..2_u32 << 20).map(|n| (n.wrapping_mul(2_654_435_761) >> 24).to_le_bytes()[0] % 64 + 33).collect();
    let names: Vec<String> = (0..40).map(|n| format!("Doc_0/{n}.xml")).collect();
    let mut entries: Vec<(&str, &[u8])> = vec![("OFD.xml", ROOT)];
    entries.extend(names.iter().map(|name| (name.as_str(), noise.as_slice())));
    assert_eq!(code(archive(&entries)), Err(DocumentCode::ArchiveUnpacked));

    let names: Vec<String> = (0..=MAX_ENTRIES).map(|n| format!("{n}")).collect();
    let entries: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), &b""[..])).collect();
    assert_eq!(code(archive(&entries)), Err(DocumentCode::ArchiveEntries));

    assert_eq!(code(vec![0; ofd::MAX_BYTES + 1]), Err(DocumentCode::TooLarge));
}

/// An entry whose directory says that it is small.
#[test]
fn what_an_entry_says_of_its_size_is_not_believed() {
    let zeros = vec![b' '; 16 * 1024 * 1024];
    let mut file = archive(&[("OFD.xml", ROOT), ("x.xml", &zeros)]);
    let size = u32::try_from(zeros.len()).unwrap().to_le_bytes();
    while let Some(at) = file.windows(4).position(|bytes| bytes == size) {
        file[at..at + 4].copy_from_slice(&[9, 0, 0, 0]);
    }
    let refused = code(file).unwrap_err();
    assert!(matches!(refused, DocumentCode::ArchiveRatio | DocumentCode::ArchiveBroken), "{refused:?}");
}

#[test]
fn tricks_with_paths_are_refused() {
    let data = xml::write(&face(1));
    for name in ["../evil.xml", "Doc_0/../../evil.xml", "Doc_0\\..\\evil.xml", "C:/evil.xml"] {
        let file = archive(&[("OFD.xml", ROOT), (name, &data)]);
        assert_eq!(code(file), Err(DocumentCode::ArchivePath), "{name}");
    }
    // Two entries that readers would choose between: here by case.
    let file = archive(&[("OFD.xml", ROOT), ("Doc_0/a.xml", &data), ("doc_0/A.xml", &data)]);
    assert_eq!(code(file), Err(DocumentCode::ArchivePath));
}

#[test]
fn broken_archives_are_refused() {
    let good = ofd::write(&face(3)).unwrap();
    for cut in (0..good.len()).step_by(97) {
        assert!(code(good[..cut].to_vec()).is_err(), "{cut}");
    }
    for at in (0..good.len()).step_by(13) {
        let mut bad = good.clone();
        bad[at] ^= 0x55;
        // Refused or read as the same: a changed entry fails its own checksum.
        if let Ok(Some(read)) = code(bad) {
            assert_eq!(read, face(3), "{at}");
        }
    }
    assert_eq!(code(b"PK\x03\x04 nothing".to_vec()), Err(DocumentCode::ArchiveBroken));
    assert_eq!(code(archive(&[("word/document.xml", b"<w/>")])), Err(DocumentCode::ArchiveBroken));
    let entity = b"<!DOCTYPE a [<!ENTITY b \"c\">]><EInvoice>&b;</EInvoice>";
    assert_eq!(code(archive(&[("OFD.xml", ROOT), ("Doc_0/a.xml", entity)])), Err(DocumentCode::XmlDeclares));
    let amount = String::from_utf8(xml::write(&face(1))).unwrap().replace(">113.00<", ">x<");
    assert_eq!(
        code(archive(&[("OFD.xml", ROOT), ("a.xml", amount.as_bytes())])),
        Err(DocumentCode::FieldUnreadable)
    );
}

/// An independent reader opens what was written and finds its text; it draws it as well. Drawing takes it seconds a page.
#[test]
fn easyofd_opens_the_specimen() {
    const SCRIPT: &str = "
import sys
from loguru import logger
logger.remove()
from easyofd.ofd import OFD
ofd = OFD()
ofd.read(sys.argv[1], fmt='path')
pages = ofd.data[0]['page_info']
for number in sorted(pages):
    for text in pages[number]['text_list']:
        print(number, text['text'])
if sys.argv[2] == '1':
    open(sys.argv[1] + '.pdf', 'wb').write(ofd.to_pdf())
";
    let python = crate::programs::program("python3");
    let Some(python) = python else { return };
    let there = Command::new(&python).args(["-c", "import easyofd"]).output().unwrap();
    if !there.status.success() {
        eprintln!("\n==== SKIPPED: easyofd is not installed, no other program has opened the OFD ====\n");
        return;
    }
    let folder = std::env::var_os("INVOICE_TEST_KEEP").map_or_else(
        || Path::new(env!("CARGO_TARGET_TMPDIR")).join("document_ofd"),
        std::path::PathBuf::from,
    );
    std::fs::create_dir_all(&folder).unwrap();
    for rows in [1, 60] {
        let path = folder.join(format!("{rows}.ofd"));
        std::fs::write(&path, ofd::write(&face(rows)).unwrap()).unwrap();
        // It unpacks into the folder where it runs.
        let mut command = Command::new(&python);
        command.current_dir(&folder).args(["-c", SCRIPT]).arg(&path).arg(rows.to_string());
        let command = command.output().unwrap();
        let text = String::from_utf8_lossy(&command.stdout);
        assert!(command.status.success(), "{text}{}", String::from_utf8_lossy(&command.stderr));
        for wanted in [
            "0 票样 · 非税务凭证",
            "杭州示例信息技术有限公司",
            "26442000000000000001",
            &format!("龙井 {rows} 号"),
        ] {
            assert!(text.contains(wanted), "{wanted} is not in {text}");
        }
        assert_eq!(text.contains("1 票样 · 非税务凭证"), rows == 60);
        if rows == 1 {
            assert!(std::fs::read(path.with_extension("ofd.pdf")).unwrap().starts_with(b"%PDF"));
        }
    }
}
