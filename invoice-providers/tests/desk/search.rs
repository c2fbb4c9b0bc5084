//! Sealed titles are found by any part of the name, by tax ID and by phone; and nothing false is.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "what tests share")]

use crate::desk_support::*;
use invoice_core::access::{Actor, Role};
use invoice_core::id::{ActorId, BuyerId};
use invoice_core::search::TitleQuery;
use invoice_core::title::Title;

const NAMES: &[(&str, &str)] = &[
    ("P-1", "北京东方科技有限公司"),
    ("P-2", "京东与北京贸易有限公司"),
    ("P-3", "上海（浦东）ＡＢ科技有限公司"),
    ("P-4", "阿布都·热合曼公司"),
];

async fn shop() -> Shop {
    let shop = Shop::new();
    for (id, name) in NAMES {
        let order = shop.sell(&format!("A-{id}"), vec![line("1", BOOK, 1, "10.00")]).await;
        let mut wish = shop.wish(id, &[&order]);
        wish.title = Title::company(*name, "914403001922038216").with_address("某路1号", "0755-28780808");
        shop.desk.apply(&shop.system, wish, None).await.unwrap();
    }
    shop.settle().await;
    shop
}

async fn found(shop: &Shop, actor: &Actor, query: &TitleQuery, limit: usize) -> Vec<String> {
    let mut ids = vec![];
    let mut after: Option<String> = None;
    loop {
        let page = shop.desk.search_applications(actor, query, after.as_deref(), limit).await.unwrap();
        assert!(page.items.len() <= limit);
        ids.extend(page.items.iter().map(|application| application.id().as_str().to_owned()));
        match page.next {
            Some(next) => after = Some(next),
            None => return ids,
        }
    }
}

#[tokio::test]
async fn titles_are_found_by_any_two_characters_and_nothing_false_is() {
    let shop = shop().await;
    let find = async |part: &str| found(&shop, &shop.finance, &TitleQuery::name(part).unwrap(), 100).await;
    // P-2 has both pairs, 北京 and 京东, but not the three in a row.
    assert_eq!(find("北京东").await, ["P-1"]);
    assert_eq!(find("北京").await, ["P-1", "P-2"]);
    assert_eq!(find("京东").await, ["P-1", "P-2"]);
    assert_eq!(find("浦东ab科").await, ["P-3"]);
    assert_eq!(find("都热合").await, ["P-4"]);
    assert_eq!(find("公司").await, ["P-1", "P-2", "P-3", "P-4"]);
    assert!(find("南京").await.is_empty());
    for (id, name) in NAMES {
        let letters: Vec<char> = invoice_core::search::fold(name).chars().collect();
        for pair in letters.windows(2) {
            let pair: String = pair.iter().collect();
            assert!(find(&pair).await.contains(&(*id).to_owned()), "{pair}");
        }
    }
    let by = async |query: TitleQuery| found(&shop, &shop.finance, &query, 100).await.len();
    assert_eq!(by(TitleQuery::tax_id("9144 0300 1922 0382 16").unwrap()).await, 4);
    assert_eq!(by(TitleQuery::phone("075528780808").unwrap()).await, 4);
    assert_eq!(by(TitleQuery::tax_id("914403001922038217").unwrap()).await, 0);
    let query = TitleQuery::name("浦东").unwrap();
    let invoices = shop.desk.search_invoices(&shop.finance, &query, None, 10).await.unwrap();
    assert_eq!(invoices.items.len(), 1);
}

#[tokio::test]
async fn pages_of_a_search_give_every_title_once() {
    let shop = shop().await;
    for limit in 1..6 {
        let query = TitleQuery::name("有限公司").unwrap();
        assert_eq!(found(&shop, &shop.finance, &query, limit).await, ["P-1", "P-2", "P-3"], "{limit}");
    }
}

#[tokio::test]
async fn a_buyer_finds_their_own_only() {
    let shop = shop().await;
    let buyer = |id: &str| Actor::buyer(ActorId::new(id).unwrap(), BuyerId::new(id).unwrap());
    let query = TitleQuery::name("公司").unwrap();
    assert_eq!(found(&shop, &buyer("buyer-1"), &query, 2).await.len(), 4);
    assert!(found(&shop, &buyer("buyer-2"), &query, 2).await.is_empty());
    let support = Actor::staff(ActorId::new("sue").unwrap(), Role::Support);
    let masked = shop.desk.view_search(&support, &query, None, 10).await.unwrap().items;
    assert_eq!(masked.len(), 4);
    assert!(masked.iter().all(|view| view.whole().is_none()));
}
