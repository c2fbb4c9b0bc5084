//! What of an order: all that is open, some of its lines, or an amount.

use invoice_core::application::{LineAmount, OrderScope, Scope};
use invoice_core::error::Refusal;
use invoice_core::id::{LineId, OrderId};
use invoice_core::ledger::{Balance, LineBalance};
use invoice_core::money::Money;

use crate::html;
use crate::html::Html;
use crate::layout::{hidden, money};
use crate::request::{Fields, Visit};
use crate::shop::name_of;
use crate::trouble::Trouble;
use crate::words::Word;

/// Names of fields, each before the order's id.
const LINES: &str = "lines/";
const AMOUNT: &str = "amount/";

/// Its lines to tick, and an amount to write; neither means all of it.
pub(crate) fn choice(visit: &Visit, balance: &Balance) -> Html {
    let order = balance.order();
    let open = |line: &&LineBalance| line.free().is_positive();
    let tick = |line: &LineBalance| {
        html! {
            "<label class=\"pick\"><input type=\"checkbox\" name=\"" (LINES) (order) "\" value=\"" (line.line()) "\">"
            (name_of(balance, line.line()).unwrap_or(line.line().as_str())) " <span class=\"amount\">" (money(line.free())) "</span></label>"
        }
    };
    let lines: Html = balance.lines().iter().filter(open).map(tick).collect();
    html! {
        (hidden("order", order.as_str()))
        "<fieldset class=\"choices\"><legend>" (visit.say(Word::WhatOf)) " " (order) "</legend>" (lines)
        "<label>" (visit.say(Word::AmountOf)) "<input name=\"" (AMOUNT) (order)
        "\" inputmode=\"decimal\" autocomplete=\"off\"></label><p class=\"note\">" (visit.say(Word::AllUnlessChosen)) "</p></fieldset>"
    }
}

/// What a form says of an order. Lines and an amount at once are one choice too many.
pub(crate) fn read(fields: &Fields, order: &OrderId) -> Result<OrderScope, Trouble> {
    let line = |line: &str| Ok(LineAmount { line: LineId::new(line)?, amount: None });
    let lines = fields.all(&format!("{LINES}{order}")).map(line).collect::<Result<Vec<_>, Refusal>>()?;
    let amount = fields.get(&format!("{AMOUNT}{order}")).map(str::parse::<Money>).transpose();
    let scope = match (lines.is_empty(), amount.map_err(|_| Trouble::Missing)?) {
        (true, None) => Scope::Whole,
        (false, None) => Scope::Lines(lines),
        (true, Some(amount)) => Scope::Amount(amount),
        (false, Some(_)) => return Err(Trouble::Missing),
    };
    Ok(OrderScope { order: order.clone(), scope })
}

/// The same for the next form.
pub(crate) fn hidden_of(orders: &[OrderScope]) -> Html {
    let fields = |wanted: &OrderScope| {
        let order = &wanted.order;
        let more = match &wanted.scope {
            Scope::Whole => Html::new(),
            Scope::Lines(lines) => {
                let line = |line: &LineAmount| html! { "<input type=\"hidden\" name=\"" (LINES) (order) "\" value=\"" (&line.line) "\">" };
                lines.iter().map(line).collect()
            }
            Scope::Amount(amount) => {
                html! { "<input type=\"hidden\" name=\"" (AMOUNT) (order) "\" value=\"" (amount) "\">" }
            }
        };
        html! { (hidden("order", order.as_str())) (more) }
    };
    orders.iter().map(fields).collect()
}
