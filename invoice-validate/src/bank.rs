//! Bank account (银行账号), and bank with account in one string (开户行及账号).
//!
//! No public rule fixes the form of a company's account: banks use 8 to 32 digits, and letters in
//! special accounts (NRA, OSA, FTN). The Luhn check (ISO/IEC 7812-1) holds for cards only, so its
//! failure is a hint.
//!
//! ```
//! use invoice_validate::bank;
//! let line = bank::split("中国工商银行北京海淀支行 0200 0062 1920 0123 456").unwrap();
//! assert_eq!((line.bank, line.account.as_str()), ("中国工商银行北京海淀支行", "0200006219200123456"));
//! assert!(bank::is_valid("6222-0200-1234-5678"));
//! ```

use std::borrow::Cow;
use std::fmt;

use crate::rule::field as rule;
use crate::{Fault, Report, normal};

/// Usual lengths of an account.
const USUAL: std::ops::RangeInclusive<usize> = 8..=32;

/// An account that passed [`parse`]. `Debug` does not show it.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Account(String);

impl Account {
    /// Digits and letters without separators.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Account(redacted)")
    }
}

/// Reads an account; an unusual length is only a warning.
pub fn parse(input: &str) -> Result<Account, Report> {
    let normalized = normalize(input);
    findings(&normalized).into_result()?;
    Ok(Account(normalized.into_owned()))
}

/// Whether [`parse`] would succeed.
pub fn is_valid(input: &str) -> bool {
    let normalized = normalize(input);
    !normalized.is_empty() && normalized.bytes().all(|b| b.is_ascii_alphanumeric())
}

/// Half width, capitals, no spaces, hyphens or invisible characters.
pub fn normalize(input: &str) -> Cow<'_, str> {
    normal::compact(input)
}

/// In groups of four, as cards and statements print it.
///
/// ```
/// use invoice_validate::bank;
/// assert_eq!(bank::format(&bank::parse("6222020012345678")?), "6222 0200 1234 5678");
/// # Ok::<(), invoice_validate::Report>(())
/// ```
pub fn format(account: &Account) -> String {
    let mut out = String::with_capacity(account.0.len() + account.0.len() / 4);
    for (index, c) in account.0.chars().enumerate() {
        if index > 0 && index % 4 == 0 {
            out.push(' ');
        }
        out.push(c);
    }
    out
}

/// All findings.
pub fn check(input: &str) -> Report {
    findings(&normalize(input))
}

fn findings(normalized: &str) -> Report {
    if normalized.is_empty() {
        return Fault::new(&rule::BANK_EMPTY).into();
    }
    if let Some(index) = normalized.chars().position(|c| !c.is_ascii_alphanumeric()) {
        return Fault::new(&rule::BANK_CHARACTER).with_position(index + 1).into();
    }
    let mut report = Report::new();
    if !USUAL.contains(&normalized.len()) {
        report.push(Fault::new(&rule::BANK_LENGTH).with_expected("8-32"));
    }
    if is_card(normalized) && !passes_luhn(normalized) {
        report.push(Fault::new(&rule::BANK_LUHN));
    }
    report
}

/// 16 to 19 digits from 62 (UnionPay), 4, or 5: written like a card.
fn is_card(account: &str) -> bool {
    let digits = account.bytes().all(|b| b.is_ascii_digit());
    let scheme = account.starts_with("62") || account.starts_with('4') || account.starts_with('5');
    digits && scheme && (16..=19).contains(&account.len())
}

/// The Luhn sum of a string of digits is a multiple of ten.
pub fn passes_luhn(digits: &str) -> bool {
    let sum: u32 = digits.bytes().rev().enumerate().fold(0, |sum, (index, byte)| {
        let digit = u32::from(byte.wrapping_sub(b'0'));
        let doubled = if index % 2 == 1 { digit * 2 } else { digit };
        sum + if doubled > 9 { doubled - 9 } else { doubled }
    });
    !digits.is_empty() && sum % 10 == 0
}

/// Bank and account of one line.
#[derive(Clone, PartialEq, Eq)]
pub struct BankLine<'a> {
    /// The bank's name as written, without the separators beside it.
    pub bank: &'a str,
    /// The account.
    pub account: Account,
}

impl fmt::Debug for BankLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BankLine(redacted)")
    }
}

/// Cuts a line at the last long run of digits; the bank's name is what stands before it, or after.
pub fn split(line: &str) -> Result<BankLine<'_>, Report> {
    let refused = || Report::from(Fault::new(&rule::BANK_SPLIT));
    let (start, end) = account_span(line).ok_or_else(refused)?;
    let account = parse(&line[start..end])?;
    let edge = |c: char| c.is_whitespace() || ",，、;；:：/|+-_".contains(c);
    let label = |text: &str| -> usize {
        let labels = ["银行账号", "账号", "帐号", "賬號", "帳號", "账户", "A/C"];
        labels.iter().find(|label| text.ends_with(**label)).map_or(0, |label| label.len())
    };
    let before = line[..start].trim_matches(edge);
    let before = before[..before.len() - label(before)].trim_matches(edge);
    let after = line[end..].trim_matches(edge);
    let bank = if before.is_empty() { after } else { before };
    if bank.is_empty() { Err(refused()) } else { Ok(BankLine { bank, account }) }
}

/// The last run of at least eight digits, spaces and hyphens between them allowed.
fn account_span(line: &str) -> Option<(usize, usize)> {
    let mut best = None;
    let mut run: Option<(usize, usize, usize)> = None;
    for (index, c) in line.char_indices() {
        let half = normal::half_width(c);
        if half.is_ascii_digit() {
            let end = index + c.len_utf8();
            run = Some(run.map_or((index, end, 1), |(start, _, count)| (start, end, count + 1)));
        } else if !(half == ' ' || normal::is_hyphen(c) || normal::is_invisible(c)) {
            run = None;
        }
        if let Some((start, end, 8..)) = run {
            best = Some((start, end));
        }
    }
    best
}
