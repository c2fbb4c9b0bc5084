//! From fen to capitals, without allocating.

use std::fmt;

use super::token::DIGITS;

/// Room enough for any i64; the longest amounts take 141 bytes.
pub const MAX_BYTES: usize = 144;

/// Returned by [`write_into`] when the text does not fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BufferTooSmall {
    /// Bytes the text takes.
    pub needed: usize,
}

impl fmt::Display for BufferTooSmall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the capital amount takes {} bytes", self.needed)
    }
}

impl std::error::Error for BufferTooSmall {}

/// Appends the amount to a string; reuse one and nothing is allocated.
pub fn write(fen: i64, out: &mut String) {
    put_amount(fen, out);
}

/// Writes the amount as UTF-8 at the start of `buffer` and gives its length in bytes.
///
/// With [`MAX_BYTES`] of room it never fails and writes directly.
///
/// ```
/// use invoice_validate::capital::{self, MAX_BYTES};
/// let mut buffer = [0; MAX_BYTES];
/// let length = capital::write_into(1005, &mut buffer)?;
/// assert_eq!(std::str::from_utf8(&buffer[..length]), Ok("壹拾圆零伍分"));
/// # Ok::<(), capital::BufferTooSmall>(())
/// ```
pub fn write_into(fen: i64, buffer: &mut [u8]) -> Result<usize, BufferTooSmall> {
    if let Some(room) = buffer.first_chunk_mut::<MAX_BYTES>() {
        let mut page = Page { room, length: 0 };
        put_amount(fen, &mut page);
        return Ok(page.length);
    }
    let mut room = [0; MAX_BYTES];
    let mut page = Page { room: &mut room, length: 0 };
    put_amount(fen, &mut page);
    let needed = page.length;
    let target = buffer.get_mut(..needed).ok_or(BufferTooSmall { needed })?;
    target.copy_from_slice(&room[..needed]);
    Ok(needed)
}

/// Where characters go; all of them are three bytes long.
trait Pen {
    fn put(&mut self, c: Glyph);
}

/// A character in both forms.
#[derive(Clone, Copy)]
struct Glyph {
    character: char,
    bytes: [u8; 3],
}

const fn glyph(character: char) -> Glyph {
    let code = character as u32;
    let bytes = [
        (0xE0 | (code >> 12)).to_le_bytes()[0],
        (0x80 | (code >> 6 & 0x3F)).to_le_bytes()[0],
        (0x80 | (code & 0x3F)).to_le_bytes()[0],
    ];
    Glyph { character, bytes }
}

const fn digits() -> [Glyph; 10] {
    let mut out = [glyph('零'); 10];
    let mut digit = 0;
    while digit < 10 {
        out[digit] = glyph(DIGITS[digit]);
        digit += 1;
    }
    out
}

static DIGIT: [Glyph; 10] = digits();
const ZERO: Glyph = glyph('零');
const NEGATIVE: [Glyph; 4] = [glyph('（'), glyph('负'), glyph('数'), glyph('）')];

struct Page<'a> {
    room: &'a mut [u8; MAX_BYTES],
    length: usize,
}

impl Pen for Page<'_> {
    #[inline]
    fn put(&mut self, c: Glyph) {
        if let Some(place) = self.room.get_mut(self.length..self.length + 3) {
            place.copy_from_slice(&c.bytes);
            self.length += 3;
        }
    }
}

impl Pen for String {
    #[inline]
    fn put(&mut self, c: Glyph) {
        self.push(c.character);
    }
}

fn put_amount(fen: i64, pen: &mut impl Pen) {
    if fen < 0 {
        NEGATIVE.into_iter().for_each(|c| pen.put(c));
    }
    let magnitude = fen.unsigned_abs();
    let (yuan, cents) = (magnitude / 100, magnitude % 100);
    let (jiao, fen) = (cents / 10, cents % 10);
    if yuan > 0 || cents == 0 {
        put_yuan(yuan, pen);
        pen.put(glyph('圆'));
    }
    if jiao > 0 {
        put_digit(jiao, pen);
        pen.put(glyph('角'));
    } else if fen > 0 && yuan > 0 {
        pen.put(ZERO);
    }
    if fen > 0 {
        put_digit(fen, pen);
        pen.put(glyph('分'));
    } else {
        pen.put(glyph('整'));
    }
}

#[inline]
fn put_digit(digit: u64, pen: &mut impl Pen) {
    let index = usize::try_from(digit % 10).unwrap_or(0);
    pen.put(DIGIT[index]);
}

fn put_yuan(yuan: u64, pen: &mut impl Pen) {
    const YI: u64 = 100_000_000;
    if yuan == 0 {
        return pen.put(ZERO);
    }
    let mut below = yuan;
    if yuan >= YI {
        let high = yuan / YI;
        below = yuan % YI;
        // i64 ends below 10^9 亿, so 亿 nests once at most.
        if high >= YI {
            put_below_yi(high / YI, pen);
            pen.put(glyph('亿'));
            put_rest(high % YI, YI / 10, pen);
        } else {
            put_below_yi(high, pen);
        }
        pen.put(glyph('亿'));
        return put_rest(below, YI / 10, pen);
    }
    below %= YI;
    put_below_yi(below, pen);
}

/// What follows a 亿: nothing, or a number whose missing first digit is spoken as 零.
fn put_rest(rest: u64, full: u64, pen: &mut impl Pen) {
    if rest == 0 {
        return;
    }
    if rest < full {
        pen.put(ZERO);
    }
    put_below_yi(rest, pen);
}

fn put_below_yi(number: u64, pen: &mut impl Pen) {
    let (high, low) = (number / 10_000, number % 10_000);
    if high > 0 {
        put_section(high, pen);
        pen.put(glyph('万'));
        if low > 0 && low < 1000 {
            pen.put(ZERO);
        }
    }
    if low > 0 {
        put_section(low, pen);
    }
}

/// 1 to 9999; zeros before the first digit are the caller's.
#[inline]
fn put_section(number: u64, pen: &mut impl Pen) {
    let digits = [number / 1000, number / 100 % 10, number / 10 % 10, number % 10];
    let units = [Some(glyph('仟')), Some(glyph('佰')), Some(glyph('拾')), None];
    let (mut begun, mut gap) = (false, false);
    for (digit, unit) in digits.into_iter().zip(units) {
        if digit == 0 {
            gap = begun;
            continue;
        }
        if gap {
            pen.put(ZERO);
            gap = false;
        }
        begun = true;
        put_digit(digit, pen);
        if let Some(unit) = unit {
            pen.put(unit);
        }
    }
}
