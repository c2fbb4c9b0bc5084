//! What all pages look like.

use axum::http::header;
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, FixedOffset, Utc};
use invoice_core::access::Verb;
use invoice_core::application::{ApplicationState, Audience};
use invoice_core::error::Language;
use invoice_core::money::Money;
use invoice_core::tax::TaxRate;

use crate::door::AGAIN;
use crate::html;
use crate::html::Html;
use crate::request::{Guest, Visit, segment};
use crate::words::Word;

/// Where one can go, and the verb that the page needs.
const WAYS: &[(&str, Word, Verb)] = &[
    ("/orders", Word::Orders, Verb::Apply),
    ("/applications", Word::Applications, Verb::Read),
    ("/queue", Word::Queue, Verb::Oversee),
    ("/review", Word::Review, Verb::Review),
    ("/doubts", Word::Doubts, Verb::Resolve),
    ("/reds", Word::Reds, Verb::AnswerRed),
    ("/tickets", Word::Tickets, Verb::Handle),
    ("/reports", Word::Reports, Verb::Reconcile),
    ("/refusals", Word::Refusals, Verb::Oversee),
];

/// The languages, each named in itself.
const LANGUAGES: [(Language, &str, &str); 3] =
    [(Language::ZhCn, "zh-CN", "简体"), (Language::ZhTw, "zh-TW", "繁體"), (Language::En, "en", "English")];

/// The language of a tag that a page wrote.
pub(crate) fn language_of(tag: &str) -> Option<Language> {
    LANGUAGES.iter().find(|(_, known, _)| *known == tag).map(|(language, ..)| *language)
}

fn tag_of(language: Language) -> &'static str {
    LANGUAGES.iter().find(|(known, ..)| *known == language).map_or("zh-CN", |(_, tag, _)| tag)
}

/// A page.
pub(crate) fn page(guest: &Guest, title: Word, content: Html) -> Response {
    whole(guest, title, Html::new(), content)
}

/// A page that loads itself again.
pub(crate) fn moving_page(guest: &Guest, title: Word, seconds: u32, content: Html) -> Response {
    let again = html! { "<meta http-equiv=\"refresh\" content=\"" (seconds) "; url=?" (AGAIN) "\">" };
    whole(guest, title, again, content)
}

fn whole(guest: &Guest, title: Word, head: Html, content: Html) -> Response {
    let title = guest.say(title);
    let text = html! {
        "<!DOCTYPE html>\n<html lang=\"" (tag_of(guest.language())) "\"><head><meta charset=\"utf-8\">"
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">" (head)
        "<title>" (title) " · " (guest.say(Word::Portal)) "</title>"
        "<link rel=\"stylesheet\" href=\"/style.css\"></head><body>"
        "<header><div class=\"bar\"><a class=\"brand\" href=\"/\"><span class=\"seal\">票</span>"
        (guest.say(Word::Portal)) "</a>" (languages(guest)) (leaving(guest)) "</div>" (ways(guest)) "</header>"
        "<main><h1>" (title) "</h1>" (content) "</main>"
        "<footer>" (guest.say(Word::Demonstration)) "</footer></body></html>\n"
    };
    ([(header::CONTENT_TYPE, "text/html; charset=utf-8")], text.into_text()).into_response()
}

fn ways(guest: &Guest) -> Html {
    if guest.session.person.is_none() {
        return Html::new();
    }
    let open = WAYS.iter().filter(|(.., verb)| guest.may(*verb));
    let link = |(path, word, _): &(&'static str, Word, Verb)| {
        let here = if guest.here.starts_with(path) { " aria-current=\"page\"" } else { "" };
        let mut link = html! { "<a href=\"" (path) "\"" };
        link.mark(here);
        html! { (link) ">" (guest.say(*word)) "</a>" }
    };
    html! { "<nav>" (open.map(link).collect::<Html>()) "</nav>" }
}

fn languages(guest: &Guest) -> Html {
    let button = |(language, tag, name): &(Language, &'static str, &'static str)| {
        let mut button = html! { "<button name=\"language\" value=\"" (tag) "\"" };
        button.mark(if *language == guest.language() { " aria-pressed=\"true\"" } else { "" });
        html! { (button) ">" (name) "</button>" }
    };
    let buttons: Html = LANGUAGES.iter().map(button).collect();
    html! {
        "<form class=\"languages\" method=\"post\" action=\"/language\">" (token(guest))
        "<input type=\"hidden\" name=\"back\" value=\"" (&guest.here) "\">" (buttons) "</form>"
    }
}

fn leaving(guest: &Guest) -> Html {
    let Some(person) = guest.session.person else { return Html::new() };
    html! {
        "<form class=\"person\" method=\"post\" action=\"/logout\">" (token(guest))
        "<span>" (person.name) " <small>" (guest.say(Word::of_role(person.role))) "</small></span>"
        "<button class=\"quiet\">" (guest.say(Word::LogOut)) "</button></form>"
    }
}

/// The field that says for which session a form was made.
pub(crate) fn token(guest: &Guest) -> Html {
    html! { "<input type=\"hidden\" name=\"csrf\" value=\"" (guest.session.csrf()) "\">" }
}

/// A form with this in it.
pub(crate) fn form(visit: &Visit, action: &str, content: Html) -> Html {
    html! { "<form method=\"post\" action=\"" (action) "\">" (token(&visit.guest)) (content) "</form>" }
}

/// How a button looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Look {
    /// What one most likely wants.
    Main,
    /// Anything else.
    Quiet,
    /// What cannot be taken back.
    Danger,
}

impl Look {
    const fn class(self) -> &'static str {
        match self {
            Self::Main => "main",
            Self::Quiet => "quiet",
            Self::Danger => "danger",
        }
    }
}

/// A button that sends its form.
pub(crate) fn button(visit: &Visit, word: Word, look: Look) -> Html {
    html! { "<button class=\"" (look.class()) "\">" (visit.say(word)) "</button>" }
}

/// A form that is only a button.
pub(crate) fn deed(visit: &Visit, action: &str, word: Word, look: Look) -> Html {
    form(visit, action, button(visit, word, look))
}

/// A field with its name above.
pub(crate) fn field(visit: &Visit, name: &'static str, word: Word, value: &str) -> Html {
    html! {
        "<label>" (visit.say(word)) "<input name=\"" (name) "\" value=\"" (value) "\" autocomplete=\"off\"></label>"
    }
}

/// A field that nobody sees.
pub(crate) fn hidden(name: &'static str, value: &str) -> Html {
    html! { "<input type=\"hidden\" name=\"" (name) "\" value=\"" (value) "\">" }
}

/// A state as a badge. A buyer sees every state before issued as 开票中.
pub(crate) fn badge(visit: &Visit, state: ApplicationState) -> Html {
    use ApplicationState as S;
    let audience = match visit.actor.buyer_id() {
        Some(_) => Audience::Buyer,
        None => Audience::Staff,
    };
    let shown = if audience == Audience::Buyer { state.shown_to_buyer() } else { state };
    let tone = match shown {
        S::Issued => "good",
        S::PartlyRed | S::RedFlushed | S::Voided => "red",
        S::Rejected | S::IssueFailed | S::PartlyIssued => "bad",
        S::Cancelled => "off",
        _ => "moving",
    };
    mark(tone, state.wording(audience, visit.language()))
}

/// A badge: one of good, red, bad, off, moving.
pub(crate) fn mark(tone: &'static str, text: &str) -> Html {
    html! { "<span class=\"badge " (tone) "\">" (text) "</span>" }
}

/// The link to an application.
pub(crate) fn application_link(id: &str) -> Html {
    html! { "<a href=\"/applications/" (segment(id)) "\">" (id) "</a>" }
}

/// A list that has nothing in it.
pub(crate) fn nothing(visit: &Visit) -> Html {
    html! { "<p class=\"empty\">" (visit.say(Word::NothingHere)) "</p>" }
}

/// The link to the next page of a list.
pub(crate) fn more(visit: &Visit, path: &'static str, next: Option<&str>) -> Html {
    next.map_or_else(Html::new, |next| {
        html! { "<p><a class=\"button quiet\" href=\"" (path) "?after=" (segment(next)) "\">" (visit.say(Word::More)) "</a></p>" }
    })
}

/// An amount in yuan with its thousands apart: `1,234.50`.
pub(crate) fn money(amount: Money) -> String {
    let text = amount.to_string();
    let (sign, text) = text.strip_prefix('-').map_or(("", text.as_str()), |text| ("-", text));
    let (whole, cents) = text.split_once('.').unwrap_or((text, "00"));
    let mut grouped = String::new();
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    format!("{sign}{grouped}.{cents}")
}

/// A rate as people write it: `13%`.
pub(crate) fn percent(rate: TaxRate) -> String {
    let (whole, part) = (rate.millionths() / 10_000, rate.millionths() % 10_000);
    if part == 0 {
        format!("{whole}%")
    } else {
        format!("{whole}.{}%", format!("{part:04}").trim_end_matches('0'))
    }
}

/// A moment as clocks in China show it.
pub(crate) fn when(at: DateTime<Utc>) -> String {
    shown_in_china(at, "%Y-%m-%d %H:%M")
}

/// The same to the second and with its zone, as a form gives it back.
pub(crate) fn china(at: DateTime<Utc>) -> String {
    shown_in_china(at, "%Y-%m-%dT%H:%M:%S%:z")
}

fn shown_in_china(at: DateTime<Utc>, format: &str) -> String {
    const EIGHT_HOURS: i32 = 8 * 3600;
    FixedOffset::east_opt(EIGHT_HOURS).map_or_else(
        || at.format(format).to_string(),
        |zone| at.with_timezone(&zone).format(format).to_string(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_rates_and_moments_are_written_as_people_write_them() {
        for (fen, text) in [
            (0, "0.00"),
            (5, "0.05"),
            (-123_450, "-1,234.50"),
            (99_999, "999.99"),
            (100_000_000, "1,000,000.00"),
        ] {
            assert_eq!(money(Money::from_fen(fen)), text);
        }
        assert_eq!(percent(TaxRate::percent(13).unwrap()), "13%");
        assert_eq!(percent(TaxRate::from_millionths(15_000).unwrap()), "1.5%");
        let at = "2026-05-01T16:30:00Z".parse().unwrap();
        assert_eq!(when(at), "2026-05-02 00:30");
        assert_eq!(china(at).parse::<DateTime<Utc>>(), Ok(at));
    }
}
