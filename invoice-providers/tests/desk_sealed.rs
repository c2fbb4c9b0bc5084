//! A whole run on SQLite under a local key: nothing of a person is in any file the shop keeps.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "what tests share")]
#![cfg(all(feature = "sandbox", feature = "sqlite", feature = "cipher"))]

mod desk_support;

use std::fs;
use std::sync::Arc;

use desk_support::*;
use invoice_core::desk::InvoiceDesk;
use invoice_core::env::Clock;
use invoice_core::id::TenantId;
use invoice_core::store::Store;
use invoice_core::testkit::SeededIds;
use invoice_core::title::Title;
use invoice_providers::cipher::LocalCipher;
use invoice_providers::sql::SqliteStore;

const PERSONAL: &[&str] = &[
    "诸葛孔明",
    "914403001922038216",
    "卧龙岗路一号",
    "0755-28780808",
    "招商银行南阳支行",
    "755900001234567",
    "绝密商品",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_file_of_a_run_holds_a_persons_data_in_the_clear() {
    let folder = tempfile::tempdir().unwrap();
    let store: Arc<dyn Store> = Arc::new(SqliteStore::open(folder.path().join("shop.db")).await.unwrap());
    let mut shop = Shop::on(Arc::clone(&store), |bureau| bureau);
    let cipher = Arc::new(LocalCipher::open_or_create(folder.path().join("shop.key")).unwrap());
    shop.desk = InvoiceDesk::builder(
        TenantId::new("t1").unwrap(),
        Arc::clone(&store),
        cipher,
        Arc::clone(&shop.clock) as Arc<dyn Clock>,
        Arc::new(SeededIds::new(3)),
    )
    .seller(seller())
    .provider(Arc::new(shop.bureau.clone()))
    .build()
    .unwrap();

    let item = line("1", BOOK, 2, "40.00").item().clone();
    let id = invoice_core::id::LineId::new("1").unwrap();
    let secret = invoice_core::order::OrderLine::new(id, item, "绝密商品", 2.into(), yuan("40.00")).unwrap();
    let order = shop.sell("A-1", vec![secret]).await;
    let mut wish = shop.wish("P-1", &[&order]);
    wish.title = Title::company("诸葛孔明有限公司", "914403001922038216")
        .with_address("卧龙岗路一号", "0755-28780808")
        .with_bank("招商银行南阳支行", "755900001234567");
    shop.desk.apply(&shop.system, wish, None).await.unwrap();
    shop.settle().await;
    shop.refund("R-1", &order, &[("1", "20.00", Some(1))]).await.unwrap();
    shop.settle().await;
    shop.prove().await;
    let timeline = shop.desk.timeline(&shop.system, &application_id("P-1")).await.unwrap();
    let seen = format!("{:?} {:?} {timeline:?}", shop.application("P-1").await, shop.invoices("P-1").await);

    let mut looked_at = 0;
    for entry in fs::read_dir(folder.path()).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            let bytes = fs::read(&path).unwrap();
            looked_at += bytes.len();
            for secret in PERSONAL {
                let found = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
                assert!(!found, "{secret} stands in {}", path.display());
            }
        }
    }
    assert!(looked_at > 50_000, "the scan read too little: {looked_at}");
    for secret in PERSONAL {
        assert!(!seen.contains(secret), "{secret} is shown by Debug or the timeline");
    }
    let kept = shop.invoices("P-1").await;
    assert_eq!(kept[0].title().name(), "诸葛孔明有限公司", "and yet it can be read by who may");
}
