//! The program tesseract, one process for each picture.

use std::env;
use std::io::{Read, Write};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use super::Recognizer;
use super::word::{Bounds, Picture, Word};
use crate::document::{DocumentCode, DocumentError};

/// Most bytes that the program may say. A full page is some hundred thousand.
const MAX_OUTPUT: u64 = 16 * 1024 * 1024;
/// How long one picture may take. A page takes seconds.
const PATIENCE: Duration = Duration::from_secs(120);
/// Longest patience: more than a clock can count is not told from it.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);
/// The language that is recognised: simplified Chinese, with the figures and letters that stand in it.
const LANGUAGE: &str = "chi_sim";
/// How often a program that has said everything is asked whether it has ended.
const GLANCE: Duration = Duration::from_millis(5);

/// How the program looks at a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Layout {
    /// One block of lines (`--psm 6`): most of the figures of a form.
    #[default]
    Block,
    /// Whatever it finds (`--psm 3`): large titles and columns.
    Page,
}

/// Recognition by [tesseract](https://tesseract-ocr.github.io), version 4 or 5, with its data for simplified Chinese: the
/// packages `tesseract-ocr` and `tesseract-ocr-chi-sim` of Debian.
///
/// A process of its own looks at each picture, with one thread, at most two minutes, and is killed when nobody waits for it
/// any more. The picture goes to it through a pipe and never to a disk; of the environment it sees only where programs,
/// libraries and its data are.
///
/// ```no_run
/// use invoice_providers::document::recognition::{self, Layout, Tesseract};
///
/// let block = Tesseract::find()?;
/// let page = block.clone().with_layout(Layout::Page);
/// let read = recognition::read(&std::fs::read("scan.jpg")?, &[&block, &page])?;
/// for doubt in read.fields.doubts() {
///     println!("to be looked at: {doubt}");
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Tesseract {
    program: PathBuf,
    layout: Layout,
    patience: Duration,
}

impl Tesseract {
    /// The program on the path.
    ///
    /// # Errors
    /// `DOC-61` where there is none, or its data for Chinese are not there.
    pub fn find() -> Result<Self, DocumentError> {
        let path = env::var_os("PATH").unwrap_or_default();
        let found =
            env::split_paths(&path).map(|folder| folder.join("tesseract")).find(|file| file.is_file());
        Self::at(found.ok_or(DocumentCode::RecognizerMissing)?)
    }

    /// A certain program.
    ///
    /// # Errors
    /// As [`find`](Self::find).
    pub fn at(program: impl Into<PathBuf>) -> Result<Self, DocumentError> {
        let found = Self { program: program.into(), layout: Layout::default(), patience: PATIENCE };
        let languages = found.run(&["--list-langs"], Vec::new())?;
        if languages.lines().any(|line| line.trim() == LANGUAGE) {
            Ok(found)
        } else {
            Err(DocumentError::new(DocumentCode::RecognizerMissing).at(LANGUAGE))
        }
    }

    /// With another way of looking.
    #[must_use]
    pub const fn with_layout(mut self, layout: Layout) -> Self {
        self.layout = layout;
        self
    }

    /// With another limit of the time that one picture may take, of a day at most.
    #[must_use]
    pub const fn with_patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// Runs the program: what goes into it, what it says.
    fn run(&self, arguments: &[&str], input: Vec<u8>) -> Result<String, DocumentError> {
        let until = Instant::now() + self.patience.min(LONGEST);
        let failed =
            |error: std::io::Error| DocumentError::new(DocumentCode::RecognizerFailed).because(error);
        let mut command = Command::new(&self.program);
        command.args(arguments).env_clear().env("OMP_THREAD_LIMIT", "1");
        for name in ["PATH", "LD_LIBRARY_PATH", "TESSDATA_PREFIX"] {
            command.envs(env::var_os(name).map(|value| (name, value)));
        }
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let missing = |error| DocumentError::new(DocumentCode::RecognizerMissing).because(error);
        let mut child = command.spawn().map_err(missing)?;
        let (stdin, stdout) = (child.stdin.take(), child.stdout.take());
        let mut child = Running(child);
        // Both threads end with the pipes of the program, which is killed when this function is left.
        thread::spawn(move || {
            // A program that has seen enough may close its end.
            stdin.map(|mut stdin| stdin.write_all(&input))
        });
        let (sender, receiver) = mpsc::channel();
        thread::spawn(move || {
            let mut said = Vec::new();
            let read = stdout.map(|stdout| stdout.take(MAX_OUTPUT + 1).read_to_end(&mut said));
            // Whoever waited may have given up.
            let _ = sender.send(read.unwrap_or(Ok(0)).map(|_| said));
        });
        let left = until.saturating_duration_since(Instant::now());
        let said = receiver.recv_timeout(left).map_err(|_| DocumentCode::OutOfTime)?.map_err(failed)?;
        let short = u64::try_from(said.len()).is_ok_and(|length| length <= MAX_OUTPUT);
        if !short || !child.ends_well(until)? {
            return Err(DocumentCode::RecognizerFailed.into());
        }
        String::from_utf8(said).map_err(|_| DocumentCode::RecognizerFailed.into())
    }
}

impl Recognizer for Tesseract {
    fn recognize(&self, picture: &Picture) -> Result<Vec<Word>, DocumentError> {
        if picture.pixels().is_empty() {
            return Ok(Vec::new());
        }
        let layout = match self.layout {
            Layout::Block => "6",
            Layout::Page => "3",
        };
        // A portable greymap: the pixels behind a line about them.
        let mut greymap = format!("P5 {} {} 255\n", picture.width(), picture.height()).into_bytes();
        greymap.extend(picture.pixels());
        let arguments = ["stdin", "stdout", "-l", LANGUAGE, "--psm", layout, "tsv"];
        words(&self.run(&arguments, greymap)?)
    }
}

/// A process that is killed when it is dropped.
struct Running(Child);

impl Running {
    /// Waits until it has ended; whether with success.
    fn ends_well(&mut self, until: Instant) -> Result<bool, DocumentError> {
        loop {
            let ended = self.0.try_wait();
            match ended.map_err(|error| DocumentError::new(DocumentCode::RecognizerFailed).because(error))? {
                Some(status) => return Ok(status.success()),
                None if Instant::now() >= until => return Err(DocumentCode::OutOfTime.into()),
                None => thread::sleep(GLANCE),
            }
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The words of a table: level, page, block, paragraph, line, word, left, top, width, height, confidence, text.
fn words(table: &str) -> Result<Vec<Word>, DocumentError> {
    const WORD: &str = "5";
    let mut lines = table.lines();
    if !lines.next().is_some_and(|head| head.starts_with("level\t")) {
        return Err(DocumentCode::RecognizerFailed.into());
    }
    let word = |line: &str| {
        let cells: Vec<&str> = line.splitn(12, '\t').collect();
        let &[WORD, _, _, _, _, _, left, top, width, height, confidence, text] = cells.as_slice() else {
            return None;
        };
        let number = |cell: &str| cell.parse::<u32>().ok();
        let bounds = Bounds::new(number(left)?, number(top)?, number(width)?, number(height)?);
        // Hundredths with a fraction, or -1 where there is no word.
        let whole = confidence.split('.').next()?.parse::<u8>().ok()?;
        (!text.trim().is_empty()).then(|| Word::new(text, whole, bounds))
    };
    Ok(lines.filter_map(word).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_a_table_are_read_and_nothing_else() {
        let table = "level\tpage_num\tblock_num\tpar_num\tline_num\tword_num\tleft\ttop\twidth\theight\tconf\ttext\n\
            1\t1\t0\t0\t0\t0\t0\t0\t2480\t1654\t-1\t\n\
            5\t1\t1\t1\t1\t1\t10\t20\t30\t40\t96.507\t发票\n\
            5\t1\t1\t1\t1\t2\t50\t20\t30\t40\t95\t \n\
            5\t1\t1\t1\t1\t3\t50\t20\t30\t40\t-1\tx\n\
            5\t1\t1\t1\t1\t3\t-5\t20\t30\t40\t9\tx\n\
            5\t1\t1\n";
        let read = words(table).unwrap();
        assert_eq!(read, [Word::new("发票", 96, Bounds::new(10, 20, 30, 40))]);
        assert!(words("level\tpage_num\n").unwrap().is_empty());
        for other in ["", "Error opening data file"] {
            assert_eq!(words(other).unwrap_err().code(), DocumentCode::RecognizerFailed);
        }
    }

    #[test]
    fn no_patience_is_too_long() {
        let endless =
            Tesseract { program: "/bin/cat".into(), layout: Layout::default(), patience: Duration::ZERO }
                .with_patience(Duration::MAX);
        assert_eq!(endless.run(&[], b"said".to_vec()).unwrap(), "said");
    }
}
