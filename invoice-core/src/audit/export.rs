use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{Anchor, Entry, hex_text};
use crate::id::TenantId;

/// The longest line an export may have; an anchor of [`MAX_LEAVES`](super::MAX_LEAVES) leaves is far below.
pub const MAX_LINE: usize = 1 << 20;

/// What an export begins with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Header {
    /// The form of the export; this is form 1.
    pub form: u32,
    /// The tenant.
    pub tenant: TenantId,
    /// When it was made.
    pub at: DateTime<Utc>,
}

/// The row of an aggregate, behind its entries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RowHead {
    /// The aggregate: `kind/id`.
    pub subject: String,
    /// Its version: the `seq` of its newest entry.
    pub version: u64,
    /// The hash of that entry.
    #[serde(with = "hex_text")]
    pub head: [u8; 32],
}

/// What an export ends with.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct End {
    /// Anchors in it.
    pub anchors: u64,
    /// Entries in it.
    pub entries: u64,
    /// Rows in it.
    pub rows: u64,
    /// SHA-256 of all lines before, each with its line feed.
    #[serde(with = "hex_text")]
    pub digest: [u8; 32],
}

/// One line of an export.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Line {
    /// The first.
    Audit(Header),
    /// All anchors, in their order.
    Anchor(Anchor),
    /// The entries of an aggregate, in their order; aggregates in ascending order of `kind/id`.
    Entry(Entry),
    /// Ends an aggregate.
    Row(RowHead),
    /// The last.
    End(End),
}

/// Makes the lines of an export, and keeps count and digest.
#[derive(Debug, Clone, Default)]
pub struct Writer {
    end: End,
    digest: Sha256,
}

impl Writer {
    /// A new export.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The text of a line, without line feed.
    ///
    /// # Errors
    /// When a time cannot be written as text (years beyond 9999).
    pub fn line(&mut self, line: &Line) -> serde_json::Result<String> {
        let text = serde_json::to_string(line)?;
        self.end.count(line);
        self.digest.update(&text);
        self.digest.update("\n");
        Ok(text)
    }

    /// The text of the last line, without line feed.
    ///
    /// # Errors
    /// As [`Writer::line`].
    pub fn end(self) -> serde_json::Result<String> {
        serde_json::to_string(&Line::End(End { digest: self.digest.finalize().into(), ..self.end }))
    }
}

impl End {
    pub(super) const fn count(&mut self, line: &Line) {
        match line {
            Line::Anchor(_) => self.anchors += 1,
            Line::Entry(_) => self.entries += 1,
            Line::Row(_) => self.rows += 1,
            Line::Audit(_) | Line::End(_) => {}
        }
    }
}
