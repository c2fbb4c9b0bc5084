//! Places that cannot be used, are in use, or hold something else: said in a sentence, and nothing is spoilt.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test ends where it fails")]

mod support;

use std::path::Path;

use support::Run;

const SMALL: &[&str] = &["--orders-a-day", "4"];

/// The program itself, when another test has started it.
#[test]
fn child() {
    support::child();
}

fn refused(run: &Run<'_>) -> String {
    let output = run.output();
    assert!(!output.status.success());
    let said = String::from_utf8(output.stderr).unwrap();
    let error = said.lines().filter(|line| line.contains("error: ") || line.contains("because: "));
    error.collect::<Vec<_>>().join("\n")
}

#[test]
fn a_second_process_is_refused_and_does_not_disturb_the_first() {
    let (alone, shared) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let arguments = ["--orders-a-day", "10"];
    let wanted = Run { out: alone.path(), arguments: &arguments }.finish();
    let run = Run { out: shared.path(), arguments: &arguments };
    let mut first = run.start();
    while run.written() < 10_000 {
        assert!(first.try_wait().unwrap().is_none(), "the first ended before the second was started");
        std::thread::yield_now();
    }
    let said = refused(&run);
    assert!(said.contains("is in use"), "{said}");
    assert!(first.wait().unwrap().success());
    // Started once more it finds everything done.
    assert!(run.finish() == wanted, "the second process left a trace");
}

#[test]
fn other_settings_and_other_orders_are_refused() {
    let out = tempfile::tempdir().unwrap();
    let done = Run { out: out.path(), arguments: SMALL }.finish();
    for other in [
        &["--orders-a-day", "5"][..],
        &["--orders-a-day", "4", "--seed", "2"],
        &["--orders-a-day", "4", "--limit", "5000"],
    ] {
        let said = refused(&Run { out: out.path(), arguments: other });
        assert!(
            said.contains("the store was begun with another run (shop, seed 1, 4 orders a day"),
            "{said}"
        );
    }
    assert!(Run { out: out.path(), arguments: SMALL }.finish() == done);
    // Begun anew, anything goes.
    Run { out: out.path(), arguments: &["--orders-a-day", "5", "--fresh"] }.finish();
}

fn csv(folder: &Path, name: &str, rows: &str) {
    let header = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n";
    std::fs::write(folder.join(name), format!("{header}{rows}")).unwrap();
}

#[test]
fn orders_may_be_added_behind_what_is_done_but_not_within() {
    let (data, out) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let arguments = ["--orders", data.path().to_str().unwrap()];
    let run = Run { out: out.path(), arguments: &arguments };
    csv(data.path(), "a.csv", "1,20000,LAMP,1,2011-01-04 10:00:00,10.0,100.0,UK\n");
    assert_eq!(run.finish().0["gross_paid"], "10.00");
    csv(data.path(), "b.csv", "2,20000,LAMP,1,2011-01-05 10:00:00,10.0,100.0,UK\n");
    assert_eq!(run.finish().0["gross_paid"], "20.00");
    // A row within the days that are done, a changed one, and one that is gone.
    for rows in [
        "1,20000,LAMP,1,2011-01-04 10:00:00,10.0,100.0,UK\n3,20000,LAMP,1,2011-01-04 10:00:00,10.0,100.0,UK\n",
        "1,20000,LAMP,1,2011-01-04 10:00:00,10.1,100.0,UK\n",
        "",
    ] {
        csv(data.path(), "a.csv", rows);
        let said = refused(&run);
        assert!(
            said.contains("the orders until 2027-01-05 are not those that the store was begun with"),
            "{said}"
        );
    }
    std::fs::remove_file(data.path().join("b.csv")).unwrap();
    csv(data.path(), "a.csv", "1,20000,LAMP,1,2011-01-04 10:00:00,10.0,100.0,UK\n");
    assert!(refused(&run).contains("the orders until 2027-01-05"));
}

#[test]
fn places_that_cannot_be_used_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let taken = folder.path().join("taken");
    std::fs::write(&taken, "a file").unwrap();
    let said = refused(&Run { out: &taken.join("out"), arguments: SMALL });
    assert!(said.contains("taken/out cannot be read or written"), "{said}");

    // A folder in which nothing can be made, whoever asks.
    let said = refused(&Run { out: Path::new("/proc/1/nothing"), arguments: SMALL });
    assert!(said.contains("/proc/1/nothing cannot be read or written"), "{said}");

    let out = folder.path().join("no-database");
    std::fs::create_dir(&out).unwrap();
    std::fs::write(
        out.join("state.db"),
        "notes of somebody else, longer than a header of a database".repeat(40),
    )
    .unwrap();
    let before = std::fs::read(out.join("state.db")).unwrap();
    let said = refused(&Run { out: &out, arguments: SMALL });
    assert!(said.to_lowercase().contains("database"), "{said}");
    assert!(std::fs::read(out.join("state.db")).unwrap() == before, "somebody else's file was changed");

    let said = refused(&Run { out: &folder.path().join("x"), arguments: &["--orders", "/nowhere/at/all"] });
    assert!(said.contains("/nowhere/at/all cannot be read"), "{said}");
    let empty = tempfile::tempdir().unwrap();
    let said = refused(&Run {
        out: &folder.path().join("x"),
        arguments: &["--orders", empty.path().to_str().unwrap()],
    });
    assert!(said.contains("holds no CSV file"), "{said}");
}
