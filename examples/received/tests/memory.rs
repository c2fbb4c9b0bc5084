//! A folder of any length is imported with the same memory. `IMPORT_FILES` sets another length; what longer ones take is in
//! `invoice-providers/docs/speed.md`.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test ends where it fails, and says what it found"
)]

use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::Arc;

use invoice_core::access::{Actor, Role};
use invoice_core::env::Clock;
use invoice_core::id::{ActorId, SellerId, TenantId};
use invoice_core::money::Money;
use invoice_core::received::ReceivedKind;
use invoice_core::tax::TaxRate;
use invoice_examples::clock::VirtualClock;
use invoice_examples::machine::TimedIds;
use invoice_examples::run::Place;
use invoice_providers::document::{FaceRate, FaceRow, InvoiceFace, xml};
use invoice_providers::sandbox::SandboxBureau;
use invoice_received::import::import;
use invoice_received::office::{Entity, Office, Setup};

const OURS: &str = "91330100799655058B";

/// An invoice of eight rows, like no other.
fn face(serial: usize) -> InvoiceFace {
    let mut face = InvoiceFace::new(format!("26442000{serial:012}").parse().unwrap());
    face.kind = Some(ReceivedKind::DigitalOrdinary);
    face.issued_at = Some("2026-05-01T04:00:00Z".parse().unwrap());
    face.issued_on = Some("2026-05-01".parse().unwrap());
    face.seller.tax_id = Some("91440300MA5EXAMPL1".to_owned());
    face.seller.name = Some(format!("深圳市样例茶业有限公司{}分店", serial % 500));
    face.buyer.tax_id = Some(OURS.to_owned());
    face.buyer.name = Some("杭州示例信息技术有限公司".to_owned());
    let row = |place: usize| {
        let mut row = FaceRow::default();
        row.name = format!("*茶*龙井 {serial} 第 {place} 号");
        (row.net, row.tax) = (Some(Money::from_fen(10_000)), Some(Money::from_fen(1_300)));
        row.rate = FaceRate::Rate(TaxRate::percent(13).unwrap());
        row
    };
    face.rows = (1..=8).map(row).collect();
    face.net = Some(Money::from_fen(80_000));
    face.tax = Some(Money::from_fen(10_400));
    face.gross = Some(Money::from_fen(90_400));
    face
}

async fn office(folder: &Path) -> Office {
    let clock: Arc<dyn Clock> = Arc::new(VirtualClock::new("2026-06-01T00:00:00Z".parse().unwrap()));
    let setup = Setup {
        place: Place::Sqlite(folder.join("state.db")),
        tenant: TenantId::new("group").unwrap(),
        clock: Arc::clone(&clock),
        ids: Arc::new(TimedIds::default()),
        bureau: SandboxBureau::builder(1, clock).build().unwrap(),
        entities: vec![Entity::new(SellerId::new("ours").unwrap(), OURS, "杭州示例信息技术有限公司")],
    };
    Office::open(setup, |desk| desk).await.unwrap()
}

/// What the kernel says of the memory of this process, in KiB; `None` where it does not.
fn memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

#[test]
fn a_folder_of_any_length_is_imported_with_the_same_memory() {
    let files = std::env::var("IMPORT_FILES").map_or(6_000, |files| files.parse().unwrap());
    let place = tempfile::tempdir().unwrap();
    let mail = place.path().join("mail");
    std::fs::create_dir_all(&mail).unwrap();
    for serial in 0..files {
        std::fs::write(mail.join(format!("{serial:06}.xml")), xml::write(&face(serial))).unwrap();
    }
    let mut seen = Vec::new();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let summary = runtime.block_on(async {
        let office = office(place.path()).await;
        let fang = Actor::staff(ActorId::new("fang").unwrap(), Role::Finance);
        let each = |result: &invoice_received::import::FileResult| {
            if result.done.is_multiple_of((files / 12).max(1)) {
                seen.extend(memory());
            }
            Ok(())
        };
        import(&office, &fang, &mail, NonZeroUsize::new(2).unwrap(), each).await.unwrap()
    });
    assert_eq!((summary.files, summary.received), (files, files));
    println!("{files} files, KiB after each twelfth: {seen:?}");
    if let [.., a, b, c, d, e, f] = seen.as_slice() {
        // The store's caches have their size by then. Were files kept, a quarter of them would be 7 MB more.
        let (before, after) = ([a, b, c].into_iter().max().unwrap(), [d, e, f].into_iter().max().unwrap());
        assert!(after < &(before + 5_000), "{seen:?}");
    }
}
