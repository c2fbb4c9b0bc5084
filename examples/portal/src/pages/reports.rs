//! What it comes to: the credit line, invoices by month and by category, and the proof of the books.

use std::collections::BTreeMap;

use axum::extract::State;
use invoice_core::desk::{CreditForecast, Reconciliation};
use invoice_core::id::SellerId;
use invoice_core::invoice::Invoice;
use invoice_core::money::Money;
use invoice_core::report::chart::{bars, shares};
use invoice_core::store::{Kind, MAX_PAGE, Query};
use invoice_core::tax::tax_day;

use crate::app::App;
use crate::html;
use crate::html::Html;
use crate::layout::{mark, money, page, percent};
use crate::request::Visit;
use crate::shop::SELLER;
use crate::trouble::{Answer, Trouble};
use crate::words::Word;

/// Issued amounts in fen: by month blue less red, by category blue.
#[derive(Default)]
struct Issued {
    months: BTreeMap<String, i128>,
    categories: BTreeMap<String, i128>,
    blue: (u64, i128),
    red: (u64, i128),
}

/// The reports of the seller.
pub(crate) async fn show(State(app): State<App>, visit: Visit) -> Answer {
    let seller = SellerId::new(SELLER)?;
    let proof = app.desk().reconcile(&visit.actor, &seller).await?;
    let credit = app.desk().credit_forecast(&visit.actor, &seller).await?;
    let issued = issued(&app, &visit).await?;
    let content = html! {
        (credit.map(|credit| credit_line(&visit, credit)).unwrap_or_default())
        (charts(&visit, &issued))
        (books(&visit, &proof))
    };
    Ok(page(&visit.guest, Word::Reports, content))
}

async fn issued(app: &App, visit: &Visit) -> Result<Issued, Trouble> {
    let mut sums = Issued::default();
    let mut query = Query::new(app.desk().tenant(), Kind::Invoice).in_states(["issued"]).limit(MAX_PAGE / 4);
    loop {
        let page = app.desk().find_invoices(&visit.actor, query.clone()).await?;
        page.items.iter().for_each(|invoice| sums.add(invoice));
        match page.next {
            Some(next) => query = query.after(next),
            None => return Ok(sums),
        }
    }
}

impl Issued {
    fn add(&mut self, invoice: &Invoice) {
        let Some(issued) = invoice.state().issued() else { return };
        let month = tax_day(issued.issued_at).format("%Y-%m").to_string();
        let fen = i128::from(invoice.gross().fen());
        let (count, sum) = if invoice.is_blue() { &mut self.blue } else { &mut self.red };
        (*count, *sum) = (*count + 1, *sum + fen);
        *self.months.entry(month).or_default() += if invoice.is_blue() { fen } else { -fen };
        if invoice.is_blue() {
            for row in invoice.rows() {
                *self.categories.entry(row.item.short_name().to_owned()).or_default() +=
                    i128::from(row.gross.fen());
            }
        }
    }

    /// Shares of a thousand, largest first; what rounding down leaves goes to the largest.
    fn thousandths(&self) -> Vec<(&str, u32)> {
        let whole: i128 = self.categories.values().sum();
        if whole <= 0 {
            return Vec::new();
        }
        let mut parts: Vec<_> = self.categories.iter().collect();
        parts.sort_by_key(|(name, fen)| (std::cmp::Reverse(**fen), *name));
        let of = |fen: i128| u32::try_from(fen * 1000 / whole).unwrap_or_default();
        let mut parts: Vec<_> = parts.into_iter().map(|(name, fen)| (name.as_str(), of(*fen))).collect();
        let given: u32 = parts.iter().map(|(_, share)| share).sum();
        if let Some((_, largest)) = parts.first_mut() {
            *largest += 1000_u32.saturating_sub(given);
        }
        parts
    }
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
        bars(visit.say(Word::ByMonth), issued.months.iter().map(|(month, fen)| (month.as_str(), *fen)));
    let parts = shares(visit.say(Word::ByCategory), issued.thousandths());
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_a_thousand_together() {
        for amounts in [vec![1, 1, 1], vec![100], vec![7, 990, 3], vec![0, 5]] {
            let categories = (0..).map(|at: u32| at.to_string()).zip(amounts).collect();
            let sums = Issued { categories, ..Issued::default() };
            assert_eq!(sums.thousandths().iter().map(|(_, share)| share).sum::<u32>(), 1000);
        }
        assert!(Issued::default().thousandths().is_empty());
    }
}
