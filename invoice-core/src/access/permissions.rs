use std::collections::BTreeSet;

use super::{Actor, Role, Verb};
use crate::error::{Refusal, RefusalCode};

/// Which role may do which verb: the table every verb is checked against.
///
/// ```
/// use invoice_core::access::{Permissions, Role, Verb};
/// let shop = Permissions::default().granting(Role::Support, Verb::Cancel).denying(Role::Buyer, Verb::Cancel);
/// assert!(shop.allows(Role::Support, Verb::Cancel) && !shop.allows(Role::Buyer, Verb::Cancel));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permissions {
    granted: BTreeSet<(Role, Verb)>,
}

impl Default for Permissions {
    /// The standard table, [`Role::may`].
    fn default() -> Self {
        let pairs = Role::ALL.iter().flat_map(|role| Verb::ALL.iter().map(move |verb| (*role, *verb)));
        Self { granted: pairs.filter(|(role, verb)| role.may(*verb)).collect() }
    }
}

impl Permissions {
    /// A table that allows nothing, to begin a host's own.
    #[must_use]
    pub const fn nothing() -> Self {
        Self { granted: BTreeSet::new() }
    }

    /// Allows a role a verb.
    #[must_use]
    pub fn granting(mut self, role: Role, verb: Verb) -> Self {
        self.granted.insert((role, verb));
        self
    }

    /// Takes a verb from a role.
    #[must_use]
    pub fn denying(mut self, role: Role, verb: Verb) -> Self {
        self.granted.remove(&(role, verb));
        self
    }

    /// Whether the role may do it.
    #[must_use]
    pub fn allows(&self, role: Role, verb: Verb) -> bool {
        self.granted.contains(&(role, verb))
    }

    /// Checks that the actor's role may do it.
    ///
    /// # Errors
    /// `ACCESS-01`.
    pub fn check(&self, actor: &Actor, verb: Verb) -> Result<(), Refusal> {
        if self.allows(actor.role(), verb) {
            return Ok(());
        }
        Err(Refusal::new(RefusalCode::NotPermitted)
            .with("role", actor.role().as_str())
            .with("verb", verb.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::ActorId;

    #[test]
    fn a_host_replaces_the_table_cell_by_cell() {
        let standard = Permissions::default();
        for role in Role::ALL {
            for verb in Verb::ALL {
                assert_eq!(standard.allows(*role, *verb), role.may(*verb));
                let flipped = if role.may(*verb) {
                    standard.clone().denying(*role, *verb)
                } else {
                    standard.clone().granting(*role, *verb)
                };
                for (other, cell) in Role::ALL.iter().flat_map(|r| Verb::ALL.iter().map(move |v| (r, v))) {
                    let same = (other, cell) != (role, verb);
                    assert_eq!(flipped.allows(*other, *cell), other.may(*cell) == same);
                }
                let actor = Actor::staff(ActorId::new("x").unwrap(), *role);
                assert_eq!(flipped.check(&actor, *verb).is_ok(), !role.may(*verb));
                assert!(Permissions::nothing().check(&actor, *verb).is_err());
            }
        }
    }
}
