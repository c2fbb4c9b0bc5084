use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::audit::hex_text;
use crate::received::ReceivedInvoice;
use crate::tax::tax_day;

/// Whether an invoice still stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Standing {
    /// The verifier cannot say.
    Unknown,
    /// It stands (正常).
    Normal,
    /// Some of it was taken back by a red invoice (部分红冲).
    PartlyRed,
    /// All of it was taken back (已红冲).
    RedFlushed,
    /// Void (作废).
    Voided,
}

impl Standing {
    /// The stable name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Normal => "normal",
            Self::PartlyRed => "partly_red",
            Self::RedFlushed => "red_flushed",
            Self::Voided => "voided",
        }
    }

    /// Whether nothing of the invoice stands any more, and never will.
    #[must_use]
    pub const fn is_over(self) -> bool {
        matches!(self, Self::RedFlushed | Self::Voided)
    }
}

/// What the bureau said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VerificationAnswer {
    /// It is in the books with these fields (001).
    Confirmed {
        /// Whether it still stands.
        standing: Standing,
        /// What the books say of it, where the verifier hands that over.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        invoice: Option<Box<ReceivedInvoice>>,
    },
    /// There is such a number, and a field is another (006): wrong for good, unless a field was misread.
    Mismatch,
    /// There is none, or none yet (009).
    NotFound,
    /// It was issued today: from tomorrow on (rqerr).
    TooEarly,
    /// It was asked about too often today, by whomever (002).
    LimitReached,
}

/// What became of a question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Heard {
    /// An answer. The books' own text goes to the invoice, not into the log.
    Answer(VerificationAnswer),
    /// Nobody knows whether the bureau was asked: it counts.
    Unclear {
        /// The verifier's code.
        code: String,
    },
    /// The bureau was certainly not asked: it does not count.
    NotAsked {
        /// The verifier's code.
        code: String,
    },
}

impl Heard {
    /// What the bureau's books say of the invoice, where the answer hands that over.
    #[must_use]
    pub fn books(&self) -> Option<&ReceivedInvoice> {
        match self {
            Self::Answer(VerificationAnswer::Confirmed { invoice, .. }) => invoice.as_deref(),
            _ => None,
        }
    }
}

/// A question that was counted, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    pub(super) question: String,
    pub(super) at: DateTime<Utc>,
    #[serde(with = "hex_text")]
    pub(super) asked: [u8; 32],
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) heard: Option<Heard>,
}

impl Attempt {
    /// The name of the question, made by whoever asked.
    #[must_use]
    pub fn question(&self) -> &str {
        &self.question
    }

    /// When it was counted, which is before it was sent.
    #[must_use]
    pub const fn at(&self) -> DateTime<Utc> {
        self.at
    }

    /// The [fingerprint](super::VerificationRequest::fingerprint) of what was asked.
    #[must_use]
    pub const fn asked(&self) -> &[u8; 32] {
        &self.asked
    }

    /// What became of it; `None` while nothing was heard.
    #[must_use]
    pub const fn heard(&self) -> Option<&Heard> {
        self.heard.as_ref()
    }

    pub(super) const fn answer(&self) -> Option<&VerificationAnswer> {
        match &self.heard {
            Some(Heard::Answer(answer)) => Some(answer),
            _ => None,
        }
    }

    /// Whether the bureau may have counted it.
    const fn counts(&self) -> bool {
        !matches!(self.heard, Some(Heard::NotAsked { .. }))
    }
}

/// Every question about one invoice, oldest first, whoever asked.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct VerificationLog(Vec<Attempt>);

impl VerificationLog {
    /// The questions, oldest first.
    #[must_use]
    pub fn attempts(&self) -> &[Attempt] {
        &self.0
    }

    /// Counts a question under a name of its own. Store it before sending.
    pub fn ask(&mut self, question: impl Into<String>, fingerprint: [u8; 32], at: DateTime<Utc>) {
        self.0.push(Attempt { question: question.into(), at, asked: fingerprint, heard: None });
    }

    /// Takes in what became of a question; heard a second time, or of no question, it changes nothing and gives `false`.
    /// What the books say of the invoice is left out: it belongs into the invoice.
    pub fn hear(&mut self, question: &str, heard: Heard) -> bool {
        let open = |attempt: &&mut Attempt| attempt.question == question && attempt.heard.is_none();
        let Some(attempt) = self.0.iter_mut().find(open) else { return false };
        attempt.heard = Some(match heard {
            Heard::Answer(VerificationAnswer::Confirmed { standing, .. }) => {
                Heard::Answer(VerificationAnswer::Confirmed { standing, invoice: None })
            }
            heard => heard,
        });
        true
    }

    /// How often the bureau may have been asked on a day of its calendar, when a question arrives at the latest `within`
    /// after it was counted: one from just before midnight counts on both days.
    #[must_use]
    pub fn counted_on(&self, day: NaiveDate, within: TimeDelta) -> usize {
        let may_count = |attempt: &&Attempt| {
            let latest = attempt.at.checked_add_signed(within).unwrap_or(attempt.at);
            attempt.counts() && (tax_day(attempt.at)..=tax_day(latest)).contains(&day)
        };
        self.0.iter().filter(may_count).count()
    }

    /// Every confirmation, oldest first: when it was asked for, and the standing.
    pub fn confirmations(&self) -> impl DoubleEndedIterator<Item = (DateTime<Utc>, Standing)> {
        self.0.iter().filter_map(|attempt| match attempt.answer()? {
            VerificationAnswer::Confirmed { standing, .. } => Some((attempt.at, *standing)),
            _ => None,
        })
    }

    /// The standing that was last heard of; `None` while nothing was confirmed. A verifier that cannot say does not
    /// make one forget what another said.
    #[must_use]
    pub fn standing(&self) -> Option<Standing> {
        let told = self.confirmations().rev().find(|(_, standing)| *standing != Standing::Unknown);
        told.or_else(|| self.confirmations().next_back()).map(|(_, standing)| standing)
    }
}
