//! Who one is. Plainly a demonstration: nobody proves anything.

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Redirect, Response};

use crate::app::App;
use crate::door::set_cookie;
use crate::html;
use crate::html::Html;
use crate::layout::{language_of, page, token};
use crate::people::{PEOPLE, Person};
use crate::request::{Fields, Guest, Visit};
use crate::trouble::{Answer, Trouble};
use crate::words::Word;

/// To where one begins.
pub(crate) async fn home(visit: Visit) -> Redirect {
    Redirect::to(visit.person.home())
}

/// The one file that pages load.
pub(crate) async fn style() -> Response {
    ([(header::CONTENT_TYPE, "text/css; charset=utf-8")], include_str!("../style.css")).into_response()
}

/// A page that is not there.
pub(crate) async fn nothing() -> Trouble {
    Trouble::Nothing
}

/// Everybody one can be.
pub(crate) async fn show(guest: Guest) -> Response {
    let card = |person: &Person| {
        html! {
            "<form method=\"post\" action=\"/login\" class=\"card who\">" (token(&guest))
            "<button name=\"person\" value=\"" (person.id) "\"><b>" (person.name) "</b><small>"
            (guest.say(Word::of_role(person.role))) "</small></button></form>"
        }
    };
    let cards: Html = PEOPLE.iter().map(card).collect();
    let content = html! {
        "<p class=\"note\">" (guest.say(Word::DemoLogin)) "</p><div class=\"people\">" (cards) "</div>"
    };
    page(&guest, Word::WhoAreYou, content)
}

/// Logs somebody in, under a new session.
pub(crate) async fn enter(State(app): State<App>, guest: Guest, fields: Fields) -> Answer {
    let person = Person::find(fields.need("person")?).ok_or(Trouble::Missing)?;
    let session = app.sessions().change(&guest.session, Some(person))?;
    let mut response = Redirect::to(person.home()).into_response();
    set_cookie(&mut response, &session);
    Ok(response)
}

/// Logs out.
pub(crate) async fn leave(State(app): State<App>, guest: Guest) -> Answer {
    let session = app.sessions().change(&guest.session, None)?;
    let mut response = Redirect::to("/login").into_response();
    set_cookie(&mut response, &session);
    Ok(response)
}

/// Changes the language and goes back to the page.
pub(crate) async fn speak(State(app): State<App>, guest: Guest, fields: Fields) -> Answer {
    let language = language_of(fields.need("language")?).ok_or(Trouble::Missing)?;
    app.sessions().speak(&guest.session, language);
    Ok(Redirect::to(local(fields.get("back").unwrap_or("/"))).into_response())
}

/// A path on this host, or the first page: nobody is sent elsewhere.
fn local(path: &str) -> &str {
    let plain = path.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    if plain && path.starts_with('/') && !path.starts_with("//") { path } else { "/" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_sent_elsewhere() {
        for (given, goes) in [
            ("/orders?order=1", "/orders?order=1"),
            ("", "/"),
            ("orders", "/"),
            ("//evil.example", "/"),
            ("/\\evil.example", "/"),
            ("https://evil.example", "/"),
            ("/a\r\nSet-Cookie: x", "/"),
            ("/发票", "/"),
        ] {
            assert_eq!(local(given), goes, "{given}");
        }
    }
}
