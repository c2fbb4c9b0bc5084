//! A whole run on SQLite under a local key: nothing of a person is in any file the shop keeps, in whatever form, nor
//! in what is shown, logged or told in errors.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "what tests share")]

#[path = "../desk_support/scan.rs"]
mod scan;

use std::error::Error;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use crate::desk_support::*;
use invoice_core::access::{Actor, Role};
use invoice_core::desk::{AnchorScope, InvoiceDesk};
use invoice_core::env::Clock;
use invoice_core::id::{ActorId, TenantId};
use invoice_core::mask::{MaskedApplication, MaskedInvoice};
use invoice_core::search::TitleQuery;
use invoice_core::store::Store;
use invoice_core::testkit::SeededIds;
use invoice_core::title::Title;
use invoice_providers::cipher::LocalCipher;
use invoice_providers::sql::SqliteStore;

/// Everything personal that goes into the run, in parts that no frame around them can hide.
const PERSONAL: &[&str] = &[
    "诸葛孔明",
    "卧龙有限",
    "914403001922038216",
    "卧龙岗路一号",
    "0755-28780808",
    "招商银行南阳支行",
    "755900001234567",
    "绝密商品",
    "绝密规格",
    "请交孔明先生",
    "司马懿来电",
    "工单里写着黄月英",
    "王小明",
    "110105199003078852",
];

struct Run {
    shop: Shop,
    cipher: Arc<LocalCipher>,
    shown: String,
}

async fn run(folder: &Path) -> Run {
    let store: Arc<dyn Store> = Arc::new(SqliteStore::open(folder.join("shop.db")).await.unwrap());
    let mut shop = Shop::on(Arc::clone(&store), |bureau| bureau);
    let cipher = Arc::new(LocalCipher::open_or_create(folder.join("shop.key")).unwrap());
    shop.desk = InvoiceDesk::builder(
        TenantId::new("t1").unwrap(),
        Arc::clone(&store),
        Arc::clone(&cipher) as Arc<dyn invoice_core::env::Cipher>,
        Arc::clone(&shop.clock) as Arc<dyn Clock>,
        Arc::new(SeededIds::new(3)),
    )
    .seller(seller())
    .provider(Arc::new(shop.bureau.clone()))
    .build()
    .unwrap();
    let mut run = Run { shop, cipher, shown: String::new() };
    run.company().await;
    run.person().await;
    run.looked_at().await;
    run
}

impl Run {
    fn show(&mut self, seen: impl std::fmt::Debug) {
        self.shown.push_str(&format!("{seen:?}\n{seen:#?}\n"));
    }

    fn error(&mut self, error: &(dyn Error + 'static)) {
        let mut next = Some(error);
        while let Some(error) = next {
            self.shown.push_str(&format!("{error} {error:?}\n"));
            next = error.source();
        }
    }

    async fn company(&mut self) {
        let item = line("1", BOOK, 2, "40.00").item().clone();
        let id = invoice_core::id::LineId::new("1").unwrap();
        let secret =
            invoice_core::order::OrderLine::new(id, item, "绝密商品", 2.into(), yuan("60000.00")).unwrap();
        let order = self.shop.sell("A-1", vec![secret.with_spec("绝密规格")]).await;
        let mut wish = self.shop.wish("P-1", &[&order]);
        wish.title = Title::company("诸葛孔明卧龙有限公司", "914403001922038216")
            .with_address("卧龙岗路一号", "0755-28780808")
            .with_bank("招商银行南阳支行", "755900001234567");
        wish.remark = Some("请交孔明先生".to_owned());
        let desk = self.shop.desk.clone();
        desk.apply(&self.shop.system, wish.clone(), None).await.unwrap();
        let reviewer = self.shop.reviewer.clone().because("工单里写着黄月英");
        desk.reject(&reviewer, &application_id("P-1"), "司马懿来电").await.unwrap();
        wish.id = application_id("P-2");
        let preview = desk.preview(&self.shop.system, &wish).await.unwrap();
        self.show(&preview);
        self.show(&wish.title);
        desk.apply(&self.shop.system, wish.clone(), None).await.unwrap();
        desk.approve(&reviewer, &application_id("P-2")).await.unwrap();
        let second = Actor::staff(ActorId::new("rolf").unwrap(), Role::Reviewer);
        desk.approve(&second, &application_id("P-2")).await.unwrap();
        self.shop.settle().await;
        self.shop.refund("R-1", &order, &[("1", "30000.00", Some(1))]).await.unwrap();
        self.shop.settle().await;
        // Refusals about personal data tell none of it.
        wish.id = application_id("P-3");
        wish.title = Title::company("诸葛孔明卧龙有限公司\u{1F9FE}", "914403001922038216X")
            .with_address("卧龙岗路一号", "王小明");
        let refused = desk.apply(&self.shop.system, wish.clone(), None).await.unwrap_err();
        self.error(&refused);
        wish.id = application_id("P-2");
        let refused = desk.apply(&self.shop.system, wish, None).await.unwrap_err();
        self.error(&refused);
    }

    async fn person(&mut self) {
        let order = self.shop.sell("A-2", vec![line("1", BOOK, 1, "40.00")]).await;
        let mut wish = self.shop.wish("P-9", &[&order]);
        wish.title = Title::person("王小明").with_tax_id("110105199003078852");
        self.shop.desk.apply(&self.shop.system, wish, None).await.unwrap();
        self.shop.settle().await;
    }

    async fn looked_at(&mut self) {
        let desk = self.shop.desk.clone();
        let query = TitleQuery::name("卧龙有限").unwrap();
        self.show(&query);
        let found = desk.search_applications(&self.shop.finance, &query, None, 10).await.unwrap();
        assert_eq!(found.items.len(), 2);
        self.show(&found);
        for id in ["P-1", "P-2", "P-9"] {
            let timeline = desk.timeline(&self.shop.finance, &application_id(id)).await.unwrap();
            self.show(&timeline);
            let application = self.shop.application(id).await;
            self.show(&application);
            self.show(MaskedApplication::of(&application));
            for invoice in self.shop.invoices(id).await {
                self.show(MaskedInvoice::of(&invoice));
                self.show(&invoice);
            }
        }
        self.show(desk.anchor(&self.shop.system, AnchorScope::Changed).await.unwrap());
        let mut export = desk.export_audit(&self.shop.finance).await.unwrap();
        while let Some(line) = export.next_line().await.unwrap() {
            self.shown.push_str(&line);
        }
        let bundle = desk.incident(&self.shop.finance, &application_id("P-2")).await.unwrap();
        self.shown.push_str(&bundle.to_json().unwrap());
        self.shop.prove().await;
    }
}

fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found = vec![];
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push((path.display().to_string(), fs::read(path).unwrap()));
        }
    }
    found
}

#[test]
fn the_scan_finds_what_is_there() {
    PERSONAL.iter().for_each(|secret| scan::proves_itself(secret));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_file_of_a_run_holds_a_persons_data_in_the_clear() {
    let folder = tempfile::tempdir().unwrap();
    let run = run(folder.path()).await;
    // A copy of the living database, as a backup takes it.
    let database = format!("sqlite:{}", folder.path().join("shop.db").display());
    let pool = sqlx::sqlite::SqlitePool::connect(&database).await.unwrap();
    let backup = folder.path().join("backup.db").display().to_string();
    sqlx::query("VACUUM INTO ?1").bind(backup).execute(&pool).await.unwrap();
    pool.close().await;
    let files = files(folder.path());
    let names: Vec<&String> = files.iter().map(|(name, _)| name).collect();
    for end in ["shop.db", "shop.db-wal", "backup.db", "shop.key"] {
        assert!(names.iter().any(|name| name.ends_with(end)), "{end} was not looked at: {names:?}");
    }
    assert!(files.iter().map(|(_, bytes)| bytes.len()).sum::<usize>() > 150_000, "the scan read too little");
    for secret in PERSONAL {
        for (name, bytes) in &files {
            assert_eq!(scan::found(bytes, secret), None, "{secret} stands in {name}");
        }
        let shown = scan::found(run.shown.as_bytes(), secret);
        assert_eq!(shown, None, "{secret} is shown");
    }
    let kept = run.shop.invoices("P-2").await;
    assert_eq!(kept[0].title().name(), "诸葛孔明卧龙有限公司", "and yet it can be read by who may");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_erased_tenant_can_be_read_no_more_and_says_so_without_a_word_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let mut run = run(folder.path()).await;
    run.shown.clear();
    run.cipher.erase(&TenantId::new("t1").unwrap()).unwrap();
    let desk = run.shop.desk.clone();
    for id in ["P-1", "P-2", "P-9"] {
        let error = desk.application(&run.shop.finance, &application_id(id)).await.unwrap_err();
        assert_eq!(error.code(), "DESK-01");
        run.error(&error);
        run.error(&desk.timeline(&run.shop.finance, &application_id(id)).await.unwrap_err());
    }
    assert!(run.shown.len() > 300);
    for secret in PERSONAL {
        assert_eq!(scan::found(run.shown.as_bytes(), secret), None, "{secret} is told");
    }
}
