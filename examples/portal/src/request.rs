//! What a handler is given: who asks, and what the form holds.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use invoice_core::access::{Actor, Verb};
use invoice_core::error::Language;

use crate::people::Person;
use crate::session::Session;
use crate::trouble::Trouble;
use crate::words::Word;

/// Somebody at the browser, logged in or not.
#[derive(Clone)]
pub(crate) struct Guest {
    pub(crate) session: Session,
    /// The page they are on, to come back to.
    pub(crate) here: String,
}

impl Guest {
    pub(crate) fn language(&self) -> Language {
        self.session.language
    }

    pub(crate) fn say(&self, word: Word) -> &'static str {
        word.wording(self.language())
    }

    /// Whether the core's table lets them: only for what is offered. What is done the desk decides.
    pub(crate) fn may(&self, verb: Verb) -> bool {
        self.session.person.is_some_and(|person| person.role.may(verb))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Guest {
    type Rejection = Trouble;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Trouble> {
        // The door puts it there.
        parts.extensions.get::<Self>().cloned().ok_or(Trouble::Machine)
    }
}

/// Somebody who has logged in.
#[derive(Clone)]
pub(crate) struct Visit {
    pub(crate) guest: Guest,
    pub(crate) person: &'static Person,
    /// Handed to the desk with every verb.
    pub(crate) actor: Actor,
}

impl Visit {
    pub(crate) fn say(&self, word: Word) -> &'static str {
        self.guest.say(word)
    }

    pub(crate) fn language(&self) -> Language {
        self.guest.language()
    }

    pub(crate) fn may(&self, verb: Verb) -> bool {
        self.guest.may(verb)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Visit {
    type Rejection = Trouble;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Trouble> {
        let guest = Guest::from_request_parts(parts, state).await?;
        let person = guest.session.person.ok_or(Trouble::LogIn)?;
        Ok(Self { actor: person.actor()?, guest, person })
    }
}

/// The fields of a form, or of what follows the question mark.
#[derive(Clone, Default)]
pub(crate) struct Fields(Vec<(String, String)>);

impl Fields {
    pub(crate) fn read(encoded: &[u8]) -> Self {
        Self(form_urlencoded::parse(encoded).into_owned().collect())
    }

    pub(crate) fn of<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        Self(pairs.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
    }

    /// Every value of a name.
    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.trim())
    }

    /// The value of a name; nothing where it is empty.
    pub(crate) fn get<'a>(&'a self, name: &'a str) -> Option<&'a str> {
        self.all(name).next().filter(|value| !value.is_empty())
    }

    /// A value that must be there.
    pub(crate) fn need<'a>(&'a self, name: &'a str) -> Result<&'a str, Trouble> {
        self.get(name).ok_or(Trouble::Missing)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Fields {
    type Rejection = Trouble;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Trouble> {
        parts.extensions.get::<Self>().cloned().ok_or(Trouble::Machine)
    }
}

/// A piece of a path, such as an id, as a link writes it.
pub(crate) fn segment(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}
