//! Finding by what is sealed.

use serde::de::DeserializeOwned;

use super::{DeskError, Found, InvoiceDesk};
use crate::access::{Actor, Verb};
use crate::application::Application;
use crate::decision::State;
use crate::id::BuyerId;
use crate::invoice::Invoice;
use crate::search::{Field, Term, TitleQuery, terms};
use crate::store::{Key, Kind, MAX_PAGE, Query, Tag};
use crate::title::Title;

/// Most characters kept of a token. A chance agreement only costs a look at one row more; a fragment's is shorter,
/// because there are many.
const EXACT_CHARS: usize = 32;
const FRAGMENT_CHARS: usize = 16;
/// Rows looked at per page, and most pages per call.
const PAGE: usize = 200;
const PAGES: usize = 10;
/// Most fragments of a name that are tried out to find the rarest.
const PROBES: usize = 6;

/// What carries a title.
pub(super) trait Titled: DeserializeOwned {
    const KIND: Kind;
    fn title(&self) -> &Title;
    fn owner(&self) -> &BuyerId;
}

impl Titled for Application {
    const KIND: Kind = Kind::Application;

    fn title(&self) -> &Title {
        &self.request().title
    }

    fn owner(&self) -> &BuyerId {
        &self.request().buyer
    }
}

impl Titled for Invoice {
    const KIND: Kind = Kind::Invoice;

    fn title(&self) -> &Title {
        self.title()
    }

    fn owner(&self) -> &BuyerId {
        self.buyer()
    }
}

impl InvoiceDesk {
    /// Finds applications by their title: a part of the name, the tax ID, the phone. A buyer finds their own only.
    /// `after` is the `next` of the page before.
    ///
    /// Looks at a bounded number of candidates per call, so a page may hold few or none and yet have a `next`.
    ///
    /// # Errors
    /// `ACCESS-01`; a failing store.
    pub async fn search_applications(
        &self,
        actor: &Actor,
        query: &TitleQuery,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Found<Application>, DeskError> {
        self.permit(actor, Verb::ReadWhole).await?;
        self.search(actor, query, after, limit).await
    }

    /// Finds invoice tasks by their title, as [`InvoiceDesk::search_applications`] does.
    ///
    /// # Errors
    /// `ACCESS-01`; a failing store.
    pub async fn search_invoices(
        &self,
        actor: &Actor,
        query: &TitleQuery,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Found<Invoice>, DeskError> {
        self.permit(actor, Verb::ReadWhole).await?;
        self.search(actor, query, after, limit).await
    }

    /// Whatever carries a title. Tokens give candidates, the opened titles decide: nothing false is found.
    pub(super) async fn search<T: Titled>(
        &self,
        actor: &Actor,
        wanted: &TitleQuery,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Found<T>, DeskError> {
        self.permit(actor, Verb::Read).await?;
        let tags = wanted.terms().iter().map(|term| self.tag_of(term)).collect::<Result<Vec<Tag>, _>>()?;
        let tag = self.rarest(T::KIND, tags, after).await?;
        let query = Query::new(&self.inner.tenant, T::KIND).tagged(tag.name, tag.value);
        let keep = |item: &T| wanted.matches(item.title()) && actor.owns(item.owner()).is_ok();
        self.sift(query, after, limit, keep).await
    }

    /// The rows of a query that are wanted when they are opened, from a bounded number of candidates.
    pub(super) async fn sift<T: DeserializeOwned>(
        &self,
        query: Query,
        after: Option<&str>,
        limit: usize,
        keep: impl Fn(&T) -> bool + Send,
    ) -> Result<Found<T>, DeskError> {
        let mut query = query.limit(PAGE);
        let mut found = Found { items: Vec::new(), next: after.map(str::to_owned) };
        for _ in 0..PAGES {
            if let Some(after) = &found.next {
                query = query.after(after);
            }
            let page = self.inner.store.find(&query).await?;
            for row in &page.rows {
                if found.items.len() == limit.clamp(1, MAX_PAGE) {
                    return Ok(found);
                }
                let item: T = self.open(row)?;
                found.next = Some(row.key.id().to_owned());
                if keep(&item) {
                    found.items.push(item);
                }
            }
            if page.next.is_none() {
                found.next = None;
                break;
            }
        }
        Ok(found)
    }

    /// The tag that the fewest rows seem to carry: one whose rows end within a page, or else the one whose page
    /// reaches farthest.
    pub(super) async fn rarest(
        &self,
        kind: Kind,
        tags: Vec<Tag>,
        after: Option<&str>,
    ) -> Result<Tag, DeskError> {
        let mut best: Option<(Option<usize>, String, Tag)> = None;
        let step = tags.len().div_ceil(PROBES).max(1);
        let alone = tags.len() == 1;
        for tag in tags.into_iter().step_by(step) {
            if alone {
                return Ok(tag);
            }
            let mut query =
                Query::new(&self.inner.tenant, kind).tagged(tag.name, tag.value.clone()).limit(PAGE / 4);
            if let Some(after) = after {
                query = query.after(after);
            }
            let page = self.inner.store.find(&query).await?;
            let ends = page.next.is_none().then_some(page.rows.len());
            let reach = page.next.unwrap_or_default();
            let better = match &best {
                None => true,
                Some((Some(fewest), ..)) => ends.is_some_and(|rows| rows < *fewest),
                Some((None, farthest, _)) => ends.is_some() || reach > *farthest,
            };
            if better {
                best = Some((ends, reach, tag));
            }
        }
        // A query has at least one term, whichever field it is of.
        let none = || Tag::new(Field::Name.as_str(), "");
        Ok(best.map_or_else(none, |(.., tag)| tag))
    }

    /// The tags that the title of an aggregate is to be found by.
    pub(super) fn title_tags(&self, state: &State, key: &Key) -> Result<Vec<Tag>, DeskError> {
        let mut applications = state.applications.values();
        let mut invoices = state.invoices.values();
        let title = match key.kind() {
            Kind::Application => {
                applications.find(|application| application.id().as_str() == key.id()).map(Titled::title)
            }
            Kind::Invoice => {
                invoices.find(|invoice| invoice.id().as_str() == key.id()).map(|invoice| invoice.title())
            }
            Kind::Received => {
                let mut received = state.received.values();
                let record = received.find(|record| record.number().as_str() == key.id());
                return record.map_or_else(|| Ok(Vec::new()), |record| self.tags_of_received(record));
            }
            _ => None,
        };
        let Some(title) = title else { return Ok(Vec::new()) };
        self.tags_of(title)
    }

    /// The tags of a title.
    pub(super) fn tags_of(&self, title: &Title) -> Result<Vec<Tag>, DeskError> {
        terms(title, self.inner.search).iter().map(|term| self.tag_of(term)).collect()
    }

    pub(super) fn tag_of(&self, term: &Term) -> Result<Tag, DeskError> {
        let name = term.field().as_str();
        let token = self.inner.cipher.token(&self.inner.tenant, name, term.text());
        let mut value =
            token.map_err(|source| DeskError::Cipher { subject: format!("token of {name}"), source })?;
        let fragment = matches!(term.field(), Field::Name | Field::Goods);
        value.truncate(if fragment { FRAGMENT_CHARS } else { EXACT_CHARS });
        Ok(Tag::new(name, value))
    }
}
