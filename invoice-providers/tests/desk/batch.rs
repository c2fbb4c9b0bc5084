//! Batches: a result for every row, whatever the others are; never a row twice.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "what tests share")]

use std::sync::Arc;
use std::time::Duration;

use crate::desk_support::*;
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use invoice_core::batch::RowResult;
use invoice_core::desk::BatchProgress;
use invoice_core::error::RefusalCode;
use invoice_core::id::{BatchId, OrderId, TenantId, WorkerId};
use invoice_core::store::{
    Claim, Commit, JournalEntry, Key, LedgerEntry, MemoryStore, Message, Page, Query, Row, Store, StoreError,
    Sum, SumQuery, UnitOfWork,
};
use invoice_providers::import::{read_applications, write_results};

fn batch_id(id: &str) -> BatchId {
    BatchId::new(id).unwrap()
}

fn file(rows: &[String]) -> String {
    format!("seller,buyer,orders,kind,name,tax_id,amount\n{}\n", rows.join("\n"))
}

fn told(results: &[(u32, RowResult)]) -> Vec<String> {
    let one = |(number, result): &(u32, RowResult)| match result {
        RowResult::Accepted { application, state } => format!("{number} {application} {}", state.as_str()),
        RowResult::Refused { code, .. } => format!("{number} {code}"),
        RowResult::Repeats { row } => format!("{number} repeats {row}"),
        RowResult::Contradicts { row } => format!("{number} contradicts {row}"),
        other => format!("{number} {}", other.as_str()),
    };
    results.iter().map(one).collect()
}

#[tokio::test]
async fn every_row_has_its_result_and_one_bad_row_stops_no_other() {
    let shop = Shop::new();
    for id in ["A-1", "A-2", "A-3", "A-4", "A-5", "A-6", "A-7", "A-8"] {
        shop.sell(id, vec![line("1", BOOK, 1, "100.00")]).await;
    }
    let company = "华为技术有限公司,914403001922038216";
    let file = file(&[
        "shop,buyer-1,A-1,digital_ordinary,张三,,".to_owned(),
        "shop,buyer-1,A-1,digital_ordinary,张三,,".to_owned(),
        format!("shop,buyer-1,A-2,digital_special,{company},"),
        "shop,buyer-1,A-3,digital_ordinary,张三,,".to_owned(),
        "shop,buyer-1,A-3,digital_ordinary,李四,,".to_owned(),
        "shop,buyer-1,A-9,digital_ordinary,张三,,".to_owned(),
        "nobody,buyer-1,A-4,digital_ordinary,张三,,".to_owned(),
        "shop,buyer-2,A-6,digital_ordinary,张三,,".to_owned(),
        "shop,buyer-1,A-7,digital_ordinary,张三,,100.01".to_owned(),
        "shop,buyer-1,A-8,digital_ordinary,华为技术有限公司,914403001922038217,50".to_owned(),
        "shop,buyer-1,A-5,digital_ordinary,张三,,oops".to_owned(),
        "shop,buyer-1,A-5,digital_ordinary,张三,,40.00".to_owned(),
    ]);
    let rows = read_applications(file.as_bytes()).unwrap();
    let submitted = shop.desk.submit_batch(&shop.finance, &batch_id("B"), rows.clone()).await.unwrap();
    assert_eq!(submitted, BatchProgress { rows: 12, done: 0, accepted: 0 });
    shop.settle().await;
    let results = shop.desk.batch_results(&shop.finance, &batch_id("B")).await.unwrap();
    assert_eq!(
        told(&results),
        [
            "2 B-2 pending_issue",
            "3 repeats 2",
            "4 B-4 pending_review",
            "5 contradicts 6",
            "6 contradicts 5",
            "7 ORDER-05",
            "8 SELLER-01",
            "9 ORDER-10",
            "10 LEDGER-03",
            "11 TITLE-01",
            "12 unreadable",
            "13 B-13 pending_issue"
        ]
    );
    let mut back = Vec::new();
    write_results(&mut back, &results).unwrap();
    let back = String::from_utf8(back).unwrap();
    assert_eq!(back.lines().count(), 13);
    assert!(!back.contains("张三") && !back.contains("914403001922038216"), "{back}");
    // The same file again changes nothing; another under the same name is refused.
    let again = shop.desk.submit_batch(&shop.finance, &batch_id("B"), rows.clone()).await.unwrap();
    assert_eq!(again, BatchProgress { rows: 12, done: 12, accepted: 3 });
    shop.settle().await;
    assert_eq!(shop.bureau.issued().count(), 2, "the special one waits for its reviewer");
    let fewer = rows[1..].to_vec();
    let changed = shop.desk.submit_batch(&shop.finance, &batch_id("B"), fewer).await.unwrap_err();
    assert_eq!(code(&changed), RefusalCode::BatchChanged);
    shop.prove().await;
}

#[tokio::test]
async fn shapes_that_cannot_be_batches_are_refused() {
    let shop = Shop::new();
    let rows =
        read_applications(file(&["shop,b,A-1,digital_ordinary,张三,,".to_owned()]).as_bytes()).unwrap();
    let twice = vec![rows[0].clone(), rows[0].clone()];
    for (id, rows) in [("x".repeat(41), rows.clone()), ("B".into(), vec![]), ("B".into(), twice)] {
        let refused = shop.desk.submit_batch(&shop.finance, &batch_id(&id), rows).await.unwrap_err();
        assert_eq!(code(&refused), RefusalCode::BatchShape);
    }
    let refused = shop.desk.submit_batch(&shop.reviewer, &batch_id("B"), rows).await.unwrap_err();
    assert_eq!(code(&refused), RefusalCode::NotPermitted);
    let unknown = shop.desk.batch_progress(&shop.finance, &batch_id("none")).await.unwrap_err();
    assert_eq!(code(&unknown), RefusalCode::BatchUnknown);
}

#[tokio::test]
async fn a_batch_cut_off_anywhere_goes_on_without_doubles() {
    let mut rows = vec![];
    for number in 0..250 {
        rows.push(format!("shop,buyer-1,A-{number:03},digital_ordinary,张三,,"));
    }
    let rows = read_applications(file(&rows).as_bytes()).unwrap();
    // Dropped after so many turns of the executor, at submitting and at every chunk; then done again whole.
    for cut in [1, 2, 3, 4, 5, 6, 7, 8, 50, 333, 601] {
        let shop = Shop::on(Arc::new(Slow(MemoryStore::new())), |bureau| bureau);
        for number in 0..250 {
            shop.sell(&format!("A-{number:03}"), vec![line("1", BOOK, 1, "1.00")]).await;
        }
        let worker = WorkerId::new("w").unwrap();
        let cut_off = turns(cut, shop.desk.submit_batch(&shop.finance, &batch_id("B"), rows.clone())).await;
        let mut cuts = u32::from(cut_off);
        shop.desk.submit_batch(&shop.finance, &batch_id("B"), rows.clone()).await.unwrap();
        for _ in 0..4 {
            cuts += u32::from(turns(cut, shop.desk.pump(&shop.system, &worker, 3)).await);
            shop.clock.advance(Duration::from_secs(61));
        }
        assert!(cuts > 0, "nothing was cut off after {cut}");
        shop.settle().await;
        let progress = shop.desk.batch_progress(&shop.finance, &batch_id("B")).await.unwrap();
        assert_eq!(progress, BatchProgress { rows: 250, done: 250, accepted: 250 }, "cut after {cut}");
        assert_eq!(shop.bureau.issued().count(), 250, "cut after {cut}");
        shop.prove().await;
    }
}

/// A store whose every call takes a turn before its effect and one after.
struct Slow(MemoryStore);

async fn turn() {
    let mut waited = false;
    std::future::poll_fn(|context| {
        if std::mem::replace(&mut waited, true) {
            return std::task::Poll::Ready(());
        }
        context.waker().wake_by_ref();
        std::task::Poll::Pending
    })
    .await;
}

async fn slowly<T>(call: impl Future<Output = T>) -> T {
    turn().await;
    let done = call.await;
    turn().await;
    done
}

#[async_trait]
impl Store for Slow {
    async fn read(&self, keys: &[Key]) -> Result<Vec<Option<Row>>, StoreError> {
        slowly(self.0.read(keys)).await
    }
    async fn find(&self, query: &Query) -> Result<Page, StoreError> {
        slowly(self.0.find(query)).await
    }
    async fn commit(&self, unit: &UnitOfWork) -> Result<Commit, StoreError> {
        slowly(self.0.commit(unit)).await
    }
    async fn claim(&self, claim: &Claim) -> Result<Vec<Message>, StoreError> {
        slowly(self.0.claim(claim)).await
    }
    async fn next_due(&self, tenant: &TenantId) -> Result<Option<DateTime<Utc>>, StoreError> {
        slowly(self.0.next_due(tenant)).await
    }
    async fn journal(&self, key: &Key, after: u64, limit: usize) -> Result<Vec<JournalEntry>, StoreError> {
        slowly(self.0.journal(key, after, limit)).await
    }
    async fn ledger(
        &self,
        tenant: &TenantId,
        after: Option<(OrderId, u64)>,
        limit: usize,
    ) -> Result<Vec<LedgerEntry>, StoreError> {
        slowly(self.0.ledger(tenant, after, limit)).await
    }
    async fn sums(&self, query: &SumQuery) -> Result<Vec<Sum>, StoreError> {
        slowly(self.0.sums(query)).await
    }
}

/// Polls a future so many times and drops it where it stands; whether it was cut off.
async fn turns<T>(most: usize, future: impl Future<Output = T>) -> bool {
    let mut future = std::pin::pin!(future);
    let mut left = most;
    std::future::poll_fn(|context| {
        if future.as_mut().poll(context).is_ready() {
            return std::task::Poll::Ready(false);
        }
        left -= 1;
        if left == 0 {
            return std::task::Poll::Ready(true);
        }
        context.waker().wake_by_ref();
        std::task::Poll::Pending
    })
    .await
}

#[cfg(feature = "xlsx")]
#[tokio::test]
async fn a_workbook_of_thousands_comes_back_as_a_workbook_with_a_result_per_row() {
    use invoice_providers::import::{read_applications_xlsx, write_results_xlsx};

    let shop = Shop::new();
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    let head = ["seller", "buyer", "orders", "kind", "name", "tax_id", "amount"];
    for (column, name) in (0..).zip(head) {
        sheet.write_string(0, column, name).unwrap();
    }
    let known = 300;
    for row in 1..=1_000_u32 {
        if row <= known {
            shop.sell(&format!("A-{row}"), vec![line("1", BOOK, 1, "100.00")]).await;
        }
        let order = format!("A-{row}");
        let cells = ["shop", "buyer-1", order.as_str(), "数电普票", "张三"];
        for (column, cell) in (0..).zip(cells) {
            sheet.write_string(row, column, cell).unwrap();
        }
        sheet.write_number(row, 6, 99.99).unwrap();
    }
    let file = book.save_to_buffer().unwrap();
    let rows = read_applications_xlsx(std::io::Cursor::new(file)).unwrap();
    shop.desk.submit_batch(&shop.finance, &batch_id("B"), rows.clone()).await.unwrap();
    shop.settle().await;
    let results = shop.desk.batch_results(&shop.finance, &batch_id("B")).await.unwrap();
    let accepted = results.iter().filter(|(_, result)| matches!(result, RowResult::Accepted { .. })).count();
    assert_eq!((results.len(), accepted), (1_000, 300), "unknown orders stop no other row");
    assert_eq!(shop.bureau.issued().count(), 300);
    let again = shop.desk.submit_batch(&shop.finance, &batch_id("B"), rows).await.unwrap();
    assert_eq!(again.done, 1_000, "the same workbook again changes nothing");
    let mut back = Vec::new();
    write_results_xlsx(&mut back, &results).unwrap();
    let mut back: calamine::Xlsx<_> = calamine::open_workbook_from_rs(std::io::Cursor::new(back)).unwrap();
    let sheet = calamine::Reader::worksheet_range_at(&mut back, 0).unwrap().unwrap();
    assert_eq!(sheet.height(), 1_001);
    assert_eq!(sheet.get_value((1_000, 3)).unwrap().to_string().split(':').next(), Some("ORDER-05"));
    shop.prove().await;
}
