//! Kits that prove an implementation of one of the desk's traits, for the crates that implement one.
//!
//! A kit has one function per numbered rule of the trait's contract, and a macro that makes a `#[test]` of each.

pub mod archive;
mod ids;
pub mod provider;
mod runner;
pub mod sim;
pub mod store;
pub mod verifier;

pub use ids::SeededIds;
pub use runner::block_on;
