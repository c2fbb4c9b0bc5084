//! Received invoices a second from a sealed SQLite file through the desk into a report.
//!
//! `cargo bench -p invoice-benches --bench received_report` measures a million; `RECEIVED_ROWS` sets another number, and
//! `RECEIVED_FILE` keeps the file for the next time. Among the tests it runs once, small. The rows are written as the desk
//! writes them, sealed under a key of their own, before the clock starts.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a bench prints, and stops where it is wrong")]

use std::env::{args, var, var_os};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use futures_util::future::join_all;
use invoice_core::access::{Actor, Role};
use invoice_core::desk::{DeskError, InvoiceDesk};
use invoice_core::env::{Cipher, Clock, IdGenerator, Opaque, Place};
use invoice_core::id::{ActorId, SellerId, TenantId, UnitId};
use invoice_core::money::Money;
use invoice_core::received::{Evidence, ReceivedInvoice, ReceivedKind, ReceivedQuery, ReceivedRow};
use invoice_core::report::received::InputTax;
use invoice_core::report::{GroupBy, GroupReport};
use invoice_core::store::{Columns, Key, Kind, Row, Store, Tag, UnitOfWork, Version, Write};
use invoice_core::tax::{TaxRate, Treatment, tax_midnight};
use invoice_providers::cipher::LocalCipher;
use invoice_providers::sql::SqliteStore;

struct Fixed;

impl Clock for Fixed {
    fn now(&self) -> DateTime<Utc> {
        "2026-06-01T00:00:00Z".parse().unwrap()
    }
}

impl IdGenerator for Fixed {
    fn next_id(&self) -> String {
        "unit".to_owned()
    }

    fn random(&self, _below: u64) -> u64 {
        0
    }
}

const SELLERS: [&str; 4] = ["杭州示例餐饮有限公司", "深圳市样例茶业有限公司", "上海某某物流", "北京示例酒店"];

/// The `place`-th invoice: its day, net and tax in fen.
fn invoice(place: usize) -> (NaiveDate, i64, i64) {
    let day = NaiveDate::from_yo_opt(2025, 1 + u32::try_from(place * 7 % 365).unwrap()).unwrap();
    let net = i64::try_from(1_000 + place * 31 % 90_000).unwrap();
    (day, net, (net * 13 + 50) / 100)
}

fn number(place: usize) -> String {
    format!("25332000{place:012}")
}

fn received(place: usize) -> ReceivedInvoice {
    const BOOKS: Evidence = Evidence::Structured;
    let ((day, net, tax), fen) = (invoice(place), Money::from_fen);
    let row = ReceivedRow::new("*餐饮服务*工作餐").with_net(fen(net)).with_tax(fen(tax));
    let row = row.with_rate(TaxRate::percent(13).unwrap(), Treatment::Standard);
    ReceivedInvoice::builder()
        .number(number(place).parse().unwrap(), BOOKS)
        .kind(ReceivedKind::DigitalSpecial, BOOKS)
        .date(day, BOOKS)
        .net(fen(net), BOOKS)
        .tax(fen(tax), BOOKS)
        .seller_name(SELLERS[place % SELLERS.len()], BOOKS)
        .seller_tax_id("914403001922038216", BOOKS)
        .buyer_tax_id("91330100799655058B", BOOKS)
        .rows(vec![row], BOOKS)
        .build()
        .unwrap()
}

/// The body of a record in state received, as the desk writes it.
fn body(place: usize) -> Vec<u8> {
    let invoice = serde_json::to_string(&received(place)).unwrap();
    let text = format!(
        "{{\"invoice\":{invoice},\"entity\":\"shop\",\"by\":\"fang\",\"at\":\"2026-05-20T04:00:00Z\",\
         \"state\":\"received\",\"verification\":[]}}"
    );
    text.into_bytes()
}

fn write(tenant: &TenantId, cipher: &dyn Cipher, place: usize) -> Write {
    let (number, (day, net, tax)) = (number(place), invoice(place));
    let row = format!("{number}/1");
    let at = Place { tenant, column: Kind::Received.as_str(), row: &row };
    let body = Opaque(cipher.seal(&at, &body(place)).unwrap());
    let key = Key::new(tenant, Kind::Received, &number);
    let month = Tag { name: "month", value: format!("{:04}-{:02}", day.year(), day.month()) };
    let columns = Columns {
        seller: Some(SellerId::new("shop").unwrap()),
        state: Some("received"),
        at: Some(tax_midnight(day)),
        net: Money::from_fen(net),
        tax: Money::from_fen(tax),
        gross: Money::from_fen(net + tax),
        tags: vec![Tag { name: "number", value: number }, month],
    };
    Write { row: Row { key, version: Version::new(1), head: [0; 32], body }, columns }
}

async fn fill(store: &dyn Store, tenant: &TenantId, cipher: &dyn Cipher, rows: usize) {
    const UNIT: usize = 1_000;
    let units: Vec<usize> = (0..rows).step_by(UNIT).collect();
    for units in units.chunks(8) {
        let commits = units.iter().map(|from| {
            let mut unit = UnitOfWork::new(UnitId::new(format!("fill-{from}")).unwrap(), tenant.clone());
            unit.writes = (*from..rows.min(from + UNIT)).map(|place| write(tenant, cipher, place)).collect();
            async move { store.commit(&unit).await.unwrap() }
        });
        join_all(commits).await;
    }
}

/// Most memory that this process has ever had, in KiB, where the system tells.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM"));
    line.and_then(|line| line.split_whitespace().nth(1)?.parse().ok()).unwrap_or(0)
}

async fn run(folder: &Path, rows: usize) {
    let cipher = Arc::new(LocalCipher::open_or_create(folder.join("key")).unwrap());
    let store = Arc::new(SqliteStore::open(folder.join("received.db")).await.unwrap());
    let tenant = TenantId::new("t1").unwrap();
    fill(&*store, &tenant, &*cipher, rows).await;
    let desk = InvoiceDesk::builder(tenant, store, cipher, Arc::new(Fixed), Arc::new(Fixed)).build().unwrap();
    let fang = Actor::staff(ActorId::new("fang").unwrap(), Role::Finance);
    let (mut net, mut tax) = (0_i128, 0_i128);
    for place in 0..rows {
        let (_, of_net, of_tax) = invoice(place);
        (net, tax) = (net + i128::from(of_net), tax + i128::from(of_tax));
    }
    let (before, start) = (peak(), Instant::now());
    let mut reports = [GroupBy::Month, GroupBy::Seller, GroupBy::Category].map(GroupReport::new);
    let mut input = InputTax::default();
    let query = ReceivedQuery::new();
    let folded = desk.fold_received(&fang, &query, |record| {
        reports.iter_mut().for_each(|report| report.add_received(record));
        input.add(record);
        Ok::<_, DeskError>(())
    });
    let count = folded.await.unwrap();
    let (took, grown) = (start.elapsed(), peak().saturating_sub(before));
    assert_eq!(count, u64::try_from(rows).unwrap());
    for report in &reports {
        let totals = report.groups().fold((0, 0), |sum, (_, of)| (sum.0 + of.net, sum.1 + of.tax));
        assert_eq!(totals, (net, tax));
    }
    println!(
        "received_report: {rows} invoices in {} ms, {} a second; memory grew by {grown} KiB",
        took.as_millis(),
        u128::try_from(rows).unwrap() * 1_000_000_000 / took.as_nanos().max(1)
    );
}

fn main() {
    let has = |wanted: &str| args().any(|arg| arg == wanted);
    let runtime = || tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    if has("--list") {
        if !has("--ignored") {
            println!("received_report_bench_runs_small: test");
        }
        return;
    }
    let place = tempfile::tempdir().unwrap();
    let kept = var_os("RECEIVED_FILE").map(PathBuf::from).filter(|_| has("--bench"));
    let folder = kept.unwrap_or_else(|| place.path().to_path_buf());
    std::fs::create_dir_all(&folder).unwrap();
    if has("--bench") {
        let rows = var("RECEIVED_ROWS").ok().and_then(|rows| rows.parse().ok()).unwrap_or(1_000_000);
        for _ in 0..3 {
            runtime().block_on(run(&folder, rows));
        }
    } else {
        runtime().block_on(run(&folder, 2_500));
    }
}
