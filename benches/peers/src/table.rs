//! Tables as text, in the form of Markdown.

use std::fmt;

/// A table: what it is about, its head, its rows.
#[derive(Debug)]
pub struct Table {
    /// What it is about.
    pub title: &'static str,
    /// The head.
    pub columns: Vec<String>,
    /// The rows, each as long as the head.
    pub rows: Vec<Vec<String>>,
}

impl Table {
    /// A table without rows.
    pub fn new<'a>(title: &'static str, columns: impl IntoIterator<Item = &'a str>) -> Self {
        Self { title, columns: columns.into_iter().map(str::to_owned).collect(), rows: Vec::new() }
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "### {}\n", self.title)?;
        writeln!(f, "| {} |\n|{}", self.columns.join(" | "), "---|".repeat(self.columns.len()))?;
        self.rows.iter().try_for_each(|row| writeln!(f, "| {} |", row.join(" | ")))
    }
}

/// An answer, marked where it is not the right one.
pub fn marked(answer: &str, right: bool) -> String {
    if right { answer.to_owned() } else { format!("**{answer}**") }
}
