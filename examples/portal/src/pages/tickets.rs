//! Tickets (工单): a buyer reports a wrong title, finance has it corrected (换开).

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use invoice_core::access::Verb;
use invoice_core::application::CorrectRequest;
use invoice_core::decision::TicketDeed;
use invoice_core::error::RefusalCode;
use invoice_core::id::{ApplicationId, TicketId};
use invoice_core::mask::View;
use invoice_core::store::{Kind, Query};
use invoice_core::ticket::{Settlement, Ticket, TicketRequest, TicketState, Trouble as Wrong};

use crate::app::App;
use crate::html;
use crate::html::Html;
use crate::layout::{Look, application_link, button, deed, form, hidden, mark, more, nothing, page, when};
use crate::request::{Fields, Visit, segment};
use crate::titles::Written;
use crate::trouble::{Answer, Trouble};
use crate::words::Word;

use super::deeds::{short, to};
use super::lists::behind;

/// The form by which a buyer asks for a correction.
pub(crate) fn asking(app: &App, visit: &Visit, action: &str) -> Html {
    let fields = html! {
        (hidden("id", &app.new_id('T')))
        "<label>" (visit.say(Word::RightTitle)) "<textarea name=\"pasted\" rows=\"3\" required placeholder=\""
        (visit.say(Word::PasteHint)) "\"></textarea></label>" (button(visit, Word::SendReport, Look::Main))
    };
    html! {
        "<details class=\"ask\"><summary class=\"button quiet\">" (visit.say(Word::WrongTitle)) "</summary>"
        (form(visit, action, fields)) "</details>"
    }
}

/// A buyer, or support for them, says that the title is wrong and which is right.
pub(crate) async fn report(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<String>,
    fields: Fields,
) -> Answer {
    let application = ApplicationId::new(&id)?;
    let right = Written::pasted(fields.need("pasted")?)?.title;
    let request = TicketRequest {
        id: TicketId::new(app.id_in(&fields, 'T'))?,
        application: application.clone(),
        trouble: Wrong::WrongTitle(Some(right)),
        note: String::new(),
    };
    app.desk().report(&visit.actor, request).await?;
    Ok(to(&application))
}

/// The tickets about an application.
pub(crate) async fn about(app: &App, visit: &Visit, id: &ApplicationId) -> Result<Html, Trouble> {
    let query = Query::new(app.desk().tenant(), Kind::Ticket).tagged("application", id.as_str());
    let found = app.desk().find_tickets(&visit.actor, query).await?;
    Ok(found.items.iter().map(|view| card(visit, view)).collect())
}

/// All tickets the actor may see that are not at their end.
pub(crate) async fn show(State(app): State<App>, visit: Visit, fields: Fields) -> Answer {
    let query = Query::new(app.desk().tenant(), Kind::Ticket).in_states(["open", "in_hand"]);
    let found = app.desk().find_tickets(&visit.actor, behind(query, fields.get("after"))).await?;
    let cards: Html = found.items.iter().map(|view| card(&visit, view)).collect();
    let cards = if cards.is_empty() { nothing(&visit) } else { cards };
    let content = html! { (cards) (more(&visit, "/tickets", found.next.as_deref())) };
    Ok(page(&visit.guest, Word::Tickets, content))
}

fn card(visit: &Visit, view: &View<Ticket>) -> Html {
    let masked = view.clone().into_masked();
    let right = match view.whole().map(|ticket| &ticket.request().trouble) {
        Some(Wrong::WrongTitle(Some(title))) => {
            Some((title.name().to_owned(), title.tax_id().map(str::to_owned)))
        }
        _ => masked.title.as_ref().map(|title| (title.name.clone(), title.tax_id.clone())),
    };
    let right = right.map(|(name, tax_id)| {
        html! { "<p>" (visit.say(Word::RightTitle)) ": <b>" (name) "</b> <span class=\"mono\">" (tax_id.unwrap_or_default()) "</span></p>" }
    });
    let (tone, word) = match &masked.state {
        TicketState::Open => ("bad", Word::TicketOpen),
        TicketState::InHand { .. } => ("moving", Word::TicketInHand),
        TicketState::Settled { .. } => ("good", Word::TicketSettled),
        TicketState::Declined { .. } => ("off", Word::TicketDeclined),
    };
    html! {
        "<article class=\"panel\"><div class=\"headline\"><span class=\"mono\">" (&masked.id) "</span>"
        (mark(tone, visit.say(word))) "<small>" (when(masked.reported_at)) "</small></div><p>"
        (visit.say(Word::of_trouble(masked.trouble))) " · " (application_link(masked.application.as_str())) "</p>"
        (right.unwrap_or_default()) (verbs(visit, &masked.id, &masked.state)) "</article>"
    }
}

fn verbs(visit: &Visit, id: &TicketId, state: &TicketState) -> Html {
    if !visit.may(Verb::Handle) {
        return Html::new();
    }
    let at = |verb: &str| format!("/tickets/{}/{verb}", segment(id.as_str()));
    let take = deed(visit, &at("take"), Word::Take, Look::Main);
    let correct = match visit.may(Verb::Correct) {
        true => deed(visit, &at("correct"), Word::Correct, Look::Main),
        false => Html::new(),
    };
    let reason = html! {
        "<input name=\"reason\" required maxlength=\"200\" placeholder=\"" (visit.say(Word::Reason)) "\">"
        (button(visit, Word::Decline, Look::Danger))
    };
    let decline = form(visit, &at("decline"), reason);
    let verbs = match state {
        TicketState::Open => take,
        TicketState::InHand { .. } => html! { (correct) (decline) },
        _ => return Html::new(),
    };
    html! { "<div class=\"tools\">" (verbs) "</div>" }
}

fn back() -> Response {
    Redirect::to("/tickets").into_response()
}

/// Takes it in hand.
pub(crate) async fn take(State(app): State<App>, visit: Visit, Path(id): Path<String>) -> Answer {
    app.desk().handle(&visit.actor, &TicketId::new(&id)?, TicketDeed::Take).await?;
    Ok(back())
}

/// Nothing is to be done about it, and why.
pub(crate) async fn decline(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<String>,
    fields: Fields,
) -> Answer {
    let (id, reason) = (TicketId::new(&id)?, short(fields.need("reason")?));
    app.desk().handle(&visit.actor, &id, TicketDeed::Decline(reason)).await?;
    Ok(back())
}

/// Has the invoices taken back and issued again under the right title, and settles the ticket by that. Pressed again after
/// a crash between the two, the correction is there already and only the settling is left; pressed again after both, it
/// leads where the first has led.
pub(crate) async fn correct(State(app): State<App>, visit: Visit, Path(id): Path<String>) -> Answer {
    let id = TicketId::new(&id)?;
    let by = match corrected(&app, &visit, &id).await {
        Err(Trouble::Refused(refusal)) if refusal.code() == RefusalCode::TicketDeed => {
            match app.desk().view_ticket(&visit.actor, &id).await?.into_masked().state {
                TicketState::Settled { how: Settlement::Corrected(by), .. } => by,
                _ => return Err(refusal.into()),
            }
        }
        done => done?,
    };
    app.wake();
    Ok(to(&by))
}

/// The application that corrects the ticket's.
async fn corrected(app: &App, visit: &Visit, id: &TicketId) -> Result<ApplicationId, Trouble> {
    let view = app.desk().view_ticket(&visit.actor, id).await?;
    let of = view.clone().into_masked().application;
    let former = app.desk().application(&visit.actor, &of).await?;
    // Whoever may read the application whole sees the ticket whole.
    let View::Whole(ticket) = view else { return Err(Trouble::Nothing) };
    let Wrong::WrongTitle(Some(title)) = ticket.request().trouble.clone() else {
        return Err(Trouble::Missing);
    };
    // In this hand first: whoever else has it could not settle it, and it would be corrected and open.
    app.desk().handle(&visit.actor, id, TicketDeed::Take).await?;
    let successor = ApplicationId::new(format!("C-{id}"))?;
    let kind = former.request().kind;
    let wish = CorrectRequest { id: successor.clone(), of, title, kind, remark: None };
    app.desk().correct(&visit.actor, wish).await?;
    let settled = TicketDeed::Settle(Settlement::Corrected(successor.clone()));
    app.desk().handle(&visit.actor, id, settled).await?;
    Ok(successor)
}
