//! Names and fields that mean harm: on every page they reach they are text, and whatever is sent is answered.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test ends where it fails")]

mod support;

use axum::http::StatusCode;
use proptest::prelude::{ProptestConfig, Strategy};
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use support::{Browser, hygienic, portal};

#[tokio::test]
async fn whatever_is_sent_to_whatever_page_is_answered() {
    const NAMES: &[&str] = &[
        "order",
        "kind",
        "pasted",
        "name",
        "sort",
        "tax_id",
        "id",
        "token",
        "key",
        "number",
        "issued_at",
        "net",
        "tax",
        "reason",
        "back",
        "seller",
        "provider",
        "language",
        "person",
        "after",
        "lines/li-3",
        "amount/li-3",
    ];
    const VALUES: &[&str] = &[
        "",
        "0",
        "-1",
        "99999999999999999999999",
        "\u{0}",
        "../..",
        "<>",
        "%",
        "digital_ordinary",
        "legacy_ordinary_paper",
        "li-3",
        "A-li-1",
        "A-wang-2",
        "NaN",
        "1e9",
        "2026-99-99T00:00:00Z",
        "-262143-01-01T00:00:00Z",
        "26332000004021728676",
        "shop",
        "sandbox",
        "piece",
        "all",
        "en",
        "confirm",
        "票",
        "\u{202e}",
        "a b+c&d=e",
        "999999999999.99",
        "0.001",
    ];
    let folder = tempfile::tempdir().unwrap();
    let app = portal(folder.path()).await;
    let mut runner = TestRunner::new(ProptestConfig::default());
    let mut draw = |most: usize| (0..most).new_tree(&mut runner).unwrap().current();
    let mut browser = Browser::of(&app, "an").await;
    let long = "长".repeat(3000);
    for part in include_str!("../src/app.rs").split(".route(\"").skip(1) {
        let route = part.split('"').next().unwrap();
        for _ in 0..6 {
            let mut path = String::new();
            for piece in route.split('/').skip(1) {
                path.push('/');
                match piece.starts_with('{') {
                    true => {
                        path.extend(form_urlencoded::byte_serialize(VALUES[draw(VALUES.len())].as_bytes()))
                    }
                    false => path.push_str(piece),
                }
            }
            let mut fields = Vec::new();
            for name in NAMES {
                let value = if draw(40) == 0 { long.as_str() } else { VALUES[draw(VALUES.len())] };
                if draw(4) > 0 {
                    fields.push((*name, value));
                }
            }
            // An address has its own limit, which is not ours.
            let short: Vec<_> = fields.iter().copied().filter(|(_, value)| value.len() < 100).collect();
            let got = browser.get(&format!("{path}?{}", support::encoded(&short))).await;
            assert!(!got.status.is_server_error(), "GET {path} {fields:?}: {}", got.text);
            if !["/logout", "/login"].contains(&route) {
                let got = browser.post(&path, &fields).await;
                assert!(!got.status.is_server_error(), "POST {path} {fields:?}: {}", got.text);
                hygienic(&path, &got.headers);
            }
        }
    }
}

/// Every mark on the page begins an element that the portal writes.
fn only_our_marks(page: &str) {
    const OURS: &[&str] = &[
        "!DOCTYPE", "html", "head", "meta", "title", "link", "body", "header", "div", "a", "span", "form",
        "input", "button", "nav", "main", "h1", "h2", "h3", "p", "dl", "dt", "dd", "ul", "ol", "li",
        "article", "table", "thead", "tbody", "tfoot", "tr", "th", "td", "details", "summary", "label",
        "select", "option", "fieldset", "legend", "footer", "small", "b", "textarea", "time", "section", "q",
    ];
    for part in page.split('<').skip(1) {
        let name: String = part
            .trim_start_matches('/')
            .chars()
            .take_while(|c| c.is_ascii_alphanumeric() || *c == '!')
            .collect();
        assert!(OURS.contains(&name.as_str()), "<{part}");
        // What stands between quotes is a value; of what is left nothing begins with "on".
        let tag = part.split('>').next().unwrap();
        let names: String = tag.split('"').step_by(2).collect();
        assert!(!names.contains(" on") && !names.contains(['\'', '`']), "<{tag}");
    }
}

#[tokio::test]
async fn hostile_names_stay_text_on_every_page_they_reach() {
    let folder = tempfile::tempdir().unwrap();
    let app = portal(folder.path()).await;
    let mut li = Browser::of(&app, "li").await;
    let mut runner = TestRunner::new(ProptestConfig::with_cases(1));
    let hostile = "[<>&\"'`=/ a-z\u{202e}\u{0}公司]{1,40}";
    for round in 0..60 {
        let text = |runner: &mut TestRunner| hostile.new_tree(runner).unwrap().current();
        let name = match round {
            0 => "\"><script>alert(1)</script>".to_owned(),
            1 => "</textarea><img src=x onerror=alert(1)>".to_owned(),
            _ => text(&mut runner),
        };
        let (bank, address) = (text(&mut runner), text(&mut runner));
        let fields = [
            ("order", "li-3"),
            ("kind", "digital_ordinary"),
            ("name", name.as_str()),
            ("sort", "person"),
            ("bank", bank.as_str()),
            ("address", address.as_str()),
            ("id", name.as_str()),
        ];
        let page = li.post("/preview", &fields).await;
        assert!(page.status == StatusCode::OK || page.status.is_client_error(), "{name}: {}", page.status);
        only_our_marks(&page.text);
        let page = li.post("/preview", &[("order", &name), ("kind", &name), ("pasted", &name)]).await;
        assert!(page.status.is_client_error(), "{name}");
        only_our_marks(&page.text);
        let path = format!("/applications?{}", support::encoded(&[("after", &name)]));
        only_our_marks(&li.get(&path).await.text);
    }
    // One that the desk takes: the name stands on the pages of all who see it.
    let name = "李<b>雷&\"'";
    let fields = [
        ("order", "li-3"),
        ("kind", "digital_special"),
        ("name", name),
        ("sort", "company"),
        ("tax_id", "91310000607378229C"),
    ];
    let shown = li.post("/preview", &fields).await;
    assert_eq!(shown.status, StatusCode::OK, "{}", shown.text);
    only_our_marks(&shown.text);
    let (id, token) = (shown.field("id"), shown.field("token"));
    let fields = [&fields[..], &[("id", &id), ("token", &token)]].concat();
    let own = li.post("/applications", &fields).await.location().to_owned();
    assert_eq!(own, format!("/applications/{id}"));
    for (person, path, whole) in [
        ("li", "/applications", true),
        ("li", &own, true),
        ("luo", "/review", true),
        ("luo", &own, true),
        ("song", "/applications", false),
        ("song", &own, false),
        ("an", "/reports", false),
    ] {
        let page = Browser::of(&app, person).await.get(path).await.text;
        assert_eq!(page.contains("李&lt;b&gt;雷&amp;&quot;&#39;"), whole, "{person} {path}: {page}");
        only_our_marks_but_drawings(&page);
    }
}

fn only_our_marks_but_drawings(page: &str) {
    let mut rest = String::new();
    for (at, part) in page.split("<svg").enumerate() {
        rest.push_str(if at == 0 { part } else { part.split_once("</svg>").unwrap().1 });
    }
    only_our_marks(&rest);
}
