//! The invoices of an application.

use invoice_core::access::Verb;
use invoice_core::application::{ApplicationState, Task, TaskState};
use invoice_core::mask::View;
use invoice_core::provider::DocumentFormat;

use crate::app::App;
use crate::html;
use crate::html::Html;
use crate::layout::{mark, money, when};
use crate::request::{Visit, segment};
use crate::trouble::Trouble;
use crate::words::Word;

use super::applications::audience;
use super::deeds::files;

/// All that count, as the actor may see them.
pub(crate) async fn of(app: &App, visit: &Visit, tasks: &[Task]) -> Result<Html, Trouble> {
    let mut rows = Html::new();
    for task in tasks.iter().filter(|task| task.state != TaskState::Superseded) {
        let view = app.desk().view_invoice(&visit.actor, &task.invoice).await?;
        let issued = match &view {
            View::Whole(whole) => whole.state().issued().cloned(),
            View::Masked(_) => None,
        };
        let number = issued.as_ref().map_or_else(|| "—".to_owned(), |issued| issued.number.to_string());
        let at = issued.map(|issued| when(issued.issued_at)).unwrap_or_default();
        let mut color = Html::new();
        if task.red_of.is_some() {
            color = mark("red", visit.say(Word::Red));
        }
        let sign = if task.red_of.is_some() { "−" } else { "" };
        rows = html! {
            (rows) "<tr><td class=\"mono\">" (number) " " (color) "</td><td data-name=\"" (visit.say(Word::State)) "\">"
            (state(visit, task.state)) "</td><td class=\"when\" data-name=\"" (visit.say(Word::IssuedAt)) "\">" (at)
            "</td><td class=\"num\" data-name=\"" (visit.say(Word::Gross)) "\">" (sign) (money(task.gross)) "</td><td>"
            (downloads(app, visit, task)) "</td></tr>"
        };
    }
    if rows.is_empty() {
        return Ok(rows);
    }
    Ok(html! {
        "<div class=\"panel\"><h2>" (visit.say(Word::Invoices)) "</h2><table class=\"list\"><thead><tr><th>"
        (visit.say(Word::Number)) "</th><th>" (visit.say(Word::State)) "</th><th>" (visit.say(Word::IssuedAt))
        "</th><th class=\"num\">" (visit.say(Word::Gross)) "</th><th></th></tr></thead><tbody>" (rows)
        "</tbody></table></div>"
    })
}

fn downloads(app: &App, visit: &Visit, task: &Task) -> Html {
    if task.state != TaskState::Issued || !visit.may(Verb::Download) {
        return Html::new();
    }
    let invoice = segment(task.invoice.as_str());
    let link = |format: DocumentFormat| {
        let file = format.extension();
        html! {
            "<a class=\"button quiet\" href=\"/invoices/" (&invoice) "/" (file) "\">" (visit.say(Word::Download)) " "
            (file.to_ascii_uppercase()) "</a> "
        }
    };
    files(app).map(link).collect()
}

/// Where one stands. What is not issued yet a buyer sees as 开票中, in the core's words.
fn state(visit: &Visit, state: TaskState) -> Html {
    let issuing = ApplicationState::Issuing.wording(audience(visit), visit.language());
    let (tone, text) = match state {
        TaskState::Issued => ("good", visit.say(Word::TaskIssued)),
        TaskState::Voided => ("red", visit.say(Word::TaskVoided)),
        _ if visit.actor.buyer_id().is_some() => ("moving", issuing),
        TaskState::Planned => ("moving", visit.say(Word::TaskPlanned)),
        TaskState::Sent => ("moving", issuing),
        TaskState::InDoubt => ("bad", visit.say(Word::TaskInDoubt)),
        TaskState::Failed => ("bad", visit.say(Word::TaskFailed)),
        TaskState::Superseded => ("off", visit.say(Word::TaskSuperseded)),
    };
    mark(tone, text)
}
