//! Sums of what arrived.

use rust_decimal::Decimal;
use serde_json::Value;

/// The sum of an amount over rows, exactly.
pub(super) fn total(rows: &[Value], name: &str) -> Result<String, &'static str> {
    let amount = |row: &Value| row.get(name)?.as_str()?.parse::<Decimal>().ok();
    let sum = rows.iter().map(amount).try_fold(Decimal::ZERO, |sum, amount| sum.checked_add(amount?));
    sum.map(|sum| format!("{sum:.2}")).ok_or("amounts")
}
