//! Red invoices (红票) under way, and their confirmations (红字信息确认单).

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use invoice_core::access::Verb;
use invoice_core::application::Outlook;
use invoice_core::id::{InvoiceId, ProviderId};
use invoice_core::invoice::{Color, Invoice, InvoiceState, RedAnswer};
use invoice_core::mask::View;
use invoice_providers::sandbox::OpenConfirmation;

use crate::app::App;
use crate::html;
use crate::html::Html;
use crate::layout::{Look, application_link, deed, money, more, nothing, page, when};
use crate::request::{Fields, Visit, segment};
use crate::shop::PROVIDER;
use crate::trouble::{Answer, Trouble};
use crate::words::Word;

use super::lists::invoices;
use super::queue::stuck;

/// Reds that are not issued yet.
pub(crate) async fn show(State(app): State<App>, visit: Visit, fields: Fields) -> Answer {
    const STATES: &[&str] = &["planned", "submitting", "accepted", "confirming"];
    let counts = stuck(&app, &visit).await?;
    let red =
        |view: &View<Invoice>| view.whole().is_some_and(|whole| matches!(whole.color(), Color::Red { .. }));
    let found = invoices(&app, &visit, (STATES, fields.get("after")), red).await?;
    let at_bureau = app.bureau().open_confirmations();
    let cards: Html = found.items.iter().filter_map(|view| card(&visit, view, &at_bureau)).collect();
    let cards = if cards.is_empty() { nothing(&visit) } else { cards };
    let content = html! { (counts) (cards) (more(&visit, "/reds", found.next.as_deref())) };
    Ok(page(&visit.guest, Word::Reds, content))
}

fn card(visit: &Visit, view: &View<Invoice>, at_bureau: &[OpenConfirmation]) -> Option<Html> {
    let View::Whole(invoice) = view else { return None };
    let Color::Red { blue, reason, .. } = invoice.color() else { return None };
    let next = Outlook::of_invoice(invoice)?.wording(visit.language());
    let form = at_bureau.iter().find(|form| &form.key == invoice.key());
    let facts = form.map(|form| {
        let until = form.expires_at.map(when).unwrap_or_default();
        html! {
            "<dt>" (visit.say(Word::Confirmation)) "</dt><dd class=\"mono\">" (&form.number) " (" (form.state.code())
            ")</dd><dt>" (visit.say(Word::Until)) "</dt><dd>" (until) "</dd>"
        }
    });
    let mut verbs = Html::new();
    if visit.may(Verb::AnswerRed) && matches!(invoice.state(), InvoiceState::Confirming { .. }) {
        let withdraw = format!("/invoices/{}/withdraw", segment(invoice.id().as_str()));
        verbs = deed(visit, &withdraw, Word::Withdraw, Look::Danger);
    }
    let playing = |form: &&OpenConfirmation| form.state.is_waiting() && visit.may(Verb::AnswerRed);
    let buyers = form.filter(playing).map(|form| {
        let at = |answer: &str| format!("/bureau/{}/{answer}", segment(&form.number));
        html! {
            "<div class=\"demo panel\"><p>" (visit.say(Word::BuyersSide)) "</p><div class=\"tools\">"
            (deed(visit, &at("confirm"), Word::BuyerConfirms, Look::Main))
            (deed(visit, &at("refuse"), Word::BuyerRefuses, Look::Quiet)) "</div></div>"
        }
    });
    Some(html! {
        "<article class=\"panel\" id=\"red-" (invoice.id()) "\"><div class=\"headline\"><span class=\"mono\">" (invoice.id())
        "</span><span class=\"amount big\">−" (money(invoice.gross())) "</span></div><p>" (next) "</p><dl class=\"facts\"><dt>"
        (visit.say(Word::Blue)) "</dt><dd class=\"mono\">" (blue) "</dd><dt>" (visit.say(Word::Reason)) "</dt><dd>"
        (visit.say(Word::of_reason(*reason))) "</dd><dt>" (visit.say(Word::Application)) "</dt><dd>" (application_link(invoice.application().as_str()))
        "</dd>" (facts.unwrap_or_default()) "</dl><div class=\"tools\">" (verbs) "</div>" (buyers.unwrap_or_default())
        "</article>"
    })
}

fn back() -> Response {
    Redirect::to("/reds").into_response()
}

/// The seller goes back on it.
pub(crate) async fn withdraw(State(app): State<App>, visit: Visit, Path(id): Path<String>) -> Answer {
    app.desk().answer_red(&visit.actor, &InvoiceId::new(&id)?, RedAnswer::Withdraw).await?;
    app.wake();
    Ok(back())
}

/// What the buyer does at the bureau, played by whoever looks after the demonstration's red forms. The bureau hints at it
/// as services do, and the desk asks.
pub(crate) async fn buyer_answers(
    State(app): State<App>,
    visit: Visit,
    Path((number, answer)): Path<(String, String)>,
) -> Answer {
    // No verb of the desk stands behind this; who looks after the forms may play the buyer.
    app.desk().permit(&visit.actor, Verb::AnswerRed).await?;
    let form = app.bureau().open_confirmations().into_iter().find(|form| form.number == number);
    let form = form.ok_or(Trouble::Nothing)?;
    let answered = match answer.as_str() {
        "confirm" => app.bureau().buyer_confirms(&number),
        "refuse" => app.bureau().buyer_refuses(&number),
        _ => return Err(Trouble::Nothing),
    };
    answered.map_err(invoice_core::desk::DeskError::from)?;
    let hint = format!("{{\"key\":\"{}\"}}", form.key);
    app.desk().callback(app.system(), &ProviderId::new(PROVIDER)?, &[], hint.as_bytes()).await?;
    app.wake();
    Ok(back())
}
