//! Programs that run the invoice desk (发票中台) the way a shop would.
//!
//! - `closed_loop`: orders in, invoices out, refunds taken back, what they free applied for again, and the books
//!   proved at the end. See [`run`](mod@run).
//! - `online_school`, `platform_desk`: stories of whole shops, told by the verbs of the desk. See [`story`].
//! - `simulate`: seeds of the core's simulator.
//!
//! The command line `fapiao` is a package of its own beside this one, so that what it needs is not built here.
//!
//! Orders come from a [`feed`]: the public "Online Retail" dataset ([`retail`]) or a generated day in the life of a
//! Chinese shop ([`shop`]).

pub mod clock;
pub mod closed_loop;
pub mod feed;
pub mod ids;
pub mod items;
pub mod machine;
pub mod parties;
pub mod random;
pub mod retail;
pub mod run;
pub mod shop;
pub mod story;
pub mod summary;
