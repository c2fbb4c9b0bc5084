//! What a plan is refused for.

use std::fmt;

use crate::error::{Refusal, RefusalCode};

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
    Cut "cut" "More than one part of a line is cut: whole parts come first.";
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

pub(super) fn fault<T>(fault: Fault, at: usize) -> Result<T, Violation> {
    Err(Violation { fault, at })
}

#[inline]
pub(super) fn ensure(holds: bool, what: Fault, at: usize) -> Result<(), Violation> {
    if holds { Ok(()) } else { fault(what, at) }
}
