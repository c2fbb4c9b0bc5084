//! Buyers with titles (抬头) that a bureau would accept. All names and numbers are made up.

use invoice_core::invoice::{InvoiceKind, SellerParty};
use invoice_core::title::Title;

use crate::random::Random;

/// How a buyer wants invoices.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Party {
    /// The kind.
    pub kind: InvoiceKind,
    /// The title.
    pub title: Title,
}

const PLACES: &[(&str, &str)] = &[
    ("深圳", "440300"),
    ("广州", "440100"),
    ("杭州", "330100"),
    ("南京", "320100"),
    ("成都", "510100"),
    ("武汉", "420100"),
    ("青岛", "370200"),
    ("厦门", "350200"),
];
const FIRST: &[&str] = &["明", "嘉", "和", "瑞", "启", "远", "丰", "安", "盛", "润", "博", "泰"];
const SECOND: &[&str] = &["禾", "轩", "达", "源", "华", "成", "宁", "川", "林", "悦", "信", "诚"];
const TRADES: &[&str] = &["商贸", "文化用品", "家居", "礼品", "电子商务", "图书", "服饰", "企业管理"];
const FAMILIES: &[&str] = &["王", "李", "张", "刘", "陈", "杨", "黄", "赵", "吴", "周"];
const GIVEN: &[&str] = &["伟", "芳", "娜", "敏", "静", "磊", "洋", "艳", "杰", "娟"];

/// The shop itself.
#[must_use]
pub fn seller() -> SellerParty {
    let tax_id = credit_code("440300", 20_260_101);
    SellerParty { tax_id, name: "深圳市样例商店有限公司".to_owned(), drawer: "张三".to_owned() }
}

/// A buyer that wants a title: six in ten are companies, and a third of those ask for special invoices (专票).
#[must_use]
pub fn customer(seed: u64, name: &str) -> Party {
    let mut random = Random::of(seed, name);
    if random.chance(60) {
        let kind =
            if random.chance(33) { InvoiceKind::DIGITAL_SPECIAL } else { InvoiceKind::DIGITAL_ORDINARY };
        return Party { kind, title: company(&mut random) };
    }
    Party { kind: InvoiceKind::DIGITAL_ORDINARY, title: person(&mut random) }
}

/// A buyer at the counter, whose name nobody asked for.
#[must_use]
pub fn walk_in() -> Party {
    Party { kind: InvoiceKind::DIGITAL_ORDINARY, title: Title::person("个人") }
}

/// A company title.
#[must_use]
pub fn company(random: &mut Random) -> Title {
    let (place, division) = random.pick(PLACES);
    let (first, second) = (random.pick(FIRST), random.pick(SECOND));
    let name = format!("{place}{first}{second}{}有限公司", random.pick(TRADES));
    Title::company(name, credit_code(division, random.below(100_000_000)))
}

/// A person's title.
#[must_use]
pub fn person(random: &mut Random) -> Title {
    Title::person(format!("{}{}", random.pick(FAMILIES), random.pick(GIVEN)))
}

/// A credit code (统一社会信用代码) of an enterprise (registered by `91`) with both of its checks: that of the
/// organisation code within (GB 11714, modulo 11) and that of the whole (GB 32100-2015, modulo 31).
#[must_use]
pub fn credit_code(division: &str, number: u64) -> String {
    const ORGANISATION: [u32; 8] = [3, 7, 9, 10, 5, 8, 4, 2];
    const CHARACTERS: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";
    let body = format!("{:08}", number % 100_000_000);
    let sum: u32 =
        body.chars().zip(ORGANISATION).map(|(c, weight)| c.to_digit(10).unwrap_or(0) * weight).sum();
    let inner = match 11 - sum % 11 {
        10 => 'X',
        11 => '0',
        digit => char::from_digit(digit, 10).unwrap_or('0'),
    };
    let mut code = format!("91{division}{body}{inner}");
    let (mut sum, mut weight) = (0_usize, 1_usize);
    for byte in code.bytes() {
        sum += CHARACTERS.iter().position(|known| *known == byte).unwrap_or(0) * weight;
        weight = weight * 3 % 31;
    }
    let check = (31 - sum % 31) % 31;
    code.push(CHARACTERS.get(check).copied().map_or('0', char::from));
    code
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_generated_credit_code_passes_both_checks() {
        for number in 0..3_000 {
            let (_, division) = PLACES[number % PLACES.len()];
            let code = credit_code(division, u64::try_from(number).unwrap() * 33_331);
            assert!(invoice_validate::tax_id::is_valid(&code), "{code}");
        }
        assert!(invoice_validate::tax_id::is_valid(&seller().tax_id));
    }

    #[test]
    fn a_buyer_is_the_same_on_every_run_and_all_sorts_occur() {
        let of = |number: u32| customer(1, &format!("C{number}"));
        assert_eq!(of(17), of(17));
        let all: Vec<Party> = (0..200).map(of).collect();
        let special = all.iter().filter(|party| party.kind == InvoiceKind::DIGITAL_SPECIAL).count();
        let companies = all.iter().filter(|party| party.title.tax_id().is_some()).count();
        assert!((20..60).contains(&special) && (100..140).contains(&companies), "{special} {companies}");
    }
}
