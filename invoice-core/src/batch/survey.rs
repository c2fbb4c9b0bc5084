use std::collections::BTreeMap;

use super::{BatchRow, RowResult, RowWish};
use crate::application::{ApplyRequest, Scope};
use crate::id::{ApplicationId, OrderId};

/// Looks over all rows before any is tried: what cannot be read, what repeats an earlier row, and what contradicts
/// another. `None` for a row that is to be tried.
///
/// Two rows repeat when they ask for the very same. They contradict when both name an order and one of them wants the
/// whole of it, since both cannot have it; parts of an order may stand in many rows.
#[must_use]
pub fn survey(rows: &[BatchRow]) -> Vec<Option<RowResult>> {
    let mut known: Vec<Option<RowResult>> = Vec::with_capacity(rows.len());
    let mut same: BTreeMap<Vec<u8>, u32> = BTreeMap::new();
    let mut naming: BTreeMap<&OrderId, Vec<(usize, bool)>> = BTreeMap::new();
    for (at, row) in rows.iter().enumerate() {
        let request = match &row.wish {
            RowWish::Apply(request) => request,
            RowWish::Unreadable { column, code } => {
                known.push(Some(RowResult::Unreadable { column: column.clone(), code: code.clone() }));
                continue;
            }
        };
        if let Some(earlier) = same.get(&fingerprint(request)) {
            known.push(Some(RowResult::Repeats { row: *earlier }));
            continue;
        }
        same.insert(fingerprint(request), row.number);
        for scope in &request.orders {
            naming.entry(&scope.order).or_default().push((at, scope.scope == Scope::Whole));
        }
        known.push(None);
    }
    for rivals in naming.values().filter(|rivals| rivals.len() > 1 && rivals.iter().any(|(_, whole)| *whole))
    {
        for (at, _) in rivals {
            let other = rivals.iter().find(|(other, _)| other != at).and_then(|(other, _)| rows.get(*other));
            if let (Some(slot), Some(other)) = (known.get_mut(*at), other) {
                slot.get_or_insert(RowResult::Contradicts { row: other.number });
            }
        }
    }
    known
}

/// Everything a row asks for, without its id.
fn fingerprint(request: &ApplyRequest) -> Vec<u8> {
    let nameless = ApplyRequest { id: ApplicationId::from_trusted("-"), ..request.clone() };
    // Plain data always has a JSON form.
    serde_json::to_vec(&nameless).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::application::OrderScope;
    use crate::id::{BuyerId, SellerId};
    use crate::invoice::InvoiceKind;
    use crate::money::Money;
    use crate::title::Title;

    fn row(number: u32, name: &str, orders: &[(&str, Option<i64>)]) -> BatchRow {
        let mut request = ApplyRequest::whole(
            ApplicationId::from_trusted(format!("x{number}")),
            SellerId::from_trusted("s"),
            BuyerId::from_trusted("b"),
            InvoiceKind::DIGITAL_ORDINARY,
            Title::person(name),
            OrderId::from_trusted("-"),
        );
        let scope = |(order, fen): &(&str, Option<i64>)| OrderScope {
            order: OrderId::from_trusted(order),
            scope: fen.map_or(Scope::Whole, |fen| Scope::Amount(Money::from_fen(fen))),
        };
        request.orders = orders.iter().map(scope).collect();
        BatchRow { number, wish: RowWish::Apply(Box::new(request)) }
    }

    #[test]
    fn repeats_count_once_and_contradictions_not_at_all() {
        let bad = RowWish::Unreadable { column: "amount".into(), code: "AMOUNT".into() };
        let rows = [
            row(2, "甲", &[("A", None)]),
            row(3, "甲", &[("A", None)]),
            row(4, "乙", &[("B", None)]),
            row(5, "丙", &[("B", None)]),
            row(6, "丁", &[("C", Some(100))]),
            row(7, "戊", &[("C", Some(100))]),
            row(8, "己", &[("D", Some(100)), ("E", None)]),
            row(9, "庚", &[("E", Some(1))]),
            BatchRow { number: 10, wish: bad },
        ];
        let known = survey(&rows);
        let told: Vec<_> = known
            .iter()
            .map(|result| match result {
                None => "try".to_owned(),
                Some(RowResult::Repeats { row }) => format!("repeats {row}"),
                Some(RowResult::Contradicts { row }) => format!("contradicts {row}"),
                Some(other) => other.as_str().to_owned(),
            })
            .collect();
        assert_eq!(
            told,
            [
                "try",
                "repeats 2",
                "contradicts 5",
                "contradicts 4",
                "try",
                "try",
                "contradicts 9",
                "contradicts 8",
                "unreadable"
            ]
        );
    }
}
