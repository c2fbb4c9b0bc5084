//! The tables are complete: every peer is asked and timed, no cell is empty, and ours are the right answers.

use std::collections::BTreeSet;

use invoice_peers::table::Table;

fn crates() -> BTreeSet<&'static str> {
    let manifest = include_str!("../Cargo.toml");
    let (_, rest) = manifest.split_once("[dependencies]").unwrap();
    let (dependencies, _) = rest.split_once("\n[").unwrap();
    let names = dependencies.lines().filter_map(|line| Some(line.split_once(" = ")?.0));
    names.filter(|name| *name != "rust_decimal").collect()
}

fn is_time(table: &&Table) -> bool {
    table.title == "time"
}

#[test]
fn every_crate_is_asked_and_timed_and_every_cell_is_filled() {
    std::panic::set_hook(Box::new(|info| {
        // Those of the peers are answers.
        if info.location().is_some_and(|place| place.file().starts_with("tests/")) {
            eprintln!("{info}");
        }
    }));
    let tables = invoice_peers::tables(2_000);
    assert_eq!(tables.len(), 7);
    for table in &tables {
        assert!(!table.rows.is_empty(), "{}", table.title);
        for row in &table.rows {
            assert_eq!(row.len(), table.columns.len(), "{}: {row:?}", table.title);
            assert!(row.iter().all(|cell| !cell.is_empty()), "{}: {row:?}", table.title);
        }
    }
    let all = crates();
    assert_eq!(all.len(), 10, "{all:?}");
    let asked: BTreeSet<&str> = tables
        .iter()
        .filter(|table| !is_time(table))
        .flat_map(|table| table.columns.iter().skip(2).map(String::as_str))
        .collect();
    assert_eq!(asked, all);
    let time = tables.iter().find(is_time).unwrap();
    let timed: BTreeSet<&str> = time.rows.iter().map(|row| row[1].as_str()).collect();
    assert_eq!(timed, all);
    // As many are timed as answer in a table.
    let pairs: usize =
        tables.iter().filter(|table| !is_time(table)).map(|table| table.columns.len() - 2).sum();
    assert_eq!(time.rows.len(), pairs);
    for row in &time.rows {
        assert!(row[2].parse::<f64>().unwrap() > 0.0 && row[3].parse::<f64>().unwrap() > 0.0, "{row:?}");
    }
    // Ours are right everywhere. Where amounts are shared out others are not, or the cases would say nothing.
    let wrong = |cell: &String| cell.starts_with("**");
    for table in tables.iter().filter(|table| !is_time(table)) {
        assert!(table.rows.iter().all(|row| !wrong(&row[2])), "{table}");
        if table.title != "amounts shared out" {
            continue;
        }
        assert!(table.rows.iter().any(|row| row.iter().any(wrong)), "{table}");
    }
}
