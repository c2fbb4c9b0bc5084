//! What a person or a shop lets pass.

use crate::rule::{Code, Override};
use crate::{Fault, Report, Severity};

/// What warnings do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Stance {
    /// Only errors refuse: what the bureau itself would take.
    #[default]
    Lenient,
    /// Warnings refuse as well, unless accepted by code.
    Strict,
}

/// How [`TaxId::parse_with`](super::TaxId::parse_with) weighs findings.
///
/// Accepting a code has effect only on rules that may be overridden: a person who has the
/// registration certificate in hand can let a pilot code pass, but not a number of five characters.
///
/// ```
/// use invoice_validate::rule::tax_id::USCC_CHECK;
/// use invoice_validate::tax_id::{Policy, TaxId};
/// let number = "914403001922038217";
/// assert!(TaxId::parse(number).is_err());
/// assert!(TaxId::parse_with(number, Policy::default().accept(USCC_CHECK.code())).is_ok());
/// assert!(TaxId::parse_with("91350203M0001QAY9B", Policy::strict()).is_err());
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    stance: Stance,
    accepted: Vec<Code>,
}

impl Policy {
    /// Warnings refuse too.
    pub fn strict() -> Self {
        Policy { stance: Stance::Strict, accepted: Vec::new() }
    }

    /// Lets findings of one rule pass, if the rule may be overridden at all.
    #[must_use]
    pub fn accept(mut self, code: Code) -> Self {
        self.accepted.push(code);
        self
    }

    /// The report as an error when something is left that refuses.
    pub(crate) fn apply(&self, report: Report) -> Result<(), Report> {
        if report.is_empty() {
            return Ok(());
        }
        let faults: Vec<Fault> = report.into_faults();
        if faults.iter().any(|fault| self.refuses(fault)) {
            Err(faults.into_iter().collect())
        } else {
            Ok(())
        }
    }

    fn refuses(&self, fault: &Fault) -> bool {
        let counts = match fault.severity() {
            Severity::Error => true,
            Severity::Warning => self.stance == Stance::Strict,
            Severity::Hint => false,
        };
        let let_pass =
            fault.rule().may_override() == Override::Allowed && self.accepted.contains(&fault.code());
        counts && !let_pass
    }
}
