use std::fmt;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde::de::{Error as _, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::sum::Summand;
use crate::env::Opaque;
use crate::id::{ActorId, LineId, OrderId, SellerId, TenantId};
use crate::money::Money;
use crate::tax::TaxRate;

macro_rules! named {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $text:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum $name { $($(#[$vdoc])* $variant,)* }

        impl $name {
            /// Every value.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The name to store; stable.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }

            /// From the stored name.
            #[must_use]
            pub fn from_name(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|value| value.as_str() == name)
            }
        }
    };
}

named! {
    /// What a row holds.
    Kind {
        /// A seller.
        Seller = "seller",
        /// An order as recorded; never changes.
        Order = "order",
        /// What was paid, refunded, reserved and invoiced of an order.
        Balance = "balance",
        /// An application.
        Application = "application",
        /// An invoice task.
        Invoice = "invoice",
        /// A refund.
        Refund = "refund",
        /// A buyer's title book.
        TitleBook = "title_book",
        /// An anchor of the audit.
        Anchor = "anchor",
        /// A periodic plan.
        Periodic = "periodic",
        /// A notice to a buyer or to staff.
        Notice = "notice",
        /// A chunk of a batch.
        Batch = "batch",
        /// A ticket.
        Ticket = "ticket",
        /// A received invoice.
        Received = "received",
        /// That a received invoice goes by one number more than the one it is kept under.
        ReceivedNumber = "received_number",
        /// What was refused to an actor.
        Access = "access",
        /// Small things of an adapter or a job, such as a token.
        Note = "note",
    }
}

named! {
    /// What a ledger entry does to an order line.
    EntryKind {
        /// Money came in: more may be invoiced.
        Paid = "paid",
        /// Money went back: less may be invoiced.
        Refunded = "refunded",
        /// Held for an application or an invoice that is under way.
        Reserve = "reserve",
        /// A reservation given up.
        Void = "void",
        /// A reservation that became a blue invoice.
        Post = "post",
        /// A blue amount taken back by a red invoice.
        Reverse = "reverse",
    }
}

/// The name of a row: tenant first, so that any database can be cut by tenant.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    tenant: TenantId,
    kind: Kind,
    id: Arc<str>,
}

impl Key {
    /// A key. `id` is the text of a typed id, at most 64 visible ASCII characters.
    pub fn new(tenant: &TenantId, kind: Kind, id: impl AsRef<str>) -> Self {
        Self { tenant: tenant.clone(), kind, id: id.as_ref().into() }
    }

    /// The tenant.
    #[must_use]
    pub const fn tenant(&self) -> &TenantId {
        &self.tenant
    }

    /// What the row holds.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// The id within tenant and kind.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.tenant, self.kind.as_str(), self.id)
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({self})")
    }
}

/// How often a row was written; also the `seq` of its newest journal entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Version(u64);

impl Version {
    /// No row.
    pub const ABSENT: Self = Self(0);

    /// From the stored number.
    #[must_use]
    pub const fn new(number: u64) -> Self {
        Self(number)
    }

    /// The number.
    #[must_use]
    pub const fn number(self) -> u64 {
        self.0
    }

    /// The version after this one.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

/// A name and value a row can be found by, such as (`order`, `A-17`), and what it adds to the
/// [sums](super::Store::sums) of its name. A row may carry several of one name, each value once.
///
/// In JSON it is a list: name, value, and unless they are all zero net, tax and gross in fen.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tag {
    /// The name.
    pub name: &'static str,
    /// The value: an id or a blind token, at most 128 visible ASCII characters.
    pub value: String,
    /// What it adds up to with others; zero on tags that are only to be found by.
    pub amounts: Summand,
}

impl Tag {
    /// A tag to be found by.
    #[must_use]
    pub fn new(name: &'static str, value: impl Into<String>) -> Self {
        Self { name, value: value.into(), amounts: Summand::ZERO }
    }

    /// The same with amounts to be added up.
    #[must_use]
    pub const fn with_amounts(mut self, amounts: Summand) -> Self {
        self.amounts = amounts;
        self
    }

    /// Whether it has this tag's name and value, whatever its amounts.
    #[must_use]
    pub fn is_like(&self, other: &Self) -> bool {
        (self.name, &self.value) == (other.name, &other.value)
    }
}

impl Serialize for Tag {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Summand { net, tax, gross } = self.amounts;
        if self.amounts == Summand::ZERO {
            return (self.name, &self.value).serialize(serializer);
        }
        (self.name, &self.value, net.fen(), tax.fen(), gross.fen()).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Tag {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(TagVisitor)
    }
}

struct TagVisitor;

impl<'de> Visitor<'de> for TagVisitor {
    type Value = Tag;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of name, value and at most three amounts")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Tag, A::Error> {
        let missing = |at| A::Error::invalid_length(at, &self);
        let of: String = list.next_element()?.ok_or_else(|| missing(0))?;
        let tag = Tag::new(
            super::name(&of).map_err(A::Error::custom)?,
            list.next_element::<String>()?.ok_or_else(|| missing(1))?,
        );
        let Some(net) = list.next_element()? else { return Ok(tag) };
        let tax = list.next_element()?.ok_or_else(|| missing(3))?;
        let gross = list.next_element()?.ok_or_else(|| missing(4))?;
        let fen = Money::from_fen;
        Ok(tag.with_amounts(Summand { net: fen(net), tax: fen(tax), gross: fen(gross) }))
    }
}

/// What a store may see of a row. Never personal data.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Columns {
    /// The seller it belongs to.
    pub seller: Option<SellerId>,
    /// The state, as the state's stored name.
    pub state: Option<&'static str>,
    /// The moment the row is about: order placed, applied, issued.
    pub at: Option<DateTime<Utc>>,
    /// Net amount.
    pub net: Money,
    /// Tax.
    pub tax: Money,
    /// Gross amount.
    pub gross: Money,
    /// What the row can be found and added up by.
    pub tags: Vec<Tag>,
}

/// A row as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Its name.
    pub key: Key,
    /// Its version.
    pub version: Version,
    /// The hash of its newest journal entry: the head of its chain.
    pub head: [u8; 32],
    /// The sealed body.
    pub body: Opaque,
}

/// What changed a row, when, by whom and why. Entry `seq` belongs to the row's version `seq`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JournalEntry {
    /// The row.
    pub key: Key,
    /// 1, 2, 3 … per key.
    pub seq: u64,
    /// When.
    pub at: DateTime<Utc>,
    /// Who.
    pub actor: ActorId,
    /// The verb, such as `apply`.
    pub verb: String,
    /// The sealed events.
    pub body: Opaque,
    /// SHA-256 over the hash of the entry before (zeros for the first) and this entry.
    pub hash: [u8; 32],
}

/// One movement of an order line. Amounts are magnitudes; the kind says the direction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerEntry {
    /// The tenant.
    pub tenant: TenantId,
    /// The order.
    pub order: OrderId,
    /// 1, 2, 3 … per order.
    pub seq: u64,
    /// The line.
    pub line: LineId,
    /// What it does.
    pub kind: EntryKind,
    /// The application, invoice or refund it belongs to.
    pub cause: String,
    /// The line's rate.
    pub rate: TaxRate,
    /// Net amount.
    pub net: Money,
    /// Tax.
    pub tax: Money,
    /// Gross amount.
    pub gross: Money,
    /// When.
    pub at: DateTime<Utc>,
}
