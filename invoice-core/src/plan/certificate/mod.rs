//! The independent checker: accepts a plan, or says what is wrong with it.
//!
//! It shares no code with the planners and is far simpler than they are: one pass over what was planned, no
//! search, no division per row. A [`CheckedSplit`] can only be made by it, so that what reaches a provider was
//! checked.

mod bound;
mod red;
mod split;

use std::fmt;

use crate::error::{Refusal, RefusalCode};
use crate::plan::split::{SplitLine, SplitPlan, SplitPolicy};

pub use red::check_red;
pub use split::check;

macro_rules! violations {
    ($($name:ident $code:literal $text:literal;)*) => {
        /// What a plan was refused for.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Fault {
            $(#[doc = $text] $name,)*
        }

        impl Fault {
            /// A short stable name.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }
        }
    };
}

violations! {
    Layout "layout" "Invoices, rows and parts do not lie behind each other without a gap.";
    UnknownLine "unknown line" "A part names a line that does not exist.";
    Policy "policy" "The plan was made under another policy.";
    Group "group" "Lines share an invoice that may not.";
    Order "order" "Rows or parts are out of order.";
    PartSum "part sum" "The parts of a line do not sum to the line.";
    RowSum "row sum" "A row is not the sum of its parts.";
    InvoiceSum "invoice sum" "An invoice is not the sum of its rows.";
    GrossSum "gross" "Gross is not net and tax together.";
    Amount "amount" "An amount has the wrong sign, or is zero.";
    Quantity "quantity" "A quantity is missing, too much, or not in whole units.";
    Discount "discount" "A discount row and its discounted row do not fit.";
    Limit "limit" "An invoice is above the limit.";
    RowCap "row cap" "An invoice has too many rows.";
    RowTolerance "row tolerance" "The tax of a row is off by more than 0.06.";
    InvoiceTolerance "invoice tolerance" "The tax of an invoice is off by more than 1.27.";
    LeftOut "left out" "A line is missing, or left out although it has an amount.";
    LowerBound "lower bound" "The claimed lower bound does not follow.";
    Extent "extent" "The reason does not allow this extent of a red invoice.";
    Exceeds "exceeds" "Red exceeds what the blue invoice still has.";
    Price "price" "A red row does not keep the price of its blue row within 0.01.";
    Kind "kind" "A red of this kind may not flush this blue invoice.";
    Demand "demand" "Red and unmet demands do not sum to what was demanded.";
}

/// What was found wrong with a plan, and where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Violation {
    /// What is wrong.
    pub fault: Fault,
    /// Index of the invoice, row, part or line, whichever the fault is about.
    pub at: usize,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {}", self.fault.as_str(), self.at)
    }
}

impl std::error::Error for Violation {}

impl From<Violation> for Refusal {
    fn from(violation: Violation) -> Self {
        Self::new(RefusalCode::PlanRejected).with("what", violation)
    }
}

/// A split that the checker accepted. The only way to one is [`CheckedSplit::new`].
///
/// ```
/// use invoice_core::plan::certificate::CheckedSplit;
/// use invoice_core::plan::split::{SplitLine, SplitPolicy, split};
/// use invoice_core::tax::{TaxRate, Treatment};
/// let line = SplitLine::new(
///     "1060201010000000000".parse()?,
///     TaxRate::percent(9).unwrap(),
///     Treatment::Standard,
///     "109.00".parse()?,
///     "0".parse()?,
/// )?;
/// let policy = SplitPolicy::new();
/// let plan = split(&[line], &policy)?;
/// let checked = CheckedSplit::new(&[line], &policy, plan)?;
/// assert_eq!(checked.plan().invoices()[0].net.to_string(), "100.00");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckedSplit(SplitPlan);

impl CheckedSplit {
    /// Checks a plan against the lines and the policy it was made for.
    ///
    /// # Errors
    /// `PLAN-01` with what is wrong and where.
    pub fn new(lines: &[SplitLine], policy: &SplitPolicy, plan: SplitPlan) -> Result<Self, Refusal> {
        check(lines, policy, &plan)?;
        Ok(Self(plan))
    }

    /// The plan.
    #[must_use]
    pub const fn plan(&self) -> &SplitPlan {
        &self.0
    }

    /// The plan, for whoever takes it apart.
    #[must_use]
    pub fn into_plan(self) -> SplitPlan {
        self.0
    }
}

#[cfg(test)]
mod tests;
