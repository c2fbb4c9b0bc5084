//! Account (服务商账户): one seller at one provider, and whether a person must act there before it is of use again.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::id::{ProviderId, SellerId};

/// The name of an account.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct AccountId {
    /// Who issues.
    pub seller: SellerId,
    /// Through whom.
    pub provider: ProviderId,
}

impl AccountId {
    /// The name of its row: a hash, because two ids do not fit into one.
    pub(crate) fn row(&self) -> String {
        let mut hasher = Sha256::new();
        for part in [self.seller.as_str(), self.provider.as_str()] {
            hasher.update(part.as_bytes());
            hasher.update([0]);
        }
        let hex: String = hasher.finalize().iter().take(20).map(|byte| format!("{byte:02x}")).collect();
        format!("account-{hex}")
    }
}

/// Why an account stands still.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pause {
    /// The provider's or our code: a login, a QR or face check, a used-up credit line, wrong credentials.
    pub code: String,
    /// Since when.
    pub since: DateTime<Utc>,
    /// When one call tries whether it still must.
    pub until: DateTime<Utc>,
}

/// An account as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// Its name.
    pub id: AccountId,
    /// Why it stands still; `None` while it works.
    pub pause: Option<Pause>,
}

/// What can happen to an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccountChange {
    /// It stands still from now on, or still.
    Paused(Pause),
    /// It works again: it answered, or a person says so.
    Resumed,
}

impl Account {
    /// Folds a change in.
    #[must_use]
    pub fn evolve(current: Option<Self>, id: &AccountId, change: &AccountChange) -> Self {
        let since = current.and_then(|account| account.pause).map(|pause| pause.since);
        let pause = match change {
            AccountChange::Paused(pause) => {
                Some(Pause { since: since.unwrap_or(pause.since), ..pause.clone() })
            }
            AccountChange::Resumed => None,
        };
        Self { id: id.clone(), pause }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_accounts_have_names_of_their_own_that_fit() {
        let id = |seller: &str, provider: &str| AccountId {
            seller: SellerId::from_trusted(seller),
            provider: ProviderId::from_trusted(provider),
        };
        assert_ne!(id("a", "bc").row(), id("ab", "c").row());
        assert!(id(&"s".repeat(64), &"p".repeat(64)).row().len() <= crate::id::MAX_CHARS);
    }

    #[test]
    fn a_pause_that_is_prolonged_began_when_it_began() {
        let id = AccountId { seller: SellerId::from_trusted("s"), provider: ProviderId::from_trusted("p") };
        let at = |minute: i64| DateTime::UNIX_EPOCH + chrono::TimeDelta::minutes(minute);
        let pause = |since, until| AccountChange::Paused(Pause { code: "QR".into(), since, until });
        let first = Account::evolve(None, &id, &pause(at(1), at(6)));
        let second = Account::evolve(Some(first), &id, &pause(at(6), at(11)));
        let kept = second.pause.clone().unwrap();
        assert_eq!((kept.since, kept.until), (at(1), at(11)));
        assert_eq!(Account::evolve(Some(second), &id, &AccountChange::Resumed).pause, None);
    }
}
