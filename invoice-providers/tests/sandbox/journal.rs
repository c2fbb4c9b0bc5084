//! The books outlive the process that wrote them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "helpers of tests")]

use std::path::Path;

use crate::support::{clock, issued, key, prepared, refusal};
use invoice_core::provider::{ConfirmationState, InvoiceProvider, QueryAnswer};
use invoice_core::testkit::provider::SampleRequest;
use invoice_providers::sandbox::{RedRule, SandboxBureau, SandboxError};

fn open(path: &Path) -> Result<SandboxBureau, SandboxError> {
    SandboxBureau::builder(1, clock()).red(RedRule::BuyerConfirms).open(path)
}

async fn a_day(bureau: &SandboxBureau) {
    let blue = SampleRequest::new("b1").line(3, "100.00").build();
    let invoice = issued(bureau.issue(&prepared(&blue)).await);
    issued(bureau.issue(&prepared(&SampleRequest::new("b2").line(1, "7.00").build())).await);
    let denied = SampleRequest::new("no").build();
    assert_eq!(refusal(bureau.issue(&prepared(&denied)).await), "SBX-201");
    let form = SampleRequest::red_of("r", &blue, &invoice.number, "01");
    let confirmation = bureau.apply_red(&prepared(&form.clone().build())).await.unwrap();
    bureau.buyer_confirms(&confirmation.number).unwrap();
    let red = form.confirmed("red", &confirmation.number).build();
    issued(bureau.issue_red(&prepared(&red)).await);
}

#[tokio::test]
async fn everything_is_there_after_opening_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bureau.jsonl");
    let bureau = open(&path).unwrap();
    a_day(&bureau).await;
    let before: Vec<_> = bureau.issued().collect();
    drop(bureau);
    let bureau = open(&path).unwrap();
    assert_eq!(bureau.issued().collect::<Vec<_>>(), before);
    assert_eq!(bureau.query(&key("no")).await.unwrap(), QueryAnswer::Denied { code: "SBX-201".into() });
    let confirmation = bureau.query_confirmation(&key("r")).await.unwrap().unwrap();
    assert_eq!(confirmation.state, ConfirmationState::Confirmed);
    assert_eq!(confirmation.red.unwrap().number, before[2].number);
    assert!(matches!(bureau.query(&key("red")).await, Ok(QueryAnswer::Issued(_))));
}

#[tokio::test]
async fn a_file_cut_at_any_byte_of_its_last_record_loses_that_record_only() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bureau.jsonl");
    a_day(&open(&path).unwrap()).await;
    let whole = std::fs::read(&path).unwrap();
    let last = whole[..whole.len() - 1].iter().rposition(|byte| *byte == b'\n').unwrap() + 1;
    for cut in last..whole.len() {
        std::fs::write(&path, &whole[..cut]).unwrap();
        let bureau = open(&path).unwrap();
        assert_eq!(bureau.issued().count(), 2, "cut at {cut}");
        assert_eq!(bureau.query(&key("red")).await.unwrap(), QueryAnswer::NotFound);
        // What comes next begins on a clean line.
        issued(bureau.issue(&prepared(&SampleRequest::new("next").line(1, "1.00").build())).await);
        drop(bureau);
        assert_eq!(open(&path).unwrap().issued().count(), 3);
    }
}

#[tokio::test]
async fn a_file_cut_in_its_first_line_begins_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bureau.jsonl");
    drop(open(&path).unwrap());
    let header = std::fs::read(&path).unwrap();
    for cut in 0..header.len() {
        std::fs::write(&path, &header[..cut]).unwrap();
        drop(open(&path).unwrap());
        assert_eq!(std::fs::read(&path).unwrap(), header);
    }
}

#[tokio::test]
async fn any_changed_byte_before_the_end_is_named_and_nothing_is_touched() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bureau.jsonl");
    a_day(&open(&path).unwrap()).await;
    let whole = std::fs::read(&path).unwrap();
    for at in (0..whole.len() - 1).step_by(7) {
        let mut changed = whole.clone();
        changed[at] ^= 1;
        std::fs::write(&path, &changed).unwrap();
        let error = open(&path).err().unwrap_or_else(|| panic!("byte {at} was changed unseen"));
        assert!(matches!(error, SandboxError::Damaged { .. } | SandboxError::Foreign { .. }), "{error}");
        assert_eq!(std::fs::read(&path).unwrap(), changed);
    }
}

#[tokio::test]
async fn one_bureau_per_file_and_only_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bureau.jsonl");
    let bureau = open(&path).unwrap();
    let error = open(&path).err().unwrap();
    assert!(matches!(error, SandboxError::InUse { .. }));
    assert!(error.to_string().contains("is in use"), "{error}");
    let clone = bureau.clone();
    drop(bureau);
    assert!(matches!(open(&path), Err(SandboxError::InUse { .. })));
    drop(clone);
    assert!(open(&path).is_ok());
    let other = SandboxBureau::builder(2, clock()).open(&path);
    assert!(matches!(other, Err(SandboxError::Foreign { .. })));
    let text = folder.path().join("notes.txt");
    std::fs::write(&text, "milk, bread").unwrap();
    assert!(matches!(open(&text), Err(SandboxError::Foreign { .. })));
    assert_eq!(std::fs::read(&text).unwrap(), b"milk, bread");
}
