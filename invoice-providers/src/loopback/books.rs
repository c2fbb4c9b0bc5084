//! The bureau's own books, for whoever runs a shop against it: no service shows them, so this address is ours alone.

use serde_json::{Value, json};

use crate::sandbox::{Color, SandboxBureau};

/// Everything issued, in order, amounts negative on reds.
pub(super) fn shown(sandbox: &SandboxBureau) -> Value {
    let entries = sandbox.issued().map(|entry| {
        json!({
            "number": entry.number, "key": entry.key, "kind": entry.kind, "seller_tax_id": entry.seller_tax_id,
            "red": entry.color == Color::Red, "blue": entry.blue, "issued_at": entry.issued_at,
            "net": entry.net, "tax": entry.tax, "gross": entry.gross,
        })
    });
    Value::Array(entries.collect())
}
