//! Adding up what tags carry.

use super::query::MAX_PAGE;
use super::row::Kind;
use crate::id::TenantId;
use crate::money::Money;

/// What a tag adds to a sum, in fen. Each amount is its own: where only the net is known, the gross is zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Summand {
    /// Without tax.
    pub net: Money,
    /// Tax.
    pub tax: Money,
    /// With tax.
    pub gross: Money,
}

impl Summand {
    /// Nothing.
    pub const ZERO: Self = Self { net: Money::ZERO, tax: Money::ZERO, gross: Money::ZERO };

    /// Both together; `None` beyond what [`Money`] holds.
    #[must_use]
    pub fn checked_add(self, other: Self) -> Option<Self> {
        Some(Self {
            net: self.net.checked_add(other.net)?,
            tax: self.tax.checked_add(other.tax)?,
            gross: self.gross.checked_add(other.gross)?,
        })
    }
}

/// What to add up: the [amounts](super::Tag::amounts) of all tags of one name on the rows of one tenant and kind, apart by
/// the tags' values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SumQuery {
    pub(crate) tenant: TenantId,
    pub(crate) kind: Kind,
    pub(crate) name: &'static str,
    pub(crate) from: String,
    pub(crate) until: Option<String>,
    pub(crate) after: Option<String>,
    pub(crate) limit: usize,
}

impl SumQuery {
    /// All values of a tag's name, in pages of [`MAX_PAGE`].
    #[must_use]
    pub fn new(tenant: &TenantId, kind: Kind, name: &'static str) -> Self {
        let tenant = tenant.clone();
        Self { tenant, kind, name, from: String::new(), until: None, after: None, limit: MAX_PAGE }
    }

    /// Only values from this one on, in the order of their bytes.
    #[must_use]
    pub fn from_value(mut self, value: impl Into<String>) -> Self {
        self.from = value.into();
        self
    }

    /// Only values before this one.
    #[must_use]
    pub fn until_value(mut self, value: impl Into<String>) -> Self {
        self.until = Some(value.into());
        self
    }

    /// Only values behind this one: the last of the page before.
    #[must_use]
    pub fn after(mut self, value: impl Into<String>) -> Self {
        self.after = Some(value.into());
        self
    }

    /// At most this many values, 1 to [`MAX_PAGE`].
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

    /// The kind of the rows.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// The name of the tags.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// The least value wanted; no value is less than the empty one.
    #[must_use]
    pub fn least(&self) -> &str {
        &self.from
    }

    /// The value before which values are wanted.
    #[must_use]
    pub fn bound(&self) -> Option<&str> {
        self.until.as_deref()
    }

    /// The value behind which the page begins.
    #[must_use]
    pub fn after_value(&self) -> Option<&str> {
        self.after.as_deref()
    }

    /// The most values wanted.
    #[must_use]
    pub const fn page_limit(&self) -> usize {
        self.limit
    }

    /// Whether a value is wanted.
    #[must_use]
    pub fn wants(&self, value: &str) -> bool {
        value >= self.from.as_str()
            && self.until.as_deref().is_none_or(|until| value < until)
            && self.after.as_deref().is_none_or(|after| value > after)
    }
}

/// What the tags of one value come to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sum {
    /// The value.
    pub value: String,
    /// Rows that carry it.
    pub rows: u64,
    /// What their tags of it come to.
    pub amounts: Summand,
}
