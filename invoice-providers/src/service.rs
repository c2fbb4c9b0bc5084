//! What adapters of services over HTTP share: calls with a token, what a failure says of the effect, what services
//! write, files behind links.

#[cfg(any(feature = "nuonuo", feature = "baiwang"))]
pub(crate) mod call;
#[cfg(any(feature = "nuonuo", feature = "baiwang"))]
pub(crate) mod form;
#[cfg(any(feature = "nuonuo", feature = "baiwang"))]
pub(crate) mod read;

use std::time::Duration;

use invoice_core::invoice::InvoiceNumber;
use invoice_core::provider::{
    Capabilities, Document, DocumentFormat, Effect, ErrorKind, IssueRequest, ProviderError, QueryAnswer,
};
use serde::de::DeserializeOwned;

use crate::http::{Endpoint, HttpRequest, HttpResponse, Method, Transport};

/// The largest file that is fetched, in bytes.
const MAX_FILE: usize = 20 * 1024 * 1024;

/// What a call may bring about: an unknown outcome matters only where something is issued or applied for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Nature {
    /// Issues, applies, confirms.
    Acts,
    /// Reads.
    Reads,
}

/// That a question failed says nothing of what was asked about.
pub(crate) const fn effect_of(nature: Nature, effect: Effect) -> Effect {
    match nature {
        Nature::Acts => effect,
        Nature::Reads => Effect::Unknown,
    }
}

/// The request itself cannot be sent; nothing was.
pub(crate) fn refused(code: &str) -> ProviderError {
    ProviderError::new(ErrorKind::Rejected, Effect::NotApplied).with_code(code)
}

/// An account issues for one seller.
pub(crate) fn is_ours(account: &str, seller_tax_id: &str) -> Result<(), ProviderError> {
    if seller_tax_id == account { Ok(()) } else { Err(refused("SELLER")) }
}

/// What every request must be before its bytes are written.
pub(crate) fn check(
    account: &str,
    capabilities: &Capabilities,
    request: &IssueRequest,
) -> Result<(), ProviderError> {
    is_ours(account, &request.seller().tax_id)?;
    if !capabilities.key().takes(request.key()) {
        return Err(refused("KEY"));
    }
    if request.rows().is_empty() { Err(refused("NO-ROWS")) } else { Ok(()) }
}

/// The bytes of a request.
pub(crate) fn bytes(body: &impl serde::Serialize) -> Result<String, ProviderError> {
    serde_json::to_string(body).map_err(|_| refused("UNWRITABLE"))
}

/// A state that is in no table: pending, with the service's own word.
pub(crate) fn unclear(state: &str, poll_after: Duration) -> QueryAnswer {
    let code = if state.is_empty() { "NONE" } else { state }.to_owned();
    QueryAnswer::Unclear { code, poll_after }
}

/// A failure on the way to the service, of a call of this nature.
pub(crate) fn on_the_way(error: ProviderError, nature: Nature) -> ProviderError {
    if nature == Nature::Acts {
        return error;
    }
    let told = ProviderError::new(error.kind(), Effect::Unknown).with_code(error.code().unwrap_or_default());
    let told = match error.retry_after() {
        Some(wait) => told.with_retry_after(wait),
        None => told,
    };
    told.because(error)
}

/// An answer that is not the service's JSON: a page of a proxy, other characters, half of it.
pub(crate) fn unreadable(nature: Nature) -> ProviderError {
    ProviderError::new(ErrorKind::NoAnswer, effect_of(nature, Effect::Unknown)).with_code("UNREADABLE")
}

/// What a status other than 2xx says. What never reached the service changed nothing.
pub(crate) fn of_status(response: &HttpResponse, nature: Nature) -> ProviderError {
    let (kind, effect) = match response.status() {
        401 | 403 => (ErrorKind::Configuration, Effect::NotApplied),
        404 | 405 => (ErrorKind::Configuration, Effect::NotApplied),
        429 => (ErrorKind::RateLimited, Effect::NotApplied),
        _ => (ErrorKind::NoAnswer, Effect::Unknown),
    };
    let error =
        ProviderError::new(kind, effect_of(nature, effect)).with_code(format!("HTTP-{}", response.status()));
    let wait = response.get("retry-after").and_then(|seconds| seconds.parse().ok()).map(Duration::from_secs);
    match wait {
        Some(wait) => error.with_retry_after(wait),
        None => error,
    }
}

/// Reads JSON in UTF-8. The parser alone would not do: it steps over texts that nobody asks for, whatever they are
/// written in, and half of a page of another character set would count as an answer.
pub(crate) fn json<T: DeserializeOwned>(body: &[u8], nature: Nature) -> Result<T, ProviderError> {
    let text = std::str::from_utf8(body).map_err(|_| unreadable(nature))?;
    serde_json::from_str(text).map_err(|_| unreadable(nature))
}

/// Fetches a file behind a link of a query; `None` while there is none. The link is a secret of the buyer's: it is never
/// followed in the clear, and neither our token nor our signature goes there.
pub(crate) async fn fetch(
    transport: &dyn Transport,
    link: String,
    number: &InvoiceNumber,
    format: DocumentFormat,
) -> Result<Option<Document>, ProviderError> {
    if link.is_empty() {
        return Ok(None);
    }
    let address = link.split(['?', '#']).next().unwrap_or_default();
    let unusable = || ProviderError::new(ErrorKind::NoAnswer, Effect::Unknown).with_code("LINK");
    Endpoint::new(address).map_err(|error| unusable().because(error))?;
    let response = transport.send(HttpRequest::new(Method::Get, link).with_body_limit(MAX_FILE)).await;
    let response = response.map_err(|error| on_the_way(error.into(), Nature::Reads))?;
    match response.status() {
        404 => Ok(None),
        200 if !response.body().is_empty() => {
            let name = format!("{number}.{}", format.extension());
            Ok(Some(Document { format, name, bytes: response.into_body() }))
        }
        _ => Err(of_status(&response, Nature::Reads)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_characters_are_no_answer_even_where_nobody_looks() {
        #[derive(Debug, serde::Deserialize)]
        struct Code {
            code: String,
        }
        let read = |body: &[u8]| json::<Code>(body, Nature::Acts);
        assert_eq!(read("{\"code\":\"1\",\"told\":\"成功\"}".as_bytes()).unwrap().code, "1");
        let error = read(b"{\"code\":\"1\",\"told\":\"\xb3\xc9\"}").unwrap_err();
        assert_eq!((error.kind(), error.effect()), (ErrorKind::NoAnswer, Effect::Unknown));
    }

    #[test]
    fn only_a_status_that_proves_it_says_that_nothing_happened() {
        for (status, effect) in [
            (301, Effect::Unknown),
            (400, Effect::Unknown),
            (401, Effect::NotApplied),
            (404, Effect::NotApplied),
            (408, Effect::Unknown),
            (429, Effect::NotApplied),
            (500, Effect::Unknown),
            (502, Effect::Unknown),
            (504, Effect::Unknown),
        ] {
            assert_eq!(of_status(&HttpResponse::new(status, ""), Nature::Acts).effect(), effect, "{status}");
        }
    }
}
