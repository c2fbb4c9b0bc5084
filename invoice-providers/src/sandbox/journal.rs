//! The bureau's own file: one line of JSON per effect, written before the answer is given.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

use sha2::{Digest, Sha256};

use super::effect::Change;

/// Why a bureau cannot be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SandboxError {
    /// Another bureau, in this process or another, has the journal open.
    #[error("the sandbox journal {path} is in use: one bureau per file, share it by cloning the handle")]
    InUse {
        /// The file.
        path: String,
    },
    /// A line in the middle of the journal was changed. The file is left as it is.
    #[error("the sandbox journal {path} is damaged at line {line}; restore it or begin with a new file")]
    Damaged {
        /// The file.
        path: String,
        /// The line, from 1.
        line: usize,
    },
    /// The journal was begun with another seed, region or channel, or is not a journal.
    #[error("the file {path} is not a sandbox journal of this seed, region and channel")]
    Foreign {
        /// The file.
        path: String,
    },
    /// A setting that no bureau can have.
    #[error("sandbox bureau: {0}")]
    Setting(&'static str),
    /// The file cannot be read or written.
    #[error("the sandbox journal cannot be read or written")]
    Io(#[from] io::Error),
}

pub(super) struct Journal {
    file: File,
    broken: bool,
}

const HEAD: &str = "{\"sum\":\"";
const MIDDLE: &str = "\",\"changes\":";
const SUM_CHARS: usize = 16;

fn sum(text: &str) -> String {
    let digest: [u8; 32] = Sha256::digest(text.as_bytes()).into();
    digest.iter().take(SUM_CHARS / 2).map(|byte| format!("{byte:02x}")).collect()
}

fn write_line(changes: &str) -> String {
    format!("{HEAD}{}{MIDDLE}{changes}}}\n", sum(changes))
}

fn read_line(line: &str) -> Option<Vec<Change>> {
    let (said, rest) = line.strip_prefix(HEAD)?.split_at_checked(SUM_CHARS)?;
    let changes = rest.strip_prefix(MIDDLE)?.strip_suffix('}')?;
    if sum(changes) != said {
        return None;
    }
    serde_json::from_str(changes).ok()
}

impl Journal {
    /// Opens or begins the file; `header` names what the numbers depend on. A last line without its line feed was
    /// torn while being written, so its effect was never answered: it is cut off.
    pub(super) fn open(path: &Path, header: &str) -> Result<(Self, Vec<Vec<Change>>), SandboxError> {
        let shown = || path.display().to_string();
        let mut file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)?;
        file.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => SandboxError::InUse { path: shown() },
            TryLockError::Error(error) => SandboxError::Io(error),
        })?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        if whole == 0 && !header.as_bytes().starts_with(&bytes) {
            return Err(SandboxError::Foreign { path: shown() });
        }
        bytes.truncate(whole);
        let length = u64::try_from(whole).map_err(|_| SandboxError::Setting("journal too long"))?;
        file.set_len(length)?;
        file.seek(SeekFrom::Start(length))?;
        if whole == 0 {
            file.write_all(format!("{header}\n").as_bytes())?;
        }
        let text = bytes.strip_suffix(b"\n").unwrap_or(&bytes);
        let mut lines = text.split(|byte| *byte == b'\n');
        if whole > 0 && lines.next() != Some(header.as_bytes()) {
            return Err(SandboxError::Foreign { path: shown() });
        }
        let mut batches = Vec::new();
        for (number, line) in (2..).zip(lines).filter(|_| whole > 0) {
            let batch = std::str::from_utf8(line).ok().and_then(read_line);
            batches.push(batch.ok_or_else(|| SandboxError::Damaged { path: shown(), line: number })?);
        }
        Ok((Self { file, broken: false }, batches))
    }

    /// Writes one effect. After a failure nothing more is written: half a line may be on disk.
    pub(super) fn append(&mut self, changes: &[Change]) -> io::Result<()> {
        if self.broken {
            return Err(io::Error::other("an earlier write failed"));
        }
        let text = serde_json::to_string(changes).map_err(io::Error::other)?;
        let written = self.file.write_all(write_line(&text).as_bytes());
        self.broken = written.is_err();
        written
    }
}
