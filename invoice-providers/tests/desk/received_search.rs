//! Received invoices are found by any of their fields, although they are sealed.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "what tests share")]

use crate::desk_support::*;
use crate::received_support::*;
use invoice_core::decision::ReceivedDeed;
use invoice_core::id::TenantId;
use invoice_core::received::{
    Evidence, ReceivedInvoice, ReceivedKind, ReceivedQuery, ReceivedRow, ReceivedState,
};
use invoice_core::search::TitleSearch;
use invoice_core::store::{Kind, Query, Store};

const SELLERS: [&str; 4] =
    ["上海示例贸易有限公司", "上海示例软件（集团）", "北京某某科技股份公司", "杭州示例餐饮有限公司"];

fn invoice(serial: u32) -> ReceivedInvoice {
    let at = usize::try_from(serial).unwrap() % SELLERS.len();
    let day = format!("2026-{:02}-{:02}", 1 + serial % 4, 1 + serial % 28);
    ReceivedInvoice::builder()
        .number(number(serial), Evidence::Structured)
        .kind(
            if serial.is_multiple_of(5) {
                ReceivedKind::DigitalSpecial
            } else {
                ReceivedKind::DigitalOrdinary
            },
            Evidence::Structured,
        )
        .date(day.parse().unwrap(), Evidence::Structured)
        .gross(yuan(&format!("{serial}.00")), Evidence::Structured)
        .seller_name(SELLERS[at], Evidence::Structured)
        .seller_tax_id(&format!("91330100{at:010}"), Evidence::Structured)
        .rows(
            vec![ReceivedRow::new(if at == 0 { "*办公用品*激光打印机" } else { "*软件*授权" })],
            Evidence::Structured,
        )
        .build()
        .unwrap()
}

/// Everything a query finds, page by page, by number.
async fn found(office: &Office, query: &ReceivedQuery) -> Vec<u32> {
    let (mut serials, mut after, mut pages) = (Vec::new(), None, 0);
    loop {
        let page =
            office.shop.desk.search_received(&office.shop.finance, query, after.as_deref(), 7).await.unwrap();
        assert!(page.items.len() <= 7);
        serials.extend(page.items.iter().map(|view| {
            let number = view.whole().unwrap().number().as_str();
            number.trim_start_matches("26332000").parse::<u32>().unwrap()
        }));
        pages += 1;
        assert!(pages < 100, "the pages never end");
        match page.next {
            Some(next) => after = Some(next),
            None => break,
        }
    }
    serials.sort_unstable();
    serials
}

async fn office(search: TitleSearch) -> Office {
    let office = Office::furnished(|desk| desk.title_search(search));
    for serial in 1..=60 {
        office.receive(&office.shop.finance, invoice(serial)).await.unwrap();
    }
    for serial in [3, 14, 15] {
        let desk = &office.shop.desk;
        desk.keep(&office.shop.finance, &number(serial), ReceivedDeed::Tag("出差 上海".into()))
            .await
            .unwrap();
        desk.keep(&office.shop.finance, &number(serial), ReceivedDeed::File(Some("五月".into())))
            .await
            .unwrap();
    }
    office
}

#[tokio::test]
async fn every_field_finds_what_it_should_and_nothing_else() {
    let office = office(TitleSearch::Fragments).await;
    let all: Vec<ReceivedInvoice> = (1..=60).map(invoice).collect();
    let expected = |wanted: &dyn Fn(&ReceivedInvoice) -> bool| -> Vec<u32> {
        (1..=60).zip(&all).filter(|(_, invoice)| wanted(invoice)).map(|(serial, _)| serial).collect()
    };
    let new = ReceivedQuery::new;
    let day = |text: &str| text.parse().unwrap();
    let spring = new().between(day("2026-02-10"), day("2026-03-20"));
    let in_spring = |i: &ReceivedInvoice| (day("2026-02-10")..=day("2026-03-20")).contains(&i.date());
    let named = |part: &'static str| move |i: &ReceivedInvoice| i.seller_name().unwrap().contains(part);
    for (what, query, wanted) in [
        ("everything", new(), expected(&|_| true)),
        ("a part of the name", new().name("上海 示例").unwrap(), expected(&named("上海示例"))),
        ("what it was for", new().goods("打印机").unwrap(), expected(&named("贸易"))),
        ("a tax ID", new().tax_id("913301000000000002").unwrap(), expected(&named("北京"))),
        (
            "a kind",
            new().kind(ReceivedKind::DigitalSpecial),
            expected(&|i| i.kind() == ReceivedKind::DigitalSpecial),
        ),
        ("days", spring.clone(), expected(&in_spring)),
        ("days and a name", spring.name("软件").unwrap(), expected(&|i| in_spring(i) && named("软件")(i))),
        ("an amount", new().amount(yuan("10.00"), yuan("12.00")), vec![10, 11, 12]),
        ("a number", new().number(number(17)), vec![17]),
        ("a tag", new().tag("出差上海"), vec![3, 14, 15]),
        ("a folder and an amount", new().folder("五月").amount(yuan("14.00"), yuan("99.00")), vec![14, 15]),
        ("a state", new().in_state(ReceivedState::Verified), vec![]),
        ("a company of ours", new().entity(seller_id()).amount(yuan("1.00"), yuan("2.00")), vec![1, 2]),
        ("nobody's", new().name("不存在").unwrap(), vec![]),
    ] {
        assert_eq!(found(&office, &query).await, wanted, "{what}");
        assert!(!format!("{query:?}").contains("上海"), "{query:?}");
    }
}

#[tokio::test]
async fn names_are_suggested_and_found_although_a_character_is_wrong() {
    let office = office(TitleSearch::Fragments).await;
    let desk = &office.shop.desk;
    let finance = &office.shop.finance;
    let suggested = desk.suggest_received(finance, "上海示", 10).await.unwrap();
    let mut expected = [SELLERS[0], SELLERS[1]];
    expected.sort_unstable();
    assert_eq!(suggested, expected);
    assert!(desk.suggest_received(finance, "示例", 10).await.unwrap().is_empty(), "no name begins so");
    assert_eq!(desk.suggest_received(finance, "上海示", 1).await.unwrap().len(), 1);
    let alike = desk.similar_received(finance, "上海示列贸易有限公司", 3).await.unwrap();
    assert_eq!(alike.len(), 3);
    assert!(alike.windows(2).all(|pair| pair[0].0 >= pair[1].0));
    assert!(alike.iter().all(|(_, view)| view.whole().unwrap().invoice().seller_name() == Some(SELLERS[0])));
}

#[tokio::test]
async fn without_tokens_the_rest_still_finds() {
    let office = office(TitleSearch::Off).await;
    let query = ReceivedQuery::new().number(number(17));
    assert_eq!(found(&office, &query).await, [17]);
    assert!(found(&office, &ReceivedQuery::new().name("上海").unwrap()).await.is_empty());
}

#[tokio::test]
async fn invoices_of_one_seller_day_and_amount_are_shown_beside_each_other() {
    let office = Office::new();
    let desk = &office.shop.desk;
    let finance = &office.shop.finance;
    for serial in 1..=3 {
        office
            .receive(finance, if serial == 3 { lunch_of(3, "107.00", Evidence::Text) } else { lunch(serial) })
            .await
            .unwrap();
    }
    let alike = desk.lookalikes(finance, &number(1)).await.unwrap();
    let numbers: Vec<_> = alike.iter().map(|view| view.whole().unwrap().number().clone()).collect();
    assert_eq!(numbers, [number(2)]);
    let rows =
        office.shop.store.find(&Query::new(&TenantId::new("t1").unwrap(), Kind::Received)).await.unwrap();
    assert_eq!(rows.rows.len(), 3);
}
