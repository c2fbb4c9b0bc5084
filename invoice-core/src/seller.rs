//! Seller (开票主体): who issues, through whom, and under which rules.

use chrono::TimeDelta;
use invoice_validate::text::ChannelProfile;

use crate::id::{ProviderId, SellerId};
use crate::invoice::SellerParty;
use crate::invoice::{InvoiceClass, InvoiceKind};
use crate::limits::InvoiceLimit;
use crate::plan::red::RedExtent;
use crate::plan::split::{Grouping, SplitPolicy, Yields};
use crate::review::ReviewPolicy;

/// From when on an order can be applied for (申请节点).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Trigger {
    /// Once it is paid.
    #[default]
    OnPaid,
    /// Once the buyer has it.
    OnReceived,
    /// Once the return window after receipt is over.
    AfterReturnWindow(TimeDelta),
}

/// A kind the seller issues, with its limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Offer {
    kind: InvoiceKind,
    limit: Option<InvoiceLimit>,
    buyers_may_apply: bool,
}

/// What a decision knows of a provider that a seller issues through: what it declares and never changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// The provider.
    pub provider: ProviderId,
    /// The kinds it issues.
    pub kinds: Vec<InvoiceKind>,
    /// The most rows it prints on an invoice.
    pub max_rows: u32,
    /// Whose lengths of texts apply.
    pub channel: ChannelProfile,
}

impl Route {
    /// Whether an invoice of this kind and so many rows can go this way.
    #[must_use]
    pub fn takes(&self, kind: InvoiceKind, rows: usize) -> bool {
        self.kinds.contains(&kind) && u32::try_from(rows).is_ok_and(|rows| rows <= self.max_rows)
    }
}

/// A seller and its rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seller {
    id: SellerId,
    party: SellerParty,
    providers: Vec<ProviderId>,
    offers: Vec<Offer>,
    grouping: Grouping,
    yields: Yields,
    review: ReviewPolicy,
    trigger: Trigger,
    special_red: RedExtent,
    ordinary_red: RedExtent,
}

impl Seller {
    /// A seller that offers nothing yet.
    #[must_use]
    pub fn new(id: SellerId, party: SellerParty, provider: ProviderId) -> Self {
        Self {
            id,
            party,
            providers: vec![provider],
            offers: Vec::new(),
            grouping: Grouping::Category,
            yields: Yields::Quantity,
            review: ReviewPolicy::default(),
            trigger: Trigger::OnPaid,
            special_red: RedExtent::Minimal,
            ordinary_red: RedExtent::Minimal,
        }
    }

    /// Offers a kind to buyers and back office, with the limit of one invoice.
    #[must_use]
    pub fn offering(mut self, kind: InvoiceKind, limit: Option<InvoiceLimit>) -> Self {
        self.offers.retain(|offer| offer.kind != kind);
        self.offers.push(Offer { kind, limit, buyers_may_apply: true });
        self
    }

    /// Offers a kind to the back office only.
    #[must_use]
    pub fn offering_back_office(mut self, kind: InvoiceKind, limit: Option<InvoiceLimit>) -> Self {
        self.offers.retain(|offer| offer.kind != kind);
        self.offers.push(Offer { kind, limit, buyers_may_apply: false });
        self
    }

    /// Adds a provider to go to where those before cannot: they do not issue the kind, cannot be reached, stand still
    /// or have used up their credit line, or have denied the intent. What one of them may have issued never moves.
    #[must_use]
    pub fn with_fallback(mut self, provider: ProviderId) -> Self {
        if !self.providers.contains(&provider) {
            self.providers.push(provider);
        }
        self
    }

    /// Sets which lines may share an invoice; by default one tax category per invoice.
    #[must_use]
    pub const fn with_grouping(mut self, grouping: Grouping) -> Self {
        self.grouping = grouping;
        self
    }

    /// Sets what gives way when a line is cut.
    #[must_use]
    pub const fn with_yields(mut self, yields: Yields) -> Self {
        self.yields = yields;
        self
    }

    /// Sets the review rules.
    #[must_use]
    pub fn with_review(mut self, review: ReviewPolicy) -> Self {
        self.review = review;
        self
    }

    /// Sets from when on orders can be applied for.
    #[must_use]
    pub const fn with_trigger(mut self, trigger: Trigger) -> Self {
        self.trigger = trigger;
        self
    }

    /// Sets how much of a blue invoice a refund flushes: only what was refunded, or all of it so that the rest is
    /// applied for again.
    #[must_use]
    pub const fn with_red_extent(mut self, class: InvoiceClass, extent: RedExtent) -> Self {
        match class {
            InvoiceClass::Special => self.special_red = extent,
            InvoiceClass::Ordinary => self.ordinary_red = extent,
        }
        self
    }

    /// The id.
    #[must_use]
    pub const fn id(&self) -> &SellerId {
        &self.id
    }

    /// Name, tax ID and drawer.
    #[must_use]
    pub const fn party(&self) -> &SellerParty {
        &self.party
    }

    /// Through whom it issues first.
    #[must_use]
    pub fn provider(&self) -> &ProviderId {
        &self.providers[0]
    }

    /// Through whom it issues, in the order they are tried.
    #[must_use]
    pub fn providers(&self) -> &[ProviderId] {
        &self.providers
    }

    /// The review rules.
    #[must_use]
    pub const fn review(&self) -> &ReviewPolicy {
        &self.review
    }

    /// From when on orders can be applied for.
    #[must_use]
    pub const fn trigger(&self) -> Trigger {
        self.trigger
    }

    /// How much of a blue invoice of this class a refund flushes.
    #[must_use]
    pub const fn red_extent(&self, class: InvoiceClass) -> RedExtent {
        match class {
            InvoiceClass::Special => self.special_red,
            InvoiceClass::Ordinary => self.ordinary_red,
        }
    }

    /// Whether the kind is offered, to buyers if `to_buyer`.
    pub(crate) fn offers(&self, kind: InvoiceKind, channel: crate::application::Channel) -> bool {
        let buyer = matches!(channel, crate::application::Channel::Buyer);
        self.offers.iter().any(|offer| offer.kind == kind && (offer.buyers_may_apply || !buyer))
    }

    /// How applications for a kind are split, within what the provider takes.
    #[must_use]
    pub fn split_policy(&self, kind: InvoiceKind, max_rows: u32) -> SplitPolicy {
        let policy =
            SplitPolicy::new().with_grouping(self.grouping).with_yields(self.yields).with_max_rows(max_rows);
        match self.offers.iter().find(|offer| offer.kind == kind).and_then(|offer| offer.limit) {
            Some(limit) => policy.with_limit(limit),
            None => policy,
        }
    }
}
