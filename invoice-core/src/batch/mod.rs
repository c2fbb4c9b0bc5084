//! Batches (批量申请): thousands of applications from one file, a result for every row, and one bad row stops no other.

mod survey;

use std::fmt;

use serde::{Deserialize, Serialize};

pub use survey::survey;

use crate::application::{ApplicationState, ApplyRequest};
use crate::id::{ActorId, ApplicationId, BatchId};

/// Most characters of a batch's id: the ids of its applications and chunks are built from it.
pub const MAX_BATCH_ID: usize = 40;
/// Most rows of a batch.
pub const MAX_ROWS: usize = 100_000;
/// Rows that are worked on, and written down, together.
pub const CHUNK: usize = 100;

/// A row of the file: the number it has there, and what it asks for.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BatchRow {
    /// The row's number in the file, as a person counts.
    pub number: u32,
    /// What it asks for. The request's id is set when the batch is submitted.
    pub wish: RowWish,
}

/// What a row asks for.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RowWish {
    /// An application.
    Apply(Box<ApplyRequest>),
    /// It could not be read: the column and a code for why.
    Unreadable {
        /// The column's name.
        column: String,
        /// Why.
        code: String,
    },
}

impl fmt::Debug for BatchRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BatchRow({})", self.number)
    }
}

/// What a row came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
#[non_exhaustive]
pub enum RowResult {
    /// An application was accepted.
    Accepted {
        /// It.
        application: ApplicationId,
        /// Where it stood then: in review, or on its way.
        state: ApplicationState,
    },
    /// It was refused.
    Refused {
        /// The refusal's code.
        code: String,
        /// The sentence, in English; holds no personal data.
        message: String,
    },
    /// It asks for the same as an earlier row; that one counts.
    Repeats {
        /// The number of the earlier row.
        row: u32,
    },
    /// It wants another title, kind or part for an order that another row names too; neither counts.
    Contradicts {
        /// The number of the other row.
        row: u32,
    },
    /// It could not be read.
    Unreadable {
        /// The column's name.
        column: String,
        /// Why.
        code: String,
    },
}

impl RowResult {
    /// The result's stable name.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Accepted { .. } => "accepted",
            Self::Refused { .. } => "refused",
            Self::Repeats { .. } => "repeats",
            Self::Contradicts { .. } => "contradicts",
            Self::Unreadable { .. } => "unreadable",
        }
    }
}

/// What can happen to a chunk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BatchChange {
    /// Its rows were submitted.
    Submitted(Box<BatchChunk>),
    /// Every row has its result.
    Done(Vec<RowResult>),
}

/// Up to [`CHUNK`] rows of a batch, with their results once they have them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BatchChunk {
    pub(crate) batch: BatchId,
    pub(crate) index: u32,
    pub(crate) submitted_by: ActorId,
    pub(crate) role: String,
    pub(crate) rows: Vec<BatchRow>,
    /// What is known of a row before it is tried.
    pub(crate) known: Vec<Option<RowResult>>,
    pub(crate) results: Vec<RowResult>,
}

impl BatchChunk {
    /// Folds a change in.
    #[must_use]
    pub fn evolve(current: Option<Self>, change: &BatchChange) -> Option<Self> {
        match (current, change) {
            (None, BatchChange::Submitted(chunk)) => Some((**chunk).clone()),
            (Some(chunk), BatchChange::Done(results)) => Some(Self { results: results.clone(), ..chunk }),
            (current, _) => current,
        }
    }

    /// The batch.
    #[must_use]
    pub const fn batch(&self) -> &BatchId {
        &self.batch
    }

    /// The chunk's place in the batch, from 0.
    #[must_use]
    pub const fn index(&self) -> u32 {
        self.index
    }

    /// The rows.
    #[must_use]
    pub fn rows(&self) -> &[BatchRow] {
        &self.rows
    }

    /// The result of each row; empty until all have one.
    #[must_use]
    pub fn results(&self) -> &[RowResult] {
        &self.results
    }

    /// Whether every row has its result.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.results.len() == self.rows.len()
    }
}

/// The id of the application that a row makes: the same on every machine.
#[must_use]
pub fn application_id(batch: &BatchId, row: u32) -> ApplicationId {
    ApplicationId::from_trusted(format!("{batch}-{row}"))
}

/// The id of a chunk; sorts as the chunks do.
#[must_use]
pub fn chunk_id(batch: &BatchId, index: u32) -> String {
    format!("{batch}.{index:05}")
}
