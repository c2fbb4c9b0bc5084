//! Statements as values: what is asked of a database, before a dialect puts it in words.

use std::borrow::Cow;

use super::table::{Kind, Shape, Table};

/// A value on its way into a database.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Cell<'a> {
    Text(Cow<'a, str>),
    Int(i64),
    Bytes(Cow<'a, [u8]>),
    Null,
}

impl<'a> From<&'a str> for Cell<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}

impl From<String> for Cell<'_> {
    fn from(text: String) -> Self {
        Self::Text(Cow::Owned(text))
    }
}

impl From<i64> for Cell<'_> {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

impl<'a> From<&'a [u8]> for Cell<'a> {
    fn from(bytes: &'a [u8]) -> Self {
        Self::Bytes(Cow::Borrowed(bytes))
    }
}

impl<'a, T: Into<Self>> From<Option<T>> for Cell<'a> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// A statement over a list of rows, with the list.
#[derive(Debug)]
pub(crate) struct Bulk<'a> {
    pub(crate) shape: &'static Shape,
    /// Row after row.
    pub(crate) cells: Vec<Cell<'a>>,
}

impl<'a> Bulk<'a> {
    pub(crate) fn rows(&self) -> std::slice::ChunksExact<'_, Cell<'a>> {
        self.cells.chunks_exact(self.shape.given().len())
    }
}

/// Statements that run one after the other until one fails.
#[derive(Debug, Default)]
pub(crate) struct Script<'a> {
    pub(crate) bulks: Vec<Bulk<'a>>,
}

impl<'a> Script<'a> {
    /// A statement for all items; none for no items.
    pub(crate) fn add<T, const N: usize>(
        &mut self,
        shape: &'static Shape,
        items: impl IntoIterator<Item = T>,
        cells: impl Fn(T) -> [Cell<'a>; N],
    ) {
        debug_assert_eq!(shape.given().len(), N, "{}", shape.table.name);
        let items = items.into_iter();
        // Room for all, also where some may be left out: to grow a list of this size costs more than its rows.
        let (least, most) = items.size_hint();
        let mut rows = Vec::with_capacity(most.unwrap_or(least) * N);
        items.for_each(|item| rows.extend(cells(item)));
        if !rows.is_empty() {
            self.bulks.push(Bulk { shape, cells: rows });
        }
    }
}

/// What a lookup found.
#[derive(Debug)]
pub(crate) struct Found<R> {
    pub(crate) shape: &'static Shape,
    /// The number of the item it was found for.
    pub(crate) item: usize,
    pub(crate) row: R,
    /// Where the columns wanted begin in it.
    pub(crate) from: usize,
}

/// How a parameter is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(
    not(all(feature = "postgres", feature = "sqlite")),
    allow(dead_code, reason = "each dialect has one of them")
)]
pub(crate) enum Marks {
    /// `?`
    Question,
    /// `$1`, `$2` …
    Numbered,
}

/// A single statement with its parameters.
#[derive(Debug)]
pub(crate) struct Sql<'a> {
    pub(crate) text: String,
    pub(crate) cells: Vec<Cell<'a>>,
    marks: Marks,
}

impl<'a> Sql<'a> {
    pub(crate) fn new(marks: Marks) -> Self {
        Self { text: String::new(), cells: Vec::new(), marks }
    }

    pub(crate) fn push(&mut self, text: &str) -> &mut Self {
        self.text.push_str(text);
        self
    }

    pub(crate) fn bind(&mut self, value: impl Into<Cell<'a>>) -> &mut Self {
        self.cells.push(value.into());
        mark(self.marks, self.cells.len(), &mut self.text);
        self
    }

    /// `(?, ?, ?)`; there must be at least one.
    pub(crate) fn list(&mut self, values: impl IntoIterator<Item = impl Into<Cell<'a>>>) -> &mut Self {
        for (number, value) in values.into_iter().enumerate() {
            self.push(if number == 0 { "(" } else { ", " }).bind(value);
        }
        self.push(")")
    }
}

/// Writes the mark of a parameter, counted from 1.
pub(crate) fn mark(marks: Marks, number: usize, text: &mut String) {
    match marks {
        Marks::Question => text.push('?'),
        Marks::Numbered => {
            text.push('$');
            text.push_str(&number.to_string());
        }
    }
}

/// The names of columns, with something before each.
pub(crate) fn names(columns: &[(&str, Kind)], before: &str) -> String {
    let names: Vec<String> = columns.iter().map(|column| format!("{before}{}", column.0)).collect();
    names.join(", ")
}

/// The part of an upsert that writes every column outside the key.
pub(crate) fn overwrite(table: &Table, new: impl Fn(&str) -> String) -> String {
    let set: Vec<String> =
        table.rest().iter().map(|column| format!("{} = {}", column.0, new(column.0))).collect();
    set.join(", ")
}
