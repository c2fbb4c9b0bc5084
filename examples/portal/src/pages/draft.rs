//! What an application would come to: its invoices, why they are as many, and who would have to approve.

use invoice_core::application::DraftInvoice;
use invoice_core::decision::Preview;
use invoice_core::invoice::InvoiceRow;
use invoice_core::review::Approval;

use crate::html;
use crate::html::Html;
use crate::layout::{mark, money, percent};
use crate::request::Visit;
use crate::words::Word;

/// A preview.
pub(crate) fn shown(visit: &Visit, preview: &Preview) -> Html {
    let draft = preview.draft();
    let invoices: Html =
        (1..).zip(draft.invoices()).map(|(number, invoice)| one(visit, number, invoice)).collect();
    let reasons: Html = draft
        .plan()
        .reasons()
        .iter()
        .map(|reason| html! { "<li>" (reason.message(visit.language())) "</li>" })
        .collect();
    let reasons = match reasons.is_empty() {
        true => reasons,
        false => html! { "<h3>" (visit.say(Word::Why)) "</h3><ul class=\"reasons\">" (reasons) "</ul>" },
    };
    let approval = match preview.approval() {
        Approval::Automatic => Word::NeedsNobody,
        Approval::One => Word::NeedsOne,
        Approval::Two => Word::NeedsTwo,
    };
    html! {
        "<div class=\"panel\"><h2>" (draft.invoices().len()) " " (visit.say(Word::InvoicesToCome)) "</h2>"
        "<p>" (mark("moving", visit.say(approval))) "</p>" (reasons) "</div>"
        "<div class=\"drafts\">" (invoices) "</div>"
    }
}

fn one(visit: &Visit, number: usize, invoice: &DraftInvoice) -> Html {
    let rows: Html = invoice.rows().iter().map(|row| line(visit, row)).collect();
    html! {
        "<article class=\"card draft\"><header><b>№ " (number) "</b><span class=\"amount\">" (money(invoice.gross()))
        "</span></header>" "<table><thead><tr><th>" (visit.say(Word::Goods)) "</th><th class=\"num\">"
        (visit.say(Word::Pieces)) "</th><th class=\"num\">" (visit.say(Word::Net)) "</th><th class=\"num\">"
        (visit.say(Word::Rate)) "</th><th class=\"num\">" (visit.say(Word::Tax)) "</th></tr></thead><tbody>" (rows)
        "</tbody><tfoot><tr><td>" (visit.say(Word::Total)) "</td><td></td><td class=\"num\">" (money(invoice.net()))
        "</td><td></td><td class=\"num\">" (money(invoice.tax())) "</td></tr></tfoot></table></article>"
    }
}

fn line(visit: &Visit, row: &InvoiceRow) -> Html {
    let pieces = row.quantity.map(|quantity| quantity.normalize().to_string()).unwrap_or_default();
    html! {
        "<tr><td>*" (row.item.short_name()) "*" (&row.name) "</td><td class=\"num\" data-name=\"" (visit.say(Word::Pieces))
        "\">" (pieces) "</td><td class=\"num\" data-name=\"" (visit.say(Word::Net)) "\">" (money(row.net))
        "</td><td class=\"num\" data-name=\"" (visit.say(Word::Rate)) "\">" (percent(row.item.rate()))
        "</td><td class=\"num\" data-name=\"" (visit.say(Word::Tax)) "\">" (money(row.tax)) "</td></tr>"
    }
}
