//! Finding received invoices, although they are sealed.

use std::collections::{BTreeMap, BTreeSet};

use super::{DeskError, Found, InvoiceDesk};
use crate::access::{Actor, Verb};
use crate::invoice::InvoiceNumber;
use crate::mask::View;
use crate::received::{ReceivedQuery, ReceivedRecord, likeness, received_terms};
use crate::search::{Field, fold, fragments_of};
use crate::store::{Kind, Query, Tag};

/// The tag of the month an invoice was issued in, such as `2026-05`.
pub(super) const MONTH: &str = "month";
/// Pages looked at for suggestions.
const PAGES: usize = 5;
/// Fragments of a name that are looked up to find names like it.
const PROBES: usize = 8;
/// How alike a name must be to be found, of 1000: one wrong character in a name of four.
const ALIKE: u32 = 330;

impl InvoiceDesk {
    /// Finds received invoices by any of their fields, as the actor may see them. `after` is the `next` of the page before.
    ///
    /// Looks at a bounded number of candidates per call, so a page may hold few or none and yet have a `next`.
    ///
    /// # Errors
    /// `ACCESS-01`; a failing store.
    pub async fn search_received(
        &self,
        actor: &Actor,
        query: &ReceivedQuery,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Found<View<ReceivedRecord>>, DeskError> {
        self.permit(actor, Verb::ReadReceived).await?;
        let found = self.sift_received(query, after, limit).await?;
        Ok(self.view_all(actor, found))
    }

    /// Names of sellers and buyers that begin like this, in their order, at most `limit`: for a field in which somebody
    /// types.
    ///
    /// # Errors
    /// `FIND-01` unless it has at least two letters or digits; `ACCESS-01`; a failing store.
    pub async fn suggest_received(
        &self,
        actor: &Actor,
        begun: &str,
        limit: usize,
    ) -> Result<Vec<String>, DeskError> {
        self.permit(actor, Verb::ReadReceived).await?;
        self.permit(actor, Verb::ReadWhole).await?;
        let (query, begun) = (ReceivedQuery::new().name(begun)?, fold(begun));
        let (mut names, mut after) = (BTreeSet::new(), None);
        for _ in 0..PAGES {
            let page = self.sift_received(&query, after.as_deref(), crate::store::MAX_PAGE).await?;
            for record in &page.items {
                let invoice = record.invoice();
                let own = [invoice.seller_name(), invoice.buyer_name()].into_iter().flatten();
                names.extend(own.filter(|name| fold(name).starts_with(&begun)).map(str::to_owned));
            }
            match page.next {
                Some(next) if names.len() < limit => after = Some(next),
                _ => break,
            }
        }
        Ok(names.into_iter().take(limit).collect())
    }

    /// Received invoices of sellers or buyers named like this, most alike first, although some characters are wrong or
    /// missing; with how alike they are, of 1000. Looks at a bounded number of candidates.
    ///
    /// # Errors
    /// `FIND-01` unless the name has at least two letters or digits; `ACCESS-01`; a failing store.
    pub async fn similar_received(
        &self,
        actor: &Actor,
        name: &str,
        limit: usize,
    ) -> Result<Vec<(u32, View<ReceivedRecord>)>, DeskError> {
        self.permit(actor, Verb::ReadReceived).await?;
        ReceivedQuery::new().name(name)?;
        let terms: Vec<_> = fragments_of(Field::Name, name).into_iter().collect();
        let step = terms.len().div_ceil(PROBES).max(1);
        let mut alike: BTreeMap<InvoiceNumber, (u32, ReceivedRecord)> = BTreeMap::new();
        for term in terms.iter().step_by(step) {
            let tag = self.tag_of(term)?;
            let query = Query::new(&self.inner.tenant, Kind::Received).tagged(tag.name, tag.value);
            let page = self.sift::<ReceivedRecord>(query, None, crate::store::MAX_PAGE, |_| true).await?;
            for record in page.items {
                let invoice = record.invoice();
                let names = [invoice.seller_name(), invoice.buyer_name()].into_iter().flatten();
                let best = names.map(|own| likeness(own, name)).max().unwrap_or(0);
                if best >= ALIKE {
                    alike.insert(record.number().clone(), (best, record));
                }
            }
        }
        let mut alike: Vec<_> = alike.into_values().collect();
        alike.sort_by(|(one, a), (other, b)| other.cmp(one).then_with(|| a.number().cmp(b.number())));
        Ok(alike.into_iter().take(limit).map(|(score, record)| (score, self.view(actor, record))).collect())
    }

    /// What a query finds. A range of days goes month by month; the place in it is part of where the next page begins.
    pub(super) async fn sift_received(
        &self,
        query: &ReceivedQuery,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Found<ReceivedRecord>, DeskError> {
        let (mut month, mut after) = match after.and_then(|after| after.split_once('/')) {
            Some((month, after)) => {
                (month.parse().unwrap_or(0), Some(after.to_owned()).filter(|id| !id.is_empty()))
            }
            None => (0_usize, None),
        };
        let passes = self.passes(query, after.as_deref()).await?;
        let mut found = Found { items: Vec::new(), next: None };
        while let Some(tag) = passes.get(month) {
            let sought = self.sought(query, tag.as_ref());
            let room = limit.saturating_sub(found.items.len());
            let page = self.sift(sought, after.as_deref(), room, |record| query.matches(record)).await?;
            found.items.extend(page.items);
            (month, after) = if page.next.is_some() { (month, page.next) } else { (month + 1, None) };
            if month == passes.len() {
                break;
            }
            if after.is_some() || found.items.len() >= limit {
                found.next = Some(format!("{month}/{}", after.unwrap_or_default()));
                break;
            }
        }
        Ok(found)
    }

    /// The rows of one pass: those with its tag, of the company and in the states that are wanted.
    pub(super) fn sought(&self, query: &ReceivedQuery, tag: Option<&Tag>) -> Query {
        let mut sought = Query::new(&self.inner.tenant, Kind::Received)
            .in_states(query.states().map(crate::received::ReceivedState::as_str));
        if let Some(entity) = query.wanted_entity() {
            sought = sought.of_seller(entity);
        }
        if let Some(tag) = tag {
            sought = sought.tagged(tag.name, tag.value.clone());
        }
        sought
    }

    /// The tags to go through, one after the other: the rarest of the query's terms, or its number, or its months, or none,
    /// which is everything.
    pub(super) async fn passes(
        &self,
        query: &ReceivedQuery,
        after: Option<&str>,
    ) -> Result<Vec<Option<Tag>>, DeskError> {
        let terms = query.terms();
        if !terms.is_empty() {
            let tags = terms.iter().map(|term| self.tag_of(term)).collect::<Result<Vec<Tag>, _>>()?;
            return Ok(vec![Some(self.rarest(Kind::Received, tags, after).await?)]);
        }
        if let Some(number) = query.wanted_number() {
            return Ok(vec![Some(Tag::new("number", number.to_string()))]);
        }
        let month = |value: String| Some(Tag::new(MONTH, value));
        Ok(query.months().map_or_else(|| vec![None], |months| months.into_iter().map(month).collect()))
    }

    /// The tags that a received invoice is to be found and added up by, beside its numbers.
    pub(super) fn tags_of_received(&self, record: &ReceivedRecord) -> Result<Vec<Tag>, DeskError> {
        let terms = received_terms(record, self.inner.search);
        let mut tags = terms.iter().map(|term| self.tag_of(term)).collect::<Result<Vec<Tag>, _>>()?;
        tags.extend(self.sum_tags(record)?);
        Ok(tags)
    }
}
