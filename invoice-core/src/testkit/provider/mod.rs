//! The conformance kit of [`InvoiceProvider`](crate::provider::InvoiceProvider): one test per rule of its numbered
//! contract, and what tests of a provider need besides.
//!
//! Four lines in a test file of the provider's own repository run all of it:
//!
//! ```
//! # use std::{sync::Arc, time::Duration};
//! # use invoice_core::{provider::InvoiceProvider, testkit::provider::Fixture};
//! # struct MyFixture(Arc<dyn InvoiceProvider>);
//! # impl MyFixture { fn new() -> Self { unimplemented!() } }
//! impl Fixture for MyFixture {
//!     fn provider(&self) -> Arc<dyn InvoiceProvider> { Arc::clone(&self.0) }
//!     fn advance(&self, by: Duration) { /* moves the clock of the far side */ }
//! }
//! invoice_core::provider_conformance!(MyFixture::new);
//! ```
//!
//! The kit follows the declared capabilities in both directions: what is declared must work, what is not must say
//! that it is unsupported. The more of [`Fixture`] is filled in, the more can be seen: without
//! [`disturb`](Fixture::disturb) nothing is learnt about time-outs, without [`received`](Fixture::received) nothing
//! about hidden retries.

mod clock;
mod fixture;
pub mod rules;
mod sample;
mod tap;

use std::fmt;

pub use clock::ManualClock;
pub use fixture::{Disturbance, Fixture};
pub use rules::{RULES, Rule};
pub use sample::{SAMPLE_BUYER, SAMPLE_BUYER_NAME, SAMPLE_SELLER, SampleRequest, sample_item};
pub use tap::Tap;

/// A rule that a provider breaks, and how it was seen.
#[derive(Clone, PartialEq, Eq)]
pub struct Violation {
    /// The name of the rule.
    pub rule: &'static str,
    /// What was seen.
    pub what: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.rule, self.what)
    }
}

/// The same as `Display`, because this is what a test that returns a violation prints.
impl fmt::Debug for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for Violation {}

/// Checks one rule by its name.
///
/// # Errors
/// When the provider breaks it, or no rule has this name.
pub fn check(rule: &'static str, fixture: &dyn Fixture) -> Result<(), Violation> {
    let found = RULES.iter().find(|known| known.name == rule);
    let found = found.ok_or_else(|| Violation { rule, what: "there is no such rule".to_owned() })?;
    let mut result = Ok(());
    fixture.block_on(Box::pin(async {
        result = (found.check)(fixture).await;
    }));
    result
}

/// Expands to one `#[test]` per rule of the provider's contract. Takes a function or closure without arguments that
/// makes a fresh [`Fixture`](crate::testkit::provider::Fixture); put it in a module of its own to run it more than
/// once in a file.
#[macro_export]
macro_rules! provider_conformance {
    ($make:expr) => {
        $crate::__provider_rules!(provider_conformance; @tests $make;);
    };
    (@tests $make:expr; $($number:literal $rule:ident)*) => {$(
        #[test]
        fn $rule() -> ::std::result::Result<(), $crate::testkit::provider::Violation> {
            $crate::testkit::provider::check(stringify!($rule), &($make)())
        }
    )*};
}

/// The list of rules, once.
#[doc(hidden)]
#[macro_export]
macro_rules! __provider_rules {
    ($with:ident; $($before:tt)*) => {
        $crate::$with! { $($before)*
            1 one_attempt
            2 stored_bytes_are_sent
            3 errors_say_the_effect
            4 denied_means_denied
            5 not_found_is_not_denied
            6 query_changes_nothing
            7 same_key_one_invoice
            8 amounts_are_echoed
            9 undeclared_is_unsupported
            10 no_personal_data_in_errors
        }
    };
}
