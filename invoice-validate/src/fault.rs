//! One finding: which rule, how bad, where, and what was expected.

use std::borrow::Cow;
use std::fmt;

use crate::rule::{Code, Rule};
use crate::{Language, Severity};

/// One finding of a validator.
///
/// Neither [`Fault::message`] nor `Debug` repeats what was checked: a log line made of faults
/// holds no tax ID, name or phone number. [`Fault::suggestion`] does carry a corrected value, and
/// is therefore left out of `Display`, `Debug` and `Serialize`.
///
/// ```
/// use invoice_validate::{Severity, uscc};
/// let report = uscc::check("91350100M000100Y44");
/// let fault = report.errors().next().expect("a wrong check character");
/// assert_eq!(fault.code().as_str(), "TAXID-USCC-04");
/// assert_eq!((fault.position(), fault.expected()), (Some(18), Some("3")));
/// assert_eq!(fault.severity(), Severity::Error);
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Fault {
    rule: &'static Rule,
    severity: Severity,
    path: Cow<'static, str>,
    position: Option<usize>,
    expected: Option<Cow<'static, str>>,
    suggestion: Option<String>,
}

impl Fault {
    /// A finding of `rule` on the whole value.
    pub fn new(rule: &'static Rule) -> Self {
        Fault {
            rule,
            severity: rule.severity(),
            path: Cow::Borrowed(""),
            position: None,
            expected: None,
            suggestion: None,
        }
    }

    /// Sets the 1-based character position in the normalised input.
    #[must_use]
    pub fn with_position(mut self, position: usize) -> Self {
        self.position = Some(position);
        self
    }

    /// Sets what the rule wants there: a check character, a limit, a list of choices. Never personal data.
    #[must_use]
    pub fn with_expected(mut self, expected: impl Into<Cow<'static, str>>) -> Self {
        self.expected = Some(expected.into());
        self
    }

    /// Sets a corrected value a person may accept.
    #[must_use]
    pub fn with_suggestion(mut self, suggestion: impl Into<String>) -> Self {
        self.suggestion = Some(suggestion.into());
        self
    }

    /// Changes the severity, as a policy does when a person overrides a rule.
    #[must_use]
    pub fn with_severity(mut self, severity: Severity) -> Self {
        self.severity = severity;
        self
    }

    /// Puts `prefix` before the path: `tax` at `lines[3]` becomes `lines[3].tax`.
    #[must_use]
    pub fn at(mut self, prefix: &str) -> Self {
        self.path = match (prefix.is_empty(), self.path.is_empty()) {
            (true, _) => self.path,
            (false, true) => Cow::Owned(prefix.to_owned()),
            (false, false) if self.path.starts_with('[') => Cow::Owned(format!("{prefix}{}", self.path)),
            (false, false) => Cow::Owned(format!("{prefix}.{}", self.path)),
        };
        self
    }

    /// The stable code of the broken rule.
    pub fn code(&self) -> Code {
        self.rule.code()
    }

    /// The rule itself, with its texts in all languages.
    pub fn rule(&self) -> &'static Rule {
        self.rule
    }

    /// How much the finding weighs here; a policy may have lowered it below the rule's own severity.
    pub fn severity(&self) -> Severity {
        self.severity
    }

    /// The field, such as `title.tax_id` or `lines[3].tax`; empty for a value checked alone.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// 1-based character position in the normalised input, where the rule points at one character.
    pub fn position(&self) -> Option<usize> {
        self.position
    }

    /// What the rule wanted.
    pub fn expected(&self) -> Option<&str> {
        self.expected.as_deref()
    }

    /// A corrected value that passes, when there is exactly one. It may be personal data.
    pub fn suggestion(&self) -> Option<&str> {
        self.suggestion.as_deref()
    }

    /// The sentence for a person, from the one message table.
    pub fn message(&self, language: Language) -> String {
        let mut text = self.rule.template(language).to_owned();
        if text.contains("{expected}") {
            text = text.replace("{expected}", self.expected().unwrap_or("?"));
        }
        if text.contains("{position}") {
            let position = self.position.map_or_else(|| "?".to_owned(), |p| p.to_string());
            text = text.replace("{position}", &position);
        }
        text
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.code())?;
        if !self.path.is_empty() {
            write!(f, " at {}", self.path)?;
        }
        write!(f, ": {}", self.message(Language::En))
    }
}

impl fmt::Debug for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fault")
            .field("code", &self.code().as_str())
            .field("severity", &self.severity)
            .field("path", &self.path)
            .field("position", &self.position)
            .field("expected", &self.expected)
            .field("suggestion", &self.suggestion.as_ref().map(|_| "(redacted)"))
            .finish()
    }
}

impl std::error::Error for Fault {}

/// `{"code","severity","path","position","expected","message"}`, the message in the default language.
#[cfg(feature = "serde")]
impl serde::Serialize for Fault {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeStruct;
        let mut out = serializer.serialize_struct("Fault", 6)?;
        out.serialize_field("code", self.code().as_str())?;
        out.serialize_field("severity", &self.severity)?;
        out.serialize_field("path", self.path())?;
        out.serialize_field("position", &self.position)?;
        out.serialize_field("expected", &self.expected())?;
        out.serialize_field("message", &self.message(Language::default()))?;
        out.end()
    }
}
