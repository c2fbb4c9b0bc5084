//! `fapiao check-id`: tax IDs and credit codes (税号), one a line.

use invoice_validate::tax_id;
use serde_json::{Value, json};

use crate::faults::faults;
use crate::{Error, stream};

/// Runs the subcommand.
pub(crate) fn run() -> Result<(), Error> {
    stream::each_line(check_id)
}

/// `{"input","valid","kind","normalized","faults":[…]}` for a tax number.
fn check_id(line: &str) -> Value {
    let inspection = tax_id::inspect(line);
    json!({
        "input": line,
        "valid": inspection.is_valid(),
        "kind": inspection.kind.as_str(),
        "normalized": inspection.normalized,
        "faults": faults(&inspection.report),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::faults::keys;

    #[test]
    fn check_id_has_its_shape() {
        let good = check_id("9144 0300 1922 0382 16");
        assert_eq!(keys(&good), ["faults", "input", "kind", "normalized", "valid"]);
        assert_eq!(good["normalized"], "914403001922038216");
        assert_eq!(
            (&good["valid"], &good["kind"], &good["faults"]),
            (&json!(true), &json!("uscc"), &json!([]))
        );
        let bad = check_id("914403001922038217");
        assert_eq!(bad["valid"], false);
        let fault = &bad["faults"][0];
        assert_eq!(keys(fault), ["code", "expected", "message", "position", "severity"]);
        assert_eq!((&fault["code"], &fault["severity"]), (&json!("TAXID-USCC-04"), &json!("error")));
        assert_eq!((&fault["position"], &fault["expected"]), (&json!(18), &json!("6")));
    }

    #[test]
    fn check_id_names_every_kind() {
        let rows = [
            ("914403001922038216", "uscc", true),
            ("11010519491231002X", "resident_id", true),
            ("440301192203821", "legacy15", true),
            ("11010549123100201", "legacy17", true),
            ("11010519491231002X01", "legacy20", true),
            ("AB03011922038211", "unknown", true),
            ("12345", "unknown", false),
        ];
        for (input, kind, valid) in rows {
            let value = check_id(input);
            assert_eq!((&value["kind"], &value["valid"]), (&json!(kind), &json!(valid)), "{input}");
        }
    }
}
