//! The rules, one function each, named as in the contract of [`InvoiceProvider`](crate::provider::InvoiceProvider).

mod answers;
mod declared;
mod sending;
mod steps;

use futures_util::future::BoxFuture;

pub use answers::{
    amounts_are_echoed, denied_means_denied, not_found_is_not_denied, query_changes_nothing,
    same_key_one_invoice,
};
pub use declared::{no_personal_data_in_errors, undeclared_is_unsupported};
pub use sending::{errors_say_the_effect, one_attempt, stored_bytes_are_sent};

use super::{Fixture, Violation};

/// One rule of the contract.
#[derive(Clone, Copy)]
pub struct Rule {
    /// Its number in the contract.
    pub number: u8,
    /// Its name: that of the test.
    pub name: &'static str,
    /// Checks it.
    pub check: for<'a> fn(&'a dyn Fixture) -> BoxFuture<'a, Result<(), Violation>>,
}

#[doc(hidden)]
#[macro_export]
macro_rules! __provider_rule_table {
    ($($number:literal $rule:ident)*) => {
        /// Every rule in the order of the contract.
        pub const RULES: &[Rule] = &[$(Rule {
            number: $number,
            name: stringify!($rule),
            check: |fixture| Box::pin($rule(fixture)),
        },)*];
    };
}

crate::__provider_rules!(__provider_rule_table;);
