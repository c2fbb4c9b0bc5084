//! Accounts at providers: when they may be called, and which stand still until somebody has acted.
//!
//! That an account waits for a person is stored: it outlives the process, every process keeps to it, and a person sees
//! and ends it. How often this process calls, and whether anybody answers, each process finds out for itself: a row
//! that every call has to write would cost more than a few calls too many.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{MutexGuard, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};

use super::columns::PAUSED;
use super::step::Wait;
use super::{DeskError, InvoiceDesk};
use crate::access::{Actor, Verb};
use crate::account::{Account, AccountId};
use crate::decision::Command;
use crate::id::{ProviderId, SellerId};
use crate::invoice::Invoice;
use crate::money::Money;
use crate::provider::{Capability, Gate, InvoiceProvider, ProviderError, Verdict};
use crate::store::{Kind, Query};

/// How long a credit line that was asked for is relied on.
const CREDIT_FRESH: TimeDelta = TimeDelta::minutes(10);

/// What this process knows of the accounts.
#[derive(Debug, Default)]
pub(super) struct Accounts {
    gates: BTreeMap<AccountId, Gate>,
    /// Those that are stored as standing still, as of the last pump.
    paused: BTreeSet<AccountId>,
    /// What was left of credit lines, and when that was said.
    credit: BTreeMap<AccountId, (DateTime<Utc>, Option<Money>)>,
}

/// What a call is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Call {
    /// Something is to happen at the bureau.
    Send,
    /// Something is asked; that works also where a person must act before anything is issued.
    Ask,
}

pub(super) fn account_of(invoice: &Invoice) -> AccountId {
    AccountId { seller: invoice.seller().clone(), provider: invoice.provider().clone() }
}

impl InvoiceDesk {
    fn accounts(&self) -> MutexGuard<'_, Accounts> {
        self.inner.accounts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn with_gate<T>(&self, id: &AccountId, work: impl FnOnce(&mut Gate) -> T) -> T {
        let declared = self.inner.providers.get(&id.provider).map(|provider| provider.capabilities());
        let set = self.inner.rate_limits.get(&id.provider).copied();
        let limit = set.or_else(|| declared.and_then(crate::provider::Capabilities::rate_limit));
        let mut accounts = self.accounts();
        let fresh = || Gate::new(limit, self.inner.circuit);
        work(accounts.gates.entry(id.clone()).or_insert_with(fresh))
    }

    /// Lets a call through, or says when to come again.
    pub(super) fn admit(&self, invoice: &Invoice) -> Result<(), Wait> {
        let (id, now) = (account_of(invoice), self.inner.clock.now());
        let passed = self.with_gate(&id, |gate| gate.admit(now));
        // A pause can end at any moment: a person says so. What waits for it looks again soon.
        let paused = self.accounts().paused.contains(&id);
        let latest = if paused { now + TimeDelta::minutes(1) } else { DateTime::<Utc>::MAX_UTC };
        passed.map_err(|until| Wait::Until(until.min(latest)))
    }

    /// Takes in what a call said about its account.
    pub(super) async fn ended(
        &self,
        actor: &Actor,
        invoice: &Invoice,
        call: Call,
        error: Option<&ProviderError>,
    ) -> Result<(), DeskError> {
        let (id, now, verdict) = (account_of(invoice), self.inner.clock.now(), Verdict::of(error));
        let paused = self.accounts().paused.contains(&id);
        // Questions are answered also where nothing is issued: they do not end a pause, and must not take the place of
        // the request that could.
        let asked = paused && call == Call::Ask && verdict == Verdict::Answered;
        self.with_gate(&id, |gate| if asked { gate.untried(now) } else { gate.heard(now, verdict) });
        match verdict {
            Verdict::Blocked => {
                let code = error.map(super::step::code_of).unwrap_or_default();
                let until = now + self.inner.pause;
                self.with_gate(&id, |gate| gate.hold(until));
                self.accounts().paused.insert(id.clone());
                self.transact(actor, &Command::Pause { account: id, code, until }).await?;
            }
            Verdict::Answered if paused && call == Call::Send => {
                self.accounts().paused.remove(&id);
                self.transact(actor, &Command::Lift(id)).await?;
            }
            _ => {}
        }
        Ok(())
    }

    /// Reads which accounts stand still, and says of which sellers no account can be used now: their lanes rest.
    pub(super) async fn resting_lanes(&self, now: DateTime<Utc>) -> Result<Vec<String>, DeskError> {
        let stored = self.paused_accounts().await?;
        let mut held: BTreeMap<SellerId, BTreeSet<ProviderId>> = BTreeMap::new();
        let mut ids = BTreeSet::new();
        for account in stored {
            let Some(pause) = account.pause else { continue };
            if pause.until > now {
                self.with_gate(&account.id, |gate| gate.hold(pause.until));
                held.entry(account.id.seller.clone()).or_default().insert(account.id.provider.clone());
            }
            ids.insert(account.id);
        }
        let over: Vec<AccountId> = {
            let mut accounts = self.accounts();
            let over = accounts.paused.difference(&ids).cloned().collect();
            accounts.paused = ids;
            over
        };
        for id in over {
            self.with_gate(&id, Gate::release);
        }
        let rests = |(seller, held): &(&SellerId, &BTreeSet<ProviderId>)| {
            let all = self.inner.sellers.get(seller).map_or(&[][..], |seller| seller.providers());
            all.iter().all(|provider| held.contains(provider))
        };
        Ok(held.iter().filter(rests).map(|(seller, _)| seller.as_str().to_owned()).collect())
    }

    async fn paused_accounts(&self) -> Result<Vec<Account>, DeskError> {
        let mut query = Query::new(&self.inner.tenant, Kind::Note).tagged(PAUSED.0, PAUSED.1);
        let mut found = Vec::new();
        loop {
            let page = self.inner.store.find(&query).await?;
            for row in &page.rows {
                found.push(self.open(row)?);
            }
            match page.next {
                Some(next) => query = query.after(next),
                None => return Ok(found),
            }
        }
    }

    /// The accounts that stand still, why, and since when: what an operator has to do at the bureau.
    ///
    /// # Errors
    /// `ACCESS-01`; a failing store.
    pub async fn paused(&self, actor: &Actor) -> Result<Vec<Account>, DeskError> {
        self.permit(actor, Verb::Reconcile).await?;
        self.paused_accounts().await
    }

    /// Has an account used again at once: what it waited for was done. Every process hears of it with its next pump.
    /// An account that does not stand still is left as it is.
    ///
    /// # Errors
    /// `SELLER-01`, `ACCESS-01`; a failing store.
    pub async fn resume(
        &self,
        actor: &Actor,
        seller: &SellerId,
        provider: &ProviderId,
    ) -> Result<(), DeskError> {
        let id = AccountId { seller: seller.clone(), provider: provider.clone() };
        self.transact(actor, &Command::Resume(id.clone())).await?;
        self.accounts().paused.remove(&id);
        self.with_gate(&id, Gate::release);
        Ok(())
    }

    /// Where a task of which nothing is on its way should go instead: `None` while its provider is of use, or no other is.
    pub(super) async fn better_route(
        &self,
        actor: &Actor,
        invoice: &Invoice,
    ) -> Result<Option<ProviderId>, DeskError> {
        let seller = self.seller(invoice.seller())?;
        if !invoice.is_blue() || seller.providers().len() < 2 {
            return Ok(None);
        }
        if self.is_of_use(actor, invoice, invoice.provider()).await? {
            return Ok(None);
        }
        let denied = |provider: &ProviderId| {
            let mut former = invoice.former_keys().iter();
            former.any(|former| former.denied.is_some() && &former.provider == provider)
        };
        for next in seller.providers() {
            if next != invoice.provider() && !denied(next) && self.is_of_use(actor, invoice, next).await? {
                return Ok(Some(next.clone()));
            }
        }
        Ok(None)
    }

    /// Whether a provider issues this kind, answers, is not held up, and has credit for the invoice.
    async fn is_of_use(
        &self,
        actor: &Actor,
        invoice: &Invoice,
        provider: &ProviderId,
    ) -> Result<bool, DeskError> {
        let routes = self.inner.routes.get(invoice.seller()).map_or(&[][..], Vec::as_slice);
        let takes = routes
            .iter()
            .any(|route| &route.provider == provider && route.takes(invoice.kind(), invoice.rows().len()));
        let id = AccountId { seller: invoice.seller().clone(), provider: provider.clone() };
        let now = self.inner.clock.now();
        let open =
            takes && !self.accounts().paused.contains(&id) && self.with_gate(&id, |gate| gate.is_open(now));
        if !open {
            return Ok(false);
        }
        let adapter = std::sync::Arc::clone(self.provider(provider)?);
        let left = self.credit_left(actor, &id, adapter.as_ref()).await?;
        Ok(left.is_none_or(|left| left >= invoice.net()))
    }

    /// What is left of the credit line (授信额度), asked for now and then; `None` where that is not known.
    async fn credit_left(
        &self,
        actor: &Actor,
        id: &AccountId,
        provider: &dyn InvoiceProvider,
    ) -> Result<Option<Money>, DeskError> {
        if !provider.capabilities().can(Capability::CreditLine) {
            return Ok(None);
        }
        let now = self.inner.clock.now();
        let known = self.accounts().credit.get(id).copied();
        if let Some((_, left)) = known.filter(|(said, _)| now - *said < CREDIT_FRESH) {
            return Ok(left);
        }
        if self.with_gate(id, |gate| gate.admit(now)).is_err() {
            return Ok(None);
        }
        let seller = self.seller(&id.seller)?;
        let answer = provider.credit_line(&seller.party().tax_id).await;
        let verdict = Verdict::of(answer.as_ref().err());
        self.with_gate(id, |gate| gate.heard(now, verdict));
        if let (Verdict::Blocked, Err(error)) = (verdict, &answer) {
            let (code, until) = (super::step::code_of(error), now + self.inner.pause);
            self.with_gate(id, |gate| gate.hold(until));
            self.transact(actor, &Command::Pause { account: id.clone(), code, until }).await?;
        }
        // A line that cannot be told now is no reason to go elsewhere.
        let left = answer.ok().and_then(|line| line.available);
        self.accounts().credit.insert(id.clone(), (now, left));
        Ok(left)
    }
}
