//! Nothing panics, whatever the bytes: the kept corpus, its mutations, and random text.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use proptest::prelude::*;

mod feed;

use feed::all as feed;

#[test]
fn the_kept_corpus_and_its_mutations() {
    let corpus = include_str!("golden/corpus.txt");
    for line in corpus.lines() {
        feed(line);
        let letters: Vec<char> = line.chars().collect();
        for index in 0..letters.len().min(40) {
            let others = ['\0', 'O', '９', '（', '，', '\u{200B}', '𠮷', '@', '-', ' ', '\n'];
            for other in others.into_iter().skip(index % 3).step_by(3) {
                let mut changed = letters.clone();
                changed[index] = other;
                feed(&changed.iter().collect::<String>());
            }
            feed(&letters[index..].iter().collect::<String>());
            feed(&letters[..index].iter().collect::<String>());
        }
    }
}

/// One JSON string a line, kept by `fuzz/src/corpus.rs`; and the head of each with the tail of the next.
#[test]
fn what_the_fuzzers_found_worth_keeping() {
    let kept: Vec<String> =
        include_str!("golden/fuzzed.jsonl").lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(kept.len() > 3000);
    for pair in kept.windows(2) {
        feed(&pair[0]);
        let half = |text: &str| text.char_indices().nth(text.chars().count() / 2).map_or(0, |(at, _)| at);
        feed(&format!("{}{}", &pair[0][..half(&pair[0])], &pair[1][half(&pair[1])..]));
    }
}

/// The targets are a workspace of their own, which nothing here compiles: at least each has its parser.
#[test]
fn every_parser_has_its_fuzz_target() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz");
    let manifest = std::fs::read_to_string(folder.join("Cargo.toml")).unwrap();
    let mut targets = 0;
    for entry in std::fs::read_dir(folder.join("fuzz_targets")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let code = std::fs::read_to_string(&path).unwrap();
        assert!(feed::PARSERS.iter().any(|(parser, _)| *parser == name), "{name} has no parser");
        assert!(code.contains(&format!("feed::{name}(")), "{name} runs another parser");
        assert!(manifest.contains(&format!("name = \"{name}\"")), "{name} is not in the manifest");
        targets += 1;
    }
    assert_eq!(targets, feed::PARSERS.len());
}

#[test]
fn every_pair_of_awkward_characters() {
    let awkward = [
        "\0", "\u{7f}", " ", "\n", "\u{3000}", "\u{200b}", "\u{fffd}", "0", "9", "A", "Ａ", "０", "零", "壹",
        "圆", "整", "亿", "（", "）", "(", ")", "：", ":", ",", "@", ".", "-", "+", "转", "税号", "名称",
        "公司", "银行", "地址", "ß", "İ", "ﬁ", "𠮷", "\u{301}", "负",
    ];
    for first in awkward {
        for second in awkward {
            feed(&format!("{first}{second}"));
            feed(&format!("{second}{first}{second}{first}1{second}"));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_text(input in "\\PC{0,60}") {
        feed(&input);
    }

    #[test]
    fn any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
        feed(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn text_near_the_grammar(input in "(名称|税号|地址|电话|开户行|账号|公司|银行|路|号|[0-9A-Z ]{1,20}|[：:，, \n（）()@.+-]){0,24}") {
        feed(&input);
    }
}
