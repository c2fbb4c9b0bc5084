//! Eighteen bytes as words: taking a byte out of a word by shifting costs one load less than reading it.

/// Bytes 0–7 and 8–15.
#[inline]
pub(crate) fn halves(code: &[u8; 18]) -> [u64; 2] {
    let [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, ..] = *code;
    [u64::from_le_bytes([a, b, c, d, e, f, g, h]), u64::from_le_bytes([i, j, k, l, m, n, o, p])]
}

/// The byte at an index of a word, 0 to 7, for looking up.
#[inline]
pub(crate) fn byte_of(word: u64, index: usize) -> usize {
    (word >> (8 * index) & 0xFF) as usize
}
