//! Tickets (工单): what a buyer reports about an invoice, tracked until somebody has settled it.

use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::id::{ActorId, ApplicationId, BuyerId, SellerId, TicketId};
use crate::title::Title;

/// What is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Trouble {
    /// The title is wrong; the right one, when the buyer gives it.
    WrongTitle(Option<Title>),
    /// The amount is wrong.
    WrongAmount,
    /// Nothing has arrived.
    NotReceived,
    /// The paper invoice is lost. The buyer needs a certified copy of the seller's own sheet (记账联复印件), for which the
    /// loss is to be shown (增值税发票管理: the copy stands in for the lost sheet).
    PaperLost {
        /// Names of the files that show the loss, as the shop keeps them.
        proof: Vec<String>,
    },
}

impl Trouble {
    /// The stable name.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::WrongTitle(_) => "wrong_title",
            Self::WrongAmount => "wrong_amount",
            Self::NotReceived => "not_received",
            Self::PaperLost { .. } => "paper_lost",
        }
    }
}

/// How a ticket was settled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Settlement {
    /// A correction took the invoices back and issued them again.
    Corrected(ApplicationId),
    /// The invoices were sent again.
    Resent,
    /// A certified copy was handed out, under this reference.
    CertifiedCopy(String),
    /// Nothing was wrong, and the buyer was told why.
    Explained,
}

impl Settlement {
    /// Whether this settles such a trouble.
    #[must_use]
    pub const fn fits(&self, trouble: &Trouble) -> bool {
        match self {
            Self::Corrected(_) => matches!(trouble, Trouble::WrongTitle(_) | Trouble::WrongAmount),
            Self::Resent => matches!(trouble, Trouble::NotReceived),
            Self::CertifiedCopy(_) => matches!(trouble, Trouble::PaperLost { .. }),
            Self::Explained => true,
        }
    }
}

/// What a buyer, or support for them, reports.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TicketRequest {
    /// The ticket's id, made by the caller.
    pub id: TicketId,
    /// The application whose invoices it is about.
    pub application: ApplicationId,
    /// What is wrong.
    pub trouble: Trouble,
    /// In the buyer's words.
    pub note: String,
}

impl fmt::Debug for TicketRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TicketRequest({}, {})", self.id, self.trouble.as_str())
    }
}

/// Where a ticket stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum TicketState {
    /// Nobody has looked at it.
    Open,
    /// Somebody looks at it.
    InHand {
        /// Who.
        by: ActorId,
    },
    /// Settled.
    Settled {
        /// Who.
        by: ActorId,
        /// How.
        how: Settlement,
    },
    /// Declined.
    Declined {
        /// Who.
        by: ActorId,
        /// Why; for people, no personal data.
        reason: String,
    },
}

impl TicketState {
    /// The stored name.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::InHand { .. } => "in_hand",
            Self::Settled { .. } => "settled",
            Self::Declined { .. } => "declined",
        }
    }
}

/// What can happen to a ticket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TicketChange {
    /// It was reported.
    Reported(Box<Ticket>),
    /// It has another state.
    Moved(TicketState),
}

/// A ticket as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ticket {
    pub(crate) request: TicketRequest,
    pub(crate) seller: SellerId,
    pub(crate) buyer: BuyerId,
    pub(crate) reported_by: ActorId,
    pub(crate) reported_at: DateTime<Utc>,
    pub(crate) state: TicketState,
}

impl Ticket {
    /// Folds a change in.
    #[must_use]
    pub fn evolve(current: Option<Self>, change: &TicketChange) -> Option<Self> {
        match (current, change) {
            (None, TicketChange::Reported(ticket)) => Some((**ticket).clone()),
            (Some(ticket), TicketChange::Moved(state)) => Some(Self { state: state.clone(), ..ticket }),
            (current, _) => current,
        }
    }

    /// The id.
    #[must_use]
    pub const fn id(&self) -> &TicketId {
        &self.request.id
    }

    /// What was reported.
    #[must_use]
    pub const fn request(&self) -> &TicketRequest {
        &self.request
    }

    /// Whose seller.
    #[must_use]
    pub const fn seller(&self) -> &SellerId {
        &self.seller
    }

    /// Whose invoices.
    #[must_use]
    pub const fn buyer(&self) -> &BuyerId {
        &self.buyer
    }

    /// When it was reported.
    #[must_use]
    pub const fn reported_at(&self) -> DateTime<Utc> {
        self.reported_at
    }

    /// Where it stands.
    #[must_use]
    pub const fn state(&self) -> &TicketState {
        &self.state
    }
}
