//! What a misstep does to an answer, in the words of a service.

use serde_json::Value;

use super::misstep::Misstep;
use super::server::Reply;

const PAGE: &str = "text/html;charset=UTF-8";

/// How a service says what may go wrong.
pub(super) struct Words {
    pub(super) busy: Value,
    pub(super) token_ended: Value,
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
        _ => Reply::json(&words.unknown),
    }
}

/// After it was done.
pub(super) fn after(misstep: Misstep, reply: Reply, words: &Words) -> Reply {
    let Reply::Answer { status, content_type, headers, body, .. } = reply else { return reply };
    match misstep {
        Misstep::CutAfter => Reply::Cut,
        Misstep::SilentAfter => Reply::Silence,
        Misstep::CutAnswer => {
            let broken_after = Some(body.len() / 2);
            Reply::Answer { status, content_type, headers, body, broken_after }
        }
        Misstep::BadGateway => Reply::new(502, PAGE, "<html>502 Bad Gateway</html>"),
        Misstep::Html => Reply::new(200, PAGE, "<html><body>维护中</body></html>"),
        // 成功 in GBK, in whatever envelope.
        Misstep::Gbk => {
            let said = b"{\"success\":true,\"code\":\"E0000\",\"describe\":\"\xb3\xc9\xb9\xa6\"}";
            Reply::new(200, content_type, &said[..])
        }
        Misstep::HalfJson => {
            let half = body.len() / 2;
            Reply::new(200, content_type, body.into_iter().take(half).collect::<Vec<_>>())
        }
        Misstep::BusyAfter => Reply::json(&words.busy),
        Misstep::UnknownCodeAfter => Reply::json(&words.unknown),
        _ => Reply::Answer { status, content_type, headers, body, broken_after: None },
    }
}
