//! The shape of what `fapiao` prints.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test ends where it fails")]

mod support;

use support::{fapiao, lines};

#[test]
fn check_id_answers_every_line() {
    let out = lines(&fapiao(&["check-id"], b"91350100M000100Y43\n\nnonsense\n\xff\xfe\n"));
    assert_eq!(out.len(), 3);
    for line in &out {
        for key in ["input", "valid", "kind", "normalized", "faults"] {
            assert!(line.get(key).is_some(), "{line}");
        }
    }
    assert_eq!(out[0]["kind"], "uscc");
    assert_eq!(out[1]["valid"], false);
    assert!(out[1]["faults"][0]["code"].is_string());
}

#[test]
fn split_takes_lines_and_documents_and_says_what_is_wrong() {
    let order = r#"{"lines":[{"id":"1","name":"书桌","tax_code":"1050201010000000000","rate":"0.13","unit":"张","quantity":"30","gross":"33900.00","discount":"0.00"}]}"#;
    let pretty = order.replace(',', ",\n  ");
    let input = format!("{order}\n{pretty}\nnot json\n");
    let out = lines(&fapiao(&["split", "--limit", "10000"], input.as_bytes()));
    assert_eq!(out.len(), 3);
    assert_eq!(out[0], out[1]);
    assert_eq!(out[0]["invoices"].as_array().unwrap().len(), 4, "30,000 net below 10,000 each");
    assert!(out[0]["lower_bound"].is_number());
    assert_eq!(out[2]["faults"][0]["code"], "INPUT-01");
    let gross =
        fapiao(&["split", "--limit", "10000", "--basis", "gross", "--group-by", "rate"], order.as_bytes());
    assert!(lines(&gross)[0]["invoices"].as_array().unwrap().len() >= 4);
    let bare =
        fapiao(&["split", "--limit", "100000", "--group-by", "none", "--max-lines", "5"], order.as_bytes());
    assert_eq!(lines(&bare)[0]["invoices"].as_array().unwrap().len(), 1);
}

#[test]
fn capital_qr_and_title_answer_every_line() {
    let written = lines(&fapiao(&["capital"], b"1234.56\nabc\n"));
    assert_eq!(written.len(), 2);
    assert!(written[0]["capital"].is_string(), "{written:?}");
    let capital = written[0]["capital"].as_str().unwrap().to_owned();
    let read = lines(&fapiao(&["capital", "--parse"], capital.as_bytes()));
    assert_eq!(read[0]["amount"], "1234.56");
    assert_eq!(lines(&fapiao(&["qr"], b"01,32,,2544200000,1,20260101,,\n")).len(), 1);
    let titles =
        lines(&fapiao(&["title"], "名称：深圳市样例商店有限公司\n税号：91350100M000100Y43\n".as_bytes()));
    assert_eq!(titles.len(), 1);
}

#[test]
fn a_folder_that_is_not_there_fails_and_an_unknown_store_is_refused() {
    let gone = fapiao(&["retail", "/nowhere", "--store", "memory:"], b"");
    assert_eq!(gone.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&gone.stderr).contains("/nowhere"));
    let store = fapiao(&["retail", ".", "--store", "postgres"], b"");
    assert_eq!(store.status.code(), Some(2));
}
