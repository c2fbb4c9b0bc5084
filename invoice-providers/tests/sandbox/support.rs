//! Shared by the sandbox tests.
#![allow(dead_code, reason = "not every test file uses everything")]

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use invoice_core::id::IntentKey;
use invoice_core::provider::{
    Effect, IssueAnswer, IssueRequest, IssuedInvoice, PreparedRequest, ProviderError,
};
use invoice_core::testkit::provider::ManualClock;

pub(crate) const HOUR: Duration = Duration::from_secs(3600);

/// Noon of 1 May 2026 in China.
pub(crate) fn at() -> DateTime<Utc> {
    "2026-05-01T04:00:00Z".parse().unwrap()
}

pub(crate) fn clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::at(at()))
}

pub(crate) fn key(name: &str) -> IntentKey {
    IntentKey::new(name).unwrap()
}

pub(crate) fn prepared(request: &IssueRequest) -> PreparedRequest {
    PreparedRequest::json(request).unwrap()
}

pub(crate) fn issued(answer: Result<IssueAnswer, ProviderError>) -> IssuedInvoice {
    match answer {
        Ok(IssueAnswer::Issued(invoice)) => invoice,
        other => panic!("not issued: {other:?}"),
    }
}

pub(crate) fn refusal(answer: Result<IssueAnswer, ProviderError>) -> String {
    let error = answer.expect_err("a refusal");
    assert_eq!(error.effect(), Effect::NotApplied, "{error}");
    error.code().unwrap().to_owned()
}
