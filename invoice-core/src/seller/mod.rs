//! Seller (开票主体): who issues, through whom, and under which rules.

mod deadline;

use chrono::{FixedOffset, NaiveDate, Offset, TimeDelta, Utc};
use invoice_validate::text::ChannelProfile;

pub use deadline::Deadline;

use crate::application::Channel;
use crate::id::{ProviderId, SellerId};
use crate::invoice::{InvoiceClass, InvoiceKind, Medium, SellerParty};
use crate::limits::InvoiceLimit;
use crate::plan::red::RedExtent;
use crate::plan::split::{Grouping, SplitPolicy, Yields};
use crate::review::ReviewPolicy;

/// China keeps one time zone all year.
const CHINA: Option<FixedOffset> = FixedOffset::east_opt(8 * 3600);

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
    /// The most decimals of a unit price.
    pub price_decimals: u32,
    /// How little of a blue invoice it can take back.
    pub red_extent: RedExtent,
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
    automatic: Option<InvoiceKind>,
    reapplies: bool,
    deadline: Deadline,
    closed_before: Option<NaiveDate>,
    zone: FixedOffset,
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
            automatic: None,
            reapplies: false,
            deadline: Deadline::Never,
            closed_before: None,
            zone: CHINA.unwrap_or_else(|| Utc.fix()),
            special_red: RedExtent::Minimal,
            ordinary_red: RedExtent::Minimal,
        }
    }

    /// Offers a kind to the back office and, when it is electronic, to buyers; with the limit of one invoice.
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

    /// Has the desk apply by itself, for this kind and the buyer's default title, at the moment an order reaches the
    /// [`Trigger`]. An order whose buyer keeps no title, or that is refused, stays open for the buyer;
    /// [`Balance::not_applied`](crate::ledger::Balance::not_applied) says why.
    #[must_use]
    pub const fn applying_by_itself(mut self, kind: InvoiceKind) -> Self {
        self.automatic = Some(kind);
        self
    }

    /// Has the desk apply again by itself for what a red invoice has given back beyond what was refunded, under the same
    /// title and kind, as happens where a refund flushes whole invoices ([`with_red_extent`](Self::with_red_extent)). Each
    /// red makes one application, [`reapplication_id`](crate::decision::reapplication_id), with the review it needs. What a
    /// correction takes back is the correction's, and what was voided stays open. Where it is refused,
    /// [`Balance::not_applied`](crate::ledger::Balance::not_applied) says why.
    #[must_use]
    pub const fn reapplying_by_itself(mut self) -> Self {
        self.reapplies = true;
        self
    }

    /// Sets until when buyers can apply. The back office may apply later.
    #[must_use]
    pub const fn with_deadline(mut self, deadline: Deadline) -> Self {
        self.deadline = deadline;
        self
    }

    /// Closes the books before this day (in China): what was paid earlier is not invoiced any more, through no
    /// channel.
    #[must_use]
    pub const fn with_books_closed_before(mut self, day: NaiveDate) -> Self {
        self.closed_before = Some(day);
        self
    }

    /// Sets the time zone in which months and quarters begin and end for periodic plans; China's (UTC+8) unless set. Tax
    /// days are China's whatever it is.
    #[must_use]
    pub const fn with_zone(mut self, zone: FixedOffset) -> Self {
        self.zone = zone;
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

    /// The kind the desk applies for by itself.
    #[must_use]
    pub const fn automatic(&self) -> Option<InvoiceKind> {
        self.automatic
    }

    /// Whether the desk applies again by itself for what reds give back.
    #[must_use]
    pub const fn reapplies(&self) -> bool {
        self.reapplies
    }

    /// Until when buyers can apply.
    #[must_use]
    pub const fn deadline(&self) -> Deadline {
        self.deadline
    }

    /// The first day whose payments are still invoiced; `None` when no period is closed.
    #[must_use]
    pub const fn closed_before(&self) -> Option<NaiveDate> {
        self.closed_before
    }

    /// The time zone in which its months and quarters begin and end.
    #[must_use]
    pub const fn zone(&self) -> FixedOffset {
        self.zone
    }

    /// How much of a blue invoice of this class a refund flushes.
    #[must_use]
    pub const fn red_extent(&self, class: InvoiceClass) -> RedExtent {
        match class {
            InvoiceClass::Special => self.special_red,
            InvoiceClass::Ordinary => self.ordinary_red,
        }
    }

    /// Whether a kind can be applied for through a channel. Buyers apply for electronic invoices only: paper is printed
    /// and mailed by hand.
    #[must_use]
    pub fn offers(&self, kind: InvoiceKind, channel: Channel) -> bool {
        self.offers.iter().filter(|offer| offer.kind == kind).any(|offer| match channel {
            Channel::BackOffice => true,
            Channel::Buyer => offer.buyers_may_apply && kind.medium() == Medium::Electronic,
        })
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buyers_apply_for_electronic_kinds_and_the_back_office_for_all() {
        let party = SellerParty { tax_id: String::new(), name: String::new(), drawer: String::new() };
        let bare = Seller::new(SellerId::from_trusted("s"), party, ProviderId::from_trusted("p"));
        for kind in InvoiceKind::ALL {
            let offered = bare.clone().offering(*kind, None);
            let staff_only = bare.clone().offering_back_office(*kind, None);
            assert!(!bare.offers(*kind, Channel::Buyer) && !bare.offers(*kind, Channel::BackOffice));
            assert!(
                offered.offers(*kind, Channel::BackOffice) && staff_only.offers(*kind, Channel::BackOffice)
            );
            assert_eq!(offered.offers(*kind, Channel::Buyer), kind.medium() == Medium::Electronic, "{kind}");
            assert!(!staff_only.offers(*kind, Channel::Buyer), "{kind}");
        }
    }
}
