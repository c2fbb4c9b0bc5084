//! What a misstep does to an answer, in the words of a service.

use chrono::TimeDelta;
use serde_json::Value;

use super::misstep::Misstep;
use super::server::{Answer, Reply};

const PAGE: &str = "text/html;charset=UTF-8";

/// How a service says what may go wrong.
pub(super) struct Words {
    pub(super) busy: Value,
    pub(super) token_ended: Value,
    /// The time stamp is out of range.
    pub(super) clock: Value,
    /// A code that nobody knows.
    pub(super) unknown: Value,
}

/// Instead of doing anything.
pub(super) fn before(misstep: Misstep, words: &Words) -> Reply {
    match misstep {
        Misstep::CutBefore => Reply::Cut,
        Misstep::SilentBefore => Reply::Silence,
        Misstep::ServerError => Reply::new(500, PAGE, "<html>500</html>"),
        Misstep::TooMany => Reply::new(429, PAGE, "<html>429</html>"),
        Misstep::TokenExpired => Reply::json(&words.token_ended),
        Misstep::Busy => Reply::json(&words.busy),
        Misstep::ClockApart => match Reply::json(&words.clock) {
            Reply::Answer(answer) => Reply::Answer(Answer { clock_ahead: TimeDelta::hours(1), ..answer }),
            other => other,
        },
        _ => Reply::json(&words.unknown),
    }
}

/// After it was done.
pub(super) fn after(misstep: Misstep, reply: Reply, words: &Words) -> Reply {
    let Reply::Answer(answer) = reply else { return reply };
    let half = answer.body.len() / 2;
    match misstep {
        Misstep::CutAfter => Reply::Cut,
        Misstep::SilentAfter => Reply::Silence,
        Misstep::CutAnswer => Reply::Answer(Answer { broken_after: Some(half), ..answer }),
        Misstep::BadGateway => Reply::new(502, PAGE, "<html>502 Bad Gateway</html>"),
        Misstep::Html => Reply::new(200, PAGE, "<html><body>维护中</body></html>"),
        // 成功 in GBK, in whatever envelope.
        Misstep::Gbk => {
            let said = b"{\"success\":true,\"code\":\"E0000\",\"describe\":\"\xb3\xc9\xb9\xa6\"}";
            Reply::new(200, answer.content_type, &said[..])
        }
        Misstep::HalfJson => {
            Reply::new(200, answer.content_type, answer.body.into_iter().take(half).collect::<Vec<_>>())
        }
        Misstep::BusyAfter => Reply::json(&words.busy),
        Misstep::UnknownCodeAfter => Reply::json(&words.unknown),
        _ => Reply::Answer(answer),
    }
}
