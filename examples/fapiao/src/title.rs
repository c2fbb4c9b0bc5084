//! `fapiao title`: the fields of pasted title texts (抬头), a blank line between two.

use invoice_validate::paste::{self, PastedField};
use serde_json::{Map, Value, json};

use crate::faults::{unread, with_path};
use crate::{Error, stream};

/// Runs the subcommand.
pub(crate) fn run() -> Result<(), Error> {
    let text = stream::whole_input()?;
    stream::print_all(blocks(&text).iter().map(|block| title(block)))
}

/// `{"input","fields":{"name":{"value","confidence","span","correction"},…},"faults":[…]}` for a pasted block.
///
/// `span` is `[start, end)` in bytes of the input; `correction` is null when there is nothing to correct.
fn title(block: &str) -> Value {
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

/// Text blocks separated by blank lines.
fn blocks(text: &str) -> Vec<String> {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::faults::keys;

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
