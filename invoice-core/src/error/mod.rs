//! Refusals: what the library will not do, why, and what to do instead.

mod refusal;

use std::fmt;

pub use invoice_validate::Language;
pub use refusal::{ALL_REFUSALS, RefusalCode};

/// A typed "no": a stable code and the facts of the case. Never contains personal data.
///
/// `Display` is the English sentence; [`Refusal::message`] gives the others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    code: RefusalCode,
    facts: Vec<(&'static str, String)>,
}

impl Refusal {
    /// A refusal without facts.
    #[must_use]
    pub const fn new(code: RefusalCode) -> Self {
        Self { code, facts: Vec::new() }
    }

    /// Adds a fact that the sentence names as `{name}`. Ids, codes, amounts and dates only.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl fmt::Display) -> Self {
        self.facts.push((name, value.to_string()));
        self
    }

    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> RefusalCode {
        self.code
    }

    /// The facts of the case, by name.
    pub fn facts(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.facts.iter().map(|(name, value)| (*name, value.as_str()))
    }

    /// The sentence in one language, without the code.
    #[must_use]
    pub fn message(&self, language: Language) -> String {
        let mut text = self.code.template(language).to_owned();
        for (name, value) in &self.facts {
            text = text.replace(&format!("{{{name}}}"), value);
        }
        text
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code.as_str(), self.message(Language::En))
    }
}

impl std::error::Error for Refusal {}
