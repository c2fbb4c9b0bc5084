//! The independent checker: accepts a plan, or says what is wrong with it.
//!
//! It shares no code with the planners and is far simpler than they are: one pass over what was planned, no
//! search, no division but for lines that are cut or discounted. What it looks at are the printed rows as
//! [`SplitPlan::rows`] gives them, and the lines. A [`CheckedSplit`] can only be made by it, so that what reaches a
//! provider was checked.

mod bound;
mod fault;
mod line;
mod red;
mod seen;
mod split;

use crate::error::Refusal;
use crate::plan::split::{InvoiceSpan, Rows, SplitLine, SplitPlan, SplitPolicy};

pub use fault::{Fault, Violation};
pub use red::check_red;
pub use split::check;

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
/// let lines = [line];
/// let checked = CheckedSplit::new(&lines, &policy, split(&lines, &policy)?)?;
/// let invoice = &checked.plan().invoices()[0];
/// assert_eq!(invoice.net().to_string(), "100.00");
/// assert_eq!(checked.rows(invoice).next().unwrap().gross().to_string(), "109.00");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckedSplit<'a> {
    lines: &'a [SplitLine],
    plan: SplitPlan,
}

impl<'a> CheckedSplit<'a> {
    /// Checks a plan against the lines and the policy it was made for.
    ///
    /// # Errors
    /// `PLAN-01` with what is wrong and where.
    pub fn new(lines: &'a [SplitLine], policy: &SplitPolicy, plan: SplitPlan) -> Result<Self, Refusal> {
        check(lines, policy, &plan)?;
        Ok(Self { lines, plan })
    }

    /// The plan.
    #[must_use]
    pub const fn plan(&self) -> &SplitPlan {
        &self.plan
    }

    /// The lines it was checked against.
    #[must_use]
    pub const fn lines(&self) -> &'a [SplitLine] {
        self.lines
    }

    /// The printed rows of an invoice of the plan, in order.
    #[must_use]
    pub fn rows(&self, invoice: &InvoiceSpan) -> Rows<'_> {
        self.plan.rows(self.lines, invoice)
    }

    /// The plan, for whoever takes it apart.
    #[must_use]
    pub fn into_plan(self) -> SplitPlan {
        self.plan
    }
}

#[cfg(test)]
mod tests;
