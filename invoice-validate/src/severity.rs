//! How much a finding weighs.

/// How much a finding weighs. Only [`Severity::Error`] makes a value invalid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "lowercase"))]
pub enum Severity {
    /// The bureau or the standard refuses it.
    Error,
    /// Probably wrong, but such values exist: a person decides.
    Warning,
    /// Worth showing, no reason to stop.
    Hint,
}

impl Severity {
    /// `error`, `warning` or `hint`.
    pub fn as_str(self) -> &'static str {
        match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Hint => "hint",
        }
    }
}
