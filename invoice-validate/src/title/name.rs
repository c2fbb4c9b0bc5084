//! The suffix of natural persons.

use std::borrow::Cow;

use super::kinds::BuyerKind;

/// What is appended to a person's name, in full-width brackets.
pub const PERSON_SUFFIX: &str = "（个人）";

/// The name as the invoice prints it: a person's gets [`PERSON_SUFFIX`], once, whatever brackets it came with.
///
/// The bureau does not append it; who issues must (direct-connection document, natural-person mark).
pub fn printed_name(name: &str, buyer: BuyerKind) -> Cow<'_, str> {
    if buyer != BuyerKind::Person || name.ends_with(PERSON_SUFFIX) {
        return Cow::Borrowed(name);
    }
    Cow::Owned(format!("{}{PERSON_SUFFIX}", bare_name(name)))
}

/// The name without a （个人） or (个人) at its end.
pub fn bare_name(name: &str) -> &str {
    let name = name.trim();
    ["（个人）", "(个人)", "（個人）", "(個人)", "（个人)", "(个人）"]
        .iter()
        .find_map(|suffix| name.strip_suffix(suffix))
        .map_or(name, str::trim_end)
}
