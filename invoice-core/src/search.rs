//! What a title can be found by although it is sealed: which texts are turned into blind tokens, in which form.
//!
//! Tax ID, phone and e-mail are found whole; a name by any two or more characters that follow each other, because
//! every pair of neighbours (bigram) has a token of its own. So Chinese names, which have no words to cut at, are
//! found by any part.
//!
//! # What tokens give away
//!
//! Whoever reads the store sees that two rows share a token, and how often each token occurs. Names share endings
//! such as 有限公司, so their frequent pairs can be guessed by counting, and with them parts of names. Tokens of one
//! tenant say nothing about another: each has its own key. A host that finds this too much turns the fragments off
//! ([`TitleSearch::Exact`]) or all of it ([`TitleSearch::Off`]).

use std::collections::BTreeSet;
use std::fmt;

use crate::error::{Refusal, RefusalCode};
use crate::title::Title;

/// By what the desk lets titles be found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TitleSearch {
    /// Not at all: no tokens are stored.
    Off,
    /// By tax ID, phone and e-mail, whole.
    Exact,
    /// Also by fragments of the name: one tag per pair of neighbouring characters.
    #[default]
    Fragments,
}

/// A field that blind tokens are made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Field {
    /// Two neighbouring characters of the name.
    Name,
    /// The tax ID, whole.
    TaxId,
    /// The phone, whole.
    Phone,
    /// The e-mail address, whole.
    Email,
    /// Two neighbouring characters of what an invoice was for: its rows, its remark, notes about it.
    Goods,
    /// A tag, whole.
    Tag,
    /// The name of a folder, whole.
    Folder,
}

impl Field {
    /// The name of its tags and of its tokens; stable.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::TaxId => "tax_id",
            Self::Phone => "phone",
            Self::Email => "email",
            Self::Goods => "goods",
            Self::Tag => "tag",
            Self::Folder => "folder",
        }
    }
}

/// A field and the text, in the form that is compared, whose token is stored or looked up.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Term {
    field: Field,
    text: String,
}

impl Term {
    /// A whole field.
    #[must_use]
    pub fn exact(field: Field, text: &str) -> Self {
        Self { field, text: fold(text) }
    }

    /// The field.
    #[must_use]
    pub const fn field(&self) -> Field {
        self.field
    }

    /// The text to make a token of.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }
}

impl fmt::Debug for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Term({}, redacted)", self.field.as_str())
    }
}

/// The form in which texts are compared: letters and digits only, full width as half width, small letters.
///
/// ```
/// use invoice_core::search::fold;
/// assert_eq!(fold("ＡＢＣ（上海） 贸易 有限公司"), "abc上海贸易有限公司");
/// assert_eq!(fold("0755-2878 0808"), "075528780808");
/// ```
#[must_use]
pub fn fold(text: &str) -> String {
    let narrow = |c: char| match c {
        '\u{FF01}'..='\u{FF5E}' => u32::from(c).checked_sub(0xFEE0).and_then(char::from_u32).unwrap_or(c),
        c => c,
    };
    text.chars().map(narrow).filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Every pair of neighbouring characters of a name, in the form that is compared.
#[must_use]
pub fn fragments(name: &str) -> BTreeSet<Term> {
    fragments_of(Field::Name, name)
}

/// Every pair of neighbouring characters of a field's text, in the form that is compared.
#[must_use]
pub fn fragments_of(field: Field, text: &str) -> BTreeSet<Term> {
    let folded: Vec<char> = fold(text).chars().collect();
    folded.windows(2).map(|pair| Term { field, text: pair.iter().collect() }).collect()
}

/// Everything a title is to be found by.
#[must_use]
pub fn terms(title: &Title, search: TitleSearch) -> BTreeSet<Term> {
    if search == TitleSearch::Off {
        return BTreeSet::new();
    }
    let whole = [(Field::TaxId, title.tax_id()), (Field::Phone, title.phone())];
    let whole = whole.into_iter().filter_map(|(field, text)| Some(Term::exact(field, text?)));
    let mut terms: BTreeSet<Term> = whole.filter(|term| !term.text.is_empty()).collect();
    if search == TitleSearch::Fragments {
        terms.extend(fragments(title.name()));
    }
    terms
}

/// What is looked for. Personal data; `Debug` shows none of it.
#[derive(Clone, PartialEq, Eq)]
pub struct TitleQuery {
    field: Field,
    text: String,
}

impl TitleQuery {
    /// Titles whose name contains this, whatever the width, case, spaces and punctuation.
    ///
    /// # Errors
    /// `FIND-01` unless it has at least two letters or digits.
    pub fn name(part: &str) -> Result<Self, Refusal> {
        let text = fold(part);
        if text.chars().nth(1).is_none() {
            return Err(Refusal::new(RefusalCode::SearchTooShort));
        }
        Ok(Self { field: Field::Name, text })
    }

    /// Titles of this tax ID.
    ///
    /// # Errors
    /// `FIND-01` unless it has at least two letters or digits.
    pub fn tax_id(whole: &str) -> Result<Self, Refusal> {
        Self::name(whole).map(|query| Self { field: Field::TaxId, ..query })
    }

    /// Titles with this phone.
    ///
    /// # Errors
    /// `FIND-01` unless it has at least two letters or digits.
    pub fn phone(whole: &str) -> Result<Self, Refusal> {
        Self::name(whole).map(|query| Self { field: Field::Phone, ..query })
    }

    /// What must all be among the [`terms`] of a title that is found.
    #[must_use]
    pub fn terms(&self) -> BTreeSet<Term> {
        match self.field {
            Field::Name => fragments(&self.text),
            field => BTreeSet::from([Term { field, text: self.text.clone() }]),
        }
    }

    /// Whether a title is what is looked for. Terms only say that it may be.
    #[must_use]
    pub fn matches(&self, title: &Title) -> bool {
        let is = |text: Option<&str>| text.is_some_and(|text| fold(text) == self.text);
        match self.field {
            Field::Name => fold(title.name()).contains(&self.text),
            Field::TaxId => is(title.tax_id()),
            Field::Phone => is(title.phone()),
            _ => false,
        }
    }
}

impl fmt::Debug for TitleQuery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TitleQuery({}, redacted)", self.field.as_str())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{ProptestConfig, any, prop_assert, proptest};

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(300))]

        #[test]
        fn every_part_of_a_name_leads_to_it(
            name in "[\u{4e00}-\u{4e20}ａ-ｃA-C0-3（） ]{2,24}", start in any::<usize>(), length in 2_usize..9
        ) {
            let title = Title::person(name.clone());
            let letters: Vec<char> = name.chars().collect();
            let start = start % letters.len();
            let part: String = letters[start..].iter().take(length).collect();
            if let Ok(query) = TitleQuery::name(&part) {
                prop_assert!(query.matches(&title));
                prop_assert!(query.terms().is_subset(&terms(&title, TitleSearch::Fragments)));
            }
        }
    }

    #[test]
    fn fields_are_told_apart_and_folded() {
        let title = Title::company("上海（浦东）ＡＢ贸易", "91310000MA1FL4B24X")
            .with_address("某路 1 号", "021-5888 0000");
        let found = |query: Result<TitleQuery, Refusal>| query.unwrap().matches(&title);
        assert!(found(TitleQuery::name("浦东ab")) && found(TitleQuery::name("海(浦")));
        assert!(found(TitleQuery::tax_id("91310000ma1fl4b24x")) && found(TitleQuery::phone("02158880000")));
        assert!(!found(TitleQuery::name("浦贸")) && !found(TitleQuery::tax_id("91310000")));
        assert!(!found(TitleQuery::phone("91310000MA1FL4B24X")));
        assert_eq!(terms(&title, TitleSearch::Exact).len(), 2);
        assert!(terms(&title, TitleSearch::Off).is_empty());
        for short in ["", "李", "（） 李"] {
            assert_eq!(TitleQuery::name(short).unwrap_err().code(), RefusalCode::SearchTooShort);
        }
    }

    #[test]
    fn what_is_looked_for_is_not_shown() {
        let query = TitleQuery::name("诸葛孔明").unwrap();
        assert_eq!(format!("{query:?}"), "TitleQuery(name, redacted)");
        assert!(query.terms().iter().all(|term| format!("{term:?}") == "Term(name, redacted)"));
    }
}
