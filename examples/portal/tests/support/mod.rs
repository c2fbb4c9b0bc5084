//! A browser without pictures, on a portal without a network.
#![allow(dead_code, reason = "not every test file uses everything")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "what tests share")]

use std::path::Path;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode, header};
use http_body_util::BodyExt;
use invoice_core::id::WorkerId;
use invoice_portal::app::App;
use invoice_portal::open::open;
use tower::ServiceExt;

/// The host under which the portal is asked for.
pub(crate) const HOST: &str = "localhost:8080";

/// The demonstration in a folder; its bureau answers at once.
pub(crate) async fn portal(folder: &Path) -> App {
    open(folder, Duration::ZERO, vec![HOST.to_owned()]).await.unwrap()
}

/// The worker does all that is due.
pub(crate) async fn pump(app: &App) {
    let worker = WorkerId::new("test").unwrap();
    while app.desk().pump(app.system(), &worker, 100).await.unwrap().claimed > 0 {}
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    /// Where it sends the browser.
    pub(crate) fn location(&self) -> &str {
        assert_eq!(self.status, StatusCode::SEE_OTHER, "{}", self.text);
        self.headers[header::LOCATION].to_str().unwrap()
    }

    /// The value of a hidden field, the last of its name.
    pub(crate) fn field(&self, name: &str) -> String {
        let before = format!("name=\"{name}\" value=\"");
        let rest = self.text.rsplit_once(&before).unwrap_or_else(|| panic!("no {name} in {}", self.text)).1;
        rest.split('"').next().unwrap().to_owned()
    }
}

/// One browser: a cookie and the token of its session.
pub(crate) struct Browser {
    router: Router,
    pub(crate) cookie: String,
    pub(crate) csrf: String,
}

pub(crate) fn encoded(fields: &[(&str, &str)]) -> String {
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.extend_pairs(fields);
    form.finish()
}

impl Browser {
    /// One at the login page.
    pub(crate) async fn at(app: &App) -> Self {
        let mut browser = Self { router: app.router(), cookie: String::new(), csrf: String::new() };
        let page = browser.get("/login").await;
        assert_eq!(page.status, StatusCode::OK);
        browser.csrf = page.field("csrf");
        browser
    }

    /// One with somebody logged in.
    pub(crate) async fn of(app: &App, person: &str) -> Self {
        let mut browser = Self::at(app).await;
        let home = browser.post("/login", &[("person", person)]).await.location().to_owned();
        browser.csrf = browser.get(&home).await.field("csrf");
        browser
    }

    pub(crate) async fn get(&mut self, path: &str) -> Answer {
        self.send(Request::get(path).body(Body::empty()).unwrap()).await
    }

    /// A form with the session's token.
    pub(crate) async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let csrf = self.csrf.clone();
        let mut all = vec![("csrf", csrf.as_str())];
        all.extend_from_slice(fields);
        self.raw(path, encoded(&all)).await
    }

    /// A form as it is.
    pub(crate) async fn raw(&mut self, path: &str, body: String) -> Answer {
        let request = Request::post(path).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send(request.body(Body::from(body)).unwrap()).await
    }

    pub(crate) async fn send(&mut self, mut request: Request<Body>) -> Answer {
        let headers = request.headers_mut();
        if !headers.contains_key(header::HOST) {
            headers.insert(header::HOST, HOST.parse().unwrap());
        }
        if !self.cookie.is_empty() && !headers.contains_key(header::COOKIE) {
            headers.insert(header::COOKIE, self.cookie.parse().unwrap());
        }
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        if let Some(cookie) = parts.headers.get(header::SET_COOKIE) {
            self.cookie = cookie.to_str().unwrap().split(';').next().unwrap().to_owned();
        }
        let text = String::from_utf8_lossy(&bytes).into_owned();
        Answer { status: parts.status, headers: parts.headers, text }
    }
}

/// Every answer carries these headers, once.
pub(crate) fn hygienic(path: &str, headers: &HeaderMap) {
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
