//! From capitals to fen, by the grammar of the payment rules.

use std::borrow::Cow;

use super::token::Token;
use crate::rule::Rule;
use crate::rule::document as rule;
use crate::{Fault, Report, normal};

/// More characters than any i64 needs, with room for every optional 零.
const MAX_TOKENS: usize = 64;

/// Reads an amount in fen; 元 and 圆, 正 and 整, traditional characters and both permitted forms of 零.
pub fn parse(input: &str) -> Result<i64, Report> {
    read(&normalize(input)).map(|(fen, _)| fen).map_err(Report::from)
}

/// Whether [`parse`] would succeed.
pub fn is_valid(input: &str) -> bool {
    read(&normalize(input)).is_ok()
}

/// All findings: those of [`parse`], and a hint where 整 is missing after 圆.
pub fn check(input: &str) -> Report {
    match read(&normalize(input)) {
        Err(fault) => fault.into(),
        Ok((_, Ending::Bare)) => Fault::new(&rule::CAPITAL_WHOLE).into(),
        Ok((_, Ending::Proper)) => Report::new(),
    }
}

/// The national form: simplified characters, 圆 and 整, no 人民币, mark or blank; （负数） as 负.
///
/// ```
/// use invoice_validate::capital;
/// assert_eq!(capital::normalize("ⓧ 人民幣 貳萬元正"), "贰万圆整");
/// ```
pub fn normalize(input: &str) -> Cow<'_, str> {
    let text: Cow<'_, str> = if input.chars().all(|c| !is_blank(c) && national(c) == c) {
        Cow::Borrowed(input)
    } else {
        Cow::Owned(input.chars().filter(|c| !is_blank(*c)).map(national).collect())
    };
    let mut body: &str = &text;
    while let Some(rest) = body.strip_prefix("人民币") {
        body = rest;
    }
    let marked = ["（负数）", "(负数)", "负数"].iter().find_map(|mark| body.strip_prefix(mark));
    // What would itself read as a mark afterwards is none.
    if let Some(rest) = marked.filter(|rest| !rest.starts_with('数')) {
        return Cow::Owned(format!("负{rest}"));
    }
    let dress = text.len() - body.len();
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(&text[dress..]),
        Cow::Owned(text) if dress == 0 => Cow::Owned(text),
        Cow::Owned(text) => Cow::Owned(text[dress..].to_owned()),
    }
}

fn is_blank(c: char) -> bool {
    c.is_whitespace() || normal::is_invisible(c) || matches!(c, '⊗' | 'ⓧ' | 'Ⓧ' | '￥' | '¥' | ':' | '：')
}

fn national(c: char) -> char {
    match c {
        '數' => '数',
        '幣' => '币',
        _ => Token::of(c).map_or(c, Token::character),
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Ending {
    Proper,
    /// 圆 without 整.
    Bare,
}

/// A position in the tokens, so that faults can say where.
struct Reader<'a> {
    tokens: &'a [Token],
    at: usize,
}

fn fault_at(rule: &'static Rule, index: usize) -> Fault {
    Fault::new(rule).with_position(index + 1)
}

fn read(normalized: &str) -> Result<(i64, Ending), Fault> {
    let mut tokens = Vec::with_capacity(32);
    for (index, c) in normalized.chars().enumerate() {
        if index >= MAX_TOKENS {
            return Err(fault_at(&rule::CAPITAL_GRAMMAR, index));
        }
        tokens.push(Token::of(c).ok_or_else(|| fault_at(&rule::CAPITAL_CHARACTER, index))?);
    }
    if tokens.is_empty() {
        return Err(Fault::new(&rule::CAPITAL_EMPTY));
    }
    let mut reader = Reader { tokens: &tokens, at: 0 };
    let negative = reader.take(Token::Negative);
    let (yuan, had_yuan) = reader.yuan()?;
    let (cents, ending) = reader.cents(yuan, had_yuan)?;
    if reader.at != tokens.len() {
        return Err(fault_at(&rule::CAPITAL_GRAMMAR, reader.at));
    }
    let out_of_range = || Fault::new(&rule::CAPITAL_RANGE);
    let fen = i128::from(yuan) * 100 + i128::from(cents);
    let fen = i64::try_from(if negative { -fen } else { fen }).map_err(|_| out_of_range())?;
    Ok((fen, ending))
}

impl Reader<'_> {
    fn peek(&self) -> Option<Token> {
        self.tokens.get(self.at).copied()
    }

    fn take(&mut self, token: Token) -> bool {
        let found = self.peek() == Some(token);
        self.at += usize::from(found);
        found
    }

    fn refuse<T>(&self) -> Result<T, Fault> {
        Err(fault_at(&rule::CAPITAL_GRAMMAR, self.at))
    }

    /// The part before 圆, and whether there is one.
    fn yuan(&mut self) -> Result<(u64, bool), Fault> {
        let Some(end) = self.tokens.iter().position(|token| *token == Token::Yuan) else {
            return Ok((0, false));
        };
        if self.at + 1 == end && self.peek() == Some(Token::Digit(0)) {
            self.at = end + 1;
            return Ok((0, true));
        }
        let yuan = whole(&self.tokens[..end], self.at)?;
        self.at = end + 1;
        Ok((yuan, true))
    }

    /// 角 and 分 and the closing 整.
    fn cents(&mut self, yuan: u64, had_yuan: bool) -> Result<(u64, Ending), Fault> {
        let zero = had_yuan && self.take(Token::Digit(0));
        let first = self.digit();
        let (mut jiao, mut fen) = (0, 0);
        match (first, self.peek()) {
            (None, _) => {}
            // 零 before 角 is permitted only where the 圆 digit is zero.
            (Some(_), Some(Token::Jiao)) if zero && yuan % 10 != 0 => return self.refuse(),
            (Some(digit), Some(Token::Jiao)) => {
                self.at += 1;
                jiao = digit;
                if let Some(digit) = self.digit() {
                    fen = digit;
                    if !self.take(Token::Fen) {
                        return self.refuse();
                    }
                }
            }
            // With 圆 and without 角, 分 needs its 零.
            (Some(digit), Some(Token::Fen)) if zero || yuan == 0 => {
                self.at += 1;
                fen = digit;
            }
            _ => return self.refuse(),
        }
        if first.is_none() && (zero || !had_yuan) {
            return self.refuse();
        }
        let whole = fen == 0 && self.take(Token::Whole);
        let bare = jiao == 0 && fen == 0 && !whole;
        Ok((jiao * 10 + fen, if bare { Ending::Bare } else { Ending::Proper }))
    }

    /// A digit from 1 to 9.
    fn digit(&mut self) -> Option<u64> {
        match self.peek() {
            Some(Token::Digit(digit @ 1..)) => {
                self.at += 1;
                Some(u64::from(digit))
            }
            _ => None,
        }
    }
}

/// A whole number; 亿 nests, so the last one divides.
fn whole(tokens: &[Token], start: usize) -> Result<u64, Fault> {
    let divider =
        tokens[start..].iter().rposition(|token| *token == Token::HundredMillion).map(|at| at + start);
    let Some(divider) = divider else {
        return below_yi(tokens, start);
    };
    let high = whole(&tokens[..divider], start)?;
    let low = rest(tokens, divider + 1, high, 10_000_000, below_yi)?;
    let sum = high.checked_mul(100_000_000).and_then(|high| high.checked_add(low));
    sum.ok_or_else(|| Fault::new(&rule::CAPITAL_RANGE))
}

fn below_yi(tokens: &[Token], start: usize) -> Result<u64, Fault> {
    let Some(divider) = tokens[start..].iter().position(|token| *token == Token::TenThousand) else {
        return section(tokens, start);
    };
    let divider = divider + start;
    let high = section(&tokens[..divider], start)?;
    let low = rest(tokens, divider + 1, high, 1000, section)?;
    Ok(high * 10_000 + low)
}

/// What follows 亿 or 万: nothing, or a number with 零 before it where its first digit is missing,
/// where 零 is optional if the digit before the unit is zero, and forbidden otherwise.
fn rest(
    tokens: &[Token],
    start: usize,
    high: u64,
    full: u64,
    read: fn(&[Token], usize) -> Result<u64, Fault>,
) -> Result<u64, Fault> {
    if start == tokens.len() {
        return Ok(0);
    }
    let zero = tokens[start] == Token::Digit(0);
    let low = read(tokens, start + usize::from(zero))?;
    let well_formed = if low < full { zero } else { !zero || high % 10 == 0 };
    if well_formed { Ok(low) } else { Err(fault_at(&rule::CAPITAL_GRAMMAR, start)) }
}

/// 1 to 9999: digits with falling units, one 零 for each gap.
fn section(tokens: &[Token], start: usize) -> Result<u64, Fault> {
    let mut value = 0;
    let mut last_unit = 10_000;
    let mut at = start;
    while at < tokens.len() {
        let zero = tokens[at] == Token::Digit(0);
        let digit_at = at + usize::from(zero);
        let Some(Token::Digit(digit @ 1..)) = tokens.get(digit_at) else {
            return Err(fault_at(&rule::CAPITAL_GRAMMAR, digit_at));
        };
        let unit = match tokens.get(digit_at + 1) {
            Some(Token::Thousand) => 1000,
            Some(Token::Hundred) => 100,
            Some(Token::Ten) => 10,
            None => 1,
            Some(_) => return Err(fault_at(&rule::CAPITAL_GRAMMAR, digit_at + 1)),
        };
        let gap = at > start && unit * 10 != last_unit;
        if unit >= last_unit || zero != gap {
            return Err(fault_at(&rule::CAPITAL_GRAMMAR, at));
        }
        value += u64::from(*digit) * unit;
        last_unit = unit;
        at = digit_at + if unit == 1 { 1 } else { 2 };
    }
    if value == 0 { Err(fault_at(&rule::CAPITAL_GRAMMAR, start)) } else { Ok(value) }
}
