//! What it comes to: the credit line, invoices by month and by category, and the proof of the books.

use axum::extract::State;
use invoice_core::desk::{CreditForecast, DeskError, Reconciliation};
use invoice_core::id::SellerId;
use invoice_core::invoice::Invoice;
use invoice_core::money::Money;
use invoice_core::report::chart::{bars, shares};
use invoice_core::report::{GroupBy, GroupReport};

use crate::app::App;
use crate::html;
use crate::html::Html;
use crate::layout::{mark, money, page, percent};
use crate::request::Visit;
use crate::shop::SELLER;
use crate::trouble::{Answer, Trouble};
use crate::words::Word;

/// What was issued: net of reds by month and by category, blue and red apart.
struct Issued {
    months: GroupReport,
    categories: GroupReport,
    blue: (u64, i128),
    red: (u64, i128),
}

/// The reports of the seller.
pub(crate) async fn show(State(app): State<App>, visit: Visit) -> Answer {
    let seller = SellerId::new(SELLER)?;
    let proof = app.desk().reconcile(&visit.actor, &seller).await?;
    let credit = app.desk().credit_forecast(&visit.actor, &seller).await?;
    let issued = issued(&app, &visit, &seller).await?;
    let content = html! {
        (credit.map(|credit| credit_line(&visit, credit)).unwrap_or_default())
        (charts(&visit, &issued))
        (books(&visit, &proof))
    };
    Ok(page(&visit.guest, Word::Reports, content))
}

async fn issued(app: &App, visit: &Visit, seller: &SellerId) -> Result<Issued, Trouble> {
    let (months, categories) = (GroupReport::new(GroupBy::Month), GroupReport::new(GroupBy::Category));
    let mut sums = Issued { months, categories, blue: (0, 0), red: (0, 0) };
    let each = |invoice: &Invoice| {
        sums.months.add_issued(invoice);
        sums.categories.add_issued(invoice);
        if invoice.state().issued().is_some() {
            let (count, sum) = if invoice.is_blue() { &mut sums.blue } else { &mut sums.red };
            (*count, *sum) = (*count + 1, *sum + i128::from(invoice.gross().fen()));
        }
        Ok::<(), DeskError>(())
    };
    app.desk().fold_invoices(&visit.actor, Some(seller), each).await?;
    Ok(sums)
}

fn credit_line(visit: &Visit, credit: CreditForecast) -> Html {
    let CreditForecast { total, available, pending, .. } = credit;
    let facts = [
        (Word::CreditTotal, total),
        (Word::CreditAvailable, Some(available)),
        (Word::CreditPending, Some(pending)),
        (Word::CreditLeft, Some(credit.left())),
    ];
    let facts: Html = facts
        .into_iter()
        .filter_map(|(word, amount)| Some((word, amount?)))
        .map(|(word, amount)| html! { "<div class=\"count\"><b class=\"amount\">" (money(amount)) "</b><span>" (visit.say(word)) "</span></div>" })
        .collect();
    let tone = if credit.left().is_negative() { "bad" } else { "good" };
    html! {
        "<div class=\"panel\"><h2>" (visit.say(Word::CreditLine)) " "
        (mark(tone, visit.say(if credit.left().is_negative() { Word::CreditShort } else { Word::CreditEnough }))) "</h2>"
        "<div class=\"counts\">" (facts) "</div></div>"
    }
}

fn charts(visit: &Visit, issued: &Issued) -> Html {
    let months =
        bars(visit.say(Word::ByMonth), issued.months.groups().map(|(month, totals)| (month, totals.gross)));
    let parts = shares(visit.say(Word::ByCategory), issued.categories.shares());
    let fen = |sum: i128| money(Money::from_fen(i64::try_from(sum).unwrap_or(i64::MAX)));
    let total = |word, (count, sum): (u64, i128)| {
        html! {
            "<div class=\"count\"><b class=\"amount\">" (fen(sum)) "</b><span>" (visit.say(word)) " · " (count) "</span></div>"
        }
    };
    html! {
        "<div class=\"counts\">" (total(Word::Blue, issued.blue)) (total(Word::Red, issued.red)) "</div>"
        "<div class=\"panel chart\">" (Html::drawing(months)) "</div>"
        "<div class=\"panel chart\">" (Html::drawing(parts)) "</div>"
    }
}

fn books(visit: &Visit, proof: &Reconciliation) -> Html {
    let fen = |sum: i128| money(Money::from_fen(i64::try_from(sum).unwrap_or(i64::MAX)));
    let rows: Html = proof
        .rates
        .iter()
        .map(|(rate, totals)| {
            let cells = [
                (Word::Paid, totals.paid),
                (Word::Refunded, totals.refunded),
                (Word::Invoiced, totals.invoiced),
                (Word::Red, totals.red),
                (Word::UnderWay, totals.held),
                (Word::Open, totals.open),
            ];
            let cells = cells.into_iter().map(|(word, sum)| {
                html! { "<td class=\"num\" data-name=\"" (visit.say(word)) "\">" (fen(sum)) "</td>" }
            });
            html! { "<tr><td>" (percent(*rate)) "</td>" (cells.collect::<Html>()) "</tr>" }
        })
        .collect();
    let (tone, word) = if proof.holds() { ("good", Word::BooksHold) } else { ("bad", Word::BooksBroken) };
    let broken = proof
        .broken
        .as_ref()
        .map(|broken| html! { "<p class=\"alert\">" (&broken.order) ": " (&broken.why) "</p>" });
    let heads = [Word::Paid, Word::Refunded, Word::Invoiced, Word::Red, Word::UnderWay, Word::Open];
    let heads: Html =
        heads.into_iter().map(|word| html! { "<th class=\"num\">" (visit.say(word)) "</th>" }).collect();
    html! {
        "<div class=\"panel\"><h2>" (visit.say(Word::Books)) " " (mark(tone, visit.say(word))) "</h2>" (broken.unwrap_or_default())
        "<table class=\"list\"><thead><tr><th>" (visit.say(Word::Rate)) "</th>" (heads) "</tr></thead><tbody>" (rows) "</tbody></table></div>"
    }
}
