//! Title book (抬头簿): the titles a buyer keeps.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::Title;
use crate::id::{BuyerId, TitleId};

/// Most titles a book keeps.
pub const MAX_TITLES: usize = 100;

/// A title in a book. `Debug` shows nothing of the title itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TitleEntry {
    id: TitleId,
    title: Title,
    used_at: Option<DateTime<Utc>>,
}

impl TitleEntry {
    /// The entry's id; it stays the same when the title is changed.
    #[must_use]
    pub const fn id(&self) -> &TitleId {
        &self.id
    }

    /// The title.
    #[must_use]
    pub const fn title(&self) -> &Title {
        &self.title
    }

    /// When it was last picked.
    #[must_use]
    pub const fn used_at(&self) -> Option<DateTime<Utc>> {
        self.used_at
    }
}

/// What can happen to a book.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TitleBookChange {
    /// A title was put in, or replaced the one of this id.
    Kept {
        /// The entry.
        id: TitleId,
        /// The title.
        title: Title,
    },
    /// A title was taken out.
    Dropped {
        /// The entry.
        id: TitleId,
    },
    /// A title became the default.
    Preferred {
        /// The entry.
        id: TitleId,
    },
    /// A title was picked.
    Picked {
        /// The entry.
        id: TitleId,
        /// When.
        at: DateTime<Utc>,
    },
}

/// The titles of one buyer, each once. The first one kept is the default until another is preferred.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TitleBook {
    buyer: BuyerId,
    entries: Vec<TitleEntry>,
    preferred: Option<TitleId>,
    given: u32,
}

impl TitleBook {
    /// Folds a change in.
    #[must_use]
    pub fn evolve(current: Option<Self>, buyer: &BuyerId, change: &TitleBookChange) -> Self {
        let mut book = current.unwrap_or_else(|| Self::empty(buyer));
        match change {
            TitleBookChange::Kept { id, title } => book.put(id, title),
            TitleBookChange::Dropped { id } => {
                book.entries.retain(|entry| &entry.id != id);
                if book.preferred.as_ref() == Some(id) {
                    book.preferred = book.entries.first().map(|entry| entry.id.clone());
                }
            }
            TitleBookChange::Preferred { id } => book.preferred = Some(id.clone()),
            TitleBookChange::Picked { id, at } => {
                if let Some(entry) = book.entries.iter_mut().find(|entry| &entry.id == id) {
                    entry.used_at = Some(*at);
                }
            }
        }
        book
    }

    /// A book without titles.
    #[must_use]
    pub fn empty(buyer: &BuyerId) -> Self {
        Self { buyer: buyer.clone(), entries: Vec::new(), preferred: None, given: 0 }
    }

    fn put(&mut self, id: &TitleId, title: &Title) {
        if let Some(entry) = self.entries.iter_mut().find(|entry| &entry.id == id) {
            entry.title = title.clone();
            return;
        }
        self.given += 1;
        self.entries.push(TitleEntry { id: id.clone(), title: title.clone(), used_at: None });
        self.preferred.get_or_insert_with(|| id.clone());
    }

    /// Whose book it is.
    #[must_use]
    pub const fn buyer(&self) -> &BuyerId {
        &self.buyer
    }

    /// The titles in the order they were first kept.
    #[must_use]
    pub fn entries(&self) -> &[TitleEntry] {
        &self.entries
    }

    /// An entry.
    #[must_use]
    pub fn get(&self, id: &TitleId) -> Option<&TitleEntry> {
        self.entries.iter().find(|entry| &entry.id == id)
    }

    /// The default title.
    #[must_use]
    pub fn preferred(&self) -> Option<&TitleEntry> {
        self.preferred.as_ref().and_then(|id| self.get(id))
    }

    /// Most recently picked first; those never picked last, as they were kept.
    #[must_use]
    pub fn recent(&self) -> Vec<&TitleEntry> {
        let mut entries: Vec<&TitleEntry> = self.entries.iter().collect();
        entries.sort_by_key(|entry| std::cmp::Reverse(entry.used_at));
        entries
    }

    /// Titles whose name or tax ID begins with `prefix`, whatever its width, case and spacing; most recently picked
    /// first. An empty prefix finds all.
    #[must_use]
    pub fn search(&self, prefix: &str) -> Vec<&TitleEntry> {
        let prefix = folded(prefix);
        let meets = |entry: &&TitleEntry| {
            folded(entry.title.name()).starts_with(&prefix)
                || entry.title.tax_id().is_some_and(|tax_id| folded(tax_id).starts_with(&prefix))
        };
        self.recent().into_iter().filter(meets).collect()
    }

    /// The entry that is the same title: same sort of buyer, and the same tax ID or, where neither has one, the same
    /// name. Width, case and spacing do not count.
    #[must_use]
    pub fn same_as(&self, title: &Title) -> Option<&TitleEntry> {
        let name = folded(title.name());
        let tax_id = title.tax_id().map(folded);
        self.entries.iter().find(|entry| {
            entry.title.kind() == title.kind()
                && entry.title.tax_id().map(folded) == tax_id
                && (tax_id.is_some() || folded(entry.title.name()) == name)
        })
    }

    /// The id of the next new entry. Ids are counted, so that nothing of a title is in them.
    pub(crate) fn next_id(&self) -> TitleId {
        TitleId::from_trusted(format!("T{}", self.given + 1))
    }
}

/// As two people would write the same: half width, no spaces or invisible characters, capitals, round brackets.
fn folded(text: &str) -> String {
    invoice_validate::tax_id::normalize(text).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn book(titles: &[(&str, Option<&str>)]) -> TitleBook {
        let buyer = BuyerId::from_trusted("b");
        let mut book = TitleBook::empty(&buyer);
        for (name, tax_id) in titles {
            let title = tax_id.map_or_else(|| Title::person(*name), |tax_id| Title::company(*name, tax_id));
            let change = TitleBookChange::Kept { id: book.next_id(), title };
            book = TitleBook::evolve(Some(book), &buyer, &change);
        }
        book
    }

    fn names<'a>(entries: &[&'a TitleEntry]) -> Vec<&'a str> {
        entries.iter().map(|entry| entry.title().name()).collect()
    }

    #[test]
    fn prefixes_find_names_and_tax_ids_however_they_are_written() {
        let book = book(&[
            ("华为技术有限公司", Some("914403001922038216")),
            ("华润（集团）有限公司", Some("911000001000000001")),
            ("Ａｃｍｅ Trading", None),
            ("小明😀", None),
        ]);
        for (prefix, want) in [
            ("华", vec!["华为技术有限公司", "华润（集团）有限公司"]),
            ("华 为", vec!["华为技术有限公司"]),
            ("华润(集", vec!["华润（集团）有限公司"]),
            ("9144 03", vec!["华为技术有限公司"]),
            ("91", vec!["华为技术有限公司", "华润（集团）有限公司"]),
            ("acme t", vec!["Ａｃｍｅ Trading"]),
            ("小明😀", vec!["小明😀"]),
            ("技术", vec![]),
            ("", vec!["华为技术有限公司", "华润（集团）有限公司", "Ａｃｍｅ Trading", "小明😀"]),
        ] {
            assert_eq!(names(&book.search(prefix)), want, "{prefix}");
        }
    }

    #[test]
    fn the_same_title_is_found_again_and_another_is_not() {
        let book = book(&[("华为技术有限公司", Some("914403001922038216")), ("张三", None)]);
        for (title, want) in [
            (Title::company("华为技术有限公司", "9144 0300 1922 0382 16"), Some("T1")),
            (Title::company("华为", "914403001922038216"), Some("T1")),
            (Title::company("华为技术有限公司", "911000001000000001"), None),
            (Title::person("张 三"), Some("T2")),
            (Title::person("张四"), None),
            (Title::person("华为技术有限公司"), None),
        ] {
            assert_eq!(book.same_as(&title).map(|entry| entry.id().as_str()), want, "{}", title.name());
        }
    }

    #[test]
    fn the_default_moves_on_when_it_is_dropped_and_ids_are_never_used_twice() {
        let buyer = BuyerId::from_trusted("b");
        let mut book = book(&[("甲公司", None), ("乙公司", None)]);
        let id = |text: &str| TitleId::from_trusted(text);
        assert_eq!(book.preferred().unwrap().id(), &id("T1"));
        let mut step = |change| {
            book = TitleBook::evolve(Some(book.clone()), &buyer, &change);
            (book.preferred().map(|entry| entry.id().as_str().to_owned()), book.next_id())
        };
        assert_eq!(step(TitleBookChange::Preferred { id: id("T2") }), (Some("T2".into()), id("T3")));
        assert_eq!(step(TitleBookChange::Dropped { id: id("T2") }), (Some("T1".into()), id("T3")));
        assert_eq!(step(TitleBookChange::Dropped { id: id("T1") }), (None, id("T3")));
    }

    #[test]
    fn what_was_picked_last_comes_first() {
        let buyer = BuyerId::from_trusted("b");
        let mut book = book(&[("甲", None), ("乙", None), ("丙", None)]);
        for (id, at) in [("T2", "2026-05-01T00:00:00Z"), ("T3", "2026-05-02T00:00:00Z")] {
            let change = TitleBookChange::Picked { id: TitleId::from_trusted(id), at: at.parse().unwrap() };
            book = TitleBook::evolve(Some(book), &buyer, &change);
        }
        assert_eq!(names(&book.recent()), ["丙", "乙", "甲"]);
    }
}
