//! Eighteen bytes as words: taking a byte out of a word by shifting costs one load less than reading it.

/// Bytes 0–7 and 8–15.
#[inline]
pub(crate) fn halves(code: &[u8; 18]) -> [u64; 2] {
    let [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, ..] = *code;
    [u64::from_le_bytes([a, b, c, d, e, f, g, h]), u64::from_le_bytes([i, j, k, l, m, n, o, p])]
}

/// Whether letters or digits are in capitals already; of other bytes it says nothing.
#[inline]
pub(crate) fn is_in_capitals(code: &[u8; 18]) -> bool {
    // Small letters alone have both bits.
    let small = |word: u64| word & (word >> 1) & 0x2020_2020_2020_2020;
    let [head, tail] = halves(code);
    let rest = u64::from(u16::from_le_bytes([code[16], code[17]]));
    small(head) | small(tail) | small(rest) == 0
}

/// Whether a letter is among the first 17 of letters and digits.
#[inline]
pub(crate) fn has_letter(code: &[u8; 18]) -> bool {
    let [head, tail] = halves(code);
    (head | tail) & 0x4040_4040_4040_4040 != 0 || code[16] & 0x40 != 0
}

/// Whether every byte is an ASCII digit, eight at a time.
#[inline]
pub(crate) fn all_digits(bytes: &[u8]) -> bool {
    let mut rest = bytes;
    let mut strange = 0;
    while let Some((block, tail)) = rest.split_first_chunk::<8>() {
        let word = u64::from_le_bytes(*block);
        // The high half of a digit is 3, and stays 3 when 6 is added.
        let high = |word: u64| (word & 0xF0F0_F0F0_F0F0_F0F0) ^ 0x3030_3030_3030_3030;
        strange |= high(word) | high(word.wrapping_add(0x0606_0606_0606_0606));
        rest = tail;
    }
    strange == 0 && rest.iter().all(u8::is_ascii_digit)
}

/// The byte at an index of a word, 0 to 7, for looking up.
#[inline]
pub(crate) fn byte_of(word: u64, index: usize) -> usize {
    (word >> (8 * index) & 0xFF) as usize
}
