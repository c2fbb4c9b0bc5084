//! Worker processes on one database: they share the work, and may be killed with `kill -9` at any moment. Nothing is
//! issued twice, nothing is lost, and the books agree to the cent with each other and with the bureau's.
//!
//! `STORE_FAULTS=long cargo test -p invoice-providers --test stores -- --nocapture workers` kills fifty workers on each
//! engine, and prints how fast one, two and four workers are.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test ends at the first surprise")]

use std::collections::BTreeMap;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant, SystemTime};

use crate::desk_support::{BOOK, CLOTHES, line, seller, seller_id};
use crate::servers::{Disk, Server, mariadb, postgres};
use chrono::{DateTime, TimeDelta, Utc};
use invoice_core::access::{Actor, Role};
use invoice_core::desk::InvoiceDesk;
use invoice_core::env::{Clock, Unsealed};
use invoice_core::id::{ActorId, LineId, OrderId, RefundId, TenantId, WorkerId};
use invoice_core::money::Money;
use invoice_core::order::{Order, Payment, Refund, RefundLine};
use invoice_core::plan::red::RedReason;
use invoice_core::provider::InvoiceProvider;
use invoice_core::store::Store;
use invoice_core::testkit::SeededIds;
use invoice_providers::sandbox::SandboxBureau;
use invoice_providers::sql::mysql::MySqlOptions;
use invoice_providers::sql::postgres::PgOptions;
use invoice_providers::sql::{MySqlStore, PgStore, SqliteStore};
use sqlx::Executor as _;

/// Where a worker finds its database and its bureau.
const WORKER: &str = "STORE_WORKERS_CHILD";

fn long() -> bool {
    std::env::var("STORE_FAULTS").is_ok_and(|value| value == "long")
}

struct WallClock;

impl Clock for WallClock {
    fn now(&self) -> DateTime<Utc> {
        now()
    }
}

fn now() -> DateTime<Utc> {
    SystemTime::now().into()
}

fn bureau() -> SandboxBureau {
    SandboxBureau::builder(7, Arc::new(WallClock)).build().unwrap()
}

fn desk(store: Arc<dyn Store>, provider: Arc<dyn InvoiceProvider>, seed: u64) -> InvoiceDesk {
    let tenant = TenantId::new("t1").unwrap();
    InvoiceDesk::builder(
        tenant,
        store,
        Arc::new(Unsealed),
        Arc::new(WallClock),
        Arc::new(SeededIds::new(seed)),
    )
    .seller(seller())
    .provider(provider)
    // Short, so that what a killed worker held is soon free.
    .lease(TimeDelta::milliseconds(1500))
    .build()
    .unwrap()
}

fn system() -> Actor {
    Actor::staff(ActorId::new("shop-system").unwrap(), Role::System)
}

/// A database that several processes can open by a line of text.
struct Place {
    name: String,
    _server: Option<Server>,
    _folder: Option<tempfile::TempDir>,
}

async fn open(place: &str) -> Arc<dyn Store> {
    let (kind, rest) = place.split_once(':').unwrap();
    match kind {
        "sqlite" => Arc::new(SqliteStore::open(rest).await.unwrap()),
        "postgres" => {
            let pool = postgres::pool(postgres::options(rest.parse().unwrap(), "postgres"));
            Arc::new(PgStore::new(&pool, PgOptions::default().writers(1)).await.unwrap())
        }
        _ => {
            let pool = mariadb::pool(mariadb::options(rest.parse().unwrap()).database("desk"));
            Arc::new(MySqlStore::new(&pool, MySqlOptions::default().writers(1)).await.unwrap())
        }
    }
}

fn on_sqlite() -> Place {
    let folder = tempfile::tempdir().unwrap();
    let name = format!("sqlite:{}", folder.path().join("desk.sqlite").display());
    Place { name, _server: None, _folder: Some(folder) }
}

async fn on_postgres() -> Option<Place> {
    let server = postgres::fresh(Disk::Synced)?;
    drop(postgres::connect(&postgres::options(server.port, "postgres")).await);
    Some(Place { name: format!("postgres:{}", server.port), _server: Some(server), _folder: None })
}

async fn on_mariadb() -> Option<Place> {
    let server = mariadb::fresh(Disk::Synced)?;
    let mut admin = mariadb::connect(&mariadb::options(server.port)).await;
    admin.execute("CREATE DATABASE desk").await.unwrap();
    Some(Place { name: format!("mariadb:{}", server.port), _server: Some(server), _folder: None })
}

/// Not a test of its own: what a worker does until it is killed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn worker_pumps_until_it_is_killed() {
    let Ok(told) = std::env::var(WORKER) else { return };
    let [number, port, place] = told.splitn(3, ' ').collect::<Vec<_>>().try_into().unwrap();
    let remote = crate::wire::Remote::new(port.parse().unwrap(), bureau());
    let desk = desk(open(place).await, Arc::new(remote), number.parse().unwrap());
    let worker = WorkerId::new(format!("worker-{number}")).unwrap();
    loop {
        // Errors are part of it: the database may be busy with another worker.
        desk.pump(&system(), &worker, 5).await.ok();
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

/// A worker that is killed when it goes out of scope.
struct Worker(Child);

impl Worker {
    fn start(port: u16, place: &Place) -> Self {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", "workers::worker_pumps_until_it_is_killed", "--nocapture"]);
        // Ids must differ between all processes that write.
        static NUMBER: AtomicU32 = AtomicU32::new(2);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        command.env(WORKER, format!("{number} {port} {}", place.name));
        Self(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap())
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

/// The line amounts in fen of as many orders as wanted, some above the limit of an invoice.
fn made_up(orders: usize) -> Vec<Vec<i64>> {
    let amount = |number: i64| (20 + number * 37 % 400) * 100 + number * 13 % 100;
    let order = |number| {
        let large = (number % 4 == 1).then_some(2_500_000);
        std::iter::once(amount(number)).chain(large).collect()
    };
    (0..i64::try_from(orders).unwrap()).map(order).collect()
}

/// The same of real orders, in the order of their days, where they are at hand.
fn real(orders: usize) -> Option<Vec<Vec<i64>>> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/retail");
    let mut days: Vec<_> = std::fs::read_dir(folder).ok()?.map(|day| day.unwrap().path()).collect();
    days.retain(|day| day.extension().is_some_and(|name| name == "csv"));
    days.sort();
    let mut found = BTreeMap::<String, Vec<i64>>::new();
    for day in days {
        for row in std::fs::read_to_string(day).unwrap().lines().skip(1) {
            // From the end, because a description may hold commas.
            let mut cells = row.rsplit(',').skip(2);
            let (price, quantity) = (cells.next().unwrap(), cells.nth(1).unwrap());
            let (Ok(price), Ok(quantity)) = (price.parse::<Money>(), quantity.parse::<i64>()) else {
                continue;
            };
            let number = row.split(',').next().unwrap();
            if quantity > 0 && price.fen() > 0 && number.starts_with(|first: char| first.is_ascii_digit()) {
                found.entry(number.to_owned()).or_default().push(price.fen() * quantity);
            }
        }
        if found.len() >= orders {
            return Some(found.into_values().take(orders).collect());
        }
    }
    None
}

/// A day's orders, every third with something brought back.
struct Day {
    desk: InvoiceDesk,
    bureau: SandboxBureau,
    port: u16,
    orders: Vec<Vec<i64>>,
}

impl Day {
    async fn begin(place: &Place, orders: Vec<Vec<i64>>) -> Self {
        let bureau = bureau();
        let port = crate::wire::serve(bureau.clone());
        let desk = desk(open(&place.name).await, Arc::new(bureau.clone()), 1);
        Self { desk, bureau, port, orders }
    }

    async fn sell(&self, orders: std::ops::Range<usize>) {
        for number in orders {
            let id = OrderId::new(format!("A-{number:05}")).unwrap();
            let code = |at: usize| if at.is_multiple_of(2) { BOOK } else { CLOTHES };
            let amounts = self.orders[number].iter().map(|fen| Money::from_fen(*fen).to_string());
            let lines = amounts
                .enumerate()
                .map(|(at, gross)| line(&(at + 1).to_string(), code(at), 1, &gross))
                .collect();
            let buyer = crate::desk_support::buyer_id();
            let order = Order::new(id.clone(), seller_id(), buyer, now(), lines).unwrap();
            let payable = order.payable();
            self.desk.record_order(&system(), order).await.unwrap();
            let payment = Payment::money(now(), payable);
            self.desk.record_payment(&system(), &id, payment).await.unwrap();
            let wish = crate::desk_support::wish(&format!("P-{number:05}"), &[&id]);
            self.desk.apply(&system(), wish, None).await.unwrap();
        }
    }

    async fn bring_back(&self, orders: std::ops::Range<usize>) {
        for number in orders.filter(|number| number % 3 == 0) {
            let line = RefundLine {
                line: LineId::new("1").unwrap(),
                amount: Money::from_fen(self.orders[number][0].min(750)),
                quantity: None,
            };
            let refund = Refund {
                id: RefundId::new(format!("R-{number:05}")).unwrap(),
                order: OrderId::new(format!("A-{number:05}")).unwrap(),
                at: now(),
                reason: RedReason::Returned,
                lines: vec![line],
            };
            self.desk.refund(&system(), refund).await.unwrap();
        }
    }

    async fn waits(&self) -> bool {
        self.desk.next_due().await.unwrap().is_some()
    }

    async fn prove(&self, orders: usize) {
        let finance = Actor::staff(ActorId::new("fang").unwrap(), Role::Finance);
        let proof = self.desk.reconcile(&finance, &seller_id()).await.unwrap();
        assert!(proof.holds(), "{:?}", proof.broken);
        let (mut invoiced, mut red, mut open) = (0, 0, 0);
        for total in proof.rates.values() {
            invoiced += total.invoiced;
            red += total.red;
            open += total.held + total.open;
        }
        let (mut blues, mut reds, mut count) = (0_i128, 0_i128, 0);
        for entry in self.bureau.issued() {
            let fen = i128::from(entry.gross.fen());
            if fen > 0 {
                (blues, count) = (blues + fen, count + 1);
            } else {
                reds -= fen;
            }
        }
        assert_eq!((invoiced, red), (blues, reds), "the desk and the bureau disagree");
        assert_eq!(open, 0, "something was never issued");
        // A line of 25,000 needs three invoices below 10,000, and the other has its own or shares one of them.
        assert!(count >= orders && reds > 0, "{count} invoices of {orders} orders");
    }
}

async fn killed_at_random(place: Place) {
    let (orders, kills) = if long() { (400, 50) } else { (40, 4) };
    let found = if long() { real(orders) } else { None };
    if long() && found.is_none() {
        println!("SKIPPED: no real orders at hand, made-up ones are used");
    }
    let day = Day::begin(&place, found.unwrap_or_else(|| made_up(orders))).await;
    let (mut seed, mut killed) = (0x5EED_u64, 0);
    let mut workers: Vec<Worker> = (0..2).map(|_| Worker::start(day.port, &place)).collect();
    let step = orders / (kills + 1) + 1;
    for from in (0..orders).step_by(step) {
        let part = from..(from + step).min(orders);
        day.sell(part.clone()).await;
        if killed < kills {
            // Some while into the work, and never twice the same.
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            tokio::time::sleep(Duration::from_millis(20 + (seed >> 33) % 400)).await;
            drop(workers.remove(0));
            workers.push(Worker::start(day.port, &place));
            killed += 1;
        }
        day.bring_back(part).await;
    }
    while day.waits().await {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    drop(workers);
    println!("{}: {orders} orders, {killed} workers killed", place.name.split(':').next().unwrap());
    assert!(killed >= kills, "{killed} of {kills}");
    day.prove(orders).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn workers_on_sqlite_are_killed_at_random() {
    killed_at_random(on_sqlite()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn workers_on_postgres_are_killed_at_random() {
    if let Some(place) = on_postgres().await {
        killed_at_random(place).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn workers_on_mariadb_are_killed_at_random() {
    if let Some(place) = on_mariadb().await {
        killed_at_random(place).await;
    }
}

/// What is printed is for reading; what is asserted is that all of them together did the work once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_two_and_four_workers_share_one_database() {
    let orders = if long() { 200 } else { 12 };
    for count in [1, 2, 4] {
        let Some(place) = on_postgres().await else { return };
        let day = Day::begin(&place, made_up(orders)).await;
        day.sell(0..orders).await;
        let start = Instant::now();
        let workers: Vec<Worker> = (0..count).map(|_| Worker::start(day.port, &place)).collect();
        while day.waits().await {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        println!("{count} workers: {} orders issued in {} ms", orders, start.elapsed().as_millis());
        day.bring_back(0..orders).await;
        while day.waits().await {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        drop(workers);
        day.prove(orders).await;
    }
}
