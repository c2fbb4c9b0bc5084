//! What all pages have in common: hosts, sessions, tokens, headers and limits.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test ends where it fails")]

mod support;

use std::sync::Arc;

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use chrono::TimeDelta;
use invoice_core::env::Clock;
use invoice_examples::clock::VirtualClock;
use invoice_examples::machine::TimedIds;
use invoice_portal::app::{App, Parts};
use support::{Answer, Browser, hygienic, portal, pump};

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
}

#[tokio::test]
async fn sessions_of_nobody_see_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let app = &portal(folder.path()).await;
    let mut nobody = Browser::at(app).await;
    for path in PAGES.iter().filter(|path| **path != "/login") {
        assert_eq!(nobody.get(path).await.location(), "/login", "{path}");
        assert_eq!(nobody.post(path, &[]).await.location(), "/login", "{path}");
    }
    let mut li = Browser::of(app, "li").await;
    let cookie =
        li.post("/login", &[("person", "li")]).await.headers[header::SET_COOKIE].to_str().unwrap().to_owned();
    let attributes: Vec<_> = cookie.split("; ").skip(1).collect();
    assert_eq!(attributes, ["Path=/", "HttpOnly", "SameSite=Lax"]);
    let known = li.cookie.clone();
    li.csrf = li.get("/orders").await.field("csrf");
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

#[tokio::test]
async fn hosts_of_others_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let app = &portal(folder.path()).await;
    let mut li = Browser::of(app, "li").await;
    for host in ["evil.example", "localhost", "localhost:80", "localhost:8080.evil.example", ""] {
        let request = Request::get("/orders").header(header::HOST, host).body(Body::empty()).unwrap();
        let answer = li.send(request).await;
        assert_eq!(answer.status, StatusCode::MISDIRECTED_REQUEST, "{host}");
        assert!(!answer.text.contains("li-1") && answer.headers.get(header::SET_COOKIE).is_none(), "{host}");
        hygienic(host, &answer.headers);
    }
}

#[tokio::test]
async fn forms_without_a_token_do_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let app = &portal(folder.path()).await;
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

#[tokio::test]
async fn a_form_from_elsewhere_leaves_the_browsers_session_alone() {
    let folder = tempfile::tempdir().unwrap();
    let app = &portal(folder.path()).await;
    let mut li = Browser::of(app, "li").await;
    // A browser sends no cookie with it, and would take another one from the answer.
    let own = std::mem::take(&mut li.cookie);
    for path in ["/orders/buy", "/login", "/logout"] {
        let answer = li.raw(path, format!("csrf={}", li.csrf)).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path}");
        assert!(answer.headers.get(header::SET_COOKIE).is_none(), "{path}");
    }
    li.cookie = own;
    assert_eq!(li.get("/orders").await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_page_that_loads_itself_again_keeps_nobody_logged_in() {
    let folder = tempfile::tempdir().unwrap();
    let opened = portal(folder.path()).await;
    pump(&opened).await;
    let clock = Arc::new(VirtualClock::new(opened.clock().now()));
    let (desk, bureau, system) = (opened.desk().clone(), opened.bureau().clone(), opened.system().clone());
    let (ids, hosts) = (Arc::new(TimedIds::default()), vec![support::HOST.to_owned()]);
    let app = &App::new(Parts { desk, bureau, system, clock: clock.clone(), ids, hosts });
    // Whose red waits for its buyer: who only looks has it loaded again, who can write in it has not.
    let (mut luo, mut li) = (Browser::of(app, "luo").await, Browser::of(app, "li").await);
    let path = "/applications/A-li-2";
    let page = luo.get(path).await;
    assert!(page.text.contains("http-equiv=\"refresh\" content=\"15; url=?again\""), "{}", page.text);
    let page = li.get(path).await;
    assert!(
        page.text.contains("<textarea") && !page.text.contains("http-equiv=\"refresh\""),
        "{}",
        page.text
    );
    let again = format!("{path}?again");
    for minute in 1..=30 {
        clock.advance_to(clock.now() + TimeDelta::minutes(1));
        assert_eq!(luo.get(&again).await.status, StatusCode::OK, "{minute}");
        assert_eq!(li.get(path).await.status, StatusCode::OK, "{minute}");
    }
    clock.advance_to(clock.now() + TimeDelta::seconds(1));
    assert_eq!(luo.get(&again).await.location(), "/login");
    assert_eq!(li.get(path).await.status, StatusCode::OK, "he has asked for it");
}

#[tokio::test]
async fn what_is_too_large_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let app = &portal(folder.path()).await;
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
