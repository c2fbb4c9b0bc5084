//! What red confirmations (红字确认单) have in common at services that keep copies of the bureau's.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use invoice_core::money::{Money, decimal_text};
use invoice_core::provider::{
    ConfirmationState, Effect, ErrorKind, ProviderError, RedAnswer, RedConfirmation, RedFormRow,
};

use super::read::money;

/// How long the other side has to answer.
const HOURS_72: TimeDelta = TimeDelta::hours(72);

/// Nobody knows a form of this key or number.
pub(crate) fn unknown() -> ProviderError {
    ProviderError::new(ErrorKind::Rejected, Effect::NotApplied).with_code("NO-FORM")
}

/// It was taken, and there is no form yet.
pub(crate) fn waiting(code: &str, look_again: Duration) -> ProviderError {
    ProviderError::new(ErrorKind::Busy, Effect::Applied).with_code(code).with_retry_after(look_again)
}

/// The application was taken; that looking for its form failed does not change that. Unless the bureau has refused it.
pub(crate) fn applied(error: ProviderError, look_again: Duration) -> ProviderError {
    let refused = (error.kind(), error.effect()) == (ErrorKind::Rejected, Effect::NotApplied);
    if refused {
        return error;
    }
    waiting(error.code().unwrap_or("APPLIED"), look_again).because(error)
}

/// When a form that waits runs out.
pub(crate) fn expiry(state: ConfirmationState, begun: Option<DateTime<Utc>>) -> Option<DateTime<Utc>> {
    begun.filter(|_| state.is_waiting())?.checked_add_signed(HOURS_72)
}

/// Whether a form is as it was asked to be: then it was said before, whatever the service says to it now.
pub(crate) fn is_as_asked(form: &RedConfirmation, answer: RedAnswer) -> bool {
    match answer {
        RedAnswer::Confirm => form.state == ConfirmationState::Confirmed,
        RedAnswer::Reject => form.state == ConfirmationState::RefusedBySeller,
        _ => matches!(form.state, ConfirmationState::Withdrawn | ConfirmationState::WithdrawnConfirmed),
    }
}

/// The amount without its sign, which not every service writes.
pub(crate) fn magnitude(text: &str) -> Option<Money> {
    let amount = money(text)?;
    if amount.is_negative() { amount.checked_neg() } else { Some(amount) }
}

/// A row of a form: the number of the blue row, quantity where there is one, net, tax.
pub(crate) fn row(blue_row: &str, quantity: &str, net: &str, tax: &str) -> Option<RedFormRow> {
    let quantity = match quantity {
        "" => None,
        said => Some(decimal_text::parse(said)?.abs()),
    };
    Some(RedFormRow {
        blue_row: blue_row.parse().ok()?,
        quantity,
        net: magnitude(net)?,
        tax: magnitude(tax)?,
    })
}
