//! JSON documents one after the other.

use serde_json::Error;
use serde_json::value::RawValue;

/// Documents one after the other, each over as many lines as it likes, as they are written. A list stands for what is
/// in it. What is no JSON costs its own line: reading goes on behind it.
pub(super) fn documents(text: &str) -> impl Iterator<Item = Result<&str, Error>> {
    let mut rest = text.trim_start_matches('\u{feff}');
    let one = std::iter::from_fn(move || {
        rest = rest.trim_start();
        let mut stream = serde_json::Deserializer::from_str(rest).into_iter::<&RawValue>();
        let read = stream.next()?;
        let behind = match &read {
            Ok(_) => stream.byte_offset(),
            Err(_) => rest.find('\n').map_or(rest.len(), |at| at + 1),
        };
        rest = rest.get(behind..).unwrap_or_default();
        Some(read.map(RawValue::get))
    });
    one.flat_map(|document| match document {
        Ok(list) if list.starts_with('[') => match serde_json::from_str::<Vec<&RawValue>>(list) {
            Ok(list) => list.into_iter().map(|one| Ok(one.get())).collect(),
            Err(error) => vec![Err(error)],
        },
        other => vec![other],
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_read_one_a_line_or_spread_over_lines_and_a_bad_line_costs_itself_alone() {
        let text =
            "\u{feff}{\"a\":1}\n{\n  \"b\": 2\n}\nnonsense\n{\"c\":3}{\"d\":4}\n[{\"e\":5},{\"f\":6}]\n";
        let found: Vec<Option<&str>> = documents(text).map(Result::ok).collect();
        let want = [
            Some("{\"a\":1}"),
            Some("{\n  \"b\": 2\n}"),
            None,
            Some("{\"c\":3}"),
            Some("{\"d\":4}"),
            Some("{\"e\":5}"),
            Some("{\"f\":6}"),
        ];
        assert_eq!(found, want);
        assert_eq!(documents(" \n\n").count(), 0);
        // Nesting without end is refused, and not followed.
        assert!(documents(&"[".repeat(100_000)).all(|one| one.is_err()));
    }
}
