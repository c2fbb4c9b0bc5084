//! Who tried what they may not.

use axum::extract::State;
use invoice_core::access::{AccessChange, AccessRecord};

use crate::app::App;
use crate::html;
use crate::html::Html;
use crate::layout::{nothing, page, when};
use crate::request::Visit;
use crate::trouble::Answer;
use crate::words::Word;

/// Everybody to whom something was refused, and the newest of it.
pub(crate) async fn show(State(app): State<App>, visit: Visit) -> Answer {
    let records = app.desk().refusals(&visit.actor).await?;
    let row = |record: &AccessRecord| {
        let AccessChange::Refused { verb, role, code, about, at } = record.last();
        html! {
            "<tr><td>" (record.actor()) " <small>" (role) "</small></td><td class=\"num\" data-name=\"" (visit.say(Word::Times))
            "\">" (record.refused()) "</td><td data-name=\"" (visit.say(Word::LastTried)) "\">" (verb) " "
            (about.as_deref().unwrap_or_default()) " <small class=\"code\">" (code) "</small></td><td data-name=\""
            (visit.say(Word::When)) "\">" (when(*at)) "</td></tr>"
        }
    };
    let rows: Html = records.iter().map(row).collect();
    let content = match rows.is_empty() {
        true => nothing(&visit),
        false => html! {
            "<table class=\"list\"><thead><tr><th>" (visit.say(Word::Who)) "</th><th class=\"num\">" (visit.say(Word::Times))
            "</th><th>" (visit.say(Word::LastTried)) "</th><th>" (visit.say(Word::When)) "</th></tr></thead><tbody>" (rows)
            "</tbody></table>"
        },
    };
    Ok(page(&visit.guest, Word::Refusals, content))
}
