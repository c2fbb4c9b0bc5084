//! What the tests of the programs share.
#![allow(dead_code, reason = "each test program uses its part")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

/// The installed command line.
pub(crate) const FAPIAO: &str = env!("CARGO_BIN_EXE_fapiao");

/// The header of the dataset.
pub(crate) const HEADER: &str =
    "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n";

/// Runs `fapiao` with arguments and standard input.
pub(crate) fn fapiao(arguments: &[&str], input: &[u8]) -> Output {
    use std::io::Write;
    use std::process::Stdio;
    let mut child = Command::new(FAPIAO)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    child.wait_with_output().unwrap()
}

/// The lines of standard output as JSON.
pub(crate) fn lines(output: &Output) -> Vec<Value> {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = std::str::from_utf8(&output.stdout).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The arguments of `fapiao retail` on a folder, with everything it writes under `out`.
pub(crate) fn retail_arguments(data: &Path, out: &Path) -> Vec<String> {
    let shown = |name: &str| out.join(name).display().to_string();
    let store = format!("sqlite:{}", shown("state.db"));
    let arguments = [
        "retail",
        &data.display().to_string(),
        "--store",
        &store,
        "--summary",
        &shown("summary.json"),
        "--documents",
        &shown("documents"),
    ];
    arguments.map(str::to_owned).into()
}

/// Runs `fapiao retail` to its end; the summary with every named row.
pub(crate) fn retail(data: &Path, out: &Path) -> Value {
    let output = Command::new(FAPIAO).args(retail_arguments(data, out)).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&std::fs::read(out.join("summary.json")).unwrap()).unwrap()
}

/// A summary without what may differ between two runs.
pub(crate) fn timeless(mut summary: Value) -> Value {
    for key in ["elapsed_ms", "orders_per_second"] {
        summary.as_object_mut().unwrap().remove(key).unwrap();
    }
    summary
}

/// Every file below a folder with its bytes.
pub(crate) fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(folder).unwrap().to_path_buf();
                found.insert(name, std::fs::read(path).unwrap());
            }
        }
    }
    found
}

/// The real data: named by `RETAIL_DATA`, or beside the workspace. Says loudly when there is none.
pub(crate) fn real_data() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/retail");
    let folder = std::env::var_os("RETAIL_DATA").map_or(beside, PathBuf::from);
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("SKIPPED: no Online Retail data at {}; set RETAIL_DATA", folder.display());
    None
}

/// Some months of made-up rows: a few customers who buy, come back, and bring things back.
pub(crate) fn made_up(folder: &Path, days: u32) {
    for day in 0..days {
        let (month, of_month) = (1 + day / 10, 1 + (day % 10) * 3);
        let date = format!("2026-{month:02}-{of_month:02}");
        let mut text = HEADER.to_owned();
        for order in 0..6_u32 {
            let number = 100_000 + day * 100 + order;
            let customer =
                if order == 5 { String::new() } else { format!("{}.0", 12_000 + (day + order) % 9) };
            let price = 3 + (day * 7 + order * 13) % 900;
            for line in 0..4_u32 {
                let stock = 20_000 + (order + line * 3) % 8;
                let pieces = 1 + (day + order * line) % 12;
                text.push_str(&format!(
                    "{number},{stock},THING {stock} BOOK,{pieces},{date} 10:{order:02}:00,{price}.{line}9,{customer},UK\n"
                ));
            }
            if day > 0 && order % 2 == 0 {
                let stock = 20_000 + (order * 5) % 8;
                text.push_str(&format!(
                    "C{number},{stock},THING,-{},{date} 16:00:00,{price}.09,{customer},UK\n",
                    1 + day % 9
                ));
            }
        }
        std::fs::write(folder.join(format!("{date}.csv")), text).unwrap();
    }
}
