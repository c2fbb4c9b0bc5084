//! Lists of what waits: longer than a page, and without what is done.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test ends where it fails")]

mod support;

use axum::http::StatusCode;
use invoice_core::id::{ApplicationId, BuyerId, TicketId};
use invoice_core::invoice::InvoiceKind;
use invoice_core::ticket::{TicketRequest, Trouble};
use invoice_core::title::Title;
use invoice_examples::story::Stage;
use invoice_portal::app::App;
use invoice_portal::shop::{REGULARS, SELLER, sell};
use support::{Answer, Browser, portal, pump};

/// More than a page shows.
const MANY: u32 = 120;

/// Where the rest of a list is.
fn rest(page: &Answer) -> Option<String> {
    let links = page.text.split("<a class=\"button quiet\" href=\"").skip(1);
    links.map(|link| link.split('"').next().unwrap().to_owned()).find(|link| link.contains("?after="))
}

/// A list to its end.
async fn whole(browser: &mut Browser, path: &str) -> (String, usize) {
    let (mut next, mut text, mut pages) = (Some(path.to_owned()), String::new(), 0);
    while let Some(path) = next {
        let page = browser.get(&path).await;
        assert_eq!(page.status, StatusCode::OK, "{path}");
        next = rest(&page);
        text.push_str(&page.text);
        pages += 1;
    }
    (text, pages)
}

/// A ticket of Li's about his first invoice.
async fn reported(app: &App, id: &str, right: Option<Title>) {
    let request = TicketRequest {
        id: TicketId::new(id).unwrap(),
        application: ApplicationId::new("A-li-1").unwrap(),
        trouble: Trouble::WrongTitle(right),
        note: String::new(),
    };
    app.desk().report(&Stage::buyer("li").unwrap(), request).await.unwrap();
}

#[tokio::test]
async fn the_last_of_many_tickets_is_shown_and_corrected_and_pressing_twice_leads_to_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let app = portal(folder.path()).await;
    for number in 0..MANY {
        reported(&app, &format!("T{number:03}"), None).await;
    }
    let last = "T999";
    reported(&app, last, Some(Title::company("上海示例科技有限公司", "91310000607378229C"))).await;
    let mut fang = Browser::of(&app, "fang").await;
    assert!(!fang.get("/tickets").await.text.contains(last), "it stands on another page");
    let (text, pages) = whole(&mut fang, "/tickets").await;
    assert!(pages > 1 && text.contains(last) && text.contains("T000"));
    fang.post(&format!("/tickets/{last}/take"), &[]).await.location();
    for _ in 0..2 {
        let done = fang.post(&format!("/tickets/{last}/correct"), &[]).await;
        assert_eq!(done.location(), format!("/applications/C-{last}"));
    }
    // Of two titles one has been settled; what was declined is not corrected.
    fang.post("/tickets/T000/take", &[]).await.location();
    fang.post("/tickets/T000/decline", &[("reason", "已换开")]).await.location();
    let declined = fang.post("/tickets/T000/correct", &[]).await;
    assert!(declined.status.is_client_error(), "{}", declined.status);
    let (text, _) = whole(&mut fang, "/tickets").await;
    assert!(!text.contains(last) && !text.contains("T000") && text.contains("T001"));
}

#[tokio::test]
async fn reds_are_found_behind_many_invoices_that_are_none() {
    let folder = tempfile::tempdir().unwrap();
    let app = portal(folder.path()).await;
    pump(&app).await;
    let (buyer, now) = (BuyerId::new(REGULARS[0]).unwrap(), app.clock().now());
    for number in 0..MANY {
        let order = sell(app.desk(), app.system(), (&buyer, number + 50), now).await.unwrap();
        // Ids before those of the red.
        let (id, title) = (format!("A-aa-{number:03}"), Title::person("赵先生"));
        let kind = InvoiceKind::DIGITAL_ORDINARY;
        let wish = Stage::wish((&id, SELLER, buyer.as_str()), kind, title, &[order.as_str()]).unwrap();
        app.desk().apply(app.system(), wish, None).await.unwrap();
    }
    let mut fang = Browser::of(&app, "fang").await;
    let first = fang.get("/reds").await;
    assert!(first.text.contains("id=\"red-A-li-2-"), "{}", first.text);
    assert!(!first.text.contains("A-aa-"));
    assert_eq!(rest(&first), None);
    assert_eq!(whole(&mut fang, "/applications").await.0.matches(">A-aa-119<").count(), 1);
}

#[tokio::test]
async fn what_was_refused_and_tried_again_is_no_longer_a_doubt() {
    let folder = tempfile::tempdir().unwrap();
    let app = portal(folder.path()).await;
    pump(&app).await;
    let mut fang = Browser::of(&app, "fang").await;
    let forms = app.bureau().open_confirmations();
    let form = forms.iter().find(|form| form.state.is_waiting()).unwrap();
    fang.post(&format!("/bureau/{}/refuse", form.number), &[]).await.location();
    pump(&app).await;
    let page = fang.get("/doubts").await;
    let retry = page.text.split("action=\"").find(|rest| rest.contains("/retry\"")).unwrap();
    let retry = retry.split('"').next().unwrap().to_owned();
    let refused = retry.split('/').nth(2).unwrap().to_owned();
    assert!(refused.starts_with("A-li-2-") && page.text.contains("A-wang-1-1"), "{refused}");
    // A page begins at a state, or behind an invoice of it.
    for (after, doubt, failed) in [
        ("in_doubt%2F", true, true),
        ("in_doubt%2FA-wang-1-1", false, true),
        ("failed%2F", false, true),
        ("nothing%2F", false, false),
    ] {
        let page = fang.get(&format!("/doubts?after={after}")).await;
        assert_eq!(page.text.contains(">A-wang-1-1<"), doubt, "{after}");
        assert_eq!(page.text.contains(&format!(">{refused}<")), failed, "{after}");
    }
    fang.post(&retry, &[]).await.location();
    for person in ["fang", "song"] {
        let page = Browser::of(&app, person).await.get("/doubts").await;
        assert!(!page.text.contains(&format!(">{refused}<")), "{person}: {}", page.text);
        assert!(page.text.contains(">A-wang-1-1<"), "{person}");
    }
}
