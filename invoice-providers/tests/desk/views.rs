//! What each role sees of a thing: whole or masked, chosen by the desk.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "what tests share")]

use std::sync::Arc;

use crate::desk_support::*;
use invoice_core::access::{Actor, Permissions, Role, Verb};
use invoice_core::decision::TicketDeed;
use invoice_core::desk::DeskBuilder;
use invoice_core::env::InApp;
use invoice_core::error::RefusalCode;
use invoice_core::id::{ActorId, InvoiceId, NotifierId, TenantId, TicketId};
use invoice_core::invoice::InvoiceKind;
use invoice_core::mask::View;
use invoice_core::notify::NoticeEvent;
use invoice_core::provider::DocumentFormat;
use invoice_core::search::TitleQuery;
use invoice_core::store::{Kind, MemoryStore, Query};
use invoice_core::ticket::{TicketRequest, Trouble};
use invoice_core::title::Title;

const NAME: &str = "华为技术有限公司";
const TAX_ID: &str = "914403001922038216";

fn staff(role: Role) -> Actor {
    Actor::staff(ActorId::new(role.as_str()).unwrap(), role)
}

async fn issued(furnish: impl FnOnce(DeskBuilder) -> DeskBuilder) -> (Shop, String) {
    let shop = Shop::built(Arc::new(MemoryStore::new()), |bureau| bureau, seller(), furnish);
    let order = shop.sell("A-1", vec![line("1", BOOK, 3, "100.00")]).await;
    let mut wish = shop.wish("P-1", &[&order]);
    wish.remark = Some("送到前台李四".into());
    shop.desk.apply(&shop.system, wish, None).await.unwrap();
    shop.settle().await;
    let number = shop.invoices("P-1").await[0].state().issued().unwrap().number.to_string();
    let request = TicketRequest {
        id: TicketId::new("K-1").unwrap(),
        application: application_id("P-1"),
        trouble: Trouble::WrongTitle(Some(Title::company("深圳市另一家公司有限公司", TAX_ID))),
        note: "请联系王五13800138000".into(),
    };
    let buyer = Actor::buyer(ActorId::new("b").unwrap(), buyer_id());
    shop.desk.report(&buyer, request).await.unwrap();
    (shop, number)
}

/// Everything the desk shows an actor, as one text.
async fn everything_shown(shop: &Shop, actor: &Actor) -> String {
    let (desk, tenant) = (&shop.desk, TenantId::new("t1").unwrap());
    let of = |kind| Query::new(&tenant, kind);
    let named = TitleQuery::name(NAME).unwrap();
    let mut shown = vec![];
    let mut show = |json: serde_json::Value| shown.push(json.to_string());
    macro_rules! view {
        ($view:expr) => {
            match $view {
                View::Whole(whole) => show(serde_json::to_value(whole).unwrap()),
                View::Masked(masked) => show(serde_json::to_value(masked).unwrap()),
            }
        };
    }
    view!(desk.view_application(actor, &application_id("P-1")).await.unwrap());
    view!(desk.view_invoice(actor, &InvoiceId::new("P-1-1").unwrap()).await.unwrap());
    for view in desk.view_applications(actor, of(Kind::Application)).await.unwrap().items {
        view!(view);
    }
    for view in desk.view_invoices(actor, of(Kind::Invoice)).await.unwrap().items {
        view!(view);
    }
    let found = desk.view_search(actor, &named, None, 10).await.unwrap().items;
    assert_eq!(found.len(), 1, "what is named is found, whoever looks");
    for view in found {
        view!(view);
    }
    for view in desk.find_tickets(actor, of(Kind::Ticket)).await.unwrap().items {
        view!(view);
    }
    for notice in desk.find_notices(actor, of(Kind::Notice)).await.unwrap().items {
        show(serde_json::to_value(notice).unwrap());
    }
    for entry in desk.timeline(actor, &application_id("P-1")).await.unwrap() {
        shown.push(format!("{entry:?} {:?}", entry.why));
    }
    shown.join("\n")
}

#[tokio::test]
async fn the_desk_masks_by_role_whatever_is_read() {
    let app = InApp::new(NotifierId::new("app").unwrap());
    let (shop, number) = issued(|desk| desk.notifier(Arc::new(app), NoticeEvent::ALL.iter().copied())).await;
    let personal = [NAME, TAX_ID, "另一家", "李四", "王五", "13800138000", number.as_str()];
    let seen = everything_shown(&shop, &staff(Role::Support)).await;
    for text in personal {
        assert!(!seen.contains(text), "support sees {text}: {seen}");
    }
    assert!(seen.contains("华为***公司") && seen.contains("91***8216"), "{seen}");
    for role in [Role::Finance, Role::Admin, Role::Reviewer, Role::System] {
        let seen = everything_shown(&shop, &staff(role)).await;
        for text in personal {
            assert!(seen.contains(text), "{} does not see {text}", role.as_str());
        }
    }
    let own = Actor::buyer(ActorId::new("b").unwrap(), buyer_id());
    assert!(everything_shown(&shop, &own).await.contains(NAME));
}

#[tokio::test]
async fn support_reads_nothing_whole_downloads_nothing_and_handles_tickets_blind() {
    let (shop, _) = issued(|desk| desk).await;
    let support = staff(Role::Support);
    let invoice = InvoiceId::new("P-1-1").unwrap();
    let tenant = TenantId::new("t1").unwrap();
    let of = |kind| Query::new(&tenant, kind);
    let named = TitleQuery::name(NAME).unwrap();
    let refused = [
        code(&shop.desk.application(&support, &application_id("P-1")).await.unwrap_err()),
        code(&shop.desk.invoice(&support, &invoice).await.unwrap_err()),
        code(&shop.desk.find_applications(&support, of(Kind::Application)).await.unwrap_err()),
        code(&shop.desk.find_invoices(&support, of(Kind::Invoice)).await.unwrap_err()),
        code(&shop.desk.search_applications(&support, &named, None, 1).await.unwrap_err()),
        code(&shop.desk.search_invoices(&support, &named, None, 1).await.unwrap_err()),
        code(&shop.desk.download(&support, &invoice, DocumentFormat::Xml).await.unwrap_err()),
    ];
    assert!(refused.iter().all(|code| *code == RefusalCode::NotPermitted), "{refused:?}");
    let audit = shop.desk.refusals_of(&shop.finance, &ActorId::new("support").unwrap()).await.unwrap();
    assert_eq!(audit.len(), refused.len(), "every refusal is written down");
    let taken = shop.desk.handle(&support, &TicketId::new("K-1").unwrap(), TicketDeed::Take).await.unwrap();
    assert!(taken.whole().is_none());
}

#[tokio::test]
async fn a_host_that_grants_the_verb_lifts_the_mask() {
    let table = Permissions::default()
        .granting(Role::Support, Verb::ReadWhole)
        .denying(Role::Reviewer, Verb::ReadWhole);
    let (shop, _) = issued(|desk| desk.permissions(table)).await;
    let view = shop.desk.view_application(&staff(Role::Support), &application_id("P-1")).await.unwrap();
    assert_eq!(view.whole().unwrap().request().kind, InvoiceKind::DIGITAL_ORDINARY);
    let view = shop.desk.view_application(&staff(Role::Reviewer), &application_id("P-1")).await.unwrap();
    assert!(view.whole().is_none());
    // A stranger sees neither.
    let stranger = Actor::buyer(ActorId::new("b2").unwrap(), invoice_core::id::BuyerId::new("b2").unwrap());
    let refused = shop.desk.view_application(&stranger, &application_id("P-1")).await.unwrap_err();
    assert_eq!(code(&refused), RefusalCode::NotYourOwn);
}
