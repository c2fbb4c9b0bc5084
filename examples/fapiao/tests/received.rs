//! Received invoices from the command line: a folder is read and handed in, the bureau asked, found again, reported, sealed.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test ends where it fails")]

mod support;

use std::fs;
use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use invoice_core::received::ReceivedKind;
use invoice_core::tax::TaxRate;
use invoice_providers::document::{FaceRate, FaceRow, InvoiceFace, ofd, xml};
use serde_json::Value;
use support::{fapiao, lines};

const OURS: &str = "91330100799655058B";
const THEIRS: &str = "914403001922038216";

fn face(serial: u32, buyer: &str) -> InvoiceFace {
    let mut row = FaceRow::default();
    row.name = "*茶*龙井".to_owned();
    (row.quantity, row.net, row.tax) = (Some(1.into()), "100.00".parse().ok(), "13.00".parse().ok());
    row.rate = FaceRate::Rate(TaxRate::percent(13).unwrap());
    row.code = Some("1030201010000000000".parse().unwrap());
    let mut face = InvoiceFace::new(format!("26442000{serial:012}").parse().unwrap());
    face.kind = Some(ReceivedKind::DigitalSpecial);
    face.issued_on = NaiveDate::from_ymd_opt(2026, 1 + serial % 6, 1);
    face.seller.tax_id = Some(THEIRS.to_owned());
    face.seller.name = Some("深圳市样例茶业有限公司".to_owned());
    face.buyer.tax_id = Some(buyer.to_owned());
    face.buyer.name = Some("杭州示例信息技术有限公司".to_owned());
    (face.net, face.tax, face.gross) = ("100.00".parse().ok(), "13.00".parse().ok(), "113.00".parse().ok());
    face.rows = vec![row];
    face
}

/// A folder of six invoices of ours in all their forms, one of others, and what is none.
fn fill(folder: &Path) {
    fs::create_dir_all(folder.join("more")).unwrap();
    for serial in 1..=6 {
        let face = face(serial, OURS);
        fs::write(folder.join(format!("{serial}.xml")), xml::write(&face)).unwrap();
        if serial % 2 == 0 {
            fs::write(folder.join("more").join(format!("{serial}.ofd")), ofd::write(&face).unwrap()).unwrap();
        }
    }
    fs::copy(folder.join("1.xml"), folder.join("more").join("=copy.xml")).unwrap();
    fs::write(folder.join("other.xml"), xml::write(&face(7, THEIRS))).unwrap();
    fs::write(folder.join("broken.pdf"), "%PDF-1.7 and no more").unwrap();
}

struct Place {
    folder: tempfile::TempDir,
    store: String,
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = format!("sqlite:{}", folder.path().join("state.db").display());
        Self { folder, store }
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }

    fn run(&self, arguments: &[&str]) -> Vec<Value> {
        lines(&fapiao(&[arguments, &["--store", &self.store]].concat(), b""))
    }
}

#[test]
fn a_folder_is_handed_in_once_with_a_result_per_file_and_found_reported_and_sealed() {
    let place = Place::new();
    let mail = place.path("mail");
    fill(Path::new(&mail));
    let results = place.path("results.csv");
    let entity = format!("ours={OURS}");
    let missing = fapiao(&["verify", "--store", &place.store], b"");
    assert_eq!(missing.status.code(), Some(1), "there is no store, and none is made");

    let import = ["import", &mail, "--entity", &entity, "--results", &results, "--workers", "3"];
    let told = &place.run(&import)[0];
    let count = |name: &str| told[name].as_u64().unwrap();
    assert_eq!(count("files"), 12, "{told}");
    assert_eq!((count("received"), count("known"), count("same_bytes")), (6, 3, 1), "{told}");
    assert_eq!((count("not_ours"), count("unreadable"), count("refused")), (1, 1, 0), "{told}");
    let sheet = fs::read_to_string(&results).unwrap();
    assert_eq!(sheet.lines().count(), 13, "{sheet}");
    assert!(sheet.contains("more/=copy.xml,same_bytes,,,1.xml"), "{sheet}");
    assert!(sheet.contains("broken.pdf,unreadable,,,DOC-"), "{sheet}");
    // The same person again: everything is known. Another person: everything is refused, with who and when.
    let again = &place.run(&["import", &mail])[0];
    assert_eq!((again["received"].as_u64(), again["known"].as_u64()), (Some(0), Some(9)), "{again}");
    let other = &place.run(&["import", &mail, "--as", "gang", "--results", &results])[0];
    assert_eq!(other["refused"], 9, "{other}");
    assert!(fs::read_to_string(&results).unwrap().contains("RECEIVED-05"));

    found(&place);
    reported(&place);
    sealed(&place);
}

fn found(place: &Place) {
    let all = place.run(&["search", "样例茶业"]);
    assert_eq!(all.len(), 6);
    assert_eq!(place.run(&["search", "goods:龙井", "from:2026-02-01", "to:2026-03-31"]).len(), 2);
    assert_eq!(place.run(&["search", "26442000000000000003"])[0]["gross"], "113.00");
    assert_eq!(place.run(&["search", "least:113.01"]), [] as [Value; 0]);
    assert_eq!(place.run(&["search", "--limit", "2"]).last().unwrap()["more"], true);
    // One character is wrong.
    let near = place.run(&["search", "深圳市样列茶业有限公司"]);
    assert!(near.iter().any(|line| line["alike"]["likeness"].as_u64() > Some(700)), "{near:?}");
    assert!(near.iter().any(|line| line["suggested"] == "深圳市样例茶业有限公司"), "{near:?}");
    let wrong = fapiao(&["search", "colour:red", "--store", &place.store], b"");
    assert_eq!(wrong.status.code(), Some(1));
}

fn reported(place: &Place) {
    let (csv, xlsx, html) = (place.path("report.csv"), place.path("report.xlsx"), place.path("report.html"));
    let report = ["report", "--by", "category", "--csv", &csv, "--xlsx", &xlsx, "--html", &html];
    let told = place.run(&report);
    assert_eq!(told[0]["category"], "茶");
    assert_eq!((&told[0]["gross"], &told[0]["tax"]), (&"678.00".into(), &"78.00".into()));
    assert_eq!(told[1]["input_tax"]["not_confirmed"]["tax"], "78.00");
    assert_eq!(fs::read_to_string(csv).unwrap().lines().nth(1), Some("茶,6,600.00,78.00,678.00"));
    assert!(fs::read(xlsx).unwrap().starts_with(b"PK"));
    assert!(fs::read_to_string(html).unwrap().contains("2026 年收票报告"));
    let vouchers = place.path("vouchers.csv");
    place.run(&["report", "--vouchers", &vouchers]);
    assert_eq!(fs::read_to_string(vouchers).unwrap().lines().count(), 1, "nothing is booked yet");
    for by in ["period", "rate", "seller", "state"] {
        assert_eq!(place.run(&["report", "--by", by]).last().unwrap()["invoices"], 6);
    }
}

/// Nothing is in the books of an empty bureau: each invoice is asked about once a day and not again.
#[test]
fn what_is_not_due_is_not_asked() {
    let place = Place::new();
    let mail = place.path("mail");
    fill(Path::new(&mail));
    place.run(&["import", &mail, "--entity", &format!("ours={OURS}")]);
    let before = &place.run(&["verify", "--show"])[0]["schedule"];
    assert_eq!((&before["due"], &before["spent"]), (&6.into(), &0.into()), "{before}");
    let asked = place.run(&["verify"]);
    assert_eq!(asked[0]["heard"], serde_json::json!({ "not_found": 6 }));
    let again = place.run(&["verify"]);
    assert_eq!(again[0]["heard"], serde_json::json!({}));
    let schedule = &again[1]["schedule"];
    assert_eq!((&schedule["spent"], &schedule["most_today"]), (&6.into(), &1.into()), "{schedule}");
    assert_eq!(schedule["waiting"]["pause"]["invoices"], 6);
}

/// The files in which originals are kept.
fn originals(kept: &Path) -> Vec<PathBuf> {
    let inside =
        |folder: &Path| fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect::<Vec<_>>();
    inside(kept).iter().filter(|path| path.is_dir()).flat_map(|shelf| inside(shelf)).collect()
}

fn sealed(place: &Place) {
    let archive = place.path("2026");
    let export = ["archive", "export", "from:2026-01-01", "to:2026-12-31", "--to", &archive];
    let told = &place.run(&export)[0];
    assert_eq!((&told["invoices"], &told["files"]), (&6.into(), &9.into()), "{told}");
    assert_eq!(told["keep_until"], "2056-12-31");
    let twice = fapiao(&[&export[..], &["--store", &place.store]].concat(), b"");
    assert_eq!(twice.status.code(), Some(1), "an archive is not written over");
    let head = told["head"].as_str().unwrap();
    let verify = || fapiao(&["archive", "verify", &archive, "--head", head], b"");
    assert_eq!(lines(&verify())[0]["files"], 10, "with the index");
    let names: Vec<_> = fs::read_dir(&archive).unwrap().map(|entry| entry.unwrap().path()).collect();
    for path in names.iter().filter(|path| !path.ends_with("archive.jsonl")) {
        let whole = fs::read(path).unwrap();
        let mut flipped = whole.clone();
        flipped[whole.len() / 2] ^= 1;
        fs::write(path, flipped).unwrap();
        assert_eq!(verify().status.code(), Some(1), "{}", path.display());
        fs::write(path, whole).unwrap();
    }
    // An original that was changed where it is kept is noticed before it is archived.
    let kept = Path::new(&place.path("state.db.originals")).to_path_buf();
    let original = originals(&kept).remove(0);
    let mut bytes = fs::read(&original).unwrap();
    let tea = "龙井".as_bytes();
    let shows = |bytes: &[u8]| bytes.windows(tea.len()).any(|window| window == tea);
    // What is looked for is there to be found.
    assert!(names.iter().any(|path| shows(&fs::read(path).unwrap())));
    assert!(
        originals(&kept).iter().all(|original| !shows(&fs::read(original).unwrap())),
        "originals are sealed"
    );
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    fs::write(&original, bytes).unwrap();
    let refused = fapiao(
        &["archive", "export", "from:2026-01-01", "--to", &place.path("x"), "--store", &place.store],
        b"",
    );
    let told = String::from_utf8(refused.stderr).unwrap();
    assert!(refused.status.code() == Some(1) && told.contains("was changed"), "{told}");
    assert!(!Path::new(&place.path("x")).exists(), "whole or not at all");
}
