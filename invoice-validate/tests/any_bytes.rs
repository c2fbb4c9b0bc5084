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

/// One JSON string a line, kept by `fuzz/src/corpus.rs`.
#[test]
fn what_the_fuzzers_found_worth_keeping() {
    for line in include_str!("golden/fuzzed.jsonl").lines() {
        feed(&serde_json::from_str::<String>(line).unwrap());
    }
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
