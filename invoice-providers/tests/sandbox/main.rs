//! The bureau inside the process.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test ends at the first surprise"
)]

mod support;

mod checks;
mod conformance;
mod faults;
mod issue;
mod journal;
mod random;
mod verifier_conformance;
