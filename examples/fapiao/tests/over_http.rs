//! The closed loop through a service's protocol, over sockets, against a bureau in another process's place.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test ends where it fails")]

mod support;

use std::process::Command;
use std::sync::Arc;
use std::time::SystemTime;

use chrono::{DateTime, Utc};
use invoice_core::env::Clock;
use invoice_providers::loopback::{Misstep, NuonuoLoopback, Operation};
use serde_json::Value;
use support::{FAPIAO, made_up, retail, retail_arguments};

struct Wall;

impl Clock for Wall {
    fn now(&self) -> DateTime<Utc> {
        SystemTime::now().into()
    }
}

#[test]
fn nuonuo_issues_what_the_sandbox_issues_and_the_books_agree_to_the_cent() {
    let data = tempfile::tempdir().unwrap();
    made_up(data.path(), 12);
    let inside = tempfile::tempdir().unwrap();
    let expected = retail(data.path(), inside.path());

    let bureau = NuonuoLoopback::start(0, Arc::new(Wall), |sandbox| sandbox.automatic_red()).unwrap();
    for misstep in [Misstep::CutAfter, Misstep::BadGateway, Misstep::TokenExpired, Misstep::Html] {
        bureau.misstep(Operation::Issue, misstep);
    }
    let base = bureau.services().trim_end_matches("/open/v1/services").to_owned();
    let out = tempfile::tempdir().unwrap();
    let mut arguments = retail_arguments(data.path(), out.path());
    arguments.extend(["--provider".to_owned(), format!("nuonuo:{base}")]);
    let output = Command::new(FAPIAO).args(arguments).env("NO_PROXY", "127.0.0.1").output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let summary: Value =
        serde_json::from_slice(&std::fs::read(out.path().join("summary.json")).unwrap()).unwrap();
    assert_eq!(summary["reconciled"], true, "{summary}");
    for name in ["orders", "gross_paid", "gross_invoiced", "gross_open", "invoices_blue", "invoices_red"] {
        assert_eq!(summary[name], expected[name], "{name}");
    }
    let issued = bureau.sandbox().issued().count();
    assert!(issued > 50, "only {issued} invoices went over the wire");
    assert_eq!(bureau.missteps_taken().len(), 4);
    assert!(bureau.tokens_given() <= 50, "{} tokens", bureau.tokens_given());
}

#[test]
fn an_address_elsewhere_in_the_clear_is_refused() {
    let data = tempfile::tempdir().unwrap();
    made_up(data.path(), 1);
    let out = tempfile::tempdir().unwrap();
    let mut arguments = retail_arguments(data.path(), out.path());
    arguments.extend(["--provider".to_owned(), "nuonuo:http://a.invalid".to_owned()]);
    let output = Command::new(FAPIAO).args(arguments).output().unwrap();
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("plain http is for this machine only"));
}
