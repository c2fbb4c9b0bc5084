//! Pasted blocks against the golden files, and the promise that work is linear.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use invoice_validate::paste::{self, PastedField};

/// Name, block, and what is expected of which field.
type Case = (String, String, Vec<(String, String)>);

/// `### name`, the block with escapes, `---`, then `field=value` for what must be found, `field=` for what
/// must not, `field!=value` for a correction.
fn cases(file: &str) -> Vec<Case> {
    let unescape = |text: &str| {
        let mut out = text.to_owned();
        for c in ['\u{200B}', '\u{FEFF}', '\u{202E}', '\u{3000}'] {
            out = out.replace(&format!("\\u{{{:04X}}}", u32::from(c)), &c.to_string());
        }
        out.replace("\\t", "\t").replace("\\r", "\r").replace("\\\\", "\\")
    };
    file.split("### ")
        .skip(1)
        .map(|case| {
            let (name, rest) = case.split_once('\n').unwrap();
            let (block, expected) = rest.split_once("\n---").unwrap();
            let expected = expected.trim().lines().filter(|line| !line.is_empty()).map(|line| {
                let (key, value) = line.split_once('=').unwrap();
                (key.to_owned(), value.to_owned())
            });
            (name.trim().to_owned(), unescape(block), expected.collect())
        })
        .collect()
}

fn all_cases() -> Vec<Case> {
    let mut all = cases(include_str!("golden/paste_layouts.txt"));
    all.extend(cases(include_str!("golden/paste_odd.txt")));
    all.extend(cases(include_str!("golden/paste_chat.txt")));
    all
}

fn field(name: &str) -> PastedField {
    PastedField::ALL.into_iter().find(|field| field.as_str() == name).unwrap()
}

#[test]
fn golden_blocks_give_their_fields() {
    let all = all_cases();
    assert!(all.len() >= 320, "only {} blocks", all.len());
    let mut wrong = Vec::new();
    for (name, block, expected) in &all {
        let read = paste::extract(block);
        for (key, value) in expected {
            let found = match key.strip_suffix('!') {
                Some(key) => read.get(field(key)).and_then(|found| found.correction.as_deref()),
                None => read.value(field(key)),
            };
            if found.unwrap_or_default() != value {
                wrong.push(format!("{name}: {key} is {found:?}, not {value}"));
            }
        }
        if expected.is_empty() && paste::parse(block).is_ok() {
            wrong.push(format!(
                "{name}: found {:?}",
                read.all().iter().map(|f| (f.field, &f.value)).collect::<Vec<_>>()
            ));
        }
    }
    assert!(wrong.is_empty(), "{} wrong of {} blocks:\n{}", wrong.len(), all.len(), wrong.join("\n"));
}

#[test]
fn spans_lie_on_the_text_the_value_was_taken_from() {
    for (name, block, _) in all_cases() {
        for found in paste::extract(&block).all() {
            let raw = &block[found.span.clone()];
            let bare = |text: &str| {
                let half = invoice_validate::tax_id::normalize(text).to_uppercase();
                half.chars().filter(|c| c.is_alphanumeric()).collect::<String>()
            };
            assert_eq!(bare(raw), bare(&found.value), "{name}: {:?}", found.field);
        }
    }
}

#[test]
fn a_formatted_block_reads_back() {
    for (name, block, _) in all_cases() {
        let first = paste::extract(&block);
        let again = paste::extract(&paste::format(&first));
        for field in PastedField::ALL {
            assert_eq!(first.value(field), again.value(field), "{name}: {field:?}");
        }
    }
}

#[test]
fn work_grows_with_the_length_only() {
    let units = [
        "名称：",
        "税号",
        "公司 ",
        "9144 0300 ",
        "a@",
        "@",
        "（",
        "）",
        " ",
        "1",
        "9",
        "名 ",
        "开户行及",
        "0755-",
        "，",
        "华",
        "市区",
        "有限公司 ",
        "地址：",
        "请开",
        "\n",
        "：",
        "company ",
        "91440300192203821 ",
        "税号（",
        "-",
        "1 ",
        "有限公司，",
        "<a",
        "<br>",
        "&",
        "&nbsp;",
        "(0755) ",
        "①",
        "税号\t",
        "销售方",
        "转 ",
        "В",
    ];
    let block = |unit: &str, bytes: usize| unit.repeat(bytes / unit.len());
    for unit in units {
        let small = paste::extract(&block(unit, 1 << 11)).work();
        let large = paste::extract(&block(unit, 1 << 15)).work();
        // 16 times the text: at most 24 times the work, and a bounded number of looks at each byte.
        assert!(large <= small * 24, "{unit:?}: {small} then {large}");
        assert!(large <= 60 << 15, "{unit:?}: {large} looks");
    }
    for unit in ["9144 0300 ", "a@", "名 ", "<a"] {
        let work = paste::extract(&block(unit, 1 << 20)).work();
        assert!(work <= 60 << 20, "{unit:?}: {work} looks at a line of 1 MB");
    }
}
