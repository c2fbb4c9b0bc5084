//! Charts of reports as SVG, and a year as one HTML page: text, without scripts, fonts or anything fetched.
//!
//! Lengths are whole units, rounded down; the amounts beside them are exact.

use std::fmt::Write as _;

use super::yuan;
use super::{GroupReport, Totals};

const WIDTH: i128 = 720;
const LABELS: i128 = 170;
const AMOUNTS: i128 = 150;
const ROW: i128 = 26;
const TITLE: i128 = 36;
/// Most characters of a label.
const MAX_LABEL: usize = 14;
/// Bars above and below zero, and the shades of shares.
const ABOVE: &str = "#2f6f8f";
const BELOW: &str = "#b5533c";
const SHADES: [&str; 10] = [
    "#2f6f8f", "#5b93ad", "#8fb7c9", "#c2d8e1", "#c9a66b", "#8a6d3b", "#6b8f5e", "#a9c29b", "#94618e",
    "#c9a3c4",
];
/// What there is no shade for.
const OTHER: &str = "#d0d0d0";

/// Text that stands in XML; what XML cannot carry becomes a blank.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

fn label(text: &str) -> String {
    let mut short: String = text.chars().take(MAX_LABEL).collect();
    if text.chars().nth(MAX_LABEL).is_some() {
        short.push('…');
    }
    escaped(&short)
}

fn begin(title: &str, height: i128) -> String {
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{WIDTH}\" height=\"{height}\" \
         viewBox=\"0 0 {WIDTH} {height}\" font-family=\"sans-serif\" font-size=\"13\">\n\
         <title>{title}</title>\n<rect width=\"{WIDTH}\" height=\"{height}\" fill=\"#ffffff\"/>\n\
         <text x=\"12\" y=\"24\" font-size=\"16\">{title}</text>\n",
        title = escaped(title)
    )
}

/// A bar for each amount of fen, in the order given; below zero in another colour.
///
/// ```
/// use invoice_core::report::chart::bars;
/// let svg = bars("2026", [("<01>", 123_450), ("02", -100)]);
/// assert!(svg.contains("1234.50") && svg.contains("-1.00") && svg.contains("&lt;01&gt;"));
/// ```
#[must_use]
pub fn bars<'a>(title: &str, amounts: impl IntoIterator<Item = (&'a str, i128)>) -> String {
    let amounts: Vec<(&str, i128)> = amounts.into_iter().collect();
    let rows = i128::try_from(amounts.len()).unwrap_or(0);
    let most = amounts.iter().map(|(_, fen)| fen.saturating_abs()).max().unwrap_or(0).max(1);
    let room = WIDTH - LABELS - AMOUNTS;
    let mut svg = begin(title, TITLE + rows * ROW + 12);
    for (row, (name, fen)) in (0_i128..).zip(amounts) {
        let (top, long) = (TITLE + row * ROW, fen.saturating_abs().saturating_mul(room) / most);
        let fill = if fen < 0 { BELOW } else { ABOVE };
        // Writing to a string cannot fail.
        let _ = writeln!(
            svg,
            "<text x=\"{}\" y=\"{}\" text-anchor=\"end\">{}</text>\
             <rect x=\"{LABELS}\" y=\"{}\" width=\"{long}\" height=\"16\" fill=\"{fill}\"/>\
             <text x=\"{}\" y=\"{}\">{}</text>",
            LABELS - 8,
            top + 17,
            label(name),
            top + 4,
            LABELS + long + 6,
            top + 17,
            yuan(fen),
        );
    }
    svg + "</svg>\n"
}

/// One bar cut into shares of a thousand, largest first, with a line for each.
#[must_use]
pub fn shares<'a>(title: &str, shares: impl IntoIterator<Item = (&'a str, u32)>) -> String {
    let shares: Vec<(&str, u32)> = shares.into_iter().collect();
    let rows = i128::try_from(shares.len()).unwrap_or(0);
    let mut svg = begin(title, TITLE + 30 + rows * ROW + 12);
    let (room, mut before) = (WIDTH - 24, 0_i128);
    for (row, (name, share)) in (0_usize..).zip(shares) {
        let fill = SHADES.get(row).copied().unwrap_or(OTHER);
        let (from, to) = (room * before / 1000, room * (before + i128::from(share)) / 1000);
        before += i128::from(share);
        let top = TITLE + 30 + i128::try_from(row).unwrap_or(0) * ROW;
        let _ = writeln!(
            svg,
            "<rect x=\"{}\" y=\"{TITLE}\" width=\"{}\" height=\"20\" fill=\"{fill}\"/>\
             <rect x=\"12\" y=\"{}\" width=\"14\" height=\"14\" fill=\"{fill}\"/>\
             <text x=\"34\" y=\"{}\">{}</text><text x=\"{}\" y=\"{}\" text-anchor=\"end\">{}.{} %</text>",
            12 + from,
            to - from,
            top + 5,
            top + 17,
            label(name),
            LABELS + 120,
            top + 17,
            share / 10,
            share % 10,
        );
    }
    svg + "</svg>\n"
}

/// A year on one page (年度报告), headed by year and title, such as 收票报告 or 开票报告: gross by month, the shares of categories, and the table of both. `months` is a report by
/// month, `categories` one by category; months without invoices are shown with nothing.
#[must_use]
pub fn year(title: &str, year: i32, months: &GroupReport, categories: &GroupReport) -> String {
    let by_month: std::collections::BTreeMap<&str, Totals> =
        months.groups().map(|(key, totals)| (key, *totals)).collect();
    let all: Vec<(String, Totals)> = (1..=12)
        .map(|month| format!("{year:04}-{month:02}"))
        .map(|key| (key.clone(), by_month.get(key.as_str()).copied().unwrap_or_default()))
        .collect();
    let head = format!("{year:04} 年{}", escaped(title));
    let mut page = format!(
        "<!DOCTYPE html>\n<html lang=\"zh-CN\"><head><meta charset=\"utf-8\"><title>{head}</title></head>\n\
         <body style=\"font-family:sans-serif;max-width:720px;margin:2em auto\">\n<h1>{head}</h1>\n"
    );
    page += &bars("按月价税合计（元）", all.iter().map(|(key, totals)| (key.as_str(), totals.gross)));
    page += &shares("类别占比", categories.shares());
    page += &table("月份", all.iter().map(|(key, totals)| (key.as_str(), totals)));
    page += &table("类别", categories.groups());
    page + "</body></html>\n"
}

fn table<'a>(what: &str, rows: impl Iterator<Item = (&'a str, &'a Totals)>) -> String {
    let mut html = format!(
        "<table style=\"border-collapse:collapse;width:100%;margin-top:2em;text-align:right;\
         font-variant-numeric:tabular-nums\"><tr style=\"border-bottom:2px solid #2f6f8f\">\
         <th style=\"text-align:left\">{what}</th><th>张数</th><th>不含税</th><th>税额</th><th>价税合计</th></tr>\n"
    );
    for (key, totals) in rows {
        let _ = writeln!(
            html,
            "<tr style=\"border-bottom:1px solid #e0e0e0\"><td style=\"text-align:left;padding:3px 0\">{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>",
            escaped(key),
            totals.invoices,
            yuan(totals.net),
            yuan(totals.tax),
            yuan(totals.gross)
        );
    }
    html + "</table>\n"
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::{ProptestConfig, any, prop_assert, prop_assert_eq, proptest};

    use super::*;

    /// The numbers of an attribute, in the order of the text.
    fn numbers(svg: &str, attribute: &str) -> Vec<i128> {
        let named = format!(" {attribute}=\"");
        let parts = svg.split(&named).skip(1);
        parts.filter_map(|part| part.split('"').next()?.parse().ok()).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]

        #[test]
        fn bars_stay_on_the_page_and_whatever_a_name_holds_is_text(
            amounts in vec((any::<String>(), any::<i64>()), 0..20)
        ) {
            let given = amounts.iter().map(|(name, fen)| (name.as_str(), i128::from(*fen)));
            let svg = bars("<script>", given);
            prop_assert!(numbers(&svg, "width").iter().all(|width| (0..=WIDTH).contains(width)));
            // Every mark begins an element that is written here.
            for part in svg.split('<').skip(1) {
                let known = ["svg ", "title>", "/title>", "rect ", "text ", "/text>", "/svg>"];
                prop_assert!(known.iter().any(|name| part.starts_with(name)), "{part}");
            }
            prop_assert_eq!(svg.matches("<text ").count(), 1 + 2 * amounts.len());
        }

        #[test]
        fn shares_fill_the_bar_without_a_gap(cuts in vec(0_u32..=1000, 0..8)) {
            let mut cuts = cuts;
            cuts.extend([0, 1000]);
            cuts.sort_unstable();
            let parts: Vec<(&str, u32)> = cuts.windows(2).map(|pair| ("类", pair[1] - pair[0])).collect();
            let svg = shares("占比", parts.iter().copied());
            let bars: Vec<i128> = svg
                .lines()
                .filter(|line| line.contains("height=\"20\""))
                .filter_map(|line| numbers(line, "width").first().copied())
                .collect();
            prop_assert_eq!(bars.len(), parts.len());
            prop_assert_eq!(bars.iter().sum::<i128>(), WIDTH - 24);
        }
    }

    #[test]
    fn amounts_are_exact_and_the_longest_bar_fills_its_room() {
        assert_eq!(yuan(-5), "-0.05");
        assert_eq!(yuan(i128::from(i64::MAX) + 1), "92233720368547758.08");
        let svg = bars("t", [("a", 50), ("b", 200), ("c", -100)]);
        let drawn: Vec<i128> = svg
            .lines()
            .filter(|line| line.contains("height=\"16\""))
            .filter_map(|line| numbers(line, "width").first().copied())
            .collect();
        assert_eq!(drawn, [100, 400, 200]);
        assert_eq!(svg.matches(BELOW).count(), 1);
    }

    #[test]
    fn a_year_shows_every_month() {
        use super::super::GroupBy;
        let page =
            year("收票报告", 2026, &GroupReport::new(GroupBy::Month), &GroupReport::new(GroupBy::Category));
        for month in 1..=12 {
            assert_eq!(
                page.matches(&format!(">2026-{month:02}<")).count(),
                2,
                "in the chart and in the table"
            );
        }
    }
}
