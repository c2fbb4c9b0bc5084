//! Steps that several rules take.

use std::sync::Arc;
use std::time::Duration;

use crate::id::IntentKey;
use crate::provider::{
    Capability, InvoiceProvider, IssueAnswer, IssueRequest, IssuedInvoice, PreparedRequest, ProviderError,
    QueryAnswer, RedConfirmation,
};

use super::super::{Fixture, SampleRequest, Violation};

/// More polls than any request of a test may take to settle.
const MOST_POLLS: usize = 64;

/// One rule at work on one provider.
pub(super) struct Bench<'a> {
    pub(super) rule: &'static str,
    pub(super) fixture: &'a dyn Fixture,
    pub(super) provider: Arc<dyn InvoiceProvider>,
}

/// What became of a request.
#[derive(Debug)]
pub(super) enum Seen {
    Issued(IssuedInvoice),
    Denied(String),
    Failed(ProviderError),
    /// Accepted, and the provider has no query.
    Unknowable,
}

/// What is asked about.
#[derive(Clone, Copy)]
enum Sent<'a> {
    Blue(&'a IntentKey),
    Red(&'a PreparedRequest),
}

impl<'a> Bench<'a> {
    pub(super) fn new(rule: &'static str, fixture: &'a dyn Fixture) -> Self {
        Self { rule, fixture, provider: fixture.provider() }
    }

    pub(super) fn broken(&self, what: impl Into<String>) -> Violation {
        Violation { rule: self.rule, what: what.into() }
    }

    pub(super) fn ensure(&self, holds: bool, what: impl FnOnce() -> String) -> Result<(), Violation> {
        if holds { Ok(()) } else { Err(self.broken(what())) }
    }

    pub(super) fn can(&self, capability: Capability) -> bool {
        self.provider.capabilities().can(capability)
    }

    pub(super) fn key(&self, name: &str) -> Result<IntentKey, Violation> {
        IntentKey::new(self.fixture.key(name)).map_err(|refusal| self.broken(refusal.to_string()))
    }

    pub(super) fn sample(&self, name: &str) -> IssueRequest {
        self.fixture.sample(&self.fixture.key(name)).build()
    }

    pub(super) fn prepare(&self, request: &IssueRequest) -> Result<PreparedRequest, Violation> {
        self.provider
            .prepare(request)
            .map_err(|error| self.broken(format!("a good request is not prepared: {error}")))
    }

    /// Follows an answer until it is final.
    pub(super) async fn settle(
        &self,
        key: &IntentKey,
        answer: Result<IssueAnswer, ProviderError>,
    ) -> Result<Seen, Violation> {
        match answer {
            Ok(IssueAnswer::Issued(invoice)) => Ok(Seen::Issued(invoice)),
            Ok(IssueAnswer::Accepted { poll_after }) => self.poll(key, poll_after).await,
            Err(error) => Ok(Seen::Failed(error)),
        }
    }

    /// Follows the answer to a red until it is final.
    async fn settle_red(
        &self,
        sent: &PreparedRequest,
        answer: Result<IssueAnswer, ProviderError>,
    ) -> Result<Seen, Violation> {
        match answer {
            Ok(IssueAnswer::Accepted { poll_after }) => self.follow(Sent::Red(sent), poll_after).await,
            answer => self.settle(sent.key(), answer).await,
        }
    }

    /// Queries a key until the answer is final.
    pub(super) async fn poll(&self, key: &IntentKey, first: Duration) -> Result<Seen, Violation> {
        self.follow(Sent::Blue(key), first).await
    }

    async fn follow(&self, sent: Sent<'_>, first: Duration) -> Result<Seen, Violation> {
        if !self.can(Capability::QueryByKey) {
            return Ok(Seen::Unknowable);
        }
        let mut wait = first;
        for _ in 0..MOST_POLLS {
            self.fixture.advance(wait.max(Duration::from_secs(1)));
            let answer = match sent {
                Sent::Blue(key) => self.provider.query(key).await,
                Sent::Red(request) => self.provider.query_red(request).await,
            };
            match answer {
                Ok(QueryAnswer::Issued(invoice)) => return Ok(Seen::Issued(invoice)),
                Ok(QueryAnswer::Denied { code }) => return Ok(Seen::Denied(code)),
                Ok(QueryAnswer::Pending { poll_after } | QueryAnswer::Unclear { poll_after, .. }) => {
                    wait = poll_after;
                }
                Ok(QueryAnswer::NotFound | QueryAnswer::Stuck { .. }) | Err(_) => {
                    wait = self.provider.capabilities().poll_after()
                }
            }
        }
        let key = match sent {
            Sent::Blue(key) => key,
            Sent::Red(request) => request.key(),
        };
        Err(self.broken(format!("{key} was accepted and is not settled after {MOST_POLLS} queries")))
    }

    /// Issues a good blue request to its end; `None` where the end cannot be seen.
    pub(super) async fn blue(&self, request: &IssueRequest) -> Result<Option<IssuedInvoice>, Violation> {
        let prepared = self.prepare(request)?;
        let answer = self.provider.issue(&prepared).await;
        match self.settle(request.key(), answer).await? {
            Seen::Issued(invoice) => Ok(Some(invoice)),
            Seen::Unknowable => Ok(None),
            other => Err(self.broken(format!("a good request is not issued: {other:?}"))),
        }
    }

    /// Takes a blue invoice back in full; `None` where the provider or the fixture cannot.
    pub(super) async fn red(
        &self,
        blue: &IssueRequest,
        invoice: &IssuedInvoice,
    ) -> Result<Option<IssuedInvoice>, Violation> {
        let form = SampleRequest::red_of(self.fixture.key("red-form"), blue, &invoice.number, "01")
            .taking_back(invoice);
        if !self.can(Capability::IssueRed) && !self.can(Capability::AutomaticRed) {
            return Ok(None);
        }
        let mut red = form.clone();
        if self.can(Capability::RedConfirmation) {
            let prepared = self.prepare(&form.clone().build())?;
            let confirmation = self.confirmed(&prepared).await?;
            let Some(confirmation) = confirmation else { return Ok(None) };
            if self.can(Capability::AutomaticRed) {
                return Ok(confirmation.red);
            }
            red = form.confirmed(self.fixture.key("red-issue"), confirmation.number);
        }
        let request = red.build();
        let prepared = self.prepare(&request)?;
        let answer = self.provider.issue_red(&prepared).await;
        match self.settle_red(&prepared, answer).await? {
            Seen::Issued(invoice) => Ok(Some(invoice)),
            Seen::Unknowable => Ok(None),
            other => Err(self.broken(format!("a red of a confirmed form is not issued: {other:?}"))),
        }
    }

    /// Applies for a confirmation and follows it until a red may be issued, or is there where the bureau issues it.
    async fn confirmed(&self, form: &PreparedRequest) -> Result<Option<RedConfirmation>, Violation> {
        let failed = |error: ProviderError| self.broken(format!("no red confirmation: {error}"));
        let mut confirmation = self.provider.apply_red(form).await.map_err(failed)?;
        if confirmation.state.is_waiting() && !self.fixture.buyer_confirms(&confirmation.number) {
            return Ok(None);
        }
        for _ in 0..MOST_POLLS {
            let automatic = self.can(Capability::AutomaticRed);
            if confirmation.state.may_issue() && (!automatic || confirmation.red.is_some()) {
                return Ok(Some(confirmation));
            }
            self.fixture.advance(self.provider.capabilities().poll_after());
            let again = self.provider.query_confirmation(form.key()).await.map_err(failed)?;
            confirmation = again.ok_or_else(|| self.broken("the confirmation is gone"))?;
        }
        Err(self.broken("the confirmation of the buyer has no effect"))
    }
}
