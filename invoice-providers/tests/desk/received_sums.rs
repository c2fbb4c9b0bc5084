//! Reports from what the store has added up are those from opening every invoice.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "what tests share")]

use crate::desk_support::*;
use crate::received_support::*;
use invoice_core::decision::ReceivedDeed;
use invoice_core::error::RefusalCode;
use invoice_core::id::{ActorId, SellerId, TenantId, UnitId};
use invoice_core::money::Money;
use invoice_core::received::verification::Standing;
use invoice_core::received::{
    Evidence, ReceivedInvoice, ReceivedKind, ReceivedQuery, ReceivedRecord, ReceivedRow, ReceivedState,
    ReceivedStep,
};
use invoice_core::report::received::ReceivedReport;
use invoice_core::report::{GroupBy, UNKNOWN};
use invoice_core::search::TitleSearch;
use invoice_core::store::{Columns, Key, Kind, SumQuery, Tag, UnitOfWork, Write};
use invoice_core::tax::{TaxRate, Treatment};

const SELLERS: [Option<&str>; 5] =
    [Some("上海示例贸易有限公司"), Some("杭州示例餐饮"), None, Some("*"), Some("甲|乙|-")];
const KINDS: [ReceivedKind; 3] =
    [ReceivedKind::DigitalSpecial, ReceivedKind::DigitalOrdinary, ReceivedKind::RailTicket];
const GOODS: [&str; 4] = ["*餐饮服务*工作餐", "*软件*授权", "*家具*椅", "没有简称"];

/// Invoices of every shape: rows that sum, of one rate and of several, that do not, none at all; sums that are not known; a
/// red one.
fn invoice(serial: u32) -> ReceivedInvoice {
    const BOOKS: Evidence = Evidence::Structured;
    let pick = |of: usize, salt: u32| usize::try_from((serial * 7 + salt) % 97).unwrap() % of;
    let day = format!("202{}-{:02}-{:02}", 5 + pick(2, 1), 1 + pick(12, 2), 1 + pick(28, 3));
    let sign = if serial.is_multiple_of(11) { -1 } else { 1 };
    let row = |salt: u32| {
        let percent = [0, 6, 13][pick(3, salt)];
        let net = sign * (1_000 + i64::from(serial) * 37 + i64::from(salt));
        let row = ReceivedRow::new(GOODS[pick(4, salt)]).with_net(Money::from_fen(net));
        let row = row.with_tax(Money::from_fen(net * percent / 100));
        let rate = TaxRate::percent(u32::try_from(percent).unwrap()).unwrap();
        (if salt == 4 { row } else { row.with_rate(rate, Treatment::Standard) }, net, net * percent / 100)
    };
    let rows: Vec<_> = (4..4 + u32::try_from(pick(4, 9)).unwrap()).map(row).collect();
    let (net, tax) = rows.iter().fold((0, 0), |(net, tax), row| (net + row.1, tax + row.2));
    let (net, tax) = if rows.is_empty() { (sign * 5_000, sign * 650) } else { (net, tax) };
    let mut built = ReceivedInvoice::builder()
        .number(number(serial), BOOKS)
        .kind(KINDS[pick(3, 5)], BOOKS)
        .date(day.parse().unwrap(), BOOKS)
        .gross(Money::from_fen(net + tax), BOOKS)
        .rows(rows.into_iter().map(|row| row.0).collect(), BOOKS);
    if let Some(name) = SELLERS[pick(5, 6)] {
        built = built.seller_name(name, BOOKS);
    }
    if !serial.is_multiple_of(13) {
        built = built.net(Money::from_fen(net), BOOKS).tax(Money::from_fen(tax), BOOKS);
    }
    built.build().unwrap()
}

/// An office in which invoices stand at every state, each written several times.
async fn office(search: TitleSearch, invoices: u32) -> Office {
    let office = Office::furnished(|desk| desk.title_search(search));
    let (desk, fang) = (&office.shop.desk, &office.shop.finance);
    for serial in 1..=invoices {
        office.verifier.register(invoice(serial), Standing::Normal);
        office.receive(fang, invoice(serial)).await.unwrap();
    }
    office.shop.clock.advance(std::time::Duration::from_secs(366 * 86_400));
    for serial in 1..=invoices {
        let keep = async |step| desk.keep(fang, &number(serial), ReceivedDeed::Step(step)).await;
        match serial % 5 {
            0 => {}
            1 => drop(keep(ReceivedStep::Decline { reason: "wrong".into() }).await.unwrap()),
            of => {
                let verified = desk.verify(fang, &number(serial)).await.unwrap();
                if of == 2 && verified.record.state() == ReceivedState::Verified {
                    keep(ReceivedStep::Book { voucher: "记-0001".into() }).await.unwrap();
                }
            }
        }
    }
    office
}

/// The same report from every invoice, opened.
async fn opened(office: &Office, query: &ReceivedQuery, by: GroupBy) -> ReceivedReport {
    let mut report = ReceivedReport::new(by);
    let add = |record: &ReceivedRecord| {
        report.add(record);
        Ok::<_, invoice_core::desk::DeskError>(())
    };
    office.shop.desk.fold_received(&office.shop.finance, query, add).await.unwrap();
    report
}

fn between(query: ReceivedQuery, first: &str, last: &str) -> ReceivedQuery {
    query.between(first.parse().unwrap(), last.parse().unwrap())
}

async fn agree(office: &Office) {
    let all = ReceivedQuery::new;
    let none = SellerId::new("elsewhere").unwrap();
    let queries = [
        all(),
        all().entity(seller_id()),
        all().entity(none),
        all().in_state(ReceivedState::Verified).in_state(ReceivedState::Declined),
        between(all(), "2025-01-01", "2025-12-31"),
        between(all(), "2025-12-01", "2026-01-31").in_state(ReceivedState::Booked),
        // Not whole months, or more than sums can tell.
        between(all(), "2025-12-02", "2026-01-31"),
        between(all(), "2025-12-01", "2026-01-30"),
        all().kind(ReceivedKind::RailTicket),
        all().amount(Money::from_fen(1), Money::from_fen(5_000)),
    ];
    for query in &queries {
        for by in GroupBy::ALL {
            let report = office.shop.desk.report_received(&office.shop.finance, query, *by).await.unwrap();
            assert_eq!(report, opened(office, query, *by).await, "{query:?} by {by:?}");
        }
    }
}

#[tokio::test]
async fn sums_of_the_store_are_what_opening_every_invoice_comes_to() {
    let office = office(TitleSearch::Fragments, 150).await;
    agree(&office).await;
    let all = ReceivedQuery::new();
    let report = opened(&office, &all, GroupBy::State).await;
    assert_eq!((report.invoices(), report.groups().groups().count()), (150, 4), "{report:?}");
    let sellers = opened(&office, &all, GroupBy::Seller).await;
    let names: Vec<&str> = sellers.groups().groups().map(|(name, _)| name).collect();
    assert!(names.contains(&UNKNOWN) && names.contains(&"*") && names.contains(&"甲|乙|-"), "{names:?}");
}

#[tokio::test]
async fn without_tokens_every_invoice_is_opened_and_the_report_is_the_same() {
    let office = office(TitleSearch::Off, 40).await;
    agree(&office).await;
    let tenant = TenantId::new("t1").unwrap();
    let sums = office.shop.store.sums(&SumQuery::new(&tenant, Kind::Received, "sum_seller")).await.unwrap();
    let told = |value: &str| value.split('|').nth(2).map(str::to_owned).unwrap();
    assert!(sums.iter().all(|sum| ["*", UNKNOWN].contains(&told(&sum.value).as_str())), "{sums:?}");
}

/// What the store adds up is in no one's words: names are tokens, and values are as short as a tag's may be.
#[tokio::test]
async fn the_store_sees_neither_sellers_nor_goods_in_what_it_adds_up() {
    let office = office(TitleSearch::Fragments, 60).await;
    let tenant = TenantId::new("t1").unwrap();
    for name in ["sum_kind", "sum_deduction", "sum_rate", "sum_seller", "sum_category"] {
        let query = SumQuery::new(&tenant, Kind::Received, name);
        let sums = office.shop.store.sums(&query).await.unwrap();
        assert!(!sums.is_empty(), "{name}");
        assert!(sums.iter().all(|sum| sum.value.is_ascii() && sum.value.len() <= 128), "{sums:?}");
    }
}

#[tokio::test]
async fn only_who_may_summarise_gets_a_report() {
    let office = office(TitleSearch::Fragments, 1).await;
    let support =
        invoice_core::access::Actor::staff(ActorId::new("sue").unwrap(), invoice_core::access::Role::Support);
    let refused = office.shop.desk.report_received(&support, &ReceivedQuery::new(), GroupBy::Month).await;
    assert_eq!(code(&refused.unwrap_err()), RefusalCode::NotPermitted);
}

/// A row that is not in every sum, such as one of before there was one of them, is opened.
#[tokio::test]
async fn what_is_missing_in_one_sum_is_opened() {
    let office = office(TitleSearch::Fragments, 1).await;
    let (store, tenant) = (&office.shop.store, TenantId::new("t1").unwrap());
    let mut tags = Vec::new();
    for name in ["sum_kind", "sum_rate", "sum_seller", "sum_category"] {
        let sums = store.sums(&SumQuery::new(&tenant, Kind::Received, name)).await.unwrap();
        tags.extend(sums.into_iter().map(|sum| Tag::new(name, sum.value).with_amounts(sum.amounts)));
    }
    let key = Key::new(&tenant, Kind::Received, number(1).as_str());
    let mut row = store.read(&[key]).await.unwrap().remove(0).unwrap();
    row.version = row.version.next();
    let mut unit = UnitOfWork::new(UnitId::new("by-hand").unwrap(), tenant);
    unit.writes.push(Write { row, columns: Columns { tags, ..Columns::default() } });
    store.commit(&unit).await.unwrap();
    let all = ReceivedQuery::new();
    let report = office.shop.desk.report_received(&office.shop.finance, &all, GroupBy::Month).await.unwrap();
    assert_eq!(report, opened(&office, &all, GroupBy::Month).await);
    assert_eq!(report.input_tax().all().count(), 1, "{report:?}");
}
