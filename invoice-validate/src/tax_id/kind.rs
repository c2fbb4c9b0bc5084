//! The kinds of tax number.

/// What a tax number is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum TaxIdKind {
    /// Unified social credit code, 18 characters.
    Uscc,
    /// Resident ID of a person, 18 characters.
    ResidentId,
    /// Division and organisation code, or a 15-digit old resident ID.
    Legacy15,
    /// 15-digit old resident ID and two more characters, for individual businesses.
    Legacy17,
    /// 18-character resident ID and two more characters.
    Legacy20,
    /// No known structure.
    Unknown,
}

impl TaxIdKind {
    /// `uscc`, `resident_id`, `legacy15`, `legacy17`, `legacy20` or `unknown`.
    pub fn as_str(self) -> &'static str {
        match self {
            TaxIdKind::Uscc => "uscc",
            TaxIdKind::ResidentId => "resident_id",
            TaxIdKind::Legacy15 => "legacy15",
            TaxIdKind::Legacy17 => "legacy17",
            TaxIdKind::Legacy20 => "legacy20",
            TaxIdKind::Unknown => "unknown",
        }
    }
}
