//! From fen to capitals, without allocating.

use std::fmt;

use super::token::DIGITS;

/// Room enough for any i64. The longest amounts take 141 bytes; the rest is because words are written in
/// strokes of 16 bytes, of which the next one covers what is too much.
pub const MAX_BYTES: usize = 160;

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
    let mut room = [0; MAX_BYTES];
    let mut page = Page { room: &mut room, length: 0 };
    put_amount(fen, &mut page);
    let length = page.length;
    out.push_str(std::str::from_utf8(&room[..length]).unwrap_or_default());
}

/// Writes the amount as UTF-8 at the start of `buffer` and gives its length in bytes.
///
/// With [`MAX_BYTES`] of room it never fails and writes directly; what stands in that room behind the amount is
/// then not kept. With less, only the amount is written, or nothing.
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

/// A word and how many bytes of the stroke it takes.
#[derive(Clone, Copy)]
struct Stroke {
    bytes: [u8; 16],
    length: usize,
}

const NOTHING: Stroke = Stroke { bytes: [0; 16], length: 0 };

impl Stroke {
    /// The stroke with one more character, which takes three bytes.
    const fn with(mut self, character: char) -> Self {
        let code = character as u32;
        self.bytes[self.length] = (0xE0 | (code >> 12)).to_le_bytes()[0];
        self.bytes[self.length + 1] = (0x80 | (code >> 6 & 0x3F)).to_le_bytes()[0];
        self.bytes[self.length + 2] = (0x80 | (code & 0x3F)).to_le_bytes()[0];
        self.length += 3;
        self
    }

    /// The digit with its unit, nothing for zero.
    const fn with_digit(self, digit: usize, unit: char) -> Self {
        if digit == 0 { self } else { self.with(DIGITS[digit]).with(unit) }
    }
}

/// What two digits say in one place, from 0 to 99.
type Pairs = [Stroke; 100];

/// 仟 and 佰: the 零 between is the caller's.
static HIGH: Pairs = {
    let mut out = [NOTHING; 100];
    let mut pair = 0;
    while pair < 100 {
        out[pair] = NOTHING.with_digit(pair / 10, '仟').with_digit(pair % 10, '佰');
        pair += 1;
    }
    out
};

/// 拾 and the last digit.
static LOW: Pairs = {
    let mut out = [NOTHING; 100];
    let mut pair = 0;
    while pair < 100 {
        let tens = NOTHING.with_digit(pair / 10, '拾');
        out[pair] = if pair % 10 == 0 { tens } else { tens.with(DIGITS[pair % 10]) };
        pair += 1;
    }
    out
};

/// 角 and 分, 整 where there is no 分.
static CENTS: Pairs = {
    let mut out = [NOTHING; 100];
    let mut pair = 0;
    while pair < 100 {
        let jiao = NOTHING.with_digit(pair / 10, '角');
        out[pair] = if pair % 10 == 0 { jiao.with('整') } else { jiao.with_digit(pair % 10, '分') };
        pair += 1;
    }
    out
};

static ZERO: Stroke = NOTHING.with(DIGITS[0]);
static YUAN: Stroke = NOTHING.with('圆');
static TEN_THOUSAND: Stroke = NOTHING.with('万');
static HUNDRED_MILLION: Stroke = NOTHING.with('亿');
static NEGATIVE: Stroke = NOTHING.with('（').with('负').with('数').with('）');

struct Page<'a> {
    room: &'a mut [u8; MAX_BYTES],
    length: usize,
}

impl Page<'_> {
    #[inline]
    fn put(&mut self, stroke: &Stroke) {
        if let Some(place) = self.room.get_mut(self.length..self.length + 16) {
            place.copy_from_slice(&stroke.bytes);
            self.length += stroke.length;
        }
    }

    #[inline]
    fn put_pair(&mut self, pairs: &Pairs, pair: u64) {
        self.put(&pairs[usize::try_from(pair % 100).unwrap_or(0)]);
    }
}

fn put_amount(fen: i64, page: &mut Page<'_>) {
    if fen < 0 {
        page.put(&NEGATIVE);
    }
    let magnitude = fen.unsigned_abs();
    let (yuan, cents) = (magnitude / 100, magnitude % 100);
    if yuan > 0 {
        put_yuan(yuan, page);
        page.put(&YUAN);
        if cents > 0 && cents < 10 {
            page.put(&ZERO);
        }
    } else if cents == 0 {
        page.put(&ZERO);
        page.put(&YUAN);
    }
    page.put_pair(&CENTS, cents);
}

fn put_yuan(yuan: u64, page: &mut Page<'_>) {
    const YI: u64 = 100_000_000;
    if yuan < YI {
        return put_below_yi(yuan, page);
    }
    let (high, below) = (yuan / YI, yuan % YI);
    // i64 ends below 10^9 亿, so 亿 nests once at most.
    if high >= YI {
        put_below_yi(high / YI, page);
        page.put(&HUNDRED_MILLION);
        put_rest(high % YI, YI / 10, page);
    } else {
        put_below_yi(high, page);
    }
    page.put(&HUNDRED_MILLION);
    put_rest(below, YI / 10, page);
}

/// What follows a 亿: nothing, or a number whose missing first digit is spoken as 零.
fn put_rest(rest: u64, full: u64, page: &mut Page<'_>) {
    if rest == 0 {
        return;
    }
    if rest < full {
        page.put(&ZERO);
    }
    put_below_yi(rest, page);
}

fn put_below_yi(number: u64, page: &mut Page<'_>) {
    let (high, low) = (number / 10_000, number % 10_000);
    if high > 0 {
        put_section(high, page);
        page.put(&TEN_THOUSAND);
        if low > 0 && low < 1000 {
            page.put(&ZERO);
        }
    }
    if low > 0 {
        put_section(low, page);
    }
}

/// 1 to 9999; zeros before the first digit are the caller's.
#[inline]
fn put_section(number: u64, page: &mut Page<'_>) {
    let (high, low) = (number / 100, number % 100);
    page.put_pair(&HIGH, high);
    if low > 0 {
        // A gap of one or two zeros between two digits is one 零.
        if high > 0 && (high % 10 == 0 || low < 10) {
            page.put(&ZERO);
        }
        page.put_pair(&LOW, low);
    }
}
