//! The closed loop through a service's protocol, over sockets, against a bureau in another process's place.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test ends where it fails")]

mod support;

use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::SystemTime;

use chrono::{DateTime, Utc};
use invoice_core::env::Clock;
use invoice_core::money::Money;
use invoice_providers::loopback::{BaiwangLoopback, Misstep, NuonuoLoopback, Operation, WechatLoopback};
use serde_json::Value;
use support::{FAPIAO, made_up, retail, retail_arguments};

struct Wall;

impl Clock for Wall {
    fn now(&self) -> DateTime<Utc> {
        SystemTime::now().into()
    }
}

/// What goes wrong on the way, one request after the other.
const MISSTEPS: [Misstep; 4] = [Misstep::CutAfter, Misstep::BadGateway, Misstep::TokenExpired, Misstep::Html];

/// A run through a service at this address, against the same run through the sandbox inside the process.
fn same_as_inside(data: &Path, provider: &str) {
    let (expected, summary) = both(data, provider);
    for name in ["orders", "gross_paid", "gross_invoiced", "gross_open", "invoices_blue", "invoices_red"] {
        assert_eq!(summary[name], expected[name], "{provider}: {name}");
    }
}

/// The summaries of a run inside the process and of one through a service.
fn both(data: &Path, provider: &str) -> (Value, Value) {
    let (inside, out) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let expected = retail(data, inside.path());
    let mut arguments = retail_arguments(data, out.path());
    arguments.extend(["--provider".to_owned(), provider.to_owned()]);
    let output = Command::new(FAPIAO).args(arguments).env("NO_PROXY", "127.0.0.1").output().unwrap();
    assert!(output.status.success(), "{provider}: {}", String::from_utf8_lossy(&output.stderr));
    let summary: Value =
        serde_json::from_slice(&std::fs::read(out.path().join("summary.json")).unwrap()).unwrap();
    assert_eq!(summary["reconciled"], true, "{provider}: {summary}");
    assert!(expected["invoices_red"].as_u64().unwrap() > 0, "nothing was taken back");
    (expected, summary)
}

fn after_the_run(issued: usize, missteps: usize, tokens: u64) {
    assert!(issued > 50, "only {issued} invoices went over the wire");
    assert_eq!(missteps, MISSTEPS.len());
    assert!(tokens <= 50, "{tokens} tokens");
}

#[test]
fn nuonuo_issues_what_the_sandbox_issues_and_the_books_agree_to_the_cent() {
    let data = tempfile::tempdir().unwrap();
    made_up(data.path(), 12);
    let bureau = NuonuoLoopback::start(0, Arc::new(Wall), |sandbox| sandbox.automatic_red()).unwrap();
    for misstep in MISSTEPS {
        bureau.misstep(Operation::Issue, misstep);
    }
    let base = bureau.services().trim_end_matches("/open/v1/services").to_owned();
    same_as_inside(data.path(), &format!("nuonuo:{base}"));
    after_the_run(bureau.sandbox().issued().count(), bureau.missteps_taken().len(), bureau.tokens_given());
}

#[test]
fn baiwang_issues_what_the_sandbox_issues_and_the_books_agree_to_the_cent() {
    let data = tempfile::tempdir().unwrap();
    made_up(data.path(), 12);
    let bureau = BaiwangLoopback::start(0, Arc::new(Wall), |sandbox| sandbox.automatic_red()).unwrap();
    for misstep in MISSTEPS {
        bureau.misstep(Operation::Issue, misstep);
    }
    let base = bureau.gateway().trim_end_matches("/router/rest").to_owned();
    same_as_inside(data.path(), &format!("baiwang:{base}"));
    after_the_run(bureau.sandbox().issued().count(), bureau.missteps_taken().len(), bureau.tokens_given());
}

/// WeChat Pay takes back whole invoices only: what a refund leaves of one is open again, and as much is paid.
#[test]
fn wechat_pay_issues_what_is_paid_and_the_books_agree_to_the_cent() {
    let data = tempfile::tempdir().unwrap();
    made_up(data.path(), 12);
    let bureau = WechatLoopback::start(0, Arc::new(Wall), |sandbox| sandbox).unwrap();
    for misstep in [Misstep::CutAfter, Misstep::BadGateway, Misstep::Html, Misstep::ClockApart] {
        bureau.misstep(Operation::Issue, misstep);
    }
    let (expected, summary) = both(data.path(), &format!("wechat:{}", bureau.host()));
    for name in ["orders", "gross_paid", "gross_refunded", "gross_invoiced", "invoices_blue", "invoices_red"]
    {
        assert_eq!(summary[name], expected[name], "{name}");
    }
    let more = |name: &str| {
        let money = |of: &Value| of[name].as_str().unwrap().parse::<Money>().unwrap().fen();
        money(&summary) - money(&expected)
    };
    assert!(more("gross_red") > 0 && more("gross_red") == more("gross_open"), "{summary}");
    assert_eq!(summary["details"]["stuck"], serde_json::json!({}));
    after_the_run(bureau.sandbox().issued().count(), bureau.missteps_taken().len(), 0);
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
