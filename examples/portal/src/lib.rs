//! The invoice desk in the browser (门户): a demonstration of what a host builds around the desk.
//!
//! Buyers apply with a pasted title, see what comes of it before they confirm, and follow it; finance, reviewers and
//! support see what is theirs. Pages are made on the server and hold no script. What somebody may do is decided by the
//! desk: a page hands it the actor and shows the refusal.
//!
//! What a host replaces: [`people`] (login), [`shop`] (orders and names), [`open`] (store, keys, provider), and the
//! sandbox's side of [`app`].

pub mod app;
pub mod door;
mod events;
pub mod html;
mod layout;
pub mod open;
mod pages;
pub mod people;
mod request;
mod seed;
pub mod session;
pub mod shop;
mod titles;
mod trouble;
mod words;
pub mod worker;
