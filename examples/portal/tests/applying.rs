//! Applying: what is confirmed is what was shown, a title keeps what was pasted, and the worker issues it.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test ends where it fails")]

mod support;

use std::time::Duration;

use axum::http::{StatusCode, header};
use invoice_core::application::ApplicationState;
use invoice_core::id::{ApplicationId, InvoiceId};
use invoice_core::notify::NoticeEvent;
use invoice_core::provider::DocumentFormat;
use invoice_core::store::{Kind, MAX_PAGE, Query};
use invoice_portal::app::App;
use invoice_portal::worker::Worker;
use support::{Answer, Browser, portal, pump};

const KIND: (&str, &str) = ("kind", "digital_ordinary");

/// What the confirming form of a preview would send.
fn form<'a>(page: &Answer, store: &'a mut Vec<(String, String)>) -> Vec<(&'a str, &'a str)> {
    let form = page.text.split("action=\"/applications\"").nth(1).unwrap_or_else(|| panic!("{}", page.text));
    let form = form.split("</form>").next().unwrap();
    for input in form.split("<input type=\"hidden\" name=\"").skip(1) {
        let (name, rest) = input.split_once("\" value=\"").unwrap();
        if name != "csrf" {
            store.push((
                name.to_owned(),
                rest.split('"').next().unwrap().replace("&amp;", "&").replace("&#39;", "'"),
            ));
        }
    }
    store.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
}

#[tokio::test]
async fn what_has_changed_since_the_preview_is_shown_before_anything_is_applied_for() {
    let folder = tempfile::tempdir().unwrap();
    let app = portal(folder.path()).await;
    let mut li = Browser::of(&app, "li").await;
    let fields = [("order", "li-3"), KIND, ("pasted", "抬头：李雷")];
    let shown = li.post("/preview", &fields).await;
    assert!(shown.text.contains("3,897.00") && shown.text.contains("119.60"), "{}", shown.text);
    li.post("/orders/li-3/refund", &[("back", "piece")]).await.location();
    let (mut old, mut new) = (Vec::new(), Vec::new());
    let stale = li.post("/applications", &form(&shown, &mut old)).await;
    assert_eq!(stale.status, StatusCode::CONFLICT);
    assert!(stale.text.contains("APPLY-06") && stale.text.contains("2717.60"), "{}", stale.text);
    assert!(stale.text.contains("2,598.00") && !stale.text.contains("3,897.00"), "the new preview");
    assert!(!li.get("/applications").await.text.contains("2,717.60"), "nothing was applied for");
    let again = form(&stale, &mut new);
    let (one, two) = (li.post("/applications", &again).await, li.post("/applications", &again).await);
    assert_eq!(one.location(), two.location(), "sent twice it counts once");
    assert_eq!(li.get("/applications").await.text.matches("2,717.60").count(), 1);
    // Another wish under the same id is another wish.
    let other: Vec<_> =
        again.iter().map(|(name, value)| (*name, if *name == "name" { "韩梅" } else { value })).collect();
    assert!(li.post("/applications", &other).await.text.contains("APPLY-02"));
}

#[tokio::test]
async fn lines_or_an_amount_of_an_order_are_applied_for_as_they_were_chosen() {
    let folder = tempfile::tempdir().unwrap();
    let app = portal(folder.path()).await;
    let mut li = Browser::of(&app, "li").await;
    let page = li.get("/apply?order=li-3&order=li-4").await;
    for field in ["name=\"lines/li-3\" value=\"1\"", "name=\"amount/li-3\"", "name=\"amount/li-4\""] {
        assert!(page.text.contains(field), "{field}: {}", page.text);
    }
    let title = ("pasted", "抬头：李雷");
    // Three screens at 1,299.00 and two books at 59.80: the books, then a hundred yuan of the screens, then all that is left.
    for (chosen, gross) in [
        (&[("lines/li-3", "2"), ("amount/li-3", "")][..], "119.60"),
        (&[("amount/li-3", "100.00")], "100.00"),
        (&[("lines/li-3", "1")], "3,797.00"),
        (&[], ""),
    ] {
        let fields = [&[("order", "li-3"), KIND, title], chosen].concat();
        let shown = li.post("/preview", &fields).await;
        if gross.is_empty() {
            assert!(shown.status.is_client_error(), "nothing is left: {}", shown.text);
            break;
        }
        assert_eq!(shown.status, StatusCode::OK, "{chosen:?}: {}", shown.text);
        // The title is put right on that page: what was chosen stays chosen.
        let mut store = Vec::new();
        let form = form(&shown, &mut store);
        let carried = form.iter().filter(|(name, _)| name.contains('/')).count();
        assert_eq!(carried, 1, "{form:?}");
        let other = shown.text.rsplit_once("action=\"/preview\"").unwrap().1;
        assert!(other.contains(&format!("name=\"{}\" value=\"{}\"", chosen[0].0, chosen[0].1)), "{other}");
        let path = li.post("/applications", &form).await.location().to_owned();
        let page = li.get(&path).await;
        assert!(page.text.contains(&format!("<span class=\"amount big\">{gross}</span>")), "{}", page.text);
        assert_eq!(li.post("/applications", &form).await.location(), path, "sent twice it counts once");
    }
    for chosen in [
        &[("lines/li-4", "1"), ("amount/li-4", "1")][..],
        &[("lines/li-4", "9")],
        &[("lines/li-4", "")],
        &[("amount/li-4", "0")],
        &[("amount/li-4", "-1")],
        &[("amount/li-4", "1.001")],
        &[("amount/li-4", "99999999")],
    ] {
        let fields = [&[("order", "li-4"), KIND, title], chosen].concat();
        let shown = li.post("/preview", &fields).await;
        assert!(shown.status.is_client_error(), "{chosen:?}: {}", shown.text);
    }
}

#[tokio::test]
async fn a_title_is_confirmed_as_it_was_pasted_whatever_fields_it_has() {
    let folder = tempfile::tempdir().unwrap();
    let app = portal(folder.path()).await;
    let mut li = Browser::of(&app, "li").await;
    for title in [
        "抬头：李雷",
        "名称：上海示例科技有限公司 税号：91310000607378229C",
        "名称：上海示例科技有限公司 税号：91310000607378229C 电话：021-58880000",
        "名称：上海示例科技有限公司 税号：91310000607378229C 地址：上海市浦东新区张江路1号",
        "名称：上海示例科技有限公司\n税号：91310000607378229C\n地址电话：上海市浦东新区张江路1号 021-58880000\n开户行及账号：招商银行上海分行 121900000010601",
        "抬头：朝阳区第一小学校",
    ] {
        li.post("/orders/buy", &[]).await.location();
        let orders = li.get("/orders").await.text;
        let order = orders.split("id=\"order-").nth(1).unwrap().split('"').next().unwrap().to_owned();
        let shown = li.post("/preview", &[("order", &order), KIND, ("pasted", title)]).await;
        assert_eq!(shown.status, StatusCode::OK, "{title}: {}", shown.text);
        let mut store = Vec::new();
        let confirmed = li.post("/applications", &form(&shown, &mut store)).await;
        assert!(confirmed.location().starts_with("/applications/A"), "{title}");
    }
    // A slip is named and what was probably meant is proposed; the desk takes no wrong number.
    let slip = [("order", "li-3"), KIND, ("pasted", "上海示例科技有限公司 税号 9131OOOO607378229C")];
    let page = li.post("/preview", &slip).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.text.contains("请核对") && page.text.contains("91310000607378229C"), "{}", page.text);
    assert!(!page.text.contains("确认申请"));
}

#[tokio::test]
async fn a_button_pressed_twice_counts_once() {
    let folder = tempfile::tempdir().unwrap();
    let app = portal(folder.path()).await;
    let mut li = Browser::of(&app, "li").await;
    let page = li.get("/orders").await;
    let (next, orders) = (page.field("number"), page.text.matches("id=\"order-").count());
    for _ in 0..2 {
        li.post("/orders/buy", &[("number", &next)]).await.location();
    }
    assert_eq!(li.get("/orders").await.text.matches("id=\"order-").count(), orders + 1);
    resent_once(&app, &mut li).await;
    let refund = page.text.split("action=\"/orders/li-3/refund\"").nth(1).unwrap();
    let id = refund.split("name=\"id\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    for _ in 0..2 {
        li.post("/orders/li-3/refund", &[("id", id), ("back", "piece")]).await.location();
    }
    assert!(li.get("/orders").await.text.contains("2,717.60"), "one screen went back");
    let report = li.get("/applications/A-li-2").await.field("id");
    for _ in 0..2 {
        li.post("/applications/A-li-2/report", &[("id", &report), ("pasted", "抬头：李雷")]).await.location();
    }
    assert_eq!(li.get("/tickets").await.text.matches(&report).count(), 1);
    // What is not made here is taken for no id: it has a new one.
    li.post("/applications/A-li-2/report", &[("id", "../x"), ("pasted", "抬头：李雷")]).await.location();
    // Rejected, and applied for again with a double click.
    let mut store = Vec::new();
    let shown = li
        .post(
            "/preview",
            &[
                ("order", "li-4"),
                ("kind", "digital_special"),
                ("name", "上海示例科技有限公司"),
                ("tax_id", "91310000607378229C"),
            ],
        )
        .await;
    let path = li.post("/applications", &form(&shown, &mut store)).await.location().to_owned();
    let mut luo = Browser::of(&app, "luo").await;
    luo.post(&format!("{path}/reject"), &[("reason", "先核对")]).await.location();
    let page = li.get(&path).await;
    let again = page.text.split("/reapply\"").nth(1).unwrap().split("name=\"id\" value=\"").nth(1).unwrap();
    let again = again.split('"').next().unwrap();
    let reapply = format!("{path}/reapply");
    for _ in 0..2 {
        assert_eq!(li.post(&reapply, &[("id", again)]).await.location(), format!("/applications/{again}"));
    }
}

/// Sends the invoices of an application again by one form, twice.
async fn resent_once(app: &App, li: &mut Browser) {
    let page = li.get("/applications/A-li-1").await;
    let form = page.text.split("/resend\"").nth(1).unwrap().split("</form>").next().unwrap();
    let id = form.split("name=\"id\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    let told = async || {
        let query = Query::new(app.desk().tenant(), Kind::Notice).limit(MAX_PAGE);
        let found = app.desk().find_notices(app.system(), query).await.unwrap();
        assert_eq!(found.next, None);
        found.items.iter().filter(|notice| notice.occasion().event == NoticeEvent::Resent).count()
    };
    assert_eq!(told().await, 0);
    for _ in 0..2 {
        li.post("/applications/A-li-1/resend", &[("id", id)]).await.location();
    }
    assert_eq!(told().await, 1);
    // Another form is another time.
    li.post("/applications/A-li-1/resend", &[]).await.location();
    assert_eq!(told().await, 2);
}

async fn state(app: &App, id: &str) -> ApplicationState {
    app.desk().application(app.system(), &ApplicationId::new(id).unwrap()).await.unwrap().state()
}

#[tokio::test]
async fn the_worker_issues_what_was_confirmed_and_stops_when_it_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let app = portal(folder.path()).await;
    let mut li = Browser::of(&app, "li").await;
    let shown = li.post("/preview", &[("order", "li-4"), KIND, ("pasted", "抬头：李雷")]).await;
    let mut store = Vec::new();
    let path = li.post("/applications", &form(&shown, &mut store)).await.location().to_owned();
    let id = path.strip_prefix("/applications/").unwrap();
    let page = li.get(&path).await;
    assert!(page.text.contains("开票中") && page.text.contains("http-equiv=\"refresh\""), "{}", page.text);
    assert!(!page.text.contains("待开票") && !page.text.contains("/xml"), "a buyer sees it being issued");
    let worker = Worker::start(app.clone()).unwrap();
    let issued = async {
        while state(&app, id).await != ApplicationState::Issued {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), issued).await.unwrap();
    tokio::time::timeout(Duration::from_secs(30), worker.stop()).await.unwrap().unwrap();
    pump(&app).await;
    let page = li.get(&path).await;
    assert!(!page.text.contains("http-equiv=\"refresh\""), "nothing more happens");
    let offered = page.text.split("href=\"/invoices/").skip(1).map(|link| link.split('"').next().unwrap());
    let file = offered.into_iter().find(|file| file.ends_with("/xml")).unwrap();
    let xml = li.get(&format!("/invoices/{file}")).await;
    assert_eq!(xml.headers[header::CONTENT_TYPE], "application/xml");
    assert!(xml.headers[header::CONTENT_DISPOSITION].to_str().unwrap().starts_with("attachment; filename="));
    assert!(xml.text.contains("<?xml") && xml.text.contains("李雷"), "{}", xml.text);
    let ofd = li.get(&format!("/invoices/{}", file.replace("/xml", "/ofd"))).await;
    assert_eq!(ofd.headers[header::CONTENT_TYPE], "application/ofd");
    let unknown = li.get(&format!("/invoices/{}", file.replace("/xml", "/exe"))).await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
    let kept =
        app.desk().invoice(app.system(), &InvoiceId::new(file.trim_end_matches("/xml")).unwrap()).await;
    let kept = kept.unwrap();
    assert!([DocumentFormat::Xml, DocumentFormat::Ofd].iter().all(|format| kept.file(*format).is_some()));
    let mut wang = Browser::of(&app, "wang").await;
    assert_eq!(wang.get(&format!("/invoices/{file}")).await.status, StatusCode::FORBIDDEN);
}
