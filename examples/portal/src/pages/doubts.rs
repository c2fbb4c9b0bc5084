//! Invoices of which nobody knows whether they exist, and those that were refused: what to find out, and the verb that
//! ends it.

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use chrono::{DateTime, Utc};
use invoice_core::access::Verb;
use invoice_core::decision::Outcome;
use invoice_core::id::{IntentKey, InvoiceId};
use invoice_core::invoice::{Invoice, InvoiceState};
use invoice_core::mask::View;
use invoice_core::money::Money;
use invoice_core::provider::IssuedInvoice;

use crate::app::App;
use crate::html;
use crate::html::Html;
use crate::layout::{
    Look, application_link, button, china, deed, field, form, hidden, mark, money, more, nothing, page, when,
};
use crate::request::{Fields, Visit, segment};
use crate::trouble::{Answer, Trouble};
use crate::words::Word;

use super::lists::{SHOWN, invoices};
use super::queue::stuck;

/// In doubt first, then refused.
const STATES: [&str; 2] = ["in_doubt", "failed"];

/// What is in doubt, and what was refused and not tried again.
pub(crate) async fn show(State(app): State<App>, visit: Visit, fields: Fields) -> Answer {
    let counts = stuck(&app, &visit).await?;
    // A page begins behind an invoice among those of its state.
    let from = fields.get("after").and_then(|after| after.split_once('/'));
    let (from, after) = from.map_or((STATES[0], None), |(state, id)| (state, Some(id)));
    let (mut items, mut next) = (Vec::new(), None);
    for state in STATES.into_iter().skip_while(|state| *state != from) {
        if items.len() >= SHOWN {
            next = Some(format!("{state}/"));
            break;
        }
        let after = after.filter(|after| state == from && !after.is_empty());
        let open = |view: &View<Invoice>| !view.clone().into_masked().retried;
        let found = invoices(&app, &visit, (&[state], after), open).await?;
        items.extend(found.items);
        if let Some(after) = found.next {
            next = Some(format!("{state}/{after}"));
            break;
        }
    }
    let cards: Html = items.iter().map(|view| card(&app, &visit, view)).collect();
    let cards = if cards.is_empty() { nothing(&visit) } else { cards };
    let content = html! { (counts) (cards) (more(&visit, "/doubts", next.as_deref())) };
    Ok(page(&visit.guest, Word::Doubts, content))
}

fn card(app: &App, visit: &Visit, view: &View<Invoice>) -> Html {
    let masked = view.clone().into_masked();
    let (tone, word) = match masked.state {
        "in_doubt" => ("bad", Word::TaskInDoubt),
        _ => ("off", Word::TaskFailed),
    };
    let body = view.whole().map(|invoice| match invoice.state() {
        InvoiceState::InDoubt { .. } => doubtful(app, visit, invoice),
        InvoiceState::Failed { code, .. } => {
            let retry = format!("/invoices/{}/retry", segment(invoice.id().as_str()));
            let retry = deed(visit, &retry, Word::Retry, Look::Main);
            html! { "<p class=\"code\">" (code) "</p>" (if visit.may(Verb::Resolve) { retry } else { Html::new() }) }
        }
        _ => Html::new(),
    });
    html! {
        "<article class=\"panel\"><div class=\"headline\"><span class=\"mono\">" (&masked.id) "</span>"
        (mark(tone, visit.say(word))) "<span class=\"amount big\">" (money(masked.gross)) "</span></div><p>"
        (view.whole().map_or(masked.title.name.as_str(), |whole| whole.title().name())) " · " (application_link(masked.application.as_str())) "</p>" (body.unwrap_or_default())
        "</article>"
    }
}

/// What to check, what the bureau of the demonstration shows, and the two ways out.
fn doubtful(app: &App, visit: &Visit, invoice: &Invoice) -> Html {
    let advice = invoice.advice(visit.language()).unwrap_or_default();
    let found = app.bureau().issued().find(|entry| &entry.key == invoice.key());
    let shown = match &found {
        Some(entry) => html! {
            "<p>" (visit.say(Word::FoundAtBureau)) "</p><p class=\"mono\">" (&entry.number) " · " (when(entry.issued_at)) " · "
            (money(entry.gross)) "</p>"
        },
        None => html! { "<p>" (visit.say(Word::NotAtBureau)) "</p>" },
    };
    let told = html! { "<p class=\"advice\">" (advice) "</p><div class=\"demo panel\">" (shown) "</div>" };
    if !visit.may(Verb::Resolve) {
        return told;
    }
    let at = |verb: &str| format!("/invoices/{}/{verb}", segment(invoice.id().as_str()));
    let (number, issued_at) =
        found.map_or_else(Default::default, |entry| (entry.number.to_string(), china(entry.issued_at)));
    let key = || hidden("key", invoice.key().as_str());
    let issued = form(
        visit,
        &at("issued"),
        html! {
            (key()) (field(visit, "number", Word::Number, &number)) (field(visit, "issued_at", Word::IssuedAt, &issued_at))
            (field(visit, "net", Word::Net, &invoice.net().to_string())) (field(visit, "tax", Word::Tax, &invoice.tax().to_string()))
            (button(visit, Word::ResolveIssued, Look::Main))
        },
    );
    let denied =
        form(visit, &at("denied"), html! { (key()) (button(visit, Word::ResolveDenied, Look::Danger)) });
    html! { (told) "<div class=\"ways\">" (issued) (denied) "</div>" }
}

fn back() -> Response {
    Redirect::to("/doubts").into_response()
}

/// A person has found it at the bureau.
pub(crate) async fn issued(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<String>,
    fields: Fields,
) -> Answer {
    let amount = |name| fields.need(name)?.parse::<Money>().map_err(|_| Trouble::Missing);
    let (net, tax) = (amount("net")?, amount("tax")?);
    let issued = IssuedInvoice {
        number: fields.need("number")?.parse().map_err(|_| Trouble::Missing)?,
        issued_at: fields.need("issued_at")?.parse::<DateTime<Utc>>().map_err(|_| Trouble::Missing)?,
        net,
        tax,
        gross: net.checked_add(tax).ok_or(Trouble::Missing)?,
    };
    resolve(&app, &visit, (&id, &fields), Outcome::Issued(issued)).await
}

/// A person has found out that it does not exist.
pub(crate) async fn denied(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<String>,
    fields: Fields,
) -> Answer {
    resolve(&app, &visit, (&id, &fields), Outcome::Denied { code: "LOOKED-UP".to_owned() }).await
}

async fn resolve(app: &App, visit: &Visit, (id, fields): (&str, &Fields), outcome: Outcome) -> Answer {
    let (id, key) = (InvoiceId::new(id)?, IntentKey::new(fields.need("key")?)?);
    app.desk().resolve(&visit.actor, &id, &key, outcome).await?;
    app.wake();
    Ok(back())
}

/// Tries a refused one again.
pub(crate) async fn retry(State(app): State<App>, visit: Visit, Path(id): Path<String>) -> Answer {
    app.desk().retry(&visit.actor, &InvoiceId::new(&id)?).await?;
    app.wake();
    Ok(back())
}
