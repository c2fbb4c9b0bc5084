//! Orders that nobody thought of, split in every way, and each answer checked by arithmetic of its own.

use std::collections::BTreeMap;

use invoice_examples::random::Random;
use rust_decimal::Decimal;

use super::*;

/// What a line of an answer says, amounts in fen.
struct Said {
    source: String,
    quantity: Option<Decimal>,
    price: Option<Decimal>,
    amounts: [i128; 3],
    rate: Decimal,
}

fn fen(value: &Value) -> i128 {
    let text = value.as_str().unwrap();
    let (_, cents) = text.split_once('.').unwrap();
    assert_eq!(cents.len(), 2, "{text}");
    text.replace('.', "").parse().unwrap()
}

fn decimal(value: &Value) -> Option<Decimal> {
    value.as_str().map(|text| text.parse().unwrap())
}

fn said(line: &Value) -> Said {
    let amounts = ["net", "tax", "gross"].map(|name| fen(&line[name]));
    assert_eq!(amounts[0] + amounts[1], amounts[2], "{line}");
    Said {
        source: line["source"].as_str().unwrap().to_owned(),
        quantity: decimal(&line["quantity"]),
        price: decimal(&line["unit_price"]),
        amounts,
        rate: decimal(&line["rate"]).unwrap(),
    }
}

const RATES: [(&str, &str); 6] = [
    ("13%", "1050201010000000000"),
    ("0.13", "1040201990000000000"),
    ("0.09", "1060201010000000000"),
    ("6%", "3070201020000000000"),
    ("0.01", "1060401010000000000"),
    ("不征税", "6010000000000000000"),
];

/// The largest line in fen, and a limit under which it becomes some hundred invoices at most.
fn scale(random: &mut Random) -> (u64, i64) {
    random.pick(&[
        (100, 5_000),
        (10_000, 5_000),
        (10_000, 100_000),
        (3_000_000, 1_000_000),
        (3_000_000, 100_000_000),
        (900_000_000, 100_000_000),
    ])
}

fn order(random: &mut Random, lines: u64, largest: u64) -> Value {
    let lines = (0..lines).map(|number| {
        let (rate, code) = random.pick(&RATES);
        let gross = random.between(1, largest);
        let discount = if random.chance(25) { random.below(gross) } else { 0 };
        let quantity = match random.below(4) {
            0 => None,
            1 => Some(format!("{}.{:03}", random.below(50), random.between(1, 999))),
            _ => Some(random.between(1, 400).to_string()),
        };
        let yuan = |fen: u64| format!("{}.{:02}", fen / 100, fen % 100);
        json!({ "id": format!("L{number}"), "name": "书", "tax_code": code, "rate": rate, "unit": "件",
                "quantity": quantity, "gross": yuan(gross), "discount": yuan(discount) })
    });
    json!({ "lines": lines.collect::<Vec<_>>() })
}

/// Everything an answer must hold, read from the two documents alone.
fn check(order: &Value, answer: &Value, options: &Options) {
    let invoices = answer["invoices"].as_array().unwrap_or_else(|| panic!("{answer}\n{order}"));
    assert!(answer["lower_bound"].as_u64().unwrap() <= u64::try_from(invoices.len()).unwrap());
    let lines = order["lines"].as_array().unwrap();
    let by_id: BTreeMap<&str, &Value> =
        lines.iter().map(|line| (line["id"].as_str().unwrap(), line)).collect();
    let mut sums: BTreeMap<String, (i128, Option<Decimal>)> = BTreeMap::new();
    for invoice in invoices {
        let rows: Vec<Said> = invoice["lines"].as_array().unwrap().iter().map(said).collect();
        let totals = ["net", "tax", "gross"].map(|name| fen(&invoice[name]));
        for (at, total) in totals.iter().enumerate() {
            assert_eq!(rows.iter().map(|row| row.amounts[at]).sum::<i128>(), *total, "{invoice}");
        }
        assert!(totals[2] > 0, "{invoice}");
        if let Some(limit) = options.limit {
            let measured = if limit.basis() == Basis::Net { totals[0] } else { totals[2] };
            assert!(measured < i128::from(limit.amount().fen()), "{invoice}");
        }
        assert!(rows.len() <= options.max_rows.map_or(usize::MAX, |most| most as usize));
        let code = |row: &Said| by_id[row.source.as_str()]["tax_code"].clone();
        let first = rows.first().unwrap();
        for row in &rows {
            assert_eq!(
                code(row) == "6010000000000000000",
                code(first) == "6010000000000000000",
                "vouchers are apart"
            );
            match options.grouping {
                Grouping::Category => assert_eq!((code(row), row.rate), (code(first), first.rate)),
                Grouping::Rate => assert_eq!(row.rate, first.rate),
                _ => {}
            }
            let off = Decimal::from(row.amounts[0]) * row.rate - Decimal::from(row.amounts[1]);
            assert!(off.abs() <= 6.into(), "tax of a row is off by {off} fen");
            if let (Some(price), Some(quantity)) = (row.price, row.quantity) {
                let off = price * quantity - Decimal::new(i64::try_from(row.amounts[0]).unwrap(), 2);
                assert!(off.abs() <= Decimal::new(1, 2), "price times quantity is off by {off}");
            }
            let sum = sums.entry(row.source.clone()).or_default();
            sum.0 += row.amounts[2];
            if let Some(quantity) = row.quantity {
                sum.1 = Some(sum.1.unwrap_or_default() + quantity);
            }
        }
    }
    for (id, line) in by_id {
        let (gross, quantity) = sums.get(id).cloned().unwrap_or_default();
        assert_eq!(gross, fen(&line["gross"]) - fen(&line["discount"]), "{id}");
        assert_eq!(quantity, decimal(&line["quantity"]), "{id}");
    }
}

#[test]
fn random_orders_are_split_exactly() {
    let runs = std::env::var("SPLIT_RUNS").map_or(600, |runs| runs.parse().unwrap());
    let mut refused = 0;
    for seed in 0..runs {
        let mut random = Random::of(seed, "split");
        let count = random.pick(&[1, 2, 5, 40]);
        let (largest, limit) = scale(&mut random);
        let order = order(&mut random, count, largest);
        let basis = if random.chance(50) { Basis::Net } else { Basis::Gross };
        let options = Options {
            limit: (!random.chance(10))
                .then(|| InvoiceLimit::net_below(Money::from_fen(limit)).with_basis(basis)),
            grouping: [Grouping::Category, Grouping::Rate, Grouping::None]
                [usize::try_from(random.below(3)).unwrap()],
            max_rows: random.chance(40).then(|| u32::try_from(random.between(2, 100)).unwrap()),
            language: Language::En,
        };
        let answer = split(&order.to_string(), &options);
        if answer["faults"].is_array() {
            // A fraction of a fen of tax that no part can hold.
            let code = answer["faults"][0]["code"].as_str().unwrap();
            assert!(matches!(code, "SPLIT-02" | "SPLIT-03"), "seed {seed}: {answer}");
            refused += 1;
            continue;
        }
        check(&order, &answer, &options);
    }
    assert!(refused * 10 < runs, "{refused} of {runs} refused");
}
