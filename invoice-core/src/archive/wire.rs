//! How records stand in a file.

use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::audit::{hex, hex_text};
use crate::env::Opaque;
use crate::id::{ActorId, LineId, OrderId, SellerId, TenantId, WorkerId};
use crate::money::Money;
use crate::store::{
    Columns, EntryKind, JournalEntry, Key, Kind, Lease, LedgerEntry, Message, MessageId, Row, StoreError,
    Tag, Version, Write, name,
};
use crate::tax::TaxRate;

/// How much there is, and a digest over all of it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Totals {
    /// Rows.
    pub rows: u64,
    /// Journal entries.
    pub journal: u64,
    /// Ledger entries.
    pub ledger: u64,
    /// Messages in the outbox.
    pub messages: u64,
    #[serde(with = "hex_text")]
    digest: [u8; 32],
}

impl Totals {
    /// The digest, as 64 hexadecimal digits.
    #[must_use]
    pub fn digest(&self) -> String {
        hex(&self.digest)
    }

    /// Records in all.
    #[must_use]
    pub const fn records(&self) -> u64 {
        self.rows + self.journal + self.ledger + self.messages
    }

    /// Takes a line of a record in. Each digest is over the one before, so that an export can go on from any.
    pub(super) fn add(&mut self, record: &Line, text: &str) {
        match record {
            Line::Row(_) => self.rows += 1,
            Line::Journal(_) => self.journal += 1,
            Line::Ledger(_) => self.ledger += 1,
            Line::Message(_) => self.messages += 1,
            Line::Archive(_) | Line::Page(_) | Line::End(_) => return,
        }
        let mut hasher = Sha256::new();
        hasher.update(self.digest);
        hasher.update(text);
        self.digest = hasher.finalize().into();
    }
}

impl fmt::Display for Totals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { rows, journal, ledger, messages, digest } = self;
        write!(
            f,
            "{rows} rows, {journal} journal and {ledger} ledger entries, {messages} messages, digest "
        )?;
        f.write_str(hex(digest).get(..16).unwrap_or_default())
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Header {
    pub(super) form: u32,
    pub(super) tenant: TenantId,
    pub(super) at: DateTime<Utc>,
}

/// Behind each page: where an export can go on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PageEnd {
    pub(super) at: Place,
    pub(super) totals: Totals,
    /// Over the versions of all rows so far.
    #[serde(with = "hex_text")]
    pub(super) versions: [u8; 32],
}

/// Behind what an export goes on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Place {
    /// Behind the row of this id of the kind of this name, and its journal.
    Row(String, String),
    Ledger(OrderId, u64),
    Message(String),
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Line {
    Archive(Header),
    Row(RowLine),
    Journal(JournalLine),
    Ledger(LedgerLine),
    Message(MessageLine),
    Page(PageEnd),
    End(Totals),
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RowLine {
    pub(super) kind: String,
    pub(super) id: String,
    pub(super) version: u64,
    #[serde(with = "hex_text")]
    head: [u8; 32],
    seller: Option<SellerId>,
    state: Option<String>,
    at: Option<DateTime<Utc>>,
    net: Money,
    tax: Money,
    gross: Money,
    tags: Vec<Tag>,
    #[serde(with = "base64_text")]
    body: Vec<u8>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct JournalLine {
    kind: String,
    id: String,
    seq: u64,
    at: DateTime<Utc>,
    actor: ActorId,
    verb: String,
    #[serde(with = "hex_text")]
    hash: [u8; 32],
    #[serde(with = "base64_text")]
    body: Vec<u8>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LedgerLine {
    order: OrderId,
    seq: u64,
    line: LineId,
    kind: String,
    cause: String,
    rate: TaxRate,
    net: Money,
    tax: Money,
    gross: Money,
    at: DateTime<Utc>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct MessageLine {
    id: String,
    subject: (String, String),
    lane: String,
    not_before: DateTime<Utc>,
    attempts: u32,
    lease: Option<(WorkerId, DateTime<Utc>)>,
}

impl RowLine {
    pub(super) fn of(write: &Write) -> Self {
        let (row, columns) = (&write.row, &write.columns);
        let mut tags = columns.tags.clone();
        // Stores give them in any order.
        tags.sort_unstable();
        Self {
            kind: row.key.kind().as_str().to_owned(),
            id: row.key.id().to_owned(),
            version: row.version.number(),
            head: row.head,
            seller: columns.seller.clone(),
            state: columns.state.map(str::to_owned),
            at: columns.at,
            net: columns.net,
            tax: columns.tax,
            gross: columns.gross,
            tags,
            body: row.body.0.clone(),
        }
    }

    /// `Ok(None)` when it is no row that can be.
    pub(super) fn write(self, tenant: &TenantId) -> Result<Option<Write>, StoreError> {
        let Some(kind) = Kind::from_name(&self.kind).filter(|_| self.version > 0) else { return Ok(None) };
        let columns = Columns {
            seller: self.seller,
            state: self.state.as_deref().map(name).transpose()?,
            at: self.at,
            net: self.net,
            tax: self.tax,
            gross: self.gross,
            tags: self.tags,
        };
        let (key, version) = (Key::new(tenant, kind, &self.id), Version::new(self.version));
        Ok(Some(Write { row: Row { key, version, head: self.head, body: Opaque(self.body) }, columns }))
    }
}

impl JournalLine {
    pub(super) fn of(entry: &JournalEntry) -> Self {
        Self {
            kind: entry.key.kind().as_str().to_owned(),
            id: entry.key.id().to_owned(),
            seq: entry.seq,
            at: entry.at,
            actor: entry.actor.clone(),
            verb: entry.verb.clone(),
            hash: entry.hash,
            body: entry.body.0.clone(),
        }
    }

    pub(super) fn entry(self, tenant: &TenantId) -> Option<JournalEntry> {
        Some(JournalEntry {
            key: Key::new(tenant, Kind::from_name(&self.kind)?, &self.id),
            seq: self.seq,
            at: self.at,
            actor: self.actor,
            verb: self.verb,
            body: Opaque(self.body),
            hash: self.hash,
        })
    }
}

impl LedgerLine {
    pub(super) fn of(entry: &LedgerEntry) -> Self {
        Self {
            order: entry.order.clone(),
            seq: entry.seq,
            line: entry.line.clone(),
            kind: entry.kind.as_str().to_owned(),
            cause: entry.cause.clone(),
            rate: entry.rate,
            net: entry.net,
            tax: entry.tax,
            gross: entry.gross,
            at: entry.at,
        }
    }

    pub(super) fn entry(self, tenant: &TenantId) -> Option<LedgerEntry> {
        Some(LedgerEntry {
            tenant: tenant.clone(),
            order: self.order,
            seq: self.seq,
            line: self.line,
            kind: EntryKind::from_name(&self.kind)?,
            cause: self.cause,
            rate: self.rate,
            net: self.net,
            tax: self.tax,
            gross: self.gross,
            at: self.at,
        })
    }
}

impl MessageLine {
    pub(super) fn of(message: &Message) -> Self {
        let subject = &message.subject;
        Self {
            id: message.id.as_str().to_owned(),
            subject: (subject.kind().as_str().to_owned(), subject.id().to_owned()),
            lane: message.lane.clone(),
            not_before: message.not_before,
            attempts: message.attempts,
            lease: message.lease.as_ref().map(|lease| (lease.worker.clone(), lease.until)),
        }
    }

    pub(super) fn message(self, tenant: &TenantId) -> Option<Message> {
        Some(Message {
            id: MessageId::from_text(&self.id),
            subject: Key::new(tenant, Kind::from_name(&self.subject.0)?, &self.subject.1),
            lane: self.lane,
            not_before: self.not_before,
            attempts: self.attempts,
            lease: self.lease.map(|(worker, until)| Lease { worker, until }),
        })
    }
}

/// Bytes as base64 (RFC 4648, with padding).
mod base64_text {
    use serde::{Deserialize, Deserializer, Serializer};

    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    pub(super) fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&encode(bytes))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
        let text = String::deserialize(deserializer)?;
        decode(&text).ok_or_else(|| serde::de::Error::custom("not base64"))
    }

    pub(super) fn encode(bytes: &[u8]) -> String {
        let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
        for chunk in bytes.chunks(3) {
            let at = |index: usize| u32::from(chunk.get(index).copied().unwrap_or(0));
            let bits = at(0) << 16 | at(1) << 8 | at(2);
            for digit in 0..4_usize {
                let index = (bits >> (18 - 6 * digit) & 63) as usize;
                text.push(if digit <= chunk.len() { char::from(ALPHABET[index]) } else { '=' });
            }
        }
        text
    }

    pub(super) fn decode(text: &str) -> Option<Vec<u8>> {
        let digits = text.trim_end_matches('=').as_bytes();
        let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
        for chunk in digits.chunks(4) {
            let mut bits = 0_u32;
            for index in 0..4 {
                let value = match chunk.get(index) {
                    Some(digit) => ALPHABET.iter().position(|known| known == digit)?,
                    None => 0,
                };
                bits = bits << 6 | u32::try_from(value).ok()?;
            }
            bytes.extend(bits.to_be_bytes().get(1..chunk.len())?);
        }
        // Written in no other way.
        (encode(&bytes) == text).then_some(bytes)
    }

    #[cfg(test)]
    mod tests {
        use super::{decode, encode};

        #[test]
        fn base64_is_the_standard_one_and_has_one_form() {
            // RFC 4648, section 10.
            let known = ["", "Zg==", "Zm8=", "Zm9v", "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy"];
            for (length, text) in known.into_iter().enumerate() {
                assert_eq!(encode(&b"foobar"[..length]), text);
                assert_eq!(decode(text).as_deref(), Some(&b"foobar"[..length]));
            }
            let every: Vec<u8> = (0..=255).collect();
            assert_eq!(decode(&encode(&every)), Some(every));
            for bad in ["Z", "Zg", "Zg=", "Zh==", "Zm9v====", "Zm9 ", "=", "Zg==Zg=="] {
                assert_eq!(decode(bad), None, "{bad}");
            }
        }
    }
}
