//! What waits, on whom and since when; and the applications that wait for a reviewer.

use axum::extract::State;
use axum::response::{IntoResponse, Redirect};
use invoice_core::access::Verb;
use invoice_core::application::{Outlook, WaitsOn};
use invoice_core::id::{ProviderId, SellerId};
use invoice_core::store::{Kind, Query};

use crate::app::App;
use crate::html;
use crate::html::Html;
use crate::layout::{Look, application_link, button, form, hidden, mark, more, nothing, page, when};
use crate::request::{Fields, Visit};
use crate::trouble::{Answer, Trouble};
use crate::words::Word;

use super::applications::table;
use super::lists::behind;

/// How much waits on whom: the head of every page of staff. The desk refuses whoever may not oversee.
pub(crate) async fn stuck(app: &App, visit: &Visit) -> Result<Html, Trouble> {
    let queues = app.desk().stuck(&visit.actor, app.clock().now()).await?;
    let all = [WaitsOn::Reviewer, WaitsOn::Staff, WaitsOn::Counterparty, WaitsOn::Provider, WaitsOn::Worker];
    let card = |on: WaitsOn| {
        let queue = queues.get(&on);
        let count = queue.map_or(0, |queue| queue.count);
        let since = queue.map(
            |queue| html! { "<small>" (visit.say(Word::Since)) " " (when(queue.oldest.since)) "</small>" },
        );
        let mut card = html! { "<div class=\"count" };
        card.mark(if count == 0 { " none" } else { "" });
        html! {
            (card) "\"><b>" (count) "</b><span>" (visit.say(Word::of_waiting(on))) "</span>" (since.unwrap_or_default()) "</div>"
        }
    };
    Ok(html! { "<div class=\"counts\">" (all.into_iter().map(card).collect::<Html>()) "</div>" })
}

/// The queue.
pub(crate) async fn show(State(app): State<App>, visit: Visit, fields: Fields) -> Answer {
    let counts = stuck(&app, &visit).await?;
    let found = app.desk().waiting(&visit.actor, fields.get("after"), 100).await?;
    let (mut items, mut next) = (found.items, found.next);
    // What is in review, tasks and paper are pages of their own; short ones stand together.
    while let Some(after) = next.clone().filter(|_| items.len() < 100) {
        let found = app.desk().waiting(&visit.actor, Some(&after), 100).await?;
        items.extend(found.items);
        next = found.next;
    }
    items.sort_by_key(|next| next.since);
    let rows: Html = items.iter().map(|next| row(&visit, next)).collect();
    let rows = match items.is_empty() {
        true => nothing(&visit),
        false => html! {
            "<table class=\"list\"><thead><tr><th>" (visit.say(Word::Subject)) "</th><th>" (visit.say(Word::WhatNext))
            "</th><th>" (visit.say(Word::WaitsOn)) "</th><th>" (visit.say(Word::Since)) "</th></tr></thead><tbody>" (rows)
            "</tbody></table>"
        },
    };
    let content =
        html! { (counts) (paused(&app, &visit).await?) (rows) (more(&visit, "/queue", next.as_deref())) };
    Ok(page(&visit.guest, Word::Queue, content))
}

fn row(visit: &Visit, next: &Outlook) -> Html {
    let on = next.waits_on();
    let tone = if matches!(on, WaitsOn::Staff | WaitsOn::Reviewer) { "bad" } else { "moving" };
    let subject = match next.subject.split_once('/') {
        Some(("application", id)) => application_link(id),
        // An invoice's id is its application's and a number.
        Some((_, id)) => html! {
            (application_link(id.rsplit_once('-').map_or(id, |(application, _)| application))) " <small>" (id) "</small>"
        },
        None => html! { (&next.subject) },
    };
    html! {
        "<tr><td>" (subject) "</td><td>" (next.wording(visit.language())) "</td><td data-name=\""
        (visit.say(Word::WaitsOn)) "\">" (mark(tone, visit.say(Word::of_waiting(on)))) "</td><td class=\"when\" data-name=\""
        (visit.say(Word::Since)) "\">" (when(next.since)) "</td></tr>"
    }
}

/// Accounts that stand still until a person has logged in for them.
async fn paused(app: &App, visit: &Visit) -> Result<Html, Trouble> {
    // A part of a page that more may see: who may not see this part is not refused the page.
    if !visit.may(Verb::Reconcile) {
        return Ok(Html::new());
    }
    let accounts = app.desk().paused(&visit.actor).await?;
    let account = |account: &invoice_core::account::Account| {
        let why = account.pause.as_ref().map(|pause| pause.code.to_string()).unwrap_or_default();
        let ids = html! {
            (hidden("seller", account.id.seller.as_str())) (hidden("provider", account.id.provider.as_str()))
            (button(visit, Word::Resume, Look::Main))
        };
        let verb = if visit.may(Verb::Resolve) { form(visit, "/queue/resume", ids) } else { Html::new() };
        html! {
            "<div class=\"alert\"><p>" (visit.say(Word::StandsStill)) " " (&account.id.seller) " / " (&account.id.provider)
            "</p><p class=\"code\">" (why) "</p>" (verb) "</div>"
        }
    };
    Ok(accounts.iter().map(account).collect())
}

/// Sets an account going again.
pub(crate) async fn resume(State(app): State<App>, visit: Visit, fields: Fields) -> Answer {
    let (seller, provider) =
        (SellerId::new(fields.need("seller")?)?, ProviderId::new(fields.need("provider")?)?);
    app.desk().resume(&visit.actor, &seller, &provider).await?;
    app.wake();
    Ok(Redirect::to("/queue").into_response())
}

/// What waits for a reviewer.
pub(crate) async fn review(State(app): State<App>, visit: Visit, fields: Fields) -> Answer {
    let counts = stuck(&app, &visit).await?;
    let query = Query::new(app.desk().tenant(), Kind::Application).in_states(["pending_review", "in_review"]);
    let found = app.desk().view_applications(&visit.actor, behind(query, fields.get("after"))).await?;
    let content =
        html! { (counts) (table(&visit, &found.items)) (more(&visit, "/review", found.next.as_deref())) };
    Ok(page(&visit.guest, Word::Review, content))
}
