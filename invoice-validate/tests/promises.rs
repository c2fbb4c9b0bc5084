//! What the crate promises about its own source: nothing of the machine is asked for, files are small, and
//! modules use one another in one direction.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// Every source file by its path below `src`, without the comments.
fn sources() -> BTreeMap<String, String> {
    fn walk(root: &Path, folder: &Path, out: &mut BTreeMap<String, String>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(root, &path, out);
            } else {
                let name = path.strip_prefix(root).unwrap().to_str().unwrap().replace('\\', "/");
                out.insert(name, fs::read_to_string(&path).unwrap());
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut out = BTreeMap::new();
    walk(&root, &root, &mut out);
    out
}

fn code_of(text: &str) -> String {
    text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

/// The words behind each `head::`, those of a `{…}` list one by one.
fn used_from(code: &str, head: &str) -> BTreeSet<String> {
    let mut out = BTreeSet::new();
    for (at, _) in code.match_indices(head) {
        let before = code[..at].chars().next_back().unwrap_or(' ');
        if before.is_alphanumeric() || before == '_' || before == ':' || before == '$' {
            continue;
        }
        let rest = &code[at + head.len()..];
        let word = |text: &str| -> String {
            text.trim_start().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
        };
        if let Some(list) = rest.strip_prefix('{') {
            let (mut depth, mut item) = (0, String::new());
            for c in list.chars() {
                match c {
                    '}' if depth == 0 => break,
                    ',' if depth == 0 => out.insert(word(&std::mem::take(&mut item))),
                    _ => {
                        depth += i32::from(c == '{') - i32::from(c == '}');
                        item.push(c);
                        true
                    }
                };
            }
            out.insert(word(&item));
        } else {
            out.insert(word(rest));
        }
    }
    out.remove("");
    out
}

/// A browser has no clock, thread, file or socket of this kind; money has no floating point.
#[test]
fn the_source_asks_the_machine_for_nothing_and_stays_small() {
    let allowed = ["borrow", "cell", "error", "fmt", "mem", "ops", "slice", "str"];
    let mut lengths = Vec::new();
    for (file, text) in sources() {
        let code = code_of(&text);
        for module in used_from(&code, "std::") {
            assert!(allowed.contains(&module.as_str()), "{file} uses std::{module}");
        }
        for forbidden in ["f64", "f32", "unsafe", "extern crate", "thread_local"] {
            assert!(!code.contains(forbidden), "{file}: {forbidden}");
        }
        lengths.push(text.lines().count());
    }
    lengths.sort_unstable();
    assert!(lengths.len() > 30 && lengths[lengths.len() - 1] <= 500, "{lengths:?}");
    assert!(lengths[lengths.len() / 2] <= 150, "the median file has {} lines", lengths[lengths.len() / 2]);
}

/// What `lib.rs` exports at the top, and the module it comes from.
const EXPORTED: [(&str, &str); 12] = [
    ("BuyerKind", "title"),
    ("ChannelProfile", "title"),
    ("Code", "rule"),
    ("Date", "date"),
    ("Fault", "fault"),
    ("InvoiceClass", "title"),
    ("Language", "language"),
    ("Report", "report"),
    ("Severity", "severity"),
    ("TaxIdKind", "tax_id"),
    ("TitleContext", "title"),
    ("TitleFields", "title"),
];

#[test]
fn modules_use_one_another_in_one_direction() {
    let mut between = BTreeMap::<String, BTreeSet<String>>::new();
    let mut inside = BTreeMap::<String, BTreeSet<String>>::new();
    for (file, text) in sources().into_iter().filter(|(file, _)| file != "lib.rs") {
        let code = code_of(&text).split("#[cfg(test)]").next().unwrap().to_owned();
        let (folder, own) = file.split_once('/').unwrap_or((file.trim_end_matches(".rs"), "mod.rs"));
        let own = own.trim_end_matches(".rs");
        for name in used_from(&code, "crate::") {
            let module = EXPORTED.iter().find(|(export, _)| *export == name).map_or(&*name, |(_, from)| from);
            if module != folder {
                between.entry(folder.to_owned()).or_default().insert(module.to_owned());
            }
        }
        for name in used_from(&code, "super::") {
            let is_sibling = name.chars().all(|c| c.is_ascii_lowercase() || c == '_');
            assert!(is_sibling && own != "mod", "{file} takes {name} from the file above it");
            inside.entry(format!("{folder}/{own}")).or_default().insert(format!("{folder}/{name}"));
        }
    }
    assert!(between.len() > 10 && inside.len() > 10, "the source was read");
    for graph in [between, inside] {
        if let Some(circle) = circle(&graph) {
            panic!("modules use one another in a circle: {}", circle.join(" → "));
        }
    }
}

fn circle(graph: &BTreeMap<String, BTreeSet<String>>) -> Option<Vec<String>> {
    fn visit(
        graph: &BTreeMap<String, BTreeSet<String>>,
        node: &str,
        path: &mut Vec<String>,
        done: &mut BTreeSet<String>,
    ) -> bool {
        if path.iter().any(|above| above == node) {
            path.push(node.to_owned());
            return true;
        }
        if !done.insert(node.to_owned()) {
            return false;
        }
        path.push(node.to_owned());
        let found =
            graph.get(node).is_some_and(|next| next.iter().any(|next| visit(graph, next, path, done)));
        if !found {
            path.pop();
        }
        found
    }
    let mut done = BTreeSet::new();
    graph.keys().find_map(|start| {
        let mut path = Vec::new();
        visit(graph, start, &mut path, &mut done).then_some(path)
    })
}

#[test]
fn a_circle_is_found() {
    let graph = |edges: &[(&str, &str)]| {
        let mut out = BTreeMap::<String, BTreeSet<String>>::new();
        for (from, to) in edges {
            out.entry((*from).to_owned()).or_default().insert((*to).to_owned());
        }
        out
    };
    assert_eq!(circle(&graph(&[("a", "b"), ("b", "c"), ("a", "c")])), None);
    assert!(circle(&graph(&[("a", "b"), ("b", "c"), ("c", "b")])).is_some());
    let used = used_from("use crate::{Fault, title::{a, b}, uscc};\ncrate::tax_id::check(x)", "crate::");
    assert_eq!(used.into_iter().collect::<Vec<_>>(), ["Fault", "tax_id", "title", "uscc"]);
}
