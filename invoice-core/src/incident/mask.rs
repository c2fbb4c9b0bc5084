use std::collections::BTreeMap;

use chrono::DateTime;
use serde_json::Value;

/// Fields whose texts are ids, names of states, codes, amounts, rates or dates. Everything else is replaced.
const KEPT: &[&str] = &[
    // Ids.
    "application",
    "applications",
    "balance",
    "corrected_by",
    "id",
    "invoice",
    "key",
    "line",
    "of",
    "order",
    "provider",
    "red",
    "red_of",
    "reds",
    "refund",
    "seller",
    // States, kinds and codes.
    "channel",
    "code",
    "digest",
    "excluded",
    "format",
    "is",
    "kind",
    "scope",
    "short_name",
    "stage",
    "state",
    "treatment",
    "unclear",
    "waiting_on",
    "why",
    // Amounts, quantities, rates.
    "amount",
    "discount",
    "excluded_refunded",
    "gross",
    "list",
    "net",
    "payable",
    "quantity",
    "rate",
    "refunded",
    "returned",
    "tax",
    "unit_price",
    "q",
    "n",
    "t",
    "g",
];

/// Fields that hold a reason as a code, except where a person wrote it.
const REASON: &str = "reason";
const WRITTEN: &str = "rejected";

/// Fields that hold numbers of the bureau.
const NUMBERS: &[&str] = &["number", "blue"];

/// Names in the place of texts: the same text has the same name throughout a bundle.
#[derive(Debug, Default)]
pub(crate) struct Masks {
    names: BTreeMap<String, String>,
    counts: BTreeMap<String, u32>,
    numbers: BTreeMap<String, usize>,
}

impl Masks {
    /// Replaces whatever may be personal.
    pub(crate) fn mask(&mut self, value: &mut Value) {
        self.walk(value, "", Context::Plain);
    }

    /// The name in the place of an actor.
    pub(crate) fn actor(&mut self, actor: &str) -> String {
        self.name("actor", actor)
    }

    fn walk(&mut self, value: &mut Value, field: &str, context: Context) {
        match value {
            Value::String(text) => {
                if let Some(name) = self.replaced(field, text, context) {
                    *text = name;
                }
            }
            Value::Array(items) => items.iter_mut().for_each(|item| self.walk(item, field, context)),
            Value::Object(fields) => {
                for (name, item) in fields.iter_mut() {
                    let context = if name == WRITTEN { Context::Written } else { context };
                    self.walk(item, name, context);
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    /// `None` when the text stays.
    fn replaced(&mut self, field: &str, text: &str, context: Context) -> Option<String> {
        let stays = KEPT.contains(&field) || field == REASON && context == Context::Plain;
        // A moment says nothing about anybody, in whatever field.
        let moment = text.ends_with('Z') && DateTime::parse_from_rfc3339(text).is_ok();
        if stays || moment {
            return None;
        }
        if NUMBERS.contains(&field) {
            return Some(self.number(text));
        }
        let class = match field {
            "by" | "submitted_by" | "approved_by" | "claimed" => "actor",
            field => field,
        };
        Some(self.name(class, text))
    }

    /// The same text has the same name wherever it stands, because folding copies texts from field to field: that of a
    /// refusal becomes the outcome of a review.
    fn name(&mut self, class: &str, text: &str) -> String {
        if let Some(name) = self.names.get(text) {
            return name.clone();
        }
        let count = self.counts.entry(class.to_owned()).or_default();
        *count += 1;
        let name = format!("{class}#{count}");
        self.names.insert(text.to_owned(), name.clone());
        name
    }

    /// A number of the same form: its year, and then which one of the bundle it is.
    fn number(&mut self, text: &str) -> String {
        let next = self.numbers.len() + 1;
        let which = *self.numbers.entry(text.to_owned()).or_insert(next);
        let digits = text.chars().filter(char::is_ascii_digit).count();
        let kept: String = text.chars().filter(char::is_ascii_digit).take(2).collect();
        let mut new =
            format!("{kept}{which:0>width$}", width = digits.saturating_sub(2)).into_bytes().into_iter();
        text.chars()
            .map(|c| if c.is_ascii_digit() { new.next().map_or('0', char::from) } else { '-' })
            .collect()
    }
}

/// Whether a person wrote what is in here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Context {
    Plain,
    Written,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_not_known_is_replaced_and_equal_texts_stay_equal() {
        let mut value = json!([
            {"title": {"kind": "person", "name": "王小明", "phone": "13800138000"}, "new_field": "王小明", "net": "1.00"},
            {"name": "王小明", "at": "2026-05-01T04:00:00Z", "remark": "2026", "number": "26332000004021728676"},
            {"rejected": {"by": "rita", "reason": "王小明 called"}, "reason": "returned", "by": ["rita", "2026-05-01T04:00:00Z"]},
            {"review": {"rejected": "王小明"}, "number": "033001800111-25672225"}
        ]);
        Masks::default().mask(&mut value);
        let expected = json!([
            {"title": {"kind": "person", "name": "new_field#1", "phone": "phone#1"}, "new_field": "new_field#1", "net": "1.00"},
            {"name": "new_field#1", "at": "2026-05-01T04:00:00Z", "remark": "remark#1", "number": "26000000000000000001"},
            {"rejected": {"by": "actor#1", "reason": "reason#1"}, "reason": "returned", "by": ["actor#1", "2026-05-01T04:00:00Z"]},
            {"review": {"rejected": "new_field#1"}, "number": "030000000000-00000002"}
        ]);
        assert_eq!(value, expected);
    }
}
