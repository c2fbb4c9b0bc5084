//! Review (审核): which applications a person must look at.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::invoice::{InvoiceClass, InvoiceKind, Medium};
use crate::money::Money;

/// Who must approve an application before anything is issued.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Approval {
    /// Nobody: approved by rule.
    Automatic,
    /// One reviewer.
    One,
    /// Two different reviewers, neither of whom submitted it (four-eyes).
    Two,
}

/// The seller's review rules. By default electronic ordinary invoices are approved by rule, special and paper ones
/// by a reviewer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReviewPolicy {
    electronic_ordinary: Approval,
    electronic_special: Approval,
    paper: Approval,
    review_above: Option<Money>,
    four_eyes_above: Option<Money>,
    #[serde(default)]
    claim_minutes: Option<u32>,
}

impl Default for ReviewPolicy {
    fn default() -> Self {
        Self {
            electronic_ordinary: Approval::Automatic,
            electronic_special: Approval::One,
            paper: Approval::One,
            review_above: None,
            four_eyes_above: None,
            claim_minutes: None,
        }
    }
}

impl ReviewPolicy {
    /// Sets who approves electronic special invoices (专票).
    #[must_use]
    pub const fn with_special(mut self, approval: Approval) -> Self {
        self.electronic_special = approval;
        self
    }

    /// Sets who approves paper invoices.
    #[must_use]
    pub const fn with_paper(mut self, approval: Approval) -> Self {
        self.paper = approval;
        self
    }

    /// Above this gross amount a reviewer is needed whatever the kind.
    #[must_use]
    pub const fn with_review_above(mut self, gross: Money) -> Self {
        self.review_above = Some(gross);
        self
    }

    /// Above this gross amount two reviewers are needed whatever the kind.
    #[must_use]
    pub const fn with_four_eyes_above(mut self, gross: Money) -> Self {
        self.four_eyes_above = Some(gross);
        self
    }

    /// A claimed application is the claimer's alone for this long; after that anybody may claim or decide it. Without
    /// this, a claim only says who is looking.
    #[must_use]
    pub const fn with_claims_for_minutes(mut self, minutes: u32) -> Self {
        self.claim_minutes = Some(minutes);
        self
    }

    /// Until when an application that was claimed at `at` is the claimer's alone; `None` when it is nobody's.
    #[must_use]
    pub fn claim_ends(&self, at: DateTime<Utc>) -> Option<DateTime<Utc>> {
        at.checked_add_signed(TimeDelta::minutes(i64::from(self.claim_minutes?)))
    }

    /// Who must approve an application of this kind and gross amount.
    #[must_use]
    pub fn approval(&self, kind: InvoiceKind, gross: Money) -> Approval {
        if self.four_eyes_above.is_some_and(|limit| gross > limit) {
            return Approval::Two;
        }
        let by_kind = match (kind.medium(), kind.class()) {
            (Medium::Paper, _) => self.paper,
            (Medium::Electronic, InvoiceClass::Special) => self.electronic_special,
            (Medium::Electronic, InvoiceClass::Ordinary) => self.electronic_ordinary,
        };
        if by_kind == Approval::Automatic && self.review_above.is_some_and(|limit| gross > limit) {
            return Approval::One;
        }
        by_kind
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_and_amounts_decide_who_approves() {
        let fen = Money::from_fen;
        let policy = ReviewPolicy::default().with_review_above(fen(100)).with_four_eyes_above(fen(1000));
        for (kind, gross, want) in [
            (InvoiceKind::DIGITAL_ORDINARY, 100, Approval::Automatic),
            (InvoiceKind::DIGITAL_ORDINARY, 101, Approval::One),
            (InvoiceKind::DIGITAL_ORDINARY, 1000, Approval::One),
            (InvoiceKind::DIGITAL_ORDINARY, 1001, Approval::Two),
            (InvoiceKind::DIGITAL_SPECIAL, 1, Approval::One),
            (InvoiceKind::DIGITAL_ORDINARY_PAPER, 1, Approval::One),
        ] {
            assert_eq!(policy.approval(kind, fen(gross)), want, "{kind} {gross}");
        }
    }
}
