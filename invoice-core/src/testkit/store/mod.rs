//! Proves that a store keeps the contract of [`Store`](crate::store::Store): one function per numbered rule.
//!
//! In the tests of a crate that implements a store, with `invoice-core` and its feature `testkit` among the
//! dev-dependencies:
//!
//! ```
//! mod conformance {
//!     invoice_core::store_conformance!(async { invoice_core::store::MemoryStore::new() });
//! }
//! # fn main() {}
//! ```
//!
//! The expression is evaluated once per rule and gives a fresh store, or a [`Subject`] that can also be closed and
//! opened again. A store that needs a runtime names what runs it:
//!
//! ```ignore
//! invoice_core::store_conformance!(async { SqliteStore::open_in_memory().await.unwrap() }, run = on_tokio);
//!
//! fn on_tokio<F: Future>(test: F) -> F::Output {
//!     tokio::runtime::Runtime::new().unwrap().block_on(test)
//! }
//! ```

mod given;
mod rules;
mod subject;

use std::fmt;

use futures_util::future::BoxFuture;

pub use subject::Subject;

/// A rule of the contract that a store broke.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// The number of the rule in the contract of [`Store`](crate::store::Store).
    pub number: u8,
    /// The rule's name: that of its function here.
    pub rule: &'static str,
    /// What was expected and what came.
    pub what: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "rule {} ({}): {}", self.number, self.rule, self.what)
    }
}

impl std::error::Error for Violation {}

/// A rule by number and name, for those who want to run the kit themselves.
#[derive(Clone, Copy)]
pub struct Rule {
    /// Its number in the contract.
    pub number: u8,
    /// Its name.
    pub name: &'static str,
    run: for<'a> fn(&'a Subject) -> BoxFuture<'a, Result<(), Violation>>,
}

impl Rule {
    /// Tries to break the rule on a fresh store.
    ///
    /// # Errors
    /// The first violation.
    pub async fn check(&self, subject: &Subject) -> Result<(), Violation> {
        (self.run)(subject).await
    }
}

impl fmt::Debug for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Rule({} {})", self.number, self.name)
    }
}

macro_rules! contract {
    ($($(#[$doc:meta])* $number:literal $name:ident: $($case:path),+;)*) => {
        /// Every rule, in the order of the contract.
        pub const RULES: &[Rule] = &[$(Rule {
            number: $number,
            name: stringify!($name),
            run: |subject| Box::pin($name(subject)),
        },)*];

        $(
            $(#[$doc])*
            ///
            /// # Errors
            /// The first violation.
            pub async fn $name(subject: &Subject) -> Result<(), Violation> {
                $(
                    $case(subject).await.map_err(|broken| Violation {
                        number: $number,
                        rule: stringify!($name),
                        what: broken.to_string(),
                    })?;
                )+
                Ok(())
            }
        )*
    };
}

contract! {
    /// Rule 1: a unit is visible whole or not at all.
    1 all_or_nothing: rules::units::whole, rules::units::refused_whole, rules::units::seen_whole;
    /// Rule 2: what was confirmed is there after closing and opening again, if the [`Subject`] can do that.
    2 durable: rules::units::reopened;
    /// Rule 3: at most one unit goes on from a version.
    3 versions: rules::versions::write_conflicts, rules::versions::read_conflicts, rules::versions::one_winner;
    /// Rule 4: a written row is one version further, a restored one at its own version.
    4 version_steps: rules::versions::steps, rules::versions::restored;
    /// Rule 5: the same unit twice is applied once.
    5 same_unit_twice: rules::units::twice, rules::units::twice_later, rules::units::twice_at_once;
    /// Rule 6: a commit does not claim to have failed when it has not, also when its caller goes away.
    6 unknown_is_said: rules::units::failure_is_true, rules::units::abandoned;
    /// Rule 7: what was committed is seen by every kind of reading.
    7 read_your_writes: rules::reads::committed, rules::reads::changed;
    /// Rule 8: everything comes back exactly.
    8 exact: rules::exact::bodies, rules::exact::texts, rules::exact::amounts, rules::exact::times;
    /// Rule 9: pages are in order and complete.
    9 pages: rules::pages::all_once, rules::pages::conditions, rules::pages::while_writing;
    /// Rule 10: tenants do not meet.
    10 tenants_apart: rules::tenants::reading, rules::tenants::outbox, rules::tenants::units;
    /// Rule 11: a message is with one worker, in the order of being due.
    11 leases: rules::outbox::order, rules::outbox::one_holder, rules::outbox::lanes, rules::outbox::due;
    /// Rule 12: without the lease nothing is settled.
    12 settling: rules::outbox::settled, rules::outbox::lost_lease, rules::outbox::settled_once;
    /// Rule 13: waking makes earlier and changes nothing else.
    13 waking: rules::outbox::woken, rules::outbox::woken_while_held;
    /// Rule 14: journal and ledger are in order and never change.
    14 journal_order: rules::history::journal, rules::history::ledger, rules::history::positions,
        rules::history::one_position;
    /// Rule 15: sums are of what is there now, complete, in order, to the fen.
    15 sums: rules::sums::added, rules::sums::replaced, rules::sums::of_one_tenant;
}

/// Makes one `#[test]` per rule of the [`Store`](crate::store::Store) contract.
///
/// The first argument is a future that gives a fresh store (or a [`Subject`](crate::testkit::store::Subject)) each
/// time it is evaluated; `run = path` names the function that runs a test's future, by default
/// [`block_on`](crate::testkit::block_on).
#[macro_export]
macro_rules! store_conformance {
    ($make:expr) => { $crate::store_conformance!($make, run = $crate::testkit::block_on); };
    ($make:expr, run = $run:path) => {
        $crate::store_conformance!(@each ($make) ($run)
            all_or_nothing durable versions version_steps same_unit_twice unknown_is_said read_your_writes
            exact pages tenants_apart leases settling waking journal_order sums);
    };
    (@each $make:tt $run:tt $($rule:ident)*) => { $($crate::store_conformance!(@one $make $run $rule);)* };
    (@one ($make:expr) ($run:path) $rule:ident) => {
        #[test]
        fn $rule() {
            let outcome = $run(async {
                let subject = $crate::testkit::store::Subject::from($make.await);
                $crate::testkit::store::$rule(&subject).await
            });
            if let Err(violation) = outcome {
                panic!("{violation}");
            }
        }
    };
}
