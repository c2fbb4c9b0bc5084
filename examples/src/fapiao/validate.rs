//! `fapiao check-id`, `capital`, `qr` and `title`: one input, one JSON object.
//!
//! An input that cannot be read gives `{"input","faults":[…]}`; amounts are decimal strings everywhere.

use invoice_validate::paste::{self, PastedField};
use invoice_validate::{
    Fault, Language, Report, amount, capital as amounts_in_capitals, qr as payloads, tax_id,
};
use serde_json::{Map, Value, json};

/// `{"input","valid","kind","normalized","faults":[…]}` for a tax number.
pub fn check_id(line: &str) -> Value {
    let inspection = tax_id::inspect(line);
    json!({
        "input": line,
        "valid": inspection.is_valid(),
        "kind": inspection.kind.as_str(),
        "normalized": inspection.normalized,
        "faults": faults(&inspection.report),
    })
}

/// Which way `fapiao capital` goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// A decimal to capitals.
    Write,
    /// Capitals to a decimal (`--parse`).
    Parse,
}

/// `{"input","capital"}`, or `{"input","amount"}` with [`Direction::Parse`].
pub fn capital(line: &str, direction: Direction) -> Value {
    let answer = match direction {
        Direction::Write => amount::parse(line).map(|fen| ("capital", amounts_in_capitals::to_string(fen))),
        Direction::Parse => amounts_in_capitals::parse(line).map(|fen| ("amount", amount::format(&fen))),
    };
    match answer {
        Ok((key, text)) => json!({ "input": line, key: text }),
        Err(report) => unread(line, &report),
    }
}

/// `{"input","kind","code","number","amount","amount_basis","date","check_code","crc"}`; an empty code or
/// check code is an empty string, the date is `YYYY-MM-DD`.
pub fn qr(line: &str) -> Value {
    match payloads::parse(line) {
        Ok(payload) => json!({
            "input": line,
            "kind": payload.kind.as_str(),
            "code": payload.code,
            "number": payload.number,
            "amount": amount::format(&payload.amount_fen),
            "amount_basis": payload.basis().as_str(),
            "date": payload.date.to_string(),
            "check_code": payload.check_code,
            "crc": payload.crc.as_str(),
        }),
        Err(report) => unread(line, &report),
    }
}

/// `{"input","fields":{"name":{"value","confidence","span","correction"},…},"faults":[…]}` for a pasted block.
///
/// `span` is `[start, end)` in bytes of the input; `correction` is null when there is nothing to correct.
pub fn title(block: &str) -> Value {
    let pasted = match paste::parse(block) {
        Ok(pasted) => pasted,
        Err(report) => return unread(block, &report),
    };
    let mut fields = Map::new();
    let mut found_faults = Vec::new();
    for found in PastedField::ALL.into_iter().filter_map(|field| pasted.get(field)) {
        let field = json!({
            "value": found.value,
            "confidence": found.confidence.as_str(),
            "span": [found.span.start, found.span.end],
            "correction": found.correction,
        });
        fields.insert(found.field.as_str().to_owned(), field);
        found_faults.extend(found.report.faults().iter().map(with_path));
    }
    json!({ "input": block, "fields": fields, "faults": found_faults })
}

/// Text blocks separated by blank lines, for `fapiao title`.
pub fn blocks(text: &str) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let mut open = false;
    for line in text.lines() {
        if line.trim().is_empty() {
            open = false;
        } else if let Some(block) = out.last_mut().filter(|_| open) {
            block.push('\n');
            block.push_str(line);
        } else {
            out.push(line.to_owned());
            open = true;
        }
    }
    out
}

fn unread(input: &str, report: &Report) -> Value {
    json!({ "input": input, "faults": faults(report) })
}

fn faults(report: &Report) -> Vec<Value> {
    report.faults().iter().map(fault).collect()
}

fn fault(fault: &Fault) -> Value {
    json!({
        "code": fault.code().as_str(),
        "severity": fault.severity().as_str(),
        "position": fault.position(),
        "expected": fault.expected(),
        "message": fault.message(Language::default()),
    })
}

fn with_path(one: &Fault) -> Value {
    let mut value = fault(one);
    value["path"] = json!(one.path());
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(value: &Value) -> Vec<&str> {
        let mut keys: Vec<&str> = value.as_object().unwrap().keys().map(String::as_str).collect();
        keys.sort_unstable();
        keys
    }

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

    #[test]
    fn capital_goes_both_ways() {
        let written = capital("29659.50", Direction::Write);
        assert_eq!(written, json!({ "input": "29659.50", "capital": "贰万玖仟陆佰伍拾玖圆伍角整" }));
        let read = capital("壹佰零壹元伍角整", Direction::Parse);
        assert_eq!(read, json!({ "input": "壹佰零壹元伍角整", "amount": "101.50" }));
        for unreadable in [capital("0.999", Direction::Write), capital("壹万万元整", Direction::Parse)] {
            assert_eq!(keys(&unreadable), ["faults", "input"]);
        }
    }

    #[test]
    fn qr_has_its_shape() {
        let value = qr("01,32,,26332000004021728676,458.89,20260515,,3050");
        let expected = json!({
            "input": "01,32,,26332000004021728676,458.89,20260515,,3050",
            "kind": "digital_ordinary", "code": "", "number": "26332000004021728676", "amount": "458.89",
            "amount_basis": "gross", "date": "2026-05-15", "check_code": "", "crc": "valid",
        });
        assert_eq!(value, expected);
        assert_eq!(qr("01,32,,26332000004021728676,458.89,20260515,,3051")["crc"], "wrong");
        let early = qr("01,10,011001605111,80100798,64.9,20161018,85342965681116380258");
        assert_eq!(
            (&early["crc"], &early["amount"], &early["amount_basis"]),
            (&json!("absent"), &json!("64.90"), &json!("net"))
        );
        assert_eq!(keys(&qr("hello")), ["faults", "input"]);
    }

    #[test]
    fn title_has_its_shape() {
        let value = title("名称：华为技术有限公司\n税号：9144O3OO1922O38216");
        assert_eq!(keys(&value), ["faults", "fields", "input"]);
        let tax_id = &value["fields"]["tax_id"];
        assert_eq!(keys(tax_id), ["confidence", "correction", "span", "value"]);
        assert_eq!(
            (&tax_id["value"], &tax_id["correction"]),
            (&json!("9144O3OO1922O38216"), &json!("914403001922038216"))
        );
        assert_eq!(value["faults"][0]["path"], "tax_id");
        assert_eq!(keys(&title("哈哈")), ["faults", "input"]);
    }

    #[test]
    fn blank_lines_part_blocks() {
        assert_eq!(blocks("\na\nb\n\n \nc\n"), ["a\nb", "c"]);
        assert!(blocks(" \n\n").is_empty());
    }
}
