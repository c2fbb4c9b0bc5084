//! Pasted text to title fields (智能识别): the block people send in a chat when asked for their title.
//!
//! Labels or none, one line or many, any order, full or half width, with the slips of people and of text
//! recognition. Each field comes with the bytes it was taken from, a confidence, the findings of its
//! validator and, where one is obvious, a correction (智能纠错). The value itself is never corrected
//! silently.
//!
//! The text is read a fixed number of times, character by character, without regular expressions: the work
//! grows with the length and nothing else, and [`Pasted::work`] counts it.
//!
//! ```
//! use invoice_validate::paste::{self, Confidence, PastedField};
//! let text = "抬头:华为技术有限公司 税号 9144 0300 1922 0382 16\n地址电话：深圳市龙岗区坂田 0755-28780808";
//! let read = paste::parse(text)?;
//! assert_eq!(read.value(PastedField::Name), Some("华为技术有限公司"));
//! assert_eq!(read.value(PastedField::Phone), Some("0755-28780808"));
//! let tax_id = read.get(PastedField::TaxId).unwrap();
//! assert_eq!((tax_id.value.as_str(), tax_id.confidence), ("914403001922038216", Confidence::High));
//! assert_eq!(&text[tax_id.span.clone()], "9144 0300 1922 0382 16");
//! # Ok::<(), invoice_validate::Report>(())
//! ```

use std::borrow::Cow;

use crate::rule::field as rule;
use crate::title::TitleFields;
use crate::{Fault, Report, normal};

mod code;
mod find;
mod found;
mod free;
mod label;
mod label_table;
mod shape;
mod stream;
mod value;
mod words;

pub use found::{Confidence, Found, PastedField};

/// The fields of a block.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pasted {
    found: Vec<Found>,
    work: usize,
}

impl Pasted {
    /// The best candidate for a field: the surest, and of equally sure ones the first.
    pub fn get(&self, field: PastedField) -> Option<&Found> {
        let candidates = self.found.iter().filter(|found| found.field == field);
        candidates.reduce(|best, next| if next.confidence > best.confidence { next } else { best })
    }

    /// The value of [`Pasted::get`].
    pub fn value(&self, field: PastedField) -> Option<&str> {
        self.get(field).map(|found| found.value.as_str())
    }

    /// Every candidate, in the order of the text.
    pub fn all(&self) -> &[Found] {
        &self.found
    }

    /// How many characters were looked at, counting each look: proportional to the length of the input.
    pub fn work(&self) -> usize {
        self.work
    }

    /// The best candidates as a title, corrections left to the person.
    pub fn fields(&self) -> TitleFields<'_> {
        TitleFields {
            name: self.value(PastedField::Name).unwrap_or_default(),
            tax_id: self.value(PastedField::TaxId),
            address: self.value(PastedField::Address),
            phone: self.value(PastedField::Phone),
            bank: self.value(PastedField::Bank),
            account: self.value(PastedField::Account),
            email: self.value(PastedField::Email),
            mobile: self.value(PastedField::Mobile),
            certificate: None,
        }
    }
}

/// Reads a block; refuses one in which no field is found.
pub fn parse(input: &str) -> Result<Pasted, Report> {
    let pasted = extract(input);
    if pasted.found.is_empty() { Err(Fault::new(&rule::PASTE_NOTHING).into()) } else { Ok(pasted) }
}

/// Whether any field is found.
pub fn is_valid(input: &str) -> bool {
    !extract(input).found.is_empty()
}

/// Without invisible characters; the rest of a block carries meaning.
pub fn normalize(input: &str) -> Cow<'_, str> {
    if !input.chars().any(normal::is_invisible) {
        return Cow::Borrowed(input);
    }
    Cow::Owned(input.chars().filter(|c| !normal::is_invisible(*c)).collect())
}

/// A labelled block, one field a line, that [`parse`] reads back.
pub fn format(pasted: &Pasted) -> String {
    let label = |field| match field {
        PastedField::Name => "名称",
        PastedField::TaxId => "税号",
        PastedField::Address => "地址",
        PastedField::Phone => "电话",
        PastedField::Bank => "开户行",
        PastedField::Account => "账号",
        PastedField::Email => "邮箱",
        PastedField::Mobile => "手机",
    };
    let line = |field| pasted.value(field).map(|value| format!("{}：{value}\n", label(field)));
    PastedField::ALL.into_iter().filter_map(line).collect()
}

/// The findings of all fields that would be used.
pub fn check(input: &str) -> Report {
    let pasted = extract(input);
    let mut report = Report::new();
    if pasted.found.is_empty() {
        report.push(Fault::new(&rule::PASTE_NOTHING));
    }
    for found in PastedField::ALL.into_iter().filter_map(|field| pasted.get(field)) {
        report.merge("", found.report.clone());
    }
    report
}

/// The fields of a block, none perhaps.
pub fn extract(input: &str) -> Pasted {
    let stream = stream::Stream::new(input);
    let segments = label::segments(&stream);
    let mut found = Vec::new();
    for segment in &segments {
        value::read(&stream, segment, &mut found);
    }
    free::name_of_last_resort(&stream, &segments, &mut found);
    found.sort_by_key(|found: &Found| found.span.start);
    found.dedup_by(|next, first| next.field == first.field && next.value == first.value);
    Pasted { found, work: stream.work() }
}
