//! Access: who may do what. Checked in the core, by every verb.

use std::fmt;

use crate::error::{Refusal, RefusalCode};
use crate::id::{ActorId, BuyerId};

/// What somebody is to the desk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// A buyer: their own orders only.
    Buyer,
    /// Customer support: sees masked data, starts nothing that issues.
    Support,
    /// Finance: applies in the back office, refunds, resolves.
    Finance,
    /// Approves and rejects.
    Reviewer,
    /// Everything.
    Admin,
    /// The shop's own systems and the worker that pumps.
    System,
}

/// Something the desk can be asked to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Verb {
    /// Record an order, its payment or receipt.
    Record,
    /// See what an application would come to.
    Preview,
    /// Apply for invoices.
    Apply,
    /// Claim, approve or reject an application.
    Review,
    /// Cancel an application.
    Cancel,
    /// Record a refund.
    Refund,
    /// Do the work in the outbox.
    Pump,
    /// Retry or resolve a task that waits for a person, or set a paused account going again.
    Resolve,
    /// Confirm, reject or withdraw a red confirmation.
    AnswerRed,
    /// See applications, invoices and timelines.
    Read,
    /// Fetch documents.
    Download,
    /// Prove the books.
    Reconcile,
    /// Anchor the history and take it out for an auditor; read why things were done.
    Audit,
    /// Seal rows again under a newer key.
    Reseal,
    /// Take out what happened to an application, without personal data, to be replayed.
    Incident,
}

impl Role {
    /// Every role.
    pub const ALL: &[Self] =
        &[Self::Buyer, Self::Support, Self::Finance, Self::Reviewer, Self::Admin, Self::System];

    /// The role's stored name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Buyer => "buyer",
            Self::Support => "support",
            Self::Finance => "finance",
            Self::Reviewer => "reviewer",
            Self::Admin => "admin",
            Self::System => "system",
        }
    }

    /// Whether the role may do it. A host that wants other rules asks its own table first.
    #[must_use]
    pub const fn may(self, verb: Verb) -> bool {
        match self {
            Self::Admin => true,
            Self::Buyer => {
                matches!(verb, Verb::Preview | Verb::Apply | Verb::Cancel | Verb::Read | Verb::Download)
            }
            Self::Support => matches!(verb, Verb::Read | Verb::Preview | Verb::Incident),
            Self::Finance => !matches!(verb, Verb::Review | Verb::Pump | Verb::Reseal),
            Self::Reviewer => matches!(verb, Verb::Review | Verb::Read | Verb::Preview),
            Self::System => !matches!(verb, Verb::Review | Verb::Resolve | Verb::AnswerRed),
        }
    }
}

impl Verb {
    /// Every verb.
    pub const ALL: &[Self] = &[
        Self::Record,
        Self::Preview,
        Self::Apply,
        Self::Review,
        Self::Cancel,
        Self::Refund,
        Self::Pump,
        Self::Resolve,
        Self::AnswerRed,
        Self::Read,
        Self::Download,
        Self::Reconcile,
        Self::Audit,
        Self::Reseal,
        Self::Incident,
    ];

    /// The verb's stored name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Record => "record",
            Self::Preview => "preview",
            Self::Apply => "apply",
            Self::Review => "review",
            Self::Cancel => "cancel",
            Self::Refund => "refund",
            Self::Pump => "pump",
            Self::Resolve => "resolve",
            Self::AnswerRed => "answer_red",
            Self::Read => "read",
            Self::Download => "download",
            Self::Reconcile => "reconcile",
            Self::Audit => "audit",
            Self::Reseal => "reseal",
            Self::Incident => "incident",
        }
    }
}

/// Who acts.
#[derive(Clone, PartialEq, Eq)]
pub struct Actor {
    id: ActorId,
    role: Role,
    buyer: Option<BuyerId>,
    reason: Option<String>,
}

/// Most characters that are kept of an actor's reason.
const MAX_REASON: usize = 200;

impl Actor {
    /// A member of staff or a system.
    #[must_use]
    pub const fn staff(id: ActorId, role: Role) -> Self {
        Self { id, role, buyer: None, reason: None }
    }

    /// A buyer, who may act on their own things only.
    #[must_use]
    pub const fn buyer(id: ActorId, buyer: BuyerId) -> Self {
        Self { id, role: Role::Buyer, buyer: Some(buyer), reason: None }
    }

    /// The same actor, saying why they act: a ticket, a sentence. It is kept, sealed, in the journal entries of what
    /// they do; what is longer than 200 characters is cut.
    #[must_use]
    pub fn because(mut self, reason: &str) -> Self {
        self.reason = Some(reason.chars().take(MAX_REASON).collect());
        self
    }

    /// Why they act, when they said it.
    #[must_use]
    pub fn reason(&self) -> Option<&str> {
        self.reason.as_deref()
    }

    /// The id, as written into the journal.
    #[must_use]
    pub const fn id(&self) -> &ActorId {
        &self.id
    }

    /// The role.
    #[must_use]
    pub const fn role(&self) -> Role {
        self.role
    }

    /// The buyer, when the actor is one.
    #[must_use]
    pub const fn buyer_id(&self) -> Option<&BuyerId> {
        self.buyer.as_ref()
    }

    /// Checks that the role may do it.
    ///
    /// # Errors
    /// `ACCESS-01`.
    pub fn may(&self, verb: Verb) -> Result<(), Refusal> {
        if self.role.may(verb) {
            return Ok(());
        }
        Err(Refusal::new(RefusalCode::NotPermitted)
            .with("role", self.role.as_str())
            .with("verb", verb.as_str()))
    }

    /// Checks that a thing of `owner` is this actor's business: anybody's for staff, only their own for a buyer.
    ///
    /// # Errors
    /// `ACCESS-02`.
    pub fn owns(&self, owner: &BuyerId) -> Result<(), Refusal> {
        match (self.role, &self.buyer) {
            (Role::Buyer, buyer) if buyer.as_ref() != Some(owner) => {
                Err(Refusal::new(RefusalCode::NotYourOwn))
            }
            _ => Ok(()),
        }
    }
}

/// Without the reason: people write names into it.
impl fmt::Debug for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Actor").field("id", &self.id).field("role", &self.role).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn support_cannot_download_and_buyers_cannot_review() {
        assert!(!Role::Support.may(Verb::Download));
        assert!(!Role::Buyer.may(Verb::Review));
        assert!(!Role::Finance.may(Verb::Review), "who applies does not approve");
        assert!(Verb::ALL.iter().all(|verb| Role::Admin.may(*verb)));
        for role in Role::ALL {
            assert!(role.may(Verb::Read), "{}", role.as_str());
        }
    }

    #[test]
    fn buyers_see_their_own_only() {
        let own = BuyerId::new("b1").unwrap();
        let actor = Actor::buyer(ActorId::new("b1").unwrap(), own.clone());
        assert!(actor.owns(&own).is_ok());
        assert_eq!(actor.owns(&BuyerId::new("b2").unwrap()).unwrap_err().code(), RefusalCode::NotYourOwn);
    }
}
