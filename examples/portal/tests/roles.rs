//! Routes by roles: each answers as the core's table says, and refuses nothing by itself.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test ends where it fails")]

mod support;

use axum::http::StatusCode;
use invoice_core::access::{Role, Verb};
use invoice_core::id::OrderId;
use invoice_portal::people::PEOPLE;
use support::{Browser, portal, pump};

const TITLE: &str = "名称：上海示例科技有限公司 税号：91310000607378229C";

/// Method and path, fields, and the verbs the desk asks for. What is Li's; roles that may not come first.
type Row = (&'static str, &'static [(&'static str, &'static str)], &'static [Verb]);

const ROWS: &[Row] = &[
    ("GET /orders", &[], &[Verb::Read]),
    ("GET /apply?order=li-3", &[], &[Verb::Read]),
    (
        "POST /preview",
        &[("order", "li-3"), ("kind", "digital_ordinary"), ("pasted", TITLE)],
        &[Verb::Preview],
    ),
    (
        "POST /applications",
        &[("order", "li-3"), ("kind", "digital_ordinary"), ("pasted", TITLE), ("token", "another")],
        &[Verb::Apply],
    ),
    ("GET /applications", &[], &[Verb::Read]),
    ("GET /applications/A-li-1", &[], &[Verb::Read]),
    ("POST /applications/A-li-1/cancel", &[], &[Verb::Cancel]),
    ("POST /applications/{rejected}/reapply", &[], &[Verb::ReadWhole, Verb::Apply]),
    ("POST /applications/A-li-1/report", &[("pasted", TITLE)], &[Verb::Report]),
    ("POST /applications/A-li-1/resend", &[], &[Verb::Resend]),
    ("POST /applications/{waiting}/claim", &[], &[Verb::Review]),
    ("POST /applications/{waiting}/approve", &[], &[Verb::Review]),
    ("POST /applications/{waiting}/reject", &[("reason", "no")], &[Verb::Review]),
    ("GET /invoices/A-li-1-1/xml", &[], &[Verb::Download]),
    ("POST /invoices/A-li-1-1/retry", &[], &[Verb::Resolve]),
    ("POST /invoices/A-li-1-1/denied", &[("key", "x")], &[Verb::Resolve]),
    (
        "POST /invoices/A-li-1-1/issued",
        &[
            ("key", "x"),
            ("number", "26332000004021728676"),
            ("issued_at", "2026-05-01T04:00:00Z"),
            ("net", "1"),
            ("tax", "0"),
        ],
        &[Verb::Resolve],
    ),
    ("POST /invoices/A-li-1-1/withdraw", &[], &[Verb::AnswerRed]),
    ("POST /bureau/0/confirm", &[], &[Verb::AnswerRed]),
    ("GET /queue", &[], &[Verb::Oversee]),
    ("POST /queue/resume", &[("seller", "shop"), ("provider", "sandbox")], &[Verb::Resolve]),
    ("GET /review", &[], &[Verb::Oversee]),
    ("GET /doubts", &[], &[Verb::Oversee]),
    ("GET /reds", &[], &[Verb::Oversee]),
    ("GET /tickets", &[], &[Verb::Read]),
    ("POST /tickets/T-li-1/take", &[], &[Verb::Handle]),
    ("POST /tickets/T-li-1/correct", &[], &[Verb::ReadWhole, Verb::Handle, Verb::Correct]),
    ("POST /tickets/T-li-1/decline", &[("reason", "no")], &[Verb::Handle]),
    ("GET /reports", &[], &[Verb::Reconcile, Verb::Oversee, Verb::ReadWhole]),
    ("GET /refusals", &[], &[Verb::Oversee]),
];

/// An application of Li's for a special invoice of an order of his.
async fn applied(li: &mut Browser, order: &str) -> String {
    let fields = [("order", order), ("kind", "digital_special"), ("pasted", TITLE)];
    let preview = li.post("/preview", &fields).await;
    assert_eq!(preview.status, StatusCode::OK, "{}", preview.text);
    let (id, token) = (preview.field("id"), preview.field("token"));
    let fields = [&fields[..], &[("id", &id), ("token", &token)]].concat();
    let confirmed = li.post("/applications", &fields).await;
    assert_eq!(confirmed.location(), format!("/applications/{id}"), "{}", confirmed.text);
    id
}

#[tokio::test]
async fn each_route_answers_each_role_as_the_core_says() {
    let folder = tempfile::tempdir().unwrap();
    let app = portal(folder.path()).await;
    pump(&app).await;
    let mut li = Browser::of(&app, "li").await;
    let waiting = applied(&mut li, "li-4").await;
    li.post("/orders/buy", &[]).await;
    let rejected = applied(&mut li, "li-5").await;
    let mut luo = Browser::of(&app, "luo").await;
    luo.post(&format!("/applications/{rejected}/reject"), &[("reason", "先核对")]).await.location();

    for (route, fields, verbs) in ROWS {
        let route = route.replace("{waiting}", &waiting).replace("{rejected}", &rejected);
        let (method, path) = route.split_once(' ').unwrap();
        let mut people: Vec<_> = PEOPLE.iter().filter(|person| person.id != "wang").collect();
        let may = |role: Role| verbs.iter().all(|verb| role.may(*verb));
        people.sort_by_key(|person| may(person.role));
        for person in people {
            let mut browser = Browser::of(&app, person.id).await;
            let answer = match method {
                "GET" => browser.get(path).await,
                _ => browser.post(path, fields).await,
            };
            assert!(!answer.status.is_server_error(), "{route} {}: {}", person.id, answer.text);
            let refused = answer.status == StatusCode::FORBIDDEN;
            assert_eq!(
                refused,
                !may(person.role),
                "{route} {}: {} {}",
                person.id,
                answer.status,
                answer.text
            );
            assert!(!refused || answer.text.contains("ACCESS-01"), "{route} {}: {}", person.id, answer.text);
        }
        // Another buyer: what is theirs they see, what is Li's they do not.
        let mut wang = Browser::of(&app, "wang").await;
        let answer = match method {
            "GET" => wang.get(path).await,
            _ => wang.post(path, fields).await,
        };
        let lists = ["/orders", "/applications", "/tickets"];
        if method == "GET" && lists.contains(&path) {
            assert_eq!(answer.status, StatusCode::OK, "{route}");
            assert!(!answer.text.contains("li-"), "{route}");
        } else {
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{route}: {}", answer.text);
        }
    }
    goods_go_back_for_those_who_may(&app).await;
    each_route_is_in_the_table();
    support_sees_masks(&app).await;
}

/// A buyer's own return the shop's systems tell the desk; of Li's order nobody else may who may not refund.
async fn goods_go_back_for_those_who_may(app: &invoice_portal::app::App) {
    let order = OrderId::new("li-3").unwrap();
    let before = app.desk().balance(app.system(), &order).await.unwrap();
    let others = PEOPLE.iter().filter(|person| person.id != "li" && !person.role.may(Verb::Refund));
    let others: Vec<_> = others.map(|person| person.id).collect();
    for known in ["wang", "song", "luo"] {
        assert!(others.contains(&known), "{known} in {others:?}");
    }
    for person in others {
        let mut browser = Browser::of(app, person).await;
        for back in ["piece", "all"] {
            let answer = browser.post("/orders/li-3/refund", &[("back", back)]).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{person}: {}", answer.text);
            assert!(answer.text.contains("ACCESS-0"), "{person}: {}", answer.text);
        }
    }
    assert_eq!(app.desk().balance(app.system(), &order).await.unwrap(), before, "nothing was written");
    let mut li = Browser::of(app, "li").await;
    li.post("/orders/li-3/refund", &[("back", "piece")]).await.location();
    assert_ne!(app.desk().balance(app.system(), &order).await.unwrap(), before);
}

/// Every route of the router stands in a row, but those that are nobody's business.
fn each_route_is_in_the_table() {
    let router = include_str!("../src/app.rs");
    // Whose goods go back is another test's; what a buyer buys is their own.
    let open = ["/", "/style.css", "/login", "/logout", "/language", "/orders/buy", "/orders/{id}/refund"];
    let shape = |path: &str| -> Vec<String> {
        let path = path.split('?').next().unwrap();
        path.split('/').map(str::to_owned).collect()
    };
    let rows: Vec<_> = ROWS.iter().map(|(route, ..)| shape(route.split_once(' ').unwrap().1)).collect();
    let mut routes = 0;
    for part in router.split(".route(\"").skip(1) {
        let path = part.split('"').next().unwrap();
        let wanted = shape(path);
        let fits = |row: &Vec<String>| {
            row.len() == wanted.len() && row.iter().zip(&wanted).all(|(a, b)| a == b || b.starts_with('{'))
        };
        assert!(open.contains(&path) || rows.iter().any(fits), "{path} is in no row");
        routes += 1;
    }
    assert!(routes > 30, "{routes}");
}

async fn support_sees_masks(app: &invoice_portal::app::App) {
    let mut song = Browser::of(app, "song").await;
    for path in ["/applications", "/applications/A-li-1", "/applications/A-li-2", "/tickets", "/doubts"] {
        let page = song.get(path).await;
        assert_eq!(page.status, StatusCode::OK, "{path}");
        for personal in ["上海示例科技有限公司", "91310000607378229C", "李雷</", "/xml"] {
            assert!(!page.text.contains(personal), "{path} shows {personal}");
        }
    }
    assert!(song.get("/applications/A-li-2").await.text.contains("上海***公司"));
}

#[tokio::test]
async fn who_submits_does_not_approve_and_finance_approves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let app = portal(folder.path()).await;
    let mut li = Browser::of(&app, "li").await;
    // The second kind of order comes to 25,000; with the screens it is above 28,000, with another desk above 30,000.
    for _ in 0..3 {
        li.post("/orders/buy", &[]).await.location();
    }
    let fields = [
        ("order", "li-2"),
        ("order", "li-7"),
        ("order", "li-3"),
        ("order", "li-5"),
        ("kind", "digital_special"),
        ("pasted", TITLE),
    ];
    for (person, code) in [("fang", "ACCESS-01"), ("an", "APPLY-07")] {
        let mut browser = Browser::of(&app, person).await;
        let preview = browser.post("/preview", &fields).await;
        assert_eq!(preview.status, StatusCode::OK, "{}", preview.text);
        assert!(preview.text.contains("须两人审核"), "{}", preview.text);
        let (id, token) = (preview.field("id"), preview.field("token"));
        let fields = [&fields[..], &[("id", &id), ("token", &token)]].concat();
        browser.post("/applications", &fields).await.location();
        let own = browser.post(&format!("/applications/{id}/approve"), &[]).await;
        assert!(own.text.contains(code), "{person}: {}", own.text);
        assert!(matches!(own.status, StatusCode::FORBIDDEN | StatusCode::CONFLICT), "{person}");
        let mut luo = Browser::of(&app, "luo").await;
        luo.post(&format!("/applications/{id}/approve"), &[]).await.location();
        let twice = luo.post(&format!("/applications/{id}/approve"), &[]).await;
        assert!(twice.text.contains("APPLY-07"), "{}", twice.text);
        luo.post(&format!("/applications/{id}/reject"), &[("reason", "再议")]).await.location();
    }
}
