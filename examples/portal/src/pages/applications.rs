//! Applications: the list, and one with everything about it.

use axum::extract::{Path, State};
use invoice_core::access::Verb;
use invoice_core::application::{Application, ApplicationState, Audience};
use invoice_core::id::{ApplicationId, OrderId};
use invoice_core::mask::{Masked, View};
use invoice_core::money::Money;
use invoice_core::store::{Kind, Query};

use crate::app::App;
use crate::html;
use crate::html::Html;
use crate::layout::{
    Look, application_link, badge, button, deed, form, hidden, money, more, moving_page, nothing, page, when,
};
use crate::request::{Fields, Visit, segment};
use crate::trouble::{Answer, Trouble};
use crate::words::Word;

use super::lists::behind;
use super::{steps, tasks, tickets};

/// The title as its reader may see it: name and tax ID.
fn title_of(view: &View<Application>) -> (String, Option<String>) {
    match view {
        View::Whole(whole) => {
            let title = &whole.request().title;
            (title.name().to_owned(), title.tax_id().map(str::to_owned))
        }
        View::Masked(masked) => (masked.title.name.clone(), masked.title.tax_id.clone()),
    }
}

/// What everybody may see of it.
fn common(view: &View<Application>) -> <Application as Masked>::Masked {
    view.clone().into_masked()
}

/// The applications the actor may see, as they may see them.
pub(crate) async fn list(State(app): State<App>, visit: Visit, fields: Fields) -> Answer {
    let query = Query::new(app.desk().tenant(), Kind::Application);
    let found = app.desk().view_applications(&visit.actor, behind(query, fields.get("after"))).await?;
    let mut items = found.items;
    items.sort_by_key(|view| std::cmp::Reverse(common(view).applied_at));
    let rows = table(&visit, &items);
    let content = html! { (rows) (more(&visit, "/applications", found.next.as_deref())) };
    Ok(page(&visit.guest, Word::Applications, content))
}

/// Applications as a table.
pub(crate) fn table(visit: &Visit, items: &[View<Application>]) -> Html {
    if items.is_empty() {
        return nothing(visit);
    }
    let row = |view: &View<Application>| {
        let seen = common(view);
        let orders: Vec<_> = seen.orders.iter().map(ToString::to_string).collect();
        html! {
            "<tr><td>" (application_link(seen.id.as_str())) "</td><td data-name=\"" (visit.say(Word::State)) "\">"
            (badge(visit, seen.state)) "</td><td data-name=\"" (visit.say(Word::Title)) "\">" (title_of(view).0)
            "</td><td data-name=\"" (visit.say(Word::Order)) "\">" (orders.join(" ")) "</td><td class=\"when\" data-name=\""
            (visit.say(Word::AppliedAt)) "\">" (when(seen.applied_at)) "</td><td class=\"num\" data-name=\""
            (visit.say(Word::Gross)) "\">" (money(seen.gross)) "</td></tr>"
        }
    };
    html! {
        "<table class=\"list\"><thead><tr><th>" (visit.say(Word::Application)) "</th><th>" (visit.say(Word::State))
        "</th><th>" (visit.say(Word::Title)) "</th><th>" (visit.say(Word::Order)) "</th><th>" (visit.say(Word::AppliedAt))
        "</th><th class=\"num\">" (visit.say(Word::Gross)) "</th></tr></thead><tbody>"
        (items.iter().map(row).collect::<Html>()) "</tbody></table>"
    }
}

/// One application: where it stands, what is next, its invoices, what has happened.
pub(crate) async fn show(State(app): State<App>, visit: Visit, Path(id): Path<String>) -> Answer {
    let id = ApplicationId::new(&id)?;
    let view = app.desk().view_application(&visit.actor, &id).await?;
    let seen = common(&view);
    let tasks = tasks::of(&app, &visit, &seen.tasks).await?;
    let outlook = app.desk().outlook(&visit.actor, &id).await?;
    let told = app.desk().timeline(&visit.actor, &id).await?;
    let tickets = tickets::about(&app, &visit, &id).await?;
    let free = free_of(&app, &visit, &seen.orders).await?;
    let waits: Html = outlook
        .iter()
        .filter(|_| visit.may(Verb::Oversee))
        .map(|next| html! { "<li>" (next.wording(visit.language())) "</li>" })
        .collect();
    let waits = match waits.is_empty() {
        true => waits,
        false => html! {
            "<div class=\"panel\"><h2>" (visit.say(Word::WhatNext)) "</h2><ul class=\"reasons\">" (waits) "</ul></div>"
        },
    };
    let content = html! {
        (summary(&visit, &view))
        (actions(&app, &visit, &seen, view.whole(), free))
        (waits) (tasks) (tickets) (steps::timeline(&visit, &told))
    };
    Ok(match steps::look_again(seen.state, &outlook, content.has_field()) {
        Some(seconds) => moving_page(&visit.guest, Word::Application, seconds, content),
        None => page(&visit.guest, Word::Application, content),
    })
}

/// What can be applied for again of its orders.
async fn free_of(app: &App, visit: &Visit, orders: &[OrderId]) -> Result<Money, Trouble> {
    let mut free = Vec::new();
    for order in orders {
        free.push(app.desk().balance(&visit.actor, order).await?.invoiceable());
    }
    Ok(free.into_iter().sum())
}

fn summary(visit: &Visit, view: &View<Application>) -> Html {
    let seen = common(view);
    let (name, tax_id) = title_of(view);
    let tax_id =
        tax_id.map(|id| html! { "<dt>" (visit.say(Word::TaxId)) "</dt><dd class=\"mono\">" (id) "</dd>" });
    let versions = view.whole().map(|whole| {
        let link = |word: Word, id: Option<&ApplicationId>| {
            id.map(
                |id| html! { "<dt>" (visit.say(word)) "</dt><dd>" (application_link(id.as_str())) "</dd>" },
            )
            .unwrap_or_default()
        };
        let rejected = whole.review().rejected.as_ref().map(|why| {
            html! { "<dt>" (visit.say(Word::RejectedBecause)) "</dt><dd>" (why) "</dd>" }
        });
        html! {
            (link(Word::Corrects, whole.corrects())) (link(Word::CorrectedBy, whole.corrected_by()))
            (rejected.unwrap_or_default())
        }
    });
    let orders: Vec<_> = seen.orders.iter().map(ToString::to_string).collect();
    html! {
        "<div class=\"panel summary\"><div class=\"headline\"><span class=\"mono\">" (&seen.id) "</span>"
        (badge(visit, seen.state)) "<span class=\"amount big\">" (money(seen.gross)) "</span></div>"
        (steps::progress(visit, seen.state))
        "<dl class=\"facts\"><dt>" (visit.say(Word::Title)) "</dt><dd>" (name) "</dd>" (tax_id.unwrap_or_default())
        "<dt>" (visit.say(Word::Kind)) "</dt><dd>" (visit.say(Word::of_kind(seen.kind))) "</dd>"
        "<dt>" (visit.say(Word::Order)) "</dt><dd>" (orders.join(" ")) "</dd>"
        "<dt>" (visit.say(Word::AppliedAt)) "</dt><dd>" (when(seen.applied_at)) "</dd>" (versions.unwrap_or_default())
        "</dl></div>"
    }
}

/// What one can do next. Offered by the core's table and the state; whether it is done the desk says.
fn actions(
    app: &App,
    visit: &Visit,
    seen: &<Application as Masked>::Masked,
    whole: Option<&Application>,
    free: Money,
) -> Html {
    use ApplicationState as S;
    let path = format!("/applications/{}", segment(seen.id.as_str()));
    let at = |deed: &str| format!("{path}/{deed}");
    let waiting = matches!(seen.state, S::PendingReview | S::InReview);
    let issued = matches!(seen.state, S::Issued | S::PartlyIssued | S::PartlyRed);
    let corrected = whole.is_some_and(|whole| whole.corrected_by().is_some());
    let mut parts = Vec::new();
    if waiting && visit.may(Verb::Review) {
        parts.push(deed(visit, &at("approve"), Word::Approve, Look::Main));
        if seen.state == S::PendingReview {
            parts.push(deed(visit, &at("claim"), Word::Claim, Look::Quiet));
        }
        let reject = html! {
            "<input name=\"reason\" required maxlength=\"200\" placeholder=\"" (visit.say(Word::Reason)) "\">"
            (button(visit, Word::Reject, Look::Danger))
        };
        parts.push(form(visit, &at("reject"), reject));
    }
    let ended = matches!(seen.state, S::RedFlushed | S::PartlyRed | S::Rejected | S::Cancelled | S::Voided);
    if ended && free.is_positive() && !corrected && visit.may(Verb::Apply) {
        let again = html! { (hidden("id", &app.new_id('A'))) (button(visit, Word::Reapply, Look::Main))
        " <span class=\"amount\">" (money(free)) "</span>" };
        parts.push(form(visit, &at("reapply"), again));
    }
    if matches!(seen.state, S::PendingReview | S::InReview | S::PendingIssue) && visit.may(Verb::Cancel) {
        parts.push(deed(visit, &at("cancel"), Word::Cancel, Look::Quiet));
    }
    if issued && visit.may(Verb::Resend) {
        let again = html! { (hidden("id", &app.new_id('N'))) (button(visit, Word::Resend, Look::Quiet)) };
        parts.push(form(visit, &at("resend"), again));
    }
    if issued && !corrected && visit.may(Verb::Report) {
        parts.push(tickets::asking(app, visit, &at("report")));
    }
    if parts.is_empty() {
        return Html::new();
    }
    html! { "<div class=\"panel tools\">" (parts.into_iter().collect::<Html>()) "</div>" }
}

/// For whom states are put into words.
pub(crate) fn audience(visit: &Visit) -> Audience {
    if visit.actor.buyer_id().is_some() { Audience::Buyer } else { Audience::Staff }
}
