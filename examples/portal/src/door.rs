//! The door: every request passes it, so that no page can forget what all pages need.
//!
//! On the way in: the host that was asked for, the session, the token of every form, and that somebody has logged in. On
//! the way out: the headers.

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use invoice_core::error::Language;

use crate::app::App;
use crate::request::{Fields, Guest};
use crate::session::Session;
use crate::trouble::Trouble;

/// The cookie of the session.
pub const COOKIE: &str = "portal";
/// What stands behind the question mark when a page loads itself again: nobody has asked for it.
pub const AGAIN: &str = "again";
/// Most bytes of a form.
pub const MOST_BYTES: usize = 64 * 1024;
/// What is open to those who have not logged in.
const OPEN: [&str; 2] = ["/login", "/language"];
/// The same for everybody, and without a session.
const STYLE: &str = "/style.css";

/// No script, nothing from elsewhere, framed by nobody, forms to here only.
const HEADERS: [(HeaderName, &str); 7] = [
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    ),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::REFERRER_POLICY, "same-origin"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=()"),
];

/// The middleware around all routes.
pub(crate) async fn door(State(app): State<App>, request: Request, next: Next) -> Response {
    let style = request.uri().path() == STYLE;
    let mut response = if !hosted(&app, request.headers()) {
        // A page elsewhere whose name leads here must not read what is served here (DNS rebinding).
        (StatusCode::MISDIRECTED_REQUEST, "unknown host").into_response()
    } else if style {
        next.run(request).await
    } else {
        behind(&app, request, next).await
    };
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    let cached = if style { "public, max-age=300" } else { "no-store" };
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(cached));
    response
}

async fn behind(app: &App, request: Request, next: Next) -> Response {
    let looks = request.method() == Method::GET && request.uri().query() == Some(AGAIN);
    let known = cookie(request.headers()).and_then(|id| app.sessions().find(id, looks));
    let (session, fresh) = match known {
        Some(session) => (session, false),
        None => match app.sessions().begin(None, language(request.headers())) {
            Ok(session) => (session, true),
            Err(_) => return StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        },
    };
    let reading = matches!(*request.method(), Method::GET | Method::HEAD);
    let here =
        request.uri().path_and_query().filter(|_| reading).map_or("/", |path| path.as_str()).to_owned();
    let guest = Guest { session, here };
    let mut response = match enter(&guest, request, reading).await {
        Ok(request) => next.run(request).await,
        Err(trouble) => trouble.into_response(),
    };
    if let Some(trouble) = response.extensions_mut().remove::<Trouble>() {
        if let Trouble::Failed(error) = &trouble {
            // Without what follows the question mark: people write that.
            eprintln!("{}: {error}", guest.here.split('?').next().unwrap_or_default());
        }
        response = trouble.page(&guest);
    }
    // A form without a session has come from elsewhere or too late: it changes nothing, the browser's session neither.
    if fresh && reading && !response.headers().contains_key(header::SET_COOKIE) {
        set_cookie(&mut response, &guest.session);
    }
    response
}

/// What a request must have to reach its page.
async fn enter(guest: &Guest, request: Request, reading: bool) -> Result<Request, Trouble> {
    let (mut parts, body) = request.into_parts();
    let fields = if reading {
        Fields::read(parts.uri.query().unwrap_or_default().as_bytes())
    } else {
        let body = to_bytes(body, MOST_BYTES).await.map_err(|_| Trouble::TooLarge)?;
        let fields = Fields::read(&body);
        let token = fields.get("csrf").unwrap_or_default();
        if !guest.session.made(token) {
            return Err(Trouble::Forged);
        }
        fields
    };
    if guest.session.person.is_none() && !OPEN.contains(&parts.uri.path()) {
        return Err(Trouble::LogIn);
    }
    parts.extensions.insert(guest.clone());
    parts.extensions.insert(fields);
    Ok(Request::from_parts(parts, Body::empty()))
}

/// Whether the one host that was asked for is ours.
fn hosted(app: &App, headers: &HeaderMap) -> bool {
    let mut hosts = headers.get_all(header::HOST).iter();
    match (hosts.next(), hosts.next()) {
        (Some(host), None) => host.to_str().is_ok_and(|host| app.answers_to(host)),
        _ => false,
    }
}

/// The session's cookie among all.
fn cookie(headers: &HeaderMap) -> Option<&str> {
    let all = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    all.flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(name, _)| *name == COOKIE)
        .map(|(_, id)| id)
}

/// Gives the browser its session.
pub(crate) fn set_cookie(response: &mut Response, session: &Session) {
    // Over TLS a host adds `Secure`; this is served on the machine's own address only. Not `Strict`: a link from elsewhere
    // would come without its session, be given another, and log its reader out; forms are guarded by their token.
    let cookie = format!("{COOKIE}={}; Path=/; HttpOnly; SameSite=Lax", session.id());
    if let Ok(cookie) = HeaderValue::from_str(&cookie) {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
}

/// The language the browser asks for; Chinese of the mainland unless it says otherwise.
fn language(headers: &HeaderMap) -> Language {
    let wanted =
        headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let first = wanted.split([',', ';']).next().unwrap_or_default().trim().to_ascii_lowercase();
    match first.as_str() {
        "zh-tw" | "zh-hk" | "zh-mo" => Language::ZhTw,
        tag if tag.starts_with("zh-hant") => Language::ZhTw,
        tag if tag.starts_with("en") => Language::En,
        _ => Language::ZhCn,
    }
}
