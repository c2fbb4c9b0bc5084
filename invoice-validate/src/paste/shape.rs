//! What a piece of text looks like: an organisation, a bank, an address.

use super::words::{ADDRESS_WORDS, BANK_WORDS, ORGANISATION_ENDS};

pub(super) fn is_bank(text: &str) -> bool {
    let named = BANK_WORDS.iter().any(|word| text.contains(word));
    // 营业部 alone also ends the names of shops.
    named
        && !text.ends_with("公司")
        && (text.contains("行") || text.contains("信用") || text.contains("银") || text.contains("邮储"))
}

pub(super) fn is_organisation(text: &str) -> bool {
    let text = without_bracket(text.trim_end_matches(['。', '.', ' ']));
    let ends = ORGANISATION_ENDS.iter().any(|end| text.ends_with(end) && text.len() > end.len());
    ends || has_company_with_tail(text) || is_latin_company(text)
}

/// 某某商行（个体工商户）: what stands in brackets at the end says what it is, the name ends before.
fn without_bracket(text: &str) -> &str {
    let Some(inner) = text.strip_suffix(['）', ')']) else { return text };
    let open = inner.rfind(['（', '(']);
    open.filter(|at| *at > 0 && inner.len() - at <= 40).map_or(text, |at| text[..at].trim_end())
}

/// 某某有限公司某某分部, 某某有限公司（总部)
fn has_company_with_tail(text: &str) -> bool {
    ["有限公司", "有限责任公司", "股份公司", "有限公可", "有限公司司"]
        .iter()
        .any(|word| text.find(word).is_some_and(|at| at > 0 && text.len() - at - word.len() <= 36))
}

fn is_latin_company(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    let lower = lower.trim_end_matches('.');
    [
        "ltd",
        "inc",
        "llc",
        "gmbh",
        "co",
        "corp",
        "corporation",
        "limited",
        "company",
        "university",
        "s.a",
        "plc",
        "ag",
    ]
    .iter()
    .any(|end| lower.strip_suffix(end).is_some_and(|head| head.ends_with([' ', '.', ','])))
}

/// Two different parts of an address at least, or one with a number before it.
pub(super) fn is_address(text: &str) -> bool {
    let parts = ADDRESS_WORDS.iter().filter(|part| text.contains(**part)).count();
    parts >= 3 || (parts >= 2 && text.chars().count() >= 5)
}

/// 北京市, 海淀区: the beginning of an address, perhaps.
pub(super) fn is_place(text: &str) -> bool {
    let short = (2..=12).contains(&text.chars().count()) && text.chars().all(is_han);
    short && text.ends_with(['省', '市', '区', '县', '州', '旗', '镇', '乡'])
}

/// May stand behind the beginning of an address.
pub(super) fn is_part_of_address(text: &str) -> bool {
    text.contains(ADDRESS_WORDS) || text.contains(|c: char| c.is_ascii_digit())
}

/// Two to four Chinese characters, as a person's name.
pub(super) fn is_person(text: &str) -> bool {
    let count = text.chars().count();
    (2..=4).contains(&count) && text.chars().all(is_han)
}

pub(super) fn is_han(c: char) -> bool {
    matches!(c, '\u{4E00}'..='\u{9FFF}' | '\u{3400}'..='\u{4DBF}' | '·')
}
