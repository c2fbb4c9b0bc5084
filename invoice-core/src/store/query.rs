use super::row::{Kind, Row, Tag};
use crate::id::{SellerId, TenantId};

/// What to find: rows of one tenant and kind that meet every condition given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    pub(crate) tenant: TenantId,
    pub(crate) kind: Kind,
    pub(crate) seller: Option<SellerId>,
    pub(crate) states: Vec<&'static str>,
    pub(crate) tag: Option<Tag>,
    pub(crate) after: Option<String>,
    pub(crate) limit: usize,
}

/// Most rows of one page.
pub const MAX_PAGE: usize = 1000;

impl Query {
    /// All rows of a kind, in pages of 100.
    #[must_use]
    pub fn new(tenant: &TenantId, kind: Kind) -> Self {
        Self {
            tenant: tenant.clone(),
            kind,
            seller: None,
            states: Vec::new(),
            tag: None,
            after: None,
            limit: 100,
        }
    }

    /// Only of one seller.
    #[must_use]
    pub fn of_seller(mut self, seller: &SellerId) -> Self {
        self.seller = Some(seller.clone());
        self
    }

    /// Only in one of these states; none given means any.
    #[must_use]
    pub fn in_states(mut self, states: impl IntoIterator<Item = &'static str>) -> Self {
        self.states = states.into_iter().collect();
        self
    }

    /// Only with this tag, whatever its amounts.
    #[must_use]
    pub fn tagged(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.tag = Some(Tag::new(name, value));
        self
    }

    /// Only behind this id: the `next` of the page before.
    #[must_use]
    pub fn after(mut self, id: impl Into<String>) -> Self {
        self.after = Some(id.into());
        self
    }

    /// At most this many rows, 1 to [`MAX_PAGE`].
    #[must_use]
    pub fn limit(mut self, limit: usize) -> Self {
        self.limit = limit.clamp(1, MAX_PAGE);
        self
    }

    /// The tenant.
    #[must_use]
    pub const fn tenant(&self) -> &TenantId {
        &self.tenant
    }

    /// The kind.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// The seller, if only one is wanted.
    #[must_use]
    pub const fn seller(&self) -> Option<&SellerId> {
        self.seller.as_ref()
    }

    /// The states wanted; empty means any.
    #[must_use]
    pub fn states(&self) -> &[&'static str] {
        &self.states
    }

    /// The tag wanted.
    #[must_use]
    pub const fn tag(&self) -> Option<&Tag> {
        self.tag.as_ref()
    }

    /// The id behind which the page begins.
    #[must_use]
    pub fn after_id(&self) -> Option<&str> {
        self.after.as_deref()
    }

    /// The most rows wanted.
    #[must_use]
    pub const fn page_limit(&self) -> usize {
        self.limit
    }
}

/// Rows in ascending id, and where the next page begins.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Page {
    /// The rows.
    pub rows: Vec<Row>,
    /// The id to continue after; `None` when this was the last page.
    pub next: Option<String>,
}
