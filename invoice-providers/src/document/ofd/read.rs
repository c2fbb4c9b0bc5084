use std::fmt;

use sha2::{Digest, Sha256};

use super::archive::Archive;
use crate::document::face::InvoiceFace;
use crate::document::xml::{self, tree::Element};
use crate::document::{DocumentCode, DocumentError};

/// Most characters of text that are kept.
const MAX_TEXT: usize = 1024 * 1024;

/// An OFD file as it arrived, and what it says. `Debug` shows what the face shows.
#[derive(Clone, PartialEq, Eq)]
pub struct OfdFile {
    bytes: Vec<u8>,
    digest: [u8; 32],
    face: Option<InvoiceFace>,
    text: String,
}

impl OfdFile {
    /// Reads a file and keeps it.
    ///
    /// # Errors
    /// `DOC-01` above [`MAX_BYTES`](super::MAX_BYTES), `DOC-21` to `DOC-25` where the archive is none that is read, the codes
    /// of [`XmlFile::read`](crate::document::xml::XmlFile::read) where the structured copy is an invoice and cannot be read.
    pub fn read(bytes: Vec<u8>) -> Result<Self, DocumentError> {
        let mut archive = Archive::open(&bytes)?;
        let mut read = Contents::default();
        for index in order(archive.names()) {
            read.take(&mut archive, index)?;
        }
        if !read.is_ofd {
            return Err(DocumentError::new(DocumentCode::ArchiveBroken).at("OFD.xml"));
        }
        let digest = Sha256::digest(&bytes).into();
        Ok(Self { digest, face: read.face, text: read.text, bytes })
    }

    /// What the structured copy says; `None` without one.
    #[must_use]
    pub const fn face(&self) -> Option<&InvoiceFace> {
        self.face.as_ref()
    }

    /// The text of all pages, one line for each piece of text, pages in the order of their numbers.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The bytes as they arrived.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// SHA-256 of the bytes.
    #[must_use]
    pub const fn digest(&self) -> &[u8; 32] {
        &self.digest
    }
}

impl fmt::Debug for OfdFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OfdFile")
            .field("bytes", &self.bytes.len())
            .field("face", &self.face)
            .finish_non_exhaustive()
    }
}

/// Entries in the order in which they are read: by folders, numbers in names as numbers.
fn order(names: &[String]) -> Vec<usize> {
    let number = |part: &str| {
        let digits: String = part.chars().filter(char::is_ascii_digit).collect();
        (digits.parse::<u64>().unwrap_or_default(), part.to_owned())
    };
    let mut order: Vec<_> = names
        .iter()
        .enumerate()
        .map(|(index, name)| (name.split('/').map(number).collect::<Vec<_>>(), index))
        .collect();
    order.sort();
    order.into_iter().map(|(_, index)| index).collect()
}

#[derive(Default)]
struct Contents {
    is_ofd: bool,
    face: Option<InvoiceFace>,
    text: String,
}

impl Contents {
    /// Looks at an entry that may be XML; pictures, fonts and seals are not unpacked.
    fn take(&mut self, archive: &mut Archive<'_>, index: usize) -> Result<(), DocumentError> {
        const OTHER: &[&str] =
            &["png", "jpg", "jpeg", "jb2", "bmp", "gif", "tif", "ttf", "otf", "ttc", "esl", "dat", "asn1"];
        let name = archive.names().get(index).map_or("", |name| name.as_str()).to_ascii_lowercase();
        let ending = name.rsplit('/').next().and_then(|file| file.rsplit_once('.')).map(|(_, ending)| ending);
        if name.ends_with('/') || ending.is_some_and(|ending| OTHER.contains(&ending)) {
            return Ok(());
        }
        let bytes = archive.read(index)?;
        if bytes.len() > xml::MAX_BYTES {
            return Err(DocumentError::new(DocumentCode::TooLarge).at(index));
        }
        let opening = bytes.iter().find(|byte| !byte.is_ascii_whitespace());
        if !matches!(opening, Some(b'<' | 0xef)) {
            return Ok(());
        }
        let root = Element::parse(&bytes).map_err(|error| error.at(format!("entry {index}")))?;
        if name == "ofd.xml" {
            self.is_ofd = true;
        } else if root.name == "Page" {
            self.page(&root);
        } else if self.face.is_none() {
            match xml::face(&root) {
                Ok(face) => self.face = Some(face),
                Err(error) if error.code() == DocumentCode::NotAnInvoice => {}
                Err(error) => return Err(error.at(format!("entry {index}"))),
            }
        }
        Ok(())
    }

    fn page(&mut self, page: &Element) {
        let mut codes = Vec::new();
        page.all("TextCode", &mut codes);
        for code in codes.into_iter().filter(|code| !code.text.is_empty()) {
            if self.text.len() + code.text.len() > MAX_TEXT {
                break;
            }
            self.text.push_str(&code.text);
            self.text.push('\n');
        }
    }
}
