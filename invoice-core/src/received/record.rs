use std::collections::BTreeSet;
use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::ReceivedInvoice;
use super::verification::{Heard, VerificationLog};
use crate::id::{ActorId, ClaimId, SellerId};
use crate::invoice::InvoiceNumber;

/// Where a received invoice stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ReceivedState {
    /// It came in (已收票).
    Received,
    /// The bureau has confirmed it (已查验).
    Verified,
    /// It is in the books (已入账).
    Booked,
    /// Whoever laid the money out was promised it back (已报销).
    Reimbursed,
    /// The money went out (已付款).
    Paid,
    /// It is not accepted (已退票).
    Declined,
}

impl ReceivedState {
    /// Every state.
    pub const ALL: &[Self] =
        &[Self::Received, Self::Verified, Self::Booked, Self::Reimbursed, Self::Paid, Self::Declined];

    /// The stored name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Received => "received",
            Self::Verified => "verified",
            Self::Booked => "booked",
            Self::Reimbursed => "reimbursed",
            Self::Paid => "paid",
            Self::Declined => "declined",
        }
    }

    /// The state in Chinese.
    #[must_use]
    pub const fn chinese(self) -> &'static str {
        match self {
            Self::Received => "已收票",
            Self::Verified => "已查验",
            Self::Booked => "已入账",
            Self::Reimbursed => "已报销",
            Self::Paid => "已付款",
            Self::Declined => "已退票",
        }
    }

    /// Where a step leads; `None` when it is not its turn.
    #[must_use]
    pub const fn after(self, step: &ReceivedStep) -> Option<Self> {
        match (self, step) {
            (Self::Verified, ReceivedStep::Book { .. }) => Some(Self::Booked),
            (Self::Booked, ReceivedStep::Reimburse) => Some(Self::Reimbursed),
            (Self::Booked | Self::Reimbursed, ReceivedStep::Pay { .. }) => Some(Self::Paid),
            (Self::Received | Self::Verified, ReceivedStep::Decline { .. }) => Some(Self::Declined),
            _ => None,
        }
    }
}

/// A step of the books. Verification is none: the bureau's answer takes that one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ReceivedStep {
    /// Into the books, under the number of a voucher (记账凭证).
    Book {
        /// The voucher.
        voucher: String,
    },
    /// Its claim is accepted.
    Reimburse,
    /// The money went out, by this reference of the bank's.
    Pay {
        /// The reference.
        reference: String,
    },
    /// Not accepted, for a reason; for people, no personal data.
    Decline {
        /// Why.
        reason: String,
    },
}

impl ReceivedStep {
    /// The stable name.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Book { .. } => "book",
            Self::Reimburse => "reimburse",
            Self::Pay { .. } => "pay",
            Self::Decline { .. } => "decline",
        }
    }

    /// What is written with it.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Book { voucher: text } | Self::Pay { reference: text } | Self::Decline { reason: text } => {
                Some(text)
            }
            Self::Reimburse => None,
        }
    }
}

/// A note somebody made. Free text: `Debug` shows none of it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// Who.
    pub by: ActorId,
    /// When.
    pub at: DateTime<Utc>,
    /// What.
    pub text: String,
}

impl fmt::Debug for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Note({}, redacted)", self.by)
    }
}

/// Who wants the money for an invoice back, and in which claim (报销单).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claimed {
    /// The claim.
    pub claim: ClaimId,
    /// Who claimed.
    pub by: ActorId,
    /// When.
    pub at: DateTime<Utc>,
}

/// What can happen to a received invoice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ReceivedChange {
    /// It came in.
    Received(Box<ReceivedRecord>),
    /// More is known of it, from another file or from the bureau.
    Known(Box<ReceivedInvoice>),
    /// A question to the bureau was counted.
    Asked {
        /// The name of the question.
        question: String,
        /// Its fingerprint.
        #[serde(with = "crate::audit::hex_text")]
        asked: [u8; 32],
        /// When.
        at: DateTime<Utc>,
    },
    /// It is known what became of a question.
    Heard {
        /// The name of the question.
        question: String,
        /// What became of it.
        heard: Heard,
    },
    /// It has other tags.
    Tagged(BTreeSet<String>),
    /// It lies in another folder, or in none.
    Filed(Option<String>),
    /// Somebody made a note.
    Noted(Note),
    /// Somebody claimed it, or gave the claim up.
    Claimed(Option<Claimed>),
    /// It has another state.
    Moved {
        /// The state.
        to: ReceivedState,
        /// The step that led there; `None` for the bureau's confirmation.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<ReceivedStep>,
        /// When.
        at: DateTime<Utc>,
    },
}

/// A received invoice in the desk's keeping.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReceivedRecord {
    pub(crate) invoice: ReceivedInvoice,
    /// The number it is kept under, when it is better known by another since.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    kept_under: Option<InvoiceNumber>,
    pub(crate) entity: SellerId,
    pub(crate) by: ActorId,
    pub(crate) at: DateTime<Utc>,
    pub(crate) state: ReceivedState,
    #[serde(default)]
    pub(crate) verification: VerificationLog,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub(crate) tags: BTreeSet<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) notes: Vec<Note>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) folder: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) claimed: Option<Claimed>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) steps: Vec<ReceivedStep>,
    /// When each of the steps was taken.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    stepped_at: Vec<DateTime<Utc>>,
    /// It was booked as an employee's claim.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    booked_as_claim: bool,
}

impl ReceivedRecord {
    pub(crate) fn new(
        invoice: ReceivedInvoice,
        entity: SellerId,
        (by, at): (ActorId, DateTime<Utc>),
    ) -> Self {
        Self {
            invoice,
            kept_under: None,
            entity,
            by,
            at,
            state: ReceivedState::Received,
            verification: VerificationLog::default(),
            tags: BTreeSet::new(),
            notes: Vec::new(),
            folder: None,
            claimed: None,
            steps: Vec::new(),
            stepped_at: Vec::new(),
            booked_as_claim: false,
        }
    }

    /// Folds a change in.
    #[must_use]
    pub fn evolve(current: Option<Self>, change: &ReceivedChange) -> Option<Self> {
        let Some(mut record) = current else {
            let ReceivedChange::Received(record) = change else { return None };
            return Some((**record).clone());
        };
        match change {
            ReceivedChange::Received(_) => {}
            ReceivedChange::Known(invoice) => {
                let number = record.number().clone();
                record.invoice = (**invoice).clone();
                record.kept_under = (record.invoice.number() != &number).then_some(number);
            }
            ReceivedChange::Asked { question, asked, at } => record.verification.ask(question, *asked, *at),
            ReceivedChange::Heard { question, heard } => {
                record.verification.hear(question, heard.clone());
            }
            ReceivedChange::Tagged(tags) => record.tags.clone_from(tags),
            ReceivedChange::Filed(folder) => record.folder.clone_from(folder),
            ReceivedChange::Noted(note) => record.notes.push(note.clone()),
            ReceivedChange::Claimed(claimed) => record.claimed.clone_from(claimed),
            ReceivedChange::Moved { to, by, at } => {
                record.state = *to;
                if let Some(step) = by {
                    if matches!(step, ReceivedStep::Book { .. }) {
                        record.booked_as_claim = record.claimed.is_some();
                    }
                    record.steps.push(step.clone());
                    record.stepped_at.push(*at);
                }
            }
        }
        Some(record)
    }

    /// The number it is kept under: the one by which it was first handed in.
    #[must_use]
    pub fn number(&self) -> &InvoiceNumber {
        self.kept_under.as_ref().unwrap_or_else(|| self.invoice.number())
    }

    /// Every number it goes by, the one it is kept under first.
    pub fn numbers(&self) -> impl Iterator<Item = &InvoiceNumber> {
        let kept = self.number();
        std::iter::once(kept).chain(self.invoice.numbers().filter(move |number| *number != kept))
    }

    /// What is known of it.
    #[must_use]
    pub const fn invoice(&self) -> &ReceivedInvoice {
        &self.invoice
    }

    /// Which company of ours it was made out to.
    #[must_use]
    pub const fn entity(&self) -> &SellerId {
        &self.entity
    }

    /// Who handed it in.
    #[must_use]
    pub const fn received_by(&self) -> &ActorId {
        &self.by
    }

    /// When it was handed in.
    #[must_use]
    pub const fn received_at(&self) -> DateTime<Utc> {
        self.at
    }

    /// Where it stands in our books.
    #[must_use]
    pub const fn state(&self) -> ReceivedState {
        self.state
    }

    /// Every question to the bureau about it.
    #[must_use]
    pub const fn verification(&self) -> &VerificationLog {
        &self.verification
    }

    /// Its tags.
    pub fn tags(&self) -> impl Iterator<Item = &str> {
        self.tags.iter().map(String::as_str)
    }

    /// Its notes, oldest first.
    #[must_use]
    pub fn notes(&self) -> &[Note] {
        &self.notes
    }

    /// The folder it lies in.
    #[must_use]
    pub fn folder(&self) -> Option<&str> {
        self.folder.as_deref()
    }

    /// Who claimed it.
    #[must_use]
    pub const fn claimed(&self) -> Option<&Claimed> {
        self.claimed.as_ref()
    }

    /// The steps of the books that were taken, oldest first, and when.
    pub fn dated_steps(&self) -> impl Iterator<Item = (&ReceivedStep, DateTime<Utc>)> {
        self.steps.iter().zip(self.stepped_at.iter().copied())
    }

    /// Whether it was claimed when it was booked: then it is owed to an employee, whatever was claimed later.
    #[must_use]
    pub const fn is_booked_as_claim(&self) -> bool {
        self.booked_as_claim
    }

    /// The steps of the books that were taken, oldest first.
    #[must_use]
    pub fn steps(&self) -> &[ReceivedStep] {
        &self.steps
    }
}
