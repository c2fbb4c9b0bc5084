//! Applying: a pasted title, a look at what would come of it, and the confirmation of exactly that.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect};
use invoice_core::application::ApplyRequest;
use invoice_core::decision::Preview;
use invoice_core::desk::DeskError;
use invoice_core::error::{Refusal, RefusalCode};
use invoice_core::id::{ApplicationId, OrderId};
use invoice_core::invoice::InvoiceKind;
use invoice_core::ledger::Balance;
use invoice_core::tax::tax_day;

use crate::app::App;
use crate::html;
use crate::html::Html;
use crate::layout::{Look, button, form, hidden, money, page};
use crate::request::{Fields, Visit, segment};
use crate::titles::{Written, fields_of, questions};
use crate::trouble::{Answer, Trouble};
use crate::words::Word;

use super::{draft, scope};

/// The orders of a wish and what they come to, as the actor may see them.
async fn balances(app: &App, visit: &Visit, fields: &Fields) -> Result<Vec<Balance>, Trouble> {
    let mut balances = Vec::new();
    for order in fields.all("order") {
        balances.push(app.desk().balance(&visit.actor, &OrderId::new(order)?).await?);
    }
    if balances.is_empty() { Err(Trouble::Missing) } else { Ok(balances) }
}

/// For which orders, under which title, as which kind.
pub(crate) async fn show(State(app): State<App>, visit: Visit, fields: Fields) -> Answer {
    let balances = balances(&app, &visit, &fields).await?;
    let content = html! {
        (chosen(&visit, &balances))
        "<div class=\"panel\">" (form(&visit, "/preview", html! {
            (balances.iter().map(|balance| scope::choice(&visit, balance)).collect::<Html>())
            "<label>" (visit.say(Word::PasteTitle)) "<textarea name=\"pasted\" rows=\"5\" required placeholder=\""
            (visit.say(Word::PasteHint)) "\"></textarea></label>"
            (kinds(&visit, InvoiceKind::DIGITAL_ORDINARY))
            (button(&visit, Word::SeePreview, Look::Main))
        })) "</div>"
    };
    Ok(page(&visit.guest, Word::Apply, content))
}

fn chosen(visit: &Visit, balances: &[Balance]) -> Html {
    let row = |balance: &Balance| {
        html! {
            "<li><b>" (balance.order()) "</b><span class=\"amount\">" (money(balance.invoiceable())) "</span></li>"
        }
    };
    let rows: Html = balances.iter().map(row).collect();
    html! { "<div class=\"panel\"><h2>" (visit.say(Word::Open)) "</h2><ul class=\"chosen\">" (rows) "</ul></div>" }
}

fn kinds(visit: &Visit, chosen: InvoiceKind) -> Html {
    let offered =
        [(InvoiceKind::DIGITAL_ORDINARY, Word::Ordinary), (InvoiceKind::DIGITAL_SPECIAL, Word::Special)];
    let choice = |(kind, word): (InvoiceKind, Word)| {
        let mut input =
            html! { "<label class=\"pick\"><input type=\"radio\" name=\"kind\" value=\"" (kind) "\"" };
        input.mark(if kind == chosen { " checked" } else { "" });
        html! { (input) ">" (visit.say(word)) "</label>" }
    };
    let choices: Html = offered.into_iter().map(choice).collect();
    html! { "<fieldset class=\"choices\"><legend>" (visit.say(Word::Kind)) "</legend>" (choices) "</fieldset>" }
}

/// A wish as its form says it.
struct Wish {
    request: ApplyRequest,
    written: Written,
}

async fn wish(app: &App, visit: &Visit, fields: &Fields) -> Result<Wish, Trouble> {
    let balances = balances(app, visit, fields).await?;
    let first = balances.first().ok_or(Trouble::Missing)?;
    let kind = fields.need("kind")?.parse().map_err(|_| Trouble::Missing)?;
    let written = Written::read(fields)?;
    let scopes = balances.iter().map(|balance| scope::read(fields, balance.order()));
    let scopes = scopes.collect::<Result<Vec<_>, _>>()?;
    let (seller, buyer) = (first.seller().clone(), first.buyer().clone());
    let id = ApplicationId::new(app.id_in(fields, 'A'))?;
    let mut request = ApplyRequest::merged(id, seller, buyer, kind, written.title.clone(), []);
    request.orders = scopes;
    // The door of the back office is another one; whose it is the desk decides.
    let request = if visit.actor.buyer_id().is_some() { request } else { request.by_back_office() };
    Ok(Wish { request, written })
}

/// What would come of it; nothing is written.
pub(crate) async fn preview(State(app): State<App>, visit: Visit, fields: Fields) -> Answer {
    let wish = wish(&app, &visit, &fields).await?;
    let status = StatusCode::OK;
    shown(&app, &visit, wish, (status, None)).await
}

/// The preview, below what was said of an earlier one.
async fn shown(
    app: &App,
    visit: &Visit,
    wish: Wish,
    (status, changed): (StatusCode, Option<Refusal>),
) -> Answer {
    let (seen, status, refused) = match app.desk().preview(&visit.actor, &wish.request).await {
        Ok(preview) => (Some(preview), status, changed),
        // What can be put right in the title is put right on this page.
        Err(DeskError::Refused(refusal)) if refusal.code() == RefusalCode::TitleInvalid => {
            (None, StatusCode::UNPROCESSABLE_ENTITY, None)
        }
        Err(error) => return Err(error.into()),
    };
    let told = refused.map(|refusal| {
        html! {
            "<div class=\"alert\" role=\"alert\"><p>" (refusal.message(visit.language())) "</p><p class=\"code\">"
            (refusal.code().as_str()) "</p></div>"
        }
    });
    let confirm = seen.as_ref().map(|preview| confirming(visit, &wish, preview));
    let open = if seen.is_some() {
        html! { "<details class=\"panel\">" }
    } else {
        html! { "<details class=\"panel\" open>" }
    };
    let content = html! {
        (told.unwrap_or_default())
        (questions(visit, &wish.written, wish.request.kind, tax_day(app.clock().now())))
        (confirm.unwrap_or_default())
        (open) "<summary>" (visit.say(Word::ChangeTitle)) "</summary>"
        (form(visit, "/preview", html! {
            (scope::hidden_of(&wish.request.orders)) (hidden("id", wish.request.id.as_str()))
            (fields_of(visit, &wish.written.title)) (kinds(visit, wish.request.kind))
            (button(visit, Word::SeePreview, Look::Quiet))
        })) "</details>"
    };
    Ok((status, page(&visit.guest, Word::Preview, content)).into_response())
}

fn confirming(visit: &Visit, wish: &Wish, preview: &Preview) -> Html {
    html! {
        (draft::shown(visit, preview))
        "<div class=\"panel confirm\">"
        (form(visit, "/applications", html! {
            (scope::hidden_of(&wish.request.orders)) (hidden("id", wish.request.id.as_str()))
            (hidden("kind", wish.request.kind.as_str())) (hidden("token", preview.token()))
            (wish.written.hidden())
            (button(visit, Word::Confirm, Look::Main))
        }))
        "<p class=\"note\">" (visit.say(Word::ConfirmNote)) "</p></div>"
    }
}

/// Exactly what was shown, or a new preview that says what has changed.
pub(crate) async fn confirm(State(app): State<App>, visit: Visit, fields: Fields) -> Answer {
    let wish = wish(&app, &visit, &fields).await?;
    let token = fields.need("token")?.to_owned();
    match app.desk().apply(&visit.actor, wish.request.clone(), Some(token)).await {
        Ok(application) => {
            app.wake();
            let path = format!("/applications/{}", segment(application.id().as_str()));
            Ok(Redirect::to(&path).into_response())
        }
        Err(DeskError::Refused(refusal)) if refusal.code() == RefusalCode::PreviewStale => {
            shown(&app, &visit, wish, (StatusCode::CONFLICT, Some(refusal))).await
        }
        Err(error) => Err(error.into()),
    }
}
