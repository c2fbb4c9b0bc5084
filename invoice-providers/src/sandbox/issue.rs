//! The way of a request through the bureau: faults before, checks, books, faults after.

use std::time::Duration;

use chrono::{DateTime, Utc};
use invoice_core::id::IntentKey;
use invoice_core::invoice::InvoiceNumber;
use invoice_core::limits::{Basis, InvoiceLimit};
use invoice_core::provider::{
    ConfirmationState, Effect, ErrorKind, IssueAnswer, PreparedRequest, ProviderError, QueryAnswer,
};

use super::books::{Invoice, Outcome, digest, month};
use super::builder::{RedRule, Repeat};
use super::callbacks::Waiting;
use super::check::{self, ensure};
use super::codes::SandboxCode;
use super::effect::Change;
use super::faults::{Call, Fault};
use super::report::Color;
use super::wire::Request;
use super::{Shared, State, red};

/// A request that was read, or why it could not be.
pub(super) struct Read {
    pub(super) request: Result<Request, SandboxCode>,
    /// Known even where the rest is wrong.
    seller: Option<String>,
}

fn span(duration: Duration) -> chrono::Duration {
    chrono::Duration::from_std(duration).unwrap_or(chrono::Duration::MAX)
}

pub(super) fn later(at: DateTime<Utc>, by: Duration) -> DateTime<Utc> {
    at.checked_add_signed(span(by)).unwrap_or(DateTime::<Utc>::MAX_UTC)
}

fn until(now: DateTime<Utc>, at: DateTime<Utc>) -> Duration {
    (at - now).to_std().unwrap_or_default()
}

impl Shared {
    pub(super) fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// Reads a request and checks what the message alone shows.
    pub(super) fn read(&self, prepared: &PreparedRequest, color: Color) -> Read {
        let parsed = Request::parse(prepared.body());
        let seller = parsed.as_ref().ok().map(|request| request.seller.tax_id.clone());
        let request = parsed.and_then(|request| {
            ensure(request.key == *prepared.key(), SandboxCode::KeyMismatch)?;
            ensure(request.red.is_some() == (color == Color::Red), SandboxCode::WrongColor)?;
            check::common(&request, self.config.max_rows)?;
            match color {
                Color::Blue => check::blue(&request)?,
                Color::Red => {
                    red::form(&request)?;
                }
            }
            ensure(self.capabilities.issues(request.kind), SandboxCode::KindNotIssued)?;
            Ok(request)
        });
        Read { request, seller }
    }

    /// One request to issue.
    pub(super) fn issue(
        &self,
        prepared: &PreparedRequest,
        color: Color,
    ) -> Result<IssueAnswer, ProviderError> {
        let read = self.read(prepared, color);
        let now = self.now();
        let mut state = self.lock();
        let fault = self.faulted(&mut state, Call::Issue, prepared.key(), read.seller.as_deref(), now)?;
        let hidden = (fault == Some(Fault::Late)).then(|| later(now, self.config.late_by));
        let answer = self.settle(&mut state, prepared, read, now, hidden);
        match fault {
            Some(Fault::LostAfter | Fault::Late) => Err(SandboxCode::FaultLost.with_effect(Effect::Unknown)),
            Some(Fault::ServerError) => Err(SandboxCode::FaultServer.with_effect(Effect::Unknown)),
            Some(Fault::SaidFailed) => Err(SandboxCode::FaultSaidFailed.refused()),
            _ => answer,
        }
    }

    /// Draws a fault; `Err` when it keeps the request from taking effect.
    pub(super) fn faulted(
        &self,
        state: &mut State,
        call: Call,
        key: &IntentKey,
        seller: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<Option<Fault>, ProviderError> {
        let locked = state.locked.get(key).is_some_and(|until| now < *until);
        if locked && call == Call::Issue {
            return Err(SandboxCode::FaultLocked.with_effect(Effect::Unknown));
        }
        if seller.is_some_and(|seller| state.challenged.contains(seller)) {
            return Err(SandboxCode::FaultOperator.refused());
        }
        let wait = self.config.poll_after;
        let fault = state.faults.draw(call, key.as_str());
        match fault {
            Some(Fault::LostBefore) => Err(SandboxCode::FaultLost.with_effect(Effect::Unknown)),
            Some(Fault::ServerError) if state.faults.coin(key.as_str()) => {
                Err(SandboxCode::FaultServer.with_effect(Effect::Unknown))
            }
            Some(Fault::Busy) => Err(SandboxCode::FaultBusy.refused().with_retry_after(wait)),
            Some(Fault::RateLimited) => Err(SandboxCode::FaultRate.refused().with_retry_after(wait)),
            Some(Fault::QuotaExceeded) => Err(SandboxCode::FaultQuota.refused()),
            Some(Fault::OperatorChallenge) => {
                state.challenged.extend(seller.map(str::to_owned));
                Err(SandboxCode::FaultOperator.refused())
            }
            Some(Fault::LockedSerial) => {
                state.locked.insert(key.clone(), later(now, self.config.late_by));
                Err(SandboxCode::FaultLocked.with_effect(Effect::Unknown))
            }
            other => Ok(other),
        }
    }

    fn settle(
        &self,
        state: &mut State,
        prepared: &PreparedRequest,
        read: Read,
        now: DateTime<Utc>,
        hidden_until: Option<DateTime<Utc>>,
    ) -> Result<IssueAnswer, ProviderError> {
        let key = prepared.key();
        if self.config.repeat != Repeat::IssueAgain
            && let Some(answer) = self.known(state, prepared, now)
        {
            return answer;
        }
        let ready_at = later(now, self.config.issue_delay);
        let asynchronous = !self.config.issue_delay.is_zero();
        let judged = read.request.and_then(|request| self.judge(state, &request, now).map(|()| request));
        let (change, request) = match judged {
            // Refused because of what the same key did before: whoever asks about the key must not hear "nothing".
            Err(code) if !state.books.issued_of(key).is_empty() => {
                return Err(code.with_effect(Effect::Applied));
            }
            Ok(request) => {
                let issued = Change::Issued {
                    at: now,
                    number: self.next_number(state, key, now)?,
                    key: key.clone(),
                    ready_at,
                    hidden_until,
                    confirmation: request.red.as_ref().and_then(|red| red.confirmation.clone()),
                    by_bureau: false,
                    body: prepared.body().to_owned(),
                };
                (issued, Some(request))
            }
            Err(code) if code.is_final() => {
                let digest = format!("{:x}", digest(prepared.body()));
                let (key, code) = (key.clone(), code.as_str().to_owned());
                (Change::Denied { key, ready_at, hidden_until, code, digest }, None)
            }
            Err(code) => return Err(code.refused()),
        };
        let refused = match &change {
            Change::Denied { code, .. } => SandboxCode::from_code(code),
            _ => None,
        };
        state.write(vec![change], request)?;
        if asynchronous {
            state.callbacks.push(Waiting { due: ready_at, key: key.clone() });
            return Ok(IssueAnswer::Accepted { poll_after: self.config.poll_after });
        }
        match (refused, state.books.invoices.last()) {
            (None, Some(invoice)) => Ok(IssueAnswer::Issued(invoice.issued())),
            (code, _) => Err(code.unwrap_or(SandboxCode::Unreadable).refused()),
        }
    }

    pub(super) fn next_number(
        &self,
        state: &State,
        key: &IntentKey,
        now: DateTime<Utc>,
    ) -> Result<InvoiceNumber, ProviderError> {
        let again = u64::try_from(state.books.issued_of(key).len()).unwrap_or(u64::MAX);
        let taken = |number: &str| state.books.number_taken(number);
        let number = self.config.numbering.invoice(key, again, now, taken);
        // Twenty digits by construction.
        number.parse().map_err(|error| {
            ProviderError::new(ErrorKind::Configuration, Effect::NotApplied).because(Box::new(error))
        })
    }

    /// The answer to a key that was seen before; `None` when it was not.
    fn known(
        &self,
        state: &State,
        prepared: &PreparedRequest,
        now: DateTime<Utc>,
    ) -> Option<Result<IssueAnswer, ProviderError>> {
        let intent = state.books.intents.get(prepared.key())?;
        let issued = matches!(intent.outcome, Outcome::Issued(_));
        let pending = now < intent.ready_at;
        let effect = match (pending, issued) {
            (true, _) => Effect::Unknown,
            (false, true) => Effect::Applied,
            (false, false) => Effect::NotApplied,
        };
        if intent.digest != digest(prepared.body()) && !intent.by_bureau {
            return Some(Err(SandboxCode::KeyReused.with_effect(effect)));
        }
        if self.config.repeat == Repeat::Refuse && (pending || issued) {
            return Some(Err(SandboxCode::KeyKnown.with_effect(effect)));
        }
        if pending {
            return Some(Ok(IssueAnswer::Accepted { poll_after: until(now, intent.ready_at) }));
        }
        Some(match &intent.outcome {
            Outcome::Denied(code) => {
                Err(SandboxCode::from_code(code).unwrap_or(SandboxCode::Unreadable).refused())
            }
            Outcome::Issued(invoices) => {
                let first = invoices.first().and_then(|index| state.books.invoices.get(*index))?;
                Ok(IssueAnswer::Issued(first.issued()))
            }
        })
    }

    /// What the books and the settings say about a request that is well formed.
    fn judge(&self, state: &State, request: &Request, now: DateTime<Utc>) -> Result<(), SandboxCode> {
        let Some(red) = &request.red else {
            return self.judge_blue(state, request, now);
        };
        let blue = self.judge_red(state, request, now)?;
        if self.config.red == RedRule::Direct {
            return Ok(());
        }
        let number = red.confirmation.as_ref().ok_or(SandboxCode::ConfirmationMissing)?;
        let form = state.books.confirmation(number).ok_or(SandboxCode::ConfirmationUnknown)?;
        let of = state.books.invoices.get(form.blue).ok_or(SandboxCode::ConfirmationUnknown)?;
        ensure(of.entry.number == blue.entry.number, SandboxCode::ConfirmationUnknown)?;
        ensure(form.state(now).may_issue(), SandboxCode::ConfirmationState)?;
        ensure(request.same_red(&Request::parse(&form.body)?), SandboxCode::ConfirmationDiffers)
    }

    /// What holds for a red invoice and for the application for its confirmation.
    pub(super) fn judge_red<'a>(
        &self,
        state: &'a State,
        request: &Request,
        now: DateTime<Utc>,
    ) -> Result<&'a Invoice, SandboxCode> {
        let red = red::form(request)?;
        let used = red.confirmation.as_ref().and_then(|number| state.books.confirmation(number));
        ensure(used.is_none_or(|form| form.red.is_none()), SandboxCode::RedExists)?;
        let blue = state.books.blue(&red.blue, now)?;
        red::against(request, &Request::parse(&blue.body)?, &blue.taken)?;
        Ok(blue)
    }

    fn judge_blue(&self, state: &State, request: &Request, now: DateTime<Utc>) -> Result<(), SandboxCode> {
        if let Some(limit) = self.config.limits.get(&request.kind) {
            ensure(within(*limit, request), SandboxCode::OverLimit)?;
        }
        if let Some(line) = self.line(&request.seller.tax_id) {
            let left = state.books.credit.available(&request.seller.tax_id, month(now), line);
            ensure(request.net <= left, SandboxCode::CreditUsedUp)?;
        }
        let stock = self.stock(state, &request.seller.tax_id);
        let used_up = stock.iter().any(|stock| stock.kind == request.kind && stock.left == 0);
        ensure(!used_up, SandboxCode::NumbersUsedUp)?;
        Ok(())
    }

    pub(super) fn line(&self, seller: &str) -> Option<invoice_core::money::Money> {
        self.config.credit.get(seller).copied().unwrap_or(self.config.default_credit)
    }

    /// What a query shows of a key.
    pub(super) fn look(&self, state: &State, key: &IntentKey, now: DateTime<Utc>) -> QueryAnswer {
        let Some(intent) = state.books.intents.get(key) else {
            return match state.locked.get(key).filter(|until| now < **until) {
                Some(at) => QueryAnswer::Pending { poll_after: until(now, *at) },
                None => QueryAnswer::NotFound,
            };
        };
        if intent.hidden_until.is_some_and(|until| now < until) {
            return QueryAnswer::NotFound;
        }
        if now < intent.ready_at {
            return QueryAnswer::Pending { poll_after: until(now, intent.ready_at) };
        }
        match &intent.outcome {
            Outcome::Denied(code) => QueryAnswer::Denied { code: code.clone() },
            Outcome::Issued(invoices) => invoices
                .first()
                .and_then(|index| state.books.invoices.get(*index))
                .map_or(QueryAnswer::NotFound, |invoice| QueryAnswer::Issued(invoice.issued())),
        }
    }
}

fn within(limit: InvoiceLimit, request: &Request) -> bool {
    let compared = match limit.basis() {
        Basis::Net => request.net,
        Basis::Gross => request.gross,
    };
    compared <= limit.highest()
}

/// The state in which a new confirmation begins.
pub(super) const fn first_state(rule: RedRule) -> ConfirmationState {
    match rule {
        RedRule::BuyerConfirms => ConfirmationState::AwaitingBuyer,
        RedRule::Direct | RedRule::SellerOnly => ConfirmationState::NotNeeded,
    }
}
