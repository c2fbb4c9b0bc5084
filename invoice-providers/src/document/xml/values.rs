//! What stands in elements, as values.

use chrono::{DateTime, NaiveDate, NaiveDateTime, TimeDelta, Utc};
use invoice_core::money::{Money, decimal_text};
use invoice_core::tax::TaxRate;
use rust_decimal::Decimal;

use super::tree::Element;
use crate::document::face::FaceRate;
use crate::document::{DocumentCode, DocumentError};

/// China keeps one time zone all year.
const CHINA_AHEAD: TimeDelta = TimeDelta::hours(8);

/// Reads the element of a name below `parent`; absent and blank are both nothing.
pub(super) fn read<T>(
    parent: &Element,
    name: &str,
    value: impl Fn(&str) -> Option<Option<T>>,
) -> Result<Option<T>, DocumentError> {
    let Some(text) = parent.text_of(name) else { return Ok(None) };
    value(text).ok_or_else(|| DocumentError::new(DocumentCode::FieldUnreadable).at(name))
}

pub(super) fn text(parent: &Element, name: &str) -> Option<String> {
    parent.text_of(name).map(str::to_owned)
}

/// An amount; what is printed in its place where there is none is nothing.
pub(in crate::document) fn amount(text: &str) -> Option<Option<Money>> {
    if text.chars().all(|c| matches!(c, '*' | '＊')) || text == "免税" || text == "不征税" {
        return Some(None);
    }
    let plain = text.trim_start_matches(['¥', '￥']).replace([',', ' '], "");
    let plain = match plain.split_once('.') {
        Some((yuan, cents)) if cents.len() > 2 => {
            let (cents, zeros) = (cents.get(..2)?, cents.get(2..)?);
            if !zeros.bytes().all(|byte| byte == b'0') {
                return None;
            }
            format!("{yuan}.{cents}")
        }
        _ => plain,
    };
    plain.parse().ok().map(Some)
}

/// A quantity or a unit price.
pub(super) fn number(text: &str) -> Option<Option<Decimal>> {
    let plain = text.replace(',', "");
    let plain = match plain.split_once('.') {
        Some(_) => plain.trim_end_matches('0').trim_end_matches('.'),
        None => plain.as_str(),
    };
    // A price that a division has left with more digits than a form has room for.
    let plain = plain.get(..decimal_text::MAX_CHARS).filter(|cut| cut.contains('.')).unwrap_or(plain);
    decimal_text::parse(plain.trim_end_matches('.')).map(Some)
}

pub(super) fn rate(text: &str) -> Option<Option<FaceRate>> {
    let rate = match text {
        "免税" => FaceRate::Exempt,
        "不征税" => FaceRate::NotTaxable,
        "*" | "＊" => FaceRate::Telecom,
        text if text.chars().all(|c| matches!(c, '*' | '＊')) => FaceRate::Differential,
        text => {
            let plain = match text.split_once('.') {
                Some(_) if !text.ends_with('%') => text.trim_end_matches('0').trim_end_matches('.'),
                _ => text,
            };
            FaceRate::Rate(plain.parse::<TaxRate>().ok()?)
        }
    };
    Some(Some(rate))
}

/// A date with hyphens, dots, slashes or 年月日 in it or nothing at all, with or without a time behind.
pub(in crate::document) fn day(text: &str) -> Option<Option<NaiveDate>> {
    let mut parts = text.split(|c: char| !c.is_ascii_digit()).filter(|part| !part.is_empty());
    let first = parts.next()?;
    let number = |part: Option<&str>| part.and_then(|part| part.parse::<u32>().ok());
    let (year, month, day) = match first.len() {
        4 => (first, number(parts.next())?, number(parts.next())?),
        8 | 14 => (first.get(..4)?, number(first.get(4..6))?, number(first.get(6..8))?),
        _ => return None,
    };
    NaiveDate::from_ymd_opt(year.parse().ok()?, month, day).map(Some)
}

/// A moment in China; nothing where only a day is said.
pub(super) fn moment(text: &str) -> Option<Option<DateTime<Utc>>> {
    let plain = text.replace('T', " ");
    let known = ["%Y-%m-%d %H:%M:%S", "%Y/%m/%d %H:%M:%S", "%Y%m%d%H%M%S", "%Y年%m月%d日 %H:%M:%S"];
    let found = known.iter().find_map(|form| NaiveDateTime::parse_from_str(&plain, form).ok());
    match found {
        Some(local) => Some(local.checked_sub_signed(CHINA_AHEAD).map(|at| at.and_utc())),
        None => day(text).map(|_| None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_as_files_have_them_and_never_rounded() {
        let fen = |text: &str| amount(text).map(|amount| amount.map(Money::fen));
        for (text, want) in [
            ("0.12", Some(Some(12))),
            ("0.120000", Some(Some(12))),
            ("-500.00", Some(Some(-50_000))),
            ("¥1,234.5", Some(Some(123_450))),
            ("2", Some(Some(200))),
            ("***", Some(None)),
            ("*", Some(None)),
            ("免税", Some(None)),
            ("0.123", None),
            ("1e3", None),
            ("一百", None),
        ] {
            assert_eq!(fen(text), want, "{text}");
        }
    }

    #[test]
    fn rates_and_numbers_are_read_in_every_form() {
        let percent = |number| Some(Some(FaceRate::Rate(TaxRate::percent(number).unwrap())));
        for (text, want) in [
            ("0.13", percent(13)),
            ("0.130000", percent(13)),
            ("13%", percent(13)),
            ("10%", percent(10)),
            ("0", percent(0)),
            ("0.00", percent(0)),
            ("免税", Some(Some(FaceRate::Exempt))),
            ("不征税", Some(Some(FaceRate::NotTaxable))),
            ("*", Some(Some(FaceRate::Telecom))),
            ("***", Some(Some(FaceRate::Differential))),
            ("13", None),
            ("简易", None),
        ] {
            assert_eq!(rate(text), want, "{text}");
        }
        let shown = |text: &str| number(text).map(|number| number.map(decimal_text::format));
        for (text, want) in [
            ("1.000000000000000000000000000000", Some("1")),
            ("100", Some("100")),
            ("-0.50", Some("-0.5")),
            ("33.3333333333333333333333333333", Some("33.3333333333333333333333")),
            ("12345678901234567890123456", None),
            ("两", None),
        ] {
            assert_eq!(shown(text), want.map(|text| Some(text.to_owned())), "{text}");
        }
    }

    #[test]
    fn dates_are_read_in_every_form() {
        for text in [
            "2026-05-01",
            "20260501",
            "2026年05月01日",
            "2026年 5月 1日",
            "2026/5/1",
            "20260501120000",
            "2026-05-01 12:00:00",
            "2026-05-01T12:00:00",
        ] {
            assert_eq!(day(text), Some(NaiveDate::from_ymd_opt(2026, 5, 1)), "{text}");
        }
        for text in ["", "2026", "2026-13-01", "2026-02-30", "26-05-01", "昨天"] {
            assert_eq!(day(text), None, "{text}");
        }
        let at = moment("2026-05-01 12:00:00").flatten().unwrap();
        assert_eq!(at.to_rfc3339(), "2026-05-01T04:00:00+00:00");
        assert_eq!(moment("2026-05-01"), Some(None));
    }
}
