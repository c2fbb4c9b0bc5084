//! What the text of a page says. Text layers have no order that one can rely on, so everything here is the weakest
//! evidence: labels with a value behind them first, then what can only be one thing.

use chrono::NaiveDate;
use invoice_core::invoice::InvoiceNumber;
use invoice_core::money::Money;
use invoice_core::received::ReceivedKind;

use crate::document::xml::{amount, day};

/// Most amounts that are looked at for three that fit together.
const MAX_AMOUNTS: usize = 200;

/// Fields as printed; buyer before seller.
#[derive(Default)]
pub(super) struct Printed {
    pub(super) number: Option<InvoiceNumber>,
    pub(super) kind: Option<ReceivedKind>,
    pub(super) date: Option<NaiveDate>,
    pub(super) net: Option<Money>,
    pub(super) tax: Option<Money>,
    pub(super) gross: Option<Money>,
    pub(super) check_code: Option<String>,
    pub(super) names: [Option<String>; 2],
    pub(super) tax_ids: [Option<String>; 2],
}

impl Printed {
    pub(super) fn read(text: &str) -> Self {
        let amounts = amounts(text);
        let [net, tax, gross] = totals(text, &amounts);
        Self {
            number: number(text),
            kind: kind(text),
            date: date(text),
            net,
            tax,
            gross,
            check_code: behind(text, "校验码").find_map(check_code),
            names: first_two(behind(text, "名称").filter_map(name)),
            tax_ids: first_two(behind(text, "识别号").map(letters_and_digits).filter(|id| is_tax_id(id))),
        }
    }
}

fn first_two<'a>(mut values: impl Iterator<Item = &'a str>) -> [Option<String>; 2] {
    [values.next(), values.next()].map(|value| value.map(str::to_owned))
}

/// What stands behind a label and its colon, from the first character that is no blank.
fn behind<'a>(text: &'a str, label: &'a str) -> impl Iterator<Item = &'a str> {
    text.match_indices(label).filter_map(move |(at, label)| {
        let rest = text.get(at + label.len()..)?.trim_start();
        rest.strip_prefix([':', '：']).map(str::trim_start)
    })
}

/// The digits at the beginning.
pub(in crate::document) fn digits(text: &str) -> &str {
    text.split(|c: char| !c.is_ascii_digit()).next().unwrap_or_default()
}

/// Twenty digits at the beginning, with blanks between them or none.
pub(in crate::document) fn check_code(text: &str) -> Option<String> {
    let spaced = text.chars().take_while(|c| c.is_ascii_digit() || *c == ' ');
    let code: String = spaced.filter(char::is_ascii_digit).collect();
    (code.len() == 20).then_some(code)
}

/// The amount at the beginning.
fn money(text: &str) -> Option<Money> {
    let text = text.trim_start();
    let end = text.find(|c: char| !(c.is_ascii_digit() || matches!(c, '-' | '.' | ',')));
    amount(text.get(..end.unwrap_or(text.len()))?).flatten()
}

/// A minus at the beginning, if there is one, and what comes behind it.
fn minus(text: &str) -> (bool, &str) {
    let rest = text.strip_prefix(['-', '−']);
    (rest.is_some(), rest.unwrap_or(text).trim_start_matches(' '))
}

/// The amount that begins with a currency sign, or with a minus before it; the minus may stand behind it as well.
fn marked(text: &str) -> Option<Money> {
    let (before, text) = minus(text.trim_start());
    let (behind, text) = minus(text.strip_prefix(['¥', '￥'])?.trim_start());
    let amount = money(text).filter(|amount| !amount.is_negative())?;
    match (before, behind) {
        (true, true) => None,
        (false, false) => Some(amount),
        _ => amount.checked_neg(),
    }
}

/// A number behind its label, with the code behind its own; else the only run of 20 digits.
fn number(text: &str) -> Option<InvoiceNumber> {
    let labelled = behind(text, "发票号码").map(digits).find(|number| matches!(number.len(), 8 | 20));
    if let Some(number) = labelled {
        let code = behind(text, "发票代码").map(digits).find(|code| matches!(code.len(), 10 | 12));
        return match code {
            Some(code) if number.len() == 8 => format!("{code}-{number}").parse().ok(),
            _ => number.parse().ok(),
        };
    }
    only_number(text)?.parse().ok()
}

/// The only run of 20 digits.
pub(in crate::document) fn only_number(text: &str) -> Option<&str> {
    let runs = text.split(|c: char| !c.is_ascii_alphanumeric());
    let mut twenty = runs.filter(|run| run.len() == 20 && run.bytes().all(|byte| byte.is_ascii_digit()));
    let first = twenty.next()?;
    twenty.all(|other| other == first).then_some(first)
}

/// Titles (票头) without brackets and blanks, and their kinds.
pub(in crate::document) const TITLES: &[(&str, ReceivedKind)] = &[
    ("铁路电子客票", ReceivedKind::RailTicket),
    ("航空运输电子客票行程单", ReceivedKind::AirItinerary),
    ("电子发票增值税专用发票", ReceivedKind::DigitalSpecial),
    ("电子发票普通发票", ReceivedKind::DigitalOrdinary),
    ("增值税电子专用发票", ReceivedKind::LegacySpecial),
    ("增值税电子普通发票", ReceivedKind::LegacyOrdinary),
];

fn kind(text: &str) -> Option<ReceivedKind> {
    let plain: String = text.chars().filter(|c| !c.is_whitespace() && !"()（）".contains(*c)).collect();
    TITLES.iter().find(|(name, _)| plain.contains(name)).map(|(_, kind)| *kind)
}

/// A date behind its label; else the first that is written with 年月日.
fn date(text: &str) -> Option<NaiveDate> {
    let line = |rest: &str| rest.lines().next().map(str::to_owned);
    let labelled = behind(text, "开票日期").filter_map(line).find_map(|line| day(&line).flatten());
    labelled.or_else(|| written_days(text).find_map(|written| day(written).flatten()))
}

/// What may be days with 年 in them, from the digits of the year on.
pub(in crate::document) fn written_days(text: &str) -> impl Iterator<Item = &str> {
    text.match_indices('年').filter_map(|(at, _)| {
        let from = text.get(..at)?.trim_end().len().checked_sub(4)?;
        let rest = text.get(at..)?;
        let shown = rest.char_indices().take(12).take_while(|(_, c)| *c != '日').last();
        let end = shown.map_or(0, |(start, c)| start + c.len_utf8());
        text.get(from..at + end)
    })
}

/// Amounts behind a currency sign, in their order.
fn amounts(text: &str) -> Vec<Money> {
    let signs = text.match_indices(['¥', '￥']);
    let amount = |(at, _)| {
        let before = text.get(..at)?;
        let bare = before.strip_suffix(' ').unwrap_or(before);
        // A stroke behind a figure or a letter may be no minus.
        match bare.strip_suffix(['-', '−']) {
            Some(bare) if bare.ends_with(char::is_alphanumeric) => None,
            Some(bare) => marked(text.get(bare.len()..)?),
            None => marked(text.get(at..)?),
        }
    };
    signs.filter_map(amount).take(MAX_AMOUNTS).collect()
}

/// Net, tax and gross: the largest amount that is the sum of two others; or the one behind （小写） alone.
fn totals(text: &str, amounts: &[Money]) -> [Option<Money>; 3] {
    let written = ["（小写）", "(小写)"].iter().find_map(|label| {
        let at = text.find(label)?;
        marked(text.get(at + label.len()..)?)
    });
    let mut sums = Vec::new();
    for (index, a) in amounts.iter().enumerate() {
        for b in amounts.get(index + 1..).unwrap_or_default() {
            let sum = a.checked_add(*b);
            let fits =
                sum.filter(|sum| amounts.contains(sum) && written.is_none_or(|written| written == *sum));
            // Net is printed before tax, and is the larger.
            sums.extend(fits.map(|sum| [*a, *b, sum]));
        }
    }
    let magnitude = |money: &Money| money.fen().unsigned_abs();
    let best = sums.into_iter().filter(|[net, tax, _]| magnitude(net) >= magnitude(tax));
    match best.max_by_key(|[.., gross]| magnitude(gross)) {
        Some(found) => found.map(Some),
        None => [None, None, written],
    }
}

/// A name: the rest of the line, when it is no other label.
pub(in crate::document) fn name(rest: &str) -> Option<&str> {
    let line = rest.lines().next()?.trim();
    let end = line.find("  ").unwrap_or(line.len());
    let name = line.get(..end)?.trim();
    let label = name.is_empty() || name.ends_with(['：', ':']) || name.contains("识别号");
    (!label && name.chars().count() <= 200).then_some(name)
}

/// The letters and digits at the beginning.
pub(in crate::document) fn letters_and_digits(rest: &str) -> &str {
    rest.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default()
}

/// Whether it is as long as tax IDs are.
pub(in crate::document) fn is_tax_id(id: &str) -> bool {
    matches!(id.len(), 15..=20)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "电子发票（普通发票）\n发票号码：\n26442000000000000001\n开票日期：\n2026年05月01日\n名称：\n某公司\n\
        统一社会信用代码/纳税人识别号：\n91330100799655058B\n名称：样例茶业\n识别号:91440300MA5EXAMPL1\n合　　计\n¥100.00\n¥13.00\n\
        价税合计（大写）\n⊗ 壹佰壹拾叁圆整\n（小写）\n¥113.00";

    fn text(money: Option<Money>) -> String {
        money.map(|money| money.to_string()).unwrap_or_default()
    }

    #[test]
    fn labels_and_values_are_found() {
        let read = Printed::read(PAGE);
        assert_eq!(read.number.unwrap().as_str(), "26442000000000000001");
        assert_eq!(read.kind, Some(ReceivedKind::DigitalOrdinary));
        assert_eq!(read.date, NaiveDate::from_ymd_opt(2026, 5, 1));
        assert_eq!([text(read.net), text(read.tax), text(read.gross)], ["100.00", "13.00", "113.00"]);
        assert_eq!(read.names, [Some("某公司".to_owned()), Some("样例茶业".to_owned())]);
        assert_eq!(read.tax_ids[1].as_deref(), Some("91440300MA5EXAMPL1"));
    }

    /// Labels first, values somewhere else: what can only be one thing is found all the same, nothing is guessed.
    #[test]
    fn values_apart_from_their_labels_are_found_where_they_are_unique() {
        let apart = "发票号码：\n开票日期：\n名称：\n统一社会信用代码/纳税人识别号：\n26442000000000000001\n2026 年 05 月 01 日\n某公司\n¥ 113.00\n¥ 100.00\n¥ 13.00";
        let read = Printed::read(apart);
        assert_eq!(read.number.unwrap().as_str(), "26442000000000000001");
        assert_eq!(read.date, NaiveDate::from_ymd_opt(2026, 5, 1));
        assert_eq!([text(read.net), text(read.tax), text(read.gross)], ["100.00", "13.00", "113.00"]);
        assert_eq!(read.names, [None, None]);
        let two = "26442000000000000001 25442000000000000009";
        assert_eq!(Printed::read(two).number, None);
        assert_eq!(Printed::read("¥1.00 ¥2.00 ¥5.00").gross, None);
    }

    #[test]
    fn red_and_legacy_pages_are_read() {
        let red = "发票代码:033001800111\n发票号码:25672225\n校验码:82076 77112 17214 27121\n¥-100.00\n¥-13.00\n（小写）¥-113.00";
        let read = Printed::read(red);
        assert_eq!(read.number.unwrap().as_str(), "033001800111-25672225");
        assert_eq!(read.check_code.as_deref(), Some("82076771121721427121"));
        assert_eq!([text(read.net), text(read.tax), text(read.gross)], ["-100.00", "-13.00", "-113.00"]);
    }

    #[test]
    fn a_minus_counts_on_either_side_of_the_currency_sign() {
        for (printed, amount) in [
            ("¥-113.00", "-113.00"),
            ("-¥113.00", "-113.00"),
            ("−￥113.00", "-113.00"),
            ("- ¥ 113.00", "-113.00"),
            ("¥ − 113.00", "-113.00"),
            ("¥ 113.00", "113.00"),
        ] {
            let page = format!(
                "合计\n{}\n{}\n（小写）{printed}",
                printed.replace("113", "100"),
                printed.replace("113", "13")
            );
            let read = Printed::read(&page);
            assert_eq!(text(read.gross), amount, "{printed}");
            assert_eq!(text(read.net), amount.replace("113", "100"), "{printed}");
        }
        for unclear in ["-¥-113.00", "¥--113.00", "7-¥113.00"] {
            assert_eq!(amounts(unclear), [], "{unclear}");
        }
    }
}
