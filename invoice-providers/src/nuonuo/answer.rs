//! From an answer to what the desk understands: pure.

use chrono::DateTime;
use invoice_core::id::IntentKey;
use invoice_core::invoice::{InvoiceNumber, IssuedInvoice};
use invoice_core::provider::{Effect, ErrorKind, ProviderError, QueryAnswer};

use super::account::POLL_AFTER;
use super::wire::Invoice;
use crate::service::money;

/// The one record of a key; `None` when there is none.
///
/// # Errors
/// When there are several: the service has split the order, and no answer would be the whole truth.
pub(super) fn only(mut found: Vec<Invoice>, key: &IntentKey) -> Result<Option<Invoice>, ProviderError> {
    found.retain(|invoice| invoice.order_no.is_empty() || invoice.order_no == key.as_str());
    if found.len() > 1 {
        return Err(ProviderError::new(ErrorKind::OperatorNeeded, Effect::Applied).with_code("SEVERAL"));
    }
    Ok(found.pop())
}

/// What the state of a record means (`status`, vendor's page of `queryInvoiceResult`).
pub(super) fn query(invoice: &Invoice) -> Result<QueryAnswer, ProviderError> {
    match invoice.status.as_str() {
        "2" => issued(invoice).map(QueryAnswer::Issued),
        "20" | "21" => Ok(QueryAnswer::Pending { poll_after: POLL_AFTER }),
        "22" => Ok(QueryAnswer::Denied { code: denial(&invoice.fail_cause).to_owned() }),
        "24" => Ok(QueryAnswer::Stuck { code: "24".to_owned() }),
        // Voided, being voided: it was issued, and somebody took it back outside the desk.
        voided @ ("3" | "31") => {
            Err(ProviderError::new(ErrorKind::OperatorNeeded, Effect::Applied).with_code(voided))
        }
        unknown => {
            Err(ProviderError::new(ErrorKind::Busy, Effect::Unknown).with_code(format!("STATUS-{unknown}")))
        }
    }
}

/// The cause is free text; what can be told from it is only whether a limit was met.
fn denial(cause: &str) -> &'static str {
    if cause.contains("额度") { "22.QUOTA" } else { "22" }
}

pub(super) fn issued(invoice: &Invoice) -> Result<IssuedInvoice, ProviderError> {
    let read = || {
        let digital = Some(&invoice.all_electronic_invoice_number).filter(|number| !number.is_empty());
        let number: InvoiceNumber = digital.unwrap_or(&invoice.invoice_no).parse().ok()?;
        let issued_at = DateTime::from_timestamp_millis(invoice.invoice_time.parse().ok()?)?;
        let (net, tax) = (money(&invoice.ex_tax_amount)?, money(&invoice.tax_amount)?);
        let gross = net.checked_add(tax)?;
        let said = invoice.order_amount.is_empty() || money(&invoice.order_amount) == Some(gross);
        said.then_some(IssuedInvoice { number, issued_at, net, tax, gross })
    };
    read().ok_or_else(|| ProviderError::new(ErrorKind::NoAnswer, Effect::Applied).with_code("INCOMPLETE"))
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
            let error = seen(unknown).unwrap_err();
            assert_eq!((error.kind(), error.effect()), (ErrorKind::Busy, Effect::Unknown));
            assert_eq!(error.code(), Some(format!("STATUS-{unknown}").as_str()));
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

    #[test]
    fn a_split_order_is_for_a_person() {
        let key = IntentKey::new("k1").unwrap();
        assert!(only(vec![], &key).unwrap().is_none());
        assert!(only(vec![record("2")], &key).unwrap().is_some());
        let mut foreign = record("2");
        foreign.order_no = "k2".to_owned();
        assert!(only(vec![foreign], &key).unwrap().is_none());
        let error = only(vec![record("2"), record("2")], &key).map(|_| ()).unwrap_err();
        assert_eq!((error.kind(), error.effect()), (ErrorKind::OperatorNeeded, Effect::Applied));
    }
}
