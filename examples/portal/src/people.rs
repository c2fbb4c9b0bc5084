//! The people of the demonstration. A host replaces this file by its own login.

use invoice_core::access::{Actor, Role};
use invoice_core::error::Refusal;
use invoice_core::id::{ActorId, BuyerId};

/// Somebody to be.
#[derive(Debug, PartialEq, Eq)]
pub struct Person {
    /// The id, of a buyer also that of their account with the shop.
    pub id: &'static str,
    /// What they are called.
    pub name: &'static str,
    /// What the desk knows them as.
    pub role: Role,
}

/// Everybody.
pub const PEOPLE: &[Person] = &[
    Person { id: "li", name: "李雷", role: Role::Buyer },
    Person { id: "wang", name: "王芳", role: Role::Buyer },
    Person { id: "fang", name: "方会计", role: Role::Finance },
    Person { id: "luo", name: "罗审核", role: Role::Reviewer },
    Person { id: "song", name: "宋客服", role: Role::Support },
    Person { id: "an", name: "安主管", role: Role::Admin },
];

impl Person {
    /// The person of this id.
    #[must_use]
    pub fn find(id: &str) -> Option<&'static Self> {
        PEOPLE.iter().find(|person| person.id == id)
    }

    /// As the desk knows them.
    ///
    /// # Errors
    /// `ID-01`, when the table names an id that is none.
    pub fn actor(&self) -> Result<Actor, Refusal> {
        let id = ActorId::new(self.id)?;
        Ok(match self.role {
            Role::Buyer => Actor::buyer(id, BuyerId::new(self.id)?),
            role => Actor::staff(id, role),
        })
    }

    /// Where they begin.
    #[must_use]
    pub const fn home(&self) -> &'static str {
        match self.role {
            Role::Buyer => "/orders",
            Role::Reviewer => "/review",
            Role::Support => "/applications",
            _ => "/queue",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybody_is_somebody_else() {
        let mut ids: Vec<_> = PEOPLE.iter().map(|person| person.id).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), PEOPLE.len());
        for person in PEOPLE {
            assert_eq!(Person::find(person.id), Some(person));
            assert_eq!(person.actor().unwrap().role(), person.role);
        }
        assert_eq!(Person::find("nobody"), None);
    }
}
