//! Tax: rates, treatments, classification codes and the items a line is sold as (税目).

mod code;
mod day;
mod item;
mod rate;
mod search;
pub mod table;

pub use code::{ParseCodeError, TaxCode};
pub use day::{tax_day, tax_midnight};
pub use item::{TaxItem, Treatment};
pub use rate::{ParseRateError, TaxRate};
pub use search::{Initials, TaxSearch};
pub use table::{RateRule, TaxTable, TaxTableEntry};
