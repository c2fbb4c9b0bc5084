//! Red flush planning (红冲): which blue invoices a refund touches, and by how much.
//!
//! A red invoice flushes exactly one blue one, so the fewest forms is the fewest blue invoices that together
//! still have what is demanded of every order line. That is a covering problem: lines with one choice decide at
//! once (a blue invoice without which a line could not be met is *forced*), a line that shares none of its
//! invoices takes the fullest first, which is optimal, and what is left is searched where it is small and
//! covered greedily where it is large. The plan states the [lower bound](RedPlan::lower_bound) that the forced
//! invoices and lines without common invoices prove.
//!
//! A red repeats the tax of its blue by cumulative rounding over the gross amount: whatever was flushed before,
//! the last red takes the fen that is left, and all reds together are the blue.
//!
//! # Quantities
//!
//! The price of a blue row is fixed for reasons 01 to 03: a red row repeats it, and price times quantity is within
//! 0.01 of the net amount. The price is what the row came to after discount, by its printed quantity; after an
//! allowance, which takes an amount and no quantity, it is what is left by what is left. So of amount and quantity
//! only one is free, and the amount is what was given back: a demanded quantity is printed where it fits the amount,
//! and where it does not, or where only an amount was demanded, the quantity that the amount comes to is printed,
//! with decimals where need be, and [told](RedPlan::reasons). A quantity only fits if what it leaves still has the
//! price, so that the last red, which takes all that is left, has it too. Who wants no such quantity on paper gives
//! the money back as an allowance (04), which prints neither quantity nor price.
//!
//! # Regimes
//!
//! A digital red may flush digital and legacy invoices (legacy ones only once the tax disk is cancelled), a digital
//! paper red only digital paper and legacy ones, a legacy red only legacy ones, and special flushes special. A row
//! that a tax disk printed with a price that misses the amount can only be flushed by an allowance. Legacy paper
//! that can still be voided (作废) is not flushed in full: voiding is another verb.
//!
//! Rules on reasons and extents: tax bureau, issuing capability document V4.000 (2025-09-26), 3.1.2.3.

mod amounts;
mod blue;
mod choose;
mod form;
mod plan;
mod price;
mod regime;

pub use blue::{BlueInvoice, BluePart, BlueRow, Flushed, TaxDisk, WholeBecause};
pub use form::{RedDemand, RedExtent, RedForm, RedPart, RedPlan, RedReason, RedRow};
pub use plan::plan_red;
