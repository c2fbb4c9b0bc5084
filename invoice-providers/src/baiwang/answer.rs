//! From an answer to what the desk understands: pure.

use invoice_core::invoice::IssuedInvoice;
use invoice_core::provider::{Effect, ErrorKind, IssueAnswer, ProviderError, QueryAnswer};

use super::account::POLL_AFTER;
use super::wire::{Issued, Record};
use crate::service::read::{self, china_time, denial, incomplete, several};
use crate::service::unclear;

/// What the enterprise line answers to an order. The invoice counts as issued here only when its totals are in the
/// answer; otherwise a query will bring them.
pub(super) fn at_once(mut answer: Issued) -> Result<IssueAnswer, ProviderError> {
    match (answer.success.len(), answer.fail.is_empty()) {
        (1, true) => {}
        (0, false) => {
            return Err(ProviderError::new(ErrorKind::Rejected, Effect::NotApplied).with_code("FAIL"));
        }
        (0, true) => return Err(ProviderError::new(ErrorKind::NoAnswer, Effect::Unknown).with_code("EMPTY")),
        // Cut in several, or half done.
        _ => return Err(several()),
    }
    let record = answer.success.pop().unwrap_or_default();
    Ok(issued(&record).map_or(IssueAnswer::Accepted { poll_after: POLL_AFTER }, IssueAnswer::Issued))
}

/// What a record of the enterprise line means: there are only issued ones.
pub(super) fn found(record: &Record) -> Result<QueryAnswer, ProviderError> {
    issued(record).map(QueryAnswer::Issued).ok_or_else(incomplete)
}

/// What the state of a record of the small-business line means.
pub(super) fn state(record: &Record) -> Result<QueryAnswer, ProviderError> {
    match record.status.as_str() {
        "00" => Ok(QueryAnswer::Pending { poll_after: POLL_AFTER }),
        "01" => issued(record).map(QueryAnswer::Issued).ok_or_else(incomplete),
        "02" => Ok(QueryAnswer::Denied { code: denial("02", &record.error_message) }),
        // Voided, being voided: it was issued, and somebody took it back outside the desk.
        voided @ ("03" | "04") => {
            Err(ProviderError::new(ErrorKind::OperatorNeeded, Effect::Applied).with_code(voided))
        }
        unknown => Ok(unclear(unknown, POLL_AFTER)),
    }
}

fn issued(record: &Record) -> Option<IssuedInvoice> {
    let number =
        Some(&record.digit_invoice_no).filter(|number| !number.is_empty()).unwrap_or(&record.invoice_no);
    let at = Some(&record.invoice_date).filter(|at| !at.is_empty()).unwrap_or(&record.invoice_time);
    let amounts = [&record.invoice_total_price, &record.invoice_total_tax, &record.invoice_total_price_tax];
    read::issued(number, china_time(at), amounts.map(String::as_str))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(status: &str) -> Record {
        let text = |text: &str| text.to_owned();
        Record {
            status: text(status),
            digit_invoice_no: text("24442000000071309399"),
            invoice_date: text("20260521152632"),
            invoice_total_price: text("2.0"),
            invoice_total_tax: text("0.2"),
            invoice_total_price_tax: text("2.2"),
            ..Record::default()
        }
    }

    #[test]
    fn every_state_is_something_else() {
        let Ok(QueryAnswer::Issued(invoice)) = state(&record("01")) else { panic!("issued") };
        assert_eq!((invoice.net.fen(), invoice.tax.fen(), invoice.gross.fen()), (200, 20, 220));
        assert_eq!(invoice.issued_at.to_rfc3339(), "2026-05-21T07:26:32+00:00");
        assert!(matches!(state(&record("00")), Ok(QueryAnswer::Pending { .. })));
        assert!(matches!(state(&record("02")), Ok(QueryAnswer::Denied { .. })));
        for outside in ["03", "04"] {
            assert_eq!(state(&record(outside)).unwrap_err().effect(), Effect::Applied);
        }
        for unknown in ["", "05", "1"] {
            let code = if unknown.is_empty() { "NONE" } else { unknown }.to_owned();
            let said = state(&record(unknown)).unwrap();
            assert_eq!(said, QueryAnswer::Unclear { code, poll_after: POLL_AFTER });
        }
    }

    #[test]
    fn half_a_success_is_for_a_person() {
        let fail = || serde_json::json!({});
        let of = |success: usize, fails: usize| {
            at_once(Issued {
                success: (0..success).map(|_| record("")).collect(),
                fail: (0..fails).map(|_| fail()).collect(),
            })
        };
        assert!(matches!(of(1, 0), Ok(IssueAnswer::Issued(_))));
        let effect = |answer: Result<IssueAnswer, ProviderError>| answer.unwrap_err().effect();
        assert_eq!(effect(of(0, 1)), Effect::NotApplied);
        assert_eq!(effect(of(0, 0)), Effect::Unknown);
        assert_eq!(effect(of(1, 1)), Effect::Applied);
        assert_eq!(effect(of(2, 0)), Effect::Applied);
        let bare = Record { invoice_total_price: String::new(), ..record("") };
        let answer = at_once(Issued { success: vec![bare], fail: vec![] });
        assert!(matches!(answer, Ok(IssueAnswer::Accepted { .. })));
    }
}
