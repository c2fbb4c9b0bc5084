//! Values as they stand in a database, the same for every engine.

use chrono::{DateTime, Utc};
use invoice_core::store::{Columns, Next, StoreError, StoreErrorKind, Tag, UnitOfWork};

/// Nanoseconds since 1970; `None` outside the years 1678 to 2261 and within a leap second, which such a number
/// cannot hold.
pub(crate) fn nanos(at: DateTime<Utc>) -> Option<i64> {
    at.timestamp_nanos_opt().filter(|nanos| DateTime::from_timestamp_nanos(*nanos) == at)
}

/// For comparisons only: what lies outside is at the end of the range.
pub(crate) fn nanos_bound(at: DateTime<Utc>) -> i64 {
    let end = if at.timestamp() < 0 { i64::MIN } else { i64::MAX };
    at.timestamp_nanos_opt().unwrap_or(end)
}

pub(crate) fn time(nanos: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_nanos(nanos)
}

/// Versions, positions and limits; what is larger than 63 bits was refused by [`check`].
pub(crate) fn number<N: TryInto<i64>>(number: N) -> i64 {
    number.try_into().unwrap_or(i64::MAX)
}

pub(crate) fn tags_text(columns: &Columns) -> String {
    if columns.tags.is_empty() {
        return String::from("[]");
    }
    // Lists of text and numbers have a JSON form without exception.
    serde_json::to_string(&columns.tags).unwrap_or_default()
}

pub(crate) fn tags(text: &str) -> Result<Vec<Tag>, StoreError> {
    if text == "[]" {
        return Ok(Vec::new());
    }
    serde_json::from_str(text)
        .map_err(|error| StoreError::new(StoreErrorKind::Corrupt, "tags of a row").because(error))
}

/// Refuses what the columns cannot hold exactly, before the unit meets others in a transaction.
pub(crate) fn check(unit: &UnitOfWork) -> Result<(), StoreError> {
    unit.check()?;
    let invalid =
        |what: &str| Err(StoreError::new(StoreErrorKind::Invalid, format!("unit {}: {what}", unit.id)));
    let settled = unit.settlements.iter().filter_map(|settlement| match settlement.next {
        Next::Again { not_before, .. } => Some(not_before),
        Next::Done => None,
    });
    let rows = unit.writes.iter().filter_map(|write| write.columns.at);
    let messages = unit.messages.iter();
    let leases = messages.clone().filter_map(|message| message.lease.as_ref()).map(|lease| lease.until);
    let mut times = rows
        .chain(unit.entries.iter().map(|entry| entry.at))
        .chain(unit.journal.iter().map(|entry| entry.at))
        .chain(messages.map(|message| message.not_before))
        .chain(leases)
        .chain(settled);
    if times.any(|at| nanos(at).is_none()) {
        return invalid("a time outside the years 1678 to 2261");
    }
    let versions = unit.writes.iter().map(|write| write.row.version.number());
    let mut numbers = versions
        .chain(unit.journal.iter().map(|entry| entry.seq))
        .chain(unit.entries.iter().map(|entry| entry.seq));
    if numbers.any(|number| i64::try_from(number).is_err()) {
        return invalid("a version or position of more than 63 bits");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use invoice_core::money::Money;
    use invoice_core::store::Summand;

    use super::*;

    #[test]
    fn times_are_exact_or_refused() {
        for text in
            ["2026-11-22T01:02:03.123456789Z", "1970-01-01T00:00:00Z", "1700-01-01T00:00:00.000000001Z"]
        {
            let at: DateTime<Utc> = text.parse().unwrap();
            assert_eq!(nanos(at).map(time), Some(at));
        }
        let leap: DateTime<Utc> = "2016-12-31T23:59:60.5Z".parse().unwrap();
        for out in [DateTime::<Utc>::MAX_UTC, DateTime::<Utc>::MIN_UTC, leap] {
            assert_eq!(nanos(out), None, "{out}");
        }
        assert_eq!(nanos_bound(DateTime::<Utc>::MAX_UTC), i64::MAX);
        assert_eq!(nanos_bound(DateTime::<Utc>::MIN_UTC), i64::MIN);
    }

    #[test]
    fn tags_round_trip() {
        let odd = Tag::new("buyer", "a\"\\\n,\u{1f}发");
        let fen = Money::from_fen;
        let amounts = Summand { net: fen(i64::MIN), tax: fen(0), gross: fen(i64::MAX) };
        let columns =
            Columns { tags: vec![odd, Tag::new("sum", "v").with_amounts(amounts)], ..Columns::default() };
        assert_eq!(tags(&tags_text(&columns)).unwrap(), columns.tags);
        for bad in ["{", "[[\"a\"]]", "[[\"a\",\"b\",1]]", "[[\"a\",\"b\",1,2,3,4]]"] {
            assert_eq!(tags(bad).unwrap_err().kind(), StoreErrorKind::Corrupt, "{bad}");
        }
    }
}
