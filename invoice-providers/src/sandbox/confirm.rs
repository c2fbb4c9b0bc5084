//! Red confirmations (红字信息确认单): the seller's calls and the buyer's side.

use std::time::Duration;

use chrono::{DateTime, Utc};
use invoice_core::id::IntentKey;
use invoice_core::invoice::InvoiceNumber;
use invoice_core::provider::{
    ConfirmationState as S, Effect, PreparedRequest, ProviderError, RedConfirmation,
};

use super::books::digest;
use super::check::ensure;
use super::codes::SandboxCode;
use super::effect::Change;
use super::faults::{Call, Fault};
use super::issue::{first_state, later};
use super::report::Color;
use super::wire::Request;
use super::{SandboxBureau, Shared, State};

const HOURS_72: Duration = Duration::from_secs(72 * 3600);

/// A confirmation that still waits or may still be issued from, as the buyer finds it at the bureau.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenConfirmation {
    /// Its number.
    pub number: String,
    /// The key it was applied for with.
    pub key: IntentKey,
    /// The blue invoice that it locks.
    pub blue: InvoiceNumber,
    /// Its state.
    pub state: S,
    /// When a waiting one runs out.
    pub expires_at: Option<DateTime<Utc>>,
}

impl Shared {
    pub(super) fn apply_red(&self, prepared: &PreparedRequest) -> Result<RedConfirmation, ProviderError> {
        let read = self.read(prepared, Color::Red);
        let now = self.now();
        let mut state = self.lock();
        let seller = read.request.as_ref().ok().map(|request| request.seller.tax_id.clone());
        let fault = self.faulted(&mut state, Call::Confirm, prepared.key(), seller.as_deref(), now)?;
        let answer = self.settle_confirmation(&mut state, prepared, read.request, now);
        match fault {
            Some(Fault::LostAfter) => Err(SandboxCode::FaultLost.with_effect(Effect::Unknown)),
            Some(Fault::ServerError) => Err(SandboxCode::FaultServer.with_effect(Effect::Unknown)),
            _ => answer,
        }
    }

    fn settle_confirmation(
        &self,
        state: &mut State,
        prepared: &PreparedRequest,
        request: Result<Request, SandboxCode>,
        now: DateTime<Utc>,
    ) -> Result<RedConfirmation, ProviderError> {
        let key = prepared.key();
        // One confirmation per blue is open at a time, so a key that comes back cannot mean a second one.
        if let Some(known) = state.books.confirmation_of(key) {
            ensure(known.digest == digest(prepared.body()), SandboxCode::KeyReused)
                .map_err(|code| code.with_effect(Effect::Applied))?;
            return Ok(state.books.shown(known, now));
        }
        let request = request.map_err(SandboxCode::refused)?;
        let blue = self.judge_red(state, &request, now).map_err(SandboxCode::refused)?;
        let latest = blue.confirmation.and_then(|index| state.books.confirmations.get(index));
        let open = latest.is_some_and(|form| form.is_open(now));
        ensure(!open, SandboxCode::ConfirmationOpen).map_err(SandboxCode::refused)?;
        let taken = |number: &str| state.books.confirmation_taken(number);
        let number = self.config.numbering.confirmation(key, 0, taken);
        let first = first_state(self.config.red);
        let form = Change::Confirmation {
            number: number.clone(),
            key: key.clone(),
            state: first,
            expires_at: first.is_waiting().then(|| later(now, HOURS_72)),
            body: prepared.body().to_owned(),
        };
        let mut changes = vec![form];
        if first.may_issue() {
            changes.extend(self.automatic(state, &number, key, prepared.body(), now)?);
        }
        state.write(changes, None)?;
        self.show(state, &number, now)
    }

    /// The red invoice that the bureau issues by itself, where it does.
    fn automatic(
        &self,
        state: &State,
        confirmation: &str,
        key: &IntentKey,
        body: &str,
        now: DateTime<Utc>,
    ) -> Result<Option<Change>, ProviderError> {
        if !self.config.automatic_red {
            return Ok(None);
        }
        Ok(Some(Change::Issued {
            at: now,
            number: self.next_number(state, key, now)?,
            key: key.clone(),
            ready_at: later(now, self.config.issue_delay),
            hidden_until: None,
            confirmation: Some(confirmation.to_owned()),
            by_bureau: true,
            body: body.to_owned(),
        }))
    }

    fn show(
        &self,
        state: &State,
        number: &str,
        now: DateTime<Utc>,
    ) -> Result<RedConfirmation, ProviderError> {
        let form = state.books.confirmation(number);
        let form = form.ok_or_else(|| SandboxCode::ConfirmationUnknown.refused())?;
        Ok(state.books.shown(form, now))
    }

    pub(super) fn withdraw(&self, key: &IntentKey) -> Result<RedConfirmation, ProviderError> {
        let now = self.now();
        let mut state = self.lock();
        let form = state.books.confirmation_of(key);
        let form = form.ok_or_else(|| SandboxCode::ConfirmationUnknown.refused())?;
        let number = form.number.clone();
        if form.state(now) == S::Withdrawn {
            return self.show(&state, &number, now);
        }
        // The seller acted last in 01 and 02; in 04 it was the buyer, who alone may go back on it.
        let may = matches!(form.state(now), S::NotNeeded | S::AwaitingBuyer) && form.red.is_none();
        ensure(may, SandboxCode::NotWithdrawable).map_err(SandboxCode::refused)?;
        state.write(vec![Change::ConfirmationMoved { number: number.clone(), state: S::Withdrawn }], None)?;
        self.show(&state, &number, now)
    }

    fn buyer(&self, number: &str, from: S, to: S) -> Result<RedConfirmation, ProviderError> {
        let now = self.now();
        let mut state = self.lock();
        let form = state.books.confirmation(number);
        let form = form.ok_or_else(|| SandboxCode::ConfirmationUnknown.refused())?;
        let may = form.state(now) == from && form.red.is_none();
        ensure(may, SandboxCode::ConfirmationState).map_err(SandboxCode::refused)?;
        let (key, body) = (form.key.clone(), form.body.clone());
        let mut changes = vec![Change::ConfirmationMoved { number: number.to_owned(), state: to }];
        if to.may_issue() {
            changes.extend(self.automatic(&state, number, &key, &body, now)?);
        }
        state.write(changes, None)?;
        self.show(&state, number, now)
    }
}

impl SandboxBureau {
    /// The confirmations that lock a blue invoice now, oldest first.
    #[must_use]
    pub fn open_confirmations(&self) -> Vec<OpenConfirmation> {
        let now = self.shared.now();
        let state = self.lock();
        let open = state.books.confirmations.iter().filter(|form| form.is_open(now));
        open.filter_map(|form| {
            let (number, key) = (form.number.clone(), form.key.clone());
            let blue = state.books.invoices.get(form.blue)?.entry.number.clone();
            Some(OpenConfirmation { number, key, blue, state: form.state(now), expires_at: form.expires_at })
        })
        .collect()
    }

    /// The buyer confirms: 02 becomes 04.
    ///
    /// # Errors
    /// `SBX-407` for an unknown number, `SBX-408` when the confirmation does not wait for the buyer (any more).
    pub fn buyer_confirms(&self, number: &str) -> Result<RedConfirmation, ProviderError> {
        self.shared.buyer(number, S::AwaitingBuyer, S::Confirmed)
    }

    /// The buyer refuses: 02 becomes 05.
    ///
    /// # Errors
    /// As [`buyer_confirms`](Self::buyer_confirms).
    pub fn buyer_refuses(&self, number: &str) -> Result<RedConfirmation, ProviderError> {
        self.shared.buyer(number, S::AwaitingBuyer, S::RefusedByBuyer)
    }

    /// The buyer goes back on a confirmation that was not used yet: 04 becomes 09.
    ///
    /// # Errors
    /// As [`buyer_confirms`](Self::buyer_confirms).
    pub fn buyer_withdraws(&self, number: &str) -> Result<RedConfirmation, ProviderError> {
        self.shared.buyer(number, S::Confirmed, S::WithdrawnConfirmed)
    }
}
