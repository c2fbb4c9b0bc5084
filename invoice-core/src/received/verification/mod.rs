//! Verification (查验): is what was received in the bureau's books, with these amounts, and does it still stand?
//!
//! The bureau answers five times a day for one invoice, from the day after it was issued, for about five years. So each
//! question is counted in the invoice's [`VerificationLog`], and stored, before it is sent; [`VerificationLog::next`] says
//! what to do now, and never gives a sixth question for one day, whatever happened to the others.

mod asked;
mod log;
mod schedule;

#[cfg(test)]
mod tests;

pub use asked::{AmountAsked, Asked, CheckAsked, VerificationRequest, asked_of};
pub use log::{Attempt, Heard, Standing, VerificationAnswer, VerificationLog};
pub use schedule::{Asker, Firm, VerificationPolicy, VerificationStep, WaitReason};
