//! HTML that is escaped by construction: what is known when the program is compiled is markup, anything else is text.
//!
//! A template engine would bring a compiler of templates and a second language for a dozen pages; this is a page of code,
//! and a value can become markup in no other way than through [`html!`](macro@crate::html).

use std::fmt::{self, Display, Write};

/// A piece of a page.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Html(String);

impl Html {
    /// Nothing yet.
    #[must_use]
    pub const fn new() -> Self {
        Self(String::new())
    }

    /// Adds markup that stands in the program.
    pub fn mark(&mut self, markup: &'static str) {
        self.0.push_str(markup);
    }

    /// Adds a drawing of the core's, which escapes what it writes.
    #[must_use]
    pub(crate) fn drawing(svg: String) -> Self {
        Self(svg)
    }

    /// The text of the page.
    #[must_use]
    pub fn into_text(self) -> String {
        self.0
    }

    /// Whether somebody can write in it: markup of the program alone has such marks, text is escaped.
    pub(crate) fn has_field(&self) -> bool {
        ["<textarea ", "<input name="].iter().any(|mark| self.0.contains(mark))
    }

    /// Whether there is nothing in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromIterator<Self> for Html {
    fn from_iter<I: IntoIterator<Item = Self>>(parts: I) -> Self {
        Self(parts.into_iter().map(|part| part.0).collect())
    }
}

/// What can stand in a page: pieces of pages as they are, anything else as text.
pub trait Put {
    /// Adds it.
    fn put(self, html: &mut Html);
}

impl Put for Html {
    fn put(self, html: &mut Html) {
        html.0.push_str(&self.0);
    }
}

impl<T: Display> Put for T {
    fn put(self, html: &mut Html) {
        // Writing to a string cannot fail; a value that cannot show itself shows nothing.
        let _ = write!(Escaping(&mut html.0), "{self}");
    }
}

struct Escaping<'a>(&'a mut String);

impl Write for Escaping<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for c in text.chars() {
            match c {
                '&' => self.0.push_str("&amp;"),
                '<' => self.0.push_str("&lt;"),
                '>' => self.0.push_str("&gt;"),
                '"' => self.0.push_str("&quot;"),
                '\'' => self.0.push_str("&#39;"),
                '\n' | '\t' => self.0.push(c),
                c if c.is_control() => self.0.push(' '),
                // Marks that turn the direction of what follows would reach beyond the value.
                '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => self.0.push(' '),
                c => self.0.push(c),
            }
        }
        Ok(())
    }
}

/// A piece of a page: literals are markup, values in parentheses are text or pieces. Attributes are written with double
/// quotes.
///
/// ```
/// let name = "<script>";
/// let html = invoice_portal::html! { "<p title=\"" (name) "\">" (1 + 1) "</p>" };
/// assert_eq!(html.into_text(), "<p title=\"&lt;script&gt;\">2</p>");
/// ```
#[macro_export]
macro_rules! html {
    (@ $html:ident) => {};
    (@ $html:ident ($value:expr) $($rest:tt)*) => {
        $crate::html::Put::put($value, &mut $html);
        $crate::html!(@ $html $($rest)*);
    };
    (@ $html:ident $markup:literal $($rest:tt)*) => {
        $html.mark($markup);
        $crate::html!(@ $html $($rest)*);
    };
    ($($part:tt)*) => {{
        #[allow(unused_mut, reason = "an empty piece")]
        let mut html = $crate::html::Html::new();
        $crate::html!(@ html $($part)*);
        html
    }};
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{ProptestConfig, any, prop_assert, prop_assert_eq, proptest};

    use super::*;

    /// What a browser reads back from escaped text.
    fn read(text: &str) -> String {
        let named = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&amp;", "&")];
        named.iter().fold(text.to_owned(), |text, (entity, c)| text.replace(entity, c))
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(500))]

        #[test]
        fn whatever_a_value_holds_is_text(value in any::<String>(), tail in "[<>&\"'/a-z=]{0,20}") {
            let value = value + &tail;
            let page = html! { "<b title=\"" (&value) "\">" (&value) "</b>" }.into_text();
            let inner = page.strip_prefix("<b title=\"").and_then(|rest| rest.strip_suffix("</b>")).unwrap();
            let (title, text) = inner.split_once("\">").unwrap();
            prop_assert_eq!(title, text);
            prop_assert!(!text.contains(['<', '>', '"', '\'']), "{}", text);
            let plain = |c: &char| {
                !c.is_control() && !matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
            };
            let shown: String = read(text).chars().filter(plain).filter(|c| *c != ' ').collect();
            let given: String = value.chars().filter(plain).filter(|c| *c != ' ').collect();
            prop_assert_eq!(shown, given);
        }
    }

    #[test]
    fn what_one_can_write_in_is_told_from_what_is_hidden_and_from_text() {
        for html in
            [html! { "<textarea name=\"a\"></textarea>" }, html! { "<form><input name=\"reason\" required>" }]
        {
            assert!(html.has_field(), "{html:?}");
        }
        for html in
            [html! { "<input type=\"hidden\" name=\"a\">" }, html! { ("<textarea name=<input name=") }]
        {
            assert!(!html.has_field(), "{html:?}");
        }
    }

    #[test]
    fn pieces_are_put_in_as_they_are() {
        let items: Html = ["<", "b"].iter().map(|item| html! { "<li>" (item) "</li>" }).collect();
        assert_eq!(html! { "<ul>" (items) "</ul>" }.into_text(), "<ul><li>&lt;</li><li>b</li></ul>");
    }
}
