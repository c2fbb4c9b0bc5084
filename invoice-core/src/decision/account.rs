use chrono::{DateTime, Utc};

use super::{Case, Event};
use crate::account::{AccountChange, AccountId, Pause};
use crate::error::Refusal;

impl Case<'_> {
    /// An account stands still. Said again with the same end it changes nothing.
    pub(super) fn pause(
        &mut self,
        account: &AccountId,
        code: &str,
        until: DateTime<Utc>,
    ) -> Result<(), Refusal> {
        let known = self.state.accounts.get(account).and_then(|account| account.pause.as_ref());
        if known.is_none_or(|pause| pause.until < until) {
            let pause = Pause { code: code.to_owned(), since: self.facts.now, until };
            self.emit(Event::Account(account.clone(), AccountChange::Paused(pause)));
        }
        Ok(())
    }

    pub(super) fn resume(&mut self, account: &AccountId) -> Result<(), Refusal> {
        if self.state.accounts.get(account).is_some_and(|account| account.pause.is_some()) {
            self.emit(Event::Account(account.clone(), AccountChange::Resumed));
        }
        Ok(())
    }
}
