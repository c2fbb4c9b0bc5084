//! Orders with what is open of them.

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use invoice_core::access::Verb;
use invoice_core::desk::DeskError;
use invoice_core::error::RefusalCode;
use invoice_core::id::{BuyerId, OrderId, RefundId};
use invoice_core::ledger::{Balance, LineBalance};
use invoice_core::money::Money;

use crate::app::App;
use crate::html;
use crate::html::Html;
use crate::layout::{Look, application_link, button, form, hidden, money, nothing, page, when};
use crate::request::{Fields, Visit, segment};
use crate::shop::{self, Back, Sale};
use crate::trouble::{Answer, Trouble};
use crate::words::Word;

/// A buyer's own orders; for staff those of every buyer.
pub(crate) async fn show(State(app): State<App>, visit: Visit) -> Answer {
    let buyers = match visit.actor.buyer_id() {
        Some(buyer) => vec![buyer.clone()],
        None => shop::buyers()?,
    };
    let mut content = Html::new();
    for buyer in buyers {
        let mut sales = shop::sales(app.desk(), &visit.actor, &buyer).await?;
        sales.reverse();
        content = html! { (content) (of_buyer(&app, &visit, &buyer, &sales)) };
    }
    Ok(page(&visit.guest, Word::Orders, content))
}

fn of_buyer(app: &App, visit: &Visit, buyer: &BuyerId, sales: &[(Sale, Balance)]) -> Html {
    let own = visit.actor.buyer_id().is_some();
    let head = if own {
        Html::new()
    } else {
        html! { "<h2>" (buyer) "</h2>" }
    };
    let cards: Html = sales.iter().map(|(sale, balance)| card(app, visit, sale, balance)).collect();
    let cards = if sales.is_empty() {
        nothing(visit)
    } else {
        html! { "<div class=\"cards\">" (cards) "</div>" }
    };
    let open = sales.iter().filter(|(_, balance)| balance.invoiceable().is_positive()).count();
    let merge = match visit.may(Verb::Apply) && open > 1 {
        true => html! {
            "<form id=\"merge-" (buyer) "\" method=\"get\" action=\"/apply\"><button class=\"quiet\">"
            (visit.say(Word::Merge)) "</button></form>"
        },
        false => Html::new(),
    };
    let buy = match u32::try_from(sales.len() + 1) {
        // Which order it would be, so that pressing it twice makes one.
        Ok(number) if own && number <= shop::MOST => {
            let next =
                html! { (hidden("number", &number.to_string())) (button(visit, Word::BuyNext, Look::Quiet)) };
            form(visit, "/orders/buy", next)
        }
        _ => Html::new(),
    };
    html! { "<section>" (head) "<div class=\"tools\">" (merge) (buy) "</div>" (cards) "</section>" }
}

fn card(app: &App, visit: &Visit, sale: &Sale, balance: &Balance) -> Html {
    let id = sale.id.as_str();
    let goods: Html = sale
        .goods()
        .map(|(name, pieces, unit)| html! { "<li>" (name) " <small>× " (pieces) " " (unit) "</small></li>" })
        .collect();
    let paid = balance.payment().map(|payment| when(payment.at)).unwrap_or_default();
    let sums = [
        (Word::Paid, sum(balance, LineBalance::paid)),
        (Word::Refunded, sum(balance, LineBalance::refunded)),
        (Word::UnderWay, sum(balance, |line| line.reserved().gross)),
        (Word::Invoiced, sum(balance, |line| minus(line.posted().gross, line.reversed().gross))),
    ];
    // What is nothing is not said, but that it was paid.
    let sums: Html = sums
        .into_iter()
        .filter(|(word, amount)| *word == Word::Paid || !amount.is_zero())
        .map(|(word, amount)| html! { "<dt>" (visit.say(word)) "</dt><dd>" (money(amount)) "</dd>" })
        .collect();
    let links: Html = balance
        .applications()
        .iter()
        .map(|application| html! { "<li>" (application_link(application.as_str())) "</li>" })
        .collect();
    let links = if links.is_empty() {
        links
    } else {
        html! { "<ul class=\"links\">" (links) "</ul>" }
    };
    html! {
        "<article class=\"card\" id=\"order-" (id) "\"><header><b>" (id) "</b><small>" (paid) "</small></header>"
        "<ul class=\"goods\">" (goods) "</ul><dl class=\"sums\">" (sums)
        "<dt class=\"strong\">" (visit.say(Word::Open)) "</dt><dd class=\"strong\">" (money(balance.invoiceable())) "</dd></dl>"
        (links) (actions(app, visit, balance)) "</article>"
    }
}

fn actions(app: &App, visit: &Visit, balance: &Balance) -> Html {
    let id = balance.order().as_str();
    let open = balance.invoiceable().is_positive() && visit.may(Verb::Apply);
    let apply = match open {
        true => html! {
            "<a class=\"button main\" href=\"/apply?order=" (segment(id)) "\">" (visit.say(Word::Apply)) "</a>"
            "<label class=\"pick\"><input type=\"checkbox\" form=\"merge-" (balance.buyer()) "\" name=\"order\" value=\"" (id) "\">"
            (visit.say(Word::Pick)) "</label>"
        },
        false => Html::new(),
    };
    let left = balance.lines().iter().any(|line| line.refundable().is_positive());
    let offered = visit.actor.buyer_id().is_some() || visit.may(Verb::Refund);
    let refund = match left && offered {
        true => {
            let action = format!("/orders/{}/refund", segment(id));
            let back = |how: &'static str, word| {
                form(
                    visit,
                    &action,
                    html! { (hidden("id", &app.new_id('R'))) (hidden("back", how)) (button(visit, word, Look::Quiet)) },
                )
            };
            html! {
                "<details class=\"demo\"><summary>" (visit.say(Word::RefundOrder)) "</summary><div class=\"tools\">"
                (back("piece", Word::RefundPiece)) (back("all", Word::RefundAll)) "</div></details>"
            }
        }
        false => Html::new(),
    };
    html! { "<div class=\"actions\">" (apply) (refund) "</div>" }
}

fn sum(balance: &Balance, of: impl Fn(&LineBalance) -> Money) -> Money {
    balance.lines().iter().map(of).sum()
}

fn minus(all: Money, part: Money) -> Money {
    all.checked_sub(part).unwrap_or(all)
}

/// The demonstration's buyer buys what comes next, or has bought it by the same form.
pub(crate) async fn buy(State(app): State<App>, visit: Visit, fields: Fields) -> Answer {
    let buyer = visit.actor.buyer_id().ok_or(Trouble::Nothing)?;
    let next = shop::next_number(app.desk(), app.system(), buyer).await?;
    let shown = fields.get("number").and_then(|number| number.parse().ok());
    let number = shown.filter(|number| (1..=next).contains(number)).unwrap_or(next);
    shop::sell(app.desk(), app.system(), (buyer, number), app.clock().now()).await?;
    app.wake();
    Ok(back())
}

/// The shop takes goods back.
pub(crate) async fn refund(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<String>,
    fields: Fields,
) -> Answer {
    let how = match fields.need("back")? {
        "piece" => Back::OnePiece,
        "all" => Back::All,
        _ => return Err(Trouble::Missing),
    };
    let balance = app.desk().balance(&visit.actor, &OrderId::new(&id)?).await?;
    let (refund, now) = (RefundId::new(app.id_in(&fields, 'R'))?, app.clock().now());
    // Of a buyer's return the shop's systems tell the desk; staff do it themselves, if the desk lets them.
    let actor = if visit.actor.buyer_id().is_some() { app.system() } else { &visit.actor };
    match shop::take_back(app.desk(), actor, (&refund, now), &balance, how).await {
        // The same form again, a moment later: it is recorded.
        Err(DeskError::Refused(refusal)) if refusal.code() == RefusalCode::RefundChanged => {}
        done => done?,
    }
    app.wake();
    Ok(back())
}

fn back() -> Response {
    Redirect::to("/orders").into_response()
}
