//! What a piece of text looks like: an organisation, a bank, an address.

/// How the names of organisations end.
const ORGANISATION_ENDS: [&str; 60] = [
    "公司",
    "集团",
    "厂",
    "店",
    "商行",
    "超市",
    "酒店",
    "饭店",
    "中心",
    "医院",
    "诊所",
    "学校",
    "大学",
    "学院",
    "中学",
    "小学",
    "幼儿园",
    "研究院",
    "研究所",
    "设计院",
    "事务所",
    "合作社",
    "协会",
    "学会",
    "基金会",
    "委员会",
    "管理局",
    "财政局",
    "税务局",
    "公安局",
    "教育局",
    "人民政府",
    "办事处",
    "代表处",
    "出版社",
    "杂志社",
    "报社",
    "旅行社",
    "图书馆",
    "博物馆",
    "工作室",
    "经营部",
    "服务部",
    "门市部",
    "分公司",
    "合伙)",
    "合伙）",
    "俱乐部",
    "联合会",
    "总工会",
    "法院",
    "检察院",
    "村委会",
    "居委会",
    "餐厅",
    "书店",
    "药房",
    "商店",
    "商会",
    "有限合伙",
];

/// What banks are called.
const BANK_WORDS: [&str; 10] =
    ["银行", "支行", "分行", "信用社", "农商行", "信用合作", "营业部", "储蓄所", "銀行", "邮储"];

/// Parts of an address.
const ADDRESS_WORDS: [char; 30] = [
    '省', '市', '区', '县', '镇', '乡', '村', '路', '街', '道', '巷', '弄', '号', '室', '楼', '栋', '幢',
    '座', '层', '园', '厦', '苑', '州', '旗', '號', '區', '縣', '樓', '单', '场',
];

pub(super) fn is_bank(text: &str) -> bool {
    let named = BANK_WORDS.iter().any(|word| text.contains(word));
    // 营业部 alone also ends the names of shops.
    named
        && !text.ends_with("公司")
        && (text.contains("行") || text.contains("信用") || text.contains("银") || text.contains("邮储"))
}

pub(super) fn is_organisation(text: &str) -> bool {
    let text = text.trim_end_matches(['。', '.', ' ']);
    let ends = ORGANISATION_ENDS.iter().any(|end| text.ends_with(end) && text.len() > end.len());
    ends || has_company_with_tail(text) || is_latin_company(text)
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
