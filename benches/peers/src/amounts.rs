//! Amounts: reading, in capitals, tax, shares. Everything is compared as fen.

use std::panic;

use billing::{Amount, AmountScale, Percent, Vat, split_gross};
use invoice_core::money::Money;
use invoice_core::money::allocation::allocate;
use invoice_core::money::rounding::net_of_gross;
use invoice_core::tax::TaxRate;
use invoice_validate::capital;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use rusty_money::{Money as RustyMoney, Round, iso};

use crate::table::{Table, marked};

/// An answer in fen; nothing where the crate refuses, or has no whole fen for it.
pub type Fen = Option<i128>;

/// Reads an amount in yuan.
pub type Parse = fn(&str) -> Fen;
/// Net and tax of a gross amount in fen at a rate in percent.
pub type Net = fn(i64, u32) -> Option<(i128, i128)>;
/// Shares of an amount in fen by weights.
pub type Split = fn(i64, &[u32]) -> Option<Vec<i128>>;

fn whole(yuan: Decimal) -> Fen {
    let fen = yuan.checked_mul(Decimal::ONE_HUNDRED)?;
    if fen.fract().is_zero() { fen.to_i128() } else { None }
}

/// Who reads amounts, ours first.
pub const PARSERS: [(&str, Parse); 3] = [
    ("invoice-core", |text| Some(i128::from(text.parse::<Money>().ok()?.fen()))),
    ("billing", |text| Amount::<2>::parse(text).ok().map(|amount| i128::from(amount.to_raw()))),
    ("rusty-money", |text| whole(*RustyMoney::from_str(text, iso::CNY).ok()?.amount())),
];

/// Who takes tax out of a gross amount, ours first.
pub const NETS: [(&str, Net); 4] = [
    ("invoice-core", |gross, percent| {
        let gross = Money::from_fen(gross);
        let net = net_of_gross(gross, TaxRate::percent(percent)?);
        Some((i128::from(net.fen()), i128::from(gross.checked_sub(net)?.fen())))
    }),
    ("billing", |gross, percent| {
        let vat = Vat::standard(Percent::new(Decimal::from(percent))).ok()?;
        let (net, tax) = split_gross(Decimal::new(gross, 2), &vat, AmountScale::EN16931).ok()?;
        // Thousandths of a fen.
        Some((i128::from(net.to_raw() / 1_000), i128::from(tax.to_raw() / 1_000)))
    }),
    // It has no tax: divided and rounded as its documentation says.
    ("rusty-money", |gross, percent| {
        let gross = RustyMoney::from_minor(gross, iso::CNY);
        let net = gross.div(Decimal::ONE + Decimal::new(i64::from(percent), 2)).ok()?.round(2, Round::HalfUp);
        Some((whole(*net.amount())?, whole(*gross.sub(net).ok()?.amount())?))
    }),
    ("tax-invoice", |gross, percent| {
        let (gross, rate) = (Decimal::new(gross, 2), Decimal::new(i64::from(percent), 2));
        let net = tax_invoice::calculate_amount_without_tax(gross, rate, 2);
        Some((whole(net)?, whole(tax_invoice::calculate_tax(gross, rate, true, 2))?))
    }),
];

/// Who shares amounts out, ours first.
pub const SPLITS: [(&str, Split); 3] = [
    ("invoice-core", |total, weights| {
        let weights: Vec<Money> = weights.iter().map(|weight| Money::from_fen(i64::from(*weight))).collect();
        let shares = allocate(Money::from_fen(total), &weights)?;
        Some(shares.iter().map(|share| i128::from(share.fen())).collect())
    }),
    ("billing", |total, weights| {
        let weights: Vec<Decimal> = weights.iter().map(|weight| Decimal::from(*weight)).collect();
        let shares = billing::split(Decimal::new(total, 2), &weights, 2).ok()?;
        shares.into_iter().map(whole).collect()
    }),
    ("rusty-money", |total, weights| {
        let shares = RustyMoney::from_minor(total, iso::CNY).allocate(weights.to_vec()).ok()?;
        shares.iter().map(|share| whole(*share.amount())).collect()
    }),
];

/// Texts, and the fen that they are: an amount of an invoice is figures with at most two decimals, within 64 bits of fen.
const TEXTS: [(&str, Fen); 12] = [
    ("113.00", Some(11_300)),
    ("0.01", Some(1)),
    ("-130.00", Some(-13_000)),
    ("7.5", Some(750)),
    ("0.999", None),
    ("1e3", None),
    ("1_000", None),
    ("1,2,3.00", None),
    ("10,00.00", None),
    ("NaN", None),
    ("92233720368547758.08", None),
    ("0.01000000000000000000000000000000001", None),
];

/// Fen, and the amount in capitals as an invoice prints it; any form 支付结算办法 annex 1 permits is right.
const CAPITALS: [(i64, &str); 9] = [
    (1_000_000, "壹万圆整"),
    (1_000_100, "壹万零壹圆整"),
    (10_000_000, "壹拾万圆整"),
    (12_345_678, "壹拾贰万叁仟肆佰伍拾陆圆柒角捌分"),
    (105, "壹圆零伍分"),
    (150, "壹圆伍角整"),
    (50, "伍角整"),
    (10_000_000_000, "壹亿圆整"),
    (-13_000, "（负数）壹佰叁拾圆整"),
];

/// Gross in fen, rate in percent, and the net: gross / (1 + rate), half up, away from zero. Tax is what is left.
const GROSS: [(i64, u32, i128); 8] = [
    (11_300, 13, 10_000),
    (5, 13, 4),
    (1, 13, 1),
    (10_000, 9, 9_174),
    (10_000, 6, 9_434),
    (10_100, 1, 10_000),
    (-11_299, 13, -9_999),
    (99_999_999_999_999, 13, 88_495_575_221_238),
];

/// Totals in fen, their weights, and the shares by largest remainder. A negative total mirrors the positive one, as a red
/// invoice mirrors its blue.
const SHARES: [(i64, &[u32], &[i128]); 7] = [
    (10_000, &[1, 1, 1], &[3_334, 3_333, 3_333]),
    (-10_000, &[1, 1, 1], &[-3_334, -3_333, -3_333]),
    (10, &[6, 6, 2], &[4, 4, 2]),
    (101, &[98, 1, 1], &[99, 1, 1]),
    (100, &[0, 1, 2], &[0, 33, 67]),
    (7, &[1_000, 1, 1_000], &[4, 0, 3]),
    (0, &[1, 2], &[0, 0]),
];

/// The answers on amounts.
pub fn tables() -> [Table; 4] {
    [reading(), capitals(), taxes(), shares()]
}

/// Fen as yuan, or that there is none.
fn yuan(fen: Fen) -> String {
    let written = fen.map(|fen| {
        let sign = if fen < 0 { "-" } else { "" };
        format!("{sign}{}.{:02}", fen.unsigned_abs() / 100, fen.unsigned_abs() % 100)
    });
    written.unwrap_or_else(|| "refused".to_owned())
}

fn list(shares: Option<&[i128]>) -> String {
    shares.map_or_else(
        || "refused".to_owned(),
        |shares| shares.iter().map(|share| yuan(Some(*share))).collect::<Vec<_>>().join(" "),
    )
}

/// What a crate answers, `None` when it panics.
fn guarded<T>(ask: impl FnOnce() -> T + panic::UnwindSafe) -> Option<T> {
    panic::catch_unwind(ask).ok()
}

fn header<'a, T>(cases: &'static str, title: &'static str, peers: &'a [(&'a str, T)]) -> Table {
    Table::new(title, [cases, "right"].into_iter().chain(peers.iter().map(|(name, _)| *name)))
}

fn reading() -> Table {
    let mut table = header("text", "amounts read", &PARSERS);
    for (text, right) in TEXTS {
        let mut row = vec![format!("`{text}`"), yuan(right)];
        row.extend(PARSERS.iter().map(|(_, parse)| match guarded(|| parse(text)) {
            Some(answer) => marked(&yuan(answer), answer == right),
            None => marked("panics", false),
        }));
        table.rows.push(row);
    }
    table
}

fn capitals() -> Table {
    let mut table = Table::new("amounts in capitals", ["yuan", "right", "invoice-validate", "tax-invoice"]);
    let peer = |yuan: f64| {
        panic::catch_unwind(|| tax_invoice::amount_to_chinese(yuan)).unwrap_or("panics".to_owned())
    };
    for (fen, right) in CAPITALS {
        let amount = yuan(Some(i128::from(fen)));
        let (ours, theirs) = (capital::to_string(fen), peer(amount.parse().unwrap_or(f64::NAN)));
        let is_right = |text: &str| capital::parse(text) == Ok(fen);
        let row = [&amount, right, &marked(&ours, ours == right), &marked(&theirs, is_right(&theirs))];
        table.rows.push(row.map(str::to_owned).into());
    }
    // Three decimals are no amount of money: ours has no fen for it and refuses the text.
    let ours = if invoice_validate::amount::parse("0.999").is_err() { "refused" } else { "read" };
    let row = ["0.999", "refused", &marked(ours, ours == "refused"), &marked(&peer(0.999), false)];
    table.rows.push(row.map(str::to_owned).into());
    table
}

fn taxes() -> Table {
    let mut table = header("gross, rate", "net and tax of a gross amount", &NETS);
    for (gross, percent, net) in GROSS {
        let right = [net, i128::from(gross) - net];
        let what = format!("{} at {percent} %", yuan(Some(i128::from(gross))));
        let mut row = vec![what, list(Some(&right))];
        row.extend(NETS.iter().map(|(_, net)| match guarded(|| net(gross, percent)) {
            Some(answer) => {
                let answer = answer.map(|(net, tax)| [net, tax]);
                marked(&list(answer.as_ref().map(<[i128; 2]>::as_slice)), answer == Some(right))
            }
            None => marked("panics", false),
        }));
        table.rows.push(row);
    }
    table
}

fn shares() -> Table {
    let mut table = header("total, weights", "amounts shared out", &SPLITS);
    for (total, weights, right) in SHARES {
        let mut row = vec![format!("{} by {weights:?}", yuan(Some(i128::from(total)))), list(Some(right))];
        row.extend(SPLITS.iter().map(|(_, split)| match guarded(|| split(total, weights)) {
            Some(answer) => marked(&list(answer.as_deref()), answer.as_deref() == Some(right)),
            None => marked("panics", false),
        }));
        table.rows.push(row);
    }
    table
}
