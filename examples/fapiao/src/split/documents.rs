//! JSON documents one after the other.

use serde_json::Value;

/// Documents one after the other, each over as many lines as it likes. What is no JSON costs its own line: reading goes
/// on behind it.
pub(super) fn documents(text: &str) -> Vec<Result<Value, String>> {
    let mut found = Vec::new();
    let mut rest = text.trim_start_matches('\u{feff}');
    while !rest.trim_start().is_empty() {
        rest = rest.trim_start();
        let mut stream = serde_json::Deserializer::from_str(rest).into_iter::<Value>();
        let (read, behind) = match stream.next() {
            Some(Ok(value)) => (Ok(value), stream.byte_offset()),
            Some(Err(error)) => {
                let line = rest.find('\n').map_or(rest.len(), |at| at + 1);
                (Err(format!("not a JSON object: {error}")), line)
            }
            None => break,
        };
        rest = rest.get(behind..).unwrap_or_default();
        match read {
            // A document may be a list of orders.
            Ok(Value::Array(list)) => found.extend(list.into_iter().map(Ok)),
            other => found.push(other),
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_read_one_a_line_or_spread_over_lines_and_a_bad_line_costs_itself_alone() {
        let found = documents("{\"a\":1}\n{\n  \"b\": 2\n}\nnonsense\n{\"c\":3}{\"d\":4}\n[{\"e\":5}]\n");
        let good: Vec<bool> = found.iter().map(Result::is_ok).collect();
        assert_eq!(good, [true, true, false, true, true, true]);
    }
}
