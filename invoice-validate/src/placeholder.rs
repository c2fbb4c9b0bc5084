//! Numbers people type to get past a form.

/// One character repeated, or digits counting up or down.
///
/// Eighteen zeros satisfy the check of a credit code, so this is a rule of its own.
///
/// ```
/// use invoice_validate::tax_id::is_placeholder;
/// assert!(is_placeholder("000000000000000000"));
/// assert!(is_placeholder("123456789012345678"));
/// assert!(!is_placeholder("914403001922038216"));
/// ```
pub fn is_placeholder(normalized: &str) -> bool {
    is_placeholder_bytes(normalized.as_bytes())
}

/// Real numbers leave each loop at its first or second step.
#[inline]
pub(crate) fn is_placeholder_bytes(bytes: &[u8]) -> bool {
    let follows = |from: u8, to: u8| {
        let digits = from.is_ascii_digit() && to.is_ascii_digit();
        digits && (to == from + 1 || (from == b'9' && (to == b'0' || to == b'1')))
    };
    bytes.len() > 1
        && (bytes.windows(2).all(|pair| pair[0] == pair[1])
            || bytes.windows(2).all(|pair| follows(pair[0], pair[1]))
            || bytes.windows(2).all(|pair| follows(pair[1], pair[0])))
}
