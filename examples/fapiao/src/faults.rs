//! What the validators find, as JSON: `{"code","severity","position","expected","message"}`.

use invoice_validate::{Fault, Language, Report};
use serde_json::{Value, json};

/// `{"input","faults":[…]}` for what cannot be read.
pub(crate) fn unread(input: &str, report: &Report) -> Value {
    json!({ "input": input, "faults": faults(report) })
}

/// What was found, as JSON.
pub(crate) fn faults(report: &Report) -> Vec<Value> {
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

/// One finding with the path of its field.
pub(crate) fn with_path(one: &Fault) -> Value {
    let mut value = fault(one);
    value["path"] = json!(one.path());
    value
}

/// The keys of an object, sorted.
#[cfg(test)]
pub(crate) fn keys(value: &Value) -> Vec<&str> {
    let mut keys: Vec<&str> = value.as_object().unwrap().keys().map(String::as_str).collect();
    keys.sort_unstable();
    keys
}
