//! The bureau inside the process.

mod support;

mod checks;
mod conformance;
mod faults;
mod issue;
mod journal;
mod random;
mod verifier_conformance;
