//! Sessions (会话): who sits at the browser. In memory: a restart asks everybody to log in again.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use invoice_core::env::Clock;
use invoice_core::error::Language;
use subtle::ConstantTimeEq;

use crate::people::Person;

/// A session that nobody uses ends after this long.
pub const IDLE: TimeDelta = TimeDelta::minutes(30);
/// No session is older than this.
pub const WHOLE: TimeDelta = TimeDelta::hours(8);
/// Most sessions at a time; above this the one that was used longest ago ends, of those who have not logged in first.
pub const MOST: usize = 5_000;

/// Why there is no session: the machine gives no randomness.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoRandomness;

/// One browser's session. `Debug` shows neither its id nor its token.
#[derive(Clone)]
pub struct Session {
    id: Arc<str>,
    csrf: Arc<str>,
    /// Who has logged in.
    pub person: Option<&'static Person>,
    /// The language of the pages.
    pub language: Language,
    born: DateTime<Utc>,
    seen: DateTime<Utc>,
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session")
            .field("person", &self.person.map(|person| person.id))
            .finish_non_exhaustive()
    }
}

impl Session {
    /// The id, for the cookie and nothing else.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The token that every form of this session carries.
    #[must_use]
    pub fn csrf(&self) -> &str {
        &self.csrf
    }

    /// Whether a form was made for this session; takes as long whatever differs.
    #[must_use]
    pub fn made(&self, token: &str) -> bool {
        self.csrf.as_bytes().ct_eq(token.as_bytes()).into()
    }

    fn ended(&self, now: DateTime<Utc>) -> bool {
        now - self.seen > IDLE || now - self.born > WHOLE
    }
}

/// All sessions of this process.
pub struct Sessions {
    all: Mutex<HashMap<Arc<str>, Session>>,
    clock: Arc<dyn Clock>,
}

impl Sessions {
    /// None yet.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { all: Mutex::default(), clock }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Arc<str>, Session>> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The session of this id, unless it has ended. Where somebody has asked it is used now; a page that loads itself
    /// again only `looks`, and keeps no session from ending.
    #[must_use]
    pub fn find(&self, id: &str, looks: bool) -> Option<Session> {
        let (now, mut all) = (self.clock.now(), self.lock());
        if all.get(id)?.ended(now) {
            all.remove(id);
            return None;
        }
        let session = all.get_mut(id)?;
        if !looks {
            session.seen = now;
        }
        Some(session.clone())
    }

    /// A new session, of nobody as long as nobody logs in.
    ///
    /// # Errors
    /// When the machine gives no randomness.
    pub fn begin(
        &self,
        person: Option<&'static Person>,
        language: Language,
    ) -> Result<Session, NoRandomness> {
        let now = self.clock.now();
        let session =
            Session { id: secret()?.into(), csrf: secret()?.into(), person, language, born: now, seen: now };
        let mut all = self.lock();
        if all.len() >= MOST {
            all.retain(|_, session| !session.ended(now));
        }
        if all.len() >= MOST {
            let oldest = all.values().min_by_key(|session| (session.person.is_some(), session.seen));
            let oldest = oldest.map(|session| Arc::clone(&session.id));
            oldest.and_then(|id| all.remove(&id));
        }
        all.insert(Arc::clone(&session.id), session.clone());
        Ok(session)
    }

    /// Somebody logs in, or out again: a new session under a new id, so that an id somebody else may know is worth
    /// nothing.
    ///
    /// # Errors
    /// When the machine gives no randomness.
    pub fn change(&self, former: &Session, person: Option<&'static Person>) -> Result<Session, NoRandomness> {
        self.lock().remove(&former.id);
        self.begin(person, former.language)
    }

    /// Sets the language of a session.
    pub fn speak(&self, session: &Session, language: Language) {
        if let Some(session) = self.lock().get_mut(&session.id) {
            session.language = language;
        }
    }
}

/// 256 random bits in hexadecimal.
fn secret() -> Result<String, NoRandomness> {
    let mut bytes = [0_u8; 32];
    getrandom::fill(&mut bytes).map_err(|_| NoRandomness)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

#[cfg(test)]
mod tests {
    use invoice_examples::clock::VirtualClock;

    use super::*;
    use crate::people::PEOPLE;

    fn sessions() -> (Arc<VirtualClock>, Sessions) {
        let clock = Arc::new(VirtualClock::new("2026-05-01T04:00:00Z".parse().unwrap()));
        (Arc::clone(&clock), Sessions::new(clock))
    }

    #[test]
    fn a_session_ends_when_it_is_left_alone_and_when_it_is_old() {
        let (clock, sessions) = sessions();
        let session = sessions.begin(Some(&PEOPLE[0]), Language::En).unwrap();
        clock.advance_to(clock.now() + IDLE);
        assert_eq!(sessions.find(session.id(), false).unwrap().person, Some(&PEOPLE[0]));
        clock.advance_to(clock.now() + IDLE + TimeDelta::seconds(1));
        assert!(sessions.find(session.id(), false).is_none(), "left alone");
        let session = sessions.begin(Some(&PEOPLE[0]), Language::En).unwrap();
        for _ in 0..15 {
            clock.advance_to(clock.now() + IDLE);
            assert!(sessions.find(session.id(), false).is_some());
        }
        clock.advance_to(clock.now() + IDLE);
        assert!(sessions.find(session.id(), false).is_some(), "exactly eight hours old");
        clock.advance_to(clock.now() + TimeDelta::seconds(1));
        assert!(sessions.find(session.id(), false).is_none(), "old");
    }

    #[test]
    fn a_page_that_loads_itself_again_keeps_no_session_from_ending() {
        let (clock, sessions) = sessions();
        let session = sessions.begin(Some(&PEOPLE[0]), Language::En).unwrap();
        for minute in 1..=30 {
            clock.advance_to(clock.now() + TimeDelta::minutes(1));
            assert!(sessions.find(session.id(), true).is_some(), "{minute}");
        }
        clock.advance_to(clock.now() + TimeDelta::seconds(1));
        assert!(sessions.find(session.id(), true).is_none(), "nobody has used it for half an hour");
    }

    #[test]
    fn who_logs_in_has_a_new_id_and_a_new_token_and_the_old_ones_are_worth_nothing() {
        let (_, sessions) = sessions();
        let nobody = sessions.begin(None, Language::ZhTw).unwrap();
        let somebody = sessions.change(&nobody, Some(&PEOPLE[1])).unwrap();
        assert!(sessions.find(nobody.id(), false).is_none());
        assert_eq!(somebody.language, Language::ZhTw);
        assert!(somebody.made(somebody.csrf()) && !somebody.made(nobody.csrf()));
        assert!(!somebody.made("") && !somebody.made(&somebody.csrf()[..63]));
        assert_eq!((somebody.id().len(), somebody.csrf().len()), (64, 64));
        assert!(!format!("{somebody:?}").contains(somebody.id()));
    }

    #[test]
    fn a_flood_of_visitors_ends_no_session_of_somebody() {
        let (_, sessions) = sessions();
        let somebody = sessions.begin(Some(&PEOPLE[2]), Language::En).unwrap();
        for _ in 0..MOST + 10 {
            sessions.begin(None, Language::En).unwrap();
        }
        assert!(sessions.find(somebody.id(), false).is_some());
        assert_eq!(sessions.lock().len(), MOST);
    }
}
