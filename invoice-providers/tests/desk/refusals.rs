//! Bad input gets a refusal with a stable code and a sentence in every language, and leaves no trace.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test ends where it fails")]

use crate::desk_support::{BOOK, Shop, buyer_id, line, order_id, seller_id, yuan};
use invoice_core::application::Scope;
use invoice_core::desk::DeskError;
use invoice_core::env::Clock;
use invoice_core::error::Language;
use invoice_core::id::{LineId, SellerId};
use invoice_core::invoice::InvoiceKind;
use invoice_core::order::{Order, OrderLine, Payment};
use invoice_core::tax::{TaxItem, TaxRate};
use invoice_core::title::Title;

/// Every refusal: its code, and what a reader must find in the Chinese and in the English sentence.
fn expect(error: &DeskError, code: &str, zh: &str, en: &str) {
    let refusal = error.refusal().unwrap_or_else(|| panic!("{error}"));
    assert_eq!(refusal.code().as_str(), code, "{refusal}");
    for (language, part) in [(Language::ZhCn, zh), (Language::En, en)] {
        let sentence = refusal.message(language);
        assert!(sentence.contains(part), "{sentence}");
        assert!(!sentence.contains('{'), "a fact is missing: {sentence}");
    }
}

fn order(id: &str, seller: SellerId, lines: Vec<OrderLine>) -> Order {
    let at = "2026-05-01T01:00:00Z".parse().unwrap();
    Order::new(order_id(id), seller, buyer_id(), at, lines).unwrap()
}

fn sold_at(percent: u32) -> OrderLine {
    let item = line("1", BOOK, 1, "40.00").item().clone();
    let rate = TaxRate::percent(percent).unwrap();
    let item = TaxItem::new(item.code(), item.short_name(), rate, item.treatment());
    OrderLine::new(LineId::new("1").unwrap(), item, "书", 1.into(), yuan("40.00")).unwrap()
}

#[tokio::test]
async fn bad_input_gets_a_code_and_a_sentence_and_leaves_no_trace() {
    let shop = Shop::new();
    let sold = shop.sell("A-1", vec![line("1", BOOK, 1, "40.00")]).await;
    let apply = async |change: &dyn Fn(&mut invoice_core::application::ApplyRequest)| {
        let mut wish = shop.wish("P-1", &[&sold]);
        change(&mut wish);
        shop.desk.apply(&shop.system, wish, None).await.unwrap_err()
    };
    let record = async |order| shop.desk.record_order(&shop.system, order).await.unwrap_err();

    // A wrong tax ID on a special invoice.
    let error = apply(&|wish| {
        wish.kind = InvoiceKind::DIGITAL_SPECIAL;
        wish.title = Title::company("华为技术有限公司", "914403001922038217");
    });
    expect(&error.await, "TITLE-01", "抬头不能用于该发票", "The title cannot stand");
    // More than the balance.
    let error = apply(&|wish| wish.orders[0].scope = Scope::Amount(yuan("40.01")));
    expect(&error.await, "LEDGER-03", "超过可开票金额 40.00", "40.00 can still be invoiced");
    // A seller that is not there, and an order of another one.
    let nobody = SellerId::new("nobody").unwrap();
    let error = record(order("A-2", nobody, vec![line("1", BOOK, 1, "40.00")])).await;
    expect(&error, "SELLER-01", "没有开票主体 nobody", "no seller nobody");
    let error = apply(&|wish| wish.seller = SellerId::new("nobody").unwrap());
    expect(&error.await, "SELLER-01", "没有开票主体 nobody", "no seller nobody");
    let error = apply(&|wish| wish.buyer = invoice_core::id::BuyerId::new("somebody-else").unwrap());
    expect(&error.await, "ORDER-10", "不属于该销售方或该购买方", "another seller or buyer");
    // An unknown tax code.
    let item = line("1", BOOK, 1, "40.00").item().clone();
    let item = TaxItem::new("1999999999999999999".parse().unwrap(), "", item.rate(), item.treatment());
    let unknown = OrderLine::new(LineId::new("1").unwrap(), item, "书", 1.into(), yuan("40.00")).unwrap();
    let error = record(order("A-3", seller_id(), vec![unknown])).await;
    expect(&error, "TAX-01", "1999999999999999999 不在编码表中", "1999999999999999999 is not in the table");
    // A rate of another code, and one that was in force once.
    let error = record(order("A-4", seller_id(), vec![sold_at(6)])).await;
    expect(&error, "TAX-04", "可用税率", "rates allowed");
    let error = record(order("A-5", seller_id(), vec![sold_at(17)])).await;
    expect(&error, "TAX-04", "0.17", "0.17");
    // Tenders that do not sum to the order.
    shop.desk
        .record_order(&shop.system, order("A-6", seller_id(), vec![line("1", BOOK, 1, "40.00")]))
        .await
        .unwrap();
    let short = Payment::money("2026-05-01T01:00:00Z".parse().unwrap(), yuan("39.99"));
    let error = shop.desk.record_payment(&shop.system, &order_id("A-6"), short).await.unwrap_err();
    expect(&error, "ORDER-04", "应付 40.00", "comes to 40.00");
    // More money back than was paid.
    let error = shop.refund("R-1", &sold, &[("1", "40.01", None)]).await.unwrap_err();
    expect(&error, "REFUND-01", "超过可退金额 40.00", "more than the 40.00");

    // At a rate that has ended by the day of issue.
    let reduced = shop.sell("A-7", vec![sold_at(1)]).await;
    let now = shop.clock.now();
    shop.clock.set("2028-01-02T04:00:00Z".parse().unwrap());
    let error = shop.desk.apply(&shop.system, shop.wish("P-7", &[&reduced]), None).await.unwrap_err();
    expect(&error, "TAX-05", "在 2028-01-02 不在有效期内", "not in force on 2028-01-02");
    shop.clock.set(now);

    // Nothing of all this was written.
    let balance = shop.desk.balance(&shop.system, &sold).await.unwrap();
    assert_eq!(balance.invoiceable(), yuan("40.00"));
    for gone in ["A-2", "A-3", "A-4", "A-5"] {
        let error = shop.desk.balance(&shop.system, &order_id(gone)).await.unwrap_err();
        expect(&error, "ORDER-05", "没有订单", "no order");
    }
    // Twice at once: one wins, the other finds nothing left.
    let both = ["P-1", "P-2"].map(|id| shop.desk.apply(&shop.system, shop.wish(id, &[&sold]), None));
    let both = futures_util::future::join_all(both).await;
    let refused: Vec<&DeskError> = both.iter().filter_map(|result| result.as_ref().err()).collect();
    assert_eq!(refused.len(), 1);
    expect(refused[0], "LEDGER-02", "没有可开票金额", "Nothing can be invoiced");
    shop.settle().await;
    assert_eq!(shop.bureau.issued().count(), 1);
    shop.prove().await;
}
