//! What is to be told of a thing in its present state.

use chrono::{DateTime, Utc};

use crate::application::{Application, ApplicationState};
use crate::audit::hex;
use crate::invoice::{Invoice, InvoiceState, PaperState};
use crate::notify::{NoticeEvent, Occasion};
use crate::received::verification::{Attempt, Heard, Standing, VerificationAnswer};
use crate::received::{ReceivedRecord, ReceivedState};
use crate::tax::tax_day;

pub(super) fn moment(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d %H:%M UTC").to_string()
}

pub(super) fn facts<const N: usize>(facts: [(&str, &str); N]) -> Vec<(String, String)> {
    facts.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// What is to be told about an invoice in its present state.
pub(super) fn of_invoice(invoice: &Invoice) -> Option<Occasion> {
    let (event, once_per, mut told) = match (invoice.state(), invoice.is_blue()) {
        (InvoiceState::Issued { issued }, blue) => {
            let event = match (invoice.is_voided(), blue) {
                (true, _) => NoticeEvent::Voided,
                (false, true) => NoticeEvent::Issued,
                (false, false) => NoticeEvent::RedIssued,
            };
            let number = issued.number.as_str();
            (event, number.to_owned(), facts([("number", number), ("gross", &invoice.gross().to_string())]))
        }
        (InvoiceState::Failed { code, .. }, _) => {
            (NoticeEvent::Failed, invoice.key().as_str().to_owned(), facts([("code", code)]))
        }
        (InvoiceState::InDoubt { why, since, .. }, _) => {
            (NoticeEvent::InDoubt, tax_day(*since).to_string(), facts([("code", why.as_str())]))
        }
        _ => return None,
    };
    told.push(("application".to_owned(), invoice.application().to_string()));
    Some(about(invoice, event, once_per, told))
}

/// What is to be told about the sheets of an invoice and its voiding.
pub(super) fn of_paper(invoice: &Invoice) -> Vec<Occasion> {
    let mut all = Vec::new();
    let number = invoice.state().issued().map(|issued| issued.number.as_str()).unwrap_or_default();
    if let PaperState::Mailed { at, carrier, tracking } = invoice.paper() {
        let told = facts([("number", number), ("carrier", carrier), ("tracking", tracking)]);
        all.push(about(invoice, NoticeEvent::PaperMailed, at.to_rfc3339(), told));
    }
    if let Some((voiding, code)) =
        invoice.voiding().and_then(|of| of.refused.as_deref().map(|code| (of, code)))
    {
        let told = facts([("code", code)]);
        all.push(about(invoice, NoticeEvent::VoidRefused, voiding.asked_at.to_rfc3339(), told));
    }
    all
}

fn about(
    invoice: &Invoice,
    event: NoticeEvent,
    once_per: String,
    mut facts: Vec<(String, String)>,
) -> Occasion {
    facts.push(("invoice".to_owned(), invoice.id().to_string()));
    Occasion {
        event,
        subject: format!("invoice/{}", invoice.id()),
        once_per,
        buyer: Some(invoice.buyer().clone()),
        seller: invoice.seller().clone(),
        facts,
    }
}

/// What is to be told about a received invoice: its state once it has moved on, and what the bureau last said against it.
pub(super) fn of_received(record: &ReceivedRecord) -> Vec<Occasion> {
    let number = record.number().as_str();
    let about = |event, once_per: &str, mut told: Vec<(String, String)>| {
        told.extend(facts([("number", number), ("state", record.state().as_str())]));
        Occasion {
            event,
            subject: format!("received/{number}"),
            once_per: once_per.to_owned(),
            buyer: None,
            seller: record.entity().clone(),
            facts: told,
        }
    };
    let mut all = Vec::new();
    if record.state() != ReceivedState::Received {
        all.push(about(NoticeEvent::ReceivedMoved, record.state().as_str(), Vec::new()));
    }
    let standing = record.verification().standing();
    if let Some(standing) = standing.filter(|s| s.is_over() || *s == Standing::PartlyRed) {
        let told = facts([("standing", standing.as_str())]);
        all.push(about(NoticeEvent::ReceivedTakenBack, standing.as_str(), told));
    }
    let newest = record.verification().attempts().last();
    let answer = match newest.and_then(Attempt::heard) {
        Some(Heard::Answer(VerificationAnswer::Mismatch)) => "mismatch",
        Some(Heard::Answer(VerificationAnswer::NotFound)) => "not_found",
        _ => return all,
    };
    let once_per = newest.map_or_else(String::new, |attempt| hex(attempt.asked()));
    let told = facts([("answer", answer)]);
    all.push(about(NoticeEvent::ReceivedMismatch, &format!("{answer}/{once_per}"), told));
    all
}

pub(super) fn of_application(application: &Application) -> Option<Occasion> {
    if application.state() != ApplicationState::Rejected {
        return None;
    }
    let (request, id) = (application.request(), application.id());
    Some(Occasion {
        event: NoticeEvent::Rejected,
        subject: format!("application/{id}"),
        once_per: String::new(),
        buyer: Some(request.buyer.clone()),
        seller: request.seller.clone(),
        facts: facts([("application", id.as_str())]),
    })
}
