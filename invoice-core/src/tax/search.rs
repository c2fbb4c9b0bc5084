use chrono::NaiveDate;

use super::{TaxTable, TaxTableEntry};

/// The initials of Chinese names as people type them: 信息技术服务 is `xxjsfw`.
///
/// Behind a trait because a table of readings is large; `invoice-providers` has one behind `pinyin`.
pub trait Initials: Send + Sync {
    /// Every reading of `name` as lower-case initials; characters without a reading stand for themselves. A name with
    /// characters that are read in several ways (行, 重) has several. Empty where nothing can be said.
    fn of(&self, name: &str) -> Vec<String>;
}

/// Nobody types initials.
impl Initials for () {
    fn of(&self, _name: &str) -> Vec<String> {
        Vec::new()
    }
}

/// Finds codes of a table by the first digits of the code, a part of the name or short name, or initials. Built once for
/// a table: about a hundred bytes per code.
///
/// ```
/// use invoice_core::tax::{TaxSearch, TaxTable};
/// let table = TaxTable::builtin();
/// let search = TaxSearch::new(&table, &());
/// let day = "2026-05-01".parse().unwrap();
/// let found = search.find("10602", day, 5);
/// assert!(found.iter().all(|entry| entry.code().to_string().starts_with("10602")) && !found.is_empty());
/// ```
#[derive(Debug, Clone)]
pub struct TaxSearch<'a> {
    found_by: Vec<(&'a TaxTableEntry, String, Vec<String>)>,
}

/// How well an entry fits; less is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Whole,
    Begins,
    Within,
    Initials,
    InitialsWithin,
}

impl<'a> TaxSearch<'a> {
    /// A search over a table; summary codes, which may not be sold, are left out.
    pub fn new(table: &'a TaxTable, initials: &dyn Initials) -> Self {
        let usable = table.entries().filter(|entry| !entry.is_summary());
        let found_by = usable.map(|entry| {
            let mut read = initials.of(entry.name());
            read.extend(initials.of(entry.short_name()));
            (entry, entry.code().to_string(), read)
        });
        Self { found_by: found_by.collect() }
    }

    /// The entries that fit `text` and are in force on `day` (in China), best first and then by code, at most `limit`.
    /// Case and blanks around do not matter; nothing is found by nothing.
    #[must_use]
    pub fn find(&self, text: &str, day: NaiveDate, limit: usize) -> Vec<&'a TaxTableEntry> {
        let text = text.trim().to_lowercase();
        if text.is_empty() {
            return Vec::new();
        }
        let mut found: Vec<(Rank, &'a TaxTableEntry)> = self
            .found_by
            .iter()
            .filter(|(entry, ..)| entry.holds_on(day))
            .filter_map(|(entry, code, read)| Some((rank(entry, code, read, &text)?, *entry)))
            .collect();
        found.sort_by_key(|(rank, entry)| (*rank, entry.code()));
        found.into_iter().take(limit).map(|(_, entry)| entry).collect()
    }
}

fn rank(entry: &TaxTableEntry, code: &str, read: &[String], text: &str) -> Option<Rank> {
    let names = [entry.name().to_lowercase(), entry.short_name().to_lowercase()];
    let any = |fits: fn(&str, &str) -> bool| names.iter().any(|name| fits(name, text));
    if code == text || any(|name, text| name == text) {
        Some(Rank::Whole)
    } else if code.starts_with(text) || any(|name, text| name.starts_with(text)) {
        Some(Rank::Begins)
    } else if any(|name, text| name.contains(text)) {
        Some(Rank::Within)
    } else if read.iter().any(|read| read.starts_with(text)) {
        Some(Rank::Initials)
    } else if read.iter().any(|read| read.contains(text)) {
        Some(Rank::InitialsWithin)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tax::{TaxCode, TaxRate, Treatment};

    /// Readings of the few characters of this test.
    struct Few;

    impl Initials for Few {
        fn of(&self, name: &str) -> Vec<String> {
            let one = |c: char| match c {
                '信' | '息' => 'x',
                '技' => 'j',
                '术' => 's',
                '重' => 'z',
                other => other,
            };
            vec![name.chars().map(one).collect()]
        }
    }

    fn table() -> TaxTable {
        let mut table = TaxTable::default();
        let rate = vec![TaxRate::percent(6).unwrap()];
        for (code, name, short) in [
            ("3040200000000000000", "信息技术服务", "信息技术"),
            ("3040201000000000000", "信息", "信息技术服务"),
            ("3040202000000000000", "电路信息技术", "电路"),
        ] {
            let code: TaxCode = code.parse().unwrap();
            table.insert(TaxTableEntry::new(code, name, short, rate.clone(), vec![Treatment::Standard]));
        }
        let code: TaxCode = "3040000000000000000".parse().unwrap();
        table.insert(
            TaxTableEntry::new(code, "信息技术", "信息", rate.clone(), vec![Treatment::Standard]).summary(),
        );
        let code: TaxCode = "3040203000000000000".parse().unwrap();
        let over = TaxTableEntry::new(code, "信息技术旧", "旧", rate, vec![Treatment::Standard]);
        table.insert(over.between(None, "2026-01-31".parse().ok()));
        table
    }

    #[test]
    fn codes_names_and_initials_find_what_is_in_force_and_no_summary() {
        let table = table();
        let search = TaxSearch::new(&table, &Few);
        let found = |text: &str, day: &str| -> Vec<String> {
            let entries = search.find(text, day.parse().unwrap(), 10);
            entries.iter().map(|entry| entry.code().to_string()[..7].to_owned()).collect()
        };
        let may = "2026-05-01";
        assert_eq!(found("304", may), ["3040200", "3040201", "3040202"]);
        assert_eq!(found("3040200000000000000", may), ["3040200"]);
        assert_eq!(found("信息技术", may), ["3040200", "3040201", "3040202"], "whole, begins, within");
        assert_eq!(found(" XXJS ", may), ["3040200", "3040201", "3040202"]);
        assert_eq!(found("电路", may), ["3040202"]);
        assert_eq!(found("旧", may), Vec::<String>::new());
        assert_eq!(found("旧", "2026-01-31"), ["3040203"]);
        assert_eq!(found("", may), Vec::<String>::new());
        assert_eq!(search.find("304", may.parse().unwrap(), 2).len(), 2);
    }
}
