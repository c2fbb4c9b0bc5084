//! From a record to what the desk understands: pure.

use chrono::DateTime;
use invoice_core::invoice::IssuedInvoice;
use invoice_core::money::Money;
use invoice_core::provider::{Effect, ErrorKind, ProviderError, QueryAnswer, SessionState};

use super::account::POLL_AFTER;
use super::wire::{CheckStatus, Printed, Record};
use crate::service::unclear;

/// The one record of a key; `None` when there is none.
///
/// # Errors
/// When there are several: no answer would be the whole truth.
pub(super) fn only(mut found: Vec<Record>, key: &str) -> Result<Option<Record>, ProviderError> {
    found.retain(|record| record.fapiao_id == key);
    if found.len() > 1 {
        return Err(ProviderError::new(ErrorKind::OperatorNeeded, Effect::Applied).with_code("SEVERAL"));
    }
    Ok(found.pop())
}

/// What the state of a record says of the blue invoice: one that is being taken back, or was, has been issued.
pub(super) fn blue(record: &Record) -> Result<QueryAnswer, ProviderError> {
    match record.status.as_str() {
        "ISSUE_ACCEPTED" => Ok(QueryAnswer::Pending { poll_after: POLL_AFTER }),
        "ISSUED" | "REVERSE_ACCEPTED" | "REVERSED" | "REVERSE_FAILED" => {
            issued(record, record.blue_fapiao.as_ref(), Some).map(QueryAnswer::Issued)
        }
        "ISSUE_FAILED" => Ok(QueryAnswer::Denied { code: failure(record) }),
        // Nobody knows it, or it says nothing of what was asked about: it is waited for.
        other => Ok(unclear(other, POLL_AFTER)),
    }
}

/// What it says of the red one. While the blue is merely issued, no red was asked for, or not heard of yet.
pub(super) fn red(record: &Record) -> Result<QueryAnswer, ProviderError> {
    match record.status.as_str() {
        "REVERSE_ACCEPTED" => Ok(QueryAnswer::Pending { poll_after: POLL_AFTER }),
        "REVERSED" => issued(record, record.red_fapiao.as_ref(), Money::checked_neg).map(QueryAnswer::Issued),
        "REVERSE_FAILED" => Ok(QueryAnswer::Denied { code: failure(record) }),
        "ISSUED" => Ok(QueryAnswer::NotFound),
        // Nobody knows it, or it says nothing of what was asked about: it is waited for.
        other => Ok(unclear(other, POLL_AFTER)),
    }
}

/// Whether a red was taken, or is there.
pub(super) fn is_reversing(record: &Record) -> bool {
    matches!(record.status.as_str(), "REVERSE_ACCEPTED" | "REVERSED")
}

/// The code of a failure. Its message is free text; what can be told from it is only whether a limit was met.
fn failure(record: &Record) -> String {
    let code = if record.fapiao_error_code.is_empty() { &record.status } else { &record.fapiao_error_code };
    let quota = if record.fapiao_error_message.contains("额度") { ".QUOTA" } else { "" };
    let safe = |c: &char| c.is_ascii_alphanumeric() || *c == '_';
    code.chars().filter(safe).take(48).chain(quota.chars()).collect()
}

fn issued(
    record: &Record,
    printed: Option<&Printed>,
    sign: impl Fn(Money) -> Option<Money>,
) -> Result<IssuedInvoice, ProviderError> {
    let read = || {
        let printed = printed?;
        let amount = |fen: Option<i64>| sign(Money::from_fen(fen?));
        let (net, tax) = (amount(record.amount)?, amount(record.tax_amount)?);
        let gross = amount(record.total_amount)?;
        let issued_at = DateTime::parse_from_rfc3339(&printed.fapiao_time).ok()?.to_utc();
        let number = printed.fapiao_number.parse().ok()?;
        (net.checked_add(tax) == Some(gross)).then_some(IssuedInvoice { number, issued_at, net, tax, gross })
    };
    read().ok_or_else(|| ProviderError::new(ErrorKind::NoAnswer, Effect::Applied).with_code("INCOMPLETE"))
}

/// Whether the merchant may issue: 数电 mode is set up, and ordinary trades are authorised. Otherwise the code is the
/// service's own word for what a person must do.
pub(super) fn capability(status: &CheckStatus) -> SessionState {
    let needed = |code: &str| {
        let safe = |c: &char| c.is_ascii_alphanumeric() || *c == '_';
        SessionState::OperatorNeeded { code: code.chars().filter(safe).take(64).collect() }
    };
    let Some(mode) = &status.digital_tax_mode else { return needed("DISABLED") };
    if mode.status != "ENABLED" {
        return needed(&mode.status);
    }
    match mode.ability_info.iter().find(|ability| ability.kind == "BASE_ABILITY") {
        Some(base) if base.status != "AUTHORIZED" => needed(&base.status),
        _ => SessionState::Ready,
    }
}

#[cfg(test)]
mod tests {
    use super::super::wire::{Ability, DigitalMode};
    use super::*;

    fn record(status: &str) -> Record {
        let printed = |number: &str| Printed {
            fapiao_number: number.to_owned(),
            fapiao_time: "2026-05-01T12:00:00+08:00".to_owned(),
        };
        Record {
            fapiao_id: "k1".to_owned(),
            status: status.to_owned(),
            blue_fapiao: Some(printed("26332000004021728676")),
            red_fapiao: Some(printed("26332000004021728677")),
            total_amount: Some(45_889),
            tax_amount: Some(5_279),
            amount: Some(40_610),
            ..Record::default()
        }
    }

    /// Status, what it says of the blue, what it says of the red.
    const STATES: &[(&str, &str, &str)] = &[
        ("ISSUE_ACCEPTED", "pending", "unknown"),
        ("ISSUED", "issued", "not found"),
        ("REVERSE_ACCEPTED", "issued", "pending"),
        ("REVERSED", "issued", "issued"),
        ("ISSUE_FAILED", "denied", "unknown"),
        ("REVERSE_FAILED", "issued", "denied"),
        ("", "unknown", "unknown"),
        ("issued", "unknown", "unknown"),
        ("VOIDED", "unknown", "unknown"),
    ];

    fn word(answer: &Result<QueryAnswer, ProviderError>) -> &'static str {
        match answer {
            Ok(QueryAnswer::Issued(_)) => "issued",
            Ok(QueryAnswer::Pending { .. }) => "pending",
            Ok(QueryAnswer::Denied { .. }) => "denied",
            Ok(QueryAnswer::NotFound) => "not found",
            Ok(QueryAnswer::Unclear { .. }) => "unknown",
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn every_state_says_what_it_says() {
        for (status, of_blue, of_red) in STATES {
            let record = record(status);
            assert_eq!((word(&blue(&record)), word(&red(&record))), (*of_blue, *of_red), "{status}");
        }
        assert!(matches!(blue(&record("VOIDED")), Ok(QueryAnswer::Unclear { code, .. }) if code == "VOIDED"));
    }

    #[test]
    fn a_red_is_the_blue_with_another_number_and_sign() {
        let record = record("REVERSED");
        let (Ok(QueryAnswer::Issued(blue)), Ok(QueryAnswer::Issued(red))) = (blue(&record), red(&record))
        else {
            panic!("issued")
        };
        assert_eq!(blue.number.as_str(), "26332000004021728676");
        assert_eq!((blue.net.fen(), blue.tax.fen(), blue.gross.fen()), (40_610, 5_279, 45_889));
        assert_eq!(red.number.as_str(), "26332000004021728677");
        assert_eq!((red.net.fen(), red.tax.fen(), red.gross.fen()), (-40_610, -5_279, -45_889));
        assert_eq!(red.issued_at.to_rfc3339(), "2026-05-01T04:00:00+00:00");
    }

    #[test]
    fn an_issued_record_that_cannot_be_read_is_never_a_refusal() {
        let change: [fn(&mut Record); 6] = [
            |record| record.blue_fapiao = None,
            |record| record.blue_fapiao = Some(Printed::default()),
            |record| record.total_amount = Some(45_890),
            |record| record.tax_amount = None,
            |record| record.amount = None,
            |record| record.amount = Some(i64::MAX),
        ];
        for change in change {
            let mut wrong = record("ISSUED");
            change(&mut wrong);
            let error = blue(&wrong).unwrap_err();
            assert_eq!((error.kind(), error.effect()), (ErrorKind::NoAnswer, Effect::Applied));
        }
    }

    #[test]
    fn a_failure_shows_its_code_and_nothing_of_its_message() {
        let mut failed = record("ISSUE_FAILED");
        let of = |record: &Record| match blue(record) {
            Ok(QueryAnswer::Denied { code }) => code,
            other => panic!("{other:?}"),
        };
        assert_eq!(of(&failed), "ISSUE_FAILED");
        failed.fapiao_error_code = "BIZ_ERROR".to_owned();
        failed.fapiao_error_message = "购买方张三的税号有误".to_owned();
        assert_eq!(of(&failed), "BIZ_ERROR");
        failed.fapiao_error_message = "可用发票额度不足".to_owned();
        assert_eq!(of(&failed), "BIZ_ERROR.QUOTA");
    }

    #[test]
    fn a_record_of_another_key_is_none_and_two_are_for_a_person() {
        assert!(only(vec![], "k1").unwrap().is_none());
        assert!(only(vec![record("ISSUED")], "k1").unwrap().is_some());
        assert!(only(vec![record("ISSUED")], "k2").unwrap().is_none());
        let error = only(vec![record("ISSUED"), record("ISSUED")], "k1").map(|_| ()).unwrap_err();
        assert_eq!((error.kind(), error.effect()), (ErrorKind::OperatorNeeded, Effect::Applied));
    }

    #[test]
    fn only_a_merchant_with_everything_can_issue() {
        let of = |status: &str, base: Option<&str>| {
            let ability =
                |status: &str| Ability { kind: "BASE_ABILITY".to_owned(), status: status.to_owned() };
            let ability_info = base.map(ability).into_iter().collect();
            let mode = DigitalMode { status: status.to_owned(), ability_info };
            capability(&CheckStatus { digital_tax_mode: Some(mode) })
        };
        let needed = |code: &str| SessionState::OperatorNeeded { code: code.to_owned() };
        assert_eq!(of("ENABLED", Some("AUTHORIZED")), SessionState::Ready);
        assert_eq!(of("ENABLED", None), SessionState::Ready);
        assert_eq!(of("ENABLED", Some("AUTHORIZE_PENDING")), needed("AUTHORIZE_PENDING"));
        assert_eq!(of("RESOURCE_EXPIRED", Some("AUTHORIZED")), needed("RESOURCE_EXPIRED"));
        assert_eq!(capability(&CheckStatus::default()), needed("DISABLED"));
    }
}
