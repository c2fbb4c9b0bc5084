//! From an answer to what the desk understands: pure.

use chrono::DateTime;
use invoice_core::invoice::IssuedInvoice;
use invoice_core::provider::{Effect, ErrorKind, ProviderError, QueryAnswer};

use super::account::POLL_AFTER;
use super::wire::Invoice;
use crate::service::read::{self, denial, incomplete};
use crate::service::unclear;

/// What the state of a record means (`status`, vendor's page of `queryInvoiceResult`).
pub(super) fn query(invoice: &Invoice) -> Result<QueryAnswer, ProviderError> {
    match invoice.status.as_str() {
        "2" => issued(invoice).map(QueryAnswer::Issued),
        "20" | "21" => Ok(QueryAnswer::Pending { poll_after: POLL_AFTER }),
        "22" => Ok(QueryAnswer::Denied { code: denial("22", &invoice.fail_cause) }),
        "24" => Ok(QueryAnswer::Stuck { code: "24".to_owned() }),
        // Voided, being voided: it was issued, and somebody took it back outside the desk.
        voided @ ("3" | "31") => {
            Err(ProviderError::new(ErrorKind::OperatorNeeded, Effect::Applied).with_code(voided))
        }
        unknown => Ok(unclear(unknown, POLL_AFTER)),
    }
}

fn issued(invoice: &Invoice) -> Result<IssuedInvoice, ProviderError> {
    let digital = Some(&invoice.all_electronic_invoice_number).filter(|number| !number.is_empty());
    let at = invoice.invoice_time.parse().ok().and_then(DateTime::from_timestamp_millis);
    let amounts = [&invoice.ex_tax_amount, &invoice.tax_amount, &invoice.order_amount];
    read::issued(digital.unwrap_or(&invoice.invoice_no), at, amounts.map(String::as_str))
        .ok_or_else(incomplete)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(status: &str) -> Invoice {
        let text = |text: &str| text.to_owned();
        Invoice {
            status: text(status),
            order_no: text("k1"),
            invoice_time: text("1795312800000"),
            all_electronic_invoice_number: text("26332000004021728676"),
            ex_tax_amount: text("406.1"),
            tax_amount: text("52.79"),
            order_amount: text("458.89"),
            ..Invoice::default()
        }
    }

    #[test]
    fn every_state_is_something_else() {
        let seen = |status| query(&record(status));
        let Ok(QueryAnswer::Issued(invoice)) = seen("2") else { panic!("issued") };
        assert_eq!((invoice.net.fen(), invoice.tax.fen(), invoice.gross.fen()), (40_610, 5_279, 45_889));
        for pending in ["20", "21"] {
            assert!(matches!(seen(pending), Ok(QueryAnswer::Pending { .. })));
        }
        assert_eq!(seen("22").unwrap(), QueryAnswer::Denied { code: "22".to_owned() });
        assert_eq!(seen("24").unwrap(), QueryAnswer::Stuck { code: "24".to_owned() });
        for outside in ["3", "31"] {
            assert_eq!(seen(outside).unwrap_err().effect(), Effect::Applied);
        }
        for unknown in ["", "0", "1", "23", "200"] {
            let code = if unknown.is_empty() { "NONE" } else { unknown }.to_owned();
            assert_eq!(seen(unknown).unwrap(), QueryAnswer::Unclear { code, poll_after: POLL_AFTER });
        }
    }

    #[test]
    fn an_issued_record_that_cannot_be_read_is_never_a_refusal() {
        let change: [fn(&mut Invoice); 5] = [
            |record| record.all_electronic_invoice_number.clear(),
            |record| record.invoice_time = "yesterday".to_owned(),
            |record| record.tax_amount = "52.791".to_owned(),
            |record| record.ex_tax_amount.clear(),
            |record| record.order_amount = "458.90".to_owned(),
        ];
        for change in change {
            let mut wrong = record("2");
            change(&mut wrong);
            let error = query(&wrong).unwrap_err();
            assert_eq!((error.kind(), error.effect()), (ErrorKind::NoAnswer, Effect::Applied));
        }
    }
}
