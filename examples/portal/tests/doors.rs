//! What all pages have in common: hosts, sessions, tokens, headers, limits, and text that stays text.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test ends where it fails")]

mod support;

use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode, header};
use proptest::prelude::{ProptestConfig, Strategy};
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use support::{Answer, Browser, portal};

/// Every page that is read, as the administrator reads it, and some that are none.
const PAGES: &[&str] = &[
    "/",
    "/login",
    "/orders",
    "/apply?order=li-3",
    "/applications",
    "/applications/A-li-1",
    "/queue",
    "/review",
    "/doubts",
    "/reds",
    "/tickets",
    "/reports",
    "/refusals",
    "/invoices/A-li-1-1/xml",
    "/nothing",
    "/orders/buy",
    "/applications/none",
    "/applications/%00",
    "/applications/%ff%fe",
    "/apply?order=%F0%9F%92%A9",
    "/bureau/1/2",
    "/queue?after=",
    "/queue?after=invoice%2F",
    "/applications?after=%00",
];

fn hygienic(path: &str, headers: &HeaderMap) {
    let one = |name: &str| {
        let mut all = headers.get_all(name).iter();
        let first = all.next().unwrap_or_else(|| panic!("{path}: no {name}")).to_str().unwrap().to_owned();
        assert!(all.next().is_none(), "{path}: {name} twice");
        first
    };
    let policy = one("content-security-policy");
    for part in ["default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"] {
        assert!(policy.contains(part), "{path}: {policy}");
    }
    assert!(!policy.contains("unsafe") && !policy.contains("script-src"), "{path}: {policy}");
    assert_eq!(one("x-content-type-options"), "nosniff", "{path}");
    assert_eq!(one("referrer-policy"), "same-origin", "{path}");
    assert_eq!(one("x-frame-options"), "DENY", "{path}");
    let cached = if path == "/style.css" { "public, max-age=300" } else { "no-store" };
    assert_eq!(one("cache-control"), cached, "{path}");
}

#[tokio::test]
async fn every_answer_carries_the_headers_and_no_script() {
    let folder = tempfile::tempdir().unwrap();
    let app = portal(folder.path()).await;
    for person in ["", "an", "li"] {
        let mut browser =
            if person.is_empty() { Browser::at(&app).await } else { Browser::of(&app, person).await };
        for path in PAGES.iter().chain(&["/style.css"]) {
            let answer = browser.get(path).await;
            hygienic(path, &answer.headers);
            assert!(!answer.status.is_server_error(), "{path}: {}", answer.status);
            assert!(!answer.text.contains("<script") && !answer.text.contains(" style="), "{path}");
            let posted = browser.post(path, &[]).await;
            hygienic(path, &posted.headers);
            assert!(!posted.status.is_server_error(), "{path}: {}", posted.status);
        }
    }
    sessions_of_nobody_see_nothing(&app).await;
    hosts_of_others_are_refused(&app).await;
    forms_without_a_token_do_nothing(&app).await;
    what_is_too_large_is_refused(&app).await;
}

async fn sessions_of_nobody_see_nothing(app: &invoice_portal::app::App) {
    let mut nobody = Browser::at(app).await;
    for path in PAGES.iter().filter(|path| **path != "/login") {
        assert_eq!(nobody.get(path).await.location(), "/login", "{path}");
        assert_eq!(nobody.post(path, &[]).await.location(), "/login", "{path}");
    }
    let mut li = Browser::of(app, "li").await;
    let known = li.cookie.clone();
    for forged in ["portal=", "portal=0", "other=1", "portal=\"", &known[..known.len() - 1]] {
        let request = Request::get("/orders").header(header::COOKIE, forged).body(Body::empty()).unwrap();
        assert_eq!(li.send(request).await.location(), "/login", "{forged}");
    }
    li.cookie.clone_from(&known);
    assert_eq!(li.get("/orders").await.status, StatusCode::OK);
    assert_eq!(li.post("/logout", &[]).await.location(), "/login");
    let request = Request::get("/orders").header(header::COOKIE, &known).body(Body::empty()).unwrap();
    assert_eq!(li.send(request).await.location(), "/login", "after logging out");
}

async fn hosts_of_others_are_refused(app: &invoice_portal::app::App) {
    let mut li = Browser::of(app, "li").await;
    for host in ["evil.example", "localhost", "localhost:80", "localhost:8080.evil.example", ""] {
        let request = Request::get("/orders").header(header::HOST, host).body(Body::empty()).unwrap();
        let answer = li.send(request).await;
        assert_eq!(answer.status, StatusCode::MISDIRECTED_REQUEST, "{host}");
        assert!(!answer.text.contains("li-1") && answer.headers.get(header::SET_COOKIE).is_none(), "{host}");
        hygienic(host, &answer.headers);
    }
}

async fn forms_without_a_token_do_nothing(app: &invoice_portal::app::App) {
    let (mut li, wang) = (Browser::of(app, "li").await, Browser::of(app, "wang").await);
    let orders = |page: &Answer| page.text.matches("id=\"order-").count();
    let before = orders(&li.get("/orders").await);
    for token in ["", "csrf=", "csrf=0", &format!("csrf={}", wang.csrf), &format!("csrf={}", &li.csrf[1..])] {
        let answer = li.raw("/orders/buy", token.to_owned()).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{token}");
    }
    // In the address it does not count.
    let path = format!("/orders/buy?csrf={}", li.csrf);
    assert_eq!(li.raw(&path, String::new()).await.status, StatusCode::FORBIDDEN);
    assert_eq!(orders(&li.get("/orders").await), before);
    assert_eq!(li.post("/orders/buy", &[]).await.location(), "/orders");
    assert_eq!(orders(&li.get("/orders").await), before + 1);
}

async fn what_is_too_large_is_refused(app: &invoice_portal::app::App) {
    let mut li = Browser::of(app, "li").await;
    let large = "x".repeat(invoice_portal::door::MOST_BYTES);
    let answer =
        li.post("/preview", &[("order", "li-3"), ("kind", "digital_ordinary"), ("pasted", &large)]).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
    let nearly = "x".repeat(invoice_portal::door::MOST_BYTES - 200);
    let answer =
        li.post("/preview", &[("order", "li-3"), ("kind", "digital_ordinary"), ("pasted", &nearly)]).await;
    assert!(answer.status.is_client_error(), "{}", answer.status);
}

#[tokio::test]
async fn whatever_is_sent_to_whatever_page_is_answered() {
    const NAMES: &[&str] = &[
        "order",
        "kind",
        "pasted",
        "name",
        "sort",
        "tax_id",
        "id",
        "token",
        "key",
        "number",
        "issued_at",
        "net",
        "tax",
        "reason",
        "back",
        "seller",
        "provider",
        "language",
        "person",
        "after",
    ];
    const VALUES: &[&str] = &[
        "",
        "0",
        "-1",
        "99999999999999999999999",
        "\u{0}",
        "../..",
        "<>",
        "%",
        "digital_ordinary",
        "legacy_ordinary_paper",
        "li-3",
        "A-li-1",
        "A-wang-2",
        "NaN",
        "1e9",
        "2026-99-99T00:00:00Z",
        "-262143-01-01T00:00:00Z",
        "26332000004021728676",
        "shop",
        "sandbox",
        "piece",
        "all",
        "en",
        "confirm",
        "票",
        "\u{202e}",
        "a b+c&d=e",
        "999999999999.99",
        "0.001",
    ];
    let folder = tempfile::tempdir().unwrap();
    let app = portal(folder.path()).await;
    let mut runner = TestRunner::new(ProptestConfig::default());
    let mut draw = |most: usize| (0..most).new_tree(&mut runner).unwrap().current();
    let mut browser = Browser::of(&app, "an").await;
    let long = "长".repeat(3000);
    for part in include_str!("../src/app.rs").split(".route(\"").skip(1) {
        let route = part.split('"').next().unwrap();
        for _ in 0..6 {
            let mut path = String::new();
            for piece in route.split('/').skip(1) {
                path.push('/');
                match piece.starts_with('{') {
                    true => {
                        path.extend(form_urlencoded::byte_serialize(VALUES[draw(VALUES.len())].as_bytes()))
                    }
                    false => path.push_str(piece),
                }
            }
            let mut fields = Vec::new();
            for name in NAMES {
                let value = if draw(40) == 0 { long.as_str() } else { VALUES[draw(VALUES.len())] };
                if draw(4) > 0 {
                    fields.push((*name, value));
                }
            }
            let got = browser.get(&format!("{path}?{}", support::encoded(&fields))).await;
            assert!(!got.status.is_server_error(), "GET {path} {fields:?}: {}", got.text);
            if !["/logout", "/login"].contains(&route) {
                let got = browser.post(&path, &fields).await;
                assert!(!got.status.is_server_error(), "POST {path} {fields:?}: {}", got.text);
                hygienic(&path, &got.headers);
            }
        }
    }
}

/// Every mark on the page begins an element that the portal writes.
fn only_our_marks(page: &str) {
    const OURS: &[&str] = &[
        "!DOCTYPE", "html", "head", "meta", "title", "link", "body", "header", "div", "a", "span", "form",
        "input", "button", "nav", "main", "h1", "h2", "h3", "p", "dl", "dt", "dd", "ul", "ol", "li",
        "article", "table", "thead", "tbody", "tfoot", "tr", "th", "td", "details", "summary", "label",
        "select", "option", "fieldset", "legend", "footer", "small", "b", "textarea", "time", "section", "q",
    ];
    for part in page.split('<').skip(1) {
        let name: String = part
            .trim_start_matches('/')
            .chars()
            .take_while(|c| c.is_ascii_alphanumeric() || *c == '!')
            .collect();
        assert!(OURS.contains(&name.as_str()), "<{part}");
        // What stands between quotes is a value; of what is left nothing begins with "on".
        let tag = part.split('>').next().unwrap();
        let names: String = tag.split('"').step_by(2).collect();
        assert!(!names.contains(" on") && !names.contains(['\'', '`']), "<{tag}");
    }
}

#[tokio::test]
async fn hostile_names_stay_text_on_every_page_they_reach() {
    let folder = tempfile::tempdir().unwrap();
    let app = portal(folder.path()).await;
    let mut li = Browser::of(&app, "li").await;
    let mut runner = TestRunner::new(ProptestConfig::with_cases(1));
    let hostile = "[<>&\"'`=/ a-z\u{202e}\u{0}公司]{1,40}";
    for round in 0..60 {
        let text = |runner: &mut TestRunner| hostile.new_tree(runner).unwrap().current();
        let name = match round {
            0 => "\"><script>alert(1)</script>".to_owned(),
            1 => "</textarea><img src=x onerror=alert(1)>".to_owned(),
            _ => text(&mut runner),
        };
        let (bank, address) = (text(&mut runner), text(&mut runner));
        let fields = [
            ("order", "li-3"),
            ("kind", "digital_ordinary"),
            ("name", name.as_str()),
            ("sort", "person"),
            ("bank", bank.as_str()),
            ("address", address.as_str()),
            ("id", name.as_str()),
        ];
        let page = li.post("/preview", &fields).await;
        assert!(page.status == StatusCode::OK || page.status.is_client_error(), "{name}: {}", page.status);
        only_our_marks(&page.text);
        let page = li.post("/preview", &[("order", &name), ("kind", &name), ("pasted", &name)]).await;
        assert!(page.status.is_client_error(), "{name}");
        only_our_marks(&page.text);
        let path = format!("/applications?{}", support::encoded(&[("after", &name)]));
        only_our_marks(&li.get(&path).await.text);
    }
    // One that the desk takes: the name stands on the pages of all who see it.
    let name = "李<b>雷&\"'";
    let fields = [
        ("order", "li-3"),
        ("kind", "digital_special"),
        ("name", name),
        ("sort", "company"),
        ("tax_id", "91310000607378229C"),
    ];
    let shown = li.post("/preview", &fields).await;
    only_our_marks(&shown.text);
    for (person, path) in
        [("li", "/applications"), ("luo", "/review"), ("song", "/applications"), ("an", "/reports")]
    {
        only_our_marks_but_drawings(&Browser::of(&app, person).await.get(path).await.text);
    }
}

fn only_our_marks_but_drawings(page: &str) {
    let mut rest = String::new();
    for (at, part) in page.split("<svg").enumerate() {
        rest.push_str(if at == 0 { part } else { part.split_once("</svg>").unwrap().1 });
    }
    only_our_marks(&rest);
}

#[tokio::test]
async fn a_second_start_goes_on_and_asks_everybody_to_log_in_again() {
    let folder = tempfile::tempdir().unwrap();
    let app = portal(folder.path()).await;
    let mut li = Browser::of(&app, "li").await;
    assert_eq!(li.post("/orders/buy", &[]).await.location(), "/orders");
    let orders = |page: &Answer| page.text.matches("id=\"order-").count();
    let count = orders(&li.get("/orders").await);
    let cookie = li.cookie.clone();
    drop((app, li));
    let app = portal(folder.path()).await;
    let mut li = Browser::at(&app).await;
    li.cookie = cookie;
    assert_eq!(li.get("/orders").await.location(), "/login");
    let mut li = Browser::of(&app, "li").await;
    assert_eq!(orders(&li.get("/orders").await), count);
}
