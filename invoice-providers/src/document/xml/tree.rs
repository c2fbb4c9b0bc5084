//! A tree of elements from XML that anybody may have made: bounded in depth and number, without document types.

use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

use crate::document::{DocumentCode, DocumentError};

/// Deeper than any invoice, shallow enough for any stack.
const MAX_DEPTH: usize = 64;
/// A row has ten elements, an invoice at most a few thousand rows.
const MAX_ELEMENTS: usize = 200_000;

/// An element: its name without prefix, its own text without the blanks around it, what stands in it.
#[derive(Clone, Default)]
pub(crate) struct Element {
    pub(crate) name: String,
    pub(crate) text: String,
    pub(crate) attributes: Vec<(String, String)>,
    pub(crate) children: Vec<Element>,
}

impl Element {
    /// Reads a whole file.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, DocumentError> {
        let text = utf8(bytes)?;
        let mut reader = Reader::from_str(text);
        let mut open: Vec<Self> = Vec::new();
        let mut root: Option<Self> = None;
        let mut left = MAX_ELEMENTS;
        loop {
            let event = reader.read_event().map_err(|error| broken().because(error))?;
            match event {
                Event::Start(start) => {
                    if open.len() == MAX_DEPTH {
                        return Err(DocumentCode::XmlTooDeep.into());
                    }
                    open.push(Self::begun(&start, &mut left)?);
                }
                Event::Empty(start) => close(&mut open, &mut root, Self::begun(&start, &mut left)?)?,
                Event::End(_) => {
                    let element = open.pop().ok_or_else(broken)?;
                    close(&mut open, &mut root, element)?;
                }
                Event::Text(text) => write_text(&mut open, &text.xml10_content())?,
                Event::CData(text) => write_text(&mut open, &text.xml10_content())?,
                Event::GeneralRef(name) => {
                    let named = match name.resolve_char_ref() {
                        Ok(Some(c)) => c.to_string(),
                        Ok(None) => quick_xml::escape::resolve_xml_entity(&name)
                            .ok_or(DocumentCode::XmlDeclares)?
                            .to_owned(),
                        Err(error) => return Err(broken().because(error)),
                    };
                    write_text(&mut open, &named)?;
                }
                Event::DocType(_) => return Err(DocumentCode::XmlDeclares.into()),
                Event::Decl(declaration) => {
                    if let Some(encoding) = declaration.encoding() {
                        let encoding = encoding.map_err(|error| broken().because(error))?;
                        if !matches!(encoding.to_ascii_lowercase().as_str(), "utf-8" | "utf8" | "us-ascii") {
                            return Err(DocumentCode::XmlEncoding.into());
                        }
                    }
                }
                Event::Comment(_) | Event::PI(_) => {}
                Event::Eof if open.is_empty() => return root.ok_or_else(broken),
                Event::Eof => return Err(broken()),
            }
        }
    }

    fn begun(start: &BytesStart<'_>, left: &mut usize) -> Result<Self, DocumentError> {
        let count = |left: &mut usize| {
            *left = left.checked_sub(1).ok_or(DocumentCode::XmlTooMany)?;
            Ok::<_, DocumentError>(())
        };
        count(left)?;
        let mut attributes = Vec::new();
        // An attribute that is not well formed is a slip of the writer, not a field of the invoice.
        for attribute in start.attributes().flatten() {
            count(left)?;
            let value = attribute.normalized_value(XmlVersion::Implicit1_0);
            let value = value.map_err(|_| DocumentCode::XmlDeclares)?;
            attributes.push((attribute.key.as_ref().to_owned(), value.into_owned()));
        }
        let name = start.local_name().as_ref().to_owned();
        Ok(Self { name, attributes, ..Self::default() })
    }

    /// The first child with a name.
    pub(crate) fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| same(&child.name, name))
    }

    /// The first element with a name, in the order of the file, this one included.
    pub(crate) fn find(&self, name: &str) -> Option<&Self> {
        if same(&self.name, name) {
            return Some(self);
        }
        self.children.iter().find_map(|child| child.find(name))
    }

    /// All elements with a name, in the order of the file.
    pub(crate) fn all<'a>(&'a self, name: &str, found: &mut Vec<&'a Self>) {
        if same(&self.name, name) {
            found.push(self);
        }
        self.children.iter().for_each(|child| child.all(name, found));
    }

    /// The text of the first element with a name; `None` where it is blank.
    pub(crate) fn text_of(&self, name: &str) -> Option<&str> {
        self.find(name).map(|found| found.text.as_str()).filter(|text| !text.is_empty())
    }
}

/// Names as different makers write them: case, hyphens and stray characters do not matter.
fn same(name: &str, wanted: &str) -> bool {
    name == wanted || letters(name).eq(letters(wanted))
}

fn letters(text: &str) -> impl Iterator<Item = u8> {
    text.bytes().filter(u8::is_ascii_alphanumeric).map(|byte| byte.to_ascii_lowercase())
}

fn broken() -> DocumentError {
    DocumentCode::XmlBroken.into()
}

/// The text, without a byte order mark. What begins as UTF-16 is another encoding, not broken UTF-8.
fn utf8(bytes: &[u8]) -> Result<&str, DocumentError> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    std::str::from_utf8(bytes)
        .map(str::trim_start)
        .map_err(|error| DocumentError::new(DocumentCode::XmlEncoding).because(error))
}

fn write_text(open: &mut [Element], text: &str) -> Result<(), DocumentError> {
    match open.last_mut() {
        Some(element) => element.text.push_str(text),
        None if text.trim().is_empty() => {}
        None => return Err(broken()),
    }
    Ok(())
}

/// Puts a finished element where it belongs.
fn close(
    open: &mut [Element],
    root: &mut Option<Element>,
    mut element: Element,
) -> Result<(), DocumentError> {
    let trimmed = element.text.trim();
    if trimmed.len() != element.text.len() {
        element.text = trimmed.to_owned();
    }
    match open.last_mut() {
        Some(parent) => parent.children.push(element),
        None if root.is_none() => *root = Some(element),
        None => return Err(broken()),
    }
    Ok(())
}
