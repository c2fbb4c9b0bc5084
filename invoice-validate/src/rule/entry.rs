//! One row of the table.

use std::fmt;

use crate::{Language, Severity};

/// The stable name of a rule, such as `TAXID-USCC-04`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(transparent))]
pub struct Code(&'static str);

impl Code {
    /// The code as text.
    pub const fn as_str(self) -> &'static str {
        self.0
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// Whether a person who looked at the paper may let a finding pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Override {
    /// The bureau itself refuses it; nobody can.
    Never,
    /// Such values were really issued; [`crate::tax_id::Policy::accept`] lets one pass.
    Allowed,
}

/// A rule: everything about a finding that does not depend on the value checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    code: Code,
    severity: Severity,
    may_override: Override,
    texts: [&'static str; 3],
}

impl Rule {
    /// A rule of one's own; the texts are zh-CN, zh-TW and en.
    pub const fn new(
        code: &'static str,
        severity: Severity,
        may_override: Override,
        texts: [&'static str; 3],
    ) -> Self {
        Rule { code: Code(code), severity, may_override, texts }
    }

    /// The stable code.
    pub const fn code(&self) -> Code {
        self.code
    }

    /// The severity a finding has unless a policy lowers it.
    pub const fn severity(&self) -> Severity {
        self.severity
    }

    /// Whether a person may let it pass.
    pub const fn may_override(&self) -> Override {
        self.may_override
    }

    /// The message with its placeholders.
    pub const fn template(&self, language: Language) -> &'static str {
        match language {
            Language::ZhCn => self.texts[0],
            Language::ZhTw => self.texts[1],
            Language::En => self.texts[2],
        }
    }
}

/// Declares the rules of one area; the English text is also the documentation of the static.
macro_rules! rules {
    ($($name:ident $code:literal $severity:ident $may_override:ident $zh:literal $tw:literal $en:literal)*) => {
        $(
            #[doc = concat!("`", $code, "`: ", $en)]
            pub static $name: $crate::rule::Rule = $crate::rule::Rule::new(
                $code,
                $crate::Severity::$severity,
                $crate::rule::Override::$may_override,
                [$zh, $tw, $en],
            );
        )*
        pub(super) static ALL: &[&$crate::rule::Rule] = &[$(&$name),*];
    };
}
pub(super) use rules;
