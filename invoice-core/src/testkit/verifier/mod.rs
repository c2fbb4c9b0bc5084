//! The conformance kit of [`InvoiceVerifier`](crate::provider::InvoiceVerifier): one test per rule of its numbered contract.
//!
//! ```
//! # use std::sync::Arc;
//! # use invoice_core::{provider::InvoiceVerifier, received::ReceivedInvoice, testkit::verifier::VerifierFixture};
//! # struct MyFixture(Arc<dyn InvoiceVerifier>, ReceivedInvoice);
//! # impl MyFixture { fn new() -> Self { unimplemented!() } }
//! impl VerifierFixture for MyFixture {
//!     fn verifier(&self) -> Arc<dyn InvoiceVerifier> { Arc::clone(&self.0) }
//!     fn known(&self) -> ReceivedInvoice { self.1.clone() }
//! }
//! invoice_core::verifier_conformance!(MyFixture::new);
//! ```
//!
//! The more of [`VerifierFixture`] is filled in, the more can be seen: without [`asked`](VerifierFixture::asked) nothing is
//! learnt about hidden retries, without [`disturb`](VerifierFixture::disturb) nothing about lost answers.

mod fixture;
pub mod rules;

pub use fixture::{VerifierDisturbance, VerifierFixture};
pub use rules::{RULES, Rule};

pub use super::provider::Violation;

/// Checks one rule by its name.
///
/// # Errors
/// When the verifier breaks it, or no rule has this name.
pub fn check(rule: &'static str, fixture: &dyn VerifierFixture) -> Result<(), Violation> {
    let found = RULES.iter().find(|known| known.name == rule);
    let found = found.ok_or_else(|| Violation { rule, what: "there is no such rule".to_owned() })?;
    let mut result = Ok(());
    fixture.block_on(Box::pin(async {
        result = (found.check)(fixture).await;
    }));
    result
}

/// Expands to one `#[test]` per rule of the verifier's contract. Takes a function or closure without arguments that makes a
/// fresh [`VerifierFixture`](crate::testkit::verifier::VerifierFixture); put it in a module of its own to run it more than once
/// in a file.
#[macro_export]
macro_rules! verifier_conformance {
    ($make:expr) => {
        $crate::__verifier_rules!(verifier_conformance; @tests $make;);
    };
    (@tests $make:expr; $($number:literal $rule:ident)*) => {$(
        #[test]
        fn $rule() -> ::std::result::Result<(), $crate::testkit::verifier::Violation> {
            $crate::testkit::verifier::check(stringify!($rule), &($make)())
        }
    )*};
}

/// The list of rules, once.
#[doc(hidden)]
#[macro_export]
macro_rules! __verifier_rules {
    ($with:ident; $($before:tt)*) => {
        $crate::$with! { $($before)*
            1 one_attempt
            2 within_its_time
            3 errors_say_the_effect
            4 declared_kinds_only
            5 an_unknown_code_is_an_error
            6 standing_as_declared
            7 no_personal_data_in_errors
        }
    };
}
