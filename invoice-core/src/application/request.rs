use serde::{Deserialize, Serialize};

use crate::id::{ApplicationId, BuyerId, LineId, OrderId, SellerId};
use crate::invoice::InvoiceKind;
use crate::money::Money;
use crate::title::Title;

/// Most characters of an application id: the ids of its invoices are built from it.
pub const MAX_APPLICATION_ID: usize = 56;

/// Through which door an application comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// C 端: the buyer, for electronic invoices where the seller allows.
    Buyer,
    /// B 端: the back office, for everything the seller issues.
    BackOffice,
}

/// An amount of one line, gross.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineAmount {
    /// The line.
    pub line: LineId,
    /// The gross amount; all that is free when `None`.
    pub amount: Option<Money>,
}

/// What of an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// All that can be invoiced. Among several orders, one with nothing left takes no part.
    Whole,
    /// These lines.
    Lines(Vec<LineAmount>),
    /// A gross amount, taken from the lines in their order.
    Amount(Money),
}

/// An order and what of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderScope {
    /// The order.
    pub order: OrderId,
    /// What of it.
    pub scope: Scope,
}

/// A wish for invoices.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApplyRequest {
    /// The application's id, made by the caller so that asking twice counts once; at most
    /// [`MAX_APPLICATION_ID`] characters.
    pub id: ApplicationId,
    /// Who is to issue.
    pub seller: SellerId,
    /// Who asks.
    pub buyer: BuyerId,
    /// Through which door.
    pub channel: Channel,
    /// The kind wanted.
    pub kind: InvoiceKind,
    /// The title.
    pub title: Title,
    /// Which orders; several are merged (合并开票).
    pub orders: Vec<OrderScope>,
    /// A remark to print.
    pub remark: Option<String>,
}

/// A wish to have what was issued taken back and issued again (换开), under another title or as another kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CorrectRequest {
    /// The application that replaces the former one, made by the caller so that asking twice counts once; at most
    /// [`MAX_APPLICATION_ID`] characters.
    pub id: ApplicationId,
    /// The application whose invoices are wrong.
    pub of: ApplicationId,
    /// The right title.
    pub title: Title,
    /// The right kind.
    pub kind: InvoiceKind,
    /// A remark to print.
    pub remark: Option<String>,
}

impl ApplyRequest {
    /// An application for all that can be invoiced of one order.
    #[must_use]
    pub fn whole(
        id: ApplicationId,
        seller: SellerId,
        buyer: BuyerId,
        kind: InvoiceKind,
        title: Title,
        order: OrderId,
    ) -> Self {
        Self::merged(id, seller, buyer, kind, title, [order])
    }

    /// An application for all that can be invoiced of several orders.
    #[must_use]
    pub fn merged(
        id: ApplicationId,
        seller: SellerId,
        buyer: BuyerId,
        kind: InvoiceKind,
        title: Title,
        orders: impl IntoIterator<Item = OrderId>,
    ) -> Self {
        let orders = orders.into_iter().map(|order| OrderScope { order, scope: Scope::Whole }).collect();
        Self { id, seller, buyer, channel: Channel::Buyer, kind, title, orders, remark: None }
    }

    /// Through the back office.
    #[must_use]
    pub const fn by_back_office(mut self) -> Self {
        self.channel = Channel::BackOffice;
        self
    }
}
