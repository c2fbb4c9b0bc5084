//! Where fields stand in recognised text. Labels are found although a character before them or the colon behind them was
//! not recognised; values are taken as they stand or not at all.

use chrono::NaiveDate;
use invoice_core::money::Money;
use invoice_core::received::ReceivedKind;
use invoice_validate::{capital, uscc};

use super::lines::Lines;
use crate::document::read::text::{
    self, TITLES, digits, is_tax_id, letters_and_digits, only_number, written_days,
};
use crate::document::xml::{amount, day};

/// A value and the part of the text that it was read from.
pub(super) type Found<'a, T> = (T, &'a str);

/// What stands behind a label, and behind marks that may be its colon.
fn after<'a>(text: &'a str, label: &'a str) -> impl Iterator<Item = &'a str> {
    text.match_indices(label).filter_map(move |(at, label)| {
        Some(text.get(at + label.len()..)?.trim_start_matches(|c: char| " :：;；.·,，|\"”“'".contains(c)))
    })
}

/// Number and code as printed; the code of a legacy invoice only.
pub(super) fn number(text: &str) -> Option<(Option<&str>, &str)> {
    // The first character of a label is often lost beside a code or a title.
    let labelled = after(text, "票号码").map(digits).find(|number| matches!(number.len(), 8 | 20));
    match labelled {
        Some(number) if number.len() == 8 => {
            let code = after(text, "票代码").map(digits).find(|code| matches!(code.len(), 10 | 12));
            Some((code, number))
        }
        Some(number) => Some((None, number)),
        None => only_number(text).map(|number| (None, number)),
    }
}

/// The kind, by a title that stands on one line.
pub(super) fn kind(text: &str) -> Option<Found<'_, ReceivedKind>> {
    text.lines().find_map(|line| {
        let letters = || line.char_indices().filter(|(_, c)| c.is_alphanumeric());
        let plain: String = letters().map(|(_, c)| c).collect();
        TITLES.iter().find_map(|(title, kind)| {
            let before = plain.get(..plain.find(title)?)?.chars().count();
            let mut place = letters().skip(before).map(|(at, c)| (at, at + c.len_utf8()));
            let (from, _) = place.next()?;
            let (_, to) = place.nth(title.chars().count().checked_sub(2)?)?;
            Some((*kind, line.get(from..to)?))
        })
    })
}

/// The date behind its label, else the first that is written with 年.
pub(super) fn date(text: &str) -> Option<Found<'_, NaiveDate>> {
    let read = |written: &'_ str| day(written).flatten();
    let labelled = after(text, "票日期").find_map(|rest| {
        let line = rest.lines().next()?;
        let end = line.find("  ").or(line.find('日')).unwrap_or(line.len());
        let written = line.get(..end)?;
        Some((read(written)?, written))
    });
    labelled.or_else(|| written_days(text).find_map(|written| Some((read(written)?, written))))
}

/// The 20 digits behind their label.
pub(super) fn check_code(text: &str) -> Option<Found<'_, String>> {
    after(text, "校验码").find_map(|rest| {
        let line = rest.lines().next()?;
        Some((text::check_code(line)?, line.get(..line.rfind(|c: char| c.is_ascii_digit())? + 1)?))
    })
}

/// Names behind their label, in the order of the text. A label needs its colon here: the head of the rows begins like one.
pub(super) fn names(text: &str) -> impl Iterator<Item = &str> {
    const LABEL: &str = "名称";
    text.match_indices(LABEL).filter_map(|(at, _)| {
        let before = text.get(..at)?.trim_end();
        let rest = text.get(at + LABEL.len()..)?.trim_start();
        let rest = rest.strip_prefix([':', '：', ';', '；'])?;
        let name = text::name(rest.trim_start_matches(|c: char| !c.is_alphanumeric() && c != '\n'))?;
        let chars = name.chars().filter(|c| c.is_alphanumeric()).count();
        (chars > 1 && !before.ends_with(['目', '务'])).then_some(name)
    })
}

/// A name without marks that no name has: specks on the paper.
pub(super) fn without_specks(name: &str) -> String {
    let own = |c: &char| c.is_alphanumeric() || "（）()·&- ".contains(*c);
    name.chars().filter(own).collect::<String>().trim_matches(['-', ' ']).to_owned()
}

/// Tax IDs in the order of the text: what stands behind the label, and whatever else passes the check of a credit code.
pub(super) fn tax_ids(text: &str) -> impl Iterator<Item = &str> {
    let mut labelled: Vec<&str> =
        after(text, "识别号").map(letters_and_digits).filter(|id| is_tax_id(id)).collect();
    labelled.dedup();
    let others = text.split(|c: char| !c.is_ascii_alphanumeric());
    let mut all: Vec<&str> = others.filter(|run| run.len() == 18 && uscc::is_valid(run)).collect();
    for id in labelled {
        if !all.iter().any(|known| known.as_ptr() == id.as_ptr()) {
            all.push(id);
        }
    }
    all.sort_by_key(|id| id.as_ptr().addr());
    all.into_iter()
}

/// The three totals, and the one in capitals.
#[derive(Default)]
pub(super) struct Totals<'a> {
    pub(super) net: Option<Found<'a, Money>>,
    pub(super) tax: Option<Found<'a, Money>>,
    pub(super) gross: Option<Found<'a, Money>>,
    pub(super) capitals: Option<Found<'a, Money>>,
}

/// Totals by where they stand, never by what would fit: the gross total at the end of the line of 价税合计, net and tax on
/// the line of 合计 above it. A remark may speak of 价税合计 as well, but has it neither in figures (小写) nor in capitals
/// (大写).
pub(super) fn totals(text: &str) -> Totals<'_> {
    let lines: Vec<&str> = text.lines().collect();
    let last =
        |labels: &[&str]| lines.iter().rposition(|line| labels.iter().any(|label| line.contains(label)));
    let Some(at) = last(&["小写", "大写"]).or_else(|| last(&["价税合计"])) else {
        return Totals::default();
    };
    let Some((last, above)) = lines.get(..=at).and_then(<[&str]>::split_last) else {
        return Totals::default();
    };
    let mut totals = Totals { gross: amounts(last).pop(), capitals: capitals(last), ..Totals::default() };
    let sums =
        above.iter().rev().take(3).map(|line| (line, amounts(line))).find(|(_, sums)| !sums.is_empty());
    let Some((line, sums)) = sums else { return totals };
    // A row, as it has a rate.
    if ["%", "免税", "不征税"].iter().any(|mark| line.contains(mark)) {
        return totals;
    }
    match sums.as_slice() {
        [net, tax] => (totals.net, totals.tax) = (Some(*net), Some(*tax)),
        // One alone is the net total where there is no tax; where the other was not recognised it could be either.
        [one] if totals.gross.is_some_and(|(gross, _)| gross == one.0) => totals.net = Some(*one),
        _ => {}
    }
    totals
}

/// Amounts on a line: figures with a point and two more behind it. A currency sign is often recognised as something else,
/// and does not matter. A letter before the figures may be one of them, and a stroke a sign: then there is no amount.
fn amounts(line: &str) -> Vec<Found<'_, Money>> {
    let runs = line.split(|c: char| !(c.is_ascii_digit() || "-.,".contains(c)));
    runs.filter_map(|run| {
        let run = run.trim_end_matches(['.', ',']);
        let (_, cents) = run.rsplit_once('.').filter(|(yuan, cents)| !yuan.is_empty() && cents.len() == 2)?;
        let start = run.as_ptr().addr().checked_sub(line.as_ptr().addr())?;
        let before = line.get(..start)?;
        // Y, V and W are what becomes of ¥.
        let letter = before.ends_with(|c: char| c.is_ascii_alphabetic() && !"YVW".contains(c) || c == '|');
        if !cents.bytes().all(|byte| byte.is_ascii_digit()) || letter {
            return None;
        }
        let read = amount(run).flatten()?;
        match sign(before)? {
            None => Some((read, run)),
            // Twice is no sign.
            Some(_) if run.starts_with('-') => None,
            Some(at) => Some((read.checked_neg()?, line.get(at..start + run.len())?)),
        }
    })
    .collect()
}

/// Where a minus begins that stands before figures, or before their currency sign; `None` where it may be one or not: a
/// stroke, or a minus in another column.
fn sign(before: &str) -> Option<Option<usize>> {
    let marked = before.trim_end();
    let bare = marked.trim_end_matches(['¥', '￥', 'Y', 'V', 'W', '#']);
    let end = bare.trim_end();
    let gaps = [before.len() - marked.len(), bare.len() - end.len()];
    match end.char_indices().next_back() {
        Some((at, '-' | '−')) => gaps.iter().all(|gap| *gap < 2).then_some(Some(at)),
        Some((_, '—' | '–' | '一' | '－' | '~' | '_')) => None,
        _ => Some(None),
    }
}

/// The amount in capitals on a line.
fn capitals(line: &str) -> Option<Found<'_, Money>> {
    const CAPITALS: &str = "零壹贰叁肆伍陆柒捌玖拾佰仟万亿圆元角分整正负数（）()";
    let runs = line.split(|c: char| !CAPITALS.contains(c));
    let mut read = runs.filter(|run| run.contains(['圆', '元', '角', '分'])).filter_map(|run| {
        let run = run.trim_start_matches([')', '）']).trim_end_matches(['(', '（']);
        let fen = capital::parse(&run.replace('(', "（").replace(')', "）")).ok()?;
        Some((Money::from_fen(fen), run))
    });
    read.next()
}

/// Whether the text says that the invoice is red.
pub(super) fn says_red(text: &str) -> bool {
    ["红字发票", "红冲", "负数"].iter().any(|word| text.contains(word))
}

/// Buyer and seller of what was found twice, or once: by its place, as the buyer stands left of the seller or above. Lines
/// of a sheet that leans are not in this order by themselves.
pub(super) fn by_party<'a>(lines: &Lines, mut found: impl Iterator<Item = &'a str>) -> [Option<&'a str>; 2] {
    let is_right = |part| lines.place(part).is_some_and(|place| place.right);
    match (found.next(), found.next()) {
        (Some(only), None) => match lines.place(only) {
            Some(place) if place.right || place.lower => [None, Some(only)],
            _ => [Some(only), None],
        },
        (Some(first), Some(second)) if is_right(first) && !is_right(second) => [Some(second), Some(first)],
        both => [both.0, both.1],
    }
}
