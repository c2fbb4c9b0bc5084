//! Reports of received invoices from a sealed SQLite file: by opening every invoice, and from what the store has added up.
//!
//! `cargo bench -p invoice-benches --bench received_report` measures a million; `RECEIVED_ROWS` sets another number, and
//! `RECEIVED_FILE` keeps the file for the next time. Among the tests it runs once, small. The rows are written as the desk
//! writes them, sealed under a key of their own and without the tags to search by, before the clock starts.

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
use invoice_core::received::{
    Evidence, ReceivedInvoice, ReceivedKind, ReceivedQuery, ReceivedRecord, ReceivedRow,
};
use invoice_core::report::received::ReceivedReport;
use invoice_core::report::{GroupBy, Totals};
use invoice_core::store::{Columns, Key, Kind, Row, Store, Summand, Tag, UnitOfWork, Version, Write};
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
    let month = format!("{:04}-{:02}", day.year(), day.month());
    let fen = Money::from_fen;
    let summand = Summand { net: fen(net), tax: fen(tax), gross: fen(net + tax) };
    let token = |name: &'static str, text: &str| cipher.token(tenant, name, text).unwrap()[..32].to_owned();
    let sums = [
        ("sum_kind", "digital_special".to_owned()),
        ("sum_deduction", "not_confirmed".to_owned()),
        ("sum_rate", "0.13".to_owned()),
        ("sum_seller", token("sum_seller", SELLERS[place % SELLERS.len()])),
        ("sum_category", token("sum_category", "餐饮服务")),
    ];
    let sums =
        sums.map(|(name, key)| Tag::new(name, format!("{month}|received|{key}|shop")).with_amounts(summand));
    let tags = [Tag::new("number", number.as_str()), Tag::new("month", month.as_str())];
    let columns = Columns {
        seller: Some(SellerId::new("shop").unwrap()),
        state: Some("received"),
        at: Some(tax_midnight(day)),
        net: Money::from_fen(net),
        tax: Money::from_fen(tax),
        gross: Money::from_fen(net + tax),
        tags: tags.into_iter().chain(sums).collect(),
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
    let mut folded = ReceivedReport::new(GroupBy::Seller);
    let add = |record: &ReceivedRecord| {
        folded.add(record);
        Ok::<_, DeskError>(())
    };
    let count = desk.fold_received(&fang, &ReceivedQuery::new(), add).await.unwrap();
    let took = start.elapsed();
    assert_eq!(count, u64::try_from(rows).unwrap());
    println!(
        "every invoice opened: {rows} in {} ms, {} a second; memory grew by {} KiB",
        took.as_millis(),
        u128::try_from(rows).unwrap() * 1_000_000_000 / took.as_nanos().max(1),
        peak().saturating_sub(before)
    );
    for by in [GroupBy::Month, GroupBy::Seller, GroupBy::Category, GroupBy::Rate, GroupBy::State] {
        let (before, start) = (peak(), Instant::now());
        let report = desk.report_received(&fang, &ReceivedQuery::new(), by).await.unwrap();
        let (took, grown) = (start.elapsed(), peak().saturating_sub(before));
        assert_eq!(report.invoices(), u64::try_from(rows).unwrap());
        let totals = Totals::sum(report.groups().groups().map(|(_, of)| *of));
        assert_eq!((totals.net, totals.tax), (net, tax));
        assert!(by != GroupBy::Seller || report == folded);
        println!(
            "by {}, with its years and input tax: {rows} in {} ms; memory grew by {grown} KiB",
            by.as_str(),
            took.as_millis()
        );
    }
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
