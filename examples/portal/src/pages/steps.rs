//! How far an application has come, and what has happened to it.

use invoice_core::application::{ApplicationState, NextStep, Outlook};
use invoice_core::desk::TimelineEntry;

use crate::events::Happening;
use crate::html;
use crate::html::Html;
use crate::layout::when;
use crate::request::Visit;
use crate::words::Word;

/// The four steps, as far as they are done. A buyer sees no review: before it is issued it is being issued.
pub(crate) fn progress(visit: &Visit, state: ApplicationState) -> Html {
    use ApplicationState as S;
    let done = match state {
        S::PendingReview | S::InReview => 1,
        S::PendingIssue | S::Issuing | S::PartlyIssued | S::IssueFailed => 2,
        S::Issued | S::PartlyRed | S::RedFlushed | S::Voided => 4,
        S::Rejected | S::Cancelled => return Html::new(),
    };
    let all = [Word::StepApplied, Word::StepReview, Word::StepIssuing, Word::StepIssued];
    let buyers = visit.actor.buyer_id().is_some();
    let steps =
        (0..).zip(all).filter(|(_, word)| !(buyers && *word == Word::StepReview)).map(|(at, word)| {
            let now = if buyers && done < 4 { at == 2 } else { at == done };
            let mut step = html! { "<li" };
            step.mark(match (at < done, now) {
                (_, true) => " class=\"now\" aria-current=\"step\"",
                (true, _) => " class=\"done\"",
                _ => "",
            });
            html! { (step) ">" (visit.say(word)) "</li>" }
        });
    html! { "<ol class=\"steps\">" (steps.collect::<Html>()) "</ol>" }
}

/// After how many seconds the page loads itself again: soon while something moves by itself, now and then while people are
/// waited for, never when nothing more happens. Whoever can write on the page does not lose it while people are waited for.
pub(crate) fn look_again(state: ApplicationState, outlook: &[Outlook], writes: bool) -> Option<u32> {
    use ApplicationState as S;
    let by_itself =
        |step| matches!(step, NextStep::Send | NextStep::Answer | NextStep::IssueRed | NextStep::Void);
    let moves = outlook.iter().any(|next| by_itself(next.step));
    match state {
        _ if moves => Some(2),
        S::PendingIssue | S::Issuing => Some(2),
        _ if writes => None,
        S::PendingReview | S::InReview => Some(15),
        _ if outlook.is_empty() => None,
        _ => Some(15),
    }
}

/// What has happened, newest first: to a buyer what concerns them, to staff every step.
pub(crate) fn timeline(visit: &Visit, told: &[TimelineEntry]) -> Html {
    let buyers = visit.actor.buyer_id().is_some();
    let entry = |entry: &TimelineEntry| {
        let known =
            |change: &String| Happening::find(change).filter(|known| !buyers || known.concerns_buyers());
        let texts: Vec<_> = match buyers {
            true => entry
                .changes
                .iter()
                .filter_map(known)
                .map(|known| known.wording(visit.language()).to_owned())
                .collect(),
            false => {
                entry.changes.iter().filter_map(|change| Happening::told(change, visit.language())).collect()
            }
        };
        if texts.is_empty() {
            return Html::new();
        }
        let who = match buyers {
            true => Html::new(),
            false => html! { "<small>" (&entry.actor) " · " (&entry.verb) " · " (&entry.subject) "</small>" },
        };
        let why = entry.why.as_ref().map(|why| html! { "<q>" (why) "</q>" });
        html! {
            "<li><time>" (when(entry.at)) "</time><div>" (texts.join(" · ")) (who) (why.unwrap_or_default()) "</div></li>"
        }
    };
    let entries: Html = told.iter().rev().map(entry).collect();
    html! {
        "<details class=\"panel\" open><summary>" (visit.say(Word::Timeline)) "</summary><ol class=\"timeline\">" (entries)
        "</ol></details>"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_writes_on_a_page_does_not_lose_it_while_people_are_waited_for() {
        use ApplicationState as S;
        let next = |step| Outlook {
            subject: "invoice/A-1".into(),
            step,
            since: "2026-05-01T04:00:00Z".parse().unwrap(),
            by: None,
            code: None,
        };
        let (buyer, send) = ([next(NextStep::Confirm)], [next(NextStep::Send)]);
        for (state, outlook, reads, writes) in [
            (S::PendingReview, &[][..], Some(15), None),
            (S::Issued, &buyer[..], Some(15), None),
            (S::Issued, &send[..], Some(2), Some(2)),
            (S::PendingIssue, &[][..], Some(2), Some(2)),
            (S::Issued, &[][..], None, None),
        ] {
            assert_eq!(look_again(state, outlook, false), reads, "{state:?}");
            assert_eq!(look_again(state, outlook, true), writes, "{state:?}");
        }
    }
}
