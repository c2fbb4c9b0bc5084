//! What the gateway's codes mean. One table; every row says where it is from.

use invoice_core::provider::{Effect, ErrorKind, ProviderError};

use crate::service::{Nature, effect_of};

/// Codes with kind and effect. C: the reference checked in the vendor's sandbox in May 2026.
const TABLE: &[(&str, ErrorKind, Effect)] = &[
    ("100001", ErrorKind::AuthExpired, Effect::NotApplied), // C: token refused
    ("100002", ErrorKind::AuthExpired, Effect::NotApplied), // C: token ended
    ("100007", ErrorKind::Configuration, Effect::NotApplied), // C: signature wrong
    ("20019", ErrorKind::Rejected, Effect::NotApplied),     // C: no such kind
    ("20020", ErrorKind::Rejected, Effect::NotApplied),     // C: no terminal
    ("20023", ErrorKind::Rejected, Effect::NotApplied),     // C: no terminal for this kind
    ("70035", ErrorKind::Rejected, Effect::NotApplied),     // C: not in this state of a red form
    ("70169", ErrorKind::Rejected, Effect::NotApplied),     // C: a required field is empty
];

/// The error that a code is.
pub(super) fn of_code(code: &str, nature: Nature) -> ProviderError {
    let row = TABLE.iter().find(|(known, ..)| *known == code);
    let (kind, effect) =
        row.map_or((ErrorKind::NoAnswer, Effect::Unknown), |(_, kind, effect)| (*kind, *effect));
    ProviderError::new(kind, effect_of(nature, effect)).with_code(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_named_once_and_unknown_ones_say_nothing_of_the_effect() {
        for (at, (code, ..)) in TABLE.iter().enumerate() {
            assert!(TABLE.iter().skip(at + 1).all(|(other, ..)| other != code), "{code}");
        }
        for unknown in ["", "1", "100003", "500", "70170"] {
            let error = of_code(unknown, Nature::Acts);
            assert_eq!((error.kind(), error.effect()), (ErrorKind::NoAnswer, Effect::Unknown), "{unknown}");
        }
        assert_eq!(of_code("100002", Nature::Reads).effect(), Effect::Unknown);
        assert_eq!(of_code("70169", Nature::Acts).effect(), Effect::NotApplied);
    }
}
