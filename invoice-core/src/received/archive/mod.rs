//! Archive (归档): a folder of files with a list that proves, offline and without a key, that nothing was changed.
//!
//! The list is text, one JSON object a line: a head, one line per file with its length, its SHA-256 and until when it must
//! be kept, and an end. Each line carries a hash over the line before and itself, so that none can be changed, removed,
//! added or moved without changing the last one. Whoever can write to the folder can write all of it anew: only the last
//! hash, kept elsewhere, stands against that.
//!
//! ```
//! use invoice_core::received::archive::{ArchiveWriter, FoundFile, check_archive};
//! let mut archive = ArchiveWriter::new("2026-05");
//! archive.file("invoice.xml", 5, sha(b"<xml>"), "2056-12-31".parse().unwrap())?;
//! let (list, head) = archive.finish();
//! let mut folder = std::collections::BTreeMap::new();
//! folder.insert("invoice.xml".to_owned(), FoundFile { bytes: 5, digest: sha(b"<xml>") });
//! assert!(check_archive(list.as_bytes(), &folder, Some(&head)).holds());
//! folder.insert("invoice.xml".to_owned(), FoundFile { bytes: 5, digest: sha(b"<xmk>") });
//! assert!(!check_archive(list.as_bytes(), &folder, None).holds());
//! # fn sha(bytes: &[u8]) -> [u8; 32] { use sha2::{Digest, Sha256}; Sha256::digest(bytes).into() }
//! # Ok::<(), invoice_core::error::Refusal>(())
//! ```

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::audit::{hex, hex_text};
use crate::error::{Refusal, RefusalCode};

/// The name of the list in its folder.
pub const LIST: &str = "archive.jsonl";
/// The form of the list, in its first line.
const FORM: &str = "fapiao-archive/1";
/// Most characters of a file's name.
const MAX_NAME: usize = 128;
/// Most bytes of a list: about half a million files.
pub const MAX_LIST: usize = 256 << 20;

/// A line of the list, before its hash.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
enum Line {
    Head {
        form: String,
        name: String,
    },
    File {
        number: u64,
        name: String,
        bytes: u64,
        #[serde(with = "hex_text")]
        sha256: [u8; 32],
        keep_until: NaiveDate,
    },
    End {
        files: u64,
    },
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Chained {
    line: Line,
    #[serde(with = "hex_text")]
    chain: [u8; 32],
}

fn text_of<T: Serialize>(value: &T) -> String {
    // Plain structs of texts and numbers have no value that JSON cannot hold.
    serde_json::to_string(value).unwrap_or_default()
}

/// The hash of a line: over the one before, and its text.
fn link(before: &[u8; 32], line: &Line) -> [u8; 32] {
    let mut hasher = Sha256::new();
    hasher.update(FORM.as_bytes());
    hasher.update(before);
    hasher.update(text_of(line).as_bytes());
    hasher.finalize().into()
}

/// Whether a file of this name can be archived: letters, digits, `.`, `-` and `_`, not first a point, not the list's own.
fn is_fit(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-_".contains(&byte);
    (1..=MAX_NAME).contains(&name.len()) && name.bytes().all(plain) && !name.starts_with('.') && name != LIST
}

/// Writes the list of a folder.
#[derive(Debug)]
pub struct ArchiveWriter {
    text: String,
    chain: [u8; 32],
    names: std::collections::BTreeSet<String>,
}

impl ArchiveWriter {
    /// A list under a name, such as the folder's: no personal data.
    #[must_use]
    pub fn new(name: &str) -> Self {
        let mut writer =
            Self { text: String::new(), chain: [0; 32], names: std::collections::BTreeSet::new() };
        writer.push(Line::Head { form: FORM.to_owned(), name: name.to_owned() });
        writer
    }

    /// Lists a file: its name in the folder, how long it is, the SHA-256 of its bytes, and until when it must be there.
    ///
    /// # Errors
    /// `ARCHIVE-01` when the name is not plain, or is listed already.
    pub fn file(
        &mut self,
        name: &str,
        bytes: u64,
        digest: [u8; 32],
        keep_until: NaiveDate,
    ) -> Result<(), Refusal> {
        if !is_fit(name) || !self.names.insert(name.to_owned()) {
            return Err(Refusal::new(RefusalCode::ArchiveName).with("most", MAX_NAME));
        }
        let number = u64::try_from(self.names.len()).unwrap_or(u64::MAX);
        self.push(Line::File { number, name: name.to_owned(), bytes, sha256: digest, keep_until });
        Ok(())
    }

    /// The text of the list, to be written as [`LIST`], and its last hash, to be kept elsewhere.
    #[must_use]
    pub fn finish(mut self) -> (String, [u8; 32]) {
        let files = u64::try_from(self.names.len()).unwrap_or(u64::MAX);
        self.push(Line::End { files });
        (self.text, self.chain)
    }

    fn push(&mut self, line: Line) {
        self.chain = link(&self.chain, &line);
        self.text.push_str(&text_of(&Chained { line, chain: self.chain }));
        self.text.push('\n');
    }
}

/// A file as it lies in the folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FoundFile {
    /// How long it is.
    pub bytes: u64,
    /// The SHA-256 of its bytes.
    pub digest: [u8; 32],
}

/// What is wrong with an archive.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum ArchiveFault {
    /// The list is not text of this form, is longer than a list can be, or has no head.
    Form,
    /// A line was changed, removed, added or moved: this one is not what followed the one before.
    Chain {
        /// The line, from 1.
        line: u64,
    },
    /// The list has no end, goes on behind it, or counts other files than it lists.
    End,
    /// The last hash is not the one that was kept.
    Head,
    /// A file is not there.
    Missing {
        /// Its name.
        name: String,
    },
    /// A file has other bytes.
    Changed {
        /// Its name.
        name: String,
    },
    /// A file is there that is not listed.
    Added {
        /// Its name.
        name: String,
    },
}

impl ArchiveFault {
    /// The stable name.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Form => "form",
            Self::Chain { .. } => "chain",
            Self::End => "end",
            Self::Head => "head",
            Self::Missing { .. } => "missing",
            Self::Changed { .. } => "changed",
            Self::Added { .. } => "added",
        }
    }

    /// The file concerned.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Missing { name } | Self::Changed { name } | Self::Added { name } => Some(name),
            _ => None,
        }
    }

    /// The line concerned.
    #[must_use]
    pub const fn line(&self) -> Option<u64> {
        match self {
            Self::Chain { line } => Some(*line),
            _ => None,
        }
    }
}

/// What a check has found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct ArchiveVerdict {
    /// Everything that is wrong.
    pub faults: Vec<ArchiveFault>,
    /// How many files are listed.
    pub files: u64,
    /// The last hash, as hexadecimal text.
    pub head: String,
}

impl ArchiveVerdict {
    /// Whether nothing is wrong.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.faults.is_empty()
    }
}

/// Checks a list against the files that lie beside it. `kept` is the last hash as it was kept elsewhere.
///
/// A list is exactly what a writer writes: bytes that mean the same but are others are found, too.
#[must_use]
pub fn check_archive(
    list: &[u8],
    folder: &BTreeMap<String, FoundFile>,
    kept: Option<&[u8; 32]>,
) -> ArchiveVerdict {
    let mut verdict = ArchiveVerdict::default();
    let text = std::str::from_utf8(list).ok().filter(|_| list.len() <= MAX_LIST);
    let Some(text) = text.and_then(|text| text.strip_suffix('\n')) else {
        verdict.faults.push(ArchiveFault::Form);
        return verdict;
    };
    let (mut chain, mut listed, mut ended) = ([0; 32], BTreeMap::new(), false);
    for (number, text) in (1_u64..).zip(text.split('\n')) {
        let read = serde_json::from_str::<Chained>(text).ok().filter(|read| text_of(read) == text);
        let Some(Chained { line, chain: said }) = read else {
            verdict.faults.push(ArchiveFault::Chain { line: number });
            continue;
        };
        if link(&chain, &line) != said {
            verdict.faults.push(ArchiveFault::Chain { line: number });
        }
        // What follows is held against what this line says, so that one fault is not told of every line behind it.
        chain = said;
        if ended {
            verdict.faults.push(ArchiveFault::End);
        }
        match line {
            Line::Head { form, .. } if number != 1 || form != FORM => verdict.faults.push(ArchiveFault::Form),
            Line::Head { .. } => {}
            _ if number == 1 => verdict.faults.push(ArchiveFault::Form),
            Line::File { number: of, name, bytes, sha256, .. } => {
                verdict.files += 1;
                let file = FoundFile { bytes, digest: sha256 };
                if of != verdict.files || !is_fit(&name) || listed.insert(name, file).is_some() {
                    verdict.faults.push(ArchiveFault::Chain { line: number });
                }
            }
            Line::End { files } => {
                ended = true;
                if files != verdict.files {
                    verdict.faults.push(ArchiveFault::End);
                }
            }
        }
    }
    if !ended {
        verdict.faults.push(ArchiveFault::End);
    }
    if kept.is_some_and(|kept| *kept != chain) {
        verdict.faults.push(ArchiveFault::Head);
    }
    verdict.head = hex(&chain);
    for (name, file) in &listed {
        match folder.get(name) {
            None => verdict.faults.push(ArchiveFault::Missing { name: name.clone() }),
            Some(found) if found != file => verdict.faults.push(ArchiveFault::Changed { name: name.clone() }),
            Some(_) => {}
        }
    }
    let added = folder.keys().filter(|name| !listed.contains_key(*name) && *name != LIST);
    verdict.faults.extend(added.map(|name| ArchiveFault::Added { name: name.clone() }));
    verdict
}

#[cfg(test)]
mod tests;
