//! Access: who may do what. Checked in the core, by every verb; every refusal is written down.

mod permissions;
mod record;
mod role;

use std::fmt;

pub use permissions::Permissions;
pub use record::{AccessChange, AccessRecord};
pub use role::{Role, Verb};

use crate::error::{Refusal, RefusalCode};
use crate::id::{ActorId, BuyerId};

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
    fn buyers_see_their_own_only() {
        let own = BuyerId::new("b1").unwrap();
        let actor = Actor::buyer(ActorId::new("b1").unwrap(), own.clone());
        assert!(actor.owns(&own).is_ok());
        assert_eq!(actor.owns(&BuyerId::new("b2").unwrap()).unwrap_err().code(), RefusalCode::NotYourOwn);
    }
}
