use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use invoice_core::env::{Cipher, Clock, IdGenerator};
use invoice_core::error::{Refusal, RefusalCode};
use invoice_core::id::{MAX_CHARS, ProviderId, TenantId};
use invoice_core::provider::{Effect, ErrorKind, ProviderError};
use invoice_core::store::{Key, Kind, Store, Version};
use tokio::sync::Mutex;
use zeroize::Zeroizing;

use super::note::{Asking, Note, unavailable};
use super::{Secret, TokenBudget};

/// A token that is nearer to its end than this is renewed.
const RENEW_BEFORE: TimeDelta = TimeDelta::minutes(10);
/// How long one process may take to fetch a token before another one may try. Longer than any call for a token.
const LEASE: TimeDelta = TimeDelta::minutes(2);
/// When to look again while another process fetches.
const LOOK_AGAIN: Duration = Duration::from_secs(2);
/// The wait after the first failure; doubled with each one that follows.
const FIRST_WAIT: TimeDelta = TimeDelta::minutes(1);
/// The longest wait when the service did not answer.
const LONGEST_SILENCE: TimeDelta = TimeDelta::minutes(10);
/// The longest wait when the service refused: asking again with the same account is of little use and uses calls up.
const LONGEST_REFUSAL: TimeDelta = TimeDelta::hours(12);
/// How often a note is read again because others wrote it.
const MOST_TRIES: usize = 8;
const PREFIX: &str = "token/";

/// A token as it is put into a request. `Debug` shows nothing.
#[derive(Clone)]
pub struct Token(Arc<Secret>);

impl Token {
    fn new(text: &Zeroizing<String>) -> Self {
        Self(Arc::new(Secret::new(text.as_str())))
    }

    /// The text, for the call that needs it.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose()
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(redacted)")
    }
}

/// What a service gave.
#[derive(Debug)]
pub struct FreshToken {
    /// The token.
    pub token: Secret,
    /// What it can be renewed with, where the service gives that.
    pub refresh: Option<Secret>,
    /// How long it lives; `None` when the service named no end.
    pub lives: Option<Duration>,
}

/// Asks a service for a token.
#[async_trait]
pub trait TokenSource: Send + Sync {
    /// One call, with the refresh token of the last answer where there is one. It is not given again after a
    /// call with it was refused ([`ErrorKind::AuthExpired`]).
    ///
    /// # Errors
    /// Whatever the service says. [`ErrorKind::NoAnswer`] without an effect means that the call never left, and it
    /// is not counted.
    async fn fetch(&self, refresh: Option<&Secret>) -> Result<FreshToken, ProviderError>;
}

/// Where tokens are kept: the store of the desk, in notes sealed by the desk's cipher.
#[derive(Clone)]
pub struct TokenPlace {
    /// The store; processes that share an account share it.
    pub store: Arc<dyn Store>,
    /// Seals the notes. A token opens the account: never [`Unsealed`](invoice_core::env::Unsealed) outside tests.
    pub cipher: Arc<dyn Cipher>,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Names the units of work.
    pub ids: Arc<dyn IdGenerator>,
    /// Whose notes they are.
    pub tenant: TenantId,
}

/// Keeps the token of one account for every process that uses it.
///
/// The note is a row of the store, and only who can write over the version he read may ask the service: so one
/// process renews, the others wait for what it gets, and a process that dies on the way is replaced after two
/// minutes. A call is counted before it is made, so a crash cannot hide it from the budget. A token that is still
/// good is used as long as it is, also when it cannot be renewed.
pub struct TokenKeeper {
    place: TokenPlace,
    key: Key,
    budget: Option<TokenBudget>,
    /// What this process read last; locked while it renews, so that its tasks wait for one renewal.
    held: Mutex<Option<Held>>,
}

struct Held {
    token: Token,
    expires_at: Option<DateTime<Utc>>,
}

impl Held {
    fn good_for(&self, now: DateTime<Utc>, left: TimeDelta) -> bool {
        self.expires_at.is_none_or(|end| end - left > now)
    }
}

impl TokenKeeper {
    /// Keeps the token of an account; adapters of the same account in other processes give the same `account`.
    ///
    /// # Errors
    /// `ID-01` when the account's name has more than 58 characters.
    pub fn new(place: TokenPlace, account: &ProviderId) -> Result<Self, Refusal> {
        let name = format!("{PREFIX}{account}");
        if name.len() > MAX_CHARS {
            return Err(Refusal::new(RefusalCode::IdMalformed).with("what", "ProviderId"));
        }
        let key = Key::new(&place.tenant, Kind::Note, name);
        Ok(Self { place, key, budget: None, held: Mutex::new(None) })
    }

    /// Counts calls against a budget.
    #[must_use]
    pub const fn with_budget(mut self, budget: TokenBudget) -> Self {
        self.budget = Some(budget);
        self
    }

    /// The token, fetched only when none is there or its end is near.
    ///
    /// # Errors
    /// When there is none and none can be had now: nothing was sent. [`ErrorKind::Busy`] while another process
    /// fetches, [`ErrorKind::RateLimited`] when the budget is used up, and whatever the service said.
    pub async fn token(&self, source: &dyn TokenSource) -> Result<Token, ProviderError> {
        let mut held = self.held.lock().await;
        match held.as_ref().filter(|held| held.good_for(self.now(), RENEW_BEFORE)) {
            Some(good) => Ok(good.token.clone()),
            None => self.obtain(source, None, &mut held).await,
        }
    }

    /// Another token than this one, which the service no longer takes.
    ///
    /// # Errors
    /// As [`TokenKeeper::token`].
    pub async fn renew(&self, source: &dyn TokenSource, refused: &Token) -> Result<Token, ProviderError> {
        let mut held = self.held.lock().await;
        let other = held.as_ref().filter(|held| !held.token.0.is(refused.expose()));
        match other.filter(|held| held.good_for(self.now(), RENEW_BEFORE)) {
            Some(good) => Ok(good.token.clone()),
            None => self.obtain(source, Some(refused), &mut held).await,
        }
    }

    /// Ends the wait after failures: for an operator who has corrected the account.
    ///
    /// # Errors
    /// When the store does not take it.
    pub async fn ask_again(&self) -> Result<(), ProviderError> {
        for _ in 0..MOST_TRIES {
            let (version, mut note) = self.place.read(&self.key).await?;
            (note.failures, note.wait_until) = (0, None);
            if self.place.write(&self.key, version, &note).await? {
                return Ok(());
            }
        }
        Err(contended())
    }

    fn now(&self) -> DateTime<Utc> {
        self.place.clock.now()
    }

    async fn obtain(
        &self,
        source: &dyn TokenSource,
        refused: Option<&Token>,
        held: &mut Option<Held>,
    ) -> Result<Token, ProviderError> {
        for _ in 0..MOST_TRIES {
            let (version, note) = self.place.read(&self.key).await?;
            let now = self.now();
            let taken = |text: &&Zeroizing<String>| refused.is_none_or(|refused| !refused.0.is(text));
            let usable = note.good_for(now, TimeDelta::zero()).filter(taken);
            let good = note.good_for(now, RENEW_BEFORE).filter(taken);
            if let Some(text) = good {
                return Ok(keep(held, text, note.expires_at));
            }
            let fetched = match self.may_ask(&note, now) {
                Ok(()) => self.ask(source, version, &note, now).await,
                Err(error) => Err(error),
            };
            return match (fetched, usable) {
                (Ok(Some(fresh)), _) => match &fresh.token {
                    Some(text) => Ok(keep(held, text, fresh.expires_at)),
                    None => Err(contended()),
                },
                // Somebody else wrote the note: look again.
                (Ok(None), _) => continue,
                (Err(_), Some(text)) => Ok(keep(held, text, note.expires_at)),
                (Err(error), None) => Err(error),
            };
        }
        Err(contended())
    }

    /// Whether the service may be asked now.
    fn may_ask(&self, note: &Note, now: DateTime<Utc>) -> Result<(), ProviderError> {
        if note.lease.as_ref().is_some_and(|lease| lease.until > now) {
            return Err(contended());
        }
        if let Some(until) = note.wait_until.filter(|until| *until > now) {
            let wait = (until - now).to_std().unwrap_or_default();
            return Err(unavailable(ErrorKind::AuthExpired, "TOKEN-WAIT").with_retry_after(wait));
        }
        if let Some(wait) = self.budget.and_then(|budget| budget.wait(&note.calls, now)) {
            let wait = wait.to_std().unwrap_or_default();
            return Err(unavailable(ErrorKind::RateLimited, "TOKEN-BUDGET").with_retry_after(wait));
        }
        Ok(())
    }

    /// Takes the lease, asks, and writes down what came of it; `None` when somebody else wrote the note.
    async fn ask(
        &self,
        source: &dyn TokenSource,
        version: Version,
        note: &Note,
        now: DateTime<Utc>,
    ) -> Result<Option<Note>, ProviderError> {
        let mut asking = note.clone();
        asking.lease = Some(Asking { by: self.place.ids.next_id(), until: now + LEASE });
        if let Some(budget) = self.budget {
            budget.prune(&mut asking.calls, now);
            asking.calls.push(now);
        }
        if !self.place.write(&self.key, version, &asking).await? {
            return Ok(None);
        }
        let refresh = asking.refresh.as_ref().map(|text| Secret::new(text.as_str()));
        let fetched = source.fetch(refresh.as_ref()).await;
        let mut after = asking;
        after.lease = None;
        match fetched {
            Ok(fresh) => {
                after.token = Some(Zeroizing::new(fresh.token.expose().to_owned()));
                after.refresh = fresh.refresh.map(|secret| Zeroizing::new(secret.expose().to_owned()));
                // Counted from before the call, so that it is never thought to live longer than it does.
                after.expires_at =
                    fresh.lives.map(|lives| now + TimeDelta::from_std(lives).unwrap_or(TimeDelta::days(365)));
                (after.failures, after.wait_until) = (0, None);
                // A note that cannot be written costs the others one call; the token is good all the same.
                let _ = self.place.write(&self.key, version.next(), &after).await;
                Ok(Some(after))
            }
            Err(error) => {
                self.note_failure(&mut after, &error);
                self.place.write(&self.key, version.next(), &after).await?;
                Err(without_effect(error))
            }
        }
    }

    fn note_failure(&self, note: &mut Note, error: &ProviderError) {
        let silent = matches!(error.kind(), ErrorKind::NoAnswer | ErrorKind::Busy);
        if silent && error.effect() == Effect::NotApplied {
            note.calls.pop();
        }
        if error.kind() == ErrorKind::AuthExpired {
            note.refresh = None;
        }
        let longest = if silent { LONGEST_SILENCE } else { LONGEST_REFUSAL };
        let doubled = FIRST_WAIT * 2_i32.saturating_pow(note.failures.min(16));
        let said = error.retry_after().and_then(|wait| TimeDelta::from_std(wait).ok()).unwrap_or_default();
        note.wait_until = Some(self.now() + doubled.min(longest).max(said));
        note.failures = note.failures.saturating_add(1);
    }
}

fn keep(held: &mut Option<Held>, text: &Zeroizing<String>, expires_at: Option<DateTime<Utc>>) -> Token {
    let token = Token::new(text);
    *held = Some(Held { token: token.clone(), expires_at });
    token
}

fn contended() -> ProviderError {
    unavailable(ErrorKind::Busy, "TOKEN-RENEWAL").with_retry_after(LOOK_AGAIN)
}

/// A call for a token issues nothing, whatever became of it.
fn without_effect(error: ProviderError) -> ProviderError {
    let plain = unavailable(error.kind(), error.code().unwrap_or("TOKEN"));
    let plain = match error.retry_after() {
        Some(wait) => plain.with_retry_after(wait),
        None => plain,
    };
    plain.because(error)
}

impl fmt::Debug for TokenKeeper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TokenKeeper({})", self.key.id())
    }
}
