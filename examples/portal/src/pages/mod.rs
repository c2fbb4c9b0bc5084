//! The pages. Each asks the desk as the actor who looks, and shows what it is given.

pub(crate) mod applications;
pub(crate) mod apply;
pub(crate) mod deeds;
pub(crate) mod doubts;
mod draft;
mod lists;
pub(crate) mod login;
pub(crate) mod orders;
pub(crate) mod queue;
pub(crate) mod reds;
pub(crate) mod refusals;
pub(crate) mod reports;
mod scope;
mod steps;
mod tasks;
pub(crate) mod tickets;
