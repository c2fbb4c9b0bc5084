//! Rows are sealed again under a new key, page by page, while the shop works; and an old body does not come back.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "what tests share")]

use std::sync::Arc;

use crate::desk_support::*;
use invoice_core::archive::{Export, Import};
use invoice_core::audit::Verifier;
use invoice_core::desk::{AnchorScope, InvoiceDesk, ResealCursor};
use invoice_core::env::{Cipher, Clock};
use invoice_core::error::RefusalCode;
use invoice_core::id::{TenantId, UnitId};
use invoice_core::store::{Archive, Kind, MemoryStore, Query, Store, UnitOfWork, Write};
use invoice_core::testkit::SeededIds;
use invoice_providers::cipher::LocalCipher;
use tempfile::TempDir;

fn tenant() -> TenantId {
    TenantId::new("t1").unwrap()
}

struct Sealed {
    shop: Shop,
    store: Arc<MemoryStore>,
    cipher: Arc<LocalCipher>,
    _folder: TempDir,
}

fn desk(shop: &Shop, store: &Arc<dyn Store>, cipher: &Arc<LocalCipher>, seed: u64) -> InvoiceDesk {
    let cipher = Arc::clone(cipher) as Arc<dyn Cipher>;
    let clock = Arc::clone(&shop.clock) as Arc<dyn Clock>;
    InvoiceDesk::builder(tenant(), Arc::clone(store), cipher, clock, Arc::new(SeededIds::new(seed)))
        .seller(seller())
        .provider(Arc::new(shop.bureau.clone()))
        .build()
        .unwrap()
}

async fn sealed() -> Sealed {
    let folder = tempfile::tempdir().unwrap();
    let cipher = Arc::new(LocalCipher::open_or_create(folder.path().join("shop.key")).unwrap());
    let store = Arc::new(MemoryStore::new());
    let shared: Arc<dyn Store> = Arc::clone(&store) as _;
    let mut shop = Shop::on(Arc::clone(&shared), |bureau| bureau);
    shop.desk = desk(&shop, &shared, &cipher, 3);
    for number in 0..8 {
        let order = shop.sell(&format!("A-{number}"), vec![line("1", BOOK, 2, "40.00")]).await;
        shop.apply(&format!("P-{number}"), &[&order]).await;
    }
    shop.settle().await;
    shop.desk.anchor(&shop.system, AnchorScope::Changed).await.unwrap();
    Sealed { shop, store, cipher, _folder: folder }
}

impl Sealed {
    /// How many rows are under the newest key, and how many are not.
    async fn counted(&self) -> (usize, usize) {
        let (mut new, mut old) = (0, 0);
        for kind in Kind::ALL {
            for write in self.store.rows(&tenant(), *kind, None, 1000).await.unwrap() {
                let current = self.cipher.is_current(&tenant(), &write.row.body.0).unwrap();
                *(if current { &mut new } else { &mut old }) += 1;
            }
        }
        (new, old)
    }

    async fn verified(&self) -> bool {
        let mut export = self.shop.desk.export_audit(&self.shop.finance).await.unwrap();
        let mut verifier = Verifier::new();
        while let Some(line) = export.next_line().await.unwrap() {
            verifier.line(line.as_bytes());
        }
        verifier.finish().holds()
    }
}

#[tokio::test]
async fn rows_are_sealed_again_page_by_page_and_history_still_holds() {
    let sealed = sealed().await;
    let shop = &sealed.shop;
    let (all, none) = sealed.counted().await;
    assert!(all > 30 && none == 0);
    sealed.cipher.rotate(&tenant()).unwrap();
    assert_eq!(sealed.counted().await, (0, all));
    let refused = shop.desk.reseal(&shop.finance, &*sealed.store, None, 5).await.unwrap_err();
    assert_eq!(code(&refused), RefusalCode::NotPermitted);

    // Two pages, then the program ends; its last cursor was kept as text. Meanwhile the shop works.
    let mut cursor: Option<ResealCursor> = None;
    for rows in [5, 3] {
        let report = shop.desk.reseal(&shop.system, &*sealed.store, cursor.as_ref(), 5).await.unwrap();
        assert_eq!((report.looked_at, report.resealed), (rows, rows));
        cursor = report.next;
    }
    let order = shop.sell("A-99", vec![line("1", BOOK, 2, "40.00")]).await;
    shop.apply("P-99", &[&order]).await;
    shop.settle().await;
    let mut cursor = ResealCursor::from_text(&cursor.unwrap().to_text());
    while let Some(from) = cursor {
        cursor = shop.desk.reseal(&shop.system, &*sealed.store, Some(&from), 7).await.unwrap().next;
    }
    assert_eq!(sealed.counted().await.1, 0);
    let again = shop.desk.reseal(&shop.system, &*sealed.store, None, 1000).await.unwrap();
    assert_eq!((again.resealed, again.overtaken), (0, 0), "what is done stays done");

    assert!(sealed.verified().await);
    let timeline = shop.desk.timeline(&shop.finance, &application_id("P-1")).await.unwrap();
    assert!(timeline.iter().any(|entry| entry.verb == "reseal" && entry.changes.is_empty()));
    shop.refund("R-1", &order_id("A-1"), &[("1", "20.00", Some(1))]).await.unwrap();
    shop.settle().await;
    shop.prove().await;
    shop.desk.anchor(&shop.system, AnchorScope::Changed).await.unwrap();
    assert!(sealed.verified().await);
}

#[tokio::test]
async fn an_old_body_put_back_into_a_newer_row_does_not_open() {
    let sealed = sealed().await;
    let query = Query::new(&tenant(), Kind::Application);
    let row = sealed.store.find(&query).await.unwrap().rows.remove(0);
    let mut unit = UnitOfWork::new(UnitId::new("bent").unwrap(), tenant());
    let mut next = row.clone();
    next.version = row.version.next();
    unit.writes.push(Write { row: next, columns: Default::default() });
    sealed.store.commit(&unit).await.unwrap();
    let error = sealed.shop.desk.application(&sealed.shop.finance, &application_id("P-0")).await.unwrap_err();
    assert_eq!(error.code(), "DESK-01");
}

#[tokio::test]
async fn a_tenant_moves_to_another_store_and_the_work_goes_on_there() {
    let sealed = sealed().await;
    let shop = &sealed.shop;
    // In the middle of its work: something waits in the outbox.
    shop.sell("B-1", vec![line("1", BOOK, 2, "40.00")]).await;
    shop.apply("Q-1", &[&order_id("B-1")]).await;
    let mut export = Export::new(&*sealed.store, &tenant(), shop.clock.now());
    let mut file = String::new();
    while let Some(lines) = export.next_lines().await.unwrap() {
        file.push_str(&lines);
    }
    let target = Arc::new(MemoryStore::new());
    let mut import = Import::new(&*target);
    for line in file.lines() {
        import.line(line).await.unwrap();
    }
    let totals = import.finish().await.unwrap();
    assert_eq!(&totals, export.totals());

    let proof = shop.desk.reconcile(&shop.finance, &seller_id()).await.unwrap();
    let mut moved = Shop {
        desk: shop.desk.clone(),
        bureau: shop.bureau.clone(),
        clock: Arc::clone(&shop.clock),
        ..Shop::new()
    };
    moved.store = Arc::clone(&target) as _;
    moved.desk = desk(&moved, &moved.store, &sealed.cipher, 4);
    assert_eq!(moved.desk.reconcile(&shop.finance, &seller_id()).await.unwrap(), proof);
    moved.settle().await;
    assert_eq!(moved.application("Q-1").await.state().as_str(), "issued");
    moved.refund("R-9", &order_id("B-1"), &[("1", "20.00", Some(1))]).await.unwrap();
    moved.settle().await;
    moved.prove().await;
}
