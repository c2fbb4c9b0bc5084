//! What received invoices are found by, although they are sealed.

use std::collections::BTreeSet;
use std::fmt;

use chrono::{Datelike, NaiveDate};

use super::{ReceivedKind, ReceivedRecord, ReceivedState};
use crate::error::{Refusal, RefusalCode};
use crate::id::{ActorId, SellerId};
use crate::invoice::InvoiceNumber;
use crate::money::Money;
use crate::search::{Field, Term, TitleSearch, fold, fragments_of};

/// Most pairs of characters that are kept of what an invoice was for. A long invoice is found by what it begins with.
const MAX_GOODS: usize = 200;
/// Most months that a range of days is looked for in by month; a longer one is looked for through everything.
const MAX_MONTHS: i32 = 24;

/// Everything a received invoice is to be found by.
#[must_use]
pub fn received_terms(record: &ReceivedRecord, search: TitleSearch) -> BTreeSet<Term> {
    if search == TitleSearch::Off {
        return BTreeSet::new();
    }
    let invoice = record.invoice();
    let ids = [invoice.seller_tax_id(), invoice.buyer_tax_id()];
    let mut terms: BTreeSet<Term> =
        ids.into_iter().flatten().map(|id| Term::exact(Field::TaxId, id)).collect();
    terms.extend(record.tags().map(|tag| Term::exact(Field::Tag, tag)));
    terms.extend(record.folder().map(|folder| Term::exact(Field::Folder, folder)));
    if search == TitleSearch::Fragments {
        let names = [invoice.seller_name(), invoice.buyer_name()];
        terms.extend(names.into_iter().flatten().flat_map(|name| fragments_of(Field::Name, name)));
        let mut goods = BTreeSet::new();
        for text in goods_of(record) {
            goods.extend(fragments_of(Field::Goods, text));
            if goods.len() >= MAX_GOODS {
                break;
            }
        }
        terms.extend(goods.into_iter().take(MAX_GOODS));
    }
    terms.into_iter().filter(|term| !term.text().is_empty()).collect()
}

/// What the invoice was for, in the order in which it is looked at: rows, remark, notes.
fn goods_of(record: &ReceivedRecord) -> impl Iterator<Item = &str> {
    let invoice = record.invoice();
    let rows = invoice.rows().iter().flat_map(|row| [Some(row.name()), row.spec()]).flatten();
    rows.chain(invoice.remark()).chain(record.notes().iter().map(|note| note.text.as_str()))
}

/// What is looked for among received invoices: everything given must hold. Personal data; `Debug` shows none of it.
///
/// ```
/// use invoice_core::received::{ReceivedQuery, ReceivedState};
/// let query = ReceivedQuery::new()
///     .name("示例餐饮")?
///     .between("2026-05-01".parse()?, "2026-05-31".parse()?)
///     .in_state(ReceivedState::Verified);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq, Eq, Default)]
pub struct ReceivedQuery {
    name: Option<String>,
    goods: Option<String>,
    tax_id: Option<String>,
    tag: Option<String>,
    folder: Option<String>,
    number: Option<InvoiceNumber>,
    entity: Option<SellerId>,
    kind: Option<ReceivedKind>,
    days: Option<(NaiveDate, NaiveDate)>,
    gross: Option<(Money, Money)>,
    by: Option<ActorId>,
    states: BTreeSet<ReceivedState>,
}

/// A part of a text as it is compared, long enough to be looked for.
fn part(text: &str) -> Result<Option<String>, Refusal> {
    let text = fold(text);
    let long = text.chars().nth(1).is_some();
    if long { Ok(Some(text)) } else { Err(Refusal::new(RefusalCode::SearchTooShort)) }
}

impl ReceivedQuery {
    /// Everything.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Whose seller's or buyer's name contains this, whatever the width, case, spaces and punctuation.
    ///
    /// # Errors
    /// `FIND-01` unless it has at least two letters or digits.
    pub fn name(mut self, text: &str) -> Result<Self, Refusal> {
        self.name = part(text)?;
        Ok(self)
    }

    /// Whose rows, remark or notes contain this. Long invoices are found by what they begin with.
    ///
    /// # Errors
    /// `FIND-01` unless it has at least two letters or digits.
    pub fn goods(mut self, text: &str) -> Result<Self, Refusal> {
        self.goods = part(text)?;
        Ok(self)
    }

    /// Whose seller or buyer has this tax ID.
    ///
    /// # Errors
    /// `FIND-01` unless it has at least two letters or digits.
    pub fn tax_id(mut self, whole: &str) -> Result<Self, Refusal> {
        self.tax_id = part(whole)?;
        Ok(self)
    }

    /// With this tag.
    #[must_use]
    pub fn tag(mut self, tag: &str) -> Self {
        self.tag = Some(tag.trim().to_owned());
        self
    }

    /// In this folder.
    #[must_use]
    pub fn folder(mut self, folder: &str) -> Self {
        self.folder = Some(folder.trim().to_owned());
        self
    }

    /// With this number, also as the second one of digital paper.
    #[must_use]
    pub fn number(mut self, number: InvoiceNumber) -> Self {
        self.number = Some(number);
        self
    }

    /// Made out to this company of ours.
    #[must_use]
    pub fn entity(mut self, entity: SellerId) -> Self {
        self.entity = Some(entity);
        self
    }

    /// Of this kind.
    #[must_use]
    pub const fn kind(mut self, kind: ReceivedKind) -> Self {
        self.kind = Some(kind);
        self
    }

    /// Issued on these days, the first and the last included.
    #[must_use]
    pub const fn between(mut self, first: NaiveDate, last: NaiveDate) -> Self {
        self.days = Some((first, last));
        self
    }

    /// With a gross total (or a net one, where that is all that is known) from this to that.
    #[must_use]
    pub const fn amount(mut self, least: Money, most: Money) -> Self {
        self.gross = Some((least, most));
        self
    }

    /// Handed in by this person.
    #[must_use]
    pub fn by(mut self, actor: ActorId) -> Self {
        self.by = Some(actor);
        self
    }

    /// In this state, or in one of several when called again.
    #[must_use]
    pub fn in_state(mut self, state: ReceivedState) -> Self {
        self.states.insert(state);
        self
    }

    /// Whether a record is what is looked for. Tokens only say that it may be.
    #[must_use]
    pub fn matches(&self, record: &ReceivedRecord) -> bool {
        let invoice = record.invoice();
        let contains = |text: Option<&str>, part: &str| text.is_some_and(|text| fold(text).contains(part));
        let names = [invoice.seller_name(), invoice.buyer_name()];
        let ids = [invoice.seller_tax_id(), invoice.buyer_tax_id()];
        let amount = invoice.gross().or(invoice.net()).unwrap_or_default();
        self.name.as_ref().is_none_or(|part| names.iter().any(|name| contains(*name, part)))
            && self.goods.as_ref().is_none_or(|part| goods_of(record).any(|text| contains(Some(text), part)))
            && self.tax_id.as_ref().is_none_or(|id| ids.iter().flatten().any(|own| fold(own) == *id))
            && self.tag.as_ref().is_none_or(|tag| record.tags().any(|own| fold(own) == fold(tag)))
            && self
                .folder
                .as_ref()
                .is_none_or(|name| record.folder().is_some_and(|own| fold(own) == fold(name)))
            && self.number.as_ref().is_none_or(|number| record.numbers().any(|own| own == number))
            && self.entity.as_ref().is_none_or(|entity| record.entity() == entity)
            && self.kind.is_none_or(|kind| invoice.kind() == kind)
            && self.days.is_none_or(|(first, last)| (first..=last).contains(&invoice.date()))
            && self.gross.is_none_or(|(least, most)| (least..=most).contains(&amount))
            && self.by.as_ref().is_none_or(|by| record.received_by() == by)
            && (self.states.is_empty() || self.states.contains(&record.state()))
    }

    /// What must all be among the [`received_terms`] of a record that is found.
    #[must_use]
    pub fn terms(&self) -> BTreeSet<Term> {
        let exact = |field, text: &Option<String>| text.as_ref().map(|text| Term::exact(field, text));
        let mut terms: BTreeSet<Term> = [
            exact(Field::TaxId, &self.tax_id),
            exact(Field::Tag, &self.tag),
            exact(Field::Folder, &self.folder),
        ]
        .into_iter()
        .flatten()
        .collect();
        terms.extend(self.name.iter().flat_map(|name| fragments_of(Field::Name, name)));
        terms.extend(self.goods.iter().flat_map(|text| fragments_of(Field::Goods, text)));
        terms
    }

    /// The states wanted; empty means any.
    pub(crate) fn states(&self) -> impl Iterator<Item = ReceivedState> + '_ {
        self.states.iter().copied()
    }

    /// The company wanted.
    pub(crate) const fn wanted_entity(&self) -> Option<&SellerId> {
        self.entity.as_ref()
    }

    /// The number wanted.
    pub(crate) const fn wanted_number(&self) -> Option<&InvoiceNumber> {
        self.number.as_ref()
    }

    /// The days wanted, if any are named, when they are whole months and nothing else is asked but a company and states;
    /// `None` when an invoice must be opened to tell.
    pub(crate) fn whole_months(&self) -> Option<Option<(NaiveDate, NaiveDate)>> {
        let Self { name, goods, tax_id, tag, folder, number, entity: _, kind, days, gross, by, states: _ } =
            self;
        let texts = [name, goods, tax_id, tag, folder].into_iter().all(Option::is_none);
        if !texts || number.is_some() || kind.is_some() || gross.is_some() || by.is_some() {
            return None;
        }
        let Some((first, last)) = *days else { return Some(None) };
        let ends = last.succ_opt().is_some_and(|next| next.day() == 1);
        (first.day() == 1 && ends).then_some(Some((first, last)))
    }

    /// The months to look through, such as `2026-05`; `None` when any month may be, or too many.
    pub(crate) fn months(&self) -> Option<Vec<String>> {
        let (first, last) = self.days?;
        let month = |day: NaiveDate| day.year() * 12 + i32::try_from(day.month0()).unwrap_or(0);
        let (from, to) = (month(first), month(last));
        if to - from >= MAX_MONTHS {
            return None;
        }
        Some(
            (from..=to)
                .map(|month| format!("{:04}-{:02}", month.div_euclid(12), month.rem_euclid(12) + 1))
                .collect(),
        )
    }
}

impl fmt::Debug for ReceivedQuery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReceivedQuery").field("states", &self.states).finish_non_exhaustive()
    }
}

/// How alike two names are, from 0 to 1000: twice the pairs of neighbouring characters they share, over all they have
/// (Dice's coefficient). One wrong character in a name of ten leaves about 780.
///
/// ```
/// use invoice_core::received::likeness;
/// assert_eq!(likeness("上海示例贸易有限公司", "上海示例贸易（有限公司）"), 1000);
/// assert!(likeness("上海示例贸易有限公司", "上海示列贸易有限公司") > 700);
/// assert!(likeness("上海示例贸易有限公司", "北京某某科技") < 200);
/// ```
#[must_use]
pub fn likeness(one: &str, other: &str) -> u32 {
    let (one, other) = (fragments_of(Field::Name, one), fragments_of(Field::Name, other));
    let (shared, all) = (one.intersection(&other).count(), one.len() + other.len());
    u32::try_from((2000 * shared).checked_div(all).unwrap_or(0)).unwrap_or(1000)
}
