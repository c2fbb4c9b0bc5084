//! What the service's codes mean. One table; every row says where it is from.

use std::time::Duration;

use invoice_core::provider::{Effect, ErrorKind, ProviderError};

use crate::service::{Nature, effect_of};

pub(super) const SUCCESS: &str = "E0000";
/// `queryInvoiceRedConfirm` answers so, by the vendor's page.
pub(super) const SUCCESS_OF_LISTS: &str = "0000";
pub(super) const NOT_FOUND: &str = "E9500";

/// Codes with kind and effect. P: a public integration of September 2026 (its constants). V: the vendor's page of the
/// method. S: a public SDK.
const TABLE: &[(&str, ErrorKind, Effect)] = &[
    ("070101", ErrorKind::Configuration, Effect::NotApplied), // P: application key or secret wrong
    ("070304", ErrorKind::AuthExpired, Effect::NotApplied),   // P: token refused
    ("070305", ErrorKind::AuthExpired, Effect::NotApplied),   // P: token refused
    ("070306", ErrorKind::RateLimited, Effect::NotApplied),   // P, S: too many calls for tokens
    ("070307", ErrorKind::Configuration, Effect::NotApplied), // P: wrong sort of application
    ("E4000", ErrorKind::Rejected, Effect::NotApplied),       // P: a required field is missing or wrong
    ("E9103", ErrorKind::Rejected, Effect::NotApplied),       // P: not in a state that can be pushed on
    ("E9106", ErrorKind::Duplicate, Effect::Unknown),         // P, V: order number or serial used before
    ("E9138", ErrorKind::Rejected, Effect::NotApplied),       // P: the goods code
    ("E9154", ErrorKind::Rejected, Effect::NotApplied),       // P: would become more than ten invoices
    ("E9613", ErrorKind::RateLimited, Effect::NotApplied),    // P: pushed on 20 times today
    ("E9999", ErrorKind::Busy, Effect::Unknown),              // P: busy, or anything else
];

/// E9101 to E9131 refuse the content of an order, except E9106 and E9109; E9796 to E9801 that of freight (P).
fn refuses_content(code: &str) -> bool {
    let number = code.strip_prefix('E').and_then(|digits| digits.parse::<u16>().ok());
    number.is_some_and(|number| matches!(number, 9101..=9131 | 9796..=9801) && !matches!(number, 9106 | 9109))
}

/// How long until pushing on is allowed again: to the end of the day would be exact, an hour at a time is simple.
const TOMORROW: Duration = Duration::from_secs(3600);

/// The error that a code is.
pub(super) fn of_code(code: &str, nature: Nature) -> ProviderError {
    let row = TABLE.iter().find(|(known, ..)| *known == code);
    let (kind, effect) = match row {
        Some((_, kind, effect)) => (*kind, *effect),
        None if refuses_content(code) => (ErrorKind::Rejected, Effect::NotApplied),
        None => (ErrorKind::NoAnswer, Effect::Unknown),
    };
    let error = ProviderError::new(kind, effect_of(nature, effect)).with_code(code);
    if code == "E9613" { error.with_retry_after(TOMORROW) } else { error }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_named_once_and_unknown_ones_say_nothing_of_the_effect() {
        for (at, (code, ..)) in TABLE.iter().enumerate() {
            assert!(TABLE.iter().skip(at + 1).all(|(other, ..)| other != code), "{code}");
        }
        for unknown in ["E0001", "E9106X", "9101", "E9132", "E9109", "E9500", "", "S0001"] {
            let error = of_code(unknown, Nature::Acts);
            assert_eq!((error.kind(), error.effect()), (ErrorKind::NoAnswer, Effect::Unknown), "{unknown}");
        }
        for refused in ["E9101", "E9105", "E9131", "E9796", "E9801", "E4000"] {
            let error = of_code(refused, Nature::Acts);
            assert_eq!(
                (error.kind(), error.effect()),
                (ErrorKind::Rejected, Effect::NotApplied),
                "{refused}"
            );
        }
        assert_eq!(of_code("E9106", Nature::Acts).effect(), Effect::Unknown);
        assert_eq!(of_code("070304", Nature::Reads).effect(), Effect::Unknown);
    }
}
